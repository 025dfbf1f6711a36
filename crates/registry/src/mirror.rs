//! One mirror: another registry's rows, fetched when asked for and kept for good.
//!
//! What was kept once is answered from then on, whatever becomes of the upstream
//! (laws 4 and 5). An answer is durable before it is served. At most one request
//! per name is in flight.
//!
//! Absent: whether a name may be sent to the upstream at all; the views decide
//! that before they come here.

use crate::flight::Flight;
use crate::ports::{Batch, Change, IndexAnswer, Ledger, Silence, StoreError, Upstream, Validators};
use bytes::Bytes;
use crossdock_core::actor::Actor;
use crossdock_core::address::{Address, AddressBook, AddressError, Place};
use crossdock_core::entry::Entry;
use crossdock_core::foresight::asked_next;
use crossdock_core::history::{Keep, continue_history};
use crossdock_core::name::IndexName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::{Release, Target};
use crossdock_wire::index_file;
use moka::sync::Cache;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tracing::warn;

/// Memory for rows of one mirror; beyond it they are read back from the ledger.
const ROWS_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// How long "no such crate" is believed: cargo polls every second after a publish,
/// and a name may appear upstream at any moment.
const ABSENT_FOR: Duration = Duration::from_secs(10);

/// How long last good rows are served without asking a silent upstream again.
const SILENT_FOR: Duration = Duration::from_secs(2);

/// How long one who asks waits for an upstream if there are rows to give instead.
const PATIENCE_WITH_ROWS: Duration = Duration::from_secs(3);

/// How long one who asks waits if there is nothing: cargo gives up a transfer after
/// 30 s without data and then does not show our reason; 503 is shown and tried again.
const PATIENCE: Duration = Duration::from_secs(10);

/// Rows of one name, or the knowledge that there are none.
pub(crate) struct Held {
    /// One JSON object per line; empty if the upstream has no such crate.
    pub(crate) rows: Bytes,
    validators: Validators,
    /// Milliseconds since the mirror was opened.
    ask_again_ms: AtomicU64,
    /// What cargo will ask for next; read from the rows when first wanted.
    next: OnceLock<Arc<[IndexName]>>,
}

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
}

/// One mirror.
pub(crate) struct Mirror {
    name: RegistryName,
    /// What null means in the upstream's rows, and addresses in general.
    targets: Targets,
    revalidate_after: Duration,
    upstream: Arc<dyn Upstream>,
    ledger: Arc<dyn Ledger>,
    held: Cache<IndexName, Arc<Held>>,
    flight: Flight<IndexName, MirrorAnswer>,
    opened: Instant,
}

/// Reads the `registry` of a mirrored row's dependencies.
#[derive(Clone)]
pub(crate) struct Targets {
    pub(crate) mirror: RegistryName,
    pub(crate) address: Address,
    pub(crate) book: Arc<AddressBook>,
}

impl Targets {
    fn of(&self, registry: Option<&str>) -> Result<Target, AddressError> {
        let Some(text) = registry else {
            return Ok(Target::Own);
        };
        let address = Address::parse(text)?;
        if address == self.address {
            return Ok(Target::Own);
        }
        Ok(match self.book.place(&address) {
            Place::CratesIo if self.address == Address::CratesIo => Target::Own,
            Place::CratesIo => Target::CratesIo,
            Place::Registry(name) if name == self.mirror => Target::Own,
            Place::Registry(name) => Target::Registry(name),
            // An upstream that names our views or faces means what it says.
            Place::View(_) | Place::Face { .. } | Place::Nowhere(_) | Place::Elsewhere(_) => {
                Target::Elsewhere(address)
            }
        })
    }
}

impl Mirror {
    pub(crate) fn new(
        targets: Targets,
        revalidate_after: Duration,
        upstream: Arc<dyn Upstream>,
        ledger: Arc<dyn Ledger>,
    ) -> Arc<Self> {
        let weigh = |name: &IndexName, held: &Arc<Held>| {
            u32::try_from(name.as_str().len() + held.rows.len() + 256).unwrap_or(u32::MAX)
        };
        Arc::new(Self {
            name: targets.mirror.clone(),
            targets,
            revalidate_after,
            upstream,
            ledger,
            held: Cache::builder()
                .max_capacity(ROWS_BYTES_MAX)
                .weigher(weigh)
                .build(),
            flight: Flight::new(),
            opened: Instant::now(),
        })
    }

    pub(crate) fn upstream(&self) -> &Arc<dyn Upstream> {
        &self.upstream
    }

    /// Tells how many milliseconds an answer may still be served without asking.
    pub(crate) fn fresh_for_ms(&self, held: &Held) -> u64 {
        held.ask_again_ms
            .load(Ordering::Relaxed)
            .saturating_sub(self.now_ms())
    }

    /// Answers for a name, asking the upstream if the held answer is too old.
    ///
    /// A slow upstream is not waited for longer than cargo would be patient: what is
    /// held is given meanwhile, and the request goes on for those who ask later.
    pub(crate) async fn rows(self: &Arc<Self>, name: &IndexName) -> MirrorAnswer {
        if let Some(held) = self
            .held
            .get(name)
            .filter(|held| self.fresh_for_ms(held) > 0)
        {
            return Ok(held);
        }
        let before = self.held(name).await?.filter(|held| !held.rows.is_empty());
        let (mirror, wanted) = (self.clone(), name.clone());
        let joined = self
            .flight
            .join(name.clone(), || async move { mirror.ask(&wanted).await });
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

    /// Answers from what is held, however old, without asking.
    pub(crate) async fn held(&self, name: &IndexName) -> Result<Option<Arc<Held>>, StoreError> {
        if let Some(held) = self.held.get(name) {
            return Ok(Some(held));
        }
        let Some(kept) = self.ledger.mirrored(&self.name, name).await? else {
            return Ok(None);
        };
        let held = Arc::new(Held {
            rows: kept.rows,
            validators: kept.validators,
            ask_again_ms: AtomicU64::new(0),
            next: OnceLock::new(),
        });
        self.held.insert(name.clone(), held.clone());
        Ok(Some(held))
    }

    /// Tells whether an answer is there that need not be asked for again.
    pub(crate) fn is_fresh(&self, name: &IndexName) -> bool {
        self.held
            .get(name)
            .is_some_and(|held| self.fresh_for_ms(&held) > 0)
    }

    /// Reads held rows; what upstream sent malformed was left out when it came.
    pub(crate) fn entry(&self, name: &IndexName, held: &Held) -> Option<Entry> {
        let file = index_file::decode(&held.rows, name, &|registry| self.targets.of(registry));
        Entry::new(file.rows.into_iter().map(|(_, release)| release).collect()).ok()
    }

    /// Names what cargo will ask this upstream for, once it has seen these rows.
    pub(crate) fn asked_next<'h>(&self, name: &IndexName, held: &'h Held) -> &'h [IndexName] {
        held.next.get_or_init(|| {
            let next = self
                .entry(name, held)
                .map(|entry| asked_next(entry.releases()))
                .unwrap_or_default();
            next.into_iter().map(|name| name.index_name()).collect()
        })
    }

    async fn ask(&self, name: &IndexName) -> MirrorAnswer {
        let before = self.held(name).await?.filter(|held| !held.rows.is_empty());
        let known = before
            .as_ref()
            .map(|held| held.validators.clone())
            .unwrap_or_default();
        let answer = self.upstream.index(name, &known).await;
        match (answer, before) {
            (Ok(IndexAnswer::Unchanged), Some(before)) => {
                Ok(self.keep_again(name, &before, self.revalidate_after))
            }
            (Ok(IndexAnswer::Absent), None) => {
                Ok(self.keep(name, Bytes::new(), Validators::default(), ABSENT_FOR))
            }
            (Ok(IndexAnswer::Absent), Some(before)) => {
                warn!(registry = %self.name, krate.name = %name, "upstream no longer has {name}; what was kept stays");
                Ok(self.keep_again(name, &before, self.revalidate_after))
            }
            (Ok(IndexAnswer::Body { bytes, validators }), before) => {
                self.observe(name, bytes, validators, before).await
            }
            (Ok(IndexAnswer::Unchanged), None) => Err(Silence(format!(
                "upstream of `{}` answered 304 for `{name}`, of which nothing is held",
                self.name
            ))
            .into()),
            (Err(silence), before) => self.last_good(name, before, silence),
        }
    }

    fn last_good(
        &self,
        name: &IndexName,
        before: Option<Arc<Held>>,
        silence: Silence,
    ) -> MirrorAnswer {
        let Some(before) = before else {
            return Err(silence.into());
        };
        warn!(registry = %self.name, krate.name = %name, "serving what is held of {name}: {silence}");
        Ok(self.keep_again(name, &before, SILENT_FOR.min(self.revalidate_after)))
    }

    /// Takes in what the upstream shows, as far as history allows, and records it.
    async fn observe(
        &self,
        name: &IndexName,
        bytes: Bytes,
        validators: Validators,
        before: Option<Arc<Held>>,
    ) -> MirrorAnswer {
        let shown = index_file::decode(&bytes, name, &|registry| self.targets.of(registry));
        for quarantined in &shown.quarantined {
            warn!(
                registry = %self.name, krate.name = %name,
                "left out line {} of upstream's {name}: {}", quarantined.line, quarantined.reason
            );
        }
        if shown.rows.is_empty() {
            let silence = Silence(format!(
                "upstream of `{}` answered 200 for `{name}` with {} bytes and no usable row",
                self.name,
                bytes.len()
            ));
            return self.last_good(name, before, silence);
        }
        let old_rows = before
            .as_ref()
            .map(|held| held.rows.clone())
            .unwrap_or_default();
        let old = index_file::decode(&old_rows, name, &|registry| self.targets.of(registry));
        let (rows, count) = self.continued(name, &old.rows, &shown.rows);
        let changes = match &before {
            Some(held) if held.rows == rows && held.validators == validators => Vec::new(),
            Some(held) if held.rows == rows => {
                vec![Change::Revalidated {
                    registry: self.name.clone(),
                    name: name.clone(),
                    validators: validators.clone(),
                }]
            }
            _ => vec![Change::Observe {
                registry: self.name.clone(),
                name: name.clone(),
                rows: rows.clone(),
                releases: count,
                validators: validators.clone(),
            }],
        };
        if !changes.is_empty() {
            let appended = self
                .ledger
                .append(Batch {
                    actor: Actor::server(),
                    changes,
                })
                .await;
            appended.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        }
        // The same rows stay the same memory: files made of them are recognised by it.
        let rows = before
            .map(|held| held.rows.clone())
            .filter(|before| *before == rows)
            .unwrap_or(rows);
        Ok(self.keep(name, rows, validators, self.revalidate_after))
    }

    fn continued(
        &self,
        name: &IndexName,
        old: &[(String, Release)],
        new: &[(String, Release)],
    ) -> (Bytes, u32) {
        let releases = |rows: &[(String, Release)]| -> Vec<Release> {
            rows.iter().map(|(_, release)| release.clone()).collect()
        };
        let (old_releases, new_releases) = (releases(old), releases(new));
        let (kept, alarms) = continue_history(
            &old_releases.iter().collect::<Vec<_>>(),
            &new_releases.iter().collect::<Vec<_>>(),
        );
        for alarm in alarms {
            warn!(registry = %self.name, krate.name = %name, "upstream changed history of {name}: {alarm}");
        }
        let mut text = String::with_capacity(new.iter().map(|(row, _)| row.len() + 1).sum());
        for keep in &kept {
            let (row, _) = match keep {
                Keep::Old(at) => &old[*at],
                Keep::New(at) => &new[*at],
            };
            text.push_str(row);
            text.push('\n');
        }
        (
            Bytes::from(text),
            u32::try_from(kept.len()).unwrap_or(u32::MAX),
        )
    }

    fn keep(
        &self,
        name: &IndexName,
        rows: Bytes,
        validators: Validators,
        fresh_for: Duration,
    ) -> Arc<Held> {
        self.hold(
            name,
            Held {
                rows,
                validators,
                ask_again_ms: AtomicU64::new(0),
                next: OnceLock::new(),
            },
            fresh_for,
        )
    }

    fn keep_again(&self, name: &IndexName, before: &Held, fresh_for: Duration) -> Arc<Held> {
        let (rows, validators, next) = (
            before.rows.clone(),
            before.validators.clone(),
            before.next.clone(),
        );
        self.hold(
            name,
            Held {
                rows,
                validators,
                ask_again_ms: AtomicU64::new(0),
                next,
            },
            fresh_for,
        )
    }

    fn hold(&self, name: &IndexName, held: Held, fresh_for: Duration) -> Arc<Held> {
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
