//! Asks the upstream, and takes in what it shows as far as history allows.
//!
//! Garbage is silence, not absence; what an upstream must not change is refused row
//! by row; and what is kept is durable before anyone sees it.

use super::ahead::Waiting;
use super::followed::seen_rows;
use super::removals::{set_yanked, yank};
use super::{Confirmed, Held, Mirror, MirrorAnswer, MirrorError, Row, RowsId, SILENT_FOR};
use crate::ports::{
    AppendError, Applied, Batch, Change, IndexAnswer, IndexBody, Silence, StoreError, Validators,
};
use crate::privacy::Permit;
use bytes::Bytes;
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::entry::Entry;
use crossdock_core::history::{Keep, Kept, continue_history};
use crossdock_core::name::IndexName;
use crossdock_core::release::Release;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use crossdock_wire::index_file;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tracing::{debug, error};

impl Mirror {
    pub(super) async fn ask_once(
        &self,
        name: &IndexName,
        permit: &Permit,
        before: Option<Arc<Held>>,
    ) -> MirrorAnswer {
        let before = before.filter(|held| !held.rows.is_empty());
        let known = before
            .as_ref()
            .map(|held| held.validators.clone())
            .unwrap_or_default();
        let asked = self.index_of_a_registry(name, &known, permit.reason());
        let answer = asked.await;
        let now = self.ledger.now();
        match &answer {
            Ok(IndexAnswer::Unchanged | IndexAnswer::Absent) => self.note_answer(now),
            // Whether it is an answer shows when it is read.
            Ok(IndexAnswer::Body(_)) => {}
            Err(silence) => {
                self.note_silence(now, &silence.0);
                if self.upstream.was_refused(name) {
                    self.tell_refused_answer(&silence.0, now);
                }
            }
        }
        let last_good = before.clone();
        match self.taken(name, answer, before, now).await {
            // What is new cannot be recorded, so it is not shown; what is held can be.
            Err(MirrorError::Store(error)) if last_good.is_some() => {
                error!(registry = %self.name, krate.name = %name, "what is new of {name} is not recorded: {error}");
                self.last_good(name, last_good, Silence(error.to_string()))
            }
            taken => taken,
        }
    }

    /// Takes an answer in, beside what was held before.
    async fn taken(
        &self,
        name: &IndexName,
        answer: Result<IndexAnswer, Silence>,
        before: Option<Arc<Held>>,
        now: Timestamp,
    ) -> MirrorAnswer {
        match (answer, before) {
            (Ok(IndexAnswer::Unchanged), Some(before)) => {
                self.learn_missed(name, &[], &[], now);
                self.judged(name, before).await
            }
            (Ok(IndexAnswer::Absent), None) => Ok(self.keep_absent(name)),
            (Ok(IndexAnswer::Absent), Some(before)) => self.gone(name, before).await,
            (Ok(IndexAnswer::Body(body)), before) => self.observe(name, body, before).await,
            (Ok(IndexAnswer::Unchanged), None) => Err(Silence(format!(
                "upstream of `{}` answered 304 for `{name}`, of which nothing is held",
                self.name
            ))
            .into()),
            (Err(silence), before) => self.last_good(name, before, silence),
        }
    }

    /// Keeps what is held of a name that the upstream says it does not have.
    ///
    /// The next look is unconditional: what the upstream showed before may be back
    /// then, which 304 would not tell from what is held.
    async fn gone(&self, name: &IndexName, before: Arc<Held>) -> MirrorAnswer {
        let rows = self.decoded(name, &before.rows);
        let versions: Vec<_> = rows.into_iter().map(|(_, row)| row.version).collect();
        let changes = self.missed(name, &versions, |_| false);
        self.record_missed(name, changes).await?;
        let unconditional = Validators::default();
        if before.validators != unconditional {
            self.renew(name, &before, unconditional.clone()).await?;
        }
        let (rows, next) = (before.rows.clone(), before.next.clone());
        let forgotten = Held {
            id: before.id,
            rows,
            validators: unconditional,
            shown: None,
            ask_again_ms: AtomicU64::new(0),
            confirmed: Confirmed::default(),
            next,
            since_ms: 0,
            ahead: Waiting::default(),
        };
        self.judged(name, Arc::new(forgotten)).await
    }

    pub(super) fn last_good(
        &self,
        name: &IndexName,
        before: Option<Arc<Held>>,
        silence: Silence,
    ) -> MirrorAnswer {
        let Some(before) = before else {
            return Err(silence.into());
        };
        // Not news: the channel tells once that an upstream is down, an alarm that it
        // stays so, and somebody asks every second.
        debug!(registry = %self.name, krate.name = %name, "serving what is held of {name}: {silence}");
        Ok(self.keep_again(name, &before, SILENT_FOR.min(self.revalidate_after)))
    }

    /// Takes in what the upstream shows, as far as history allows, and records it.
    async fn observe(
        &self,
        name: &IndexName,
        body: IndexBody,
        before: Option<Arc<Held>>,
    ) -> MirrorAnswer {
        let (bytes, validators) = (body.bytes, body.validators);
        let (digest, now) = (body.checksum, self.ledger.now());
        if let Some(before) = before
            .as_ref()
            .filter(|before| before.shown == Some(digest) && before.validators == validators)
        {
            self.learn_missed(name, &[], &[], now);
            self.note_answer(now);
            return self.judged(name, before.clone()).await;
        }
        let shown = index_file::decode(&bytes, name, &|registry| self.targets.of(registry));
        if shown.rows.is_empty() {
            self.tell_no_index(name, bytes.len(), now);
            let silence = Silence(format!(
                "upstream of `{}` answered 200 for `{name}` with {} bytes and no usable row",
                self.name,
                bytes.len()
            ));
            self.note_silence(now, &silence.0);
            return self.last_good(name, before, silence);
        }
        self.note_answer(now);
        self.tell_refused(name, &shown, now);
        let old_rows = before
            .as_ref()
            .map(|held| held.rows.clone())
            .unwrap_or_default();
        let old = self.decoded(name, &old_rows);
        let (mut kept, gone) = self.continued(name, old, shown.rows, now);
        // Told before the wait for the disk: what follows is fetched meanwhile.
        self.look_ahead(name, &kept);
        let missed = self.missed(name, &gone, |version| !gone.contains(version));
        self.record_missed(name, missed).await?;
        yank(&mut kept, &self.removed(name, now).await?);
        self.keep(name, kept, validators, before, Some(digest))
            .await
    }

    /// Keeps other rows of a name than before, though the upstream showed the same.
    pub(super) async fn replace(
        &self,
        name: &IndexName,
        rows: Vec<Row>,
        before: Arc<Held>,
    ) -> MirrorAnswer {
        let (validators, shown) = (before.validators.clone(), before.shown);
        self.keep(name, rows, validators, Some(before), shown).await
    }

    /// Records rows, unless they are on record, and holds them.
    async fn keep(
        &self,
        name: &IndexName,
        kept: Vec<Row>,
        validators: Validators,
        before: Option<Arc<Held>>,
        shown: Option<Checksum>,
    ) -> MirrorAnswer {
        let rows = text_of(&kept);
        match &before {
            Some(held) if held.rows == rows && held.validators == validators => {}
            Some(held) if held.rows == rows => self.renew(name, held, validators.clone()).await?,
            _ => {
                let observed = Change::Observe {
                    registry: self.name.clone(),
                    name: name.clone(),
                    rows: rows.clone(),
                    releases: u32::try_from(kept.len()).unwrap_or(u32::MAX),
                    validators: validators.clone(),
                    seen: seen_rows(before.as_ref()),
                };
                self.record(vec![observed]).await?;
                self.observed.learn(&self.name, name);
                self.absences.forget(&name.key());
            }
        }
        // The same rows keep their id: files made of them are recognised by it.
        let same = before.filter(|before| before.rows == rows);
        let (id, rows) = match same {
            Some(before) => (before.id, before.rows.clone()),
            None => {
                self.recognised.forget(name);
                (RowsId::new(), rows)
            }
        };
        let releases = kept.into_iter().map(|(_, release)| release).collect();
        if let Ok(entry) = Entry::new(releases) {
            self.parsed.insert(name.clone(), (id, Arc::new(entry)));
        }
        let held = Held {
            id,
            ..Held::new(rows, validators, shown)
        };
        Ok(self.hold_confirmed(name, held))
    }

    pub(super) async fn renew(
        &self,
        name: &IndexName,
        held: &Arc<Held>,
        validators: Validators,
    ) -> Result<(), MirrorError> {
        let renewed = Change::Revalidated {
            registry: self.name.clone(),
            name: name.clone(),
            validators,
            seen: seen_rows(Some(held)),
        };
        self.record(vec![renewed]).await.map(drop)
    }

    async fn record_missed(
        &self,
        name: &IndexName,
        changes: Vec<Change>,
    ) -> Result<(), MirrorError> {
        let applied = if changes.is_empty() {
            Vec::new()
        } else {
            self.record(changes.clone()).await?
        };
        self.learn_missed(name, &changes, &applied, self.ledger.now());
        Ok(())
    }

    async fn record(&self, changes: Vec<Change>) -> Result<Vec<Applied>, MirrorError> {
        let (actor, recording) = (Actor::server(), self.recordings.begin().await);
        let appended = self.ledger.append(Batch { actor, changes }).await;
        let applied = appended.map_err(|error| match error {
            AppendError::Store(error) => MirrorError::Store(error),
            AppendError::RowsChanged => MirrorError::Overtaken,
            error => StoreError::Unavailable(error.to_string()).into(),
        })?;
        recording.recorded(&applied);
        Ok(applied)
    }

    pub(super) fn decoded(&self, name: &IndexName, rows: &[u8]) -> Vec<Row> {
        index_file::decode(rows, name, &|registry| self.targets.of(registry)).rows
    }

    /// Lets the upstream add to what is kept, and nothing more; says which versions
    /// are missing.
    fn continued(
        &self,
        name: &IndexName,
        old: Vec<Row>,
        new: Vec<Row>,
        now: Timestamp,
    ) -> (Vec<Row>, Vec<Version>) {
        if old.is_empty() {
            // Nothing to contradict: the usual first look, without copies.
            let mut rows = new;
            rows.sort_by(|left, right| left.1.version.cmp(&right.1.version));
            return (rows, Vec::new());
        }
        let (kept, alarms) = continue_history(&releases(&old), &releases(&new));
        let gone = self.tell_changed(name, alarms, now);
        let row = |kept: Kept| {
            let mut row = match kept.row {
                Keep::Old(at) => old[at].clone(),
                Keep::New(at) => new[at].clone(),
            };
            set_yanked(&mut row, kept.yanked);
            row
        };
        (kept.into_iter().map(row).collect(), gone)
    }
}

fn releases(rows: &[Row]) -> Vec<&Release> {
    rows.iter().map(|(_, release)| release).collect()
}

fn text_of(rows: &[Row]) -> Bytes {
    let mut text = String::with_capacity(rows.iter().map(|(row, _)| row.len() + 1).sum());
    for (row, _) in rows {
        text.push_str(row);
        text.push('\n');
    }
    text.into()
}
