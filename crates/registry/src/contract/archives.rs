//! Archives: kept once and whole, verified whenever they are read.

use crate::ports::{Blobs, StoreError};
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::timestamp::Timestamp;
use std::sync::Arc;
use tokio::task::JoinSet;

pub(super) async fn what_is_kept_is_read_back(blobs: &dyn Blobs) {
    for bytes in [
        Bytes::new(),
        Bytes::from_static(b"\0one"),
        Bytes::from(vec![7; 3 << 20]),
    ] {
        let checksum = Checksum::of(&bytes);
        for _twice_is_once in 0..2 {
            let kept = blobs.keep(&checksum, bytes.clone()).await;
            kept.expect("archives can be kept");
            let read = blobs.read(&checksum).await.expect("archives can be read");
            assert_eq!(read.as_ref(), Some(&bytes));
        }
    }
}

pub(super) async fn what_was_never_kept_is_absent(blobs: &dyn Blobs) {
    let read = blobs.read(&Checksum::of(b"never kept")).await;
    assert_eq!(read.expect("absent is an answer"), None);
}

pub(super) async fn other_content_is_corrupt_until_kept_again(
    blobs: &dyn Blobs,
    damage: impl Fn(&Checksum),
) {
    let bytes = Bytes::from_static(b"to be damaged");
    let checksum = Checksum::of(&bytes);
    let kept = blobs.keep(&checksum, bytes.clone()).await;
    kept.expect("archives can be kept");
    damage(&checksum);
    let read = blobs.read(&checksum).await;
    assert!(matches!(read, Err(StoreError::Corrupt(_))), "{read:?}");
    let kept = blobs.keep(&checksum, bytes.clone()).await;
    kept.expect("archives can be kept again");
    let read = blobs.read(&checksum).await.expect("it is whole again");
    assert_eq!(read, Some(bytes));
}

pub(super) async fn one_archive_is_kept_by_many_at_once(blobs: &Arc<dyn Blobs>) {
    let bytes = Bytes::from(vec![9; 1 << 20]);
    let checksum = Checksum::of(&bytes);
    let mut keepers = JoinSet::new();
    for _ in 0..16 {
        let (blobs, bytes) = (blobs.clone(), bytes.clone());
        keepers.spawn(async move {
            // A reader beside the writers sees all of it or nothing.
            let before = blobs.read(&checksum).await;
            let before = before.expect("a part is never seen");
            assert!(before.is_none_or(|before| before == bytes));
            let kept = blobs.keep(&checksum, bytes.clone()).await;
            kept.expect("archives can be kept");
            let read = blobs.read(&checksum).await;
            assert_eq!(read.expect("archives can be read"), Some(bytes));
        });
    }
    // An assertion that failed in a task fails here.
    let _ = keepers.join_all().await;
}

pub(super) async fn what_is_kept_is_listed_in_order(blobs: &dyn Blobs) {
    for number in 0..40_u8 {
        let bytes = Bytes::from(vec![number; usize::from(number) + 1]);
        let kept = blobs.keep(&Checksum::of(&bytes), bytes.clone()).await;
        kept.expect("archives can be kept");
    }
    let whole = blobs.list(None, usize::MAX).await;
    let whole = whole.expect("archives can be listed");
    assert!(whole.is_sorted_by(|one, next| one.checksum < next.checksum));
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = blobs.list(after.as_ref(), 7).await;
        let page = page.expect("archives can be listed");
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 7);
        after = Some(last.checksum);
        paged.extend(page);
    }
    assert_eq!(paged, whole);
    for number in 0..40_u8 {
        let bytes = vec![number; usize::from(number) + 1];
        let checksum = Checksum::of(&bytes);
        let told = whole.iter().find(|one| one.checksum == checksum);
        let told = told.expect("what is kept is listed");
        assert_eq!(told.bytes, bytes.len() as u64);
    }
}

pub(super) async fn what_is_examined_is_told_from_what_is_damaged(
    blobs: &dyn Blobs,
    damage: impl Fn(&Checksum),
) {
    let bytes = Bytes::from_static(b"to be examined");
    let checksum = Checksum::of(&bytes);
    let absent = blobs.examine(&checksum).await;
    assert_eq!(absent.expect("absent is an answer"), None);
    let kept = blobs.keep(&checksum, bytes.clone()).await;
    kept.expect("archives can be kept");
    let whole = blobs.examine(&checksum).await;
    assert_eq!(whole.expect("it is whole"), Some(bytes.clone()));
    assert!(blobs.heal(&checksum).await.expect("nothing is to be done"));
    damage(&checksum);
    let found = blobs.examine(&checksum).await;
    assert!(matches!(found, Err(StoreError::Corrupt(_))), "{found:?}");
    let healed = blobs.heal(&checksum).await;
    assert!(!healed.expect("there is no other copy"));
    assert!(blobs.remove(&checksum).await.is_ok());
}

pub(super) async fn what_is_kept_again_is_not_taken_for_old(
    blobs: &dyn Blobs,
    age: impl Fn(&Checksum, Timestamp),
) {
    let bytes = Bytes::from_static(b"nobody names it");
    let checksum = Checksum::of(&bytes);
    let at = |seconds| Timestamp::from_unix_seconds(seconds).expect("a year that we know");
    let (old, limit) = (at(1_000_000_000), at(1_000_000_001));
    let gone = async |time| blobs.remove_kept_before(&checksum, time).await;
    assert!(!gone(limit).await.expect("absent is an answer"));
    for again in [true, false] {
        let kept = blobs.keep(&checksum, bytes.clone()).await;
        kept.expect("archives can be kept");
        age(&checksum, old);
        let listed = blobs.list(None, usize::MAX).await;
        let listed = listed.expect("archives can be listed");
        let told = listed.iter().find(|one| one.checksum == checksum);
        assert_eq!(told.map(|one| one.kept), Some(old));
        assert!(!gone(old).await.expect("it was kept at that time"));
        if again {
            let kept = blobs.keep(&checksum, bytes.clone()).await;
            kept.expect("archives can be kept again");
            assert!(!gone(limit).await.expect("it was kept just now"));
        } else {
            assert!(gone(limit).await.expect("it can be removed"));
            let read = blobs.read(&checksum).await.expect("absent is an answer");
            assert_eq!(read, None);
        }
    }
}
