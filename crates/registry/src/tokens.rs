//! Tokens are issued and revoked.
//!
//! The text of a token is made of randomness that the caller brings, and given out
//! once: what is recorded and held is its SHA-256.
//!
//! Absent: who may say so, which the caller was asked before (`accounts.rs`).

use crate::configuration::RegistryKind;
use crate::federation::Federation;
use crate::refusal::Refusal;
use crossdock_core::access::{Grant, Scope, TOKEN_RANDOM_BYTES, token_text};
use crossdock_core::account::{Token, UserName, token_id};
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::{AccountDecision, GRANTS_MAX, TokenIssued, Words};
use crossdock_core::timestamp::Timestamp;
use std::fmt;
use std::sync::Arc;
use tracing::info;

/// A token that somebody wants.
#[derive(Clone, Debug)]
pub struct TokenWish {
    /// Who will act by it.
    pub holder: Holder,
    /// What it may do; 1 to [`GRANTS_MAX`].
    pub grants: Vec<Grant>,
    /// The second from which on it does not count.
    pub expires: Option<Timestamp>,
    /// What it is for.
    pub label: Option<Words>,
}

/// Who acts by a token.
#[derive(Clone, Debug)]
pub enum Holder {
    /// A user of this server.
    User(UserName),
    /// Somebody for whom another one vouches, who must say until when.
    Vouched {
        /// The name that facts will carry; a user's only if it is that user's work.
        actor: Actor,
        /// On whose word: kept with the token.
        issuer: Words,
    },
}

/// A token that was issued: the one time that its text is there.
pub struct NewToken {
    /// The text, to be given out and forgotten.
    pub text: String,
    /// What is kept of it.
    pub token: Token,
}

impl fmt::Debug for NewToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NewToken").field(&self.token.id()).finish()
    }
}

impl Federation {
    /// Issues a token, made of `random`.
    ///
    /// # Errors
    /// [`Refusal`]: no such user or registry, a grant that means nothing there, a time
    /// that is over, or the store cannot.
    pub async fn issue_token(
        &self,
        by: &Actor,
        wish: TokenWish,
        random: [u8; TOKEN_RANDOM_BYTES],
    ) -> Result<NewToken, Refusal> {
        let unfit = || Refusal::unavailable("the randomness for the token is none");
        let text = token_text(&random).ok_or_else(unfit)?;
        let issued = self.admitted_token(wish, Checksum::of(text.as_bytes()))?;
        let (holder, digest) = (issued.holder.clone(), issued.digest);
        let decision = AccountDecision::TokenIssued(issued);
        self.account(by, decision).await?;
        let id = token_id(&digest);
        info!(token = %id, "issued token {id} of `{holder}`");
        let known = self
            .accounts
            .read()
            .token(&digest, self.ledger.now())
            .cloned();
        let token = known.map_err(|unfit| {
            Refusal::unavailable(format!("token {id} was issued, but {unfit} meanwhile"))
        })?;
        let token = Token::clone(&token);
        Ok(NewToken { text, token })
    }

    fn admitted_token(&self, wish: TokenWish, digest: Checksum) -> Result<TokenIssued, Refusal> {
        if !(1..=GRANTS_MAX).contains(&wish.grants.len()) {
            return Err(Refusal::invalid(format!(
                "a token has 1 to {GRANTS_MAX} grants, such as `read on main`"
            )));
        }
        for grant in &wish.grants {
            self.admit_grant(grant)?;
        }
        if wish.expires.is_some_and(|at| at <= self.ledger.now()) {
            return Err(Refusal::invalid("the token would have expired already"));
        }
        let (holder, issuer) = match wish.holder {
            Holder::User(user) => (self.known_user(&user)?.actor(), None),
            Holder::Vouched { .. } if wish.expires.is_none() => {
                return Err(Refusal::invalid(
                    "a token that somebody else vouches for must expire",
                ));
            }
            Holder::Vouched { actor, issuer } => (actor, Some(issuer)),
        };
        Ok(TokenIssued {
            digest,
            holder,
            grants: wish.grants,
            expires: wish.expires,
            label: wish.label,
            issuer,
        })
    }

    /// Refuses a grant that could never be used.
    fn admit_grant(&self, grant: &Grant) -> Result<(), Refusal> {
        let Some(place) = grant.place() else {
            return Ok(());
        };
        let changes = [
            Scope::PublishNew,
            Scope::PublishUpdate,
            Scope::Yank,
            Scope::Owners,
        ];
        let changed = changes.into_iter().find(|scope| grant.scopes().has(*scope));
        let configuration = &self.configuration;
        let what = match configuration.registries.get(place) {
            Some(registry) => match registry.kind {
                RegistryKind::Hosted { .. } => return Ok(()),
                RegistryKind::Mirror { .. } => "a mirror",
                RegistryKind::Directory => "a folder",
            },
            None if configuration.views.contains_key(place) => "a view",
            None => {
                return Err(Refusal::invalid(format!(
                    "there is no registry or view `{place}` to grant anything on"
                )));
            }
        };
        match changed {
            Some(scope) => Err(Refusal::invalid(format!(
                "`{place}` is {what}, so `{scope}` means nothing there; grant it on the hosted \
                 registry that has the crates"
            ))),
            None => Ok(()),
        }
    }

    /// Revokes a token by its short name; doing it twice is success.
    ///
    /// # Errors
    /// [`Refusal`]: no such token, or the store cannot.
    pub async fn revoke_token(&self, by: &Actor, id: &str) -> Result<Arc<Token>, Refusal> {
        let known = self.token_of(id);
        let known = known.ok_or_else(|| Refusal::absent(no_token(id)))?;
        if known.revoked.is_none() {
            let digest = known.issued.digest;
            self.account(by, AccountDecision::TokenRevoked { digest })
                .await?;
            info!(token = %known.id(), "revoked token {}", known.id());
        }
        self.token_of(id)
            .ok_or_else(|| Refusal::absent(no_token(id)))
    }

    /// Finds a token by its short name, whether or not it counts.
    pub fn token_of(&self, id: &str) -> Option<Arc<Token>> {
        let accounts = self.accounts.read();
        let mut tokens = accounts.tokens().into_iter();
        tokens.find(|token| token.id() == id).cloned()
    }
}

fn no_token(id: &str) -> String {
    let id = id.escape_debug();
    format!("there is no token `{id:.20}`; `crossdock token list` names them")
}
