//! Dependencies: requirements, kinds, targets, registries, features.

use super::{GOOD, reason, refused, row, taken, target_of, with, with_dependency};
use crossdock_core::name::IndexName;
use crossdock_wire::index_file::{self, QUARANTINED_MAX};

#[test]
fn dependencies() {
    let nested = |levels: usize| {
        format!(
            r#""cfg({}unix{})""#,
            "not(".repeat(levels),
            ")".repeat(levels)
        )
    };
    refused(&[
        (
            with_dependency("^1", ">>1"),
            "dependency `bar`: `>>1` is no valid requirement",
        ),
        (
            with_dependency("^1", ""),
            "dependency `bar`: `` is no valid requirement",
        ),
        (
            with_dependency(r#""target":null"#, r#""target":"cfg(((""#),
            "is no valid platform",
        ),
        (
            with_dependency(r#""target":null"#, r#""target":"a b""#),
            "`a b` is no valid platform",
        ),
        // With 200,000 levels cargo's stack overflows; what is deep at all is nobody's.
        (
            with_dependency(
                r#""target":null"#,
                &format!(r#""target":{}"#, nested(200_000)),
            ),
            "is no valid platform",
        ),
        (
            with_dependency(r#""target":null"#, &format!(r#""target":{}"#, nested(200))),
            "is no valid platform",
        ),
        (
            with_dependency(r#""kind":"normal""#, r#""registry":"not a url""#),
            "registry address `not a url` is not a URL",
        ),
        // cargo would try to load these.
        (
            with_dependency(r#""kind":"normal""#, r#""registry":"file:///etc""#),
            "must be http or https",
        ),
        (
            with_dependency(r#""kind":"normal""#, r#""registry":"git+ssh://git@h/x""#),
            "must be http or https",
        ),
        (
            with_dependency(
                r#""kind":"normal""#,
                r#""registry":"https://u:p@h.example/""#,
            ),
            "must not carry a user name",
        ),
        // cargo panics over an empty name.
        (
            with_dependency("bar", ""),
            "dependency ``: `` is no valid name",
        ),
        (
            with_dependency(r#""name":"bar""#, r#""name":"","package":"bar""#),
            "`` is no valid name",
        ),
        // No crate here can have such a name, so nobody could say whose it is.
        (
            with_dependency("bar", "1a.b"),
            "dependency `1a.b`: `1a.b` is no valid name",
        ),
        (
            with_dependency(r#""kind":"normal""#, r#""package":"a/b""#),
            "crate name `a/b` may contain only",
        ),
        (
            with_dependency(r#""features":[]"#, r#""features":null"#),
            "invalid type: null",
        ),
        (
            with_dependency(r#""optional":false"#, r#""optional":null"#),
            "invalid type: null",
        ),
        (with_dependency(r#""req":"^1","#, ""), "missing field `req`"),
        (
            row(r#""deps":[]"#, r#""deps":["bar"]"#),
            "expected a dependency of an index row",
        ),
    ]);
    taken(&[
        with_dependency("^1", "*"),
        with_dependency("^1", "1.x"),
        with_dependency("^1", ">=1, <2"),
        with_dependency("normal", "weird"),
        with_dependency(r#""normal""#, "null"),
        with_dependency(r#""target":null"#, r#""target":"""#),
        with_dependency(r#""target":null"#, r#""target":"cfg(true)""#),
        with_dependency(r#""target":null"#, &format!(r#""target":{}"#, nested(100))),
        with_dependency(r#""features":[]"#, r#""features":[""]"#),
        with_dependency(r#""name":"bar""#, r#""name":"1a.b","package":"bar""#),
        with_dependency(r#""name":"bar""#, r#""name":"foo""#),
        row(r#""deps":[]"#, r#""deps":[{"name":"bar","req":"1"}]"#),
    ]);
}

#[test]
fn rust_versions_and_links() {
    let rust_version = |text: &str| with(&format!(r#""rust_version":"{text}""#));
    for text in [
        "nightly",
        "^1.56",
        "1.56-nightly",
        "1.56.0-beta",
        "1.56.0+x",
        "",
        "1.x",
        "*",
        "=1.56",
        "01.56",
        "1.56, 1.57",
        "1.*",
        ">=1.5",
        "1.56.0.0",
    ] {
        refused(&[(rust_version(text), "is no valid rust_version")]);
    }
    refused(&[
        (
            with(r#""rust_version":1.56"#),
            "invalid type: floating point",
        ),
        (with(r#""links":5"#), "invalid type: integer `5`"),
        (with(r#""links":"\ud800""#), "hex escape"),
    ]);
    taken(&["1", "1.56", "1.56.1", " 1.56", "1.56 "].map(rust_version));
    taken(&[with(r#""rust_version":null,"links":null"#)]);
}

/// A date is not worth a version: what cargo could not read is left out of the row.
#[test]
fn a_malformed_pubtime_is_left_out() {
    let name = IndexName::parse("foo").map_err(|error| error.to_string());
    for (pubtime, kept) in [
        (r#""2026-11-21T10:00:09Z""#, true),
        (r#""2999-01-01T00:00:00Z""#, true),
        ("null", false),
        (r#""2026-11-21T10:00:09.5Z""#, false),
        (r#""2026-11-21T10:00:09+00:00""#, false),
        (r#""2026-1-1T10:00:09Z""#, false),
        (r#""yesterday""#, false),
        (r#""""#, false),
        ("1763719209", false),
        ("[]", false),
        (r#"{"a":[{}]}"#, false),
    ] {
        let row = with(&format!(r#""pubtime":{pubtime}"#));
        let file = name
            .as_ref()
            .map(|name| index_file::decode(row.as_bytes(), name, &target_of));
        let times = file.map(|file| {
            file.rows
                .iter()
                .map(|(_, release)| release.pubtime.is_some())
                .collect()
        });
        assert_eq!(times, Ok(vec![kept]), "{pubtime}");
    }
}

/// Features that make no sense are cargo's to judge: it leaves the version out by
/// itself, and a later cargo may judge otherwise.
#[test]
fn features_are_relayed() {
    taken(&[
        row(r#""features":{}"#, r#""features":{"a":["b"],"b":["a"]}"#),
        row(
            r#""features":{}"#,
            r#""features":{"a":["nope/x"],"b":["nope"]}"#,
        ),
        row(
            r#""features":{}"#,
            r#""features":{"a b":[],"<img>":[],"a/b":[],"dep:c":[]}"#,
        ),
    ]);
}

/// A file of junk costs neither memory nor log.
#[test]
fn junk_is_told_once_there_is_enough_of_it() {
    let junk = "x\n".repeat(1_000_000) + GOOD;
    let name = IndexName::parse("foo").map_err(|error| error.to_string());
    let file = name.map(|name| index_file::decode(junk.as_bytes(), &name, &target_of));
    let told = file.map(|file| {
        let last = file.quarantined.last().map(|row| row.reason.to_string());
        (file.rows.len(), file.quarantined.len(), last)
    });
    let last = "more than 1000 rows are bad; this and later ones are not listed".to_owned();
    assert_eq!(told, Ok((1, QUARANTINED_MAX + 1, Some(last))));
}

/// Reasons reach a log: one line, and not longer than a person reads.
#[test]
fn reasons_are_short_and_in_one_line() {
    let long = "x\\n\\u001b[31m".repeat(100_000);
    for row in [
        with(&format!(r#""v":"{long}""#)),
        with(&format!(r#""rust_version":"{long}""#)),
        with_dependency("^1", &long),
        with_dependency("bar", &long),
        with(&format!(r#""{long}":1,"{long}":2"#)),
        row("1.0.1", &long),
        row("foo", &long),
        with_dependency(
            r#""name":"bar""#,
            &format!(r#""name":"{long}","registry":"{long}""#),
        ),
    ] {
        match reason(row.as_bytes()) {
            Ok(()) => assert_eq!("taken", "refused"),
            Err(reason) => {
                assert!(
                    reason.chars().count() < 1_000,
                    "{} characters",
                    reason.chars().count()
                );
                assert!(!reason.chars().any(char::is_control), "{reason:?}");
            }
        }
    }
}
