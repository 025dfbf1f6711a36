//! Gates as cargo meets them: what is held back is not chosen for a new lock, an old
//! lock goes on building, and where an archive is refused cargo prints why.

use crossdock_conformance::clock::{awaits, in_seconds, seconds_ago};
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
    an_approved_closure_builds,
    a_change_names_its_view,
    a_waiver_lifts_one_gate_and_ends,
    a_closed_view_stops_what_leads_out,
    licences_are_judged_when_the_archive_is_seen,
    a_look_alike_of_a_private_name_is_not_chosen,
    what_is_denied_is_told_by_check_and_explain,
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
    let explain = ["explain", "stem@1.1.0"];
    installation
        .server
        .command(&installation.bench, &explain)
        .exits(1)
        .prints("`stem` in view `main` is blocked by gate min-age");
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

fn an_approved_closure_builds(identity: Identity) {
    let mut installation = Installation::new(identity);
    installation.has_private(&Krate::new("ours", "1.0.0"));
    installation.public.has_all(&[
        Krate::new("stem", "1.0.0").needs(Dependency::on("leaf", "1")),
        Krate::new("leaf", "1.0.0"),
        Krate::new("leaf", "1.1.0"),
    ]);
    let krate = Krate::new("app", "0.1.0").needs(Dependency::on("stem", "1"));
    let app = installation.project(&krate.needs(installation.private("ours", "1")));
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.lock().versions("leaf"), ["1.1.0"]);
    let (folder, lock) = (app.folder().to_owned(), app.folder().join("Cargo.lock"));
    let cksum = app.lock().of("leaf")[0]
        .checksum
        .clone()
        .unwrap_or_default();
    let tampered = app.lock().text.replace(&cksum, &"ee".repeat(32));
    app.write("Tampered.lock", &tampered);
    let other = app.folder().join("Tampered.lock");
    let other = other.to_string_lossy().into_owned();
    let lines = gates("admit = { only = \"approved\", effect = \"block\" }");
    start_again_with(&mut installation, &lines);
    let Installation { server, bench, .. } = &installation;
    bench.forget_cargo_home();
    let check = ["check", "--locked"];
    bench
        .cargo(&folder, &check)
        .fails()
        .says("admit: nobody approved it")
        .says("It is in the queue; `crossdock approve");
    // What was refused waits; what is ours needs nobody.
    let list = || server.command(bench, &["approve", "--list"]).succeeds();
    list().prints("waits: ");
    let lock = lock.to_string_lossy().into_owned();
    // What is locked to other bytes is not approved.
    server
        .command(bench, &["approve", "--closure", "--lock", &other])
        .exits(1)
        .prints("approved: stem@1.0.0")
        .prints("not approved: leaf@1.1.0: its checksum in the lock, eeeeeeeeeeee");
    bench.cargo(&folder, &check).fails();
    // The lock and its closure go together.
    for alone in [&["stem", "--lock", &lock][..], &["--closure"]] {
        let arguments = [&["approve"], alone].concat();
        server.command(bench, &arguments).exits(2).says("--");
    }
    server
        .command(bench, &["approve", "--closure", "--lock", &lock])
        .succeeds()
        .prints("in view `main`:")
        .prints("approved: leaf@1.1.0")
        .prints("1 were so before");
    bench.cargo(&folder, &check).succeeds();
    assert_eq!(yanked(&installation, "main", "leaf"), [true, false]);
    assert_eq!(yanked(&installation, "main", "ours"), [false]);
    // By requirement, in the queue, and back.
    let approve = |more: &[&str]| server.command(bench, &[&["approve"], more].concat());
    approve(&["--request", "leaf@1.0.0"]).succeeds();
    list().prints("waits: leaf@1.0.0  asked for by admin");
    approve(&["leaf@^1.0.0"]).succeeds();
    assert_eq!(yanked(&installation, "main", "leaf"), [false, false]);
    approve(&["--revoke", "leaf@1"])
        .exits(2)
        .says("approved are `leaf@1.1.0`, `leaf@^1.0.0`");
    approve(&["--revoke", "leaf@^1.0.0"]).succeeds();
    assert_eq!(yanked(&installation, "main", "leaf"), [true, false]);
    approve(&["leaf@"]).exits(2).says("names no releases");
    // And all of it holds when the server starts again.
    installation.server.start_again(&installation.bench, None);
    assert_eq!(yanked(&installation, "main", "leaf"), [true, false]);
}

fn a_change_names_its_view(identity: Identity) {
    let lines = gates("admit = { only = \"approved\" }");
    let aside = format!(
        "[views.aside]\nmembers = [\"crates-io\"]\nidentity = \"{}\"\n",
        identity.word()
    );
    let installation = Installation::with(identity, &format!("{lines}{aside}"));
    installation.public.has_all(&stems());
    assert_eq!(yanked(&installation, "main", "stem"), [true, true]);
    let command = |arguments: &[&str]| installation.server.command(&installation.bench, arguments);
    let waive = "waive stem@1.0.0 --gate admit --reason tried --expires 2998-01-01";
    for change in [
        "approve stem@1.0.0",
        waive,
        "overlay accept stem@1.0.0",
        "snapshot monday",
    ] {
        let words: Vec<_> = change.split(' ').collect();
        command(&words)
            .exits(2)
            .says("several views: aside, main")
            .says("--view");
    }
    command(&["approve", "stem@1.0.0", "--view", "aside"])
        .exits(2)
        .says("view `aside` has no gate `admit`");
    command(&["approve", "stem@1.0.0", "stem@^7", "--view", "main"])
        .succeeds()
        .prints("in view `main`:")
        .prints("warning: view `main` holds no release `stem@^7`");
    assert_eq!(yanked(&installation, "main", "stem"), [false, true]);
}

fn a_waiver_lifts_one_gate_and_ends(identity: Identity) {
    let installation = Installation::with(
        identity,
        &gates("min-age = { days = 3, effect = \"block\" }"),
    );
    installation.public.has_all(&stems());
    assert_eq!(yanked(&installation, "main", "stem"), [false, true]);
    let waive = |gate: &str, expires: &str| {
        let release = ["waive", "stem@1.1.0", "--gate", gate, "--expires", expires];
        let arguments = [&release[..], &["--reason", "a fix we need"]].concat();
        installation.server.command(&installation.bench, &arguments)
    };
    waive("closed", "2998-01-01")
        .exits(2)
        .says("view `main` has no gate `closed`");
    waive("min-age", &in_seconds(8))
        .succeeds()
        .prints("min-age is waived for stem@1.1.0 until ");
    let app = app(&installation, "pub use stem::Young;");
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.lock().versions("stem"), ["1.1.0"]);
    let list = ["waive", "--list"];
    let listed = installation.server.command(&installation.bench, &list);
    listed
        .succeeds()
        .prints("waived: stem@1.1.0  min-age until ")
        .prints("by admin: a fix we need");
    let explain = ["explain", "stem@1.1.0"];
    let explained = installation.server.command(&installation.bench, &explain);
    explained
        .succeeds()
        .prints("gate min-age was waived for 1.1.0 in `main` until ")
        .prints(": a fix we need (by admin)");
    awaits("the waiver to end", || {
        yanked(&installation, "main", "stem") == [false, true]
    });
    let cksum = stems()[1].row()["cksum"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let path = format!("/main/dl/stem/1.1.0/{cksum}");
    installation.server.get(&path).expects(403).says("min-age");
    for (gate, expires, why) in [
        ("min-aeg", "2998-01-01", "there is no gate `min-aeg`"),
        ("min-age", "2001-01-01", "has ended"),
        ("min-age", "tomorrow", "YYYY-MM-DDTHH:MM:SSZ"),
    ] {
        waive(gate, expires).exits(2).says(why);
    }
    let denied = crossdock_conformance::http::ask(
        "POST",
        &format!("{}/main/api/v1/waive", installation.server.url()),
        &[],
        b"{}",
    );
    denied.expects(403);
}

fn a_closed_view_stops_what_leads_out(identity: Identity) {
    let installation = Installation::with(identity, &gates("closed = true"));
    let elsewhere =
        Dependency::on("leaf", "1").from("elsewhere", "sparse+https://elsewhere.example/index/");
    installation.public.has_all(&[
        Krate::new("stem", "1.0.0"),
        Krate::new("stem", "1.1.0").needs(elsewhere),
    ]);
    let app = app(&installation, "");
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.lock().versions("stem"), ["1.0.0"]);
    assert!(installation.server.log().contains(
        "gate closed shows stem 1.1.0 yanked: it depends on `leaf` of sparse+https://elsewhere.example/index/"
    ));
}

fn licences_are_judged_when_the_archive_is_seen(identity: Identity) {
    let lines = gates(
        "licences = { allow = [\"MIT\"], clarify = { \"clear\" = \"MIT\" }, effect = \"block\" }",
    );
    let installation = Installation::with(identity, &lines);
    let licensed = |name: &str, line: &str| Krate::new(name, "1.0.0").licence(line);
    installation.public.has_all(&[
        licensed("fine", "license = \"MIT/Apache-2.0\""),
        licensed("viral", "license = \"AGPL-3.0\""),
        licensed("silent", ""),
        licensed("filed", "license-file = \"COPYING\""),
        licensed("clear", "license-file = \"COPYING\""),
    ]);
    let build = |name: &str| {
        let app = Krate::new(&format!("with-{name}"), "0.1.0").needs(Dependency::on(name, "1"));
        installation.project(&app).cargo(&["check"])
    };
    build("fine").succeeds();
    build("clear").succeeds();
    assert_eq!(
        yanked(&installation, "main", "viral"),
        [false],
        "nobody knows yet"
    );
    let explain = ["explain", "viral@1.0.0"];
    let explained = installation.server.command(&installation.bench, &explain);
    explained
        .succeeds()
        .prints("gate licences not known yet: its licence is not known");
    build("viral")
        .fails()
        .says("licences: its licence `AGPL-3.0` is not among those allowed");
    build("silent")
        .fails()
        .says("it names no licence; settle it with `clarify`");
    build("filed")
        .fails()
        .says("it names a licence file and no licence");
    // From now on the row says so, and it stays known.
    assert_eq!(yanked(&installation, "main", "viral"), [true]);
    assert_eq!(yanked(&installation, "main", "fine"), [false]);
    let mut installation = installation;
    installation.server.start_again(&installation.bench, None);
    assert_eq!(yanked(&installation, "main", "viral"), [true]);
}

fn a_look_alike_of_a_private_name_is_not_chosen(identity: Identity) {
    let installation = Installation::with(identity, &gates("typo-squats = true"));
    let all = ["garden", "gardne", "gardens", "rose"];
    installation
        .public
        .has_all(&all.map(|name| Krate::new(name, "1.0.0")));
    // In use before there was a private name that it resembles.
    assert_eq!(yanked(&installation, "main", "gardens"), [false]);
    installation.has_private(&Krate::new("garden", "1.0.0"));
    installation.public.forget_requests();
    assert_eq!(yanked(&installation, "main", "gardens"), [false]);
    assert_eq!(yanked(&installation, "main", "rose"), [false]);
    for _ in 0..2 {
        assert_eq!(yanked(&installation, "main", "gardne"), [true]);
    }
    let slip = Krate::new("slip", "0.1.0").needs(Dependency::on("gardne", "1"));
    installation
        .project(&slip)
        .cargo(&["check"])
        .fails()
        .says("yanked");
    let asked = installation.public.requests();
    let path = |request: &crossdock_conformance::upstream::Request| request.path.clone();
    assert!(
        !asked.iter().map(path).any(|path| path.ends_with("/garden")),
        "the private name stays in"
    );
}

fn what_is_denied_is_told_by_check_and_explain(identity: Identity) {
    let lines = gates("deny = { releases = { \"stem@<1.1\" = \"it wilts\" }, mode = \"audit\" }");
    let installation = Installation::with(identity, &lines);
    installation.public.has_all(&stems());
    assert_eq!(yanked(&installation, "main", "stem"), [false, false]);
    let command = |arguments: &[&str]| installation.server.command(&installation.bench, arguments);
    let told = "stem 1.0.0 would be stopped by deny: it is on the list of what is denied: it wilts";
    let settings = installation
        .server
        .settings()
        .to_string_lossy()
        .into_owned();
    command(&["check", "--config", &settings])
        .succeeds()
        .prints(told);
    command(&["gates"])
        .exits(1)
        .prints("deny: audit, yank")
        .prints(told);
    command(&["gates", "--json"])
        .exits(1)
        .prints("\"outcome\": \"audited\"");
    command(&["explain", "stem@1.0.0"])
        .succeeds()
        .prints("gate deny audited: it is on the list");
    command(&["explain", "stem@1.1.0"])
        .succeeds()
        .prints("gate deny passed");
}
