//! Manifests that follow their rows: what changes, and that nothing else does.

#![expect(clippy::unwrap_used, reason = "what a test made can be read")]

use crossdock_archive::rewrite_manifest;
use crossdock_core::address::Address;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::release::{
    Dependencies, Dependency, DependencyKind, Features, Release, Target,
};
use crossdock_core::version::Version;

const VIEW: &str = "sparse+http://h.example/main/index/";
const MEMBER: &str = "sparse+http://h.example/local/index/";

fn elsewhere(address: &str) -> Target {
    Target::Elsewhere(Address::parse(address).unwrap())
}

fn on(name: &str, target: Target) -> Dependency {
    Dependency {
        name: name.to_owned(),
        req: "^1".to_owned(),
        features: Vec::new(),
        optional: false,
        default_features: true,
        platform: None,
        kind: DependencyKind::Normal,
        target,
        package: None,
        unknown: Vec::new(),
    }
}

/// Rewrites a manifest for a row of a crate that lives at `MEMBER`.
fn rewritten(manifest: &str, dependencies: &[Dependency]) -> Option<String> {
    let mut all = Dependencies::new();
    dependencies.iter().cloned().for_each(|one| all.push(one));
    let row = Release {
        name: CrateName::parse("bloom").unwrap(),
        version: Version::parse("1.0.0").unwrap(),
        dependencies: all,
        features: Features::new(),
        features2: None,
        checksum: Checksum::of(b""),
        yanked: false,
        links: None,
        rust_version: None,
        pubtime: None,
        v: None,
        unknown: Vec::new(),
    };
    let address_of = |target: &Target| match target {
        Target::Elsewhere(address) => address.clone(),
        Target::CratesIo => Address::CratesIo,
        Target::Own | Target::Registry(_) => Address::parse(MEMBER).unwrap(),
    };
    rewrite_manifest(manifest, &row, &address_of).unwrap()
}

#[test]
fn what_agrees_is_left_alone() {
    let manifest = format!(
        "[package]\nname = \"bloom\"\n[dependencies]\nserde = \"1\"\n\
         petal = {{ version = \"1\", registry-index = \"{VIEW}\" }}\n\
         [target.'cfg(any(unix,windows))'.dependencies.libc]\nversion = \"^1\"\n"
    );
    let libc = Dependency {
        platform: Some("cfg(any(unix, windows))".to_owned()),
        ..on("libc", Target::CratesIo)
    };
    let row = [
        on("serde", Target::CratesIo),
        on("petal", elsewhere(VIEW)),
        libc,
    ];
    assert_eq!(rewritten(&manifest, &row), None);
}

#[test]
fn registries_are_those_of_the_row() {
    let manifest = format!(
        "# kept\n[package]\nname = \"bloom\"\n\n[dependencies.petal]\nversion = \"1\" # so\n\
         registry-index = \"{MEMBER}\"\n\n[dependencies]\nserde = \"1\"\n\n\
         [build-dependencies.stem]\nversion = \"1\"\nregistry = \"acme\"\n"
    );
    let stem = Dependency {
        kind: DependencyKind::Build,
        ..on("stem", Target::Own)
    };
    let row = [
        on("petal", Target::CratesIo),
        on("serde", elsewhere(VIEW)),
        stem,
    ];
    let expected = format!(
        "# kept\n[package]\nname = \"bloom\"\n\n[dependencies.petal]\nversion = \"1\" # so\n\
         \n[dependencies]\nserde = {{ version = \"1\", registry-index = \"{VIEW}\" }}\n\n\
         [build-dependencies.stem]\nversion = \"1\"\nregistry-index = \"{MEMBER}\"\n"
    );
    assert_eq!(rewritten(&manifest, &row).unwrap(), expected);
}

#[test]
fn a_crate_that_stands_in_keeps_the_name_code_says() {
    let manifest = "[dependencies]\nrand_hc128 = { version = \"0.2\", optional = true }\nrng = { version = \"1\", package = \"old\" }\n";
    let renamed = |name: &str, req: &str, package: &str| Dependency {
        req: req.to_owned(),
        package: Some(CrateName::parse(package).unwrap()),
        ..on(name, Target::CratesIo)
    };
    let row = [
        renamed("rand_hc128", "^0.3", "hc128"),
        renamed("rng", "^1", "new"),
    ];
    assert_eq!(
        rewritten(manifest, &row).unwrap(),
        "[dependencies]\nrand_hc128 = { version = \"^0.3\", optional = true , package = \"hc128\" }\nrng = { version = \"1\", package = \"new\" }\n"
    );
    let row = [
        Dependency {
            req: "^0.2".to_owned(),
            ..on("rand_hc128", Target::CratesIo)
        },
        on("rng", Target::CratesIo),
    ];
    assert_eq!(
        rewritten(manifest, &row).unwrap(),
        "[dependencies]\nrand_hc128 = { version = \"0.2\", optional = true }\nrng = { version = \"1\"}\n"
    );
}

#[test]
fn the_same_dependency_for_two_platforms_is_two() {
    let manifest = "[target.'cfg(unix)'.dependencies]\na = \"1\"\n[target.'cfg(windows)'.dependencies]\na = \"1\"\n[dev-dependencies]\na = \"1\"\n";
    let unix = Dependency {
        platform: Some("cfg(unix)".to_owned()),
        ..on("a", elsewhere(VIEW))
    };
    let text = rewritten(manifest, &[unix]).unwrap();
    assert_eq!(text.matches(VIEW).count(), 1);
    assert!(text.starts_with("[target.'cfg(unix)'.dependencies]\na = { version"));
}

#[test]
fn odd_manifests_do_no_harm() {
    let row = |manifest: &str| rewritten(manifest, &[on("a", Target::Own)]);
    assert_eq!(row("dependencies = 1\n[target]\nx = 2\n"), None);
    assert_eq!(row("[dependencies]\na = 1\n"), None);
    assert!(row("[dependencies]\na = { path = \"../a\" }\nb = []\n").is_some());
}
