//! Settings that contradict what is on record are told before a restart, and change nothing.

use super::{House, petal, rose};
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::krate::Krate;

for_both_identities!(
    a_claim_against_the_record_is_told_and_changes_nothing,
    settings_against_a_decision_are_refused,
    what_a_restart_would_break_is_found_before_it,
);

fn a_claim_against_the_record_is_told_and_changes_nothing(identity: Identity) {
    let mut house = House::open(identity);
    house.partner.has_all(&[petal("1.0.0"), rose()]);
    let app = house.app(&["petal", "rose"], "");
    let (folder, before) = (app.folder().to_owned(), house.text("petal"));
    house.restart("claims = { petal = \"acme\" }");
    assert_eq!(house.text("petal"), before, "never a silent switch");
    house
        .beside(&["check"])
        .exits(1)
        .prints("claim `petal`")
        .prints("partner")
        .prints("crossdock transfer petal --from partner --to acme --view main")
        .prints("crossdock reassign petal --to acme --view main --breaks-locks");
    assert!(house.server.log().contains("claim `petal`"));
    let unseen = house.server.get("/readyz").expects(200).text();
    assert!(
        !unseen.contains("petal"),
        "names are told to nobody without a token: {unseen}"
    );
    house.another_machine();
    house
        .bench
        .cargo(&folder, &["check", "--locked"])
        .succeeds();
}

/// The old server answers, and the file is not in force yet.
fn what_a_restart_would_break_is_found_before_it(identity: Identity) {
    let house = House::open(identity);
    house.partner.has_all(&[petal("1.0.0"), rose()]);
    house.app(&["petal", "rose"], "");
    let (url, token) = (
        house.server.url().to_owned(),
        house.server.token().to_owned(),
    );
    let told = |command: &str, settings: &str| {
        house.bench.write("new.toml", settings);
        let file = house.bench.path("new.toml");
        let file = file.to_string_lossy();
        let beside = ["--config", &*file, "--url", &url, "--token", &token];
        house.command(&[&[command], &beside[..]].concat()).exits(1)
    };
    let claimed = house.settings("claims = { petal = \"acme\" }");
    told("check", &claimed).prints("on record it is of `partner`");
    let left = house.settings("").replace("\"partner\", ", "");
    for command in ["check", "apply"] {
        told(command, &left)
            .prints("2 names: `petal`, `rose`")
            .prints("answered 503")
            .prints("crossdock transfer NAME --from partner --to MEMBER --view main");
    }
    let (now, other) = match identity.word() {
        "split" => ("split", "crates-io"),
        word => (word, "split"),
    };
    let (now, other) = (
        format!("identity = \"{now}\""),
        format!("identity = \"{other}\""),
    );
    let named_otherwise = house.settings("").replace(&now, &other);
    for command in ["check", "apply"] {
        told(command, &named_otherwise).prints("locks made before do not match");
    }
    house.command(&["retire", "partner"]).succeeds();
    let settings = house.settings("");
    let hosted: Vec<_> = settings
        .split("\n[")
        .map(|section| match section.starts_with("registries.partner]") {
            true => "registries.partner]\nresolve-in = \"main\"\n".to_owned(),
            false => section.to_owned(),
        })
        .collect();
    let hosted = hosted.join("\n[");
    for command in ["check", "apply"] {
        told(command, &hosted).prints("`partner` was retired by command");
    }
    told("apply", &hosted).prints("would refuse to start");
}

fn settings_against_a_decision_are_refused(identity: Identity) {
    let mut house = House::open(identity);
    house.partner.has(&petal("1.0.0"));
    house.public.has(&Krate::new("stem", "1.0.0"));
    house.server.entry("main", "petal").expects(200);
    house.public.has(&petal("1.0.0"));
    house.restart("");
    house.server.entry("crates-io", "petal").expects(200);
    house.transfer("crates-io").succeeds();
    house
        .beside(&["apply"])
        .succeeds()
        .prints("nothing to apply");
    // A file that says the opposite is found out before the restart, and refused at it.
    let contradicting = house.settings("claims = { petal = \"partner\", \"acme-*\" = \"acme\" }");
    house.bench.write("contradicting.toml", &contradicting);
    let file = house.bench.path("contradicting.toml");
    let file = file.to_string_lossy();
    let url = house.server.url().to_owned();
    let token = house.server.token().to_owned();
    let beside = ["--config", &*file, "--url", &url, "--token", &token];
    house
        .command(&[&["apply"], &beside[..]].concat())
        .exits(1)
        .prints("+ claim acme-* acme")
        .prints("was transferred from `partner` to `crates-io` by command")
        .prints("would refuse to start");
    house
        .command(&[&["check"], &beside[..]].concat())
        .exits(1)
        .prints("was transferred from `partner`");
    let harmless = house.settings("claims = { \"acme-*\" = \"acme\" }");
    house.bench.write("contradicting.toml", &harmless);
    house
        .command(&[&["apply"], &beside[..]].concat())
        .exits(2)
        .prints("+ claim acme-* acme")
        .says("the server says otherwise than what was shown");
    house.server.write_settings(&harmless);
    house
        .beside(&["apply"])
        .succeeds()
        .prints("+ claim acme-* acme")
        .prints("applied");
    house
        .beside(&["apply"])
        .succeeds()
        .prints("nothing to apply");
    house.server.stop();
    house.bench.write("refused.toml", &contradicting);
    let mut refused = house
        .bench
        .command(&crossdock_conformance::server::program());
    let settings = house.bench.path("refused.toml");
    refused.args(["serve", "--listen", "127.0.0.1:0", "--config"]);
    refused.arg(settings).arg("--data").arg(house.server.data());
    house
        .bench
        .run(refused)
        .exits(2)
        .says("claim `petal` gives `petal` to `partner`")
        .says("+ claim petal partner")
        .says("by command");
}
