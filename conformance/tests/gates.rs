//! Gates as cargo meets them: what is held back is not chosen for a new lock, an old
//! lock goes on building, and where an archive is refused cargo prints why.

use crossdock_conformance::clock::{awaits, seconds_ago};
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::{Installation, settings};
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;

for_both_identities!(
    a_young_release_is_not_chosen_and_an_old_lock_builds,
    a_release_comes_of_age_without_a_request,
    what_is_blocked_stops_with_the_reason,
    audit_changes_nothing,
);

/// Long ago.
const OLD: &str = "2020-02-02T02:02:02Z";

/// Nobody will live to see it come of age; no test depends on today's date.
const YOUNG: &str = "2999-01-01T00:00:00Z";

fn stems() -> [Krate; 2] {
    [
        Krate::new("stem", "1.0.0")
            .published(OLD)
            .lib("pub struct Old;"),
        Krate::new("stem", "1.1.0")
            .published(YOUNG)
            .lib("pub struct Old; pub struct Young;"),
    ]
}

fn app<'i>(installation: &'i Installation, source: &str) -> Project<'i> {
    let app = Krate::new("app", "0.1.0").needs(Dependency::on("stem", "1"));
    installation.project(&app.lib(source))
}

fn gates(lines: &str) -> String {
    format!("[views.main.gates]\n{lines}\n")
}

fn start_again_with(installation: &mut Installation, view_lines: &str) {
    let settings = settings(installation.identity, &installation.public, view_lines);
    installation
        .server
        .start_again(&installation.bench, Some(&settings));
}

fn yanked(installation: &Installation, surface: &str, name: &str) -> Vec<bool> {
    let rows = installation.server.entry(surface, name).rows();
    rows.iter().map(|row| row["yanked"] == true).collect()
}

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

fn what_is_blocked_stops_with_the_reason(identity: Identity) {
    let mut installation = Installation::new(identity);
    installation.public.has_all(&stems());
    let locked = app(&installation, "pub use stem::Young;");
    locked.cargo(&["check"]).succeeds();
    let folder = locked.folder().to_owned();
    let lines = gates("min-age = { days = 3, effect = \"block\" }");
    start_again_with(&mut installation, &lines);
    installation.bench.forget_cargo_home();
    let stopped = installation
        .bench
        .cargo(&folder, &["check", "--locked"])
        .fails();
    stopped
        .says("`stem@1.1.0` is held back by the gates of view `main`")
        .says("min-age: published at 2999-01-01T00:00:00Z, it is not 3 days old")
        .says("crossdock waive stem@1.1.0 --gate min-age --view main");
    // By a face as well, but not by the mirror's own address, which has no gates.
    let cksum = stems()[1].row()["cksum"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    for (surface, status) in [
        ("main", 403),
        ("main/from/crates-io", 403),
        ("crates-io", 200),
    ] {
        let path = format!("/{surface}/dl/stem/1.1.0/{cksum}");
        installation.server.get(&path).expects(status);
        installation.server.get(&path).expects(status);
    }
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
