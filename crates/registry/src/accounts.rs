//! Who asks, and whether they may: tokens as this node knows them.
//!
//! Users, teams and tokens are held in memory, folded from the decisions in the ledger;
//! what another node records is learnt with everything else (`follow.rs`). So a token is
//! known without asking anybody, which is what reading an index needs.
//!
//! Absent: what a grant allows, which `core::access` decides; changing users, teams and
//! tokens (`users.rs`, `tokens.rs`); how a request carries a token, which is the server's.

use crate::federation::Federation;
use crate::ports::{Applied, Change, Ledger, StoreError};
use crate::refusal::{Refusal, RefusalKind};
use crossdock_core::access::{self, Act, Denied, Scope, Standing};
use crossdock_core::account::{Accounts, TeamName, Token, Unfit, User, UserName};
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::{AccountDecision, Decision};
use crossdock_core::name::NameKey;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

/// Who asks for something, by which right.
#[derive(Clone, Debug)]
pub enum Bearer {
    /// May do everything: the bearer of the admin token.
    Trusted(Actor),
    /// May do what a token says.
    Token(Arc<Token>),
}

impl Bearer {
    /// The bearer of the admin token.
    pub fn admin() -> Self {
        Self::Trusted(Actor::admin())
    }

    /// Returns the name that facts carry.
    pub fn actor(&self) -> &Actor {
        match self {
            Self::Trusted(actor) => actor,
            Self::Token(token) => &token.issued.holder,
        }
    }

    /// Returns a word for people: who, and by which token.
    fn told(&self) -> String {
        match self {
            Self::Trusted(actor) => format!("`{actor}`"),
            Self::Token(token) => format!("token {} of `{}`", token.id(), token.issued.holder),
        }
    }
}

/// Users, teams and tokens in memory.
#[derive(Default)]
pub(crate) struct KnownAccounts {
    // Held for look-ups and for learning, never across an await.
    accounts: RwLock<Accounts>,
}

impl KnownAccounts {
    pub(crate) async fn load(ledger: &dyn Ledger) -> Result<Self, StoreError> {
        let known = Self::default();
        for made in ledger.decisions(&RegistryName::server(), 0).await? {
            if let Decision::Account(decision) = &made.decision {
                known.learn_made(decision, &made.actor, made.time);
            }
        }
        Ok(known)
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Accounts> {
        self.accounts.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns what an append recorded.
    pub(crate) fn learn(&self, actor: &Actor, changes: &[Change], applied: &[Applied]) {
        for (change, applied) in changes.iter().zip(applied) {
            if let (
                Change::Decide {
                    decision: Decision::Account(decision),
                    ..
                },
                Applied::Fact { time, .. },
            ) = (change, applied)
            {
                self.learn_made(decision, actor, *time);
            }
        }
    }

    /// Learns one decision, whoever made it; one that is known already changes nothing.
    pub(crate) fn learn_made(&self, decision: &AccountDecision, by: &Actor, time: Timestamp) {
        let mut accounts = self
            .accounts
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        accounts.learn(decision, by, time);
    }
}

impl Federation {
    /// Says whose a token is, if it counts now.
    ///
    /// # Errors
    /// [`Unfit`] says why it does not count.
    pub fn bearer(&self, token: &[u8]) -> Result<Bearer, Unfit> {
        let now = self.ledger.now();
        let accounts = self.accounts.read();
        let token = accounts.token(&Checksum::of(token), now)?;
        Ok(Bearer::Token(token.clone()))
    }

    /// Tells whether somebody may do a thing.
    ///
    /// # Errors
    /// [`Refusal`] says what is missing.
    pub fn allow(&self, bearer: &Bearer, act: Act<'_>) -> Result<(), Refusal> {
        let Bearer::Token(token) = bearer else {
            return Ok(());
        };
        access::decide(&token.issued.grants, act)
            .map_err(|denied| Refusal::new(RefusalKind::Forbidden, told(bearer, act, denied)))
    }

    /// Lists all users who ever were, sorted by name.
    pub fn users(&self) -> Vec<(UserName, User)> {
        let accounts = self.accounts.read();
        let users = accounts.users();
        users.map(|(name, user)| (name.clone(), *user)).collect()
    }

    /// Lists the teams and their members, sorted.
    pub fn teams(&self) -> Vec<(TeamName, BTreeSet<UserName>)> {
        let accounts = self.accounts.read();
        let teams = accounts.teams();
        teams
            .map(|(name, members)| (name.clone(), members.clone()))
            .collect()
    }

    /// Lists the tokens that are known, whether or not they count, oldest first.
    pub fn tokens(&self) -> Vec<Arc<Token>> {
        self.accounts.read().tokens().into_iter().cloned().collect()
    }

    /// Tells the time by the clock that tokens end by.
    pub fn now(&self) -> Timestamp {
        self.ledger.now()
    }

    /// Says how somebody stands to a crate with these owners.
    pub(crate) fn standing_to(&self, bearer: &Bearer, owners: &[Actor]) -> Standing {
        self.accounts.read().standing(bearer.actor(), owners)
    }

    /// Admits a publish by who publishes; tells whether the crate has to be new, so that
    /// the publisher does not become somebody else's co-author by being a moment late.
    pub(crate) async fn allow_publish(
        &self,
        bearer: &Bearer,
        registry: &RegistryName,
        name: &NameKey,
    ) -> Result<Owned, Refusal> {
        let Bearer::Token(_) = bearer else {
            return Ok(Owned::ByAnyone);
        };
        let krate = self.ledger.hosted(registry, name).await?;
        let Some(krate) = krate else {
            self.allow(bearer, Act::PublishNew(registry, name))?;
            return Ok(Owned::ByPublisher);
        };
        let standing = self.standing_to(bearer, &krate.owners);
        self.allow(bearer, Act::PublishUpdate(registry, name, standing))?;
        Ok(Owned::ByAnyone)
    }
}

/// Whose a crate must be when a release of it is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owned {
    /// That was looked at.
    ByAnyone,
    /// The publisher's, who is the first.
    ByPublisher,
}

/// Tells what somebody may not do, and what would help.
fn told(bearer: &Bearer, act: Act<'_>, denied: Denied) -> String {
    let who = bearer.told();
    let what = match act {
        Act::Read(place) => format!("read `{place}`"),
        Act::PublishNew(place, name) => format!("publish the new crate `{name}` in `{place}`"),
        Act::PublishUpdate(place, name, _) => format!("publish `{name}` in `{place}`"),
        Act::Yank(place, name, _) => format!("yank or unyank `{name}` in `{place}`"),
        Act::ChangeOwners(place, name, _) => format!("change the owners of `{name}` in `{place}`"),
        Act::Administer(place) => format!("decide anything for `{place}`"),
        Act::AdministerServer => "do what concerns the whole server".to_owned(),
    };
    match denied {
        Denied::NoGrant(scope) => {
            let place = match act {
                Act::Read(place)
                | Act::PublishNew(place, _)
                | Act::PublishUpdate(place, _, _)
                | Act::Yank(place, _, _)
                | Act::ChangeOwners(place, _, _)
                | Act::Administer(place) => format!(" on {place}"),
                Act::AdministerServer => String::new(),
            };
            let has = match bearer {
                Bearer::Token(token) => {
                    let grants = token.issued.grants.iter().map(ToString::to_string);
                    grants.collect::<Vec<_>>().join("; ")
                }
                Bearer::Trusted(_) => String::new(),
            };
            let needed = match scope {
                Scope::Admin => format!("admin{place}"),
                scope => format!("{scope}{place}"),
            };
            format!(
                "{who} may not {what}: it needs the grant `{needed}` and has: {has}; an \
                 administrator issues tokens with `crossdock token create`"
            )
        }
        Denied::NotOwner { team_is_enough } => {
            let whom = match team_is_enough {
                true => "neither an owner nor in a team that is one",
                false => "no owner by name",
            };
            format!(
                "{who} may not {what}: `{}` is {whom}; an owner lets others in with `cargo owner --add`",
                bearer.actor()
            )
        }
    }
}
