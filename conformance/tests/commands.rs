//! cargo's other commands through a view: workspaces, install, add, vendor.

use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;

for_both_identities!(
    a_workspace_is_published_in_waves,
    a_workspace_is_published_through_the_view,
    a_program_is_installed_by_registry_by_index_and_bare,
    a_dependency_is_added,
    everything_is_vendored,
    updates_and_trees,
    a_patch_unites_a_direct_dependency_on_a_member,
);

fn a_workspace_is_published_in_waves(identity: Identity) {
    let installation = Installation::new(identity);
    installation
        .public
        .has(&Krate::new("stem", "1.0.0").lib("pub struct Stem;"));
    let local = installation.server.index("local");
    let path = |name: &str| {
        Dependency::on(name, "1")
            .from("local", &local)
            .beside(&format!("../{name}"))
    };
    let members = [
        Krate::new("soil", "1.0.0")
            .needs(Dependency::on("stem", "1"))
            .lib("pub struct Soil(pub stem::Stem);"),
        Krate::new("bed", "1.0.0")
            .needs(path("soil"))
            .lib("pub struct Bed(pub soil::Soil);"),
        Krate::new("garden", "1.0.0")
            .needs(path("bed"))
            .needs(path("soil"))
            .lib("pub fn lay(soil: soil::Soil) -> bed::Bed { bed::Bed(soil) }"),
    ];
    for krate in &members {
        Project::create_at(
            &installation.bench,
            &format!("workspace/{}", krate.name),
            krate,
        );
    }
    installation.bench.write(
        "workspace/Cargo.toml",
        "[workspace]\nresolver = \"2\"\nmembers = [\"soil\", \"bed\", \"garden\"]\n",
    );
    let token = [("CARGO_REGISTRIES_LOCAL_TOKEN", installation.server.token())];
    let workspace = installation.bench.path("workspace");
    installation
        .bench
        .cargo_with(
            &workspace,
            &["publish", "--workspace", "--registry", "local"],
            &token,
        )
        .succeeds()
        .says("Published garden v1.0.0 at registry `local`");
    let app = Krate::new("app", "0.1.0")
        .needs(installation.private("garden", "1"))
        .needs(installation.private("soil", "1"))
        .needs(Dependency::on("stem", "1"))
        .lib("pub fn lay() { garden::lay(soil::Soil(stem::Stem)); }");
    let app = installation.project(&app);
    app.cargo(&["check"]).succeeds();
    app.lock().one_of_each();
    installation
        .public
        .never_heard_of(&["garden", "soil", "bed"]);
}

/// Members that name each other as everybody names them, bare or by the view. cargo
/// looks for one that is not published yet at that address among what it is about to
/// upload, so `--registry` has to be the view.
fn a_workspace_is_published_through_the_view(identity: Identity) {
    let installation = Installation::with(identity, "claims = { \"acme-*\" = \"local\" }");
    let path = |name: &str| {
        installation
            .private(name, "1")
            .beside(&format!("../{name}"))
    };
    let members = [
        Krate::new("acme-soil", "1.0.0").lib("pub struct Soil;"),
        Krate::new("acme-bed", "1.0.0")
            .needs(path("acme-soil"))
            .lib("pub struct Bed(pub acme_soil::Soil);"),
    ];
    for krate in &members {
        let folder = format!("workspace/{}", krate.name);
        Project::create_at(&installation.bench, &folder, krate);
    }
    installation.bench.write(
        "workspace/Cargo.toml",
        "[workspace]\nresolver = \"2\"\nmembers = [\"acme-soil\", \"acme-bed\"]\n",
    );
    let token = installation.server.token();
    let tokens = [
        ("CARGO_REGISTRIES_LOCAL_TOKEN", token),
        ("CARGO_REGISTRIES_MAIN_TOKEN", token),
    ];
    let workspace = installation.bench.path("workspace");
    let publish = |registry: &str| {
        let arguments = ["publish", "--workspace", "--registry", registry];
        installation
            .bench
            .cargo_with(&workspace, &arguments, &tokens)
    };
    publish("local")
        .fails()
        .says("no matching package named `acme-soil` found");
    publish("main")
        .succeeds()
        .says("Published acme-bed v1.0.0 at registry `main`");
    let row = installation
        .server
        .entry("local", "acme-bed")
        .rows()
        .remove(0);
    assert_eq!(row["deps"][0]["registry"], serde_json::Value::Null);
    installation.public.never_heard_of(&["acme"]);
}

fn a_program_is_installed_by_registry_by_index_and_bare(identity: Identity) {
    let installation = Installation::new(identity);
    installation.public.has_all(&[
        Krate::new("stem", "1.0.0").lib("pub struct Stem;"),
        Krate::new("leaf", "1.0.0")
            .needs(Dependency::on("stem", "1"))
            .lib("pub fn stem() -> stem::Stem { stem::Stem }"),
    ]);
    let seed = Krate::new("seed", "1.0.0")
        .needs(Dependency::on("stem", "1"))
        .lib("pub fn plant(_: stem::Stem) {}");
    installation.has_private(&seed);
    let mower = Krate::new("mower", "1.0.0")
        .needs(Dependency::on("leaf", "1"))
        .needs(installation.private("seed", "1"))
        .main("fn main() { seed::plant(leaf::stem()); println!(\"mown\"); }");
    installation.has_private(&mower);
    let bench = &installation.bench;
    let index = installation.server.index("main");
    let face = installation.server.index("main/from/local");
    let ways: [(&str, &[&str]); 4] = [
        ("by-registry", &["--registry", "main"]),
        ("by-index", &["--index", &index]),
        ("by-face", &["--index", &face]),
        ("bare", &[]),
    ];
    for (name, arguments) in ways {
        let root = bench.path(name);
        let root = root.to_string_lossy();
        let arguments = [
            &["install", "mower", "--debug", "--root", &root][..],
            arguments,
        ]
        .concat();
        bench
            .cargo(&bench.path("."), &arguments)
            .succeeds()
            .says("Installed package `mower v1.0.0");
        let program = bench.path(&format!("{name}/bin/mower"));
        bench.run(bench.command(&program)).succeeds().prints("mown");
    }
}

fn a_dependency_is_added(identity: Identity) {
    let installation = Installation::new(identity);
    installation
        .public
        .has_all(&[Krate::new("stem", "1.0.0"), Krate::new("stem", "1.2.0")]);
    installation.has_private(&Krate::new("garden", "0.3.1").feature("roses", &[]));
    let app = installation.project(&Krate::new("app", "0.1.0"));
    app.cargo(&["add", "stem"]).succeeds();
    match identity {
        Identity::CratesIo => app
            .cargo(&["add", "garden", "--features", "roses"])
            .succeeds(),
        Identity::Split => app
            .cargo(&["add", "garden", "--registry", "main", "--features", "roses"])
            .succeeds(),
    };
    let manifest = app.read("Cargo.toml");
    assert!(manifest.contains("stem = \"1.2.0\""), "{manifest}");
    assert!(
        manifest.contains("garden = { version = \"0.3.1\""),
        "{manifest}"
    );
    assert_eq!(
        manifest.contains("registry = \"main\""),
        identity == Identity::Split,
        "{manifest}"
    );
    app.cargo(&["check"]).succeeds();
    app.lock().one_of_each();
}

fn everything_is_vendored(identity: Identity) {
    let installation = Installation::new(identity);
    installation.public.has_all(&[
        Krate::new("stem", "1.0.0").lib("pub struct Stem;"),
        Krate::new("leaf", "1.0.0")
            .needs(Dependency::on("stem", "1"))
            .lib("pub fn stem() -> stem::Stem { stem::Stem }"),
    ]);
    let garden = Krate::new("garden", "1.0.0")
        .needs(Dependency::on("stem", "1"))
        .lib("pub fn plant(_: stem::Stem) {}");
    installation
        .project(&garden)
        .publish("local", installation.server.token())
        .succeeds();
    let bed = Krate::new("bed", "1.0.0")
        .needs(installation.private("garden", "1"))
        .lib("pub use garden::plant;");
    installation
        .project(&bed)
        .publish("local", installation.server.token())
        .succeeds();
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("leaf", "1"))
        .needs(installation.private("bed", "1"))
        .lib("pub fn plant() { bed::plant(leaf::stem()) }");
    let app = installation.project(&app);
    let configuration = app
        .cargo(&["vendor", "--respect-source-config"])
        .succeeds()
        .stdout;
    let lock = app.lock();
    // As cargo prints it, with what the manifest names and nothing else of the view.
    app.write(".cargo/config.toml", &configuration);
    Configuration::default()
        .registry("main", &installation.server.index("main"))
        .write(&installation.bench);
    installation.bench.forget_cargo_home();
    app.cargo(&["check", "--offline", "--locked"]).succeeds();
    assert_eq!(app.lock(), lock);
}

fn updates_and_trees(identity: Identity) {
    let installation = Installation::new(identity);
    installation.public.has(&Krate::new("stem", "1.0.0"));
    installation.has_private(&Krate::new("garden", "1.0.0").needs(Dependency::on("stem", "1")));
    let app = installation
        .project(&Krate::new("app", "0.1.0").needs(installation.private("garden", "1")));
    app.cargo(&["check"]).succeeds();
    installation.public.has(&Krate::new("stem", "1.1.0"));
    installation.has_private(&Krate::new("garden", "1.1.0").needs(Dependency::on("stem", "1.1")));
    app.cargo(&["check", "--locked"]).succeeds();
    app.cargo(&["update", "--dry-run"])
        .succeeds()
        .says("stem v1.0.0 -> v1.1.0");
    app.cargo(&["update", "stem", "--precise", "1.1.0"])
        .succeeds();
    app.cargo(&["update"]).succeeds().says("garden v1.0.0");
    app.cargo(&["tree", "--duplicates"])
        .succeeds()
        .says("nothing to print");
    app.cargo(&["info", "garden", "--registry", "main"])
        .succeeds()
        .prints("garden for a test");
}

/// Runs in both identities, though the cure is one of the client's: cargo-side facts
/// about it are the same, and the view must not stand in its way.
fn a_patch_unites_a_direct_dependency_on_a_member(identity: Identity) {
    let installation = Installation::new(identity);
    installation.has_private(&Krate::new("seed", "1.0.0").lib("pub struct Seed;"));
    let garden = Krate::new("garden", "1.0.0")
        .needs(installation.private("seed", "1"))
        .lib("pub fn sow(_: seed::Seed) {}");
    installation.has_private(&garden);
    let local = installation.server.index("local");
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("seed", "1").from("local", &local))
        .needs(installation.private("garden", "1"))
        .lib("pub fn sow() { garden::sow(seed::Seed) }");
    let app = installation.project(&app);
    app.cargo(&["check"]).fails().says("E0308");
    assert_eq!(
        app.lock().versions("seed").len(),
        2,
        "no index can unite what a manifest tells apart"
    );
    let registry = match identity {
        Identity::CratesIo => "crates-io",
        Identity::Split => "main",
    };
    let patch = format!("[patch.local]\nseed = {{ version = \"1\", registry = \"{registry}\" }}");
    installation
        .configuration()
        .lines(&patch)
        .write(&installation.bench);
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.lock().one("seed"), installation.private_source());
}

#[test]
fn what_is_called_wrong_is_answered_with_what_there_is() {
    let installation = Installation::new(Identity::CratesIo);
    installation.has_private(&Krate::new("garden", "1.0.0"));
    let command = |line: &str| {
        let arguments: Vec<_> = line.split(' ').collect();
        installation.server.command(&installation.bench, &arguments)
    };
    command("snapshot release-7 --view main").exits(0);
    for (line, words) in [
        (
            "snapshot release-7 --view main",
            "is taken in `main`: it is epoch ",
        ),
        ("snapshot REL --view main", "cannot name a snapshot"),
        ("snapshot later --view nov", "views are: main"),
        ("freeze nov", "views are: main"),
        (
            "transfer garden --from local --to local --view nov",
            "views are: main",
        ),
        (
            "transfer garden --from local --to nosuch --view main",
            "its members are `crates-io`, `local`",
        ),
        ("retire nosuch", "registries are: crates-io, local"),
        (
            "purge garden@1.0.0 --registry nosuch --reason x",
            "registries are: crates-io, local",
        ),
        ("sync nosuch", "registries are: crates-io, local"),
        ("egress --limit 0", "0 is not in 1.."),
        ("explain garden@", "names no version"),
        ("overlay list --view nov", "views are: main"),
        ("freeze main --token wrong", "--token or CROSSDOCK_TOKEN"),
    ] {
        command(line).exits(2).says(words);
    }
    installation.public.has(&Krate::new("stem", "1.0.0"));
    installation.server.entry("main", "stem").expects(200);
    command("retire crates-io").exits(0);
    command("sync crates-io").exits(2).says("is retired");
    let url = installation.server.url();
    command(&format!("overlay list --url {url}")).exits(0);
    command("freeze main --at 2020-01-01")
        .exits(2)
        .says("there was no fact yet");
}
