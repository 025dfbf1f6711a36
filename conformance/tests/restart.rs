//! Old data: what was served stays served, byte for byte, after an end of any kind.

use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;

for_both_identities!(
    answers_are_the_same_after_a_restart,
    what_was_acknowledged_survives_a_kill,
    ownership_survives_the_settings_that_made_it,
    addresses_of_former_times_are_known,
);

fn answers_are_the_same_after_a_restart(identity: Identity) {
    let mut installation = Installation::new(identity);
    installation.public.has_all(&[
        Krate::new("stem", "1.0.0"),
        Krate::new("leaf", "1.0.0").needs(Dependency::on("stem", "1")),
        Krate::new("leaf", "1.1.0").needs(Dependency::on("stem", "1")),
    ]);
    installation.has_private(&Krate::new("garden", "1.0.0").needs(Dependency::on("leaf", "1")));
    installation.has_private(&Krate::new("garden", "1.1.0"));
    installation
        .server
        .yank("local", "garden", "1.1.0")
        .expects(200);
    let app = Krate::new("app", "0.1.0").needs(installation.private("garden", "1"));
    let folder = installation.project(&app).folder().to_owned();
    installation.bench.cargo(&folder, &["check"]).succeeds();

    let paths = [
        "main",
        "local",
        "crates-io",
        "main/from/local",
        "main/from/crates-io",
    ];
    let all = |installation: &Installation| -> Vec<String> {
        let names = ["garden", "leaf", "stem"];
        let index = paths
            .iter()
            .flat_map(|path| names.map(|name| installation.server.entry(path, name)));
        let config = paths.iter().map(|path| {
            installation
                .server
                .get(&format!("/{path}/index/config.json"))
        });
        let etag =
            |answer: &crossdock_conformance::http::Answer| answer.header("etag").map(str::to_owned);
        index
            .chain(config)
            .map(|answer| format!("{} {:?} {}", answer.status, etag(&answer), answer.text()))
            .collect()
    };
    let before = all(&installation);
    installation.server.stop();
    // The outside is not needed for what is held.
    installation.public.goes_down();
    installation.server.start_again(&installation.bench, None);
    assert_eq!(all(&installation), before);
    installation.bench.forget_cargo_home();
    installation
        .bench
        .cargo(&folder, &["check", "--locked"])
        .succeeds();
}

fn what_was_acknowledged_survives_a_kill(identity: Identity) {
    let mut installation = Installation::new(identity);
    installation.public.has(&Krate::new("stem", "1.0.0"));
    installation.server.entry("main", "stem").expects(200);
    for round in 0..3 {
        installation.has_private(&Krate::new("garden", &format!("1.{round}.0")));
        installation.server.kill();
        installation.server.start_again(&installation.bench, None);
        assert_eq!(
            installation.server.entry("main", "garden").versions().len(),
            round + 1
        );
    }
    let row = installation
        .server
        .entry("local", "garden")
        .rows()
        .remove(2);
    let cksum = row["cksum"].as_str().unwrap_or_default().to_owned();
    installation
        .server
        .get(&format!("/local/dl/garden/1.2.0/{cksum}"))
        .expects(200);
    installation.server.entry("main", "stem").expects(200);
}

fn ownership_survives_the_settings_that_made_it(identity: Identity) {
    let mut installation = Installation::new(identity);
    installation
        .public
        .has_all(&[Krate::new("garden", "9.9.9"), Krate::new("stem", "1.0.0")]);
    installation.has_private(&Krate::new("garden", "1.0.0"));
    assert_eq!(
        installation.server.entry("main", "stem").versions(),
        ["1.0.0"]
    );
    // A claim that contradicts the record is an error of the settings, never a switch.
    let settings = std::fs::read_to_string(installation.server.settings()).unwrap_or_default();
    let switched = settings.replace(
        "publish-to = ",
        "claims = { garden = \"crates-io\", stem = \"local\" }\npublish-to = ",
    );
    assert_ne!(settings, switched);
    installation
        .server
        .start_again(&installation.bench, Some(&switched));
    assert_eq!(
        installation.server.entry("main", "garden").versions(),
        ["1.0.0"]
    );
    assert_eq!(
        installation.server.entry("main", "stem").versions(),
        ["1.0.0"]
    );
    let file = installation.server.settings();
    let arguments = ["check", "--config", &file.to_string_lossy()];
    installation
        .server
        .command(&installation.bench, &arguments)
        .exits(1);
    installation.public.never_heard_of(&["garden"]);
}

fn addresses_of_former_times_are_known(identity: Identity) {
    let mut installation = Installation::new(identity);
    installation.has_private(&Krate::new("seed", "1.0.0").lib("pub struct Seed;"));
    let former = installation.server.index("main");
    let by_former = |version: &str| {
        Krate::new("garden", version)
            .needs(Dependency::on("seed", "1").from("main", &former))
            .lib("pub use seed::Seed;")
    };
    installation.has_private(&by_former("1.0.0"));
    let settings = std::fs::read_to_string(installation.server.settings()).unwrap_or_default();
    let url = installation.server.url().to_owned();
    let moved = format!("[server]\nformer-urls = [\"{url}\"]\n{settings}");
    installation
        .server
        .start_elsewhere(&installation.bench, &moved);
    assert_ne!(installation.server.url(), url);
    // What was taken then and what names it so now, means what is here.
    installation.has_private(&by_former("1.1.0"));
    let private = identity.private_address(&installation.server.index("main"));
    for row in installation.server.entry("main", "garden").rows() {
        assert_eq!(row["deps"][0]["registry"], private.as_str(), "{row}");
    }
    installation.configuration().write(&installation.bench);
    let app = Krate::new("app", "0.1.0")
        .needs(installation.private("garden", "1"))
        .needs(installation.private("seed", "1"))
        .lib("pub fn seed() -> seed::Seed { garden::Seed }");
    let app = installation.project(&app);
    app.cargo(&["check"]).succeeds();
    app.lock().one_of_each();
}
