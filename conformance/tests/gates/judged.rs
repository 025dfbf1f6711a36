//! What is judged by looking at it: licences, look-alikes, where a dependency leads.

use super::{app, gates, stems, yanked};
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;

for_both_identities!(
    a_closed_view_stops_what_leads_out,
    licences_are_judged_when_the_archive_is_seen,
    a_look_alike_of_a_private_name_is_not_chosen,
    what_is_denied_is_told_by_check_and_explain,
);

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
