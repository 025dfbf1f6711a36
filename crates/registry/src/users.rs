//! Users and teams come and go.
//!
//! Absent: who may say so, which the caller was asked before (`accounts.rs`).

use crate::federation::Federation;
use crate::ports::{Applied, Change};
use crate::refusal::Refusal;
use crossdock_core::account::{TeamName, UserName};
use crossdock_core::actor::Actor;
use crossdock_core::decision::{AccountDecision, Decision};
use crossdock_core::registry_name::RegistryName;
use tracing::info;

impl Federation {
    /// Makes somebody a user; one that is there stays as it is.
    ///
    /// # Errors
    /// [`Refusal`]: the store cannot.
    pub async fn add_user(&self, by: &Actor, user: &UserName) -> Result<UserName, Refusal> {
        let known = self.accounts.read().user(user).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let decision = AccountDecision::UserAdded { user: user.clone() };
        self.account(by, decision).await?;
        info!("added user `{user}`");
        let known = self.accounts.read().user(user).cloned();
        Ok(known.unwrap_or_else(|| user.clone()))
    }

    /// Removes a user, and every token and membership of theirs; what they own stays
    /// theirs should they be added again.
    ///
    /// # Errors
    /// [`Refusal`]: no such user, or the store cannot.
    pub async fn remove_user(&self, by: &Actor, user: &UserName) -> Result<(), Refusal> {
        self.known_user(user)?;
        let decision = AccountDecision::UserRemoved { user: user.clone() };
        self.account(by, decision).await?;
        info!("removed user `{user}`");
        Ok(())
    }

    /// Makes a team; one that is there stays as it is.
    ///
    /// # Errors
    /// [`Refusal`]: the store cannot.
    pub async fn make_team(&self, by: &Actor, team: &TeamName) -> Result<(), Refusal> {
        if self.accounts.read().team(team).is_some() {
            return Ok(());
        }
        let decision = AccountDecision::TeamMade { team: team.clone() };
        self.account(by, decision).await?;
        Ok(())
    }

    /// Removes a team; what it owned is owned by its other owners alone.
    ///
    /// # Errors
    /// [`Refusal`]: no such team, or the store cannot.
    pub async fn remove_team(&self, by: &Actor, team: &TeamName) -> Result<(), Refusal> {
        self.known_team(team)?;
        let decision = AccountDecision::TeamRemoved { team: team.clone() };
        self.account(by, decision).await?;
        Ok(())
    }

    /// Puts a user into a team, or takes one out; doing it twice is success.
    ///
    /// # Errors
    /// [`Refusal`]: no such team or user, or the store cannot.
    pub async fn set_member(
        &self,
        by: &Actor,
        team: &TeamName,
        user: &UserName,
        is_member: bool,
    ) -> Result<(), Refusal> {
        self.known_team(team)?;
        let user = self.known_user(user)?;
        let was = {
            let accounts = self.accounts.read();
            let members = accounts.team(team);
            members.is_some_and(|members| members.contains(&user))
        };
        if was == is_member {
            return Ok(());
        }
        let team = team.clone();
        let decision = match is_member {
            true => AccountDecision::TeamJoined { team, user },
            false => AccountDecision::TeamLeft { team, user },
        };
        self.account(by, decision).await?;
        Ok(())
    }

    /// Refuses an owner whom nobody is called, once there are users: before, names of
    /// owners were notes, and whoever is added under such a name later is the owner.
    pub(crate) fn known_owner(&self, owner: &Actor) -> Result<Actor, Refusal> {
        let accounts = self.accounts.read();
        if let Some(team) = TeamName::of(owner) {
            return match accounts.team(&team) {
                None if accounts.has_users() => Err(no_team(&team)),
                _ => Ok(owner.clone()),
            };
        }
        if !accounts.has_users() || *owner == Actor::admin() {
            return Ok(owner.clone());
        }
        let user = UserName::parse(owner.as_str()).map_err(Refusal::invalid)?;
        let known = accounts.user(&user).map(UserName::actor);
        known.ok_or_else(|| no_user(&user))
    }

    pub(crate) fn known_user(&self, user: &UserName) -> Result<UserName, Refusal> {
        let known = self.accounts.read().user(user).cloned();
        known.ok_or_else(|| no_user(user))
    }

    fn known_team(&self, team: &TeamName) -> Result<(), Refusal> {
        match self.accounts.read().team(team) {
            Some(_) => Ok(()),
            None => Err(no_team(team)),
        }
    }

    /// Records a decision about users, teams or tokens; nothing that is served changes.
    pub(crate) async fn account(
        &self,
        by: &Actor,
        decision: AccountDecision,
    ) -> Result<Applied, Refusal> {
        let change = Change::Decide {
            scope: RegistryName::server(),
            decision: Decision::Account(decision),
        };
        let recorded = self.record(by.clone(), vec![change]).await?;
        let mut applied = recorded.applied.into_iter();
        applied
            .next()
            .ok_or_else(|| Refusal::unavailable("the ledger did not say what became of it"))
    }
}

fn no_user(user: &UserName) -> Refusal {
    Refusal::invalid(format!(
        "nobody is called `{user}` here; an administrator adds users with `crossdock user add {user}`"
    ))
}

fn no_team(team: &TeamName) -> Refusal {
    Refusal::invalid(format!(
        "there is no team `{team}`; an administrator makes teams with `crossdock team add {team}`"
    ))
}
