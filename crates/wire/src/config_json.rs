//! `config.json`: where a registry's archives and API are.
//!
//! Cargo Book, "Registry Index", Index Configuration. Read of upstreams, written
//! for our own registries. Fields we do not know are ignored and not kept: an
//! upstream's file is never relayed, because its addresses would lead cargo past us.
//!
//! Absent: what `dl` expands to, which is `download_template.rs`.

use serde::{Deserialize, Serialize};

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
    serde_json::to_string(config).expect("two strings and a flag always encode")
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
        };
        let text = encode(&full);
        assert_eq!(
            text,
            r#"{"dl":"https://h/acme/dl/{crate}/{version}/{sha256-checksum}","api":"https://h/acme","auth-required":true}"#
        );
        assert_eq!(decode(text.as_bytes()).unwrap(), full);

        let bare = ConfigJson {
            api: None,
            auth_required: false,
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
