//! Who may do what: grants held against an act.
//!
//! A token carries grants; a grant is some scopes on one registry or view, or on all,
//! for some crates or for all. Whether a token may do a thing is decided here and
//! nowhere else, from the grants, the thing, and how the token's holder stands to the
//! crate. No grant takes away what another one gives.
//!
//! A view's faces and epochs are read as the view is. Whoever may change something in a
//! registry may read it: cargo looks a crate up before it uploads.
//!
//! Absent: whose token it is and whether it still counts (`account.rs`), and what a
//! registry or view shows without any token, which its settings say.

mod grant;
mod scope;
mod secret;

use crate::name::NameKey;
use crate::registry_name::RegistryName;

pub use grant::{CRATES_MAX, Grant, GrantError, Owners};
pub use scope::{Scope, Scopes};
pub use secret::{TOKEN_PREFIX, TOKEN_RANDOM_BYTES, is_token, token_text};

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act<'a> {
    /// See what a registry or view shows: rows, archives, answers to questions.
    Read(&'a RegistryName),
    /// Bring a crate into a hosted registry that has none of its name.
    PublishNew(&'a RegistryName, &'a NameKey),
    /// Bring another release, or another build, of a crate that a registry has.
    PublishUpdate(&'a RegistryName, &'a NameKey, Standing),
    /// Yank a release, or take that back.
    Yank(&'a RegistryName, &'a NameKey, Standing),
    /// Change the owners of a crate.
    ChangeOwners(&'a RegistryName, &'a NameKey, Standing),
    /// Decide something for a registry or view, such as a freeze or an approval.
    Administer(&'a RegistryName),
    /// What concerns the whole server, such as users and tokens.
    AdministerServer,
}

/// How a token's holder stands to a crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// No owner of it.
    Stranger,
    /// In a team that owns it: may publish and yank, but not say who owns it, which is
    /// what crates.io lets teams do.
    InTeam,
    /// An owner by name.
    Owner,
}

/// Why an act is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// No grant has the scope for this place and crate.
    NoGrant(Scope),
    /// A grant has it, but for owners, and the holder is none.
    NotOwner {
        /// Whether being in a team that owns the crate would be enough.
        team_is_enough: bool,
    },
}

/// Tells whether grants allow an act.
///
/// # Errors
/// [`Denied`] says what is missing.
pub fn decide(grants: &[Grant], act: Act<'_>) -> Result<(), Denied> {
    match act {
        Act::Read(place) => grants
            .iter()
            .any(|grant| grant.is_on(place))
            .then_some(())
            .ok_or(Denied::NoGrant(Scope::Read)),
        Act::PublishNew(place, name) => {
            of_crate(grants, Scope::PublishNew, place, name).map(|_| ())
        }
        Act::PublishUpdate(place, name, standing) => {
            let owners = of_crate(grants, Scope::PublishUpdate, place, name)?;
            stands(owners, standing, Standing::InTeam)
        }
        Act::Yank(place, name, standing) => {
            let owners = of_crate(grants, Scope::Yank, place, name)?;
            stands(owners, standing, Standing::InTeam)
        }
        Act::ChangeOwners(place, name, standing) => {
            let owners = of_crate(grants, Scope::Owners, place, name)?;
            stands(owners, standing, Standing::Owner)
        }
        Act::Administer(place) => grants
            .iter()
            .any(|grant| grant.administers() && grant.is_on(place))
            .then_some(())
            .ok_or(Denied::NoGrant(Scope::Admin)),
        Act::AdministerServer => grants
            .iter()
            .any(|grant| grant.administers() && grant.place().is_none())
            .then_some(())
            .ok_or(Denied::NoGrant(Scope::Admin)),
    }
}

/// Finds the widest grant of a scope for a crate: whose crates it is for.
fn of_crate(
    grants: &[Grant],
    scope: Scope,
    place: &RegistryName,
    name: &NameKey,
) -> Result<Owners, Denied> {
    let fitting = grants
        .iter()
        .filter(|grant| grant.is_on(place) && grant.is_for(name));
    let owners = fitting.filter_map(|grant| grant.owners_for(scope));
    owners.max().ok_or(Denied::NoGrant(scope))
}

fn stands(owners: Owners, standing: Standing, needed: Standing) -> Result<(), Denied> {
    if owners == Owners::Anyone || standing >= needed {
        Ok(())
    } else {
        let team_is_enough = needed == Standing::InTeam;
        Err(Denied::NotOwner { team_is_enough })
    }
}
