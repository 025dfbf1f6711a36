//! What a bucket has below its prefix, page by page.
//!
//! Objects that are no archives are passed over: the bucket may have other things.
//!
//! Absent: which archives somebody names.

use super::S3Blobs;
use super::request::{Answer, Wanted};
use crossdock_core::checksum::Checksum;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::ports::{StoreError, Stored};
use rusty_s3::actions::ListObjectsV2;

/// Most objects of one answer: S3 gives no more.
const PAGE_MAX: usize = 1000;

/// Pages without one archive after which the bucket is held to be of other things.
const STRANGE_PAGES_MAX: usize = 10_000;

impl S3Blobs {
    /// Lists archives after a checksum, in their order.
    pub(super) async fn listed(
        &self,
        after: Option<&Checksum>,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        let prefix = self.key("");
        let mut after = after.map(|after| self.place(after));
        for _page in 0..STRANGE_PAGES_MAX {
            let page = self
                .page(&prefix, after.as_deref(), limit.min(PAGE_MAX))
                .await?;
            let Some((last, _)) = page.last() else {
                return Ok(Vec::new());
            };
            after = Some(last.clone());
            let archives: Vec<_> = page
                .into_iter()
                .filter_map(|(_, archive)| archive)
                .collect();
            if !archives.is_empty() {
                return Ok(archives);
            }
        }
        Err(StoreError::Unavailable(format!(
            "object store {}: there are too many objects that are no archives",
            self.shown
        )))
    }

    /// When an archive was kept.
    pub(super) async fn kept(&self, checksum: &Checksum) -> Result<Option<Timestamp>, StoreError> {
        let page = self.page(&self.place(checksum), None, 1).await?;
        let archives = page.into_iter().filter_map(|(_, archive)| archive);
        let mut found = archives.filter(|one| one.checksum == *checksum);
        Ok(found.next().map(|one| one.kept))
    }

    /// One page of keys, with the archives that they are of.
    async fn page(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Option<Stored>)>, StoreError> {
        let answer = self.ask(Wanted::List {
            prefix,
            after,
            limit,
        });
        let nonsense = |why: &str| {
            StoreError::Unavailable(format!("object store {}: a listing {why}", self.shown))
        };
        let Answer::Done(bytes) = answer.await? else {
            return Err(nonsense("is absent"));
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| nonsense("is no text"))?;
        let listed = ListObjectsV2::parse_response(text);
        let listed = listed.map_err(|error| nonsense(&format!("makes no sense: {error}")))?;
        let above = self.key("");
        let told = listed.contents.into_iter().map(|object| {
            let place = object.key.strip_prefix(&*above);
            let checksum = place.and_then(checksum_at);
            let time = object.last_modified.as_deref();
            let time = time.and_then(|time| Timestamp::parse_rfc3339(time).ok());
            let archive = checksum.zip(time).map(|(checksum, kept)| Stored {
                checksum,
                bytes: object.size.unwrap_or_default(),
                kept,
            });
            (object.key, archive)
        });
        Ok(told.collect())
    }
}

/// Reads `ab/cdef…`.
fn checksum_at(place: &str) -> Option<Checksum> {
    let (digits, rest) = place.split_once('/')?;
    let text = (digits.len() == 2).then(|| format!("{digits}{rest}"))?;
    Checksum::parse(&text).ok()
}
