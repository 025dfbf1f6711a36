//! Reads an index file: of a registry alone, of a view, of a face.
//!
//! The order of things keeps the laws: who owns the name is decided and recorded,
//! and where each dependency points to is decided and recorded, before a byte is
//! shown. Deciding is `core`'s; here members are asked, outcomes are recorded, and
//! bytes are finished.

use crate::alarms::AlarmKind;
use crate::federation::Federation;
use crate::hosted;
use crate::mirror::MirrorError;
use crate::ports::Silence;
use crate::privacy::{Passage, Wish};
use crate::refusal::{Refusal, RefusalKind};
use crate::render::{FRESH_ALWAYS, IndexFile};
use crate::spelling;
use crate::surface::Surface;
use bytes::Bytes;
use crossdock_core::decision::Purged;
use crossdock_core::entry::Entry;
use crossdock_core::merge::{Answer, Conflict, Merged, Verdict, merge};
use crossdock_core::name::{IndexName, NameKey};
use crossdock_core::owner::{extended, whom_to_ask};
use crossdock_core::ownership::Ownership;
use crossdock_core::policy::ViewPolicy;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Release;
use crossdock_core::timestamp::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How often an answer is decided anew because another reader recorded an owner
/// first. Each round somebody made progress, so two would do.
const ROUNDS_MAX: usize = 4;

/// What members answered, and how long that may be believed.
pub(crate) struct Asked {
    pub(crate) answers: BTreeMap<RegistryName, Answer>,
    /// Milliseconds from now.
    pub(crate) fresh_for_ms: u64,
    /// Why the silent ones are silent.
    pub(crate) silences: Vec<String>,
    /// The rows of the last mirror that answered, to recognise them by.
    pub(crate) rows: Option<Bytes>,
    /// Who is on record for the name and no longer a member.
    pub(crate) gone: Vec<RegistryName>,
    /// Whose the name was on record when it was decided whom to ask.
    pub(crate) record: Option<Ownership>,
}

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
            None => self.read_live(surface, name).await,
        }
    }

    /// Answers with an index file as it is, whether or not the view stands still.
    pub(crate) async fn read_live(
        &self,
        surface: &Surface,
        name: &IndexName,
    ) -> Result<Arc<IndexFile>, Refusal> {
        let path = surface.index_path(name);
        if let Some(file) = self.confirmed(surface, &path, name).await {
            return Ok(file);
        }
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
        self.prefetcher.hint(member, mirror.asked_next(name, &held));
        // Same memory, hence same rows; rows that were read back are told apart in vain.
        let same = held.rows.as_ptr() == rows.as_ptr() && held.rows.len() == rows.len();
        same.then(|| {
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

    /// Learns whose a name is if another node recorded it: what was served there is not
    /// refused here. Who owns it may be hosted, and have been published there.
    async fn is_known_elsewhere(
        &self,
        view: &RegistryName,
        name: &NameKey,
    ) -> Result<bool, Refusal> {
        let Some(record) = self.ledger.ownership(view, name).await? else {
            return Ok(false);
        };
        for member in record.members() {
            if !self.mirrors.contains_key(member) {
                self.recall(member, name).await;
            }
        }
        self.records.learn_of(view, name, record);
        Ok(true)
    }

    /// Asks members for a name, inside first, merges what they say, and lets what was
    /// shown before outlive it.
    pub(crate) async fn verdict(&self, policy: &ViewPolicy, name: &IndexName) -> (Asked, Verdict) {
        self.verdict_for(policy, name, &Wish::Plain).await
    }

    /// As [`Self::verdict`], and says on whose behalf members are asked.
    pub(crate) async fn verdict_for(
        &self,
        policy: &ViewPolicy,
        name: &IndexName,
        wish: &Wish,
    ) -> (Asked, Verdict) {
        let before = self.records.get(&policy.view, &name.key());
        let record = extended(policy, &name.key(), before.clone());
        let (mut asked, verdict) = self.merged(policy, name, record.as_ref(), wish).await;
        asked.record = before;
        let verdict = self
            .outlived(policy, name, &asked, record.as_ref(), verdict)
            .await;
        (asked, verdict)
    }

    async fn merged(
        &self,
        policy: &ViewPolicy,
        name: &IndexName,
        record: Option<&Ownership>,
        wish: &Wish,
    ) -> (Asked, Verdict) {
        let key = name.key();
        let whom = whom_to_ask(policy, &key, record);
        // Who is on record but no longer a member shows nothing here any more.
        let is_member = |member: &&RegistryName| policy.members.contains_key(*member);
        let first: Vec<RegistryName> = whom.first.iter().filter(is_member).cloned().collect();
        let mut asked = self.ask(&first, name, wish).await;
        for gone in whom.first.iter().filter(|member| !is_member(member)) {
            asked.silences.push(format!(
                "`{gone}` is on record for it and no longer a member of `{}`",
                policy.view
            ));
            asked.gone.push(gone.clone());
        }
        let verdict = merge(policy, &key, record, &asked.answers);
        if !matches!(verdict, Verdict::Absent) || whom.then.is_empty() {
            return (asked, verdict);
        }
        // cargo tries `-` for `_` and the other way round: what an inside member has in
        // another spelling is private in this one, too.
        match self.inside_holders(policy, &key, wish).await {
            Ok(holders) if holders.is_empty() => {}
            Ok(_) => return (asked, Verdict::Absent),
            Err(refusal) => {
                asked.silences.push(refusal.detail);
                return (asked, Verdict::Undecided(BTreeSet::new()));
            }
        }
        let outside = self.ask(&whom.then, name, wish).await;
        asked.answers.extend(outside.answers);
        asked.fresh_for_ms = asked.fresh_for_ms.min(outside.fresh_for_ms);
        asked.silences.extend(outside.silences);
        asked.rows = outside.rows;
        let verdict = merge(policy, &key, record, &asked.answers);
        (asked, verdict)
    }

    pub(crate) async fn ask(
        &self,
        members: &[RegistryName],
        name: &IndexName,
        wish: &Wish,
    ) -> Asked {
        let mut asked = Asked {
            answers: BTreeMap::new(),
            fresh_for_ms: FRESH_ALWAYS,
            silences: Vec::new(),
            rows: None,
            record: None,
            gone: Vec::new(),
        };
        let all = members
            .iter()
            .map(|member| async move { (member, self.ask_one(member, name, wish).await) });
        for (member, (answer, fresh_for_ms, rows)) in futures::future::join_all(all).await {
            asked.fresh_for_ms = asked.fresh_for_ms.min(fresh_for_ms);
            asked.rows = rows.or(asked.rows);
            let answer = answer.unwrap_or_else(|silence| {
                asked.silences.push(format!("`{member}`: {silence}"));
                Answer::Silent
            });
            asked.answers.insert(member.clone(), answer);
        }
        asked
    }

    /// Asks one member. A mirror that must not be asked for a private name answers
    /// from what it holds.
    async fn ask_one(
        &self,
        member: &RegistryName,
        name: &IndexName,
        wish: &Wish,
    ) -> (Result<Answer, String>, u64, Option<Bytes>) {
        if let Some(mirror) = self.mirrors.get(member) {
            let key = name.key();
            let rows = match self.privacy.passage(member, &key, wish).await {
                Passage::Granted(permit) => mirror.rows(name, &permit).await,
                Passage::Private => match mirror.held(name).await {
                    Ok(Some(held)) => Ok(held),
                    Ok(None) => return (Ok(Answer::Absent), 0, None),
                    Err(error) => Err(error.into()),
                },
                Passage::Undecided(why) => Err(Silence(why).into()),
            };
            return match rows {
                Ok(held) => {
                    self.prefetcher.hint(member, mirror.asked_next(name, &held));
                    let entry = mirror.entry(name, &held);
                    let entry = entry.map(|entry| self.without_purged(member, entry));
                    let answer = entry.map_or(Answer::Absent, Answer::Has);
                    (
                        Ok(answer),
                        mirror.fresh_for_ms(&held),
                        Some(held.rows.clone()),
                    )
                }
                Err(MirrorError::Silent(silence)) => (Err(silence.to_string()), 0, None),
                Err(MirrorError::Store(error)) => (Err(error.to_string()), 0, None),
            };
        }
        if !self.configuration.registries.contains_key(member) {
            return (Err("is not in the settings".to_owned()), 0, None);
        }
        let answer = match self.hosted.spelling(member, &name.key()) {
            None => Ok(Answer::Absent),
            Some(_) => match self.hosted_entry(member, &name.key()).await {
                Ok(entry) => Ok(Answer::Has(Arc::new(entry))),
                // Of the past: it has the name today.
                Err(refusal) if refusal.kind == RefusalKind::Absent => Ok(Answer::Absent),
                Err(refusal) => Err(refusal),
            },
        };
        (
            answer.map_err(|refusal| refusal.to_string()),
            FRESH_ALWAYS,
            None,
        )
    }

    /// Reads a hosted crate's entry from the ledger.
    pub(crate) async fn hosted_entry(
        &self,
        registry: &RegistryName,
        name: &NameKey,
    ) -> Result<Entry, Refusal> {
        let krate = self.ledger.hosted(registry, name).await?;
        let krate =
            krate.ok_or_else(|| Refusal::absent(format!("`{registry}` has no crate `{name}`")))?;
        let entry = hosted::entry(&krate)?;
        let decided = self.decided(registry);
        Ok(Purged::yanked_in(decided.made(), &entry).unwrap_or(entry))
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
fn undecided_in(policy: &ViewPolicy, name: &IndexName, asked: &Asked) -> Refusal {
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
