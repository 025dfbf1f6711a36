//! Users, teams and tokens, as the decisions about them leave them.
//!
//! A user's name is one person's for ever: who was removed and is added again is the
//! same user, owner of the same crates, but none of the old tokens counts again. A token
//! is known by the SHA-256 of its text alone. It counts until it expires or is revoked,
//! and as long as its user is one; a token with an issuer needs no user, because whoever
//! vouched for its holder did so when it was issued. A token of nobody is revoked.
//!
//! The state is folded decision by decision, since there may be many tokens. Those that
//! were issued for minutes are forgotten a day after they ended; the facts stay.
//!
//! Absent: what a token may do (`access.rs`), and the last day of its use, which is
//! no decision.

mod name;

use crate::access::Standing;
use crate::actor::Actor;
use crate::checksum::Checksum;
use crate::decision::{AccountDecision, TokenIssued};
use crate::timestamp::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

pub use name::{NAME_BYTES_MAX, TeamName, UserName, UserNameError};

/// How long an ended token of an issuer is still told from one that never was.
const ENDED_KEPT_SECS: i64 = 24 * 3600;

/// After how many tokens those that ended long ago are looked for.
const SWEEP_EVERY: u32 = 1024;

/// All users, teams and tokens of an installation.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    users: BTreeMap<UserName, User>,
    teams: BTreeMap<TeamName, BTreeSet<UserName>>,
    tokens: HashMap<Checksum, Arc<Token>>,
    since_sweep: u32,
}

/// One user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User {
    /// When the user was first added.
    pub since: Timestamp,
    /// Whether the user counts; who was removed does not.
    pub is_there: bool,
}

/// One token, as far as it is kept: never its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it was issued as.
    pub issued: TokenIssued,
    /// When.
    pub since: Timestamp,
    /// By whom.
    pub by: Actor,
    /// When it was revoked, if it was; the removal of its user revokes it, too.
    pub revoked: Option<Timestamp>,
}

/// Why a token does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// No such token.
    #[error("is none of this server's")]
    Unknown,
    /// Its time is over.
    #[error("expired at {0}")]
    Expired(Timestamp),
    /// It was revoked, or its user removed.
    #[error("was revoked at {0}")]
    Revoked(Timestamp),
}

impl Token {
    /// Returns the short name of a token: the first 12 digits of its SHA-256, which tell
    /// nothing of its text.
    pub fn id(&self) -> String {
        token_id(&self.issued.digest)
    }

    /// Tells whether it counts at a time.
    ///
    /// # Errors
    /// [`Unfit`] says why it does not.
    pub fn fit(&self, now: Timestamp) -> Result<(), Unfit> {
        match (self.revoked, self.issued.expires) {
            (Some(at), _) => Err(Unfit::Revoked(at)),
            (None, Some(at)) if at <= now => Err(Unfit::Expired(at)),
            (None, _) => Ok(()),
        }
    }
}

/// Returns the short name of the token with this digest.
pub fn token_id(digest: &Checksum) -> String {
    let mut text = digest.to_string();
    text.truncate(12);
    text
}

impl Accounts {
    /// Learns the next decision, made by `by` at `time`.
    pub fn learn(&mut self, decision: &AccountDecision, by: &Actor, time: Timestamp) {
        match decision {
            AccountDecision::UserAdded { user } => {
                let known = self.users.entry(user.clone());
                let since = time;
                known
                    .or_insert(User {
                        since,
                        is_there: true,
                    })
                    .is_there = true;
            }
            AccountDecision::UserRemoved { user } => self.remove_user(user, time),
            AccountDecision::TeamMade { team } => {
                self.teams.entry(team.clone()).or_default();
            }
            AccountDecision::TeamRemoved { team } => {
                self.teams.remove(team);
            }
            AccountDecision::TeamJoined { team, user } => {
                if let Some(members) = self.teams.get_mut(team) {
                    members.insert(user.clone());
                }
            }
            AccountDecision::TeamLeft { team, user } => {
                if let Some(members) = self.teams.get_mut(team) {
                    members.remove(user);
                }
            }
            AccountDecision::TokenIssued(issued) => self.issue(issued, by, time),
            AccountDecision::TokenRevoked { digest } => {
                if let Some(token) = self.tokens.get_mut(digest) {
                    revoke(token, time);
                }
            }
        }
    }

    fn remove_user(&mut self, user: &UserName, time: Timestamp) {
        if let Some(known) = self.users.get_mut(user) {
            known.is_there = false;
        }
        self.teams.values_mut().for_each(|members| {
            members.remove(user);
        });
        for token in self.tokens.values_mut() {
            if token.issued.issuer.is_none() && user.is(&token.issued.holder) {
                revoke(token, time);
            }
        }
    }

    fn issue(&mut self, issued: &TokenIssued, by: &Actor, time: Timestamp) {
        let digest = issued.digest;
        // Somebody may have removed the user a moment before.
        let user = self.users.iter().find(|(user, _)| user.is(&issued.holder));
        let is_held = issued.issuer.is_some() || user.is_some_and(|(_, user)| user.is_there);
        let token = Token {
            issued: issued.clone(),
            since: time,
            by: by.clone(),
            revoked: (!is_held).then_some(time),
        };
        self.tokens.entry(digest).or_insert(Arc::new(token));
        self.since_sweep += 1;
        if self.since_sweep >= SWEEP_EVERY {
            self.since_sweep = 0;
            let is_kept = |token: &Token| match (&token.issued.issuer, token.issued.expires) {
                (Some(_), Some(at)) => at.unix_seconds() + ENDED_KEPT_SECS > time.unix_seconds(),
                _ => true,
            };
            self.tokens.retain(|_, token| is_kept(token));
        }
    }

    /// Finds the token with this digest, if it counts now.
    ///
    /// # Errors
    /// [`Unfit`] says why it does not count.
    pub fn token(&self, digest: &Checksum, now: Timestamp) -> Result<&Arc<Token>, Unfit> {
        let token = self.tokens.get(digest).ok_or(Unfit::Unknown)?;
        token.fit(now)?;
        Ok(token)
    }

    /// Finds a user that counts, however the name is spelled.
    pub fn user(&self, name: &UserName) -> Option<&UserName> {
        let (spelled, user) = self.users.get_key_value(name)?;
        user.is_there.then_some(spelled)
    }

    /// Lists all users who ever were, sorted by name.
    pub fn users(&self) -> impl Iterator<Item = (&UserName, &User)> {
        self.users.iter()
    }

    /// Tells whether anybody is a user here.
    pub fn has_users(&self) -> bool {
        self.users.values().any(|user| user.is_there)
    }

    /// Lists the members of a team, if there is one of that name.
    pub fn team(&self, team: &TeamName) -> Option<&BTreeSet<UserName>> {
        self.teams.get(team)
    }

    /// Lists the teams and their members, sorted.
    pub fn teams(&self) -> impl Iterator<Item = (&TeamName, &BTreeSet<UserName>)> {
        self.teams.iter()
    }

    /// Lists the tokens that are known, whether or not they count, oldest first.
    pub fn tokens(&self) -> Vec<&Arc<Token>> {
        let mut tokens: Vec<_> = self.tokens.values().collect();
        tokens.sort_by_key(|token| (token.since, token.issued.digest));
        tokens
    }

    /// Says how somebody stands to a crate with these owners.
    ///
    /// Owners on record from before there were users count as they are spelled: who is
    /// registered under such a name is the owner.
    pub fn standing(&self, holder: &Actor, owners: &[Actor]) -> Standing {
        let is_named = |owner: &Actor| {
            owner.as_str().eq_ignore_ascii_case(holder.as_str()) && TeamName::of(owner).is_none()
        };
        if owners.iter().any(is_named) {
            return Standing::Owner;
        }
        let in_team = |owner: &Actor| {
            let members = TeamName::of(owner).and_then(|team| self.teams.get(&team));
            members.is_some_and(|members| members.iter().any(|member| member.is(holder)))
        };
        match owners.iter().any(in_team) {
            true => Standing::InTeam,
            false => Standing::Stranger,
        }
    }
}

fn revoke(token: &mut Arc<Token>, time: Timestamp) {
    if token.revoked.is_none() {
        Arc::make_mut(token).revoked = Some(time);
    }
}

#[cfg(test)]
mod tests;
