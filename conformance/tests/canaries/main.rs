//! A thousand private names, asked for in every way there is, and two taps outside.
//!
//! crates.io and a partner stand outside and write down every request. The names are
//! hosted, claimed, claimed and not published yet, yanked, of a registry that left the
//! view, of an inside mirror, of another view. Here: those names and that town.

mod slips;
mod stay_in;

use crossdock_conformance::canary::{SHORT, flock, none_heard};
use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::{crates_io, mirror};
use crossdock_conformance::krate::Krate;
use crossdock_conformance::server::Server;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;

/// Who has or gets which names.
struct Aviary {
    /// In `local`, some of them yanked.
    hosted: Vec<String>,
    /// In `vault`, which only the view `closed` has.
    vaulted: Vec<String>,
    /// In `old`, which is about to leave the view.
    retired: Vec<String>,
    /// In the inside mirror `sister`.
    sisters: Vec<String>,
    /// Claimed by a pattern, not there.
    claimed: Vec<String>,
    /// Claimed one by one, not there.
    exact: Vec<String>,
    /// Claimed by a pattern in `closed`, not there.
    closed: Vec<String>,
}

impl Aviary {
    fn new() -> Self {
        let mut exact = flock("e", 97);
        exact.extend(SHORT.map(str::to_owned));
        Self {
            hosted: flock("h", 80),
            vaulted: flock("v", 20),
            retired: flock("o", 20),
            sisters: flock("s", 130),
            claimed: flock("p", 560),
            exact,
            closed: flock("c", 90),
        }
    }

    fn all(&self) -> impl Iterator<Item = &String> {
        let flocks = [
            &self.hosted,
            &self.vaulted,
            &self.retired,
            &self.sisters,
            &self.claimed,
            &self.exact,
            &self.closed,
        ];
        flocks.into_iter().flatten()
    }
}

/// The house, and who listens outside.
struct Town {
    bench: Workbench,
    public: Upstream,
    partner: Upstream,
    sister: Upstream,
    server: Server,
    names: Aviary,
}

impl Town {
    fn new(identity: Identity) -> Self {
        let (bench, names) = (Workbench::new(), Aviary::new());
        let (public, partner, sister) = (Upstream::start(), Upstream::start(), Upstream::start());
        for name in &names.sisters {
            sister.has(&Krate::new(name, "1.0.0"));
        }
        // Somebody outside has them all, to have them asked for.
        for name in names.all() {
            public.has(&Krate::new(name, "9.9.9"));
        }
        let mut bait = Krate::new("bait", "1.0.0").needs(Dependency::on("leaf", "1"));
        for name in names.all().step_by(9) {
            bait = bait.needs(Dependency::on(name, "9"));
        }
        public.has_all(&[bait, Krate::new("leaf", "1.0.0")]);
        let mut town = Self {
            server: Server::start(
                &bench,
                &settings(identity, &names, [&public, &partner, &sister], true),
            ),
            bench,
            public,
            partner,
            sister,
            names,
        };
        town.settle(identity);
        town
    }

    /// Publishes what is hosted, yanks some of it, and lets `old` leave.
    fn settle(&mut self, identity: Identity) {
        for (registry, names) in [
            ("local", &self.names.hosted),
            ("vault", &self.names.vaulted),
            ("old", &self.names.retired),
        ] {
            for name in names {
                self.server.has(registry, &Krate::new(name, "1.0.0"));
            }
        }
        for name in self.names.hosted.iter().step_by(8) {
            self.server.yank("local", name, "1.0.0").expects(200);
        }
        for name in &self.names.retired {
            self.server.entry("main", name).expects(200);
        }
        let outside = [&self.public, &self.partner, &self.sister];
        let settings = settings(identity, &self.names, outside, false);
        self.server.start_again(&self.bench, Some(&settings));
        Configuration::default()
            .registry("main", &self.server.index("main"))
            .registry("local", &self.server.index("local"))
            .registry("crates-io-here", &self.server.index("crates-io"))
            .instead_of_crates_io("main")
            .write(&self.bench);
    }

    #[track_caller]
    fn nothing_was_heard(&self) {
        none_heard(&self.public);
        none_heard(&self.partner);
    }
}

fn settings(
    identity: Identity,
    names: &Aviary,
    upstreams: [&Upstream; 3],
    with_old: bool,
) -> String {
    let [public, partner, sister] = upstreams;
    let exact: Vec<_> = names
        .exact
        .iter()
        .map(|name| format!("{name:?} = \"local\""))
        .collect();
    let old = if with_old { "\"old\", " } else { "" };
    format!(
        "[registries.local]\nresolve-in = \"main\"\n\
         [registries.vault]\nresolve-in = \"closed\"\n\
         [registries.old]\n{}\n{}{}{}\
         [views.main]\n\
         members = [\"local\", {old}{{ name = \"sister\", side = \"inside\" }}, \"partner\", \"crates-io\"]\n\
         identity = \"{}\"\npublish-to = \"local\"\n\
         claims = {{ \"cnryp*\" = \"local\", {} }}\n\
         [views.closed]\nmembers = [\"vault\", \"partner\", \"crates-io\"]\n\
         claims = {{ \"cnryc*\" = \"vault\" }}\n",
        if with_old {
            "resolve-in = \"main\""
        } else {
            ""
        },
        crates_io(public),
        mirror("partner", partner),
        mirror("sister", sister),
        identity.word(),
        exact.join(", "),
    )
}
