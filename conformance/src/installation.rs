//! The house most cases live in: a public registry, the program, one view of both.
//!
//! `local` is hosted, `crates-io` mirrors an upstream on this machine, and `main`
//! shows both, as `crossdock serve` has it without a settings file. Nothing is kept
//! unasked and nothing is tried twice, so that a case sees each answer.
//!
//! Absent: cases that need other members; they write their own settings.

use crate::configuration::Configuration;
use crate::dependency::Dependency;
use crate::identity::Identity;
use crate::krate::Krate;
use crate::project::Project;
use crate::server::Server;
use crate::upstream::Upstream;
use crate::workbench::Workbench;

/// A public registry, the program, a view of both, and somebody who uses it.
#[derive(Debug)]
pub struct Installation {
    /// The program.
    pub server: Server,
    /// What stands in for crates.io.
    pub public: Upstream,
    /// The user's machine.
    pub bench: Workbench,
    /// The view's identity.
    pub identity: Identity,
}

impl Installation {
    /// Sets it up.
    #[track_caller]
    pub fn new(identity: Identity) -> Self {
        Self::with(identity, "")
    }

    /// Sets it up with more lines in the settings of the view.
    #[track_caller]
    pub fn with(identity: Identity, view_lines: &str) -> Self {
        let installation = Self::unconfigured(identity, view_lines);
        installation.configuration().write(&installation.bench);
        installation
    }

    /// Sets it up, and tells cargo nothing of it.
    #[track_caller]
    pub fn unconfigured(identity: Identity, view_lines: &str) -> Self {
        let (bench, public) = (Workbench::new(), Upstream::start());
        let server = Server::start(&bench, &settings(identity, &public, view_lines));
        Self {
            server,
            public,
            bench,
            identity,
        }
    }

    /// Returns the configuration of cargo for it.
    pub fn configuration(&self) -> Configuration {
        Configuration::default()
            .registry("main", &self.server.index("main"))
            .registry("local", &self.server.index("local"))
            .instead_of_crates_io("main")
    }

    /// Writes a dependency on something private.
    pub fn private(&self, name: &str, requirement: &str) -> Dependency {
        self.as_private(Dependency::on(name, requirement))
    }

    /// Makes a dependency one on something private.
    pub fn as_private(&self, dependency: Dependency) -> Dependency {
        self.identity
            .private(dependency, &self.server.index("main"))
    }

    /// Returns what a lock says of something private.
    pub fn private_source(&self) -> String {
        self.identity.private_source(&self.server.index("main"))
    }

    /// Writes a project.
    pub fn project(&self, krate: &Krate) -> Project<'_> {
        Project::create(&self.bench, krate)
    }

    /// Publishes a crate to `local`, without cargo.
    #[track_caller]
    pub fn has_private(&self, krate: &Krate) {
        self.server.has("local", krate);
    }
}

/// Returns the settings of an installation.
pub fn settings(identity: Identity, public: &Upstream, view_lines: &str) -> String {
    format!(
        "[registries.local]\n\
         resolve-in = \"main\"\n\
         \n\
         {}\
         [views.main]\n\
         members = [\"local\", \"crates-io\"]\n\
         identity = \"{}\"\n\
         publish-to = \"local\"\n\
         {view_lines}\n",
        crates_io(public),
        identity.word(),
    )
}

/// Returns the settings of a mirror of crates.io at an upstream of ours.
pub fn crates_io(public: &Upstream) -> String {
    format!(
        "[registries.crates-io]\nmirror = \"crates-io\"\nvia = \"{}\"\n{}",
        public.index(),
        ATTENTIVE
    )
}

/// Returns the settings of a mirror of an upstream.
pub fn mirror(name: &str, upstream: &Upstream) -> String {
    format!(
        "[registries.{name}]\nmirror = \"{}\"\n{}",
        upstream.index(),
        ATTENTIVE
    )
}

/// Ask each time, once, and not for long.
const ATTENTIVE: &str = "revalidate-after = \"0s\"\ntimeout = \"3s\"\nretries = 0\n\n";
