//! Names that change hands by command: real cargo with locks of before, and what is told.
//!
//! Here: a team, a partner and the public in one view. Below: transfers and
//! reassignments, what is taken away, and settings that say otherwise.

mod away;
mod hands;
mod settings_against_records;

use crossdock_conformance::command::Outcome;
use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::{crates_io, mirror};
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::Server;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;

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

    /// Gives partner's petal to another member.
    fn transfer(&self, to: &str) -> Outcome {
        let from_partner = ["transfer", "petal", "--from", "partner", "--view", "main"];
        self.command(&[&from_partner[..], &["--to", to]].concat())
    }

    /// Partner has petal and rose, and an application that needs both is locked.
    fn with_partners_petal(identity: Identity) -> (Self, std::path::PathBuf) {
        let house = Self::open(identity);
        house
            .partner
            .has_all(&[petal("1.0.0"), petal("1.1.0"), rose()]);
        let source = "pub fn petal() -> petal::Petal { rose::petal() }";
        let folder = house.app(&["petal", "rose"], source).folder().to_owned();
        (house, folder)
    }

    /// Builds on another machine with the lock, then without; returns the newer lock.
    fn builds_elsewhere(&self, folder: &std::path::Path) -> String {
        self.another_machine();
        let cargo = |arguments: &[&str]| self.bench.cargo(folder, arguments).succeeds();
        cargo(&["check", "--locked"]);
        cargo(&["update"]);
        cargo(&["check"]);
        std::fs::read_to_string(folder.join("Cargo.lock")).unwrap_or_default()
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
