//! What a view says of names: `claims`, `same-crate`, and patterns of names.
//!
//! Absent: what follows from a claim.

use super::fault::Faults;
use super::registries::named;
use super::section::{Item, Section};
use crossdock_core::overlay::Overlays;
use crossdock_core::pattern::NamePattern;
use crossdock_core::policy::{Member, SameCrate};
use crossdock_core::registry_name::RegistryName;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Reads `claims`: names given to members.
pub(super) fn claims(
    item: Option<Item<'_>>,
    members: &BTreeMap<RegistryName, Member>,
    overlays: &Overlays,
    faults: &mut Faults,
) -> BTreeMap<NamePattern, RegistryName> {
    let (mut claims, mut places) = (BTreeMap::new(), BTreeMap::new());
    let Some(table) = item.and_then(|item| item.table(faults)) else {
        return claims;
    };
    for (key, value) in table {
        let item = Item {
            title: format!("the claim on `{}`", key.get_ref()),
            key: key.span(),
            value,
        };
        let pattern = pattern(key.get_ref(), key.span(), faults);
        let member = member_of(&item, members, faults);
        let (Some(pattern), Some(member)) = (pattern, member) else {
            continue;
        };
        places.insert(pattern.clone(), key.span());
        if let Some(other) = claims.insert(pattern.clone(), member) {
            faults.note(
                format!("`{pattern}` is claimed twice"),
                key.span(),
                format!("in another spelling it is claimed for `{other}`"),
                "names are compared without regard to case and `-` or `_`; keep one claim",
            );
        }
    }
    for (pattern, member) in &claims {
        if let Some(name) = overlaid(&claims, pattern, member, overlays)
            && let Some(place) = places.get(pattern)
        {
            faults.note(
                format!("`{name}` is claimed for its overlay"),
                place.clone(),
                format!("`{member}` has overlay = [\"{name}\"], and an overlay never owns what it patches"),
                format!("claim it for the member whose crate is patched, or take it out of `overlay` of `{member}`"),
            );
        }
    }
    claims
}

/// Finds names that a claim gives to a member that overlays them.
fn overlaid<'c>(
    claims: &'c BTreeMap<NamePattern, RegistryName>,
    claim: &'c NamePattern,
    member: &RegistryName,
    overlays: &'c Overlays,
) -> Option<&'c NamePattern> {
    let (_, patterns) = overlays.iter().find(|(overlay, _)| *overlay == member)?;
    patterns.iter().find(|patched| {
        let both = if claim.includes(patched) {
            patched
        } else if patched.includes(claim) {
            claim
        } else {
            return false;
        };
        // The most specific claim decides; it stands first.
        claims.keys().find(|one| one.includes(both)) == Some(claim)
    })
}

/// Reads `same-crate`: names that are one crate in several members.
pub(super) fn same_crates(
    item: Option<Item<'_>>,
    members: &BTreeMap<RegistryName, Member>,
    faults: &mut Faults,
) -> Vec<SameCrate> {
    let declarations = item.and_then(|item| item.array(faults)).unwrap_or_default();
    let mut declared = Vec::new();
    for item in declarations {
        let Some(table) = item.table(faults) else {
            continue;
        };
        let mut section = Section::new("an entry of same-crate", item.place(), table);
        let names = patterns(section.take("names"), faults);
        let sharing = section.take("members");
        section.finish(faults);
        let said = sharing
            .and_then(|item| item.array(faults))
            .unwrap_or_default();
        let sharing: BTreeSet<RegistryName> = said
            .iter()
            .filter_map(|item| member_of(item, members, faults))
            .collect();
        if names.is_empty() || said.len() < 2 {
            faults.note(
                "an entry of same-crate needs names and at least two members",
                item.place(),
                "it declares that these names are one crate in all of these members",
                "write { names = [\"petal\"], members = [\"a\", \"b\"] }",
            );
        }
        declared.push(SameCrate {
            names,
            members: sharing,
        });
    }
    declared
}

/// Reads an array of name patterns.
pub(super) fn patterns(item: Option<Item<'_>>, faults: &mut Faults) -> BTreeSet<NamePattern> {
    let elements = item.and_then(|item| item.array(faults)).unwrap_or_default();
    elements
        .iter()
        .filter_map(|item| pattern(item.text(faults)?, item.place(), faults))
        .collect()
}

fn pattern(text: &str, place: Range<usize>, faults: &mut Faults) -> Option<NamePattern> {
    NamePattern::parse(text)
        .map_err(|error| {
            faults.note(
                error.to_string(),
                place,
                "patterns stand for crate names",
                "write \"petal\" for one crate, \"acme-*\" for all that begin so",
            );
        })
        .ok()
}

/// Reads the name of a member of the view.
pub(super) fn member_of(
    item: &Item<'_>,
    members: &BTreeMap<RegistryName, Member>,
    faults: &mut Faults,
) -> Option<RegistryName> {
    let said = named(item, faults)?.into_inner();
    if members.contains_key(&said) {
        return Some(said);
    }
    let known: Vec<_> = members.keys().map(RegistryName::as_str).collect();
    faults.note(
        format!("{} names no member of this view", item.title),
        item.place(),
        format!("`{said}` is not among its members"),
        listed("members", &known),
    );
    None
}

/// Lists what could have been said.
pub(super) fn listed(what: &str, known: &[&str]) -> String {
    match known {
        [] => format!("there are no {what} yet"),
        known => format!("{what} are: {}", known.join(", ")),
    }
}
