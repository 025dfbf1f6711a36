//! Names that go to another owner, mirrors that are retired, releases that are purged:
//! what becomes of locks and dependants.

use crossdock_conformance::command::Outcome;
use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::{crates_io, mirror};
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::Server;
use crossdock_conformance::upload;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;

for_both_identities!(
    a_transfer_breaks_no_lock,
    a_name_comes_in_house_and_no_lock_breaks,
    a_transfer_to_somebody_else_is_refused,
    a_reassignment_breaks_only_what_it_says,
    a_retired_mirror_goes_on_serving_what_is_held,
    a_purged_release_is_not_given_any_more,
    a_claim_against_the_record_is_told_and_changes_nothing,
    settings_against_a_decision_are_refused,
    what_a_restart_would_break_is_found_before_it,
    what_was_agreed_stays_when_one_turns,
);

/// A team, a partner and the public, and a view of all three.
struct House {
    server: Server,
    public: Upstream,
    partner: Upstream,
    bench: Workbench,
    identity: Identity,
}

impl House {
    fn open(identity: Identity) -> Self {
        let (bench, public, partner) = (Workbench::new(), Upstream::start(), Upstream::start());
        let server = Server::start(&bench, &settings(identity, &public, &partner, ""));
        let house = Self {
            server,
            public,
            partner,
            bench,
            identity,
        };
        house.another_machine();
        house
    }

    /// Goes on as somebody who has nothing of it yet.
    fn another_machine(&self) {
        self.bench.forget_cargo_home();
        Configuration::default()
            .registry("main", &self.server.index("main"))
            .instead_of_crates_io("main")
            .write(&self.bench);
    }

    fn settings(&self, view_lines: &str) -> String {
        settings(self.identity, &self.public, &self.partner, view_lines)
    }

    fn restart(&mut self, view_lines: &str) {
        self.server.stop();
        let settings = self.settings(view_lines);
        self.server.start_again(&self.bench, Some(&settings));
    }

    fn command(&self, arguments: &[&str]) -> Outcome {
        self.server.command(&self.bench, arguments)
    }

    /// Runs a command that reads the settings beside the server.
    fn beside(&self, command: &[&str]) -> Outcome {
        let settings = self.server.settings();
        let config = ["--config", &*settings.to_string_lossy()];
        self.command(&[command, &config[..]].concat())
    }

    /// An application that was built with what the view shows now.
    fn app(&self, names: &[&str], source: &str) -> Project<'_> {
        let app = names.iter().fold(Krate::new("app", "0.1.0"), |app, name| {
            app.needs(Dependency::on(name, "1"))
        });
        let app = Project::create(&self.bench, &app.lib(source));
        app.cargo(&["check"]).succeeds();
        app
    }

    fn text(&self, name: &str) -> String {
        self.server.entry("main", name).expects(200).text()
    }
}

fn settings(identity: Identity, public: &Upstream, partner: &Upstream, lines: &str) -> String {
    format!(
        "[registries.acme]\nresolve-in = \"main\"\n{}{}[views.main]\n\
         members = [\"acme\", \"partner\", \"crates-io\"]\nidentity = \"{}\"\n\
         publish-to = \"acme\"\n{lines}\n",
        mirror("partner", partner),
        crates_io(public),
        identity.word()
    )
}

fn petal(version: &str) -> Krate {
    Krate::new("petal", version).lib("pub struct Petal;")
}

fn thorn(version: &str) -> Krate {
    Krate::new("petal", version).lib("pub struct Thorn;")
}

fn rose() -> Krate {
    Krate::new("rose", "1.0.0")
        .needs(Dependency::on("petal", "1"))
        .lib("pub fn petal() -> petal::Petal { petal::Petal }")
}

/// Two mirrors have the same crate; partner's is on record.
fn a_transfer_breaks_no_lock(identity: Identity) {
    let mut house = House::open(identity);
    house
        .partner
        .has_all(&[petal("1.0.0"), petal("1.1.0"), rose()]);
    let app = house.app(
        &["petal", "rose"],
        "pub fn petal() -> petal::Petal { rose::petal() }",
    );
    let (lock, folder) = (app.read("Cargo.lock"), app.folder().to_owned());
    let (petals, roses) = (house.text("petal"), house.text("rose"));
    house
        .public
        .has_all(&[petal("1.0.0"), petal("1.1.0"), petal("1.2.0")]);
    // What crates.io did not have a moment ago is remembered for ten seconds.
    house.restart("");
    house.server.entry("crates-io", "petal").expects(200);
    house.public.forget_requests();
    house
        .command(&[
            "transfer",
            "petal",
            "--from",
            "partner",
            "--to",
            "crates-io",
            "--view",
            "main",
        ])
        .succeeds()
        .prints("2 releases");
    assert!(house.public.requests().is_empty(), "nobody is asked for it");
    let now = house.text("petal");
    assert!(now.starts_with(&petals), "{now}\nbut was\n{petals}");
    assert_eq!(
        house.server.entry("main", "petal").versions(),
        ["1.0.0", "1.1.0", "1.2.0"]
    );
    assert_eq!(house.text("rose"), roses);
    house.another_machine();
    house
        .bench
        .cargo(&folder, &["check", "--locked"])
        .succeeds();
    house.bench.cargo(&folder, &["update"]).succeeds();
    house.bench.cargo(&folder, &["check"]).succeeds();
    let updated = std::fs::read_to_string(folder.join("Cargo.lock")).unwrap_or_default();
    assert!(
        lock.contains("1.1.0") && updated.contains("1.2.0"),
        "{updated}"
    );
    house.restart("");
    assert_eq!(house.text("rose"), roses);
    assert!(house.text("petal").starts_with(&petals));
}

/// A partner's crate is taken over: claimed, published with the same bytes, transferred.
fn a_name_comes_in_house_and_no_lock_breaks(identity: Identity) {
    let mut house = House::open(identity);
    house
        .partner
        .has_all(&[petal("1.0.0"), petal("1.1.0"), rose()]);
    let app = house.app(
        &["petal", "rose"],
        "pub fn petal() -> petal::Petal { rose::petal() }",
    );
    let folder = app.folder().to_owned();
    let (petals, roses) = (house.text("petal"), house.text("rose"));
    house
        .server
        .upload("acme", &upload::body(&petal("1.0.0")))
        .expects(403)
        .says("transfer");
    house.restart("claims = { petal = \"acme\" }");
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        let body = upload::body_of(
            &upload::metadata(&petal(version)),
            &petal(version).archive(),
        );
        house.server.upload("acme", &body).expects(200);
    }
    assert_eq!(house.text("petal"), petals, "nothing is settled yet");
    house
        .command(&[
            "transfer", "petal", "--from", "partner", "--to", "acme", "--view", "main",
        ])
        .succeeds();
    house.beside(&["check"]).succeeds();
    house.partner.forget_requests();
    assert!(house.text("petal").starts_with(&petals));
    assert_eq!(house.text("rose"), roses);
    assert_eq!(
        house.partner.asked_for("petal").len(),
        0,
        "it is private now"
    );
    house.another_machine();
    house
        .bench
        .cargo(&folder, &["check", "--locked"])
        .succeeds();
    house.bench.cargo(&folder, &["update"]).succeeds();
    house.bench.cargo(&folder, &["check"]).succeeds();
    let lock = std::fs::read_to_string(folder.join("Cargo.lock")).unwrap_or_default();
    assert!(lock.contains("1.2.0"), "{lock}");
    assert_eq!(lock.matches("name = \"petal\"").count(), 1, "{lock}");
}

fn a_transfer_to_somebody_else_is_refused(identity: Identity) {
    let mut house = House::open(identity);
    house.partner.has_all(&[petal("1.0.0"), petal("1.1.0")]);
    house.server.entry("main", "petal").expects(200);
    house.public.has(&thorn("1.0.0"));
    house.restart("");
    house.server.entry("crates-io", "petal").expects(200);
    let before = house.text("petal");
    let transfer = [
        "transfer",
        "petal",
        "--from",
        "partner",
        "--to",
        "crates-io",
        "--view",
        "main",
    ];
    house
        .command(&transfer)
        .exits(2)
        .says("1.0.0: ")
        .says("1.1.0: missing");
    let mut backwards = transfer;
    (backwards[3], backwards[5]) = ("acme", "partner");
    house.command(&backwards).exits(2).says("`partner`");
    assert_eq!(house.text("petal"), before);
}

fn a_reassignment_breaks_only_what_it_says(identity: Identity) {
    let mut house = House::open(identity);
    house
        .partner
        .has_all(&[petal("1.0.0"), petal("1.1.0"), rose()]);
    let app = house.app(&["rose"], "");
    let folder = app.folder().to_owned();
    house.public.has(&thorn("1.0.0"));
    house.restart("");
    house.server.entry("crates-io", "petal").expects(200);
    let before = (house.text("petal"), house.text("rose"));
    let reassign = ["reassign", "petal", "--to", "crates-io", "--view", "main"];
    house
        .command(&reassign)
        .exits(1)
        .prints("vanishes from the view: 1.1.0")
        .prints("gets other bytes: 1.0.0")
        .prints("rose 1.0.0 of partner leads to the face of partner")
        .prints("--breaks-locks");
    assert_eq!((house.text("petal"), house.text("rose")), before);
    house
        .command(&[&reassign[..], &["--breaks-locks"]].concat())
        .succeeds()
        .prints("rose 1.0.0 of partner leads to the face of partner");
    assert_eq!(house.server.entry("main", "petal").versions(), ["1.0.0"]);
    // The old lock is broken, as was said; the dependant builds with partner's petal.
    house.another_machine();
    house.bench.cargo(&folder, &["check", "--locked"]).fails();
    let both = Krate::new("both", "0.1.0")
        .needs(Dependency::on("rose", "1"))
        .needs(Dependency::on("petal", "1"))
        .lib("pub use petal::Thorn; pub fn petal() { let _ = rose::petal(); }");
    let both = Project::create_at(&house.bench, "both", &both);
    both.cargo(&["check"]).succeeds();
    assert_eq!(
        both.lock().of("petal").len(),
        2,
        "two crates, each with its own dependants"
    );
    house.restart("");
    house.another_machine();
    let both = house.bench.path("both");
    house.bench.cargo(&both, &["check", "--locked"]).succeeds();
}

fn a_retired_mirror_goes_on_serving_what_is_held(identity: Identity) {
    let mut house = House::open(identity);
    house.partner.has_all(&[petal("1.0.0"), rose()]);
    house.public.has(&Krate::new("leaf", "1.0.0"));
    let app = house.app(&["petal", "rose"], "");
    let folder = app.folder().to_owned();
    house.partner.goes_down();
    // It might have a leaf of its own, so nothing can be said.
    house.server.entry("main", "leaf").expects(503);
    house
        .command(&["retire", "partner"])
        .succeeds()
        .prints("partner is retired");
    house
        .command(&["retire", "partner", "--json"])
        .succeeds()
        .prints("\"already\": true");
    assert_eq!(house.server.entry("main", "leaf").versions(), ["1.0.0"]);
    house.server.entry("main", "nothing").expects(404);
    house.restart("");
    house.partner.comes_back();
    house.partner.forget_requests();
    assert_eq!(house.server.entry("main", "petal").versions(), ["1.0.0"]);
    house.another_machine();
    house
        .bench
        .cargo(&folder, &["check", "--locked"])
        .succeeds();
    assert!(
        house.partner.requests().is_empty(),
        "it is never asked again"
    );
    house
        .command(&["retire", "acme"])
        .exits(2)
        .says("yanked or purged");
}

fn a_purged_release_is_not_given_any_more(identity: Identity) {
    let house = House::open(identity);
    house.server.has("acme", &Krate::new("garden", "1.0.0"));
    house.server.has("acme", &Krate::new("garden", "1.1.0"));
    let garden = || identity.private(Dependency::on("garden", "1"), &house.server.index("main"));
    let app = Project::create(&house.bench, &Krate::new("app", "0.1.0").needs(garden()));
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.lock().versions("garden"), ["1.1.0"]);
    let checksum = house.server.entry("main", "garden").rows()[1]["cksum"].clone();
    let checksum = checksum.as_str().unwrap_or_default().to_owned();
    house
        .command(&[
            "purge",
            "garden@1.1.0",
            "--registry",
            "acme",
            "--reason",
            "court order 7",
        ])
        .succeeds()
        .prints("its bytes are deleted");
    for surface in ["acme", "main", "main/from/acme"] {
        let dl = format!("/{surface}/dl/garden/1.1.0/{checksum}");
        house.server.get(&dl).expects(451).says("court order 7");
        let rows = house.server.entry(surface, "garden").rows();
        assert_eq!(
            (&rows[0]["yanked"], &rows[1]["yanked"]),
            (&false.into(), &true.into())
        );
    }
    let blob = house
        .server
        .data()
        .join("blobs")
        .join(&checksum[..2])
        .join(&checksum[2..]);
    assert!(!blob.exists(), "{}", blob.display());
    house
        .server
        .upload("acme", &upload::body(&Krate::new("garden", "1.1.0")))
        .expects(403)
        .says("court order 7");
    assert!(!blob.exists(), "{}", blob.display());
    // Who resolves anew does without; who had it locked is told why.
    house.another_machine();
    app.cargo(&["check", "--locked"]).fails().says("451");
    app.remove("Cargo.lock");
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.lock().versions("garden"), ["1.0.0"]);
    house
        .command(&[
            "purge",
            "garden@9.0.0",
            "--registry",
            "acme",
            "--reason",
            "none",
        ])
        .exits(2);
}

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
    house
        .command(&[
            "transfer",
            "petal",
            "--from",
            "partner",
            "--to",
            "crates-io",
            "--view",
            "main",
        ])
        .succeeds();
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
        .exits(1)
        .prints("+ claim acme-* acme")
        .prints("restart the server");
    house.restart("claims = { \"acme-*\" = \"acme\" }");
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

/// Both have a petal, and one of them publishes other bytes later.
fn what_was_agreed_stays_when_one_turns(identity: Identity) {
    let declared = "same-crate = [{ names = [\"petal\"], members = [\"partner\", \"crates-io\"] }]";
    let mut house = House::open(identity);
    house.restart(declared);
    house
        .partner
        .has_all(&[petal("1.0.0"), petal("1.1.0"), rose()]);
    house.public.has(&petal("1.0.0"));
    let app = house.app(&["petal", "rose"], "");
    let (folder, before) = (app.folder().to_owned(), house.text("petal"));
    assert_eq!(app.lock().versions("petal"), ["1.1.0"]);
    house.public.has_all(&[thorn("1.1.0"), petal("1.2.0")]);
    assert!(house.text("petal").starts_with(&before));
    assert_eq!(
        house.server.entry("main", "petal").versions(),
        ["1.0.0", "1.1.0", "1.2.0"]
    );
    house
        .command(&["check", "--deny", "conflicts"])
        .exits(1)
        .prints("1.1.0");
    // Nor does withdrawing the declaration take away what was shown.
    house.restart("");
    assert!(house.text("petal").starts_with(&before));
    house.another_machine();
    house
        .bench
        .cargo(&folder, &["check", "--locked"])
        .succeeds();
}
