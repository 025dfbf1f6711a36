//! Versions, names, checksums and schemas.

use super::{refused, row, taken, with};

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
