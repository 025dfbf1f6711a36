//! The house most cases live in: a public registry, the program, one view of both.
//!
//! `local` is hosted, `crates-io` mirrors an upstream on this machine, and `main`
//! shows both, as `crossdock serve` has it without a settings file. Nothing is kept
//! unasked and nothing is tried twice, so that a case sees each answer.
//!
//! When a case ends, the public registry must not have heard of what was published to
//! `local`, but for names that the server's own record says left on evidence (law 8).
//!
//! Absent: cases that need other members; they write their own settings.

use crate::canary;
use crate::command::fail;
use crate::configuration::Configuration;
use crate::dependency::Dependency;
use crate::http::try_ask;
use crate::identity::Identity;
use crate::krate::Krate;
use crate::project::Project;
use crate::server::Server;
use crate::upstream::Upstream;
use crate::workbench::Workbench;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Instant;

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
    /// What was published to `local`, and since when; held for a push or a look.
    private: Mutex<Vec<(String, Instant)>>,
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
            private: Mutex::default(),
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

    /// Runs `crossdock setup` for a project of it.
    #[track_caller]
    pub fn set_up(&self, project: &Project<'_>, more: &[&str]) {
        let folder = project.folder().display().to_string();
        let setup = ["setup", "--view", "main", "--project", &folder];
        let setup = [&setup[..], more].concat();
        self.server.command(&self.bench, &setup).succeeds();
    }

    /// Writes a project.
    pub fn project(&self, krate: &Krate) -> Project<'_> {
        Project::create(&self.bench, krate)
    }

    /// Publishes a crate to `local`, without cargo.
    #[track_caller]
    pub fn has_private(&self, krate: &Krate) {
        self.server.has("local", krate);
        let published = (canary::key(&krate.name), Instant::now());
        let mut private = self.private.lock().expect("nobody panics while holding it");
        private.push(published);
    }

    /// Lists private names that the public registry heard of after they were published.
    fn private_names_heard(&self) -> BTreeSet<String> {
        let private = self.private.lock().expect("nobody panics while holding it");
        let requests = self.public.requests().into_iter();
        let about = requests.filter_map(|request| Some((canary::about(&request)?, request.at)));
        let heard = about.filter(|(name, at)| {
            private
                .iter()
                .any(|(private, since)| private == name && since < at)
        });
        heard.map(|(name, _)| name).collect()
    }

    /// Lists the names that left on evidence, as the server has it on record; none if it
    /// does not run any more.
    fn names_on_evidence(&self) -> BTreeSet<String> {
        let url = format!("{}/api/v1/egress?limit=50000", self.server.url());
        let token = [("authorization", self.server.token())];
        let told: Vec<Value> = try_ask("GET", &url, &token, b"")
            .ok()
            .and_then(|answer| serde_json::from_slice(&answer.body).ok())
            .unwrap_or_default();
        told.iter()
            .filter(|one| one["reason"] == "evidence")
            .filter_map(|one| one["name"].as_str().map(canary::key))
            .collect()
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let heard = self.private_names_heard();
        if heard.is_empty() {
            return;
        }
        let excused = self.names_on_evidence();
        let leaked: Vec<_> = heard.difference(&excused).collect();
        if !leaked.is_empty() {
            fail(&format!(
                "the public registry heard of private names, without evidence on record: {leaked:?}"
            ));
        }
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

/// Returns settings whose mirrors wait for their upstreams however busy the machine is:
/// for cases in which silence would be a finding.
pub fn patient(settings: &str) -> String {
    settings.replace("timeout = \"3s\"", "timeout = \"5m\"")
}

/// Ask each time, once, and not for long.
const ATTENTIVE: &str = "revalidate-after = \"0s\"\ntimeout = \"3s\"\nretries = 0\n\n";
