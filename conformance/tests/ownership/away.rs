//! A mirror is retired, a release purged, a publisher turns: what stays.

use super::{House, petal, rose, thorn};
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::upload;

for_both_identities!(
    a_retired_mirror_goes_on_serving_what_is_held,
    a_purged_release_is_not_given_any_more,
    what_was_agreed_stays_when_one_turns,
);

fn a_retired_mirror_goes_on_serving_what_is_held(identity: Identity) {
    let mut house = House::open(identity);
    house.partner.has_all(&[petal("1.0.0"), rose()]);
    house.public.has(&Krate::new("leaf", "1.0.0"));
    let app = house.app(&["petal", "rose"], "");
    let folder = app.folder().to_owned();
    house.partner.goes_down();
    // It might have a leaf of its own, so nothing can be said.
    house.server.entry("main", "leaf").expects(503);
    house
        .command(&["retire", "partner"])
        .succeeds()
        .prints("partner is retired");
    house
        .command(&["retire", "partner", "--json"])
        .succeeds()
        .prints("\"already\": true");
    assert_eq!(house.server.entry("main", "leaf").versions(), ["1.0.0"]);
    house.server.entry("main", "nothing").expects(404);
    house.restart("");
    house.partner.comes_back();
    house.partner.forget_requests();
    assert_eq!(house.server.entry("main", "petal").versions(), ["1.0.0"]);
    house.another_machine();
    house
        .bench
        .cargo(&folder, &["check", "--locked"])
        .succeeds();
    assert!(
        house.partner.requests().is_empty(),
        "it is never asked again"
    );
    house
        .command(&["retire", "acme"])
        .exits(2)
        .says("yanked or purged");
}

fn a_purged_release_is_not_given_any_more(identity: Identity) {
    let house = House::open(identity);
    house.server.has("acme", &Krate::new("garden", "1.0.0"));
    house.server.has("acme", &Krate::new("garden", "1.1.0"));
    let garden = || identity.private(Dependency::on("garden", "1"), &house.server.index("main"));
    let app = Project::create(&house.bench, &Krate::new("app", "0.1.0").needs(garden()));
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.lock().versions("garden"), ["1.1.0"]);
    let checksum = house.server.entry("main", "garden").rows()[1]["cksum"].clone();
    let checksum = checksum.as_str().unwrap_or_default().to_owned();
    house
        .command(&[
            "purge",
            "garden@1.1.0",
            "--registry",
            "acme",
            "--reason",
            "court order 7",
        ])
        .succeeds()
        .prints("its bytes are deleted");
    for surface in ["acme", "main", "main/from/acme"] {
        let dl = format!("/{surface}/dl/garden/1.1.0/{checksum}");
        house.server.get(&dl).expects(451).says("court order 7");
        let rows = house.server.entry(surface, "garden").rows();
        assert_eq!(
            (&rows[0]["yanked"], &rows[1]["yanked"]),
            (&false.into(), &true.into())
        );
    }
    let blob = house
        .server
        .data()
        .join("blobs")
        .join(&checksum[..2])
        .join(&checksum[2..]);
    assert!(!blob.exists(), "{}", blob.display());
    house
        .server
        .upload("acme", &upload::body(&Krate::new("garden", "1.1.0")))
        .expects(403)
        .says("court order 7");
    assert!(!blob.exists(), "{}", blob.display());
    // Who resolves anew does without; who had it locked is told why.
    house.another_machine();
    app.cargo(&["check", "--locked"]).fails().says("451");
    app.remove("Cargo.lock");
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.lock().versions("garden"), ["1.0.0"]);
    house
        .command(&[
            "purge",
            "garden@9.0.0",
            "--registry",
            "acme",
            "--reason",
            "none",
        ])
        .exits(2);
}

/// Both have a petal, and one of them publishes other bytes later.
fn what_was_agreed_stays_when_one_turns(identity: Identity) {
    let declared = "same-crate = [{ names = [\"petal\"], members = [\"partner\", \"crates-io\"] }]";
    let mut house = House::open(identity);
    house.restart(declared);
    house
        .partner
        .has_all(&[petal("1.0.0"), petal("1.1.0"), rose()]);
    house.public.has(&petal("1.0.0"));
    let app = house.app(&["petal", "rose"], "");
    let (folder, before) = (app.folder().to_owned(), house.text("petal"));
    assert_eq!(app.lock().versions("petal"), ["1.1.0"]);
    house.public.has_all(&[thorn("1.1.0"), petal("1.2.0")]);
    assert!(house.text("petal").starts_with(&before));
    assert_eq!(
        house.server.entry("main", "petal").versions(),
        ["1.0.0", "1.1.0", "1.2.0"]
    );
    house
        .command(&["check", "--deny", "conflicts"])
        .exits(1)
        .prints("1.1.0");
    // Nor does withdrawing the declaration take away what was shown.
    house.restart("");
    assert!(house.text("petal").starts_with(&before));
    house.another_machine();
    house
        .bench
        .cargo(&folder, &["check", "--locked"])
        .succeeds();
}
