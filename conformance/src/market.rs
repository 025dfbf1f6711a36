//! The market of the petal story: a public registry, a florist, a view of both.
//!
//! `bloom` is only at the florist and needs petal 1.1.5. `flower` is at the florist
//! and in public with equal bytes, and needs petal 1.1. `petal` is at both, 1.1.5
//! only at the florist.
//!
//! Absent: what comes out.

use crate::configuration::Configuration;
use crate::dependency::Dependency;
use crate::identity::Identity;
use crate::installation::{crates_io, mirror};
use crate::krate::Krate;
use crate::project::Project;
use crate::server::Server;
use crate::upstream::Upstream;
use crate::workbench::Workbench;

/// Declares petals and flowers of both to be the same.
pub const SAME_CRATE: &str =
    "same-crate = [{ names = [\"petal\", \"flower\"], members = [\"florist\", \"crates-io\"] }]";

/// What is at the market.
pub const NAMES: [&str; 3] = ["bloom", "flower", "petal"];

/// A petal.
pub fn petal(version: &str) -> Krate {
    Krate::new("petal", version).lib("pub struct Petal;")
}

/// The flower.
pub fn flower() -> Krate {
    Krate::new("flower", "1.0.0")
        .needs(Dependency::on("petal", "1.1"))
        .lib("pub fn petal() -> petal::Petal { petal::Petal }")
}

/// The bloom.
pub fn bloom() -> Krate {
    Krate::new("bloom", "1.0.0")
        .needs(Dependency::on("petal", "1.1.5"))
        .lib("pub fn petal() -> petal::Petal { petal::Petal }")
}

/// Both registries, the program with a view of them, and somebody who uses it.
#[derive(Debug)]
pub struct Market {
    /// The program.
    pub server: Server,
    /// What stands in for crates.io.
    pub public: Upstream,
    /// The other one.
    pub florist: Upstream,
    /// The user's machine.
    pub bench: Workbench,
}

impl Market {
    /// Opens it with empty shelves.
    #[track_caller]
    pub fn open(identity: Identity, view_lines: &str) -> Self {
        let (bench, public, florist) = (Workbench::new(), Upstream::start(), Upstream::start());
        let settings = settings(
            identity,
            &public,
            &florist,
            "\"florist\", \"crates-io\"",
            view_lines,
        );
        let server = Server::start(&bench, &settings);
        Configuration::default()
            .registry("main", &server.index("main"))
            .instead_of_crates_io("main")
            .write(&bench);
        Self {
            server,
            public,
            florist,
            bench,
        }
    }

    /// Opens it as the story has it.
    #[track_caller]
    pub fn told(identity: Identity, view_lines: &str) -> Self {
        let market = Self::open(identity, view_lines);
        tell(&market.public, &market.florist);
        market
    }

    /// Writes an application that needs these.
    pub fn app(&self, names: &[&str], source: &str) -> Project<'_> {
        let krate = names.iter().fold(Krate::new("app", "0.1.0"), |app, name| {
            app.needs(Dependency::on(name, "1"))
        });
        Project::create(&self.bench, &krate.lib(source))
    }
}

/// Fills the shelves as the story has it.
pub fn tell(public: &Upstream, florist: &Upstream) {
    public.has_all(&[petal("1.0.0"), petal("1.1.0"), petal("1.1.1"), flower()]);
    florist.has_all(&[
        petal("1.0.0"),
        petal("1.1.0"),
        petal("1.1.1"),
        petal("1.1.5"),
        flower(),
        bloom(),
    ]);
}

/// Returns the settings, members in the order given.
pub fn settings(
    identity: Identity,
    public: &Upstream,
    florist: &Upstream,
    members: &str,
    view_lines: &str,
) -> String {
    format!(
        "{}{}[views.main]\nmembers = [{members}]\nidentity = \"{}\"\n{view_lines}\n",
        crates_io(public),
        mirror("florist", florist),
        identity.word()
    )
}
