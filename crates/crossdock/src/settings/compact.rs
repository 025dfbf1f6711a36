//! What the settings say of archives that are kept packed: whose, and what stays at hand.
//!
//! Absent: which archives are alike and when it pays, which the store knows.

use super::duration;
use super::fault::Faults;
use super::section::{Item, Section};
use super::server::ServerSettings;
use std::time::Duration;

/// Bytes of packed archives that are at hand raw as well: most of what the builds of a
/// house ask for, and little on a disk that holds everything else.
const HOT_BYTES: u64 = 1 << 30;

/// The shortest time between two looks; each counts what was kept, and no more if there
/// is nothing new.
const EVERY_MIN: Duration = Duration::from_secs(1);

/// How archives are kept packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CompactSettings {
    /// The most bytes of packed archives that are at hand raw as well.
    pub(crate) hot_bytes_max: u64,
    /// How often it is looked whether something is to be packed.
    pub(crate) every: Duration,
}

impl Default for CompactSettings {
    fn default() -> Self {
        Self {
            hot_bytes_max: HOT_BYTES,
            every: crossdock_registry::COMPACT_EVERY,
        }
    }
}

/// Reads what `[server]` says.
pub(super) fn read(section: &mut Section<'_>, faults: &mut Faults) -> CompactSettings {
    let defaults = CompactSettings::default();
    let hot = section.take("hot-archives");
    let every = section.take("compact-every");
    CompactSettings {
        hot_bytes_max: hot
            .and_then(|item| size(&item, faults))
            .unwrap_or(defaults.hot_bytes_max),
        every: every
            .and_then(|item| span(&item, faults))
            .unwrap_or(defaults.every),
    }
}

/// Reads `compact` of a registry.
pub(super) fn wanted(item: &Item<'_>, server: &ServerSettings, faults: &mut Faults) -> bool {
    match item.value.get_ref().as_bool() {
        Some(true) if server.stores.objects.is_some() => {
            faults.note(
                format!("{} is for archives in the data folder", item.title),
                item.place(),
                "an object store keeps archives as they are",
                "take `compact` out, or `objects` in [server]",
            );
            false
        }
        Some(wanted) => wanted,
        None => item.expected("true or false", faults).unwrap_or_default(),
    }
}

/// Refuses `compact` of a folder.
pub(super) fn refuse(item: &Item<'_>, faults: &mut Faults) {
    faults.note(
        format!("{} is for what is kept here", item.title),
        item.key.clone(),
        "a folder's archives are packed anew as its files change",
        "take `compact` out",
    );
}

fn size(item: &Item<'_>, faults: &mut Faults) -> Option<u64> {
    let size = bytes(item.text(faults)?);
    if size.is_none() {
        faults.note(
            format!("{} is no number of bytes", item.title),
            item.place(),
            "archives that are at hand take room on the disk",
            "write a whole number and one of MiB, GiB, TiB: \"512MiB\", \"20GiB\"; \"0MiB\" for none",
        );
    }
    size
}

/// Parses a whole number and its unit.
fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let shift = match unit {
        "MiB" => 20,
        "GiB" => 30,
        "TiB" => 40,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(1 << shift)
}

fn span(item: &Item<'_>, faults: &mut Faults) -> Option<Duration> {
    let span = duration::parse(item.text(faults)?).filter(|span| *span >= EVERY_MIN);
    if span.is_none() {
        faults.note(
            format!("{} is no span of time", item.title),
            item.place(),
            format!("from {} s to 30 days", EVERY_MIN.as_secs()),
            "write a whole number and one of s, m, h, d: \"60s\", \"10m\"",
        );
    }
    span
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_whole_numbers_with_a_unit() {
        for (text, expected) in [
            ("0MiB", Some(0)),
            ("512MiB", Some(512 << 20)),
            ("20GiB", Some(20 << 30)),
            ("3TiB", Some(3 << 40)),
            ("1GB", None),
            ("1", None),
            ("GiB", None),
            ("", None),
            ("1.5GiB", None),
            ("1 GiB", None),
            ("99999999999TiB", None),
        ] {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }
}
