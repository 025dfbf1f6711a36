//! What the past does not give, though it had it: nobody goes round a purge, or round a
//! gate that blocks today, by an epoch or a frozen view.

use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::{Installation, settings};
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;

for_both_identities!(
    a_purged_release_is_not_given_by_an_old_epoch,
    what_is_blocked_today_is_not_given_by_an_epoch,
    a_frozen_view_does_not_choose_what_is_blocked,
);

/// Sets a project up, and lets cargo forget what it kept.
fn set_up(installation: &Installation, project: &Project<'_>, more: &[&str]) {
    installation.set_up(project, more);
    installation.bench.forget_cargo_home();
}

fn decide(installation: &Installation, command: &[&str]) {
    let bench = &installation.bench;
    installation.server.command(bench, command).succeeds();
}

/// Starts again with a gate that blocks `stem` 1.1.0, or without one.
fn denies(installation: &mut Installation, does: bool) {
    let lines = match does {
        true => {
            "[views.main.gates]\n\
             deny = { releases = { \"stem@1.1.0\" = \"it is malware\" }, effect = \"block\" }\n"
        }
        false => "",
    };
    let settings = settings(installation.identity, &installation.public, lines);
    let bench = &installation.bench;
    installation.server.start_again(bench, Some(&settings));
}

fn stems() -> [Krate; 2] {
    ["1.0.0", "1.1.0"].map(|version| Krate::new("stem", version))
}

fn a_purged_release_is_not_given_by_an_old_epoch(identity: Identity) {
    let installation = Installation::unconfigured(identity, "");
    for version in ["1.0.0", "1.1.0"] {
        installation.has_private(&Krate::new("petal", version));
    }
    let app = Krate::new("app", "0.1.0").needs(installation.private("petal", "1"));
    let app = installation.project(&app);
    set_up(&installation, &app, &[]);
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.lock().versions("petal"), ["1.1.0"]);
    decide(&installation, &["snapshot", "monday", "--view", "main"]);
    let purge = [
        "purge",
        "petal@1.1.0",
        "--registry",
        "local",
        "--reason",
        "a court says so",
    ];
    decide(&installation, &purge);

    for at in [&["--at", "monday"][..], &[]] {
        set_up(&installation, &app, at);
        let refused = app.cargo(&["check", "--locked"]).fails();
        refused.says("a court says so");
    }
    set_up(&installation, &app, &["--at", "monday"]);
    app.remove("Cargo.lock");
    app.cargo(&["check"]).succeeds();
    assert_eq!(
        app.lock().versions("petal"),
        ["1.0.0"],
        "its row is yanked in the past, too"
    );
}

fn what_is_blocked_today_is_not_given_by_an_epoch(identity: Identity) {
    let mut installation = Installation::unconfigured(identity, "");
    installation.public.has_all(&stems());
    let app = Krate::new("app", "0.1.0").needs(Dependency::on("stem", "1"));
    let project = installation.project(&app);
    let folder = project.folder().to_owned();
    set_up(&installation, &project, &[]);
    project.cargo(&["check"]).succeeds();
    assert_eq!(project.lock().versions("stem"), ["1.1.0"]);
    decide(&installation, &["snapshot", "monday", "--view", "main"]);
    denies(&mut installation, true);

    let project = Project::open(&installation.bench, &folder.display().to_string());
    set_up(&installation, &project, &["--at", "monday"]);
    let refused = project.cargo(&["check", "--locked"]).fails();
    refused.says("it is malware");
    let path = "/main/at/monday/index/st/em/stem";
    let yanked = |rows: Vec<serde_json::Value>| -> Vec<bool> {
        rows.iter().map(|row| row["yanked"] == true).collect()
    };
    let shown = yanked(installation.server.get(path).expects(200).rows());
    assert_eq!(shown, [false, false], "the index of then is what it was");
    // Nobody is kept from an older one, and once it is let through, from none.
    project
        .cargo(&["update", "stem", "--precise", "1.0.0"])
        .succeeds();
    project.cargo(&["check", "--locked"]).succeeds();
    drop(project);
    denies(&mut installation, false);
    let project = Project::open(&installation.bench, &folder.display().to_string());
    set_up(&installation, &project, &["--at", "monday"]);
    project.cargo(&["update"]).succeeds();
    project.cargo(&["check"]).succeeds();
    assert_eq!(project.lock().versions("stem"), ["1.1.0"]);
}

fn a_frozen_view_does_not_choose_what_is_blocked(identity: Identity) {
    let mut installation = Installation::unconfigured(identity, "");
    installation.public.has_all(&stems());
    let app = Krate::new("app", "0.1.0").needs(Dependency::on("stem", "1"));
    let project = installation.project(&app);
    let folder = project.folder().to_owned();
    set_up(&installation, &project, &[]);
    project.cargo(&["check"]).succeeds();
    decide(&installation, &["freeze", "main"]);
    installation.public.has(&Krate::new("stem", "1.2.0"));
    denies(&mut installation, true);

    let project = Project::open(&installation.bench, &folder.display().to_string());
    set_up(&installation, &project, &[]);
    let refused = project.cargo(&["check", "--locked"]).fails();
    refused.says("it is malware");
    project.cargo(&["update"]).succeeds();
    project.cargo(&["check"]).succeeds();
    assert_eq!(project.lock().versions("stem"), ["1.0.0"]);
    decide(&installation, &["thaw", "main"]);
    project.cargo(&["update"]).succeeds();
    project.cargo(&["check"]).succeeds();
    assert_eq!(project.lock().versions("stem"), ["1.2.0"]);
}
