//! Overlays with real cargo: a fresh resolution takes the patched release, old locks
//! go on, and the owner's newer releases wait.

use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::crates_io;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::Server;
use crossdock_conformance::upload;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;

for_both_identities!(
    a_fresh_resolution_takes_the_patched_release,
    newer_releases_wait_until_they_are_accepted,
    a_rebase_leaves_the_newest_patch,
    an_overlay_that_is_gone_stays_for_old_locks,
    only_named_crates_are_overlaid,
    the_past_has_the_patch_from_its_publish_on,
    a_copy_of_the_view_has_what_the_view_shows,
);

struct House {
    server: Server,
    public: Upstream,
    bench: Workbench,
    identity: Identity,
}

impl House {
    fn new(identity: Identity) -> Self {
        let (bench, public) = (Workbench::new(), Upstream::start());
        public.has_all(&[petal("1.2.3"), petal("1.2.4"), petal("2.0.0")]);
        let server = Server::start(&bench, &settings(identity, &public, OVERLAY));
        Configuration::default()
            .registry("main", &server.index("main"))
            .registry("patches", &server.index("patches"))
            .instead_of_crates_io("main")
            .write(&bench);
        Self {
            server,
            public,
            bench,
            identity,
        }
    }

    fn app(&self) -> Project<'_> {
        let app = Krate::new("app", "0.1.0")
            .needs(Dependency::on("petal", "1.2"))
            .needs(Dependency::on("bloom", "1"))
            .lib("pub fn petal() -> petal::Petal { bloom::petal() }");
        self.public.has(
            &Krate::new("bloom", "1.0.0")
                .needs(Dependency::on("petal", "1"))
                .lib("pub fn petal() -> petal::Petal { petal::Petal }"),
        );
        Project::create(&self.bench, &app)
    }

    /// The versions that a fresh resolution can take.
    fn offered(&self) -> Vec<String> {
        let rows = self.server.entry("main", "petal").rows();
        rows.iter()
            .filter(|row| row["yanked"] == false)
            .filter_map(|row| row["vers"].as_str().map(str::to_owned))
            .collect()
    }

    fn overlay(&self, arguments: &[&str]) -> crossdock_conformance::command::Outcome {
        let arguments = [&["overlay"], arguments].concat();
        self.server.command(&self.bench, &arguments)
    }
}

const OVERLAY: &str = "{ name = \"patches\", overlay = [\"petal\", \"hc-*\"] }";

fn settings(identity: Identity, public: &Upstream, patches: &str) -> String {
    format!(
        "[registries.patches]\nresolve-in = \"main\"\n{}[views.main]\n\
         members = [{patches}, \"crates-io\"]\nidentity = \"{}\"\n",
        crates_io(public),
        identity.word()
    )
}

fn petal(version: &str) -> Krate {
    Krate::new("petal", version).lib("pub struct Petal;")
}

fn patched(version: &str) -> Krate {
    Krate::new("petal", version).lib("pub struct Petal; pub const PATCHED: bool = true;")
}

fn a_fresh_resolution_takes_the_patched_release(identity: Identity) {
    let house = House::new(identity);
    let app = house.app();
    app.cargo(&["check"]).succeeds();
    let old = app.read("Cargo.lock");
    assert_eq!(app.lock().versions("petal"), ["1.2.4"]);

    // With cargo itself, over a name that is another's.
    let source = Project::create_at(&house.bench, "patched", &patched("1.2.4+acme.1"));
    source.publish("patches", house.server.token()).succeeds();
    assert_eq!(house.offered(), ["1.2.3", "1.2.4+acme.1", "2.0.0"]);
    app.cargo(&["check", "--locked"]).succeeds();
    house.bench.forget_cargo_home();
    let app = house.app();
    app.cargo(&["check", "--locked"]).succeeds();
    assert_eq!(app.read("Cargo.lock"), old);

    app.remove("Cargo.lock");
    app.write(
        "src/lib.rs",
        "pub fn petal() -> petal::Petal { assert!(petal::PATCHED); bloom::petal() }",
    );
    app.cargo(&["check"]).succeeds();
    let lock = app.lock();
    lock.one_of_each();
    assert_eq!(lock.versions("petal"), ["1.2.4+acme.1"]);
    app.cargo(&["check", "--locked", "--offline"]).succeeds();
    house
        .server
        .command(&house.bench, &["explain", "petal", "--view", "main"])
        .prints("patches 1.2.4 and is shown instead of it")
        .prints("is patched: 1.2.4+acme.1 is shown instead");
    // The name is public, the patch is not.
    house.public.never_heard_of(&["acme"]);
}

fn newer_releases_wait_until_they_are_accepted(identity: Identity) {
    let house = House::new(identity);
    house.server.has("patches", &patched("1.2.5"));
    assert_eq!(house.offered(), ["1.2.3", "1.2.5", "2.0.0"]);
    house
        .public
        .has_all(&[petal("1.3.0"), petal("1.3.1"), petal("2.0.1")]);
    assert_eq!(house.offered(), ["1.2.3", "1.2.5", "2.0.0", "2.0.1"]);
    let app = house.app();
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.lock().versions("petal"), ["1.2.5"]);
    house
        .overlay(&["list"])
        .exits(1)
        .prints("1.3.0  is held")
        .prints("1.3.1  is held");
    house
        .overlay(&["accept", "petal@1.2.3"])
        .exits(2)
        .says("does not hold");
    house.overlay(&["accept", "petal@1.3.0"]).exits(0);
    assert_eq!(
        house.offered(),
        ["1.2.3", "1.2.5", "1.3.0", "2.0.0", "2.0.1"]
    );
    house
        .overlay(&["accept", "petal@1.3.1", "--later"])
        .exits(0);
    house.public.has(&petal("1.4.0"));
    assert_eq!(
        house.offered(),
        [
            "1.2.3", "1.2.5", "1.3.0", "1.3.1", "1.4.0", "2.0.0", "2.0.1"
        ]
    );
    house.overlay(&["list"]).exits(0).prints("1.4.0  is newer");
    app.cargo(&["update", "-p", "petal"]).succeeds();
    assert_eq!(app.lock().versions("petal"), ["1.4.0"]);
}

fn a_rebase_leaves_the_newest_patch(identity: Identity) {
    let house = House::new(identity);
    house.server.has("patches", &patched("1.2.4+acme.1"));
    assert_eq!(house.offered(), ["1.2.3", "1.2.4+acme.1", "2.0.0"]);
    house.public.has_all(&[petal("1.2.5"), petal("1.3.0")]);
    house
        .overlay(&["rebase", "petal"])
        .exits(2)
        .says("no two patched releases");
    house.server.has("patches", &patched("1.3.0+acme.1"));
    assert_eq!(
        house.offered(),
        ["1.2.3", "1.2.4+acme.1", "1.3.0+acme.1", "2.0.0"]
    );
    house.overlay(&["rebase", "petal"]).exits(0).prints("1.3.0");
    assert_eq!(house.offered(), ["1.2.3", "1.3.0+acme.1", "2.0.0"]);
    house.public.has(&petal("1.3.1"));
    assert_eq!(house.offered(), ["1.2.3", "1.3.0+acme.1", "2.0.0"]);
    house
        .overlay(&["list", "--json"])
        .exits(1)
        .prints("\"1.3.1\"");
}

fn an_overlay_that_is_gone_stays_for_old_locks(identity: Identity) {
    let mut house = House::new(identity);
    house.server.has("patches", &patched("1.2.5"));
    house.app().cargo(&["check"]).succeeds();
    assert_eq!(house.app().lock().versions("petal"), ["1.2.5"]);
    // The owner comes out with the same version; the one that was served stays.
    house.public.has(&petal("1.2.5"));
    house.bench.forget_cargo_home();
    house.app().cargo(&["check", "--locked"]).succeeds();

    let plain = settings(house.identity, &house.public, "\"patches\"");
    house.server.start_again(&house.bench, Some(&plain));
    assert_eq!(house.offered(), ["1.2.3", "1.2.4", "2.0.0"]);
    house.bench.forget_cargo_home();
    house.app().cargo(&["check", "--locked"]).succeeds();
    assert_eq!(house.app().lock().versions("petal"), ["1.2.5"]);
}

fn only_named_crates_are_overlaid(identity: Identity) {
    let house = House::new(identity);
    house.public.has(&Krate::new("stem", "1.0.0"));
    house.server.entry("main", "stem").expects(200);
    let other = Krate::new("stem", "1.0.1");
    let refused = house.server.upload("patches", &upload::body(&other));
    assert!((400..500).contains(&refused.status), "{refused}");
    // An overlay owns nothing: a patch of nobody's crate is no crate.
    house.server.has("patches", &Krate::new("hc-128", "1.0.0"));
    house.server.entry("main", "hc-128").expects(404);
    house.server.entry("patches", "hc-128").expects(200);
}

fn the_past_has_the_patch_from_its_publish_on(identity: Identity) {
    let house = House::new(identity);
    let snapshot = |name: &str| {
        let arguments = ["snapshot", name, "--view", "main"];
        house.server.command(&house.bench, &arguments).exits(0);
    };
    house.server.entry("main", "petal").expects(200);
    snapshot("before");
    house.server.has("patches", &patched("1.2.5"));
    // Nobody has read the patch through the view yet.
    snapshot("after");
    assert_eq!(house.offered(), ["1.2.3", "1.2.5", "2.0.0"]);
    let at = |name: &str| {
        let path = format!("/main/at/{name}/index/pe/ta/petal");
        house.server.get(&path).expects(200)
    };
    assert_eq!(at("before").versions(), ["1.2.3", "1.2.4", "2.0.0"]);
    let rows = at("after").rows();
    let row = rows.iter().find(|row| row["vers"] == "1.2.5");
    let sum = row
        .and_then(|row| row["cksum"].as_str())
        .unwrap_or_default();
    house
        .server
        .get(&format!("/main/at/after/dl/petal/1.2.5/{sum}"))
        .expects(200);
    house
        .server
        .get(&format!("/main/at/before/dl/petal/1.2.5/{sum}"))
        .expects(404);
}

fn a_copy_of_the_view_has_what_the_view_shows(identity: Identity) {
    let house = House::new(identity);
    house.server.has("patches", &patched("1.2.5"));
    house.server.has("patches", &Krate::new("hc-own", "0.1.0"));
    let import = |from: &str, rename: &str, more: &[&str]| {
        let arguments = [
            &["import", from, "--as", rename, "--to", "patches"][..],
            more,
        ]
        .concat();
        house.server.command(&house.bench, &arguments)
    };
    let copied = || {
        let rows = house.server.entry("patches", "petal-copy").rows();
        let told = rows.iter().map(|row| {
            let yanked = if row["yanked"] == true { "!" } else { "" };
            format!("{}{yanked}", row["vers"].as_str().unwrap_or_default())
        });
        told.collect::<Vec<_>>()
    };
    import("main/petal@^1.2", "petal-copy", &[])
        .exits(0)
        .prints("copied petal-copy 1.2.5 from patches to patches");
    assert_eq!(copied(), ["1.2.3", "1.2.5"]);
    import("main/petal@1.2.4", "petal-copy", &[]).exits(0);
    assert_eq!(copied(), ["1.2.3", "1.2.4!", "1.2.5"]);

    import("main/petal@1.2.5", "hc-own", &["--dry-run"])
        .exits(2)
        .says("--into-existing");
    import("main/petal@1.2.5", "hc-own", &["--into-existing"]).exits(0);
    let versions = house.server.entry("patches", "hc-own").versions();
    assert_eq!(versions, ["0.1.0", "1.2.5"]);
}
