//! An upstream in memory: what it shows, whether it answers, and what it was asked.

use crate::ports::{DownloadError, IndexAnswer, IndexBody, Reason, Silence, Upstream, Validators};
use async_trait::async_trait;
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::origin::Origin;
use crossdock_core::version::Version;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// An upstream in memory, with faults on command.
pub struct MemoryUpstream {
    validating: Validating,
    // Held for look-ups and changes, never across an await.
    shown: Mutex<Shown>,
    held: watch::Sender<bool>,
}

/// What an upstream lets its askers revalidate by; some give nothing at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validating {
    /// An `ETag` made of the content.
    ETag,
    /// A `Last-Modified` that moves whenever an entry is set.
    LastModified,
    /// Neither: every answer is a whole body.
    Nothing,
}

/// One question that was asked, silent answers included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// [`Upstream::index`].
    Index {
        /// The name asked for.
        name: IndexName,
        /// What it was asked with.
        validators: Validators,
        /// Why that was allowed.
        reason: Reason,
    },
    /// [`Upstream::download`].
    Download {
        /// The crate.
        name: CrateName,
        /// The version.
        version: Version,
        /// Why that was allowed.
        reason: Reason,
    },
}

#[derive(Default)]
struct Shown {
    entries: BTreeMap<IndexName, (Bytes, Validators)>,
    archives: BTreeMap<(CrateName, Version), Bytes>,
    silent: bool,
    silent_about: BTreeSet<IndexName>,
    entries_set: u64,
    listed: Option<BTreeSet<NameKey>>,
    origin: Option<Origin>,
    requests: Vec<Request>,
}

impl MemoryUpstream {
    /// Makes an upstream that has nothing: every name is absent.
    pub fn new(validating: Validating) -> Self {
        Self {
            validating,
            shown: Mutex::default(),
            held: watch::Sender::new(false),
        }
    }

    /// Shows these bytes as the index file of `name`, whether they make sense or not.
    pub fn set_entry(&self, name: &IndexName, rows: impl Into<Bytes>) {
        let (rows, mut shown) = (rows.into(), self.lock());
        shown.entries_set += 1;
        let mut validators = Validators::default();
        match self.validating {
            Validating::ETag => validators.etag = Some(format!("\"{}\"", Checksum::of(&rows))),
            Validating::LastModified => {
                let moment = format!(
                    "Thu, 01 Jan 1970 00:00:00 GMT, change {}",
                    shown.entries_set
                );
                validators.last_modified = Some(moment);
            }
            Validating::Nothing => {}
        }
        shown.entries.insert(name.clone(), (rows, validators));
    }

    /// Makes a name absent.
    pub fn remove_entry(&self, name: &IndexName) {
        self.lock().entries.remove(name);
    }

    /// Offers these bytes as an archive, whether a row agrees with them or not.
    pub fn set_archive(&self, name: &CrateName, version: &Version, bytes: impl Into<Bytes>) {
        let place = (name.clone(), version.clone());
        self.lock().archives.insert(place, bytes.into());
    }

    /// Says which names it may have at all.
    pub fn set_listed(&self, names: impl IntoIterator<Item = NameKey>) {
        self.lock().listed = Some(names.into_iter().collect());
    }

    /// Says what it is.
    pub fn set_origin(&self, origin: Option<Origin>) {
        self.lock().origin = origin;
    }

    /// Makes an archive absent.
    pub fn remove_archive(&self, name: &CrateName, version: &Version) {
        let place = (name.clone(), version.clone());
        self.lock().archives.remove(&place);
    }

    /// Makes every question go unanswered, or answered again.
    pub fn set_silent(&self, silent: bool) {
        self.lock().silent = silent;
    }

    /// Makes questions for one index file go unanswered, or answered again.
    pub fn set_silent_about(&self, name: &IndexName, silent: bool) {
        let mut shown = self.lock();
        if silent {
            shown.silent_about.insert(name.clone());
        } else {
            shown.silent_about.remove(name);
        }
    }

    /// Lets every question wait until [`Self::release`]; it counts as asked at once.
    pub fn hold(&self) {
        self.held.send_replace(true);
    }

    /// Answers what waits.
    pub fn release(&self) {
        self.held.send_replace(false);
    }

    /// Lists what was asked since the last call of this, in order.
    pub fn take_requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.lock().requests)
    }

    async fn asked(&self, request: Request) {
        self.lock().requests.push(request);
        // An error means that the sender is gone, and this very value has it.
        let _ = self.held.subscribe().wait_for(|held| !held).await;
    }

    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Upstream for MemoryUpstream {
    async fn index(
        &self,
        name: &IndexName,
        validators: &Validators,
        reason: &Reason,
    ) -> Result<IndexAnswer, Silence> {
        self.asked(Request::Index {
            name: name.clone(),
            validators: validators.clone(),
            reason: reason.clone(),
        })
        .await;
        let shown = self.lock();
        if shown.silent || shown.silent_about.contains(name) {
            return Err(Silence(format!("no answer for `{name}`")));
        }
        let Some((bytes, current)) = shown.entries.get(name) else {
            return Ok(IndexAnswer::Absent);
        };
        if *validators != Validators::default() && validators == current {
            return Ok(IndexAnswer::Unchanged);
        }
        Ok(IndexAnswer::Body(IndexBody {
            bytes: bytes.clone(),
            checksum: Checksum::of(bytes),
            validators: current.clone(),
        }))
    }

    fn was_refused(&self, name: &IndexName) -> bool {
        self.lock().silent_about.contains(name)
    }

    async fn origin(&self, _reason: &Reason) -> Result<Option<Origin>, Silence> {
        let shown = self.lock();
        match shown.silent {
            true => Err(Silence("the upstream is silent".to_owned())),
            false => Ok(shown.origin.clone()),
        }
    }

    fn may_have(&self, name: &NameKey) -> bool {
        let shown = self.lock();
        shown
            .listed
            .as_ref()
            .is_none_or(|listed| listed.contains(name))
    }

    async fn download(
        &self,
        name: &CrateName,
        version: &Version,
        checksum: &Checksum,
        reason: &Reason,
    ) -> Result<Bytes, DownloadError> {
        self.asked(Request::Download {
            name: name.clone(),
            version: version.clone(),
            reason: reason.clone(),
        })
        .await;
        let shown = self.lock();
        let url = format!("memory:{name}/{version}");
        if shown.silent {
            return Err(Silence(format!("no answer for {url}")).into());
        }
        let archive = shown.archives.get(&(name.clone(), version.clone()));
        let bytes = archive.ok_or_else(|| DownloadError::Absent(url.clone()))?;
        let found = Checksum::of(bytes);
        if found != *checksum {
            return Err(DownloadError::Checksum {
                expected: *checksum,
                found,
                url,
            });
        }
        Ok(bytes.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn name() -> IndexName {
        IndexName::parse("petal").unwrap()
    }

    async fn ask(upstream: &MemoryUpstream, validators: &Validators) -> IndexAnswer {
        upstream
            .index(&name(), validators, &Reason::Asked)
            .await
            .unwrap()
    }

    async fn validators_of(upstream: &MemoryUpstream) -> Validators {
        match ask(upstream, &Validators::default()).await {
            IndexAnswer::Body(body) => body.validators,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn what_is_set_is_answered_and_revalidated_as_that_upstream_can() {
        for (validating, unchanged) in [
            (Validating::ETag, true),
            (Validating::LastModified, true),
            (Validating::Nothing, false),
        ] {
            let upstream = MemoryUpstream::new(validating);
            let first = ask(&upstream, &Validators::default()).await;
            assert!(matches!(first, IndexAnswer::Absent));
            upstream.set_entry(&name(), "one");
            let validators = validators_of(&upstream).await;
            let again = ask(&upstream, &validators).await;
            assert_eq!(
                matches!(again, IndexAnswer::Unchanged),
                unchanged,
                "{validating:?}"
            );
            upstream.set_entry(&name(), "two");
            let changed = ask(&upstream, &validators).await;
            assert!(matches!(changed, IndexAnswer::Body(_)), "{validating:?}");
        }
    }

    #[tokio::test]
    async fn silence_is_not_absence_and_both_are_remembered_as_asked() {
        let upstream = MemoryUpstream::new(Validating::ETag);
        upstream.set_silent_about(&name(), true);
        let none = Validators::default();
        assert!(
            upstream
                .index(&name(), &none, &Reason::Asked)
                .await
                .is_err()
        );
        upstream.set_silent_about(&name(), false);
        assert!(matches!(ask(&upstream, &none).await, IndexAnswer::Absent));
        assert_eq!(upstream.take_requests().len(), 2);
    }

    #[tokio::test]
    async fn an_archive_with_other_bytes_is_refused() {
        let upstream = MemoryUpstream::new(Validating::ETag);
        let (krate, version) = (name().as_crate_name(), Version::parse("1.0.0").unwrap());
        let promised = Checksum::of(b"promised");
        upstream.set_archive(&krate, &version, "sent");
        let sent = upstream
            .download(&krate, &version, &promised, &Reason::Asked)
            .await;
        assert!(matches!(sent, Err(DownloadError::Checksum { .. })));
        upstream.set_archive(&krate, &version, "promised");
        let sent = upstream
            .download(&krate, &version, &promised, &Reason::Asked)
            .await;
        assert_eq!(sent.unwrap(), "promised");
    }

    #[tokio::test]
    async fn a_held_question_is_answered_when_released() {
        let upstream = Arc::new(MemoryUpstream::new(Validating::ETag));
        upstream.hold();
        let asking = upstream.clone();
        let asked = tokio::spawn(async move { ask(&asking, &Validators::default()).await });
        while upstream.lock().requests.is_empty() {
            tokio::task::yield_now().await;
        }
        assert!(!asked.is_finished());
        upstream.release();
        assert!(matches!(asked.await.unwrap(), IndexAnswer::Absent));
    }
}
