//! The ledger that a case is about, and short words for what cases are made of.

use crate::memory::{Clock, ManualClock};
use crate::ports::{AppendError, Applied, Batch, Change, Ledger, NewRelease, SeenRows, Validators};
use bytes::Bytes;
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::fact::{Fact, ReleaseId};
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use std::sync::Arc;

/// An empty ledger and its clock.
pub(super) struct Subject {
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) clock: ManualClock,
}

impl Subject {
    pub(super) async fn fresh(open: &impl AsyncFn(Clock) -> Arc<dyn Ledger>) -> Self {
        let clock = ManualClock::at(moment(0));
        let ledger = open(clock.reading()).await;
        Self { ledger, clock }
    }

    /// Appends as `ann`.
    pub(super) async fn append(
        &self,
        changes: impl Into<Vec<Change>>,
    ) -> Result<Vec<Applied>, AppendError> {
        self.append_as("ann", changes).await
    }

    pub(super) async fn append_as(
        &self,
        who: &str,
        changes: impl Into<Vec<Change>>,
    ) -> Result<Vec<Applied>, AppendError> {
        let changes = changes.into();
        let actor = actor(who);
        self.ledger.append(Batch { actor, changes }).await
    }

    /// Appends one change that must be recorded, and says what became of it.
    pub(super) async fn done(&self, change: Change) -> Applied {
        let mut applied = self.append([change]).await.expect("the change is allowed");
        assert_eq!(applied.len(), 1, "one change has one outcome");
        applied.remove(0)
    }

    pub(super) async fn facts(&self) -> Vec<(u64, Fact)> {
        let facts = self.ledger.facts(0, u32::MAX).await;
        facts.expect("facts can be read")
    }
}

/// A moment `seconds` after the one that clocks of cases begin with.
pub(super) fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_790_000_000 + seconds).expect("a moment of this century")
}

pub(super) fn actor(text: &str) -> Actor {
    Actor::parse(text).expect("a user of this suite")
}

pub(super) fn registry(text: &str) -> RegistryName {
    RegistryName::parse(text).expect("a registry of this suite")
}

pub(super) fn name(text: &str) -> CrateName {
    CrateName::parse(text).expect("a crate of this suite")
}

pub(super) fn key(text: &str) -> NameKey {
    name(text).key()
}

pub(super) fn index_name(text: &str) -> IndexName {
    IndexName::parse(text).expect("an index name of this suite")
}

pub(super) fn version(text: &str) -> Version {
    Version::parse(text).expect("a version of this suite")
}

/// The checksum that [`publish`] gives a release.
pub(super) fn checksum(krate: &str, vers: &str) -> Checksum {
    Checksum::of(format!("{krate} {vers}").as_bytes())
}

/// The row that [`publish`] gives a release; with a quote, a line's end and more in it.
pub(super) fn row(krate: &str, vers: &str) -> String {
    format!(r#"{{"name":"{krate}","vers":"{vers}","features":{{"ä'\n\"":[]}}}}"#)
}

/// A publish into registry `acme`.
pub(super) fn publish(krate: &str, vers: &str) -> Change {
    publish_to("acme", krate, vers)
}

pub(super) fn publish_to(to: &str, krate: &str, vers: &str) -> Change {
    Change::Publish(new_release(to, krate, vers))
}

pub(super) fn new_release(to: &str, krate: &str, vers: &str) -> NewRelease {
    NewRelease {
        registry: registry(to),
        name: name(krate),
        version: version(vers),
        checksum: checksum(krate, vers),
        row: row(krate, vers),
        metadata: format!("metadata of {vers}"),
    }
}

/// A yank or its taking back in registry `acme`.
pub(super) fn set_yanked(krate: &str, vers: &str, yanked: bool) -> Change {
    let id = ReleaseId {
        registry: registry("acme"),
        name: key(krate),
        version: version(vers),
    };
    Change::SetYanked { id, yanked }
}

pub(super) fn set_owners(krate: &str, seen: &[&str], owners: &[&str]) -> Change {
    Change::SetOwners {
        registry: registry("acme"),
        name: key(krate),
        seen: seen.iter().map(|owner| actor(owner)).collect(),
        owners: owners.iter().map(|owner| actor(owner)).collect(),
    }
}

/// An observation of mirror `public`.
pub(super) fn observe(krate: &str, rows: &str, etag: &str) -> Change {
    Change::Observe {
        registry: registry("public"),
        name: index_name(krate),
        rows: Bytes::copy_from_slice(rows.as_bytes()),
        releases: 1,
        validators: by_etag(etag),
        seen: SeenRows::Whatever,
    }
}

pub(super) fn by_etag(etag: &str) -> Validators {
    Validators {
        etag: Some(etag.to_owned()),
        last_modified: None,
    }
}

/// One member's crate.
pub(super) fn sole(member: &str) -> Ownership {
    Ownership::sole(registry(member))
}

/// A crate of several members, for whom nobody speaks.
pub(super) fn shared(members: &[&str]) -> Ownership {
    let members = members.iter().map(|member| registry(member)).collect();
    Ownership::shared(members).expect("there are members")
}

/// What a view `main` learns of a name.
pub(super) fn record_owner(krate: &str, ownership: Ownership) -> Change {
    Change::RecordOwner {
        view: registry("main"),
        name: key(krate),
        ownership,
    }
}
