//! The names stay in, whichever way they are asked for; law 8's one exception is the last
//! to come, with its evidence.

use super::Town;
use crossdock_conformance::canary::{heard, none_heard, spellings};
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::upstream::index_path;
use serde_json::Value;
use std::collections::BTreeSet;

/// Stands in an archive's address where no row has a checksum for it.
const NO_CHECKSUM: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn a_thousand_private_names_stay_in() {
    let town = Town::new(Identity::CratesIo);
    assert_eq!(town.names.all().count(), 1000);
    town.nothing_was_heard();
    every_index_is_asked(&town);
    every_path_is_asked(&town);
    odd_paths_are_asked(&town);
    town.nothing_was_heard();
    people_use_cargo(&town);
    town.nothing_was_heard();
    a_public_row_mentions_them(&town);
    town.nothing_was_heard();
    the_one_exception_shows_its_evidence(&town);
}

/// Each name, in each spelling, through each surface that leads outside.
fn every_index_is_asked(town: &Town) {
    at_once(town, |number, name| {
        for spelled in spellings(name) {
            town.server.entry("main", &spelled);
        }
        // The others take turns, so that the sweep stays short.
        let surface = [
            "crates-io",
            "partner",
            "main/from/crates-io",
            "main/from/partner",
            "closed",
            "closed/from/crates-io",
        ][number % 6];
        town.server.entry(surface, name);
    });
}

fn every_path_is_asked(town: &Town) {
    at_once(town, |number, name| {
        let surface = ["main", "crates-io", "partner", "closed"][number % 4];
        let path = match number % 8 {
            0 => format!("/{surface}/dl/{name}/9.9.9/{NO_CHECKSUM}"),
            1 => format!("/main/from/crates-io/dl/{name}/9.9.9/{NO_CHECKSUM}"),
            2 => format!("/{surface}/api/v1/crates/{name}"),
            3 => format!("/{surface}/api/v1/crates/{name}/9.9.9/download"),
            4 => format!("/{surface}/api/v1/crates/{name}/owners"),
            5 => format!("/{surface}/api/v1/crates?q={name}"),
            6 => format!("/main/api/v1/explain/{name}"),
            _ => format!("/main/api/v1/explain/{name}/9.9.9"),
        };
        town.server.get(&path);
    });
    for view in ["main", "closed"] {
        let conflicts = format!("/{view}/api/v1/conflicts");
        town.server.get(&conflicts).expects(200);
    }
    // What belongs to a registry that left is a finding.
    town.server.command(&town.bench, &["check"]).exits(1);
    let explain = ["explain", &town.names.hosted[0], "--view", "main"];
    town.server.command(&town.bench, &explain).exits(0);
}

/// Does something with each name, a few at a time.
fn at_once(town: &Town, ask: impl Fn(usize, &str) + Sync) {
    let names: Vec<_> = town.names.all().enumerate().collect();
    std::thread::scope(|scope| {
        for part in names.chunks(names.len().div_ceil(8)) {
            let ask = &ask;
            scope.spawn(move || part.iter().for_each(|(number, name)| ask(*number, name)));
        }
    });
}

fn odd_paths_are_asked(town: &Town) {
    for name in ["cnryp-1", "cnrye-0", "cnryh-0", "cnrys-0"] {
        let (path, upper) = (index_path(name), name.to_ascii_uppercase());
        for path in [
            format!("/main/index/{}", path.replace("cnry", "%63nry")),
            format!("/main/index/{}", path.replace("cnry", "%2563nry")),
            format!("/main//index/{path}"),
            format!("/main/index/../../crates-io/index/{path}"),
            format!("/main/index/{path}?q={name}"),
            format!("/main/index/{path}/"),
            format!("/main/index/CN/RY/{upper}"),
            format!("/main/index/cn/ry/{upper}"),
            format!("/main/index/xx/yy/{name}"),
            format!("/main/index/3/c/{name}"),
            format!("/main/index/cn/ry/{name}%00"),
            format!("/main/index/cn/ry/{name}.json"),
            format!("/crates-io/index/{path}#x"),
            format!("/main/dl/{name}/%39.9.9/{NO_CHECKSUM}"),
            format!("/main/from/{name}/index/{path}"),
            format!("/{name}/index/{path}"),
        ] {
            town.server.get(&path);
        }
    }
}

/// What people do all day: the first publish of a name among it, a workspace, slips.
fn people_use_cargo(town: &Town) {
    let plan = Project::create(&town.bench, &Krate::new("cnrye-0", "0.1.0"));
    plan.publish("local", town.server.token()).succeeds();
    let through_view = Krate::new("cnryp-0", "0.1.0").needs(Dependency::on("cnrye-0", "0.1"));
    let through_view = Project::create(&town.bench, &through_view);
    through_view.publish("main", town.server.token()).succeeds();
    publish_a_workspace(town);
    let app = Krate::new("app", "0.1.0").needs(Dependency::on("cnryp-0", "0.1"));
    let app = Project::create(&town.bench, &app);
    app.cargo(&["generate-lockfile"]).succeeds();
    for slip in [
        "cnryp_4", "CNRYP-4", "cnryp", "Cnrye_5", "cnryh_0", "cnrys_0", "qzx",
    ] {
        app.cargo(&["add", slip]);
        app.cargo(&["add", slip, "--registry", "main"]);
    }
    for name in ["cnryp-5", "cnryh-0"] {
        app.cargo(&["search", "--registry", "main", name])
            .succeeds();
        app.cargo(&["info", "--registry", "main", name]);
    }
    app.cargo(&["install", "--registry", "main", "cnryp-9"])
        .fails();
    app.cargo(&["install", "--registry", "crates-io-here", "cnryh-5"])
        .fails();
}

fn publish_a_workspace(town: &Town) {
    let folder = town.bench.path("workspace");
    town.bench.write(
        "workspace/Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"cnryp-7\", \"cnryp-8\"]\n",
    );
    let inner = Dependency::on("cnryp-7", "0.1")
        .beside("../cnryp-7")
        .from("local", &town.server.index("local"));
    for krate in [
        Krate::new("cnryp-7", "0.1.0"),
        Krate::new("cnryp-8", "0.1.0").needs(inner),
    ] {
        Project::create_at(&town.bench, &format!("workspace/{}", krate.name), &krate);
    }
    let token = [("CARGO_REGISTRIES_LOCAL_TOKEN", town.server.token())];
    let publish = [
        "publish",
        "--workspace",
        "--no-verify",
        "--registry",
        "local",
    ];
    town.bench.cargo_with(&folder, &publish, &token).succeeds();
}

/// A public row names a hundred of them; what cargo asks next is fetched ahead.
fn a_public_row_mentions_them(town: &Town) {
    town.server.entry("main", "bait").expects(200);
    town.public.awaits_request_for("leaf");
    // Once more, now that the row is on record as evidence.
    town.server.entry("main", "bait").expects(200);
    town.server.entry("crates-io", "bait").expects(200);
    town.server.entry("main", "leaf").expects(200);
    for name in town.names.all().step_by(9) {
        for spelled in spellings(name) {
            town.server.entry("main", &spelled);
        }
    }
}

fn the_one_exception_shows_its_evidence(town: &Town) {
    let name = &town.names.hosted[0];
    town.server.entry("main/from/crates-io", name).expects(200);
    let heard: BTreeSet<_> = heard(&town.public)
        .into_iter()
        .map(|request| request.path)
        .collect();
    assert_eq!(
        heard,
        BTreeSet::from([format!("/index/{}", index_path(name))])
    );
    none_heard(&town.partner);

    let told = town
        .server
        .command(&town.bench, &["egress", "--json", "--limit", "50000"]);
    let told: Vec<Value> = serde_json::from_str(&told.succeeds().stdout).expect("JSON");
    let on_evidence: Vec<_> = told
        .iter()
        .filter(|one| one["reason"] == "evidence")
        .collect();
    assert_eq!(on_evidence.len(), 1, "{on_evidence:?}");
    assert_eq!(on_evidence[0]["name"], name.as_str());
    assert_eq!(on_evidence[0]["dependent"], "bait");
    assert_eq!(on_evidence[0]["registry"], "crates-io");
    everything_heard_is_on_record(town, &told);
}

/// What the taps wrote down and what the server says left are the same names.
fn everything_heard_is_on_record(town: &Town, told: &[Value]) {
    for (registry, upstream) in [
        ("crates-io", &town.public),
        ("partner", &town.partner),
        ("sister", &town.sister),
    ] {
        let heard: BTreeSet<_> = upstream
            .requests()
            .into_iter()
            .map(|request| request.path)
            .collect();
        let of_registry = told.iter().filter(|one| one["registry"] == registry);
        let index = of_registry.filter(|one| one["kind"] == "index");
        let said: BTreeSet<_> = index
            .filter_map(|one| one["name"].as_str())
            .map(|name| format!("/index/{}", index_path(name)))
            .collect();
        let heard: BTreeSet<_> = heard
            .into_iter()
            .filter(|path| path.starts_with("/index/"))
            .collect();
        let unsaid: Vec<_> = heard
            .difference(&said)
            .filter(|path| !path.ends_with("config.json"))
            .collect();
        assert!(
            unsaid.is_empty(),
            "{registry} heard what is not on record: {unsaid:?}"
        );
        let unheard: Vec<_> = said.difference(&heard).collect();
        assert!(
            unheard.is_empty(),
            "on record, and {registry} never heard it: {unheard:?}"
        );
    }
}
