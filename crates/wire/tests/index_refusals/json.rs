//! Lines that are no JSON, or another shape of it.

use super::{GOOD, reason, refused, row, taken, with, with_dependency};

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
