//! The two tiers, halted between any two steps and damaged at any place.
//!
//! After every halt the folder is opened anew, as after a crash, and every archive that
//! was kept has to be there.

use super::packing::Step;
use super::tiered::TieredBlobs;
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::IndexName;
use crossdock_core::registry_name::RegistryName;
use crossdock_registry::ports::{Blobs, Compaction, Line, LineRelease, Packed, StoreError};
use flate2::{Compression, GzBuilder};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Room for everything that these tests keep.
const ROOM: u64 = 1 << 30;

fn registry() -> RegistryName {
    RegistryName::parse("acme").unwrap()
}

/// The `n`th version of a crate, packed as cargo does: most of it is that before.
fn archive(n: usize) -> Bytes {
    let line = |i: usize| format!("line {} of {}\n", i, i.wrapping_mul(2_654_435_761));
    let mut tar: Vec<u8> = (0..2_000).flat_map(|i| line(i).into_bytes()).collect();
    tar.extend((0..20 * n).flat_map(|i| line(i + 1_000_000 + n).into_bytes()));
    let name = format!("petal-1.0.{n}.crate");
    let gzip = GzBuilder::new().filename(name).operating_system(255);
    let mut gzip = gzip.write(Vec::new(), Compression::best());
    gzip.write_all(&tar).unwrap();
    gzip.finish().unwrap().into()
}

fn line(versions: usize) -> Line {
    let release = |n| LineRelease {
        version: format!("1.0.{n}").parse().unwrap(),
        checksum: Checksum::of(&archive(n)),
        published: None,
    };
    Line {
        registry: registry(),
        name: IndexName::parse("petal").unwrap(),
        releases: (0..versions).map(release).collect(),
    }
}

async fn kept(folder: &Path, versions: usize, hot_bytes_max: u64) -> TieredBlobs {
    let blobs = TieredBlobs::open(folder, hot_bytes_max).unwrap();
    for n in 0..versions {
        let checksum = Checksum::of(&archive(n));
        blobs.keep(&checksum, archive(n)).await.unwrap();
    }
    blobs
}

async fn all_packed(blobs: &TieredBlobs, versions: usize) {
    while blobs.pack(&line(versions)).await.unwrap().more {}
}

async fn all_there(blobs: &TieredBlobs, versions: usize) {
    for n in 0..versions {
        let read = blobs.read(&Checksum::of(&archive(n))).await.unwrap();
        assert!(
            read.as_ref() == Some(&archive(n)),
            "version {n} is not there"
        );
    }
}

fn raw(folder: &Path, n: usize) -> PathBuf {
    let text = Checksum::of(&archive(n)).to_string();
    folder.join(&text[..2]).join(&text[2..])
}

fn chain(folder: &Path) -> PathBuf {
    folder.join("chains/acme.petal.0")
}

#[tokio::test]
async fn what_is_packed_loses_its_raw_bytes_where_there_is_no_room_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = kept(folder.path(), 6, 0).await;
    let all: u64 = (0..6).map(|n| archive(n).len() as u64).sum();
    all_packed(&blobs, 6).await;
    let of_registry = blobs.tiers().registries[&registry()];
    assert_eq!(of_registry.archives, 6);
    assert_eq!(of_registry.archive_bytes, all);
    assert!(of_registry.packed_bytes * 3 < all, "{of_registry:?}");
    assert_eq!(of_registry.hot_bytes, 0);
    assert!((0..6).all(|n| !raw(folder.path(), n).exists()));
    all_there(&blobs, 6).await;
    assert_eq!((blobs.tiers().hot_reads, blobs.tiers().cold_reads), (0, 6));
    drop(blobs);
    let blobs = TieredBlobs::open(folder.path(), ROOM).unwrap();
    all_there(&blobs, 6).await;
    all_there(&blobs, 6).await;
    assert_eq!((blobs.tiers().hot_reads, blobs.tiers().cold_reads), (6, 6));
    assert_eq!(blobs.tiers().registries[&registry()].hot_bytes, all);
    assert_eq!(blobs.pack(&line(6)).await.unwrap(), Packed::default());
}

#[tokio::test]
async fn the_newest_stay_at_hand() {
    let folder = tempfile::tempdir().unwrap();
    let room = (archive(4).len() + archive(5).len()) as u64;
    let blobs = kept(folder.path(), 6, room).await;
    all_packed(&blobs, 6).await;
    let at_hand: Vec<_> = (0..6).filter(|n| raw(folder.path(), *n).exists()).collect();
    assert_eq!(at_hand, [4, 5]);
    drop(blobs);
    let blobs = TieredBlobs::open(folder.path(), room + 1).unwrap();
    all_there(&blobs, 1).await;
    assert!(
        !raw(folder.path(), 0).exists(),
        "one old version drove a newest out"
    );
}

#[tokio::test]
async fn fewer_than_four_versions_and_what_nothing_makes_again_stay_raw() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = kept(folder.path(), 3, 0).await;
    let packed = blobs.pack(&line(3)).await.unwrap();
    assert_eq!((packed.archives, packed.raw.archives), (0, 3));
    let strange = Bytes::from_static(b"no archive at all");
    let checksum = Checksum::of(&strange);
    blobs.keep(&checksum, strange.clone()).await.unwrap();
    let mut four = line(4);
    four.releases[3].checksum = checksum;
    for _again in 0..2 {
        blobs.pack(&four).await.unwrap();
        assert_eq!(blobs.read(&checksum).await.unwrap(), Some(strange.clone()));
    }
    assert!(blobs.tiers.catalogue().place(&checksum).is_none());
    all_there(&blobs, 3).await;
}

#[tokio::test]
async fn a_halt_between_any_two_steps_of_packing_loses_nothing() {
    for step in [Step::Written, Step::Compared, Step::Placed, Step::Learnt] {
        let folder = tempfile::tempdir().unwrap();
        // The second round takes the place of a chain that is there.
        for versions in [5, 8] {
            let blobs = kept(folder.path(), versions, 0).await;
            *blobs.tiers.halt.lock().unwrap() = Some(step);
            let halted = blobs.pack(&line(versions)).await;
            assert!(halted.is_err(), "{step:?} was not passed");
            drop(blobs);
            let blobs = TieredBlobs::open(folder.path(), 0).unwrap();
            all_there(&blobs, versions).await;
            all_packed(&blobs, versions).await;
            assert!((0..versions).all(|n| !raw(folder.path(), n).exists()));
            all_there(&blobs, versions).await;
            let left = fs::read_dir(folder.path().join("incoming")).unwrap();
            assert_eq!(left.count(), 0);
        }
    }
}

#[tokio::test]
async fn a_halt_between_any_two_steps_of_unpacking_loses_nothing() {
    for step in [Step::Raw, Step::Forgotten] {
        let folder = tempfile::tempdir().unwrap();
        let blobs = kept(folder.path(), 5, 0).await;
        all_packed(&blobs, 5).await;
        *blobs.tiers.halt.lock().unwrap() = Some(step);
        assert!(blobs.unpack(&registry()).await.is_err());
        all_there(&blobs, 5).await;
        drop(blobs);
        let blobs = TieredBlobs::open(folder.path(), 0).unwrap();
        all_there(&blobs, 5).await;
        assert!(blobs.unpack(&registry()).await.unwrap());
        assert!(!blobs.unpack(&registry()).await.unwrap());
        assert!((0..5).all(|n| raw(folder.path(), n).exists()));
        assert!(!chain(folder.path()).exists());
        all_there(&blobs, 5).await;
    }
}

#[tokio::test]
async fn what_is_taken_away_is_nowhere_and_what_leant_on_it_stays() {
    for step in [None, Some(Step::Raw), Some(Step::Placed)] {
        let folder = tempfile::tempdir().unwrap();
        let blobs = kept(folder.path(), 6, 0).await;
        all_packed(&blobs, 6).await;
        // Versions after it lean on it, one after the other.
        let gone = Checksum::of(&archive(2));
        *blobs.tiers.halt.lock().unwrap() = step;
        let taken = blobs.remove(&gone).await;
        assert_eq!(taken.is_err(), step.is_some());
        drop(blobs);
        let blobs = TieredBlobs::open(folder.path(), 0).unwrap();
        blobs.remove(&gone).await.unwrap();
        assert_eq!(blobs.read(&gone).await.unwrap(), None);
        for n in [0, 1, 3, 4, 5] {
            let read = blobs.read(&Checksum::of(&archive(n))).await.unwrap();
            assert!(read == Some(archive(n)), "version {n} after {step:?}");
        }
        let chain = super::chain_file::whole(&chain(folder.path())).unwrap();
        assert_eq!(chain.header().position(&gone), None);
    }
}

#[tokio::test]
async fn a_byte_that_changed_in_a_chain_is_never_given_and_costs_what_leans_on_it_alone() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = kept(folder.path(), 5, 0).await;
    all_packed(&blobs, 5).await;
    drop(blobs);
    let whole = fs::read(chain(folder.path())).unwrap();
    // In the last difference, in the first tar, and in the header.
    for (place, lost) in [(whole.len() - 3, 1), (whole.len() / 2, 5), (40, 5)] {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("chains")).unwrap();
        let mut damaged = whole.clone();
        damaged[place] ^= 1;
        fs::write(chain(folder.path()), damaged).unwrap();
        let blobs = TieredBlobs::open(folder.path(), 0).unwrap();
        let mut missing = 0;
        for n in 0..5 {
            match blobs.read(&Checksum::of(&archive(n))).await {
                Ok(Some(bytes)) => assert!(bytes == archive(n)),
                Ok(None) | Err(StoreError::Corrupt(_)) => missing += 1,
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(missing, lost, "byte {place}");
        assert_eq!(blobs.tiers().damaged, 1);
        // Fetched again it is there, whatever room there is, and after the next start.
        drop(kept(folder.path(), 5, 0).await);
        let blobs = TieredBlobs::open(folder.path(), 0).unwrap();
        all_there(&blobs, 5).await;
        all_packed(&blobs, 5).await;
        all_there(&blobs, 5).await;
    }
}

#[tokio::test]
async fn raw_bytes_that_decayed_are_made_again_out_of_their_chain() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = kept(folder.path(), 5, ROOM).await;
    all_packed(&blobs, 5).await;
    fs::write(raw(folder.path(), 3), "decayed").unwrap();
    all_there(&blobs, 5).await;
    assert_eq!(fs::read(raw(folder.path(), 3)).unwrap(), archive(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_find_everything_while_it_is_packed_and_unpacked() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = std::sync::Arc::new(kept(folder.path(), 8, 0).await);
    let mut readers = tokio::task::JoinSet::new();
    for _reader in 0..3 {
        let blobs = blobs.clone();
        readers.spawn(async move {
            for _round in 0..6 {
                all_there(&blobs, 8).await;
            }
        });
    }
    for _round in 0..3 {
        all_packed(&blobs, 8).await;
        while blobs.unpack(&registry()).await.unwrap() {}
    }
    let _ = readers.join_all().await;
}
