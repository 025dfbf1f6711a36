//! Asks the upstream, and takes in what it shows as far as history allows.
//!
//! Garbage is silence, not absence; what an upstream must not change is refused row
//! by row; and what is kept is durable before anyone sees it.

use super::{Held, Mirror, MirrorAnswer, SILENT_FOR};
use crate::ports::{Batch, Change, IndexAnswer, Silence, StoreError, Validators};
use crate::privacy::Permit;
use bytes::Bytes;
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::entry::Entry;
use crossdock_core::foresight::asked_next;
use crossdock_core::history::{Keep, continue_history};
use crossdock_core::name::IndexName;
use crossdock_core::release::Release;
use crossdock_wire::index_file;
use std::sync::Arc;
use tracing::warn;

impl Mirror {
    pub(super) async fn ask(&self, name: &IndexName, permit: &Permit) -> MirrorAnswer {
        let before = self.held(name).await?.filter(|held| !held.rows.is_empty());
        let known = before
            .as_ref()
            .map(|held| held.validators.clone())
            .unwrap_or_default();
        let answer = self.upstream.index(name, &known, permit.reason()).await;
        match (answer, before) {
            (Ok(IndexAnswer::Unchanged), Some(before)) => {
                Ok(self.keep_again(name, &before, self.revalidate_after))
            }
            (Ok(IndexAnswer::Absent), None) => Ok(self.keep_absent(name)),
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

    pub(super) fn last_good(
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
        let digest = Checksum::of(&bytes);
        if let Some(before) = before
            .as_ref()
            .filter(|before| before.shown == Some(digest) && before.validators == validators)
        {
            return Ok(self.keep_again(name, before, self.revalidate_after));
        }
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
        let kept = self.continued(name, old.rows, shown.rows);
        // Told before the wait for the disk: what follows is fetched meanwhile.
        let next = asked_next(kept.iter().map(|(_, release)| release));
        self.look_ahead(&next);
        let rows = text_of(&kept);
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
                releases: u32::try_from(kept.len()).unwrap_or(u32::MAX),
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
            self.observed.learn(&self.name, name);
        }
        // The same rows stay the same memory: files made of them are recognised by it.
        let same = before
            .map(|held| held.rows.clone())
            .filter(|before| *before == rows);
        let rows = same.unwrap_or(rows);
        let releases = kept.into_iter().map(|(_, release)| release).collect();
        if let Ok(entry) = Entry::new(releases) {
            self.parsed
                .insert(name.clone(), (rows.clone(), Arc::new(entry)));
        }
        let held = Held::new(rows, validators, Some(digest), Some(next));
        Ok(self.hold(name, held, self.revalidate_after))
    }

    /// Lets the upstream add to what is kept, and nothing more.
    fn continued(&self, name: &IndexName, old: Vec<Row>, new: Vec<Row>) -> Vec<Row> {
        if old.is_empty() {
            // Nothing to contradict: the usual first look, without copies.
            let mut rows = new;
            rows.sort_by(|left, right| left.1.version.cmp(&right.1.version));
            return rows;
        }
        let (kept, alarms) = continue_history(&releases(&old), &releases(&new));
        for alarm in alarms {
            warn!(registry = %self.name, krate.name = %name, "upstream changed history of {name}: {alarm}");
        }
        let row = |keep: Keep| match keep {
            Keep::Old(at) => old[at].clone(),
            Keep::New(at) => new[at].clone(),
        };
        kept.into_iter().map(row).collect()
    }
}

/// A row's text and what it says.
type Row = (String, Release);

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
