//! Bad rows, each with the reason for which it is set aside; and rows that only look
//! bad. What the real cargo 1.95 does with each was measured with the row in a local
//! registry beside a good one; where we differ from it, the case says why.
//!
//! Here: how a row is made bad, and read between two good ones. Below: a part a file.

mod dependencies;
mod json;
mod release;

use crossdock_core::address::{Address, AddressError};
use crossdock_core::name::IndexName;
use crossdock_core::release::Target;
use crossdock_wire::index_file::{self};

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
