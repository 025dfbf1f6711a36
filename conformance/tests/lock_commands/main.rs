//! `crossdock lock`: a lock held against its registries, and checksums refreshed.
//!
//! The development registry is one on this machine whose archives change under one
//! version; cargo reads it itself. What was compiled is counted from cargo's own messages.

mod left_alone;
mod refresh;
mod verify;

use crossdock_conformance::compiled::{compiled, petal};
use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;
use std::collections::BTreeSet;

fn leaf() -> Krate {
    Krate::new("leaf", "1.0.0").lib("pub struct Leaf;")
}

/// A registry whose archives change, and a program that prints what it was built from.
struct Lab {
    bench: Workbench,
    lab: Upstream,
}

impl Lab {
    fn new() -> Self {
        let (bench, lab) = (Workbench::new(), Upstream::start());
        lab.has_all(&[petal("red"), leaf()]);
        Configuration::default()
            .registry("lab", &lab.index())
            .write(&bench);
        Self { bench, lab }
    }

    fn project(&self) -> Project<'_> {
        let from_lab = |name: &str| Dependency::on(name, "1").from("lab", &self.lab.index());
        let app = Krate::new("app", "0.1.0")
            .needs(from_lab("petal"))
            .needs(from_lab("leaf"))
            .main("fn main() { let _ = leaf::Leaf; println!(\"{}\", petal::colour()) }");
        Project::create(&self.bench, &app)
    }
}

/// Builds, and returns what was compiled.
#[track_caller]
fn built(project: &Project<'_>, arguments: &[&str]) -> BTreeSet<String> {
    compiled(project.cargo(&[&["build", "--message-format=json"], arguments].concat()))
}

#[track_caller]
fn prints(project: &Project<'_>, words: &str) {
    project
        .cargo(&["run", "--offline"])
        .succeeds()
        .prints(words);
}
