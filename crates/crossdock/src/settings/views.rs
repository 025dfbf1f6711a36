//! `[views.NAME]`: federations of registries, as the policy that `core` decides by.
//!
//! Members go into a map: the order in which a file lists them is gone before
//! anyone could decide by it. Who may read a view is never wider than who may read
//! its strictest member.
//!
//! Absent: what a view says of names (`claims.rs`), what follows from a policy.

use super::access::Access;
use super::claims::{claims, listed, member_of, same_crates};
use super::fault::Faults;
use super::gates::gates;
use super::members;
use super::registries::{RegistryDraft, name};
use super::section::{Item, Section};
use crossdock_core::policy::{Identity, Member, MemberKind, Side, ViewPolicy};
use crossdock_core::registry_name::RegistryName;
use std::collections::BTreeMap;
use toml::Spanned;

/// What one view is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ViewSettings {
    /// The how-maniest of the file it is, from 0.
    pub(crate) place: usize,
    /// What the federation decides by.
    pub(crate) policy: ViewPolicy,
    /// Who may read it.
    pub(crate) read: Access,
}

/// The registries that views are made of.
pub(super) type Registries = BTreeMap<RegistryName, Spanned<RegistryDraft>>;

/// Reads all views.
pub(super) fn read(
    item: Option<Item<'_>>,
    registries: &Registries,
    access: Access,
    faults: &mut Faults,
) -> BTreeMap<RegistryName, ViewSettings> {
    let mut views = BTreeMap::new();
    let Some(table) = item.and_then(|item| item.table(faults)) else {
        return views;
    };
    for (key, value) in table {
        let Some(view) = name(key.get_ref(), key.span(), faults) else {
            continue;
        };
        if registries.contains_key(&view) {
            faults.note(
                format!("`{view}` is both a registry and a view"),
                key.span(),
                "both would be served under one address",
                "give one of them another name",
            );
        }
        let title = format!("[views.{view}]");
        let item = Item {
            title: title.clone(),
            key: key.span(),
            value,
        };
        if let Some(table) = item.table(faults) {
            let section = Section::new(title, key.span(), table);
            let settings = read_one(&view, section, registries, access, faults);
            views.insert(view, settings);
        }
    }
    number(&mut views);
    views
}

/// Replaces places in the file by their order.
fn number(views: &mut BTreeMap<RegistryName, ViewSettings>) {
    let mut in_order: Vec<_> = views.values_mut().collect();
    in_order.sort_by_key(|view| view.place);
    for (rank, view) in in_order.into_iter().enumerate() {
        view.place = rank;
    }
}

fn read_one(
    view: &RegistryName,
    mut section: Section<'_>,
    registries: &Registries,
    access: Access,
    faults: &mut Faults,
) -> ViewSettings {
    let (title, place) = section.place();
    let (title, start) = (title.to_owned(), place.start);
    let members = members::read(section.take("members"), &title, place, registries, faults);
    let overlays = super::overlays::read(section.take("members"), &members, faults);
    let policy = ViewPolicy {
        view: view.clone(),
        identity: identity(section.take("identity"), &members, faults),
        claims: claims(section.take("claims"), &members, &overlays, faults),
        same_crate: same_crates(section.take("same-crate"), &members, faults),
        publish_to: publish_to(section.take("publish-to"), &members, faults),
        aliases: super::aliases::read(section.take("aliases"), faults),
        gates: gates(section.take("gates"), &members, faults),
        overlays,
        members,
    };
    if let Some(item) = section.foreign("closed") {
        faults.note(
            format!("{} belongs to its gates", item.title),
            item.key,
            "a closed view stops what depends on others: that is a gate, with its mode and effect",
            format!("write closed = true in [views.{view}.gates]"),
        );
    }
    let said = super::access::read(&mut section, faults);
    section.finish(faults);
    ViewSettings {
        place: start,
        read: read_by(said, &policy.members, registries, access, faults),
        policy,
    }
}

fn identity(
    item: Option<Item<'_>>,
    members: &BTreeMap<RegistryName, Member>,
    faults: &mut Faults,
) -> Identity {
    let has_crates_io = members
        .values()
        .any(|member| member.kind == MemberKind::CratesIo);
    let default = match has_crates_io {
        true => Identity::CratesIo,
        false => Identity::Split,
    };
    let Some(item) = item else {
        return default;
    };
    match item.text(faults) {
        Some("split") => Identity::Split,
        Some("crates-io") if has_crates_io => Identity::CratesIo,
        Some("crates-io") => {
            faults.note(
                format!("{} needs a mirror of crates.io", item.title),
                item.place(),
                "no member of this view mirrors crates.io, so no client may take it for crates.io",
                "add a member with mirror = \"crates-io\", or write identity = \"split\"",
            );
            default
        }
        Some(_) => item
            .expected("\"crates-io\" or \"split\"", faults)
            .unwrap_or(default),
        None => default,
    }
}

fn publish_to(
    item: Option<Item<'_>>,
    members: &BTreeMap<RegistryName, Member>,
    faults: &mut Faults,
) -> Option<RegistryName> {
    let item = item?;
    let target = member_of(&item, members, faults)?;
    if members.get(&target)?.kind == MemberKind::Hosted {
        return Some(target);
    }
    faults.note(
        format!("{} must be a hosted registry", item.title),
        item.place(),
        format!("`{target}` is a mirror or a folder: nothing is published to it here"),
        listed(
            "hosted members",
            &members
                .iter()
                .filter(|(_, member)| member.kind == MemberKind::Hosted)
                .map(|(name, _)| name.as_str())
                .collect::<Vec<_>>(),
        ),
    );
    None
}

/// Decides who may read a view: as said, but never wider than its strictest member.
fn read_by(
    said: Option<Spanned<Access>>,
    members: &BTreeMap<RegistryName, Member>,
    registries: &Registries,
    default: Access,
    faults: &mut Faults,
) -> Access {
    let strictest = members
        .keys()
        .filter_map(|member| {
            let access = registries.get(member)?.get_ref().access(default);
            Some((access, member))
        })
        .max();
    let Some(said) = said else {
        return strictest.map_or(default, |(access, _)| access.max(default));
    };
    if let Some((access, member)) = strictest
        && *said.get_ref() < access
    {
        faults.note(
            "a view must not be read more widely than its members",
            said.span(),
            format!("member `{member}` is read with a token only"),
            format!(
                "write read = \"token\" here, or read = \"anyone\" in [registries.{member}] as well"
            ),
        );
    }
    said.into_inner()
}

/// The view that exists without a settings file.
pub(super) fn of_default_members(
    view: &RegistryName,
    local: &RegistryName,
    crates_io: &RegistryName,
    read: Access,
) -> ViewSettings {
    let member = |side, kind| Member {
        side,
        kind,
        only: None,
    };
    ViewSettings {
        place: 0,
        policy: ViewPolicy::new(
            view.clone(),
            Identity::CratesIo,
            BTreeMap::from([
                (local.clone(), member(Side::Inside, MemberKind::Hosted)),
                (
                    crates_io.clone(),
                    member(Side::Outside, MemberKind::CratesIo),
                ),
            ]),
        ),
        read,
    }
}
