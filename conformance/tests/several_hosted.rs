//! Teams with a registry each, whose crates depend on each other's.
//!
//! Each team says in its manifests whose crate it means. The view shows one crate
//! of each name, under one identity, so that types cross.

use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::{CRATES_IO_IDENTITY, Dependency};
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::crates_io;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::Server;
use crossdock_conformance::upload;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;
use serde_json::Value;

for_both_identities!(
    a_chain_through_three_registries_is_one_tree,
    two_who_have_one_name_are_told,
    addresses_of_the_server_are_known_in_any_spelling,
    an_address_that_is_nowhere_is_refused,
);

struct Teams {
    server: Server,
    public: Upstream,
    bench: Workbench,
}

impl Teams {
    fn new(identity: Identity, view_lines: &str) -> Self {
        let (bench, public) = (Workbench::new(), Upstream::start());
        let settings = format!(
            "[registries.team-a]\nresolve-in = \"main\"\n[registries.team-b]\nresolve-in = \"main\"\n\
             [registries.team-c]\nresolve-in = \"main\"\n{}[views.main]\n\
             members = [\"team-a\", \"team-b\", \"team-c\", \"crates-io\"]\nidentity = \"{}\"\n{view_lines}\n",
            crates_io(&public),
            identity.word()
        );
        let server = Server::start(&bench, &settings);
        let mut configuration = Configuration::default();
        for name in ["main", "team-a", "team-b", "team-c"] {
            configuration = configuration.registry(name, &server.index(name));
        }
        configuration.instead_of_crates_io("main").write(&bench);
        Self {
            server,
            public,
            bench,
        }
    }

    fn of(&self, team: &str, name: &str) -> Dependency {
        Dependency::on(name, "1").from(team, &self.server.index(team))
    }
}

fn a_chain_through_three_registries_is_one_tree(identity: Identity) {
    let teams = Teams::new(identity, "");
    let main = teams.server.index("main");
    teams
        .public
        .has(&Krate::new("stem", "1.0.0").lib("pub struct Stem;"));
    let krates = [
        (
            "team-c",
            Krate::new("soil", "1.0.0")
                .needs(Dependency::on("stem", "1"))
                .lib("pub struct Soil(pub stem::Stem);"),
        ),
        (
            "team-b",
            Krate::new("bed", "1.0.0")
                .needs(teams.of("team-c", "soil"))
                .lib("pub struct Bed(pub soil::Soil);"),
        ),
        (
            "team-a",
            Krate::new("garden", "1.0.0")
                .needs(teams.of("team-b", "bed"))
                .needs(teams.of("team-c", "soil").renamed("earth"))
                .lib("pub fn lay(soil: earth::Soil) -> bed::Bed { bed::Bed(soil) }"),
        ),
    ];
    for (team, krate) in &krates {
        Project::create(&teams.bench, krate)
            .publish(team, teams.server.token())
            .succeeds();
    }
    let private = |name: &str| identity.private(Dependency::on(name, "1"), &main);
    let app = Krate::new("app", "0.1.0")
        .needs(private("garden"))
        .needs(private("bed"))
        .needs(private("soil"))
        .needs(Dependency::on("stem", "1"))
        .lib("pub fn lay() -> bed::Bed { garden::lay(soil::Soil(stem::Stem)) }");
    let app = Project::create(&teams.bench, &app);
    app.cargo(&["check"]).succeeds();
    let lock = app.lock();
    lock.one_of_each();
    for name in ["garden", "bed", "soil"] {
        assert_eq!(lock.one(name), identity.private_source(&main));
    }
    app.cargo(&["check", "--locked", "--offline"]).succeeds();

    // A registry alone says whose crate each dependency is.
    let alone = teams.server.entry("team-a", "garden").rows().remove(0);
    let addresses: Vec<&Value> = alone["deps"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|dep| &dep["registry"])
        .collect();
    assert_eq!(addresses.len(), 2);
    assert!(
        addresses.contains(&&Value::from(teams.server.index("team-b"))),
        "{alone}"
    );
    assert!(
        addresses.contains(&&Value::from(teams.server.index("team-c"))),
        "{alone}"
    );
    let soil = teams.server.entry("team-c", "soil").rows().remove(0);
    assert_eq!(soil["deps"][0]["registry"], CRATES_IO_IDENTITY);
    teams.public.never_heard_of(&["garden", "bed", "soil"]);
}

fn two_who_have_one_name_are_told(identity: Identity) {
    let teams = Teams::new(identity, "");
    teams.server.has(
        "team-a",
        &Krate::new("soil", "1.0.0").lib("pub struct Clay;"),
    );
    // The view shows it already; its owner is on record.
    let other = Krate::new("soil", "1.0.0").lib("pub struct Sand;");
    let answer = teams.server.upload("team-b", &upload::body(&other));
    assert!((400..500).contains(&answer.status), "{answer}");
    for word in ["team-a", "main", "choose another name"] {
        assert!(
            answer.text().contains(word),
            "{word} is missing in {answer}"
        );
    }
    teams.server.entry("team-b", "soil").expects(404);
    assert_eq!(teams.server.entry("main", "soil").versions(), ["1.0.0"]);
}

fn addresses_of_the_server_are_known_in_any_spelling(identity: Identity) {
    let teams = Teams::new(identity, "");
    let url = teams.server.url();
    teams.server.has("team-c", &Krate::new("soil", "1.0.0"));
    for (version, address) in [
        ("1.0.0", format!("sparse+{url}/team-c/index/")),
        ("1.0.1", format!("sparse+{url}/main/index/")),
        ("1.0.2", format!("sparse+{url}/main/from/team-c/index/")),
        ("1.0.3", format!("sparse+{url}/team-c/index")),
        ("1.0.4", CRATES_IO_IDENTITY.to_owned()),
    ] {
        let bed = Krate::new("bed", version)
            .needs(Dependency::on("soil", "1").from("somewhere", &address));
        teams.server.has("team-b", &bed);
        let alone = teams
            .server
            .entry("team-b", "bed")
            .rows()
            .pop()
            .unwrap_or_default();
        assert_eq!(
            alone["deps"][0]["registry"],
            teams.server.index("team-c").as_str(),
            "{address}"
        );
        let shown = teams
            .server
            .entry("main", "bed")
            .rows()
            .pop()
            .unwrap_or_default();
        let private = identity.private_address(&teams.server.index("main"));
        assert_eq!(shown["deps"][0]["registry"], private.as_str(), "{address}");
    }
}

fn an_address_that_is_nowhere_is_refused(identity: Identity) {
    let teams = Teams::new(identity, "");
    let url = teams.server.url();
    for address in [
        format!("sparse+{url}/team-x/index/"),
        format!("sparse+{url}/main/index/"),
    ] {
        let bed = Krate::new("bed", "1.0.0")
            .needs(Dependency::on("soil", "1").from("somewhere", &address));
        teams
            .server
            .upload("team-b", &upload::body(&bed))
            .expects(400)
            .says("soil");
        teams.server.entry("team-b", "bed").expects(404);
    }
}
