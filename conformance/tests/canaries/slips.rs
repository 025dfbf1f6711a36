//! A list of public names keeps slips of the pen in, and what left is told later, too.

use crossdock_conformance::canary::{flock, none_heard};
use crossdock_conformance::installation::crates_io;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::server::Server;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;

/// With a list of public names not even a slip leaves, which no claim could catch.
#[test]
fn with_a_list_of_public_names_slips_stay_in() {
    let (bench, mut public) = (Workbench::new(), Upstream::start());
    public.has_all(&[Krate::new("leaf", "1.0.0"), Krate::new("twig", "1.0.0")]);
    bench.write("server/names.txt", "# all there is\nleaf\n");
    let settings = format!(
        "[registries.local]\n{}public-names = \"names.txt\"\n[views.main]\nmembers = [\"local\", \"crates-io\"]\n",
        crates_io(&public).trim_end().to_owned() + "\n"
    );
    let mut server = Server::start(&bench, &settings);
    for slip in flock("x", 50) {
        for surface in ["main", "crates-io", "main/from/crates-io"] {
            server.entry(surface, &slip).expects(404);
        }
    }
    server.entry("main", "leaf").expects(200);
    server.entry("main", "twig").expects(404);
    none_heard(&public);
    public.never_heard_of(&["twig"]);
    public.goes_down();
    server.entry("main", "cnryx-1").expects(404);
    server.entry("main", "leaf").expects(200);
    public.comes_back();
    // Another list at the next start; one with a line that is no name is refused.
    bench.write("server/names.txt", "leaf\ntwig\n");
    server.start_again(&bench, None);
    server.entry("main", "twig").expects(200);
    none_heard(&public);
}

/// The record outlives the process, and is for the admin's eyes.
#[test]
fn what_left_is_told_after_a_restart() {
    let (bench, public) = (Workbench::new(), Upstream::start());
    public.has(&Krate::new("leaf", "1.0.0"));
    let settings = format!(
        "[registries.local]\n{}[views.main]\nmembers = [\"local\", \"crates-io\"]\n",
        crates_io(&public)
    );
    let mut server = Server::start(&bench, &settings);
    server.entry("main", "leaf").expects(200);
    server.get("/api/v1/egress").expects(403);
    server.start_again(&bench, None);
    server
        .command(&bench, &["egress", "--name", "LEA*"])
        .exits(0)
        .prints("leaf  asked")
        .prints("1 name");
    server
        .command(&bench, &["egress", "--registry", "local"])
        .exits(0)
        .prints("nothing left for another registry");
    server
        .command(&bench, &["egress", "--since", "yesterday"])
        .exits(2);
}
