//! Approvals where what nobody approved is only yanked: cargo passes over it without a
//! word to us, so what could be approved is listed, and approving it unyanks it.

use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;

for_both_identities!(
    what_is_not_approved_is_listed_and_comes_with_its_approval,
    what_is_locked_goes_on_building,
);

const APPROVED: &str = "[views.main.gates]\nadmit = \"approved\"\n";

/// `stem` in two versions, outside.
fn stems(installation: &Installation) {
    installation
        .public
        .has_all(&["1.0.0", "1.1.0"].map(|version| Krate::new("stem", version)));
}

fn app() -> Krate {
    Krate::new("app", "0.1.0").needs(Dependency::on("stem", "1"))
}

fn what_is_not_approved_is_listed_and_comes_with_its_approval(identity: Identity) {
    let installation = Installation::with(identity, APPROVED);
    let Installation { server, bench, .. } = &installation;
    stems(&installation);
    let app = installation.project(&app());
    app.cargo(&["check"]).fails().says("is yanked");
    let approve = |more: &[&str]| {
        let outcome = server.command(bench, &[&["approve"], more].concat());
        outcome.succeeds()
    };
    approve(&["--list"])
        .prints("not approved: stem@1.1.0")
        .prints("not approved: stem@1.0.0");

    approve(&["stem@1.0.0"]);
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.lock().versions("stem"), ["1.0.0"]);
    let listed = approve(&["--list"]).prints("approved: stem@1.0.0  by admin");
    listed.never_says("not approved: stem@1.0.0");

    approve(&["--request", "stem@1.1.0"]);
    let listed = approve(&["--list"]).prints("waits: stem@1.1.0  asked for by admin");
    listed.never_says("not approved: stem@1.1.0");
    app.cargo(&["update"]).succeeds();
    assert_eq!(
        app.lock().versions("stem"),
        ["1.0.0"],
        "asking is not having"
    );

    approve(&["stem@1.1.0"]);
    app.cargo(&["update"]).succeeds();
    assert_eq!(app.lock().versions("stem"), ["1.1.0"]);
    let listed = approve(&["--list"]).prints("approved: stem@1.1.0");
    listed.never_says("waits:").never_says("not approved:");
}

fn what_is_locked_goes_on_building(identity: Identity) {
    let installation = Installation::with(identity, APPROVED);
    let Installation { server, bench, .. } = &installation;
    stems(&installation);
    let approve = |more: &[&str]| server.command(bench, &[&["approve"], more].concat());
    approve(&["stem@1.1.0"]).succeeds();
    let app = installation.project(&app());
    app.cargo(&["check"]).succeeds();
    approve(&["--revoke", "stem@1.1.0"]).succeeds();
    // Nothing is kept here: rows and archives come anew.
    bench.forget_cargo_home();
    app.cargo(&["check", "--locked"]).succeeds();
    app.remove("Cargo.lock");
    app.cargo(&["generate-lockfile"]).fails().says("is yanked");
}
