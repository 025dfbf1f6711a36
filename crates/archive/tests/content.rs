//! Rebuilt archives: packing is canonical, and content is blind to packing.

#![expect(
    clippy::unwrap_used,
    reason = "an archive that cannot be made fails the test"
)]

use crossdock_archive::{
    Content, EmbeddedLock, Limits, PackedFile, Scope, Tree, content, inspect, pack, unpack,
};
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

const MANIFEST: &str = "[package]\nname = \"petal\"\nversion = \"1.0.0\"\n\n[features]\na = []\n";

fn release() -> (CrateName, Version) {
    let name = CrateName::parse("petal").unwrap();
    (name, Version::parse("1.0.0").unwrap())
}

fn file(text: &str) -> PackedFile {
    PackedFile {
        bytes: text.as_bytes().to_vec(),
        executable: false,
    }
}

fn tree() -> Tree {
    let mut script = file("#!/bin/sh\n");
    script.executable = true;
    let long = format!("src/{}.rs", "long/".repeat(40));
    [
        ("Cargo.toml".to_owned(), file(MANIFEST)),
        ("Cargo.lock".to_owned(), file("version = 4\n")),
        (".cargo_vcs_info.json".to_owned(), file("{\"git\":1}")),
        ("src/lib.rs".to_owned(), file("pub fn petal() {}\n")),
        ("build.sh".to_owned(), script),
        (long, file("")),
    ]
    .into()
}

fn packed(tree: &Tree) -> Vec<u8> {
    let (name, version) = release();
    pack(&name, &version, tree).unwrap()
}

fn content_of(archive: &[u8]) -> Content {
    let (name, version) = release();
    content(archive, &name, &version, &Limits::default()).unwrap()
}

#[test]
fn a_path_that_leads_outside_is_refused() {
    let (name, version) = release();
    for path in ["../petal", "src/../../petal"] {
        let tree = [(path.to_owned(), file(""))].into();
        let refused = pack(&name, &version, &tree).unwrap_err();
        assert_eq!(refused.path, path);
    }
}

/// The archive that another packer makes: other order, times, owners and gzip.
fn packed_otherwise(tree: &Tree, level: u32, time: u64) -> Vec<u8> {
    let gzip = GzEncoder::new(Vec::new(), Compression::new(level));
    let mut tar = tar::Builder::new(gzip);
    for (path, file) in tree.iter().rev() {
        let mut header = tar::Header::new_ustar();
        header.set_size(file.bytes.len() as u64);
        header.set_mode(if file.executable { 0o775 } else { 0o600 });
        header.set_mtime(time);
        header.set_uid(1000);
        header.set_username("somebody").unwrap();
        let path = format!("petal-1.0.0/{path}");
        tar.append_data(&mut header, path, &file.bytes[..]).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

/// If this changes, every canonical archive that anybody packed before is another
/// one: the deflate encoder is not the pinned one any more.
#[test]
fn the_golden_archive_is_packed_as_ever() {
    let checksum = Checksum::of(&packed(&tree())).to_string();
    assert_eq!(
        checksum,
        "69a0c14f950043b411d7bf8d5a268466665e2d290c639a10e84c1a93e25332f6"
    );
}

#[test]
fn a_canonical_archive_can_be_published() {
    let (name, version) = release();
    let archive = packed(&tree());
    let limits = Limits::default();
    let inspected = inspect(&archive, &name, &version, Scope::Publish, &limits).unwrap();
    assert_eq!(inspected.files.len(), tree().len());
    assert_eq!(unpack(&archive, &name, &version, &limits).unwrap(), tree());
}

#[test]
fn another_packer_changes_nothing_of_the_content() {
    let ours = content_of(&packed(&tree()));
    for (level, time) in [(0, 0), (6, 1), (9, 1_800_000_000)] {
        let theirs = content_of(&packed_otherwise(&tree(), level, time));
        assert_eq!(theirs, ours);
        assert_eq!(theirs.exact(), ours.exact());
        assert_eq!(theirs.difference(&ours), Default::default());
    }
    assert_eq!(Content::of(&tree()), ours);
}

#[test]
fn each_content_has_its_own_identity() {
    type Edit = fn(&mut Tree);
    /// What is done, and whether exact, source, and source without the lock change.
    const EDITS: [(&str, Edit, [bool; 3]); 8] = [
        (
            "commit",
            |tree| set(tree, ".cargo_vcs_info.json", "{}"),
            [true, false, false],
        ),
        (
            "lock",
            |tree| set(tree, "Cargo.lock", "version = 3\n"),
            [true, true, false],
        ),
        (
            "manifest written otherwise",
            |tree| {
                let text =
                    "features = { a = [] } # so\n[package]\nversion = '1.0.0'\nname = 'petal'\n";
                set(tree, "Cargo.toml", text);
            },
            [true, false, false],
        ),
        (
            "manifest",
            |tree| {
                set(
                    tree,
                    "Cargo.toml",
                    &MANIFEST.replace("a = []", "a = [\"b\"]"),
                )
            },
            [true, true, true],
        ),
        (
            "source",
            |tree| set(tree, "src/lib.rs", ""),
            [true, true, true],
        ),
        (
            "mode",
            |tree| tree.get_mut("src/lib.rs").unwrap().executable = true,
            [true, true, true],
        ),
        (
            "added",
            |tree| set(tree, "src/new.rs", ""),
            [true, true, true],
        ),
        (
            "removed",
            |tree| drop(tree.remove("build.sh")),
            [true, true, true],
        ),
    ];
    let before = Content::of(&tree());
    for (edit, change, expected) in EDITS {
        let mut changed = tree();
        change(&mut changed);
        let after = Content::of(&changed);
        let changes = [
            before.exact() != after.exact(),
            before.source(EmbeddedLock::Counts) != after.source(EmbeddedLock::Counts),
            before.source(EmbeddedLock::Ignored) != after.source(EmbeddedLock::Ignored),
        ];
        assert_eq!(changes, expected, "{edit}");
        assert_ne!(before.difference(&after), Default::default(), "{edit}");
    }
}

fn set(tree: &mut Tree, path: &str, text: &str) {
    tree.insert(path.to_owned(), file(text));
}

#[test]
fn a_difference_names_what_a_person_looks_for() {
    let (mut later, reworded) = (tree(), MANIFEST.replace('"', "'"));
    set(&mut later, "Cargo.toml", &reworded);
    set(&mut later, "src/lib.rs", "other");
    set(&mut later, "src/new.rs", "");
    later.get_mut("Cargo.lock").unwrap().executable ^= true;
    later.remove("build.sh");
    let difference = Content::of(&tree()).difference(&Content::of(&later));
    assert_eq!(difference.added, ["src/new.rs"]);
    assert_eq!(difference.removed, ["build.sh"]);
    assert_eq!(difference.changed, ["Cargo.lock", "src/lib.rs"]);
    assert_eq!(difference.executable_bit, ["Cargo.lock"]);
    assert_eq!(difference.only_written_otherwise, ["Cargo.toml"]);
}

fn any_tree() -> impl Strategy<Value = Tree> {
    let bytes = proptest::collection::vec(any::<u8>(), 0..200);
    let file =
        (bytes, any::<bool>()).prop_map(|(bytes, executable)| PackedFile { bytes, executable });
    proptest::collection::btree_map("[a-c]{1,3}(/[a-c]{1,60}){0,3}", file, 0..8)
}

proptest! {
    #[test]
    fn what_is_packed_comes_back(tree in any_tree()) {
        let (name, version) = release();
        let archive = packed(&tree);
        prop_assert_eq!(&archive, &packed(&tree));
        let back = unpack(&archive, &name, &version, &Limits::default()).unwrap();
        prop_assert_eq!(&back, &tree);
    }

    #[test]
    fn equal_hashes_are_equal_trees(left in any_tree(), right in any_tree()) {
        let same = Content::of(&left).exact() == Content::of(&right).exact();
        prop_assert_eq!(same, left == right);
    }
}
