//! Manifests that nobody may publish, each proper but for one thing (families 52 to 64, 84
//! and 85), and some that look odd and are taken.

use crate::Case;
use crate::entries::good;
use crossdock_conformance::tarball::Tarball;
use crossdock_conformance::upload;

/// Of `n` 1.0.1, with these lines in `[package]` and this behind.
fn body(package: &str, rest: &str) -> Vec<u8> {
    let head = "[package]\nname = \"n\"\nversion = \"1.0.1\"\nedition = \"2021\"\n";
    let text = format!("{head}{package}\n{rest}\n");
    upload::body_of(&upload::metadata(&good()), &packed(&text))
}

fn packed(manifest: &str) -> Vec<u8> {
    Tarball::default()
        .file("n-1.0.1/Cargo.toml", manifest)
        .file("n-1.0.1/src/lib.rs", "")
        .gzip()
}

fn rest(what: impl Into<String>, text: &str, says: &'static str) -> Case {
    Case::new(what, body("description = \"d\"", text), says)
}

fn package(what: impl Into<String>, lines: &str, says: &'static str) -> Case {
    Case::new(what, body(lines, ""), says)
}

/// A dependency in each of the tables that has them.
fn dependency(what: &str, fields: &str, says: &'static str) -> Vec<Case> {
    [
        "dependencies",
        "dev-dependencies",
        "build-dependencies",
        "target.'cfg(unix)'.dependencies",
    ]
    .map(|table| {
        rest(
            format!("{what} in {table}"),
            &format!("[{table}.stem]\n{fields}"),
            says,
        )
    })
    .into()
}

/// 52 and 53.
pub(crate) fn requirements() -> Vec<Case> {
    let texts = [
        ">>1",
        "one",
        "1.x.2",
        "1..2",
        "=",
        "^",
        "~",
        "1.0.0.0",
        "99999999999999999999",
        "1 2",
        "1,,2",
        "<",
        "git",
        "1.0.0-",
        "\\u0000",
        "*.1",
    ];
    let bad = texts
        .iter()
        .flat_map(|req| dependency(&format!("{req:?}"), &format!("version = \"{req}\""), "stem"));
    bad.chain(dependency("\"*\"", "version = \"*\"", "`*`"))
        .chain(dependency("none at all", "features = []", "version"))
        .chain(dependency("a number", "version = 1", "version"))
        .collect()
}

/// 55.
pub(crate) fn platforms() -> Vec<Case> {
    let texts = [
        "cfg(((",
        "cfg(",
        "cfg)",
        "cfg()x",
        "cfg(not())",
        "cfg(all(unix)",
        "a b",
        "x86 64",
        "cfg(unix =)",
        "cfg(=\\\"a\\\")",
        "cfg(any(unix,,windows))",
    ];
    let case = |text: &&str| {
        rest(
            format!("{text:?}"),
            &format!("[target.\"{text}\".dependencies]\nstem = \"1\""),
            "",
        )
    };
    texts.iter().map(case).collect()
}

/// 56 and 57.
pub(crate) fn registries() -> Vec<Case> {
    let addresses = [
        "not a url",
        "",
        "/etc",
        "file:///etc",
        "sparse+file:///etc",
        "git+ssh://a.example/x",
        "ssh://a.example/x",
        "git+file:///x",
        "git://a.example/x",
        "sparse+git://a.example/x",
        "data:text/plain,x",
        "javascript:alert(1)",
        "sparse+http://user:word@a.example/",
        "https://user@a.example/",
        "sparse+https://",
        "sparse+",
        "gopher://a.example/",
        "ftp://a.example/",
        "sparse+ftp://a.example/",
        "http://[::1",
        "https://a b.example/",
        "sparse+sparse+https://a.example/",
    ];
    addresses
        .iter()
        .flat_map(|address| {
            let fields = format!("version = \"1\"\nregistry-index = \"{address}\"");
            dependency(&format!("{address:?}"), &fields, "stem")
        })
        .collect()
}

/// 58.
pub(crate) fn itself() -> Vec<Case> {
    let mut cases = Vec::new();
    for table in [
        "dependencies",
        "build-dependencies",
        "target.'cfg(unix)'.dependencies",
    ] {
        for line in [
            "n = \"1\"",
            "N = \">=1.0\"",
            "me = { version = \"1\", package = \"n\" }",
            "n = { version = \"=1.0.1\", optional = true }",
        ] {
            cases.push(rest(
                format!("{line} in {table}"),
                &format!("[{table}]\n{line}"),
                "depends on itself",
            ));
        }
    }
    cases
}

/// 59.
pub(crate) fn counts() -> Vec<Case> {
    let lines = |count: usize, line: &dyn Fn(usize) -> String| {
        (0..count).map(|at| line(at) + "\n").collect::<String>()
    };
    let mut cases = Vec::new();
    for count in [501, 5_000] {
        let many = lines(count, &|at| format!("d{at} = \"1\""));
        cases.push(rest(
            format!("{count} dependencies"),
            &format!("[dependencies]\n{many}"),
            "allowed are 500",
        ));
    }
    for count in [301, 20_000] {
        let many = lines(count, &|at| format!("f{at} = []"));
        cases.push(rest(
            format!("{count} features"),
            &format!("[features]\n{many}"),
            "allowed are 300",
        ));
        let list = "\"f\",".repeat(count);
        cases.push(rest(
            format!("{count} values of one feature"),
            &format!("[features]\nf = []\ng = [{list}]"),
            "allowed are 300",
        ));
        cases.push(rest(
            format!("{count} features of a dependency"),
            &format!("[dependencies.stem]\nversion = \"1\"\nfeatures = [{list}]"),
            "allowed are 300",
        ));
    }
    let long = "x".repeat(1024 * 1024);
    cases.push(rest(
        "a manifest of more than 1 MiB",
        &format!("# {long}"),
        "1048576",
    ));
    let deep = |open: &str, close: &str| {
        format!(
            "[package.metadata]\nx = {}1{}",
            open.repeat(50_000),
            close.repeat(50_000)
        )
    };
    cases.push(rest("50,000 lists in lists", &deep("[", "]"), ""));
    cases.push(rest("50,000 tables in tables", &deep("{a=", "}"), ""));
    cases.push(rest(
        "a key of 10,000 dots",
        &format!("[package.metadata]\n{}b = 1", "a.".repeat(10_000)),
        "",
    ));
    cases.push(rest(
        "a header of 10,000 dots",
        &format!("[package.metadata.{}b]", "a.".repeat(10_000)),
        "",
    ));
    cases
}

/// 60 and 62.
pub(crate) fn features() -> Vec<Case> {
    let mut cases = Vec::new();
    for name in [
        "../x",
        "a b",
        "<img onerror>",
        "-a",
        "+a",
        ".a",
        "",
        "dep:a",
        "a/b",
        "a?b",
        "a\\u200db",
        "a\\u202eb",
        "a\\nb",
        "a\\u0000",
        "a\\u001b[31m",
        "a:b",
        "\\u0301",
        "a\\\"b",
    ] {
        cases.push(rest(
            format!("{name:?}"),
            &format!("[features]\n\"{name}\" = []"),
            "feature",
        ));
    }
    for value in [
        "nope/x",
        "nope?/x",
        "dep:nope",
        "nope",
        "",
        "dep:",
        "/",
        "?/",
        "a/b/c",
        "stem?",
        "dep:stem/x",
    ] {
        cases.push(rest(
            format!("enables {value:?}"),
            &format!("[dependencies]\nstem = \"1\"\n[features]\nf = [\"{value}\"]"),
            "enables",
        ));
    }
    cases
}

/// 63.
pub(crate) fn never_packed() -> Vec<Case> {
    let mut cases = Vec::new();
    for field in [
        "path = \"../stem\"",
        "git = \"https://a.example/x\"",
        "git = \"x\"\nbranch = \"b\"",
        "git = \"x\"\ntag = \"t\"",
        "git = \"x\"\nrev = \"r\"",
        "registry = \"acme\"",
        "workspace = true",
        "base = \"b\"",
    ] {
        cases.extend(dependency(
            field,
            &format!("version = \"1\"\n{field}"),
            "stem",
        ));
    }
    for table in [
        "[patch.crates-io]\nstem = { path = \"../stem\" }",
        "[replace]\n\"stem:1.0.0\" = { path = \"../stem\" }",
        "[workspace]\nmembers = [\"a\"]",
    ] {
        cases.push(rest(table.lines().next().unwrap_or_default(), table, ""));
    }
    for field in [
        "description",
        "license",
        "authors",
        "keywords",
        "rust-version",
    ] {
        cases.push(package(
            format!("{field} of the workspace"),
            &format!("{field}.workspace = true"),
            "",
        ));
    }
    cases
}

/// 64.
pub(crate) fn fields() -> Vec<Case> {
    let lines = [
        "links = 5",
        "links = []",
        "rust-version = \"nightly\"",
        "rust-version = \"1.x\"",
        "rust-version = \"^1.60\"",
        "rust-version = 1.6",
        "rust-version = \"1.60.0-beta\"",
        "description = 1",
        "keywords = \"a\"",
        "keywords = [1]",
        "authors = 1",
        "license = []",
        "homepage = 1",
        "repository = {}",
        "name = \"n\"",
        "version = \"1.0.1\"",
    ];
    let mut cases: Vec<_> = lines.iter().map(|line| package(*line, line, "")).collect();
    for (what, text) in [
        ("no TOML", "[package\n"),
        ("nothing", ""),
        ("no package", "[lib]\n"),
        ("no name", "[package]\nversion = \"1.0.1\"\n"),
        ("no version", "[package]\nname = \"n\"\n"),
        ("NULs", "\0\0\0"),
        (
            "a byte order mark within",
            "[package]\n\u{feff}name = \"n\"\n",
        ),
        ("a package that is a list", "[[package]]\nname = \"n\"\n"),
        ("a package that is a text", "package = \"n\"\n"),
        (
            "dependencies that are a list",
            "dependencies = []\n[package]\nname = \"n\"\nversion = \"1.0.1\"\n",
        ),
        (
            "two packages",
            "[package]\nname = \"n\"\n[package]\nname = \"m\"\n",
        ),
        (
            "another crate",
            "[package]\nname = \"m\"\nversion = \"1.0.1\"\n",
        ),
        (
            "another version",
            "[package]\nname = \"n\"\nversion = \"1.0.2\"\n",
        ),
    ] {
        cases.push(Case::new(
            what,
            upload::body_of(&upload::metadata(&good()), &packed(text)),
            "",
        ));
    }
    let latin = Tarball::default()
        .file(
            "n-1.0.1/Cargo.toml",
            b"[package]\nname = \"n\"\n# caf\xe9\n",
        )
        .gzip();
    cases.push(Case::new(
        "Latin 1",
        upload::body_of(&upload::metadata(&good()), &latin),
        "UTF-8",
    ));
    cases
}

/// 84 and 85.
pub(crate) fn shown() -> Vec<Case> {
    let mut cases = Vec::new();
    for field in ["homepage", "documentation", "repository"] {
        for link in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,<script>",
            "file:///etc/passwd",
            "vbscript:x",
            "//a.example",
            "a.example",
            "",
            "http://",
            "ftp://a.example/",
            "mailto:a@b.example",
            "\\u0001javascript:x",
        ] {
            cases.push(package(
                format!("{field} = {link:?}"),
                &format!("{field} = \"{link}\""),
                field,
            ));
        }
    }
    for character in [
        "\\u001b[2J",
        "\\u0000",
        "\\u0007",
        "\\u0008",
        "\\u007f",
        "\\u009b31m",
        "\\u202a",
        "\\u202b",
        "\\u202d",
        "\\u202e",
        "\\u2066",
        "\\u2067",
        "\\u2068",
        "\\u2069",
    ] {
        for field in ["description", "license", "links"] {
            cases.push(package(
                format!("{field} with {character}"),
                &format!("{field} = \"MIT{character}x\""),
                field,
            ));
        }
        cases.push(package(
            format!("an author with {character}"),
            &format!("authors = [\"a{character}\"]"),
            "authors",
        ));
    }
    for bytes in [1_001, 100_000] {
        let long = format!("description = \"{}\"", "d".repeat(bytes));
        cases.push(package(
            format!("a description of {bytes} bytes"),
            &long,
            "bytes of description",
        ));
    }
    cases
}
