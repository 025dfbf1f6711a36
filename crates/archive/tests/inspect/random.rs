//! Laws over random and mutated archives.
//!
//! The oracle is the `tar` library, which cargo unpacks with: what it finds in an
//! archive that passed is what was listed, no more and no less.

use crate::made::{BOTH, Tar, gzip, header, inspected, summed, within};
use crossdock_archive::{Inspection, Limits, Scope};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Component;

const SMALL: Limits = Limits {
    unpacked_bytes_max: 64 * 1024,
    unpacked_ratio_max: 0,
    entries_max: 6,
    manifest_bytes_max: 100,
};

/// Everything that a tar can have, so that few mutations meet much code.
fn rich() -> Tar {
    let long = format!("n-1.0.0/{}", "b".repeat(120));
    Tar::krate()
        .folder("n-1.0.0/src/")
        .long_name(&long)
        .file("n-1.0.0/bbb", "long")
        .pax(&[("path", long.replace('b', "c").as_bytes()), ("size", b"3")])
        .file("n-1.0.0/ccc", "pax")
}

/// Bytes that mean something in headers, pax records and paths.
fn telling() -> impl Strategy<Value = u8> {
    prop_oneof![
        select(&b"\0\n /.\\=0123457LKxgSu.n-~\xff\x80"[..]),
        any::<u8>()
    ]
}

fn edited(mut bytes: Vec<u8>, edits: &[(Index, u8)]) -> Vec<u8> {
    for (at, byte) in edits {
        let at = at.index(bytes.len());
        bytes[at] = *byte;
    }
    bytes
}

/// Makes every header block valid again that an edit has made invalid, so that
/// what lies behind the checksum is reached.
fn resummed(mut tar: Vec<u8>, original: &[u8]) -> Vec<u8> {
    let blocks = tar.chunks_exact_mut(512).zip(original.chunks_exact(512));
    for (block, original) in blocks {
        let header = tar::Header::from_byte_slice(original);
        if header.cksum().is_ok_and(|sum| sum > 256) && original[257..262] == *b"ustar" {
            let block: &mut [u8; 512] = block.try_into().expect("a chunk of 512");
            *block = summed(block);
        }
    }
    tar
}

/// What the library unpacks: path below the crate's folder to bytes.
fn unpacked(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    let mut files = BTreeMap::new();
    for entry in tar.entries().expect("a fresh archive") {
        let mut entry = entry.expect("what passed can be iterated");
        let path = entry.path().expect("what passed has a path").into_owned();
        let below = path.strip_prefix("n-1.0.0").expect("what passed is below");
        let below: Vec<&str> = below.components().map(plain).collect();
        let kind = entry.header().entry_type();
        assert!(kind.is_file() || kind.is_dir(), "{kind:?}");
        let mut data = Vec::new();
        entry
            .read_to_end(&mut data)
            .expect("what passed can be read");
        if kind.is_file() {
            files.insert(below.join("/"), data);
        }
    }
    files
}

fn plain(part: Component<'_>) -> &str {
    match part {
        Component::Normal(part) => part.to_str().expect("what passed is text"),
        other => panic!("{other:?} leads elsewhere"),
    }
}

fn agrees(inspection: &Inspection, bytes: &[u8]) {
    let files = unpacked(bytes);
    let listed: Vec<_> = inspection
        .files
        .iter()
        .map(|file| (&file.path, file.size))
        .collect();
    let found: Vec<_> = files
        .iter()
        .map(|(path, data)| (path, data.len() as u64))
        .collect();
    assert_eq!(listed, found);
    let manifest = files
        .get("Cargo.toml")
        .map(Vec::as_slice)
        .unwrap_or_default();
    assert_eq!(inspection.manifest.as_bytes(), manifest);
}

fn hold(bytes: &[u8]) {
    let [publish, mirror] = BOTH.map(|scope| inspected(bytes, scope));
    if let Ok(publish) = publish {
        let mirror = mirror.as_ref().expect("a mirror asks for less");
        assert_eq!(publish.files, mirror.files);
    }
    if let Ok(mirror) = mirror {
        agrees(&mirror, bytes);
    }
    if let Ok(small) = within(bytes, Scope::Mirror, &SMALL) {
        assert!(small.files.len() as u64 <= SMALL.entries_max);
        assert!(small.unpacked_bytes <= SMALL.unpacked_bytes_max);
        assert!(small.manifest.len() as u64 <= SMALL.manifest_bytes_max);
    }
}

#[test]
fn the_rich_archive_passes() {
    let bytes = rich().krate_bytes();
    for scope in BOTH {
        let inspection = inspected(&bytes, scope).unwrap();
        assert_eq!(inspection.files.len(), 4);
        agrees(&inspection, &bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..2000)) {
        hold(&bytes);
        hold(&gzip(&bytes));
    }

    #[test]
    fn a_mutated_stream_never_passes_as_another(edits in vec((any::<Index>(), any::<u8>()), 1..4)) {
        let bytes = edited(rich().krate_bytes(), &edits);
        hold(&bytes);
    }

    #[test]
    fn a_mutated_tar_is_read_as_cargo_reads_it(
        edits in vec((any::<Index>(), telling()), 1..6),
        cut in prop::option::weighted(0.1, any::<Index>()),
    ) {
        let original = rich().0;
        let mut tar = resummed(edited(original.clone(), &edits), &original);
        match cut {
            Some(cut) => tar.truncate(cut.index(tar.len())),
            None => tar.resize(tar.len() + 1024, 0),
        }
        hold(&gzip(&tar));
    }

    #[test]
    fn made_up_headers_are_read_as_cargo_reads_them(
        members in vec((select(PATHS), select(&b"0\x005Lxg21S7"[..]), telling(), vec(telling(), 0..40)), 0..5),
        edits in vec((0..512usize, telling()), 0..2),
    ) {
        let mut tar = Tar::default().file("n-1.0.0/Cargo.toml", "m");
        for (path, kind, _, data) in &members {
            let mut block = header(path.as_bytes(), *kind, data.len() as u64);
            for (at, byte) in &edits {
                block[*at] = *byte;
            }
            tar = tar.header(&summed(&block)).data(data);
        }
        hold(&tar.krate_bytes());
    }
}

/// Few paths, close to one another and to the manifest, so that they collide.
const PATHS: &[&str] = &[
    "n-1.0.0/Cargo.toml",
    "n-1.0.0/cargo.toml",
    "n-1.0.0/a",
    "n-1.0.0/a/b",
    "n-1.0.0/A/",
    "n-1.0.0/./a",
    "n-1.0.0/../a",
    "n-1.0.0",
    "x",
];
