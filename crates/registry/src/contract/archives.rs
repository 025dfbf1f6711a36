//! Archives: kept once and whole, verified whenever they are read.

use crate::ports::{Blobs, StoreError};
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
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
