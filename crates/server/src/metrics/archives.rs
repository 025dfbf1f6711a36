//! Metrics of archives that are kept packed.
//!
//! Absent: counting them, which the federation does.

use super::Page;
use crossdock_registry::Compacted;

/// Writes what is kept how.
pub(super) fn write(compacted: &Compacted, page: &mut Page) {
    page.begin(
        "archive_bytes",
        "gauge",
        "Bytes of archives as they are given, of registries whose archives are packed.",
    );
    for (registry, kept) in &compacted.registries {
        page.line(&[("registry", registry)], kept.archive_bytes);
    }
    page.begin(
        "archive_kept_bytes",
        "gauge",
        "Bytes that these archives take: packed, at hand as well, and raw alone.",
    );
    for (registry, kept) in &compacted.registries {
        page.line(&[("registry", registry)], kept.kept_bytes);
    }
    page.begin(
        "archives",
        "gauge",
        "Archives of these registries by how they are kept.",
    );
    for (registry, kept) in &compacted.registries {
        for (how, archives) in [("packed", kept.packed), ("raw", kept.raw)] {
            page.line(&[("registry", registry), ("kept", how)], archives);
        }
    }
    page.begin(
        "archive_reads_total",
        "counter",
        "Archives read from the store: as they are, or made again.",
    );
    for (tier, reads) in [("hot", compacted.hot_reads), ("cold", compacted.cold_reads)] {
        page.line(&[("tier", tier)], reads);
    }
    page.begin(
        "archive_chains_damaged",
        "gauge",
        "Files of packed archives that are damaged and were set aside.",
    );
    page.line(&[], compacted.damaged);
    packer(compacted, page);
}

fn packer(compacted: &Compacted, page: &mut Page) {
    let packer = &compacted.packer;
    page.begin("packer_working", "gauge", "1 while archives are packed.");
    page.line(&[], u8::from(packer.working));
    page.begin(
        "packer_failed",
        "gauge",
        "1 if the packer's last round ended early.",
    );
    page.line(&[], u8::from(packer.failed.is_some()));
    page.begin(
        "packer_rounds_total",
        "counter",
        "Rounds that the packer finished.",
    );
    page.line(&[], packer.rounds);
    page.begin(
        "packed_archives_total",
        "counter",
        "Archives packed since the start.",
    );
    page.line(&[], packer.packed);
}
