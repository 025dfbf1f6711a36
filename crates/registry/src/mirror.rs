//! One mirror: another registry's rows, fetched when asked for and kept for good.
//!
//! What was kept once is answered from then on, whatever becomes of the upstream
//! (laws 4 and 5). An answer is durable before it is served. At most one request
//! per name is in flight.
//!
//! Absent: whether a name may be sent to the upstream at all; `privacy.rs` decides
//! that, and who asks here brings its permit.

mod ahead;
mod ask;
mod confirmed;
mod followed;
mod origin;
mod recognised;
mod removals;
mod targets;
mod told;

use crate::absences::Absences;
use crate::alarms::Alarms;
use crate::flight::Flight;
use crate::follow::Recordings;
use crate::observed_names::ObservedNames;
use crate::ports::{DownloadError, Ledger, Silence, StoreError, Upstream, Validators};
use crate::privacy::Permit;
use crate::stamps::Stamps;
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::entry::Entry;
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Release;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use crossdock_wire::index_file;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ahead::Foresight;
pub(crate) use ahead::{Ahead, Hint};
use confirmed::Confirmed;
use origin::Nature;
use recognised::Recognised;
pub(crate) use removals::Removals;
pub use removals::UpstreamHealth;
pub(crate) use targets::Targets;

/// How long rows are kept parsed; a resolution asks for what follows within seconds.
const PARSED_FOR: Duration = Duration::from_secs(10);

/// How long "no such crate" is believed: cargo polls every second after a publish,
/// and a name may appear upstream at any moment. Never longer than rows are.
const ABSENT_FOR: Duration = Duration::from_secs(10);

/// How long last good rows are served without asking a silent upstream again.
const SILENT_FOR: Duration = Duration::from_secs(2);

/// How long one who asks waits for an upstream if there are rows to give instead.
const PATIENCE_WITH_ROWS: Duration = Duration::from_secs(3);

/// How long one who asks waits if there is nothing: cargo gives up a transfer after
/// 30 s without data and then does not show our reason; 503 is shown and tried again.
const PATIENCE: Duration = Duration::from_secs(10);

/// Recognises rows without keeping them: rows with one id are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowsId(u64);

impl RowsId {
    /// Makes an id that no other rows have, of whichever mirror.
    fn new() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self(LAST.fetch_add(1, Ordering::Relaxed))
    }
}

/// Rows of one name, or the knowledge that there are none.
pub(crate) struct Held {
    pub(crate) id: RowsId,
    /// One JSON object per line; empty if the upstream has no such crate.
    pub(crate) rows: Bytes,
    validators: Validators,
    /// The body that the upstream showed last, if it showed one since the start.
    shown: Option<Checksum>,
    /// Milliseconds since the mirror was opened.
    ask_again_ms: AtomicU64,
    /// Set when the upstream's word came; see `mirror/confirmed.rs`.
    confirmed: Confirmed,
    /// What cargo will ask for next.
    next: Arc<ahead::Next>,
    /// Since when it is held, in milliseconds since the mirror was opened.
    since_ms: u64,
    /// What the upstream said when it was asked ahead.
    ahead: ahead::Waiting,
}

impl Held {
    fn new(rows: Bytes, validators: Validators, shown: Option<Checksum>) -> Self {
        Self {
            id: RowsId::new(),
            rows,
            validators,
            shown,
            ask_again_ms: AtomicU64::new(0),
            confirmed: Confirmed::default(),
            next: Arc::default(),
            since_ms: 0,
            ahead: ahead::Waiting::default(),
        }
    }
}

/// A row's text and what it says.
type Row = (String, Release);

/// What a mirror answers: rows (held for good or absent), or silence.
pub(crate) type MirrorAnswer = Result<Arc<Held>, MirrorError>;

/// Why a mirror has no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum MirrorError {
    /// The upstream cannot say, and nothing is held.
    #[error(transparent)]
    Silent(#[from] Silence),
    /// Our own store cannot.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another node recorded other rows of the name meanwhile.
    #[error("other nodes are recording rows of it; try again")]
    Overtaken,
}

/// One mirror.
pub(crate) struct Mirror {
    name: RegistryName,
    /// What null means in the upstream's rows, and addresses in general.
    targets: Targets,
    revalidate_after: Duration,
    upstream: Arc<dyn Upstream>,
    /// What the upstream is, by its own word.
    nature: Nature,
    /// Which installation we are.
    installation: String,
    ledger: Arc<dyn Ledger>,
    observed: Arc<ObservedNames>,
    absences: Arc<Absences>,
    alarms: Arc<Alarms>,
    removals: Removals,
    /// When the upstream confirmed what was held before the start.
    confirmed: HashMap<IndexName, Timestamp>,
    recognised: Recognised,
    held: Cache<IndexName, Arc<Held>>,
    /// Entries just read, by the rows they were read from: what is fetched ahead is
    /// asked for a moment later.
    parsed: Cache<IndexName, (RowsId, Arc<Entry>)>,
    flight: Flight<IndexName, MirrorAnswer>,
    foresight: Foresight,
    stamps: Stamps,
    recordings: Arc<Recordings>,
    opened: Instant,
}

/// What a mirror stands on.
pub(crate) struct Opened {
    pub(crate) targets: Targets,
    pub(crate) upstream: Arc<dyn Upstream>,
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) observed: Arc<ObservedNames>,
    pub(crate) absences: Arc<Absences>,
    pub(crate) alarms: Arc<Alarms>,
    pub(crate) removals: Removals,
    pub(crate) confirmed: HashMap<IndexName, Timestamp>,
    pub(crate) recordings: Arc<Recordings>,
    /// Which installation we are, to recognise ourselves.
    pub(crate) installation: String,
    /// Memory for rows as text and for parsed ones, in bytes.
    pub(crate) rows_bytes_max: u64,
    pub(crate) parsed_bytes_max: u64,
}

impl Mirror {
    pub(crate) fn new(on: Opened, revalidate_after: Duration) -> Arc<Self> {
        let weigh = |name: &IndexName, held: &Arc<Held>| {
            let rest = size_of::<Held>() + ahead::NEXT_BYTES;
            u32::try_from(name.as_str().len() + held.rows.len() + rest).unwrap_or(u32::MAX)
        };
        Arc::new(Self {
            name: on.targets.mirror.clone(),
            targets: on.targets,
            revalidate_after,
            upstream: on.upstream,
            nature: Nature::default(),
            installation: on.installation,
            ledger: on.ledger,
            observed: on.observed,
            absences: on.absences,
            alarms: on.alarms,
            removals: on.removals,
            confirmed: on.confirmed,
            recognised: Recognised::default(),
            held: Cache::builder()
                .max_capacity(on.rows_bytes_max)
                .weigher(weigh)
                .build(),
            parsed: Cache::builder()
                .max_capacity(on.parsed_bytes_max)
                .weigher(|name: &IndexName, (_, entry): &(RowsId, Arc<Entry>)| {
                    let bytes = name.as_str().len() + entry.bytes() + 256;
                    u32::try_from(bytes).unwrap_or(u32::MAX)
                })
                // Nothing is asked for twice in so short a time: the newest count most.
                .eviction_policy(EvictionPolicy::lru())
                .time_to_live(PARSED_FOR)
                .build(),
            flight: Flight::new(),
            foresight: Foresight::new(),
            stamps: Stamps::new(),
            recordings: on.recordings,
            opened: Instant::now(),
        })
    }

    /// Tells whether the upstream may have a name at all, by its list of names.
    pub(crate) fn may_have(&self, name: &NameKey) -> bool {
        self.upstream.may_have(name)
    }

    /// Tells whether what the upstream answered for a name was refused a moment ago.
    pub(crate) fn was_refused(&self, name: &IndexName) -> bool {
        self.upstream.was_refused(name)
    }

    /// Fetches an archive from the upstream, which verifies its checksum.
    pub(crate) async fn download(
        &self,
        name: &CrateName,
        version: &Version,
        checksum: &Checksum,
        permit: &Permit,
    ) -> Result<Bytes, DownloadError> {
        let reason = permit.reason();
        self.upstream
            .download(name, version, checksum, reason)
            .await
    }

    /// Tells how many milliseconds an answer may still be served without asking.
    pub(crate) fn fresh_for_ms(&self, held: &Held) -> u64 {
        held.ask_again_ms
            .load(Ordering::Relaxed)
            .saturating_sub(self.now_ms())
    }

    /// Tells how many milliseconds what is in memory of a name may be believed, absence
    /// included; nothing if nothing is.
    pub(crate) fn believed_for_ms(&self, name: &IndexName) -> Option<u64> {
        self.held.get(name).map(|held| self.fresh_for_ms(&held))
    }

    /// Answers for a name, asking the upstream if the held answer is too old.
    ///
    /// A slow upstream is not waited for longer than cargo would be patient: what is
    /// held is given meanwhile, and the request goes on for those who ask later.
    /// A name that the upstream does not have by its list of names is absent unasked,
    /// unless something is held of it: who is on a list decides about the unknown only.
    pub(crate) async fn rows(self: &Arc<Self>, name: &IndexName, permit: &Permit) -> MirrorAnswer {
        if let Some(held) = self
            .held
            .get(name)
            .filter(|held| self.fresh_for_ms(held) > 0 || held.ahead.take(self.now_ms()))
        {
            return Ok(held);
        }
        let read = self.before(name).await?;
        let before = read.held.clone().filter(|held| !held.rows.is_empty());
        // Read back just now, and confirmed before the last stop.
        if let Some(held) = before.as_ref().filter(|held| self.fresh_for_ms(held) > 0) {
            return Ok(held.clone());
        }
        if before.is_none() && !self.upstream.may_have(&name.key()) {
            return Ok(self.keep_absent(name));
        }
        let (mirror, wanted, permit) = (self.clone(), name.clone(), permit.clone());
        let joined = self.flight.join(name.clone(), || async move {
            mirror.ask(&wanted, &permit, read).await
        });
        let patience = if before.is_some() {
            PATIENCE_WITH_ROWS
        } else {
            PATIENCE
        };
        let silence = |what: &str| {
            Silence(format!(
                "upstream of `{}` {what} when asked for `{name}`",
                self.name
            ))
        };
        match tokio::time::timeout(patience, joined).await {
            Ok(Some(answer)) => answer,
            Ok(None) => self.last_good(name, before, silence("was interrupted")),
            Err(_) => self.last_good(name, before, silence("did not answer in time")),
        }
    }

    /// Asks the upstream, however fresh what is held is; silence is an error here.
    pub(crate) async fn ask_again(
        self: &Arc<Self>,
        name: &IndexName,
        permit: &Permit,
    ) -> MirrorAnswer {
        let (mirror, wanted, permit) = (self.clone(), name.clone(), permit.clone());
        let before = self.before(name).await?;
        let joined = self.flight.join(name.clone(), || async move {
            mirror.ask(&wanted, &permit, before).await
        });
        let silence = |what: &str| Silence(format!("upstream of `{}` {what}", self.name));
        let held = joined.await.ok_or_else(|| silence("was interrupted"))??;
        // Without rows it is absent, which is an answer.
        match held.confirmed.is_set() || held.rows.is_empty() {
            true => Ok(held),
            false => Err(silence("did not answer").into()),
        }
    }

    /// Answers from what is held, however old, without asking.
    pub(crate) async fn held(&self, name: &IndexName) -> Result<Option<Arc<Held>>, StoreError> {
        if let Some(held) = self.held.get(name) {
            return Ok(Some(held));
        }
        let stamp = self.stamps.take(&name.key());
        let Some(kept) = self.ledger.mirrored(&self.name, name).await? else {
            return Ok(None);
        };
        let held = self.known_again(name, Held::new(kept.rows, kept.validators, None));
        let held = if let Some((at, good_for)) = self.still_good_for(name) {
            held.confirmed.set(at);
            self.hold(name, held, good_for)
        } else {
            let held = Arc::new(held);
            self.held.insert(name.clone(), held.clone());
            held
        };
        self.unless_forgotten(name, stamp);
        Ok(Some(held))
    }

    /// Tells, without asking, whether the upstream is known to have a crate.
    pub(crate) fn is_listed(&self, name: &NameKey) -> bool {
        self.upstream.is_listed(name)
    }

    /// Reads held rows; what upstream sent malformed was left out when it came.
    pub(crate) fn entry(&self, name: &IndexName, held: &Held) -> Option<Arc<Entry>> {
        if let Some((id, entry)) = self.parsed.get(name)
            && id == held.id
        {
            return Some(entry);
        }
        let entry = Arc::new(self.read_rows(name, &held.rows)?);
        self.parsed.insert(name.clone(), (held.id, entry.clone()));
        Some(entry)
    }

    /// Reads rows without keeping what was read.
    pub(crate) fn read_rows(&self, name: &IndexName, rows: &[u8]) -> Option<Entry> {
        let file = index_file::decode(rows, name, &|registry| self.targets.of(registry));
        let releases = file.rows.into_iter().map(|(_, release)| release).collect();
        Entry::new(releases).ok()
    }

    fn keep_absent(&self, name: &IndexName) -> Arc<Held> {
        let held = Held::new(Bytes::new(), Validators::default(), None);
        self.hold(name, held, ABSENT_FOR.min(self.revalidate_after))
    }

    fn keep_again(&self, name: &IndexName, before: &Held, fresh_for: Duration) -> Arc<Held> {
        let again = Held {
            id: before.id,
            rows: before.rows.clone(),
            validators: before.validators.clone(),
            shown: before.shown,
            ask_again_ms: AtomicU64::new(0),
            confirmed: Confirmed::default(),
            next: before.next.clone(),
            since_ms: 0,
            ahead: ahead::Waiting::default(),
        };
        self.hold(name, again, fresh_for)
    }

    /// Holds what the upstream just said.
    fn hold_confirmed(&self, name: &IndexName, held: Held) -> Arc<Held> {
        held.confirmed.set(self.ledger.now());
        self.hold(name, held, self.revalidate_after)
    }

    fn hold(&self, name: &IndexName, mut held: Held, fresh_for: Duration) -> Arc<Held> {
        held.since_ms = self.now_ms();
        let fresh_for_ms = u64::try_from(fresh_for.as_millis()).unwrap_or(u64::MAX);
        held.ask_again_ms.store(
            self.now_ms().saturating_add(fresh_for_ms),
            Ordering::Relaxed,
        );
        let held = Arc::new(held);
        self.held.insert(name.clone(), held.clone());
        held
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
