//! What people decide: blocks, approvals, waivers.

use super::{app, gates, start_again_with, stems, yanked};
use crossdock_conformance::clock::{awaits, in_seconds};
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;

for_both_identities!(
    what_is_blocked_stops_with_the_reason,
    an_approved_closure_builds,
    a_change_names_its_view,
    a_waiver_lifts_one_gate_and_ends,
);

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
