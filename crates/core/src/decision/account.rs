//! Decisions about users, teams and tokens. Their scope is the server itself.
//!
//! A token's text is in none of them: the SHA-256 of it is, which nobody can show.

use super::Words;
use crate::access::Grant;
use crate::account::{TeamName, UserName};
use crate::actor::Actor;
use crate::checksum::Checksum;
use crate::fact::{FactError, Fields, Lines};
use crate::timestamp::Timestamp;

/// Most grants of a token: with the most patterns each, a fact stays within its length.
pub const GRANTS_MAX: usize = 10;

/// Something about users, teams or tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountDecision {
    /// Somebody is a user, for the first time or again.
    UserAdded {
        /// The name; its first spelling stays.
        user: UserName,
    },
    /// Somebody is no user any more: none of the tokens counts, and no team has them.
    UserRemoved {
        /// The name.
        user: UserName,
    },
    /// There is a team, without members at first.
    TeamMade {
        /// The name.
        team: TeamName,
    },
    /// There is a team no more; what it owned is owned by who owned it besides.
    TeamRemoved {
        /// The name.
        team: TeamName,
    },
    /// A user is in a team.
    TeamJoined {
        /// The team.
        team: TeamName,
        /// The user.
        user: UserName,
    },
    /// A user is in a team no more.
    TeamLeft {
        /// The team.
        team: TeamName,
        /// The user.
        user: UserName,
    },
    /// There is a token.
    TokenIssued(TokenIssued),
    /// A token counts no more.
    TokenRevoked {
        /// SHA-256 of its text.
        digest: Checksum,
    },
}

/// A token as it is issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenIssued {
    /// SHA-256 of its text.
    pub digest: Checksum,
    /// Who acts by it: a user, or whom an issuer vouches for.
    pub holder: Actor,
    /// What it may do; 1 to [`GRANTS_MAX`].
    pub grants: Vec<Grant>,
    /// The second from which on it does not count; without one it counts until it is
    /// revoked.
    pub expires: Option<Timestamp>,
    /// What it is for, in the words of who wanted it.
    pub label: Option<Words>,
    /// On whose word it was issued, such as a workflow of a forge, if it was not a
    /// person's of this server.
    pub issuer: Option<Words>,
}

impl AccountDecision {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::UserAdded { .. } => "user-added",
            Self::UserRemoved { .. } => "user-removed",
            Self::TeamMade { .. } => "team-made",
            Self::TeamRemoved { .. } => "team-removed",
            Self::TeamJoined { .. } => "team-joined",
            Self::TeamLeft { .. } => "team-left",
            Self::TokenIssued(_) => "token-issued",
            Self::TokenRevoked { .. } => "token-revoked",
        }
    }

    pub(super) fn once(&self) -> Option<String> {
        match self {
            Self::TokenIssued(issued) => Some(format!("token {}", issued.digest)),
            _ => None,
        }
    }

    pub(super) fn write(&self, lines: &mut Lines) {
        match self {
            Self::UserAdded { user } | Self::UserRemoved { user } => lines.field("user", user),
            Self::TeamMade { team } | Self::TeamRemoved { team } => lines.field("team", team),
            Self::TeamJoined { team, user } | Self::TeamLeft { team, user } => {
                lines.field("team", team);
                lines.field("user", user);
            }
            Self::TokenIssued(issued) => issued.write(lines),
            Self::TokenRevoked { digest } => lines.field("token", digest),
        }
    }

    /// Reads the fields of a decision of this kind; of no kind of this area is nothing.
    pub(super) fn read(kind: &str, fields: &mut Fields<'_>) -> Option<Result<Self, FactError>> {
        let read: fn(&mut Fields<'_>) -> Result<Self, FactError> = match kind {
            "user-added" => |fields| {
                Ok(Self::UserAdded {
                    user: fields.parsed("user")?,
                })
            },
            "user-removed" => |fields| {
                Ok(Self::UserRemoved {
                    user: fields.parsed("user")?,
                })
            },
            "team-made" => |fields| {
                Ok(Self::TeamMade {
                    team: fields.parsed("team")?,
                })
            },
            "team-removed" => |fields| {
                Ok(Self::TeamRemoved {
                    team: fields.parsed("team")?,
                })
            },
            "team-joined" => |fields| {
                let (team, user) = membership(fields)?;
                Ok(Self::TeamJoined { team, user })
            },
            "team-left" => |fields| {
                let (team, user) = membership(fields)?;
                Ok(Self::TeamLeft { team, user })
            },
            "token-issued" => |fields| TokenIssued::read(fields).map(Self::TokenIssued),
            "token-revoked" => |fields| {
                let digest = fields.parsed("token")?;
                Ok(Self::TokenRevoked { digest })
            },
            _ => return None,
        };
        Some(read(fields))
    }
}

impl TokenIssued {
    fn write(&self, lines: &mut Lines) {
        lines.field("token", self.digest);
        lines.field("holder", &self.holder);
        self.grants
            .iter()
            .for_each(|grant| lines.field("grant", grant));
        let optional = |key: &str, value: Option<String>, lines: &mut Lines| {
            value.into_iter().for_each(|value| lines.field(key, value));
        };
        optional("expires", self.expires.map(|at| at.to_string()), lines);
        optional("label", self.label.as_ref().map(Words::to_string), lines);
        optional("issuer", self.issuer.as_ref().map(Words::to_string), lines);
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, FactError> {
        let digest = fields.parsed("token")?;
        let holder = fields.value("holder", |text| Actor::parse(text).ok())?;
        let grants = fields.repeated("grant", |text| text.parse().ok())?;
        if !(1..=GRANTS_MAX).contains(&grants.len()) {
            return Err(FactError::Field("grant".to_owned()));
        }
        Ok(Self {
            digest,
            holder,
            grants,
            expires: at_most_one(fields, "expires", |text| Timestamp::parse(text).ok())?,
            label: at_most_one(fields, "label", |text| Words::parse(text).ok())?,
            issuer: at_most_one(fields, "issuer", |text| Words::parse(text).ok())?,
        })
    }
}

fn membership(fields: &mut Fields<'_>) -> Result<(TeamName, UserName), FactError> {
    Ok((fields.parsed("team")?, fields.parsed("user")?))
}

/// Takes a field that may be missing; a second one is left, and then refused.
fn at_most_one<T>(
    fields: &mut Fields<'_>,
    key: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, FactError> {
    match fields.next(key) {
        None => Ok(None),
        Some(text) => parse(text)
            .map(Some)
            .ok_or_else(|| FactError::Field(key.to_owned())),
    }
}
