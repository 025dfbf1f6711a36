//! `config.json`: where a registry's archives and API are.
//!
//! Cargo Book, "Registry Index", Index Configuration. Read of upstreams, written
//! for our own registries. Fields we do not know are ignored and not kept: an
//! upstream's file is never relayed, because its addresses would lead cargo past us.
//!
//! Absent: what `dl` expands to, which is `download_template.rs`.

use crossdock_core::origin::{Origin, Shows};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// Largest file that is read, in bytes.
///
/// Three addresses of at most a few thousand bytes each, and fields we do not
/// know, of which none is near this.
pub const CONFIG_BYTES_MAX: usize = 64 * 1024;

/// What `config.json` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ConfigJson {
    /// Template of the address of an archive, as sent: unchecked.
    pub dl: String,
    /// Base address of the web API; a registry without one is read-only to cargo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    /// Whether every request needs a token (RFC 3139).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub auth_required: bool,
    /// What stands here if it is a Crossdock: a key of our own, which cargo ignores.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "said",
        deserialize_with = "heard"
    )]
    pub crossdock: Option<Origin>,
}

/// The key `crossdock` as it is written.
#[derive(Serialize, Deserialize)]
struct OriginKey {
    shows: String,
    installation: String,
}

fn said<S: Serializer>(origin: &Option<Origin>, to: S) -> Result<S::Ok, S::Error> {
    let key = |origin: &Origin| OriginKey {
        shows: origin.shows.word().to_owned(),
        installation: origin.installation.clone(),
    };
    origin.as_ref().map(key).serialize(to)
}

/// Reads the key; one of another shape is somebody else's, and ignored.
fn heard<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Origin>, D::Error> {
    let key = OriginKey::deserialize(Value::deserialize(from)?).ok();
    Ok(key.map(|key| Origin {
        shows: Shows::of_word(&key.shows),
        installation: key.installation,
    }))
}

/// Why bytes are no `config.json`.
#[derive(Debug, thiserror::Error)]
pub enum ConfigJsonError {
    /// More than [`CONFIG_BYTES_MAX`] bytes.
    #[error("config.json is larger than {CONFIG_BYTES_MAX} bytes")]
    TooLarge,
    /// Not JSON, `dl` is missing, or a known field has another type.
    #[error("config.json is not valid: {0}")]
    Json(#[from] serde_json::Error),
}

/// Reads the file.
///
/// # Errors
/// [`ConfigJsonError`]; what cargo cannot read is refused here too.
pub fn decode(bytes: &[u8]) -> Result<ConfigJson, ConfigJsonError> {
    if bytes.len() > CONFIG_BYTES_MAX {
        return Err(ConfigJsonError::TooLarge);
    }
    Ok(serde_json::from_slice(bytes)?)
}

/// Writes the file: known fields, absent ones left out, in the Book's order.
pub fn encode(config: &ConfigJson) -> String {
    serde_json::to_string(config).expect("strings and a flag always encode")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let full = ConfigJson {
            dl: "https://h/acme/dl/{crate}/{version}/{sha256-checksum}".to_owned(),
            api: Some("https://h/acme".to_owned()),
            auth_required: true,
            crossdock: Some(Origin {
                shows: Shows::View,
                installation: "6f".to_owned(),
            }),
        };
        let text = encode(&full);
        assert_eq!(
            text,
            r#"{"dl":"https://h/acme/dl/{crate}/{version}/{sha256-checksum}","api":"https://h/acme","auth-required":true,"crossdock":{"shows":"view","installation":"6f"}}"#
        );
        assert_eq!(decode(text.as_bytes()).unwrap(), full);

        let bare = ConfigJson {
            api: None,
            auth_required: false,
            crossdock: None,
            ..full
        };
        let text = encode(&bare);
        assert!(
            !text.contains("api\"") && !text.contains("auth-required"),
            "{text}"
        );
        assert_eq!(decode(text.as_bytes()).unwrap(), bare);
    }

    #[test]
    fn what_others_add_does_not_disturb() {
        let text = br#"{"dl":"https://h/x","api":null,"allowed-registries":[["y"]]}"#;
        let config = decode(text).unwrap();
        assert_eq!((config.api, config.auth_required), (None, false));

        for key in ["null", "7", "{}", r#"{"shows":1}"#, r#"["view"]"#] {
            let text = format!(r#"{{"dl":"x","crossdock":{key}}}"#);
            assert_eq!(decode(text.as_bytes()).unwrap().crossdock, None, "{key}");
        }

        // Skipped without recursion: depth costs no stack.
        let (open, close) = ("[".repeat(20_000), "]".repeat(20_000));
        let deep = format!(r#"{{"dl":"x","y":{open}{close}}}"#);
        assert_eq!(decode(deep.as_bytes()).unwrap().dl, "x");
    }

    #[test]
    fn what_cargo_cannot_read_is_refused() {
        for bad in [
            "",
            "<html>",
            "{}",
            r#"{"api":"x"}"#,
            r#"{"dl":1}"#,
            r#"{"dl":"x","dl":"y"}"#,
            r#"{"dl":"x","auth-required":"yes"}"#,
            "\u{feff}{\"dl\":\"x\"}",
        ] {
            assert!(
                matches!(decode(bad.as_bytes()), Err(ConfigJsonError::Json(_))),
                "{bad}"
            );
        }
        let large = format!("{{\"dl\":\"{}\"}}", "x".repeat(CONFIG_BYTES_MAX));
        assert!(matches!(
            decode(large.as_bytes()),
            Err(ConfigJsonError::TooLarge)
        ));
    }
}
