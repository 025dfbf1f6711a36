//! Reads an index file: of a registry alone, of a view, of a face.
//!
//! The order of things keeps the laws: who owns the name is decided and recorded,
//! and where each dependency points to is decided and recorded, before a byte is
//! shown. Deciding is `core`'s; here members are asked, outcomes are recorded, and
//! bytes are finished.

use crate::alarms::AlarmKind;
use crate::asking::Asked;
use crate::federation::Federation;
use crate::privacy::{Passage, Wish};
use crate::refusal::{Refusal, RefusalKind};
use crate::render::IndexFile;
use crate::spelling;
use crate::surface::Surface;
use crossdock_core::entry::Entry;
use crossdock_core::merge::{Answer, Conflict, Merged, Verdict};
use crossdock_core::name::IndexName;
use crossdock_core::policy::ViewPolicy;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Release;
use crossdock_core::timestamp::Timestamp;
use std::sync::Arc;

/// How often an answer is decided anew because another reader recorded an owner
/// first. Each round somebody made progress, so two would do.
const ROUNDS_MAX: usize = 4;

impl Federation {
    /// Answers with an index file, asking and recording whatever that takes.
    ///
    /// # Errors
    /// [`Refusal`]: absent, a conflict that has to be settled, or a member that
    /// might own the name and cannot answer.
    pub async fn read_index(
        &self,
        surface: &Surface,
        name: &IndexName,
    ) -> Result<Arc<IndexFile>, Refusal> {
        match self.stands_still(surface, &name.key()) {
            Some(epoch) => self.read_frozen(surface, name, epoch).await,
            None => {
                let stamp = self.served.absence_stamp(&name.key());
                let read = self.read_live(surface, name).await;
                if let Err(refusal) = &read {
                    self.keep_absence(surface, name, refusal, stamp);
                }
                read
            }
        }
    }

    /// Answers with an index file as it is, whether or not the view stands still.
    pub(crate) async fn read_live(
        &self,
        surface: &Surface,
        name: &IndexName,
    ) -> Result<Arc<IndexFile>, Refusal> {
        let path = surface.index_path(name);
        if self.directories.concern(&path) {
            self.look_at_folders(surface).await;
            if let Some(file) = self.served.fresh_index(&path) {
                return Ok(file);
            }
        }
        if let Some(file) = self.confirmed(surface, &path, name).await {
            return Ok(file);
        }
        self.under_way.done(&name.key()).await;
        let stamp = self.served.stamp(&name.key());
        let file = match surface {
            Surface::Registry(registry) => self.read_registry(registry, name).await?,
            Surface::Face { view, member } => self.read_face(view, member, name).await?,
            Surface::View(view) => self.read_view(view, name).await?,
        };
        let file = Arc::new(file);
        self.served.keep_index(&path, &file, stamp);
        Ok(file)
    }

    /// Brings a file in memory up to date if all that is needed is its upstream's
    /// word that the rows are still the same.
    async fn confirmed(
        &self,
        surface: &Surface,
        path: &str,
        name: &IndexName,
    ) -> Option<Arc<IndexFile>> {
        let file = self.served.any_index(path)?;
        let (member, rows) = file.made_of.as_ref()?;
        if file.until.is_some_and(|until| self.ledger.now() >= until) {
            return None;
        }
        let mirror = self.mirrors.get(member)?;
        // The name may have become private since the file was made.
        let key = name.key();
        let passage = self.privacy.passage(member, &key, &Wish::at(surface)).await;
        let Passage::Granted(permit) = passage else {
            return None;
        };
        let held = mirror.rows(name, &permit).await.ok()?;
        self.prefetcher
            .hint(member, &mirror.asked_next(name, &held));
        // Rows that were read back are told apart in vain.
        (held.id == *rows).then(|| {
            let fresh_for_ms = mirror.fresh_for_ms(&held);
            let fresh_for_ms = fresh_for_ms.min(self.holds_for_ms(file.until));
            file.refresh(self.served.now_ms().saturating_add(fresh_for_ms))
        })?;
        Some(file)
    }

    async fn read_registry(
        &self,
        registry: &RegistryName,
        name: &IndexName,
    ) -> Result<IndexFile, Refusal> {
        let asked = self
            .ask(std::slice::from_ref(registry), name, &Wish::Plain)
            .await;
        let entry = self.one_entry(registry, name, &asked)?;
        let rows = entry.releases().iter().map(|release| (registry, release));
        Ok(self.finish(
            asked,
            Some(registry),
            spelling::alone(&self.configuration, registry, rows),
        ))
    }

    async fn read_face(
        &self,
        view: &RegistryName,
        member: &RegistryName,
        name: &IndexName,
    ) -> Result<IndexFile, Refusal> {
        self.admit_face(view, member)?;
        let policy = self.policy(view)?;
        for _ in 0..ROUNDS_MAX {
            let asked = self
                .ask(std::slice::from_ref(member), name, &Wish::ThroughFace)
                .await;
            let entry = self.one_entry(member, name, &asked)?;
            let of_member = |release: &Release| (member.clone(), release.clone());
            let rows = entry.releases().iter().map(of_member).collect();
            let judged = self.judged(policy, rows).await?;
            let aliased = self.aliased(policy, judged.rows).await?;
            let rows: Vec<_> = aliased.rows.iter().map(|(from, row)| (from, row)).collect();
            if let Some(text) = self.spell_in_view(policy, &rows, aliased.changes).await? {
                return Ok(self.finish_until(judged.until, asked, Some(member), text));
            }
        }
        Err(Refusal::unavailable(format!(
            "owners of what `{name}` depends on are being recorded; try again"
        )))
    }

    async fn read_view(&self, view: &RegistryName, name: &IndexName) -> Result<IndexFile, Refusal> {
        let policy = self.policy(view)?;
        for _ in 0..ROUNDS_MAX {
            let (asked, verdict) = self.verdict(policy, name).await;
            let is_unknown = asked.record.is_none() && !matches!(verdict, Verdict::Served(_));
            if is_unknown && self.is_known_elsewhere(view, &name.key()).await? {
                continue;
            }
            let merged = match verdict {
                Verdict::Served(merged) => merged,
                Verdict::Absent => return Err(no_such_crate(name)),
                Verdict::Refused(conflict) => return Err(refused(policy, name, &conflict)),
                Verdict::Undecided(_) => return Err(undecided_in(policy, name, &asked)),
            };
            self.tell_differing(view, name, &merged);
            if merged
                .releases
                .last()
                .is_none_or(|(_, release)| release.name.index_name() != *name)
            {
                return Err(no_such_crate(name));
            }
            let (ownership, record) = (&merged.ownership, asked.record.as_ref());
            self.note_look_alike(policy, &name.key(), ownership, record)
                .await?;
            let mut changes = self.records_of(policy, &name.key(), &merged, asked.record.clone());
            let (overlaid, patched) = self.overlaid(policy, &name.key(), merged.releases).await?;
            changes.extend(patched);
            let judged = self.judged(policy, overlaid.rows).await?;
            let aliased = self.aliased(policy, judged.rows).await?;
            changes.extend(aliased.changes);
            let rows: Vec<_> = aliased.rows.iter().map(|(from, row)| (from, row)).collect();
            if let Some(text) = self.spell_in_view(policy, &rows, changes).await? {
                let owner = merged.ownership.owner();
                return Ok(self.finish_until(judged.until, asked, owner, text));
            }
        }
        Err(Refusal::unavailable(format!(
            "the owner of `{name}` is being recorded; try again"
        )))
    }

    /// Tells of members whose rows differ though their bytes are equal.
    fn tell_differing(&self, view: &RegistryName, name: &IndexName, merged: &Merged) {
        let (subject, kind) = (Some(name.as_str()), AlarmKind::RowsDiffer);
        let Some((version, members)) = merged.differing_rows.first_key_value() else {
            return self.alarms.settle(view, subject, kind);
        };
        let members: Vec<_> = members.iter().map(RegistryName::as_str).collect();
        let more = match merged.differing_rows.len() {
            1 => String::new(),
            many => format!(" and {} more versions", many - 1),
        };
        let text = format!(
            "{version}{more} of {name}: equal bytes and rows that differ in {}; the stricter is shown",
            members.join(", ")
        );
        self.alarms
            .raise(view, subject, kind, text, self.ledger.now());
    }

    fn one_entry(
        &self,
        member: &RegistryName,
        name: &IndexName,
        asked: &Asked,
    ) -> Result<Arc<Entry>, Refusal> {
        match asked.answers.get(member) {
            Some(Answer::Has(entry)) if entry.name().index_name() == *name => Ok(entry.clone()),
            Some(Answer::Has(_) | Answer::Absent) => Err(no_such_crate(name)),
            Some(Answer::Silent) | None => Err(undecided(name, asked)),
        }
    }

    /// Finishes a file that will be otherwise from an hour on.
    fn finish_until(
        &self,
        until: Option<Timestamp>,
        mut asked: Asked,
        member: Option<&RegistryName>,
        text: String,
    ) -> IndexFile {
        asked.fresh_for_ms = asked.fresh_for_ms.min(self.holds_for_ms(until));
        self.finish(asked, member, text).until(until)
    }

    fn finish(&self, asked: Asked, member: Option<&RegistryName>, text: String) -> IndexFile {
        let fresh_until_ms = self.served.now_ms().saturating_add(asked.fresh_for_ms);
        let made_of = member
            .filter(|member| self.mirrors.contains_key(*member))
            .cloned()
            .zip(asked.rows);
        IndexFile::finish(text, fresh_until_ms, made_of)
    }
}

fn no_such_crate(name: &IndexName) -> Refusal {
    Refusal::absent(format!("no crate `{name}` here"))
}

/// Why a view cannot answer. Who left it does not come back by itself, so that is told
/// with what settles it.
pub(crate) fn undecided_in(policy: &ViewPolicy, name: &IndexName, asked: &Asked) -> Refusal {
    let Some(gone) = asked.gone.first() else {
        return undecided(name, asked);
    };
    let view = &policy.view;
    Refusal::unavailable(format!(
        "crate `{name}` is on record for `{gone}`, which is no longer a member of view `{view}`, and \
         nobody else is shown under its name unasked: put `{gone}` back into [views.{view}] members (if \
         it mirrors an upstream that is dead, `crossdock retire {gone}` keeps what is held), or give the name \
         to a member: `crossdock transfer {name} --from {gone} --to MEMBER --view {view}` if that has the same \
         crate, `crossdock reassign {name} --to MEMBER --view {view}` if it has another"
    ))
}

fn undecided(name: &IndexName, asked: &Asked) -> Refusal {
    Refusal::unavailable(format!(
        "crate `{name}`: a member that might own the name cannot answer ({}); silence is not absence, try again",
        asked.silences.join("; ")
    ))
}

/// The text that cargo prints: members, versions, and the line that settles it.
fn refused(policy: &ViewPolicy, name: &IndexName, conflict: &Conflict) -> Refusal {
    Refusal::new(
        RefusalKind::Conflict,
        crate::conflicts::told(&policy.view, name.as_str(), conflict),
    )
}
