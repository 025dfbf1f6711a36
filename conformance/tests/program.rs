//! The commands beside the server: setup, explain, check; and how it starts and ends.

use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::server::{Server, program};
use crossdock_conformance::workbench::Workbench;
use std::fs;

for_both_identities!(
    setup_writes_what_cargo_needs,
    setup_keeps_what_people_wrote,
    setup_shows_before_it_writes,
    explain_says_which_rule_and_who_lost,
    check_finds_nothing_wrong,
);

fn setup_writes_what_cargo_needs(identity: Identity) {
    let installation = Installation::unconfigured(identity, "");
    let (server, bench) = (&installation.server, &installation.bench);
    fs::create_dir(bench.path("app")).expect("the bench is empty");
    let app = bench.path("app");
    let app = app.to_string_lossy();
    server
        .command(
            bench,
            &[
                "setup",
                "--view",
                "main",
                "--url",
                server.url(),
                "--project",
                &app,
            ],
        )
        .succeeds();
    let file = bench.path("app/.cargo/config.toml");
    let text = fs::read_to_string(&file).expect("setup wrote it");
    let table: toml::Table = toml::from_str(&text).expect("setup writes TOML");
    assert_eq!(
        table["registries"]["main"]["index"].as_str(),
        Some(server.index("main").as_str())
    );
    assert_eq!(
        table["registries"]["local"]["index"].as_str(),
        Some(server.index("local").as_str())
    );
    assert_eq!(
        table["source"]["crates-io"]["replace-with"].as_str(),
        Some("main")
    );
    assert!(
        !text.contains(server.token()),
        "what is to be committed has no secret in it"
    );
    assert!(
        table
            .get("registry")
            .is_none_or(|it| it.get("default").is_none()),
        "a default registry doubles crates"
    );
    // Again: nothing changes.
    server
        .command(bench, &["setup", "--project", &app])
        .succeeds();
    assert_eq!(fs::read_to_string(&file).ok(), Some(text));
    server
        .command(bench, &["setup", "--view", "nowhere", "--project", &app])
        .exits(2)
        .says("nowhere");
}

fn setup_keeps_what_people_wrote(identity: Identity) {
    let installation = Installation::unconfigured(identity, "");
    let (server, bench) = (&installation.server, &installation.bench);
    let before = "# ours, do not touch\n[build]\njobs = 3 # few\n\n[registries.local]\nindex = \"sparse+http://old.example/\" # stale\n\n[net]\nretry = 1\n";
    bench.write("app/.cargo/config.toml", before);
    let app = bench.path("app");
    // What somebody wrote is not thrown away unasked.
    let app = app.to_string_lossy();
    let outcome = server
        .command(bench, &["setup", "--project", &app])
        .exits(2);
    drop(outcome.says("old.example").says("--force"));
    assert_eq!(
        fs::read_to_string(bench.path("app/.cargo/config.toml"))
            .ok()
            .as_deref(),
        Some(before)
    );
    server
        .command(bench, &["setup", "--force", "--project", &app])
        .succeeds();
    let after =
        fs::read_to_string(bench.path("app/.cargo/config.toml")).expect("it was there before");
    for kept in [
        "# ours, do not touch\n",
        "jobs = 3 # few",
        "[net]\nretry = 1",
    ] {
        assert!(after.contains(kept), "{kept} was lost in\n{after}");
    }
    assert!(!after.contains("old.example"), "{after}");
    assert!(after.contains(&server.index("local")), "{after}");
}

fn setup_shows_before_it_writes(identity: Identity) {
    let installation = Installation::unconfigured(identity, "");
    let (server, bench) = (&installation.server, &installation.bench);
    fs::create_dir(bench.path("app")).expect("the bench is empty");
    let app = bench.path("app");
    let outcome = server
        .command(
            bench,
            &["setup", "--project", &app.to_string_lossy(), "--dry-run"],
        )
        .succeeds();
    assert!(
        (outcome.stdout.clone() + &outcome.stderr).contains(&server.index("main")),
        "{}",
        outcome.report()
    );
    assert!(!bench.path("app/.cargo/config.toml").exists());
}

fn explain_says_which_rule_and_who_lost(identity: Identity) {
    let installation = Installation::with(identity, "claims = { \"acme-*\" = \"local\" }");
    installation.public.has_all(&[
        Krate::new("stem", "1.0.0"),
        Krate::new("leaf", "1.0.0").needs(Dependency::on("stem", "1")),
    ]);
    installation
        .has_private(&Krate::new("acme-garden", "1.0.0").needs(Dependency::on("leaf", "1")));
    installation.server.entry("main", "leaf").expects(200);
    let explain = |words: &[&str]| {
        installation
            .server
            .command(&installation.bench, &[&["explain"], words].concat())
    };
    explain(&["acme-garden"])
        .succeeds()
        .prints("local")
        .prints("record");
    explain(&["leaf@1.0.0", "--view", "main"])
        .succeeds()
        .prints("crates-io")
        .prints("1.0.0");
    let json = explain(&["acme-garden", "--json"]).succeeds().stdout;
    assert!(
        serde_json::from_str::<serde_json::Value>(&json).is_ok(),
        "{json}"
    );
    explain(&["acme-nothing"]).exits(1);
    installation.public.never_heard_of(&["acme"]);
}

fn check_finds_nothing_wrong(identity: Identity) {
    let installation = Installation::new(identity);
    installation
        .server
        .command(&installation.bench, &["check"])
        .succeeds();
    let settings = installation.server.settings();
    installation
        .server
        .command(
            &installation.bench,
            &["check", "--config", &settings.to_string_lossy()],
        )
        .succeeds();
}

#[test]
fn settings_that_are_wrong_are_pointed_at() {
    let bench = Workbench::new();
    for (number, (settings, words)) in [
        (
            "[registries.local]\nresolve_in = \"main\"\n",
            &["resolve_in", "crossdock.toml"][..],
        ),
        ("[registry.local]\n", &["registries"]),
        ("[view.main]\n", &["views"]),
        ("[registries.Local]\n", &["Local"]),
        ("[registries.api]\n", &["api"]),
        ("[registries.healthz]\n", &["healthz"]),
        ("[views.main]\nmembers = [\"nobody\"]\n", &["nobody"]),
        (
            "[registries.main]\n[views.main]\nmembers = [\"main\"]\n",
            &["main"],
        ),
        (
            "[registries.a]\n[views.main]\nmembers = [\"a\"]\nidentity = \"both\"\n",
            &["split", "crates-io"],
        ),
        (
            "[registries.a]\n[views.main]\nmembers = [\"a\"]\nclaims = { x = \"b\" }\n",
            &["b"],
        ),
        ("[registries.a]\nmirror = \"file:///etc\"\n", &["mirror"]),
        ("[registries.a]\nresolve-in = \"nowhere\"\n", &["nowhere"]),
        (
            "[registries.a]\nmirror = \"crates-io\"\nrevalidate-after = \"soon\"\n",
            &["soon"],
        ),
    ]
    .iter()
    .enumerate()
    {
        let file = format!("{number}/crossdock.toml");
        bench.write(&file, settings);
        let (file, data) = (bench.path(&file), bench.path(&format!("{number}/data")));
        for verb in ["serve", "check"] {
            let mut command = bench.command(&program());
            command.arg(verb).arg("--config").arg(&file);
            if verb == "serve" {
                command
                    .args(["--listen", "127.0.0.1:0", "--data"])
                    .arg(&data);
            }
            let outcome = bench.run(command);
            assert!(
                matches!(outcome.code, Some(1 | 2)),
                "{settings}\n{}",
                outcome.report()
            );
            let said = outcome.stdout.clone() + &outcome.stderr;
            for word in *words {
                assert!(
                    said.contains(word),
                    "`{word}` is missing; {settings}\n{}",
                    outcome.report()
                );
            }
        }
    }
}

#[test]
fn asked_to_end_it_ends_well_and_starts_again() {
    let bench = Workbench::new();
    let mut server = Server::start_without_settings(&bench);
    let url = server.url().to_owned();
    server.has("local", &Krate::new("garden", "1.0.0"));
    let token = server.token().to_owned();
    server.stop();
    server.start_again(&bench, None);
    assert_eq!(server.url(), url);
    assert_eq!(server.token(), token, "a token is made once");
    assert_eq!(server.entry("main", "garden").versions(), ["1.0.0"]);
}
