//! Bodies of the registry web API: what cargo sends and what it reads back.
//!
//! Field names and shapes are those of the Cargo Book, "Registry Web API". Where
//! cargo reads less than the Book says, the Book decides. Absent: the publish
//! request, which is binary and has a file of its own, and status codes.

pub mod krate;

use serde::{Deserialize, Serialize};

/// The body of every refusal of the API.
///
/// Cargo prints the status and the details, joined with commas (measured, cargo 1.95).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorsAnswer {
    /// At least one reason.
    pub errors: Vec<ErrorDetail>,
}

/// One reason of a refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorDetail {
    /// Text that cargo prints.
    pub detail: String,
}

impl ErrorsAnswer {
    /// Returns the body that gives one reason.
    pub fn one(detail: impl Into<String>) -> Self {
        Self {
            errors: vec![ErrorDetail {
                detail: detail.into(),
            }],
        }
    }
}

/// The answer to a publish.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishAnswer {
    /// What cargo prints as warnings after the upload.
    pub warnings: PublishWarnings,
}

/// Warnings of a publish; each list may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishWarnings {
    /// Categories that were ignored.
    pub invalid_categories: Vec<String>,
    /// Badges that were ignored.
    pub invalid_badges: Vec<String>,
    /// Anything else a publisher should read.
    pub other: Vec<String>,
}

/// The answer to a yank and an unyank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OkAnswer {
    /// Always true; cargo asserts it.
    pub ok: bool,
}

/// The answer to a change of owners.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OkMessage {
    /// Always true; cargo asserts it.
    pub ok: bool,
    /// Text that `cargo owner --add` prints.
    pub msg: String,
}

/// The request to add or remove owners.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnersRequest {
    /// Logins.
    pub users: Vec<String>,
}

/// The answer to `cargo owner --list`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnersAnswer {
    /// The owners, first publisher first.
    pub users: Vec<OwnerUser>,
}

/// One owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerUser {
    /// "Unique unsigned 32-bit integer of the owner": here its place in the list,
    /// from 1, since actors are known by login alone.
    pub id: u32,
    /// The login.
    pub login: String,
    /// The name for people, if there is one.
    pub name: Option<String>,
}

impl OwnersAnswer {
    /// Numbers `logins` in their order.
    pub fn of<'l>(logins: impl IntoIterator<Item = &'l str>) -> Self {
        let users = (1..).zip(logins).map(|(id, login)| OwnerUser {
            id,
            login: login.to_owned(),
            name: None,
        });
        Self {
            users: users.collect(),
        }
    }
}

/// The answer to a search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchAnswer {
    /// This page's crates.
    pub crates: Vec<FoundCrate>,
    /// About all pages.
    pub meta: SearchMeta,
}

/// One crate of a search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundCrate {
    /// The name as published.
    pub name: String,
    /// The highest version.
    pub max_version: String,
    /// The description, or null where none is known.
    pub description: Option<String>,
}

/// About all pages of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchMeta {
    /// How many crates match on all pages; cargo reads 32 bits.
    pub total: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts are what cargo 1.95 parses; a renamed field breaks it.
    #[test]
    fn answers_are_spelled_as_cargo_reads_them() {
        for (answer, text) in [
            (
                serde_json::to_string(&ErrorsAnswer::one("no")),
                r#"{"errors":[{"detail":"no"}]}"#,
            ),
            (
                serde_json::to_string(&PublishAnswer::default()),
                r#"{"warnings":{"invalid_categories":[],"invalid_badges":[],"other":[]}}"#,
            ),
            (
                serde_json::to_string(&OkAnswer { ok: true }),
                r#"{"ok":true}"#,
            ),
            (
                serde_json::to_string(&OkMessage {
                    ok: true,
                    msg: "m".to_owned(),
                }),
                r#"{"ok":true,"msg":"m"}"#,
            ),
            (
                serde_json::to_string(&OwnersAnswer::of(["admin", "eve"])),
                r#"{"users":[{"id":1,"login":"admin","name":null},{"id":2,"login":"eve","name":null}]}"#,
            ),
            (
                serde_json::to_string(&SearchAnswer {
                    crates: vec![FoundCrate {
                        name: "a".to_owned(),
                        max_version: "1.0.0".to_owned(),
                        description: None,
                    }],
                    meta: SearchMeta { total: 1 },
                }),
                r#"{"crates":[{"name":"a","max_version":"1.0.0","description":null}],"meta":{"total":1}}"#,
            ),
        ] {
            assert_eq!(answer.unwrap(), text);
        }
    }

    #[test]
    fn the_owners_request_of_cargo_is_read() {
        let request: OwnersRequest = serde_json::from_str(r#"{"users":["eve","bob"]}"#).unwrap();
        assert_eq!(request.users, ["eve", "bob"]);
    }
}
