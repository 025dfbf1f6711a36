//! Settles which registry a dependency means when its release is uploaded.
//!
//! The crates.io identity is no evidence: from a setup in which a view replaces
//! crates.io, cargo writes it on everything. So it is resolved in the view that
//! the hosted registry names (`resolve-in`). Any other address is what it says.
//!
//! Absent: looking anything up. Whose a name is in a view was found before, from
//! records, claims and inside members alone; outside members are never asked for
//! a name that an upload mentions.

use crate::address::{Address, Place};
use crate::owner::{Known, Rule};
use crate::registry_name::RegistryName;
use crate::release::Target;

/// What a view knows of a name without asking outside.
#[derive(Clone, Debug)]
pub struct Standing<'k> {
    /// The view.
    pub view: &'k RegistryName,
    /// Whose the name is there, if it is known.
    pub known: Option<Known>,
    /// The member of that view that mirrors crates.io.
    pub crates_io: Option<&'k RegistryName>,
}

/// Why a dependency's registry cannot be settled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettleError {
    /// Several inside members have the name.
    #[error(
        "dependency `{name}` could be of {members}; say which in the settings: [views.{view}] claims = {{ {name} = \"{first}\" }}"
    )]
    Several {
        /// The dependency.
        name: String,
        /// The view in which it was looked up.
        view: RegistryName,
        /// Who has it.
        members: String,
        /// The first of them, as an example.
        first: RegistryName,
    },
    /// The address is a view's, and the view does not know the name.
    #[error(
        "dependency `{name}` is addressed to view `{view}`, which knows no such crate; publish it first"
    )]
    Unknown {
        /// The dependency.
        name: String,
        /// The view.
        view: RegistryName,
    },
    /// The address is at our origin, but no registry or view is there.
    #[error(
        "dependency `{name}` is addressed to {address}, where this server has no registry or view"
    )]
    Nowhere {
        /// The dependency.
        name: String,
        /// The address.
        address: Address,
    },
}

/// Settles the target of a dependency uploaded to `registry`.
///
/// `standing` is what is known of the name in the view that `place` names, or,
/// for crates.io, in the view of `resolve-in`; nothing where there is no such view.
///
/// # Errors
/// [`SettleError`] with the cure.
pub fn settle(
    name: &str,
    registry: &RegistryName,
    place: Place,
    standing: Option<&Standing<'_>>,
) -> Result<Target, SettleError> {
    match place {
        Place::Registry(other) | Place::Face { member: other, .. } => Ok(of(registry, &other)),
        Place::Elsewhere(address) => Ok(Target::Elsewhere(address)),
        Place::Nowhere(address) => Err(SettleError::Nowhere {
            name: name.to_owned(),
            address,
        }),
        Place::CratesIo => match standing
            .and_then(|standing| standing.known.as_ref().map(|known| (standing, known)))
        {
            Some((standing, known)) => spoken_for(name, registry, standing, known),
            None => Ok(Target::CratesIo),
        },
        Place::View(view) => match standing
            .and_then(|standing| standing.known.as_ref().map(|known| (standing, known)))
        {
            Some((standing, known)) => spoken_for(name, registry, standing, known),
            None => Err(SettleError::Unknown {
                name: name.to_owned(),
                view,
            }),
        },
    }
}

fn spoken_for(
    name: &str,
    registry: &RegistryName,
    standing: &Standing<'_>,
    known: &Known,
) -> Result<Target, SettleError> {
    let members: Vec<&RegistryName> = known.ownership.speakers().collect();
    match members.as_slice() {
        [owner] if Some(*owner) == standing.crates_io => Ok(Target::CratesIo),
        [owner] => Ok(of(registry, owner)),
        // Shared, and we are one of those who share: our own is meant.
        several if several.contains(&registry) => Ok(Target::Own),
        // Declared to be one crate: whichever is named, the same is meant.
        [first, ..] if known.rule == Rule::SameCrate => Ok(of(registry, first)),
        several => Err(SettleError::Several {
            name: name.to_owned(),
            view: standing.view.clone(),
            members: several
                .iter()
                .map(|member| format!("`{member}`"))
                .collect::<Vec<_>>()
                .join(", "),
            first: (*several.first().unwrap_or(&registry)).clone(),
        }),
    }
}

fn of(registry: &RegistryName, other: &RegistryName) -> Target {
    if other == registry {
        Target::Own
    } else {
        Target::Registry(other.clone())
    }
}
