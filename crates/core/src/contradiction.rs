//! What a policy must not say after decisions that were taken by command.
//!
//! A settings file is read at every start and is older than some decisions; where it
//! says the opposite of one, it is refused instead of being half obeyed.
//!
//! Absent: claims that contradict what a view merely learned, which is told and
//! changes nothing (`owner.rs`).

use crate::decision::{Made, OwnerTurned, Turn};
use crate::name::NameKey;
use crate::ownership::Ownership;
use crate::pattern::NamePattern;
use crate::policy::ViewPolicy;
use crate::registry_name::RegistryName;
use std::collections::BTreeSet;
use std::fmt;

/// A line of the settings that says the opposite of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The decision.
    pub turned: OwnerTurned,
    /// Which kind it is.
    pub turn: Turn,
    /// What the settings say.
    pub says: Says,
}

/// What settings say against a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// A claim gives the name to somebody else.
    Claim(NamePattern, RegistryName),
    /// Who got the name is no member.
    NoMember,
    /// The two are declared to have the same crate.
    SameCrate,
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OwnerTurned { name, from, to } = &self.turned;
        match &self.says {
            Says::Claim(pattern, member) => {
                write!(f, "claim `{pattern}` gives `{name}` to `{member}`")?
            }
            Says::NoMember => write!(f, "`{to}` is no member")?,
            Says::SameCrate => write!(
                f,
                "`same-crate` declares `{name}` of `{from}` and `{to}` to be one"
            )?,
        }
        let how = match self.turn {
            Turn::Transferred => "transferred",
            Turn::Reassigned => "reassigned",
        };
        write!(
            f,
            ", but `{name}` was {how} from `{from}` to `{to}` by command"
        )
    }
}

/// Lists what a policy says against the decisions of its view.
pub fn contradictions(policy: &ViewPolicy, made: &[Made]) -> Vec<Contradiction> {
    let settled = OwnerTurned::settled(made).into_values();
    settled
        .flat_map(|(turned, turn)| {
            said_against(policy, turned, turn)
                .into_iter()
                .map(move |says| Contradiction {
                    turned: turned.clone(),
                    turn,
                    says,
                })
        })
        .collect()
}

/// Lists what a policy says, or would say, against one decision.
pub fn said_against(policy: &ViewPolicy, turned: &OwnerTurned, turn: Turn) -> Vec<Says> {
    let mut said = Vec::new();
    let claim = policy.claim(&turned.name);
    if let Some((pattern, member)) = claim.filter(|(_, member)| **member != turned.to) {
        said.push(Says::Claim(pattern.clone(), member.clone()));
    }
    if !policy.members.contains_key(&turned.to) {
        said.push(Says::NoMember);
    }
    let both = BTreeSet::from([turned.from.clone(), turned.to.clone()]);
    if turn == Turn::Reassigned && policy.is_same_crate(&turned.name, &both) {
        said.push(Says::SameCrate);
    }
    said
}

/// Finds the claim that contradicts whose a name is on record.
///
/// A claim for one of several who share a name settles it and contradicts nothing.
pub fn contradicted_by<'p>(
    policy: &'p ViewPolicy,
    name: &NameKey,
    record: &Ownership,
) -> Option<(&'p NamePattern, &'p RegistryName)> {
    policy
        .claim(name)
        .filter(|(_, member)| match record.owner() {
            Some(owner) => owner != *member,
            None => !record.members().contains(*member),
        })
}
