//! The program with its upstreams, and what becomes of it.

use crate::known::Known;
use crate::load;
use crossdock_conformance::command;
use crossdock_conformance::installation;
use crossdock_conformance::server::{Server, program};
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;
use serde_json::Value;
use std::sync::Mutex;
use std::time::Duration;

/// A second does; a machine that serves others first is given more.
const FSCK_LIMIT: Duration = Duration::from_secs(15 * 60);

/// A server that is killed again and again, and who stands around it.
pub(crate) struct House {
    pub(crate) server: Server,
    pub(crate) public: Upstream,
    /// Another registry of the outside, whose names are transferred.
    pub(crate) partner: Upstream,
    pub(crate) bench: Workbench,
    /// Held for a note, never while waiting for an answer.
    pub(crate) known: Mutex<Known>,
    /// Different in each house.
    pub(crate) seed: usize,
    /// Counts starts: each has another policy.
    starts: usize,
}

impl House {
    pub(crate) fn new(seed: usize) -> Self {
        let (bench, public, partner) = (Workbench::new(), Upstream::start(), Upstream::start());
        let server = Server::start(&bench, &settings(&public, &partner, 0));
        Self {
            server,
            public,
            partner,
            bench,
            known: Mutex::default(),
            seed,
            starts: 0,
        }
    }

    /// Lets clients work for a while and kills the server amid that; says how much was
    /// acknowledged.
    pub(crate) fn works_and_dies(&mut self, after: Duration) -> usize {
        let before = self.known().acknowledged;
        load::until_killed(self, after);
        self.known().acknowledged - before
    }

    /// Starts it and kills it before it is ready, or soon after.
    pub(crate) fn dies_starting(&mut self, after: Duration) {
        let settings = self.next_settings();
        self.server
            .start_and_kill(&self.bench, Some(&settings), after);
    }

    pub(crate) fn starts(&mut self) {
        let settings = self.next_settings();
        self.server.start_again(&self.bench, Some(&settings));
    }

    fn next_settings(&mut self) -> String {
        self.starts += 1;
        settings(&self.public, &self.partner, self.starts)
    }

    /// Holds everything that is kept against itself, while nothing runs.
    pub(crate) fn is_sound(&self) {
        let mut command = self.bench.command(&program());
        command.args(["fsck", "--json", "--data"]);
        command.arg(self.server.data());
        command.arg("--config").arg(self.server.settings());
        let out = self.bench.path("runs/fsck");
        let report = command::run(command, &out, FSCK_LIMIT).succeeds().stdout;
        let report: Value = serde_json::from_str(&report).expect("it prints JSON");
        assert_eq!(report["findings"], Value::Array(Vec::new()), "{report}");
    }

    /// Looks for everything that was acknowledged, and holds what was not against what
    /// may have become of it.
    pub(crate) fn has_all_it_acknowledged(&self) {
        self.known().hold_against(&self.server);
    }

    pub(crate) fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().expect("nobody panics while holding it")
    }
}

/// Everything that writes: packing, mirrors, and another policy at each start.
fn settings(public: &Upstream, partner: &Upstream, start: usize) -> String {
    let settings = format!(
        "[server]\n\
         hot-archives = \"0MiB\"\n\
         compact-every = \"1s\"\n\
         \n\
         [registries.local]\n\
         resolve-in = \"main\"\n\
         compact = true\n\
         \n\
         {}{}\
         [views.main]\n\
         members = [\"local\", \"partner\", \"crates-io\"]\n\
         identity = \"crates-io\"\n\
         publish-to = \"local\"\n\
         claims = {{ \"claimed-{start}-*\" = \"local\" }}\n",
        installation::crates_io(public),
        installation::mirror("partner", partner),
    );
    installation::patient(&settings)
}
