//! Mirrors of another Crossdock, through which real cargo builds: of its registries, and
//! never of its views, whose rows say crates.io of private crates too.

use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::Server;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;
use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

/// A partner's server, of which `petal` is in house and shown in a view beside crates.io.
struct Partner {
    server: Server,
    public: Upstream,
    _bench: Workbench,
}

impl Partner {
    fn new() -> Self {
        let (bench, public) = (Workbench::new(), Upstream::start());
        let settings = installation::settings(Identity::CratesIo, &public, "");
        let server = Server::start(&bench, &settings);
        let stem = Krate::new("stem", "1.0.0").lib("pub fn grow() {}");
        server.has("local", &stem);
        let needs = Dependency::on("stem", "1").from("local", &server.index("local"));
        let petal = Krate::new("petal", "1.0.0").needs(needs);
        server.has("local", &petal.lib("pub fn open() { stem::grow() }"));
        Self {
            server,
            public,
            _bench: bench,
        }
    }
}

/// The settings of a server that mirrors what is at an address.
fn mirroring(index: &str) -> String {
    format!(
        "[registries.own]\n[registries.partner]\nmirror = \"{index}\"\n\
         revalidate-after = \"0s\"\ntimeout = \"3s\"\nretries = 0\n\
         [views.main]\nmembers = [\"own\", \"partner\"]\n"
    )
}

/// A project that needs `petal` of our view.
fn project<'b>(bench: &'b Workbench, ours: &Server) -> Project<'b> {
    Configuration::default()
        .registry("main", &ours.index("main"))
        .write(bench);
    let petal = Dependency::on("petal", "1").from("main", &ours.index("main"));
    let app = Krate::new("app", "0.1.0").needs(petal);
    Project::create(bench, &app.main("fn main() { petal::open() }"))
}

#[test]
fn a_registry_of_another_crossdock_is_built_through() {
    let (partner, bench) = (Partner::new(), Workbench::new());
    let ours = Server::start(&bench, &mirroring(&partner.server.index("local")));
    let project = project(&bench, &ours);
    project.cargo(&["run"]).succeeds();
    assert_eq!(project.lock().versions("petal"), ["1.0.0"]);
    ours.get("/readyz").expects(200).says("ready");
    assert!(!ours.get("/readyz").text().contains("mirror"));
}

#[test]
fn a_view_of_another_crossdock_is_refused_with_the_reason() {
    let partner = Partner::new();
    for (surface, told) in [
        ("main", "is a view of another Crossdock"),
        ("main/from/crates-io", "is a face of a view of another"),
    ] {
        let index = partner.server.index(surface);
        let bench = Workbench::new();
        let ours = Server::start(&bench, &mirroring(&index));
        let project = project(&bench, &ours);
        project.cargo(&["build"]).fails().says(told);
        partner.public.never_heard_of(&["petal"]);

        let denied = ours.command(&bench, &["check", "--deny", "alarms"]);
        denied.exits(1).prints("no-registry").prints(told);
        let ready = ours.send("GET", "/readyz", b"").expects(200);
        ready.says("mirror partner: its upstream").says(told);
        // Nothing of it is believed, so nobody is on record as whose a name is.
        ours.send("GET", "/main/api/v1/explain/petal", b"")
            .says("\"outcome\":\"undecided\",\"owners\":[]");
    }
}

#[test]
fn we_are_recognised_at_any_address() {
    let bench = Workbench::new();
    let mut ours = Server::start(
        &bench,
        "[registries.own]\n[views.main]\nmembers = [\"own\"]\n",
    );
    ours.has("own", &Krate::new("rose", "1.0.0"));
    let port = other_way_to(ours.url());
    let index = format!("sparse+http://127.0.0.1:{port}/own/index/");
    ours.start_again(&bench, Some(&mirroring(&index)));
    let project = project(&bench, &ours);
    let refused = project.cargo(&["build"]).fails();
    refused.says("is this installation itself");
}

/// Opens another port of this machine that leads to a server.
fn other_way_to(url: &str) -> u16 {
    let to = url.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let port = listener.local_addr().expect("it listens").port();
    thread::spawn(move || {
        for came in listener.incoming() {
            let (Ok(came), Ok(goes)) = (came, TcpStream::connect(&to)) else {
                return;
            };
            let back = (goes.try_clone(), came.try_clone());
            if let (Ok(from), Ok(into)) = back {
                thread::spawn(move || pass(from, into));
            }
            thread::spawn(move || pass(came, goes));
        }
    });
    port
}

fn pass(mut from: TcpStream, mut into: TcpStream) {
    // Whoever hangs up first ends it for both.
    let _ = io::copy(&mut from, &mut into);
    let _ = into.shutdown(Shutdown::Both);
}
