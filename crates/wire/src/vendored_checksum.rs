//! `.cargo-checksum.json`: what cargo checks an unpacked crate of a directory source by.
//!
//! cargo 1.95 (`sources/directory.rs`): `package` has to be the checksum in the lock,
//! each of `files` the SHA-256 of a file it reads; files that are not listed are not
//! checked, and fields it does not know are ignored. So a file may be another than in
//! the archive, as long as it is listed as it is.
//!
//! The file is ours alone and has a checksum of what it says, so that a byte of it that
//! flipped is not taken for a fault of the file that the byte is about.
//!
//! Absent: reading files and hashing them.

use crossdock_core::checksum::Checksum;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The file's name.
pub const FILE_NAME: &str = ".cargo-checksum.json";

/// What the file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendoredChecksum {
    /// Each file's SHA-256, by its path below the crate's folder.
    pub files: BTreeMap<String, Checksum>,
    /// The checksum of the `.crate`, as locks have it.
    pub package: Checksum,
    /// What the folder was made from besides the archive; ours alone, cargo ignores it.
    pub made_from: Option<String>,
}

/// Why a text is no such file of ours.
#[derive(Debug, thiserror::Error)]
pub enum VendoredChecksumError {
    /// Not JSON, or a field is missing or of another type.
    #[error("{FILE_NAME} is not valid: {0}")]
    Json(#[from] serde_json::Error),
    /// It is not what was written: it says otherwise than its own checksum.
    #[error("{FILE_NAME} is damaged: it does not have the checksum of itself")]
    Damaged,
    /// A checksum is none.
    #[error("{FILE_NAME}: the checksum of `{0}` is not 64 lower-case hex digits")]
    Checksum(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    files: BTreeMap<String, String>,
    package: String,
    #[serde(
        default,
        rename = "crossdock-made-from",
        skip_serializing_if = "Option::is_none"
    )]
    made_from: Option<String>,
    // Exports made before it was written have none.
    #[serde(
        default,
        rename = "crossdock-sum",
        skip_serializing_if = "Option::is_none"
    )]
    own: Option<String>,
}

/// Writes the file.
pub fn encode(sums: &VendoredChecksum) -> String {
    let text = |(path, sum): (&String, &Checksum)| (path.clone(), sum.to_string());
    let mut raw = Raw {
        files: sums.files.iter().map(text).collect(),
        package: sums.package.to_string(),
        made_from: sums.made_from.clone(),
        own: None,
    };
    raw.own = Some(own(&raw));
    serde_json::to_string(&raw).expect("texts always encode")
}

/// The checksum of all that a file says besides it; a line for each, none of which has a
/// line break that is not written as such.
fn own(raw: &Raw) -> String {
    let line = |(path, sum): (&String, &String)| format!("{path:?} {sum:?}\n");
    let files: String = raw.files.iter().map(line).collect();
    let said = format!("{:?}\n{:?}\n{files}", raw.package, raw.made_from);
    Checksum::of(said.as_bytes()).to_string()
}

/// Reads the file.
///
/// # Errors
/// [`VendoredChecksumError`].
pub fn decode(bytes: &[u8]) -> Result<VendoredChecksum, VendoredChecksumError> {
    let raw: Raw = serde_json::from_slice(bytes)?;
    if raw.own.as_ref().is_some_and(|said| *said != own(&raw)) {
        return Err(VendoredChecksumError::Damaged);
    }
    let sum = |of: &str, text: &str| {
        Checksum::parse(text).map_err(|_| VendoredChecksumError::Checksum(of.to_owned()))
    };
    let mut files = BTreeMap::new();
    for (path, text) in raw.files {
        let sum = sum(&path, &text)?;
        files.insert(path, sum);
    }
    Ok(VendoredChecksum {
        files,
        package: sum("package", &raw.package)?,
        made_from: raw.made_from,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let sums = VendoredChecksum {
            files: BTreeMap::from([("src/lib.rs".to_owned(), Checksum::of(b"x"))]),
            package: Checksum::of(b"crate"),
            made_from: Some("row".to_owned()),
        };
        let text = encode(&sums);
        assert!(text.starts_with("{\"files\":{\"src/lib.rs\":\""), "{text}");
        assert_eq!(decode(text.as_bytes()).unwrap(), sums);
        let own = text.rfind(",\"crossdock-sum\"").unwrap();
        let before_it_was_written = format!("{}}}", &text[..own]);
        assert_eq!(decode(before_it_was_written.as_bytes()).unwrap(), sums);
    }

    #[test]
    fn no_byte_of_it_flips_unseen() {
        let sums = VendoredChecksum {
            files: BTreeMap::from([("a".to_owned(), Checksum::of(b"x"))]),
            package: Checksum::of(b"crate"),
            made_from: Some("row".to_owned()),
        };
        let text = encode(&sums).into_bytes();
        for place in 0..text.len() {
            for bit in 0..8 {
                let mut flipped = text.clone();
                flipped[place] ^= 1 << bit;
                let at = String::from_utf8_lossy(&flipped);
                assert!(decode(&flipped).is_err(), "{at}");
            }
        }
    }

    #[test]
    fn what_cargo_could_not_check_by_is_refused() {
        for bad in [
            "",
            "{}",
            r#"{"files":{}}"#,
            r#"{"files":{"a":"AB"},"package":""}"#,
            r#"{"files":{},"package":null}"#,
        ] {
            assert!(decode(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
