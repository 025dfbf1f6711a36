//! Bad rows, each with the reason for which it is set aside; and rows that only look
//! bad. What the real cargo 1.95 does with each was measured with the row in a local
//! registry beside a good one; where we differ from it, the case says why.

use crossdock_core::address::{Address, AddressError};
use crossdock_core::name::IndexName;
use crossdock_core::release::Target;
use crossdock_wire::index_file::{self, QUARANTINED_MAX};

const GOOD: &str = r#"{"name":"foo","vers":"1.0.0","deps":[],"cksum":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","features":{},"yanked":false}"#;

/// A plain row of 1.0.1 in which `part` is replaced.
fn row(part: &str, by: &str) -> String {
    let plain = GOOD.replace("1.0.0", "1.0.1");
    assert!(plain.contains(part), "{part}");
    plain.replace(part, by)
}

/// A row of 1.0.1 with a further field.
fn with(field: &str) -> String {
    row(r#""yanked":false"#, &format!(r#""yanked":false,{field}"#))
}

/// A row of 1.0.1 with one dependency, `part` of it replaced.
fn with_dependency(part: &str, by: &str) -> String {
    let plain = r#"{"name":"bar","req":"^1","features":[],"optional":false,"default_features":true,"target":null,"kind":"normal"}"#;
    assert!(plain.contains(part), "{part}");
    row(
        r#""deps":[]"#,
        &format!(r#""deps":[{}]"#, plain.replace(part, by)),
    )
}

fn target_of(registry: Option<&str>) -> Result<Target, AddressError> {
    match registry {
        None => Ok(Target::Own),
        Some(text) => Address::parse(text).map(Target::Elsewhere),
    }
}

/// Reads a file with a good row before and after; both must survive.
fn reason(bad: &[u8]) -> Result<(), String> {
    let after = GOOD.replace("1.0.0", "2.0.0");
    let bytes = [GOOD.as_bytes(), b"\n", bad, b"\n", after.as_bytes(), b"\n"].concat();
    let Ok(name) = IndexName::parse("foo") else {
        return Err("the name of the file is no name".to_owned());
    };
    let file = index_file::decode(&bytes, &name, &target_of);
    let versions: Vec<String> = file
        .rows
        .iter()
        .map(|(_, release)| release.version.to_string())
        .collect();
    assert_eq!(versions.first().map(String::as_str), Some("1.0.0"));
    assert_eq!(versions.last().map(String::as_str), Some("2.0.0"));
    match file.quarantined.as_slice() {
        [] => Ok(()),
        [one] => {
            assert_eq!(one.line, 2);
            Err(one.reason.to_string())
        }
        more => Err(format!("{more:?}")),
    }
}

fn refused(cases: &[(String, &str)]) {
    for (row, expected) in cases {
        let shown: String = row.chars().take(200).collect();
        match reason(row.as_bytes()) {
            Ok(()) => assert_eq!("taken", *expected, "{shown}"),
            Err(reason) => assert!(
                reason.contains(expected),
                "{shown}\n  {reason}\n  {expected}"
            ),
        }
    }
}

fn taken(rows: &[String]) {
    for row in rows {
        assert_eq!(reason(row.as_bytes()), Ok(()), "{row}");
    }
}

#[test]
fn json() {
    let nested =
        |open: &str, close: &str, times| format!("{}0{}", open.repeat(times), close.repeat(times));
    refused(&[
        (
            with(r#""cksum":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855""#),
            "duplicate field `cksum`",
        ),
        // cargo reads over an unknown field that stands twice; whoever reads it later
        // would take one of the two, and nobody knows which.
        (with(r#""x":1,"x":2"#), "duplicate field `x`"),
        (
            with_dependency(r#""req":"^1""#, r#""req":"^1","req":"^2""#),
            "duplicate field `req`",
        ),
        (
            with_dependency(
                r#""req":"^1""#,
                r#""req":"^1","public":true,"public":false"#,
            ),
            "duplicate field `public`",
        ),
        (with(r#""x":NaN"#), "not valid"),
        (
            format!("\u{feff}{GOOD}"),
            "expected value at line 1 column 1",
        ),
        (format!("\u{a0}{GOOD}"), "expected value at line 1 column 1"),
        (format!("\u{c}{GOOD}"), "expected value at line 1 column 1"),
        (format!("{GOOD} x"), "trailing characters"),
        ("\0".to_owned(), "expected value"),
        (GOOD.replace("foo", "fo\0o"), "control character"),
        ("<html>captive portal</html>".to_owned(), "expected value"),
        // cargo takes a row written as a list of values; no registry writes one, and
        // nobody could keep what it does not know in it.
        (
            r#"["foo","1.0.1",[],{},null,"e3b0",false,null,null,null,null]"#.to_owned(),
            "expected a row of an index",
        ),
        ("{}".to_owned(), "missing field `name`"),
        (row(r#""deps":[],"#, ""), "missing field `deps`"),
        (row(r#""deps":[]"#, r#""deps":null"#), "invalid type: null"),
        (
            row(r#""features":{}"#, r#""features":null"#),
            "invalid type: null",
        ),
        (
            row(r#""yanked":false"#, r#""yanked":0"#),
            "invalid type: integer `0`",
        ),
        // Deep nesting ends in words, not in a stack that is full; nothing in a row is deep.
        (
            with(&format!(r#""x":{}"#, nested("[", "]", 100_000))),
            "row nests deeper than 64 levels",
        ),
        (
            with(&format!(r#""x":{}"#, nested(r#"{"a":"#, "}", 100_000))),
            "row nests deeper than 64 levels",
        ),
        (
            row("[]", &nested("[", "]", 100_000)),
            "row nests deeper than 64 levels",
        ),
        ("[".repeat(1_000_000), "row nests deeper than 64 levels"),
        (
            row("[]", &nested("[", "]", 50)),
            "expected a dependency of an index row",
        ),
        (
            with(&format!(r#""links":{}"#, nested("[", "]", 50))),
            "invalid type: sequence",
        ),
        (row("{}", &nested(r#"{"a":"#, "}", 50)), "not valid"),
    ]);
    let utf_16: Vec<u8> = GOOD
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .filter(|byte| *byte != b'\n')
        .collect();
    assert_eq!(
        reason(&utf_16).map_err(|reason| reason.contains("not valid")),
        Err(true)
    );
    assert_eq!(
        reason(b"{\"name\":\"\xff\"}"),
        Err("line is not UTF-8".to_owned())
    );
    taken(&[
        with(&format!(r#""x":{}"#, nested("[", "]", 50))),
        with(r#""x":"\ud800","y":1e999999"#),
        format!("\t {}\r", row("foo", "foo")),
        row(r#","yanked":false"#, ""),
        row(r#""yanked":false"#, r#""yanked":null"#),
        row(r#""yanked""#, r#""yan\u006bed""#),
    ]);
}

#[test]
fn versions_and_names() {
    let long = format!("1.0.1-{}", "a".repeat(145));
    refused(&[
        (row("1.0.1", "1.0"), "not of the form MAJOR.MINOR.PATCH"),
        (row("1.0.1", "01.0.1"), "not of the form MAJOR.MINOR.PATCH"),
        (
            row("1.0.1", "1.0.1\\n{}"),
            "not of the form MAJOR.MINOR.PATCH",
        ),
        (
            row("1.0.1", "1.0.99999999999999999999"),
            "not of the form MAJOR.MINOR.PATCH",
        ),
        // cargo has no limit; a path with the version in it has one.
        (row("1.0.1", &long), "longer than 150"),
        (
            row("foo", "bar"),
            "row is of crate `bar`, not of the file's",
        ),
        (
            row("foo", "fo-o"),
            "row is of crate `fo-o`, not of the file's",
        ),
        (row("foo", "../../foo"), "must start with an ASCII letter"),
        (row("foo", ""), "crate name is empty"),
        (
            row("1.0.1", "1.0.0"),
            "version 1.0.0 occurs twice; the first row is kept",
        ),
        (
            row("1.0.1", "1.0.0").replace("e3b0", "0000"),
            "version 1.0.0 occurs twice; the first row is kept",
        ),
    ]);
    // As crates.io shows names, the file is lower case and the row is not.
    taken(&[
        row("foo", "Foo"),
        row("1.0.1", "1.0.0+build"),
        row("1.0.1", "1.0.1-rc.1"),
    ]);
}

#[test]
fn checksums_and_schemas() {
    let checksum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let quoted = format!("\"{checksum}\"");
    refused(&[
        (row(&quoted, "null"), "invalid type: null"),
        (
            row(&format!(r#""cksum":{quoted},"#), ""),
            "missing field `cksum`",
        ),
        // cargo takes these two, and refuses the archive when it has it.
        (
            row(checksum, &checksum.to_uppercase()),
            "64 lower-case hexadecimal digits",
        ),
        (
            row(checksum, &checksum[1..]),
            "64 lower-case hexadecimal digits",
        ),
        (
            with(r#""v":3"#),
            "row has schema version 3, known are 1 and 2",
        ),
        // cargo takes 0, which no schema describes.
        (
            with(r#""v":0"#),
            "row has schema version 0, known are 1 and 2",
        ),
        (with(r#""v":-1"#), "invalid value: integer `-1`"),
        (with(r#""v":"1""#), "invalid type: string"),
    ]);
    taken(&[with(r#""v":1"#), with(r#""v":2"#), with(r#""v":null"#)]);
}

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
