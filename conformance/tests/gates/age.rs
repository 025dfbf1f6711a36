//! A release comes of age by itself; audit only tells.

use super::{app, gates, start_again_with, stems, yanked};
use crossdock_conformance::clock::{awaits, seconds_ago};
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;

for_both_identities!(
    a_young_release_is_not_chosen_and_an_old_lock_builds,
    a_release_comes_of_age_without_a_request,
    audit_changes_nothing,
);

fn a_young_release_is_not_chosen_and_an_old_lock_builds(identity: Identity) {
    let mut installation = Installation::new(identity);
    installation.public.has_all(&stems());
    let locked = app(&installation, "pub use stem::Young;");
    locked.cargo(&["check"]).succeeds();
    assert_eq!(locked.lock().versions("stem"), ["1.1.0"]);
    let (folder, lock) = (locked.folder().to_owned(), locked.read("Cargo.lock"));
    // From now on three days have to pass.
    let lines = gates("min-age = { days = 3 }");
    start_again_with(&mut installation, &lines);
    installation.bench.forget_cargo_home();
    let check = ["check", "--locked"];
    installation.bench.cargo(&folder, &check).succeeds();
    for surface in ["main", "main/from/crates-io"] {
        assert_eq!(
            yanked(&installation, surface, "stem"),
            [false, true],
            "{surface}"
        );
    }
    assert_eq!(
        yanked(&installation, "crates-io", "stem"),
        [false, false],
        "a registry alone has no gates"
    );
    let new = installation.project(
        &Krate::new("new", "0.1.0")
            .needs(Dependency::on("stem", "1"))
            .lib("pub use stem::Old;"),
    );
    new.cargo(&["check"]).succeeds();
    assert_eq!(new.lock().versions("stem"), ["1.0.0"]);
    assert_eq!(
        std::fs::read_to_string(folder.join("Cargo.lock")).ok(),
        Some(lock)
    );
}

fn a_release_comes_of_age_without_a_request(identity: Identity) {
    let installation = Installation::with(identity, &gates("min-age = { hours = 1 }"));
    // An hour old in a few seconds. Kept answers are shown again until then.
    let born = seconds_ago(3600 - 6);
    installation
        .public
        .has(&Krate::new("stem", "1.0.0").published(&born));
    assert_eq!(yanked(&installation, "main", "stem"), [true]);
    awaits("the release to come of age", || {
        yanked(&installation, "main", "stem") == [false]
    });
    app(&installation, "").cargo(&["check"]).succeeds();
}

fn audit_changes_nothing(identity: Identity) {
    let installation = Installation::with(
        identity,
        &gates("min-age = { days = 3, mode = \"audit\", effect = \"block\" }"),
    );
    installation.public.has_all(&stems());
    let app = app(&installation, "pub use stem::Young;");
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.lock().versions("stem"), ["1.1.0"]);
    let told = "gate min-age would stop stem 1.1.0";
    assert_eq!(
        installation.server.log().matches(told).count(),
        1,
        "told once for each release"
    );
}
