//! Reads an index file: of a registry alone, of a view, of a face.
//!
//! The order of things keeps the laws: who owns the name is decided and recorded,
//! and where each dependency points to is decided and recorded, before a byte is
//! shown. Deciding is `core`'s; here members are asked, outcomes are recorded, and
//! bytes are finished.
//!
//! Absent: what a view shows before it is spelled (`view_rows.rs`).

use crate::asking::Asked;
use crate::federation::Federation;
use crate::privacy::{Passage, Wish};
use crate::refusal::Refusal;
use crate::render::IndexFile;
use crate::spelling;
use crate::surface::Surface;
use crossdock_core::entry::Entry;
use crossdock_core::merge::Answer;
use crossdock_core::name::IndexName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Release;
use crossdock_core::timestamp::Timestamp;
use std::sync::Arc;

/// How often an answer is decided anew because another reader recorded an owner
/// first. Each round somebody made progress, so two would do.
pub(crate) const ROUNDS_MAX: usize = 4;

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
        // Nobody looked yet where other nodes record, too (`abreast.rs`).
        if self.is_shared()
            && let Some(file) = self.served(&surface.index_path(name))
        {
            return Ok(file);
        }
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
            let Some(shown) = self.view_rows(policy, name).await? else {
                continue;
            };
            let (judged, mut changes) = (shown.judged, shown.changes);
            let aliased = self.aliased(policy, judged.rows).await?;
            changes.extend(aliased.changes);
            let rows: Vec<_> = aliased.rows.iter().map(|(from, row)| (from, row)).collect();
            if let Some(text) = self.spell_in_view(policy, &rows, changes).await? {
                let owner = shown.ownership.owner();
                return Ok(self.finish_until(judged.until, shown.asked, owner, text));
            }
        }
        Err(Refusal::unavailable(format!(
            "the owner of `{name}` is being recorded; try again"
        )))
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

pub(crate) fn no_such_crate(name: &IndexName) -> Refusal {
    Refusal::absent(format!("no crate `{name}` here"))
}

pub(crate) fn undecided(name: &IndexName, asked: &Asked) -> Refusal {
    Refusal::unavailable(format!(
        "crate `{name}`: a member that might own the name cannot answer ({}); silence is not absence, try again",
        asked.silences.join("; ")
    ))
}
