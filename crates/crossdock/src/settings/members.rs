//! `members` of a view: who takes part, limited to what, on which side.
//!
//! Absent: registries themselves (`registries.rs`), what a view makes of members
//! (`views.rs`).

use super::claims::{listed, patterns};
use super::fault::Faults;
use super::registries::named;
use super::section::{Item, Section, nearest};
use super::views::Registries;
use crossdock_core::policy::{Member, MemberKind, Side};
use crossdock_core::registry_name::RegistryName;
use std::collections::BTreeMap;
use std::ops::Range;

/// Reads the members of the view that people know as `view`.
pub(super) fn read(
    item: Option<Item<'_>>,
    view: &str,
    place: Range<usize>,
    registries: &Registries,
    faults: &mut Faults,
) -> BTreeMap<RegistryName, Member> {
    let mut members = BTreeMap::new();
    let Some(item) = item else {
        faults.note(
            format!("{view} has no members"),
            place,
            "a view shows what its members have",
            "write members = [\"acme\", \"crates-io\"]",
        );
        return members;
    };
    let place = item.place();
    let elements = item.array(faults);
    if elements.as_ref().is_some_and(Vec::is_empty) {
        faults.note(
            format!("{view} has no members"),
            place,
            "a view shows what its members have",
            "write members = [\"acme\", \"crates-io\"], or take the view out",
        );
    }
    for element in elements.unwrap_or_default() {
        let Some((name, member)) = read_one(&element, registries, faults) else {
            continue;
        };
        if member.kind == MemberKind::CratesIo
            && members
                .values()
                .any(|other: &Member| other.kind == member.kind)
        {
            faults.note(
                format!("{view} has two mirrors of crates.io"),
                element.place(),
                "both would speak for the one crates.io identity",
                "keep one of them",
            );
        }
        if members.insert(name.clone(), member).is_some() {
            faults.note(
                format!("`{name}` is listed twice in the members of {view}"),
                element.place(),
                "the second entry would replace the first",
                "keep one of them",
            );
        }
    }
    members
}

fn read_one(
    element: &Item<'_>,
    registries: &Registries,
    faults: &mut Faults,
) -> Option<(RegistryName, Member)> {
    if let toml::de::DeValue::String(_) = element.value.get_ref() {
        let (name, kind) = known(element, registries, faults)?;
        return Some((name, member(kind, None, None)));
    }
    let mut section = Section::new("a member", element.place(), element.table(faults)?);
    let (name, only, side) = (
        section.take("name"),
        section.take("only"),
        section.take("side"),
    );
    // Read by `overlays.rs`.
    section.take("overlay");
    section.finish(faults);
    let limit = only.map(|item| {
        let place = item.place();
        let patterns = patterns(Some(item), faults);
        if patterns.is_empty() {
            faults.note(
                "`only` of a member names nothing",
                place,
                "a member limited to nothing takes no part",
                "list the names it may have, or take the member out",
            );
        }
        patterns
    });
    let side = side.and_then(|item| match item.text(faults)? {
        "inside" => Some(Side::Inside),
        "outside" => Some(Side::Outside),
        _ => item.expected("\"inside\" or \"outside\"", faults),
    });
    let Some(name) = name else {
        return element.expected("a member with a `name`", faults);
    };
    let (name, kind) = known(&name, registries, faults)?;
    Some((name, member(kind, side, limit)))
}

/// Hosted registries and folders are inside and mirrors outside unless it is said otherwise.
fn member(
    kind: MemberKind,
    side: Option<Side>,
    only: Option<std::collections::BTreeSet<crossdock_core::pattern::NamePattern>>,
) -> Member {
    let by_kind = match kind {
        MemberKind::Hosted | MemberKind::Directory => Side::Inside,
        MemberKind::CratesIo | MemberKind::Mirror => Side::Outside,
    };
    Member {
        side: side.unwrap_or(by_kind),
        kind,
        only,
    }
}

/// Reads the name of a registry there is.
fn known(
    item: &Item<'_>,
    registries: &Registries,
    faults: &mut Faults,
) -> Option<(RegistryName, MemberKind)> {
    let name = named(item, faults)?.into_inner();
    let Some(registry) = registries.get(&name) else {
        let known: Vec<_> = registries.keys().map(RegistryName::as_str).collect();
        let cure = match nearest(name.as_str(), &known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => listed("registries", &known),
        };
        faults.note(
            format!("member `{name}` is no registry"),
            item.place(),
            format!("there is no [registries.{name}]"),
            cure,
        );
        return None;
    };
    let kind = match registry.get_ref() {
        draft if draft.is_crates_io() => MemberKind::CratesIo,
        draft if draft.mirror.is_some() => MemberKind::Mirror,
        draft if draft.directory.is_some() => MemberKind::Directory,
        _ => MemberKind::Hosted,
    };
    Some((name, kind))
}
