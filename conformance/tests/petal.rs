//! The petal story of the silo thread, in all its variants.
//!
//! Who has what is told in `market.rs`; that no order decides, in `order.rs`.

use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::market::{Market, SAME_CRATE, petal, settings};
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
    a_served_name_is_never_refused_later,
    a_yank_by_either_counts,
    who_publishes_bloom_is_told_the_line_to_write,
);

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

/// Of two rows for the same bytes the stricter wins.
fn a_yank_by_either_counts(identity: Identity) {
    for yanked_in_public in [true, false] {
        let market = Market::told(identity, SAME_CRATE);
        market.server.entry("main", "petal").expects(200);
        let who = if yanked_in_public {
            &market.public
        } else {
            &market.florist
        };
        who.change_row("petal", "1.1.1", |row| row["yanked"] = true.into());
        let rows = market.server.entry("main", "petal").rows();
        let yanked = rows.iter().filter(|row| row["yanked"] == true);
        assert_eq!(
            yanked
                .map(|row| row["vers"].as_str().unwrap_or_default())
                .collect::<Vec<_>>(),
            ["1.1.1"]
        );
    }
}

/// bloom comes from somebody who takes petals from the florist itself: whoever builds
/// it through the view finds no petal 1.1.5.
fn who_publishes_bloom_is_told_the_line_to_write(identity: Identity) {
    for (declared, withheld) in [("", true), (SAME_CRATE, false)] {
        let (bench, public, florist) = (Workbench::new(), Upstream::start(), Upstream::start());
        let members = "\"garden\", \"florist\", \"crates-io\"";
        let settings = settings(identity, &public, &florist, members, declared);
        let garden = "[registries.garden]\nresolve-in = \"main\"\n";
        let server = Server::start(&bench, &format!("{settings}{garden}"));
        let petals = ["1.0.0", "1.1.0", "1.1.1"].map(petal);
        public.has_all(&petals);
        florist.has_all(&petals);
        florist.has(&petal("1.1.5"));
        server.entry("main", "petal").expects(200);
        Configuration::default()
            .registry("garden", &server.index("garden"))
            .registry("florist", &server.index("florist"))
            .write(&bench);
        let petals = Dependency::on("petal", "1.1.5").from("florist", &server.index("florist"));
        let bloom = Krate::new("bloom", "1.0.0").needs(petals);
        let published = Project::create(&bench, &bloom)
            .publish("garden", server.token())
            .succeeds();
        if !withheld {
            drop(published.never_says("withholds"));
            continue;
        }
        drop(
            published
                .says("warning: dependency `petal` needs ^1.1.5, which view `main` withholds")
                .says("1.1.5: florist has")
                .says("crates-io lacks it")
                .says("[views.main] claims = { petal = ")
                .says("same-crate = [{ names = [\"petal\"], members = [\"crates-io\", \"florist\"] }]"),
        );
    }
}
