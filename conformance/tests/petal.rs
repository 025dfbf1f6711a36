//! The petal story of the silo thread, in all its variants.
//!
//! `bloom` is only at the florist and needs petal 1.1.5. `flower` is at the florist
//! and in public with equal bytes, and needs petal 1.1. `petal` is at both, 1.1.5
//! only at the florist. What comes out never depends on the order of members.

use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::{crates_io, mirror};
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::Server;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;

for_both_identities!(
    undeclared_what_is_agreed_is_served,
    declared_the_same_crate_there_is_one_petal,
    other_bytes_under_one_version_are_withheld,
    nothing_agreed_is_refused_and_cargo_prints_why,
    a_claim_settles_it,
    the_florist_alone_is_reached_through_its_face,
    the_order_of_members_decides_nothing,
    a_served_name_is_never_refused_later,
    who_is_asked_about_first_decides_nothing,
    whoever_names_a_crate_first_does_not_own_it,
);

const SAME_CRATE: &str =
    "same-crate = [{ names = [\"petal\", \"flower\"], members = [\"florist\", \"crates-io\"] }]";

const NAMES: [&str; 3] = ["bloom", "flower", "petal"];

fn petal(version: &str) -> Krate {
    Krate::new("petal", version).lib("pub struct Petal;")
}

fn flower() -> Krate {
    Krate::new("flower", "1.0.0")
        .needs(Dependency::on("petal", "1.1"))
        .lib("pub fn petal() -> petal::Petal { petal::Petal }")
}

fn bloom() -> Krate {
    Krate::new("bloom", "1.0.0")
        .needs(Dependency::on("petal", "1.1.5"))
        .lib("pub fn petal() -> petal::Petal { petal::Petal }")
}

struct Market {
    server: Server,
    public: Upstream,
    florist: Upstream,
    bench: Workbench,
}

impl Market {
    fn open(identity: Identity, view_lines: &str) -> Self {
        let (bench, public, florist) = (Workbench::new(), Upstream::start(), Upstream::start());
        let settings = settings(
            identity,
            &public,
            &florist,
            "\"florist\", \"crates-io\"",
            view_lines,
        );
        let server = Server::start(&bench, &settings);
        Configuration::default()
            .registry("main", &server.index("main"))
            .instead_of_crates_io("main")
            .write(&bench);
        Self {
            server,
            public,
            florist,
            bench,
        }
    }

    fn told(identity: Identity, view_lines: &str) -> Self {
        let market = Self::open(identity, view_lines);
        tell(&market.public, &market.florist);
        market
    }

    fn app(&self, names: &[&str], source: &str) -> Project<'_> {
        let krate = names.iter().fold(Krate::new("app", "0.1.0"), |app, name| {
            app.needs(Dependency::on(name, "1"))
        });
        Project::create(&self.bench, &krate.lib(source))
    }
}

fn tell(public: &Upstream, florist: &Upstream) {
    public.has_all(&[petal("1.0.0"), petal("1.1.0"), petal("1.1.1"), flower()]);
    florist.has_all(&[
        petal("1.0.0"),
        petal("1.1.0"),
        petal("1.1.1"),
        petal("1.1.5"),
        flower(),
        bloom(),
    ]);
}

fn settings(
    identity: Identity,
    public: &Upstream,
    florist: &Upstream,
    members: &str,
    view_lines: &str,
) -> String {
    format!(
        "{}{}[views.main]\nmembers = [{members}]\nidentity = \"{}\"\n{view_lines}\n",
        crates_io(public),
        mirror("florist", florist),
        identity.word()
    )
}

fn undeclared_what_is_agreed_is_served(identity: Identity) {
    let market = Market::told(identity, "");
    assert_eq!(
        market.server.entry("main", "petal").versions(),
        ["1.0.0", "1.1.0", "1.1.1"]
    );
    assert_eq!(market.server.entry("main", "flower").versions(), ["1.0.0"]);
    let app = market.app(
        &["flower", "petal"],
        "pub fn petal() -> petal::Petal { flower::petal() }",
    );
    app.cargo(&["check"]).succeeds();
    app.lock().one_of_each();
    assert_eq!(app.lock().versions("petal"), ["1.1.1"]);
    // bloom needs what is withheld. cargo can only say so; the reason is to be had.
    app.remove("Cargo.lock");
    let app = market.app(&["flower", "petal", "bloom"], "");
    app.cargo(&["check"]).fails().says("petal").says("1.1.5");
    let explained = market
        .server
        .get("/main/api/v1/explain/petal")
        .expects(200)
        .text();
    for word in ["1.1.5", "florist", "crates-io", "same-crate"] {
        assert!(explained.contains(word), "{word} is missing in {explained}");
    }
    let conflicts = market
        .server
        .get("/main/api/v1/conflicts")
        .expects(200)
        .text();
    for word in ["petal", "1.1.5"] {
        assert!(conflicts.contains(word), "{word} is missing in {conflicts}");
    }
    market
        .server
        .command(&market.bench, &["explain", "petal@1.1.5", "--view", "main"])
        .prints("1.1.5")
        .prints("florist")
        .prints("same-crate");
}

fn declared_the_same_crate_there_is_one_petal(identity: Identity) {
    let market = Market::told(identity, SAME_CRATE);
    let app = market.app(
        &["flower", "petal", "bloom"],
        "pub fn petals() -> [petal::Petal; 2] { [flower::petal(), bloom::petal()] }",
    );
    app.cargo(&["check"]).succeeds();
    let lock = app.lock();
    lock.one_of_each();
    assert_eq!(lock.versions("petal"), ["1.1.5"]);
    app.cargo(&["check", "--locked", "--offline"]).succeeds();
}

fn other_bytes_under_one_version_are_withheld(identity: Identity) {
    for view_lines in ["", SAME_CRATE] {
        let market = Market::open(identity, view_lines);
        market
            .public
            .has_all(&[petal("1.0.0"), petal("1.1.0"), petal("1.1.1")]);
        market.florist.has_all(&[
            petal("1.0.0"),
            petal("1.1.0").lib("pub struct Thorn;"),
            petal("1.1.1"),
        ]);
        assert_eq!(
            market.server.entry("main", "petal").versions(),
            ["1.0.0", "1.1.1"],
            "{view_lines}"
        );
        for (public, name) in [(true, "crates-io"), (false, "florist")] {
            let own = market.server.entry(name, "petal").rows();
            assert_eq!(own.len(), 3);
            let cksum = own[1]["cksum"].as_str().unwrap_or_default().to_owned();
            let dl = market.server.get(&format!("/main/dl/petal/1.1.0/{cksum}"));
            assert_ne!(
                dl.status, 200,
                "what is withheld is not to be had through the view (public: {public})"
            );
        }
    }
}

fn nothing_agreed_is_refused_and_cargo_prints_why(identity: Identity) {
    let market = Market::open(identity, "");
    market.public.has(&petal("1.0.0"));
    market.florist.has(&petal("1.0.0").lib("pub struct Thorn;"));
    let answer = market.server.entry("main", "petal").expects(403);
    for word in [
        "petal",
        "1.0.0",
        "florist",
        "crates-io",
        "claims",
        "same-crate",
        "[views.main]",
    ] {
        assert!(
            answer.text().contains(word),
            "{word} is missing in {answer}"
        );
    }
    let app = market.app(&["petal"], "");
    let mut outcome = app.cargo(&["generate-lockfile"]).fails();
    for line in answer.text().lines() {
        outcome = outcome.says(line.trim());
    }
    market
        .server
        .command(&market.bench, &["check", "--deny", "conflicts"])
        .exits(1);
}

fn a_claim_settles_it(identity: Identity) {
    let market = Market::open(identity, "claims = { petal = \"florist\" }");
    market.public.has_all(&[petal("1.0.0"), petal("9.9.9")]);
    market.florist.has(&petal("1.0.0").lib("pub struct Thorn;"));
    let app = market.app(&["petal"], "pub use petal::Thorn;");
    app.cargo(&["check"]).succeeds();
    assert_eq!(market.server.entry("main", "petal").versions(), ["1.0.0"]);
    assert_eq!(
        market.public.asked_for("petal").len(),
        0,
        "who does not own it is not asked"
    );
}

fn the_florist_alone_is_reached_through_its_face(identity: Identity) {
    let market = Market::told(identity, "");
    let face = market.server.index("main/from/florist");
    assert_eq!(
        market.server.entry("main/from/florist", "petal").versions(),
        ["1.0.0", "1.1.0", "1.1.1", "1.1.5"]
    );
    Configuration::default()
        .registry("main", &market.server.index("main"))
        .registry("florist", &face)
        .instead_of_crates_io("main")
        .write(&market.bench);
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("petal", "1.1.5").from("florist", &face))
        .lib("pub use petal::Petal;");
    let app = Project::create(&market.bench, &app);
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.lock().one("petal"), face);
}

fn the_order_of_members_decides_nothing(identity: Identity) {
    let (bench, public, florist) = (Workbench::new(), Upstream::start(), Upstream::start());
    tell(&public, &florist);
    florist.has_all(&[
        petal("1.2.0").lib("pub struct Thorn;"),
        Krate::new("rose", "1.0.0"),
    ]);
    public.has_all(&[
        petal("1.2.0"),
        Krate::new("lily", "1.0.0").needs(Dependency::on("petal", "1")),
    ]);
    let names = [&NAMES[..], &["rose", "lily"]].concat();
    let here = "[server]\npublic-url = \"http://market.example\"\n";
    let more = |members: &str, lines: &str| {
        let settings = settings(identity, &public, &florist, members, lines);
        format!("{here}[registries.ours]\nresolve-in = \"main\"\n{settings}")
    };
    let orders = [
        "\"ours\", \"florist\", \"crates-io\"",
        "\"crates-io\", \"ours\", \"florist\"",
        "\"florist\", \"crates-io\", \"ours\"",
    ];
    for lines in ["", SAME_CRATE] {
        let mut seen: Vec<Vec<String>> = Vec::new();
        for (number, order) in orders.iter().enumerate() {
            let folder = format!("server-{}-{number}", lines.len());
            let mut server = Server::start_at(&bench, &folder, &more(order, lines), &[]);
            server.has(
                "ours",
                &Krate::new("vase", "1.0.0").needs(Dependency::on("petal", "1")),
            );
            // Asked in another order each time, too.
            let mut asked = names.clone();
            asked.rotate_left(number);
            for name in &asked {
                server.entry("main", name);
            }
            let all = |server: &Server| -> Vec<String> {
                let faces = ["main", "main/from/florist", "main/from/crates-io"];
                let answers = faces
                    .iter()
                    .flat_map(|face| names.iter().map(|name| server.entry(face, name)));
                answers
                    .map(|answer| format!("{} {}", answer.status, answer.text()))
                    .collect()
            };
            seen.push(all(&server));
            // And on recorded data.
            let next = orders[(number + 1) % orders.len()];
            server.start_again(&bench, Some(&more(next, lines)));
            seen.push(all(&server));
        }
        for other in &seen[1..] {
            assert_eq!(&seen[0], other, "{lines}");
        }
    }
}

fn a_served_name_is_never_refused_later(identity: Identity) {
    let market = Market::open(identity, "");
    market.public.has_all(&[petal("1.0.0"), petal("1.1.0")]);
    let app = market.app(&["petal"], "pub use petal::Petal;");
    app.cargo(&["check"]).succeeds();
    let before = market.server.entry("main", "petal");
    // Now the florist takes the name, with higher versions and other bytes.
    market.florist.has_all(&[
        petal("1.0.0").lib("pub struct Thorn;"),
        petal("9.9.9").lib("pub struct Thorn;"),
    ]);
    assert_eq!(
        market.server.entry("main", "petal").expects(200).body,
        before.body
    );
    market.bench.forget_cargo_home();
    app.cargo(&["check", "--locked"]).succeeds();
}

/// cargo asks for many names at once, in no order: what a fresh view answers must not
/// hang on which of them came first.
fn who_is_asked_about_first_decides_nothing(identity: Identity) {
    for view_lines in ["", SAME_CRATE] {
        let mut seen: Vec<Vec<String>> = Vec::new();
        for order in [
            ["bloom", "flower", "petal"],
            ["petal", "flower", "bloom"],
            ["flower", "bloom", "petal"],
        ] {
            let market = Market::told(identity, view_lines);
            for name in order {
                market.server.entry("main", name);
            }
            let all = NAMES.iter().map(|name| market.server.entry("main", name));
            // Each market is at its own address.
            seen.push(
                all.map(|answer| answer.text().replace(market.server.url(), "here"))
                    .collect(),
            );
        }
        for other in &seen[1..] {
            assert_eq!(&seen[0], other, "{view_lines}");
        }
    }
}

/// Otherwise whoever can publish in one member takes any name of another that nobody
/// has asked for yet: a crate that depends on it is enough.
fn whoever_names_a_crate_first_does_not_own_it(identity: Identity) {
    let market = Market::open(identity, "");
    market.public.has_all(&[petal("1.0.0"), petal("1.1.0")]);
    market.florist.has_all(&[
        petal("9.9.9").lib("compile_error!(\"taken\");"),
        Krate::new("bait", "1.0.0").needs(Dependency::on("petal", "9")),
    ]);
    market.server.entry("main", "bait").expects(200);
    market
        .server
        .entry("main", "petal")
        .expects(403)
        .says("9.9.9");
    let app = market.app(&["petal"], "");
    app.cargo(&["generate-lockfile"])
        .fails()
        .says("florist")
        .says("crates-io");
}
