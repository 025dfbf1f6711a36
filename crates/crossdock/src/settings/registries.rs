//! `[registries.NAME]`: hosted registries, mirrors and folders.
//!
//! Hosted is what nothing else is said of. Keys that only make sense for the
//! other kind are refused, because they show that something else was meant.
//!
//! Absent: what a mirror says of its upstream (`mirror.rs`), what a hosted registry
//! says of uploads (`hosted.rs`), who is a member of
//! what (`views.rs`).

use super::Surroundings;
use super::access::Access;
use super::compact;
use super::directory::{self, Directory};
use super::fault::Faults;
use super::hosted::{Hosted, HostedDraft, HostedKeys};
use super::mirror::{self, Mirror, MirrorKeys};
use super::section::{Item, Section};
use super::server::ServerSettings;
use super::views::ViewSettings;
use crossdock_core::rebuilds::{Lockfile, Rebuilds};
use crossdock_core::registry_name::RegistryName;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use toml::Spanned;

/// What one registry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RegistrySettings {
    /// Crates are published to it here.
    Hosted(Hosted),
    /// It is fetched from elsewhere and kept.
    Mirror(Box<Mirror>),
    /// It is a folder of this machine.
    Directory(Directory),
}

impl RegistrySettings {
    /// Who may read it.
    pub(crate) fn read(&self) -> Access {
        match self {
            Self::Hosted(hosted) => hosted.read,
            Self::Mirror(mirror) => mirror.read,
            Self::Directory(directory) => directory.read,
        }
    }
}

/// A registry as it was read, before views are known.
pub(super) struct RegistryDraft {
    /// What it mirrors; nothing if it is hosted.
    pub(super) mirror: Option<Mirror>,
    /// The folder that it is; nothing if it is none.
    pub(super) directory: Option<PathBuf>,
    hosted: HostedDraft,
    compact: bool,
    read: Option<Spanned<Access>>,
}

impl RegistryDraft {
    /// Who may read it.
    pub(super) fn access(&self, default: Access) -> Access {
        self.read
            .as_ref()
            .map_or(default, |access| *access.get_ref())
    }

    /// Tells whether it mirrors crates.io.
    pub(super) fn is_crates_io(&self) -> bool {
        matches!(
            self.mirror,
            Some(Mirror {
                upstream: mirror::UpstreamSettings::CratesIo { .. },
                ..
            })
        )
    }
}

/// Reads all registries.
pub(super) fn read(
    item: Option<Item<'_>>,
    around: &Surroundings,
    server: &ServerSettings,
    faults: &mut Faults,
) -> BTreeMap<RegistryName, Spanned<RegistryDraft>> {
    let mut registries = BTreeMap::new();
    let Some(table) = item.and_then(|item| item.table(faults)) else {
        return registries;
    };
    for (key, value) in table {
        let Some(name) = name(key.get_ref(), key.span(), faults) else {
            continue;
        };
        let title = format!("[registries.{name}]");
        let item = Item {
            title: title.clone(),
            key: key.span(),
            value,
        };
        let Some(table) = item.table(faults) else {
            continue;
        };
        let section = Section::new(title, key.span(), table);
        let draft = read_one(section, around, server, faults);
        registries.insert(name, Spanned::new(key.span(), draft));
    }
    registries
}

fn read_one(
    mut section: Section<'_>,
    around: &Surroundings,
    server: &ServerSettings,
    faults: &mut Faults,
) -> RegistryDraft {
    let mirrored = section.take("mirror");
    let folder = section.take("directory");
    let keys = MirrorKeys::take(&mut section);
    let hosted = HostedKeys::take(&mut section);
    let read = super::access::read(&mut section, faults);
    let compact = section.take("compact");
    section.later("shown-in", "showing a registry more widely than it is read");
    section.finish(faults);
    if let Some(folder) = folder {
        if let Some(mirrored) = mirrored {
            faults.note(
                format!("{} is said of a folder", mirrored.title),
                mirrored.key,
                "a registry is either a folder or a mirror",
                "keep one of the two keys; a view can bring two registries together",
            );
        }
        keys.refuse(faults);
        hosted.refuse(faults);
        if let Some(item) = compact {
            compact::refuse(&item, faults);
        }
        return RegistryDraft {
            mirror: None,
            directory: directory::read(&folder, around, faults),
            hosted: HostedDraft::default(),
            compact: false,
            read,
        };
    }
    let compact = compact.is_some_and(|item| compact::wanted(&item, server, faults));
    let Some(mirrored) = mirrored else {
        keys.refuse(faults);
        return RegistryDraft {
            mirror: None,
            directory: None,
            hosted: hosted.read(faults),
            compact,
            read,
        };
    };
    hosted.refuse(faults);
    RegistryDraft {
        mirror: Some(mirror::read(&mirrored, keys, around, server, faults)),
        directory: None,
        hosted: HostedDraft::default(),
        compact,
        read,
    }
}

/// Checks that `resolve-in` names a view that shows the registry.
pub(super) fn check_resolve_in(
    registries: &BTreeMap<RegistryName, Spanned<RegistryDraft>>,
    views: &BTreeMap<RegistryName, ViewSettings>,
    faults: &mut Faults,
) {
    for (registry, draft) in registries {
        let Some(view) = &draft.get_ref().hosted.resolve_in else {
            continue;
        };
        match views.get(view.get_ref()) {
            None => {
                let known: Vec<_> = views.keys().map(RegistryName::as_str).collect();
                faults.note(
                    format!("`resolve-in` in [registries.{registry}] names no view"),
                    view.span(),
                    format!("there is no [views.{}]", view.get_ref()),
                    super::claims::listed("views", &known),
                );
            }
            Some(settings) if !settings.policy.members.contains_key(registry) => faults.note(
                format!("`resolve-in` in [registries.{registry}] names a view without it"),
                view.span(),
                format!("`{registry}` is no member of [views.{}]", view.get_ref()),
                format!("add \"{registry}\" to its members, or name a view that has it"),
            ),
            Some(_) => {}
        }
    }
}

/// Names the registries whose archives are to be packed.
pub(super) fn packed(
    drafts: &BTreeMap<RegistryName, Spanned<RegistryDraft>>,
) -> BTreeSet<RegistryName> {
    let packed = drafts.iter().filter(|(_, draft)| draft.get_ref().compact);
    packed.map(|(name, _)| name.clone()).collect()
}

/// Takes the drafts as they are; `default` answers for what nobody said.
pub(super) fn accept(
    drafts: BTreeMap<RegistryName, Spanned<RegistryDraft>>,
    default: Access,
) -> BTreeMap<RegistryName, RegistrySettings> {
    let accepted = |draft: RegistryDraft| {
        let read = draft.access(default);
        match (draft.mirror, draft.directory) {
            (_, Some(folder)) => RegistrySettings::Directory(Directory { folder, read }),
            (Some(mirror), None) => RegistrySettings::Mirror(Box::new(Mirror { read, ..mirror })),
            (None, None) => RegistrySettings::Hosted(Hosted {
                resolve_in: draft.hosted.resolve_in.map(Spanned::into_inner),
                rebuilds: draft.hosted.rebuilds,
                lockfile: draft.hosted.lockfile,
                read,
            }),
        }
    };
    drafts
        .into_iter()
        .map(|(name, draft)| (name, accepted(draft.into_inner())))
        .collect()
}

/// The hosted registry that exists without a settings file.
pub(super) fn hosted_by_default(view: RegistryName, read: Access) -> RegistrySettings {
    RegistrySettings::Hosted(Hosted {
        resolve_in: Some(view),
        rebuilds: Rebuilds::default(),
        lockfile: Lockfile::default(),
        read,
    })
}

/// Reads a registry's or view's name from a key or value.
pub(super) fn name(
    text: &str,
    place: std::ops::Range<usize>,
    faults: &mut Faults,
) -> Option<RegistryName> {
    match RegistryName::parse(text) {
        Ok(name) => Some(name),
        Err(error) => {
            faults.note(
                error.to_string(),
                place,
                "registries and views are served under their names",
                "choose a name such as `acme` or `team-a`",
            );
            None
        }
    }
}

/// Reads a value that is a registry's or view's name.
pub(super) fn named(item: &Item<'_>, faults: &mut Faults) -> Option<Spanned<RegistryName>> {
    let text = item.text(faults)?;
    name(text, item.place(), faults).map(|name| Spanned::new(item.place(), name))
}
