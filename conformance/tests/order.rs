//! Order decides nothing: not that of members, nor of questions, nor who names a crate
//! first.

use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::market::{Market, NAMES, SAME_CRATE, petal, settings, tell};
use crossdock_conformance::server::Server;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;

for_both_identities!(
    the_order_of_members_decides_nothing,
    who_is_asked_about_first_decides_nothing,
    whoever_names_a_crate_first_does_not_own_it,
);

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
