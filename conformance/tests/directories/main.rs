//! Folders that are registries: real cargo builds what lies in them, as it lies there.
//!
//! Here: a server with such a folder, and a user of it. Below: builds, and trouble.

#![expect(
    clippy::unwrap_used,
    reason = "a folder that cannot be changed, or an answer without its fields, fails the test"
)]

mod builds;
mod troubles;

use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::crates_io;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::Server;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;
use serde_json::Value;
use std::fs;

/// A server with the folder `built` as registry `lab`, and a user of it.
struct Lab {
    server: Server,
    public: Upstream,
    bench: Workbench,
    identity: Identity,
}

impl Lab {
    fn new(identity: Identity) -> Self {
        Self::with(identity, &[])
    }

    /// Sets it up with files that lie in the folder before anybody looks.
    fn with(identity: Identity, files: &[(&str, Vec<u8>)]) -> Self {
        let (bench, public) = (Workbench::new(), Upstream::start());
        fs::create_dir_all(bench.path("built")).unwrap();
        for (path, bytes) in files {
            bench.write(&format!("built/{path}"), bytes);
        }
        let settings = format!(
            "[registries.lab]\ndirectory = \"../built\"\n[registries.local]\nresolve-in = \"main\"\n{}\
             [views.main]\nmembers = [\"lab\", \"local\", \"crates-io\"]\nidentity = \"{}\"\n",
            crates_io(&public),
            identity.word()
        );
        let server = Server::start(&bench, &settings);
        let mut configuration = Configuration::default();
        for name in ["main", "lab", "local"] {
            configuration = configuration.registry(name, &server.index(name));
        }
        configuration.instead_of_crates_io("main").write(&bench);
        Self {
            server,
            public,
            bench,
            identity,
        }
    }

    /// Writes the sources of a crate into the folder.
    fn sources(&self, krate: &Krate) -> Project<'_> {
        Project::create_at(&self.bench, &format!("built/{}", krate.name), krate)
    }

    fn file(&self, path: &str, bytes: impl AsRef<[u8]>) {
        self.bench.write(&format!("built/{path}"), bytes);
    }

    fn private(&self, name: &str) -> Dependency {
        let main = self.server.index("main");
        self.identity.private(Dependency::on(name, "1"), &main)
    }

    /// What a registry's rows say of a name.
    fn rows(&self, surface: &str, name: &str) -> Vec<Value> {
        let answer = self.server.entry(surface, name).expects(200).text();
        let rows = answer
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        rows.collect()
    }

    fn checksum(&self, surface: &str, name: &str) -> String {
        let rows = self.rows(surface, name);
        rows[rows.len() - 1]["cksum"].as_str().unwrap().to_owned()
    }

    fn alarms(&self) -> Vec<(String, String)> {
        let answer = self.server.send("GET", "/api/v1/alarms", b"").expects(200);
        let answer: Value = serde_json::from_str(&answer.text()).unwrap();
        let alarms = answer["alarms"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        alarms
            .filter(|alarm| alarm["kind"] == "unusable-file")
            .map(|alarm| (text(&alarm["name"]), text(&alarm["text"])))
            .collect()
    }
}

fn prints(krate: Krate, dependency: Dependency, source: &str) -> Krate {
    krate.needs(dependency).main(source)
}
