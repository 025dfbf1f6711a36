//! A view that has no crates.io in it: everything goes by the view's own name.

use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::installation::mirror;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::Server;
use crossdock_conformance::upstream::{Fault, On, Upstream};
use crossdock_conformance::workbench::Workbench;

/// `ours` is hosted, `partner` is a mirror on the inside, `shop` one on the outside.
struct Quarter {
    server: Server,
    partner: Upstream,
    shop: Upstream,
    bench: Workbench,
}

impl Quarter {
    fn new() -> Self {
        let (bench, partner, shop) = (Workbench::new(), Upstream::start(), Upstream::start());
        let settings = format!(
            "[registries.ours]\nresolve-in = \"main\"\n{}{}[views.main]\n\
             members = [\"ours\", {{ name = \"partner\", side = \"inside\" }}, \"shop\"]\n",
            mirror("partner", &partner),
            mirror("shop", &shop),
        );
        let server = Server::start(&bench, &settings);
        Configuration::default()
            .registry("main", &server.index("main"))
            .registry("ours", &server.index("ours"))
            .registry("partner", &partner.index())
            .write(&bench);
        Self {
            server,
            partner,
            shop,
            bench,
        }
    }

    fn main(&self, name: &str) -> Dependency {
        Dependency::on(name, "1").from("main", &self.server.index("main"))
    }
}

#[test]
fn all_of_it_is_one_tree_under_the_views_name() {
    let quarter = Quarter::new();
    quarter
        .shop
        .has(&Krate::new("soil", "1.0.0").lib("pub struct Soil;"));
    let shop = quarter.shop.index();
    quarter.partner.has_all(&[
        Krate::new("seed", "1.0.0").lib("pub struct Seed;"),
        Krate::new("bed", "1.0.0")
            .needs(Dependency::on("seed", "1"))
            .needs(Dependency::on("soil", "1").from("shop", &shop))
            .lib("pub fn sow(_: seed::Seed, _: soil::Soil) {}"),
    ]);
    // Published with the partner's own address in the manifest: it is known whose that is.
    let garden = Krate::new("garden", "1.0.0")
        .needs(Dependency::on("bed", "1").from("partner", &quarter.partner.index()))
        .needs(quarter.main("seed"))
        .lib("pub use bed::sow; pub fn seed() -> seed::Seed { seed::Seed }");
    quarter.server.entry("main", "seed").expects(200);
    Project::create(&quarter.bench, &garden)
        .publish("ours", quarter.server.token())
        .succeeds();
    let app = Krate::new("app", "0.1.0")
        .needs(quarter.main("garden"))
        .needs(quarter.main("soil"))
        .lib("pub fn sow() { garden::sow(garden::seed(), soil::Soil) }");
    let app = Project::create(&quarter.bench, &app);
    app.cargo(&["check"]).succeeds();
    let lock = app.lock();
    lock.one_of_each();
    for name in ["garden", "bed", "seed", "soil"] {
        assert_eq!(lock.one(name), quarter.server.index("main"));
    }
    app.cargo(&["check", "--locked", "--offline"]).succeeds();
    quarter.shop.never_heard_of(&["garden", "bed", "seed"]);
}

#[test]
fn what_a_partner_inside_has_is_private() {
    let quarter = Quarter::new();
    quarter.partner.has(&Krate::new("seed", "1.0.0"));
    quarter.shop.has(&Krate::new("seed", "9.9.9"));
    assert_eq!(quarter.server.entry("main", "seed").versions(), ["1.0.0"]);
    assert_eq!(quarter.shop.asked_for("seed").len(), 0);
    // While the partner cannot say, nobody outside is asked in its stead.
    quarter.partner.fails(On::index("bulb"), Fault::Status(500));
    quarter.shop.has(&Krate::new("bulb", "9.9.9"));
    quarter.server.entry("main", "bulb").expects(503);
    assert_eq!(quarter.shop.asked_for("bulb").len(), 0);
    quarter.partner.mends();
    assert_eq!(
        quarter.server.entry("main", "bulb").versions(),
        ["9.9.9"],
        "the partner said it has none"
    );
}

#[test]
fn a_dependency_on_a_stranger_keeps_its_address() {
    let quarter = Quarter::new();
    let stranger = Upstream::start();
    stranger.has(&Krate::new("weed", "1.0.0").lib("pub struct Weed;"));
    let garden = Krate::new("garden", "1.0.0")
        .needs(Dependency::on("weed", "1").from("stranger", &stranger.index()))
        .lib("pub use weed::Weed;");
    quarter.server.has("ours", &garden);
    for surface in ["ours", "main"] {
        let row = quarter.server.entry(surface, "garden").rows().remove(0);
        assert_eq!(
            row["deps"][0]["registry"],
            stranger.index().as_str(),
            "{surface}"
        );
    }
    let app = Krate::new("app", "0.1.0")
        .needs(quarter.main("garden"))
        .lib("pub use garden::Weed;");
    let app = Project::create(&quarter.bench, &app);
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.lock().one("weed"), stranger.index());
    quarter.shop.never_heard_of(&["weed"]);
}

#[test]
fn setup_replaces_nothing() {
    let quarter = Quarter::new();
    let app = quarter.bench.path("app");
    std::fs::create_dir(&app).expect("the bench is empty");
    quarter
        .server
        .command(
            &quarter.bench,
            &["setup", "--project", &app.to_string_lossy()],
        )
        .succeeds();
    let text = std::fs::read_to_string(app.join(".cargo/config.toml")).unwrap_or_default();
    let table: toml::Table = toml::from_str(&text).unwrap_or_default();
    assert_eq!(
        table["registries"]["main"]["index"].as_str(),
        Some(quarter.server.index("main").as_str())
    );
    assert_eq!(
        table["registries"]["ours"]["index"].as_str(),
        Some(quarter.server.index("ours").as_str())
    );
    assert!(
        table
            .get("source")
            .and_then(|source| source.get("crates-io"))
            .is_none(),
        "{text}"
    );
}
