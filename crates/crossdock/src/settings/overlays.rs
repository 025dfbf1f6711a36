//! `overlay` of a member: the crates of others that it patches.
//!
//! Apart from `members.rs`, which reads who takes part: for the names that it
//! overlays, a member does not.

use super::claims::patterns;
use super::fault::Faults;
use super::section::{Item, Section};
use crossdock_core::overlay::Overlays;
use crossdock_core::policy::{Member, MemberKind};
use crossdock_core::registry_name::RegistryName;
use std::collections::BTreeMap;
use toml::de::DeValue;

/// Reads the overlays among the elements of `members`, which were read as members.
pub(super) fn read(
    item: Option<Item<'_>>,
    members: &BTreeMap<RegistryName, Member>,
    faults: &mut Faults,
) -> Overlays {
    let mut overlays = Overlays::default();
    let elements = match item.as_ref().map(|item| item.value.get_ref()) {
        Some(DeValue::Array(_)) => item.and_then(|item| item.array(faults)),
        // It was refused as members.
        _ => None,
    };
    for element in elements.unwrap_or_default() {
        let DeValue::Table(table) = element.value.get_ref() else {
            continue;
        };
        let mut section = Section::new("a member", element.place(), table);
        let Some(overlay) = section.take("overlay") else {
            continue;
        };
        let said = section.take("name");
        let name = said.and_then(|item| match item.value.get_ref() {
            DeValue::String(text) => RegistryName::parse(text).ok(),
            _ => None,
        });
        let place = overlay.place();
        let names = patterns(Some(overlay), faults);
        let Some((name, member)) = name
            .and_then(|name| Some((members.get(&name)?, name)))
            .map(|(member, name)| (name, member))
        else {
            continue;
        };
        if member.kind != MemberKind::Hosted {
            faults.note(
                "an overlay must be a hosted registry",
                place,
                format!(
                    "`{name}` is a mirror or a folder: no patched release is published to it here"
                ),
                "publish the patches to a hosted registry and make that the overlay",
            );
        } else if names.is_empty() {
            faults.note(
                "`overlay` of a member names nothing",
                place,
                "an overlay patches the crates it names",
                "list them: overlay = [\"serde\", \"hc-*\"]",
            );
        } else {
            overlays.declare(name, names);
        }
    }
    overlays
}
