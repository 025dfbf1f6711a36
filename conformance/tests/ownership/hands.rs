//! A name is transferred or reassigned: which locks break, and which do not.

use super::{House, petal, rose, thorn};
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::upload;

for_both_identities!(
    a_transfer_breaks_no_lock,
    a_name_comes_in_house_and_no_lock_breaks,
    a_transfer_to_somebody_else_is_refused,
    a_reassignment_breaks_only_what_it_says,
);

/// Two mirrors have the same crate; partner's is on record.
fn a_transfer_breaks_no_lock(identity: Identity) {
    let (mut house, folder) = House::with_partners_petal(identity);
    let lock = std::fs::read_to_string(folder.join("Cargo.lock")).unwrap_or_default();
    let (petals, roses) = (house.text("petal"), house.text("rose"));
    house
        .public
        .has_all(&[petal("1.0.0"), petal("1.1.0"), petal("1.2.0")]);
    // What crates.io did not have a moment ago is remembered for ten seconds.
    house.restart("");
    house.server.entry("crates-io", "petal").expects(200);
    house.public.forget_requests();
    house.transfer("crates-io").succeeds().prints("2 releases");
    assert!(house.public.requests().is_empty(), "nobody is asked for it");
    let now = house.text("petal");
    assert!(now.starts_with(&petals), "{now}\nbut was\n{petals}");
    assert_eq!(
        house.server.entry("main", "petal").versions(),
        ["1.0.0", "1.1.0", "1.2.0"]
    );
    assert_eq!(house.text("rose"), roses);
    let updated = house.builds_elsewhere(&folder);
    assert!(
        lock.contains("1.1.0") && updated.contains("1.2.0"),
        "{updated}"
    );
    house.restart("");
    assert_eq!(house.text("rose"), roses);
    assert!(house.text("petal").starts_with(&petals));
}

/// A partner's crate is taken over: claimed, published with the same bytes, transferred.
fn a_name_comes_in_house_and_no_lock_breaks(identity: Identity) {
    let (mut house, folder) = House::with_partners_petal(identity);
    let (petals, roses) = (house.text("petal"), house.text("rose"));
    house
        .server
        .upload("acme", &upload::body(&petal("1.0.0")))
        .expects(403)
        .says("transfer");
    house.restart("claims = { petal = \"acme\" }");
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        let body = upload::body_of(
            &upload::metadata(&petal(version)),
            &petal(version).archive(),
        );
        house.server.upload("acme", &body).expects(200);
    }
    assert_eq!(house.text("petal"), petals, "nothing is settled yet");
    house.transfer("acme").succeeds();
    house.beside(&["check"]).succeeds();
    house.partner.forget_requests();
    assert!(house.text("petal").starts_with(&petals));
    assert_eq!(house.text("rose"), roses);
    assert_eq!(
        house.partner.asked_for("petal").len(),
        0,
        "it is private now"
    );
    let lock = house.builds_elsewhere(&folder);
    assert!(lock.contains("1.2.0"), "{lock}");
    assert_eq!(lock.matches("name = \"petal\"").count(), 1, "{lock}");
}

fn a_transfer_to_somebody_else_is_refused(identity: Identity) {
    let mut house = House::open(identity);
    house.partner.has_all(&[petal("1.0.0"), petal("1.1.0")]);
    house.server.entry("main", "petal").expects(200);
    house.public.has(&thorn("1.0.0"));
    house.restart("");
    house.server.entry("crates-io", "petal").expects(200);
    let before = house.text("petal");
    house
        .transfer("crates-io")
        .exits(2)
        .says("1.0.0: ")
        .says("1.1.0: missing");
    let backwards = ["--from", "acme", "--to", "partner", "--view", "main"];
    house
        .command(&[&["transfer", "petal"], &backwards[..]].concat())
        .exits(2)
        .says("`partner`");
    assert_eq!(house.text("petal"), before);
}

fn a_reassignment_breaks_only_what_it_says(identity: Identity) {
    let mut house = House::open(identity);
    house
        .partner
        .has_all(&[petal("1.0.0"), petal("1.1.0"), rose()]);
    let app = house.app(&["rose"], "");
    let folder = app.folder().to_owned();
    house.public.has(&thorn("1.0.0"));
    house.restart("");
    house.server.entry("crates-io", "petal").expects(200);
    let before = (house.text("petal"), house.text("rose"));
    let reassign = ["reassign", "petal", "--to", "crates-io", "--view", "main"];
    house
        .command(&reassign)
        .exits(1)
        .prints("vanishes from the view: 1.1.0")
        .prints("gets other bytes: 1.0.0")
        .prints("rose 1.0.0 of partner leads to the face of partner")
        .prints("--breaks-locks");
    assert_eq!((house.text("petal"), house.text("rose")), before);
    house
        .command(&[&reassign[..], &["--breaks-locks"]].concat())
        .succeeds()
        .prints("rose 1.0.0 of partner leads to the face of partner");
    assert_eq!(house.server.entry("main", "petal").versions(), ["1.0.0"]);
    // The old lock is broken, as was said; the dependant builds with partner's petal.
    house.another_machine();
    house.bench.cargo(&folder, &["check", "--locked"]).fails();
    let both = Krate::new("both", "0.1.0")
        .needs(Dependency::on("rose", "1"))
        .needs(Dependency::on("petal", "1"))
        .lib("pub use petal::Thorn; pub fn petal() { let _ = rose::petal(); }");
    let both = Project::create_at(&house.bench, "both", &both);
    both.cargo(&["check"]).succeeds();
    assert_eq!(
        both.lock().of("petal").len(),
        2,
        "two crates, each with its own dependants"
    );
    house.restart("");
    house.another_machine();
    let both = house.bench.path("both");
    house.bench.cargo(&both, &["check", "--locked"]).succeeds();
}
