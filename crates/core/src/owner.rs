//! Finds whose crate a name is, before and without asking anyone outside.
//!
//! The rules in their order (design of a view, "Finding the owner"): the owner on
//! record, the most specific claim, then what members have. The first two are
//! decided here alone; for the third this module says whom to ask, inside members
//! first, so that a private name is never asked for outside.
//!
//! Absent: what the asked members answered, which `merge.rs` weighs.

use crate::name::NameKey;
use crate::ownership::Ownership;
use crate::pattern::NamePattern;
use crate::policy::{Side, ViewPolicy};
use crate::registry_name::RegistryName;
use std::collections::BTreeSet;
use std::fmt;

/// Which rule made a member the owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// It is on record.
    Record,
    /// A claim gives the name to the member.
    Claim(NamePattern),
    /// The name is on record as shared, and a claim names one of those who share.
    ClaimSettles(NamePattern),
    /// No other inside member has it.
    OnlyInside,
    /// No inside member has it, and no other outside member.
    OnlyOutside,
    /// Several have it and it was declared to be one crate.
    SameCrate,
    /// Several have it; what they agree on is served.
    Agreed,
    /// A served row of the member names it, and nobody inside has it.
    Reference,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record => f.write_str("owner on record"),
            Self::Claim(pattern) => write!(f, "claim `{pattern}`"),
            Self::ClaimSettles(pattern) => write!(f, "claim `{pattern}` settles a shared name"),
            Self::OnlyInside => f.write_str("the only inside member that has it"),
            Self::OnlyOutside => {
                f.write_str("the only outside member that has it; nobody inside does")
            }
            Self::SameCrate => f.write_str("declared to be the same crate in several members"),
            Self::Agreed => f.write_str("several members have it; what they agree on is served"),
            Self::Reference => {
                f.write_str("named by a served row of this member; nobody inside has it")
            }
        }
    }
}

/// An owner that is known without asking what members have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Whose the name is.
    pub ownership: Ownership,
    /// By which rule.
    pub rule: Rule,
}

/// Finds the owner by record or claim.
///
/// A record outranks a claim: a claim that contradicts it is an error of the
/// settings, which `check` reports, and never a silent switch. Only a shared
/// record can be settled by claiming for one of those who share it.
pub fn known(policy: &ViewPolicy, name: &NameKey, record: Option<&Ownership>) -> Option<Known> {
    let claim = policy.claim(name);
    match (record, claim) {
        (Some(record), Some((pattern, member))) if record.owner().is_none() => {
            Some(match record.clone().settled(member.clone()) {
                Some(ownership) => Known {
                    ownership,
                    rule: Rule::ClaimSettles(pattern.clone()),
                },
                None => Known {
                    ownership: record.clone(),
                    rule: Rule::Record,
                },
            })
        }
        (Some(record), _) => Some(Known {
            ownership: record.clone(),
            rule: match record.owner() {
                None if policy.is_same_crate(name, record.members()) => Rule::SameCrate,
                _ => Rule::Record,
            },
        }),
        (None, Some((pattern, member))) => Some(Known {
            ownership: Ownership::sole(member.clone()),
            rule: Rule::Claim(pattern.clone()),
        }),
        (None, None) => None,
    }
}

/// Says whose a name is, once declarations that are newer than the record are heard.
///
/// A declaration that takes in all on record adds those it names: they were said to
/// have the same crate. What was shown before outlives whatever they contradict
/// (`shown.rs`), so that a declaration adds and never takes away. A claim outranks
/// declarations, and an owner that was settled among several stays.
pub fn extended(
    policy: &ViewPolicy,
    name: &NameKey,
    record: Option<Ownership>,
) -> Option<Ownership> {
    let record = record?;
    let is_settled = record.owner().is_some() && record.members().len() > 1;
    if is_settled || policy.claim(name).is_some() {
        return Some(record);
    }
    let sharing = policy.sharing(name, record.members().clone());
    if sharing.is_subset(record.members()) {
        return Some(record);
    }
    let heirs = record.heirs().clone();
    let all = record.members().union(&sharing).cloned().collect();
    Ownership::shared(all).map(|extended| extended.with_heirs(heirs))
}

/// Whom to ask for a name, in two steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Asked at once.
    pub first: Vec<RegistryName>,
    /// Asked only when all of the first are able to answer and have nothing.
    pub then: Vec<RegistryName>,
}

/// Says whom to ask for a name.
///
/// A known owner is asked alone. Otherwise the inside members are asked, and the
/// outside ones only for a name that nobody inside has. Outside members that were
/// declared to share the name with an inside one are asked at once: the declaration
/// says that the name is no secret from them.
pub fn whom_to_ask(policy: &ViewPolicy, name: &NameKey, record: Option<&Ownership>) -> Asked {
    if let Some(known) = known(policy, name, record) {
        return Asked {
            first: speakers(policy, name, &known.ownership)
                .into_iter()
                .collect(),
            then: Vec::new(),
        };
    }
    let shared_with =
        |inside: &RegistryName| policy.sharing(name, BTreeSet::from([inside.clone()]));
    let first: BTreeSet<_> = policy
        .eligible(Side::Inside, name)
        .flat_map(shared_with)
        .collect();
    let then = policy.eligible(Side::Outside, name);
    Asked {
        then: then
            .filter(|member| !first.contains(*member))
            .cloned()
            .collect(),
        first: first.into_iter().collect(),
    }
}

/// Lists the members whose releases are looked at: the owner, or all that share.
///
/// Where some who share are inside and others outside, the name is private and the
/// outside ones are left out; a declaration makes it public among those it names.
pub(crate) fn speakers(
    policy: &ViewPolicy,
    name: &NameKey,
    ownership: &Ownership,
) -> BTreeSet<RegistryName> {
    let all: BTreeSet<_> = ownership.speakers().cloned().collect();
    let private =
        all.iter().any(|member| policy.is_inside(member)) && !policy.is_same_crate(name, &all);
    all.into_iter()
        .filter(|member| !(private && is_outside(policy, member)))
        .collect()
}

/// Tells whether somebody is an outside member; who left the view is no member.
fn is_outside(policy: &ViewPolicy, member: &RegistryName) -> bool {
    policy
        .members
        .get(member)
        .is_some_and(|member| member.side == Side::Outside)
}

/// Finds whose crate a name is when a row of the view names it as `target`'s,
/// without asking anyone outside.
///
/// `holders` are the inside members that have the name. If there are none, the row
/// itself is evidence that `target` has a crate of this name; it decides alone if no
/// other outside member could have one too. Otherwise nothing is returned, and they
/// have to be asked: whoever names a crate first must not own it for that.
pub fn by_reference(
    policy: &ViewPolicy,
    name: &NameKey,
    target: &RegistryName,
    record: Option<&Ownership>,
    holders: &BTreeSet<RegistryName>,
) -> Option<Known> {
    if let Some(known) = known(policy, name, record) {
        return Some(known);
    }
    if let Some(ownership) = Ownership::shared(policy.sharing(name, holders.clone())) {
        let rule = match ownership.owner() {
            Some(_) => Rule::OnlyInside,
            None if policy.is_same_crate(name, ownership.members()) => Rule::SameCrate,
            None => Rule::Agreed,
        };
        return Some(Known { ownership, rule });
    }
    let sharing = policy.sharing(name, BTreeSet::from([target.clone()]));
    let mut outside = policy.eligible(Side::Outside, name).peekable();
    let alone = outside.peek().is_some()
        && !policy.is_inside(target)
        && outside.all(|member| sharing.contains(member));
    let ownership = Ownership::shared(sharing.clone()).filter(|_| alone)?;
    let rule = if ownership.owner().is_some() {
        Rule::Reference
    } else {
        Rule::SameCrate
    };
    Some(Known { ownership, rule })
}

/// Tells whether a name must not be sent to outside members.
///
/// Private is what is owned or claimed by an inside member, and what an inside
/// member has, unless a declaration shares the name between inside and outside.
pub fn is_private(
    policy: &ViewPolicy,
    name: &NameKey,
    record: Option<&Ownership>,
    holders: &BTreeSet<RegistryName>,
) -> bool {
    let inside_speaks = match known(policy, name, record) {
        Some(known) => known
            .ownership
            .speakers()
            // Whoever speaks and is no longer a member was not outside for certain.
            .any(|member| !is_outside(policy, member)),
        None => !holders.is_empty(),
    };
    let asked_first = whom_to_ask(policy, name, record).first;
    inside_speaks && !asked_first.iter().any(|member| is_outside(policy, member))
}
