//! Old locks: what was built once is built again with `--locked`, on a new machine,
//! whatever the settings say by then.
//!
//! One project meets every way in which a dependency can be reached and written; then
//! owners, claims, members and sides change, one after the other.
//!
//! Absent: what cannot hold, but for its clear answer; docs/federation.md lists it.

use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::{CRATES_IO_IDENTITY, Dependency};
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::{crates_io, mirror};
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::Server;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;

for_both_identities!(
    a_lock_outlives_changes_of_the_settings,
    who_left_is_told_and_comes_back,
    another_identity_is_told_by_check,
);

/// Two hosted registries, one that is no member, a partner's and crates.io.
struct Town {
    identity: Identity,
    server: Server,
    public: Upstream,
    partner: Upstream,
    bench: Workbench,
}

const MEMBERS: &str = "\"acme\", \"apps\", \"partner\", \"crates-io\"";

impl Town {
    #[track_caller]
    fn open(identity: Identity) -> Self {
        let (bench, public, partner) = (Workbench::new(), Upstream::start(), Upstream::start());
        let settings = settings(identity, &public, &partner, MEMBERS, "");
        let server = Server::start(&bench, &settings);
        let town = Self {
            identity,
            server,
            public,
            partner,
            bench,
        };
        town.fill();
        town
    }

    /// `foo` is ours, the partner's and public, and each is depended on by its own.
    fn fill(&self) {
        self.server
            .has("acme", &Krate::new("foo", "1.0.0").lib("pub struct Ours;"));
        self.server
            .has("lab", &Krate::new("tool", "1.0.0").lib("pub struct Tool;"));
        let ours = self.private("foo");
        let lab = self.server.index("lab");
        self.server.has(
            "apps",
            &Krate::new("garden", "1.0.0")
                .needs(ours)
                .needs(Dependency::on("tool", "1").from("lab", &lab))
                .needs(Dependency::on("leaf", "1").feature("green"))
                .lib("pub fn ours() -> foo::Ours { foo::Ours }\npub use leaf::Green;\npub use tool::Tool;"),
        );
        self.public.has_all(&[
            Krate::new("foo", "1.5.0").lib("pub struct Theirs;"),
            Krate::new("leaf", "1.0.0")
                .feature("green", &["dep:dye"])
                .needs(Dependency::on("dye", "1").optional())
                .lib("#[cfg(feature = \"green\")]\npub use dye::Green;"),
            Krate::new("dye", "1.0.0").lib("pub struct Green;"),
            Krate::new("widget", "1.0.0")
                .needs(Dependency::on("foo", "1").renamed("other_foo"))
                .needs(Dependency::on("dye", "1").target("cfg(unix)"))
                .lib("pub use other_foo::Theirs;"),
        ]);
        self.partner.has_all(&[
            Krate::new("foo", "1.7.0").lib("pub struct Partners;"),
            Krate::new("petal", "1.0.0")
                .needs(Dependency::on("foo", "1"))
                .needs(Dependency::on("dye", "1").from("crates-io", CRATES_IO_IDENTITY))
                .lib("pub use foo::Partners;"),
        ]);
    }

    fn private(&self, name: &str) -> Dependency {
        self.identity
            .private(Dependency::on(name, "1"), &self.server.index("main"))
    }

    /// Reaches everything: by the view, by two faces, by the address of no member.
    fn project(&self) -> Project<'_> {
        Configuration::default()
            .registry("main", &self.server.index("main"))
            .registry("lab", &self.server.index("lab"))
            .instead_of_crates_io("main")
            .write(&self.bench);
        let app = Krate::new("app", "0.1.0")
            .needs(self.private("garden"))
            .needs(self.private("foo"))
            .needs(Dependency::on("widget", "1"))
            .needs(Dependency::on("petal", "1"))
            .lib(
                "pub fn all() -> (foo::Ours, foo::Ours, widget::Theirs, petal::Partners) {\n\
                 (foo::Ours, garden::ours(), widget::Theirs, petal::Partners) }",
            );
        Project::create(&self.bench, &app)
    }

    #[track_caller]
    fn restart(&mut self, members: &str, view_lines: &str) {
        let settings = settings(
            self.identity,
            &self.public,
            &self.partner,
            members,
            view_lines,
        );
        self.server.start_again(&self.bench, Some(&settings));
    }
}

fn settings(
    identity: Identity,
    public: &Upstream,
    partner: &Upstream,
    members: &str,
    view_lines: &str,
) -> String {
    let hosted: String = ["acme", "apps", "lab"]
        .map(|name| {
            format!("[registries.{name}]\nresolve-in = \"main\"\n\n").replace(
                // Who is no member of a view cannot be resolved in it.
                "[registries.lab]\nresolve-in = \"main\"\n",
                "[registries.lab]\n",
            )
        })
        .concat();
    format!(
        "{hosted}{}{}[views.main]\nmembers = [{members}]\nidentity = \"{}\"\n{view_lines}\n",
        crates_io(public),
        mirror("partner", partner),
        identity.word()
    )
}

fn a_lock_outlives_changes_of_the_settings(identity: Identity) {
    let mut town = Town::open(identity);
    let project = town.project().folder().to_owned();
    town.bench.cargo(&project, &["check"]).succeeds();
    let lock = |town: &Town| town.bench_lock(&project);
    let before = lock(&town);
    let rows = |town: &Town| -> Vec<Vec<u8>> {
        [
            ("main", "garden"),
            ("main", "widget"),
            ("main", "petal"),
            ("main/from/crates-io", "foo"),
            ("main/from/partner", "foo"),
        ]
        .map(|(path, name)| town.server.entry(path, name).expects(200).body)
        .to_vec()
    };
    let shown = rows(&town);
    for (members, view_lines) in [
        (
            MEMBERS,
            "claims = { \"gar*\" = \"acme\", widget = \"acme\" }",
        ),
        (
            MEMBERS,
            "claims = { petal = \"partner\", \"fo*\" = \"apps\" }",
        ),
        (
            MEMBERS,
            "same-crate = [{ names = [\"petal\", \"leaf\"], members = [\"partner\", \"crates-io\"] }]",
        ),
        // Who was no member joins; who was outside is inside; who had all has little.
        (
            "\"acme\", \"apps\", \"lab\", \"partner\", \"crates-io\"",
            "",
        ),
        (
            "\"acme\", \"apps\", { name = \"partner\", side = \"inside\" }, \"crates-io\"",
            "",
        ),
        (
            "\"acme\", \"apps\", { name = \"partner\", only = [\"nothing\"] }, \"crates-io\"",
            "",
        ),
        (MEMBERS, ""),
    ] {
        town.restart(members, view_lines);
        assert_eq!(rows(&town), shown, "{members} {view_lines}");
        town.bench.forget_cargo_home();
        let target = project.join("target");
        let _ = std::fs::remove_dir_all(target);
        town.bench
            .cargo(&project, &["check", "--locked"])
            .succeeds();
        assert_eq!(lock(&town), before, "{members} {view_lines}");
    }
}

fn who_left_is_told_and_comes_back(identity: Identity) {
    let mut town = Town::open(identity);
    let project = town.project().folder().to_owned();
    town.bench.cargo(&project, &["check"]).succeeds();
    let shown = town.server.entry("main", "widget").expects(200).body;
    town.restart("\"acme\", \"apps\", \"crates-io\"", "");
    // Rows that lead to others stay; what led to who left is refused with the cure.
    assert_eq!(town.server.entry("main", "widget").body, shown);
    town.bench.forget_cargo_home();
    town.bench.cargo(&project, &["check", "--locked"]).fails();
    town.server
        .entry("main/from/partner", "foo")
        .expects(403)
        .says("put `partner` back into [views.main] members");
    town.server
        .entry("main", "petal")
        .expects(503)
        .says("no longer a member");
    let file = town.server.settings();
    let arguments = ["check", "--config", &file.to_string_lossy()];
    town.server
        .command(&town.bench, &arguments)
        .exits(1)
        .prints("petal")
        .prints("no longer a member");
    town.restart(MEMBERS, "");
    town.bench
        .cargo(&project, &["check", "--locked"])
        .succeeds();
}

fn another_identity_is_told_by_check(identity: Identity) {
    let mut town = Town::open(identity);
    town.server.entry("main", "garden").expects(200);
    town.identity = match identity {
        Identity::CratesIo => Identity::Split,
        Identity::Split => Identity::CratesIo,
    };
    let other = town.identity.word();
    town.restart(MEMBERS, "");
    let file = town.server.settings();
    let arguments = ["check", "--config", &file.to_string_lossy()];
    town.server
        .command(&town.bench, &arguments)
        .exits(1)
        .prints(&format!("identity = \"{}\"", identity.word()))
        .prints(other);
}

impl Town {
    #[track_caller]
    fn bench_lock(&self, project: &std::path::Path) -> String {
        let lock = project.join("Cargo.lock");
        std::fs::read_to_string(lock).unwrap_or_default()
    }
}
