//! `cargo publish` and what belongs to it: owners, search, refusals, warnings.

use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::http::ask;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::upload;
use std::time::Duration;

for_both_identities!(
    what_was_published_is_seen_at_once,
    a_version_is_published_once,
    decisions_about_dependencies_are_told,
    strangers_publish_nothing,
    owners_are_listed,
    search_stays_at_home,
    a_claimed_name_is_published_through_the_view,
    an_unclaimed_name_goes_where_the_view_says,
    without_a_place_the_view_says_what_to_write,
    a_name_the_view_shows_from_elsewhere_is_not_taken,
    a_mirror_takes_nothing,
);

fn garden() -> Krate {
    Krate::new("garden", "1.0.0")
        .description("roses and gravel")
        .lib("pub struct Garden;")
}

fn what_was_published_is_seen_at_once(identity: Identity) {
    let installation = Installation::new(identity);
    // Asked for before it exists: the answer must not be kept against the publish.
    installation.server.entry("local", "garden").expects(404);
    installation.server.entry("main", "garden").expects(404);
    let outcome = installation
        .project(&garden())
        .publish("local", installation.server.token())
        .succeeds();
    // cargo polls the index each second before it says so.
    assert!(
        outcome.took < Duration::from_secs(10),
        "{}",
        outcome.report()
    );
    let outcome = outcome.says("Published garden v1.0.0 at registry `local`");
    drop(outcome.never_says("warning: timed out"));
    assert_eq!(
        installation.server.entry("main", "garden").versions(),
        ["1.0.0"]
    );
    let row = installation
        .server
        .entry("local", "garden")
        .rows()
        .remove(0);
    let pubtime = row["pubtime"].as_str().unwrap_or_default().to_owned();
    let form: String = pubtime
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    assert_eq!(form, "0000-00-00T00:00:00Z", "the one form cargo reads");
    let cksum = row["cksum"].as_str().unwrap_or_default().to_owned();
    assert!(
        cksum.len() == 64 && cksum.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')),
        "{cksum}"
    );
}

fn a_version_is_published_once(identity: Identity) {
    let installation = Installation::new(identity);
    let project = installation.project(&garden());
    project
        .publish("local", installation.server.token())
        .succeeds();
    let before = installation.server.entry("local", "garden");
    // cargo looks at the index and does not even upload.
    project
        .publish("local", installation.server.token())
        .fails()
        .says("already exists on `local` index")
        .never_says("Uploading");
    // Whoever uploads all the same is told.
    let other = garden().lib("pub struct Weeds;");
    installation
        .server
        .upload("local", &upload::body(&other))
        .expects(409)
        .says("1.0.0");
    assert_eq!(
        installation.server.entry("local", "garden").body,
        before.body
    );
    let more_of_it = Krate::new("garden", "1.0.0+weeds").lib("pub struct Weeds;");
    let answer = installation
        .server
        .upload("local", &upload::body(&more_of_it));
    assert!(matches!(answer.status, 400 | 409), "{answer}");
    assert_eq!(
        installation.server.entry("local", "garden").body,
        before.body
    );
}

fn decisions_about_dependencies_are_told(identity: Identity) {
    let installation = Installation::new(identity);
    installation.has_private(&garden());
    // cargo labels a bare dependency with the crates.io identity, whatever is meant.
    let bed = Krate::new("bed", "1.0.0").needs(Dependency::on("garden", "1"));
    let project = installation.project(&bed);
    project
        .cargo_with(
            &["publish", "--no-verify", "--registry", "local"],
            &[("CARGO_REGISTRIES_LOCAL_TOKEN", installation.server.token())],
        )
        .succeeds()
        .says("warning: ")
        .says("garden")
        .says("`local`")
        .never_says("ignored where it differs");
    let row = installation.server.entry("local", "bed").rows().remove(0);
    assert_eq!(
        row["deps"][0]["registry"],
        serde_json::Value::Null,
        "it is the registry's own"
    );
}

fn strangers_publish_nothing(identity: Identity) {
    let installation = Installation::new(identity);
    installation
        .project(&garden())
        .publish("local", "not-the-token")
        .fails()
        .says("40");
    let url = format!("{}/local/api/v1/crates/new", installation.server.url());
    let body = upload::body(&garden());
    for headers in [vec![], vec![("authorization", "not-the-token")]] {
        let answer = ask("PUT", &url, &headers, &body);
        assert!(matches!(answer.status, 401 | 403), "{answer}");
        assert!(answer.json()["errors"][0]["detail"].is_string(), "{answer}");
    }
    installation.server.entry("local", "garden").expects(404);
}

fn owners_are_listed(identity: Identity) {
    let installation = Installation::new(identity);
    let project = installation.project(&garden());
    let token = [("CARGO_REGISTRIES_LOCAL_TOKEN", installation.server.token())];
    project
        .publish("local", installation.server.token())
        .succeeds();
    let owner = |more: &[&str]| {
        let arguments = [&["owner", "--registry", "local"], more, &["garden"]].concat();
        project.cargo_with(&arguments, &token).succeeds()
    };
    assert_eq!(owner(&["--list"]).stdout.trim(), "admin");
    owner(&["--add", "rose"]);
    drop(owner(&["--list"]).prints("admin").prints("rose"));
    owner(&["--remove", "rose"]);
    assert_eq!(owner(&["--list"]).stdout.trim(), "admin");
}

fn search_stays_at_home(identity: Identity) {
    let installation = Installation::new(identity);
    installation.has_private(&garden());
    installation.has_private(&Krate::new("garden", "1.2.0").description("roses and gravel"));
    let project = installation.project(&Krate::new("app", "0.1.0"));
    for registry in ["local", "main"] {
        project
            .cargo(&["search", "--registry", registry, "gard"])
            .succeeds()
            .prints("garden = \"1.2.0\"")
            .prints("# roses and gravel");
    }
    project
        .cargo(&["search", "--registry", "main", "secret-plan"])
        .succeeds();
    installation.public.never_heard_of(&["gard", "secret"]);
}

fn a_claimed_name_is_published_through_the_view(identity: Identity) {
    let installation = Installation::with(identity, "claims = { \"acme-*\" = \"local\" }");
    let project = installation.project(&Krate::new("acme-garden", "1.0.0"));
    project
        .publish("main", installation.server.token())
        .succeeds();
    assert_eq!(
        installation.server.entry("local", "acme-garden").versions(),
        ["1.0.0"]
    );
    assert_eq!(
        installation.server.entry("main", "acme-garden").versions(),
        ["1.0.0"]
    );
    // Yank and owners follow the owner through the view.
    let token = [("CARGO_REGISTRIES_MAIN_TOKEN", installation.server.token())];
    project
        .cargo_with(
            &["owner", "--registry", "main", "--list", "acme-garden"],
            &token,
        )
        .succeeds()
        .prints("admin");
    project
        .cargo_with(&["yank", "--registry", "main", "acme-garden@1.0.0"], &token)
        .succeeds();
    assert_eq!(
        installation.server.entry("local", "acme-garden").rows()[0]["yanked"],
        true
    );
    installation.public.never_heard_of(&["acme"]);
}

fn an_unclaimed_name_goes_where_the_view_says(identity: Identity) {
    let installation = Installation::new(identity);
    installation
        .project(&garden())
        .publish("main", installation.server.token())
        .succeeds();
    assert_eq!(
        installation.server.entry("local", "garden").versions(),
        ["1.0.0"]
    );
    // The second version goes to the owner on record.
    let next = Krate::new("garden", "1.1.0");
    installation
        .server
        .upload("main", &upload::body(&next))
        .expects(200);
    assert_eq!(
        installation.server.entry("local", "garden").versions(),
        ["1.0.0", "1.1.0"]
    );
}

fn without_a_place_the_view_says_what_to_write(identity: Identity) {
    let mut installation = Installation::new(identity);
    let settings = std::fs::read_to_string(installation.server.settings()).unwrap_or_default();
    let without = settings.replace("publish-to = \"local\"\n", "");
    assert_ne!(settings, without);
    installation
        .server
        .start_again(&installation.bench, Some(&without));
    let answer = installation
        .server
        .upload("main", &upload::body(&garden()))
        .expects(403);
    assert!(answer.text().contains("publish-to"), "{answer}");
    installation
        .project(&garden())
        .publish("main", installation.server.token())
        .fails()
        .says("publish-to");
    installation.server.entry("local", "garden").expects(404);
}

fn a_name_the_view_shows_from_elsewhere_is_not_taken(identity: Identity) {
    let installation = Installation::new(identity);
    installation.public.has(&Krate::new("stem", "1.0.0"));
    installation.server.entry("main", "stem").expects(200);
    let ours = Krate::new("stem", "2.0.0");
    for registry in ["local", "main"] {
        let answer = installation.server.upload(registry, &upload::body(&ours));
        assert!((400..500).contains(&answer.status), "{answer}");
        assert!(
            answer.text().contains("crates-io"),
            "it says who has it: {answer}"
        );
    }
    installation.server.entry("local", "stem").expects(404);
    assert_eq!(
        installation.server.entry("main", "stem").versions(),
        ["1.0.0"]
    );
}

fn a_mirror_takes_nothing(identity: Identity) {
    let installation = Installation::new(identity);
    let answer = installation
        .server
        .upload("crates-io", &upload::body(&garden()));
    assert!((400..500).contains(&answer.status), "{answer}");
    installation.public.never_heard_of(&["garden"]);
}
