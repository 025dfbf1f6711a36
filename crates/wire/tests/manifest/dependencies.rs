//! Dependencies in every form that packaging leaves, and in those it never does.

use crate::{refused, with};
use crossdock_core::address::Address;
use crossdock_core::release::DependencyKind::{self, Build, Dev, Normal};
use crossdock_wire::manifest::{ManifestDependency, ManifestError};

fn one(rest: &str) -> ManifestDependency {
    let mut dependencies = with(rest).unwrap().dependencies;
    assert_eq!(dependencies.len(), 1, "{rest}");
    dependencies.remove(0)
}

#[test]
fn the_order_is_that_of_the_tables_not_of_the_text() {
    let manifest = with(
        "[target.x86_64-pc-windows-msvc.dependencies]\nw = '1'\n\
         [target.'cfg(unix)'.build-dependencies]\nb = '1'\n\
         [target.'cfg(unix)'.dependencies]\nz = '1'\nb = '1'\n\
         [target.'cfg(unix)'.dev_dependencies]\nc = '1'\n\
         [build_dependencies]\ncc = '1'\n\
         [dev-dependencies]\nb = '2'\n\
         [dependencies]\nz = '1'\na = '1'\nB = '1'\n",
    );
    let order: Vec<(String, DependencyKind, Option<String>)> = manifest
        .unwrap()
        .dependencies
        .into_iter()
        .map(|dependency| (dependency.name, dependency.kind, dependency.platform))
        .collect();
    let unix = "cfg(unix)";
    let expected = [
        ("B", Normal, None),
        ("a", Normal, None),
        ("z", Normal, None),
        ("b", Dev, None),
        ("cc", Build, None),
        ("b", Normal, Some(unix)),
        ("z", Normal, Some(unix)),
        ("c", Dev, Some(unix)),
        ("b", Build, Some(unix)),
        ("w", Normal, Some("x86_64-pc-windows-msvc")),
    ];
    let expected =
        expected.map(|(name, kind, platform)| (name.to_owned(), kind, platform.map(str::to_owned)));
    assert_eq!(order, expected);
}

#[test]
fn short_and_long_form_say_the_same() {
    let short = one("[dependencies]\na = '1.2'");
    let long = one("[dependencies.a]\nversion = '1.2'\ndefault-features = true\noptional = false");
    for dependency in [short, long] {
        assert_eq!(dependency.req, "^1.2");
        assert!(dependency.default_features && !dependency.optional);
        assert_eq!(
            (dependency.package, dependency.registry_index),
            (None, None)
        );
        assert!(dependency.features.is_empty() && dependency.unknown.is_empty());
    }
}

#[test]
fn every_key_is_read() {
    let full = one(
        "[dependencies.short]\nversion = '>=1.0, <3'\npackage = 'long-name'\noptional = true\n\
         default-features = false\nfeatures = ['x', 'y']\n\
         registry-index = 'sparse+https://crates.acme.example/acme/index/'",
    );
    assert_eq!(
        (full.name.as_str(), full.crate_name().as_str()),
        ("short", "long-name")
    );
    assert_eq!(full.package.as_ref(), Some(full.crate_name()));
    assert_eq!(full.req, ">=1.0, <3");
    assert!(full.optional && !full.default_features);
    assert_eq!(full.features, ["x", "y"]);
    let address = Address::parse("sparse+https://crates.acme.example/acme/index/").unwrap();
    assert_eq!(full.registry_index, Some(address));
    let former = one("[dependencies.a]\nversion = '1'\ndefault_features = false");
    assert!(!former.default_features);
}

#[test]
fn a_rename_to_itself_is_none() {
    let same = one("[dependencies]\na = { version = '1', package = 'a' }");
    assert_eq!(
        (same.package.as_ref(), same.crate_name().as_str()),
        (None, "a")
    );
}

/// A replaced crates.io writes it on everything, and an absent one means the same.
#[test]
fn the_crates_io_identity_reads_as_no_registry() {
    let identity = crossdock_core::address::CRATES_IO_IDENTITY;
    let named = format!("[dependencies.a]\nversion = '1'\nregistry-index = '{identity}'");
    assert_eq!(one(&named).registry_index, None);
}

#[test]
fn what_belongs_into_the_row_is_kept() {
    let fields = |keys: &str| -> Vec<(String, String)> {
        let dependency = one(&format!("[dependencies.a]\nversion = '1'\n{keys}"));
        let fields = dependency.unknown.into_iter();
        fields.map(|(key, json)| (key, json.into())).collect()
    };
    let field = |key: &str, json: &str| (key.to_owned(), json.to_owned());
    assert_eq!(fields("public = true"), [field("public", "true")]);
    assert_eq!(fields("public = false"), []);
    assert_eq!(fields("artifact = 'bin'"), [field("artifact", "[\"bin\"]")]);
    let all = fields("artifact = ['bin:x', 'cdylib']\nlib = true\ntarget = 'target'");
    let expected = [
        field("artifact", "[\"bin:x\",\"cdylib\"]"),
        field("bindep_target", "\"target\""),
        field("lib", "true"),
    ];
    assert_eq!(all, expected);
    assert_eq!(fields("lib = true\nfuture-key = 5"), []);
}

#[test]
fn what_packaging_takes_out_is_refused() {
    for key in [
        "path = '../a'",
        "git = 'https://git.example/a'",
        "branch = 'b'",
        "tag = 't'",
        "rev = 'r'",
        "registry = 'acme'",
        "workspace = true",
        "base = 'b'",
    ] {
        let name = key.split(' ').next().unwrap();
        let what = ManifestError::NotPackaged(format!("dependencies.a.{name}"));
        for version in ["", "version = '1'\n"] {
            let rest = format!("[dependencies.a]\n{version}{key}");
            assert_eq!(refused(&rest), what, "{rest}");
        }
    }
    let target = refused("[target.'cfg(unix)'.dev-dependencies.a]\nversion = '1'\npath = 'a'");
    let what = "target.cfg(unix).dev-dependencies.a.path".to_owned();
    assert_eq!(target, ManifestError::NotPackaged(what));
}

#[test]
fn a_requirement_is_needed_and_must_be_one() {
    for none in ["a = {}", "a = { optional = true }", "a = { version = 1 }"] {
        let error = refused(&format!("[dependencies]\n{none}")).to_string();
        assert_eq!(
            error,
            "Cargo.toml: `dependencies.a.version` must be a string"
        );
    }
    let error = refused("[dependencies]\na = 1").to_string();
    assert_eq!(
        error,
        "Cargo.toml: `dependencies.a` must be a requirement or a table"
    );
    for bad in [
        ">>1", "", "1.0.0.0", "latest", "^1 ^2", "1.0.0-é", "01", "=1.0.0\n",
    ] {
        let error = refused(&format!("[dependencies]\na = {bad:?}"));
        assert!(
            matches!(error, ManifestError::Requirement { .. }),
            "{bad}: {error}"
        );
    }
}

#[test]
fn a_platform_must_be_one_that_cargo_reads() {
    for good in [
        "cfg(unix)",
        "x86_64-unknown-linux-gnu",
        "cfg(all(not(windows), any(target_os = \"linux\", miri)))",
        "cfg(r#true)",
        "cfg(any())",
    ] {
        let rest = format!("[target.'{good}'.dependencies]\na = '1'");
        assert_eq!(one(&rest).platform.as_deref(), Some(good));
    }
    let deep = format!("cfg({}a{})", "not(".repeat(100_000), ")".repeat(100_000));
    let long = format!("cfg(any({}))", "a,".repeat(3000));
    for bad in [
        "cfg(((",
        "cfg(",
        "cfg()",
        "cfg(unix",
        "cfg(a = b)",
        "unix)",
        "a b",
        "cfg(a, b)",
        "all(unix)",
        &deep,
        &long,
    ] {
        // Checked even where no dependency follows.
        let error = refused(&format!("[target.'{bad}']"));
        assert!(
            matches!(error, ManifestError::Platform { .. }),
            "{bad}: {error}"
        );
        assert!(error.to_string().len() < 400, "{error}");
    }
}

#[test]
fn a_registry_is_one_that_cargo_may_be_sent_to() {
    for bad in [
        "not a url",
        "file:///etc",
        "git+ssh://h/x",
        "ssh://h/x",
        "sparse+https://u:p@h/",
        "https://h/?q",
        "",
    ] {
        let error = refused(&format!(
            "[dependencies.a]\nversion = '1'\nregistry-index = '{bad}'"
        ));
        assert!(
            matches!(error, ManifestError::Registry { .. }),
            "{bad}: {error}"
        );
    }
}

#[test]
fn names_have_the_grammar_of_rows() {
    for good in ["_a", "a-b_c", "A1"] {
        let renamed = one(&format!(
            "[dependencies]\n{good} = {{ version = '1', package = 'p' }}"
        ));
        assert_eq!(renamed.name, good);
    }
    let long = "a".repeat(65);
    for bad in [
        "'1a'",
        "'-a'",
        "'a b'",
        "'a.b'",
        "''",
        "'é'",
        "'a/b'",
        "\"a\\u001b\"",
        &long,
    ] {
        let renamed = refused(&format!(
            "[dependencies]\n{bad} = {{ version = '1', package = 'p' }}"
        ));
        assert!(
            matches!(renamed, ManifestError::Rename(_)),
            "{bad}: {renamed}"
        );
        let plain = refused(&format!("[dependencies]\n{bad} = '1'"));
        assert!(matches!(plain, ManifestError::Name(_)), "{bad}: {plain}");
    }
    assert!(
        with("[dependencies]\n_a = '1'").is_err(),
        "no crate begins so"
    );
    let package = refused("[dependencies]\na = { version = '1', package = '../a' }");
    assert!(matches!(package, ManifestError::Name(_)), "{package}");
}

#[test]
fn one_spelling_of_a_table_or_key() {
    for (rest, says) in [
        (
            "[dev-dependencies]\na = '1'\n[dev_dependencies]\nb = '1'",
            "Cargo.toml has both `dev-dependencies` and `dev_dependencies`; keep the first",
        ),
        (
            "[target.'cfg(unix)']\nbuild-dependencies = {}\nbuild_dependencies = {}",
            "Cargo.toml has both `target.cfg(unix).build-dependencies` and `build_dependencies`; keep the first",
        ),
        (
            "[dependencies.a]\nversion = '1'\ndefault-features = true\ndefault_features = true",
            "Cargo.toml has both `dependencies.a.default-features` and `default_features`; keep the first",
        ),
    ] {
        assert_eq!(refused(rest).to_string(), says);
    }
}

#[test]
fn flags_are_flags() {
    for key in ["optional", "default-features", "public"] {
        let error = refused(&format!("[dependencies.a]\nversion = '1'\n{key} = 'yes'")).to_string();
        assert_eq!(
            error,
            format!("Cargo.toml: `dependencies.a.{key}` must be true or false")
        );
    }
}
