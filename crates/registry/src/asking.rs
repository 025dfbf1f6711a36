//! Asks members for a name, inside ones first, and hears what they say together.
//!
//! Whom to ask and what follows is `core`'s; whether a name may be sent outside is
//! `privacy.rs`'s. A member that must not be asked answers from what it holds.
//!
//! Absent: what becomes of the answer (`read_index.rs`).

use crate::federation::Federation;
use crate::hosted;
use crate::mirror::{Held, Mirror, MirrorError, RowsId};
use crate::ports::Silence;
use crate::privacy::{Passage, Wish};
use crate::refusal::{Refusal, RefusalKind};
use crate::render::FRESH_ALWAYS;
use crossdock_core::decision::Purged;
use crossdock_core::entry::Entry;
use crossdock_core::merge::{Answer, Verdict, merge};
use crossdock_core::name::{IndexName, NameKey};
use crossdock_core::owner::{extended, whom_to_ask};
use crossdock_core::ownership::Ownership;
use crossdock_core::policy::ViewPolicy;
use crossdock_core::registry_name::RegistryName;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What members answered, and how long that may be believed.
pub(crate) struct Asked {
    pub(crate) answers: BTreeMap<RegistryName, Answer>,
    /// Milliseconds from now.
    pub(crate) fresh_for_ms: u64,
    /// Why the silent ones are silent.
    pub(crate) silences: Vec<String>,
    /// By what the rows of the last mirror that answered are recognised.
    pub(crate) rows: Option<RowsId>,
    /// Who is on record for the name and no longer a member.
    pub(crate) gone: Vec<RegistryName>,
    /// Whose the name was on record when it was decided whom to ask.
    pub(crate) record: Option<Ownership>,
}

impl Federation {
    /// Learns whose a name is if another node recorded it: what was served there is not
    /// refused here. Who owns it may be hosted, and have been published there.
    pub(crate) async fn is_known_elsewhere(
        &self,
        view: &RegistryName,
        name: &NameKey,
    ) -> Result<bool, Refusal> {
        // Nothing newer is learnt between the reading and the learning of it.
        let _learning = self.recordings.begin().await;
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
    ) -> (Result<Answer, String>, u64, Option<RowsId>) {
        if let Some(mirror) = self.mirrors.get(member) {
            let key = name.key();
            let rows = match self.privacy.passage(member, &key, wish).await {
                // Where rows of the past lead rests on what was seen by now: what is new
                // to that is refused there and asked for live (`past.rs`).
                Passage::Granted(permit) if !self.is_past || !matches!(wish, Wish::Row(_)) => {
                    mirror.rows(name, &permit).await
                }
                Passage::Granted(_) | Passage::Private => match mirror.held(name).await {
                    Ok(Some(held)) => Ok(held),
                    Ok(None) => return (Ok(Answer::Absent), 0, None),
                    Err(error) => Err(error.into()),
                },
                Passage::Undecided(why) => match self.known_of(mirror, member, name).await {
                    Ok(Some(held)) => Ok(held),
                    Ok(None) => return (Ok(Answer::Absent), 0, None),
                    Err(error) => Err(error.unwrap_or_else(|| Silence(why).into())),
                },
            };
            return match rows {
                Ok(held) => {
                    self.prefetcher
                        .hint(member, &mirror.asked_next(name, &held));
                    let entry = mirror.entry(name, &held);
                    let entry = entry.map(|entry| self.without_purged(member, entry));
                    let answer = entry.map_or(Answer::Absent, Answer::Has);
                    (Ok(answer), mirror.fresh_for_ms(&held), Some(held.id))
                }
                Err(MirrorError::Silent(silence)) => (Err(silence.to_string()), 0, None),
                Err(error @ (MirrorError::Store(_) | MirrorError::Overtaken)) => {
                    (Err(error.to_string()), 0, None)
                }
            };
        }
        if !self.configuration.registries.contains_key(member) {
            return (Err("is not in the settings".to_owned()), 0, None);
        }
        let answer = match self.hosted.spelling(member, &name.key()) {
            None => match self.hosted.silence(member) {
                // Its folder cannot be read, and nobody knows what is in it by now.
                Some(why) => Err(Refusal::unavailable(why)),
                None => Ok(Answer::Absent),
            },
            Some(_) => match self.hosted_entry(member, &name.key()).await {
                Ok(entry) => Ok(Answer::Has(Arc::new(entry))),
                // Of the past: it has the name today. Or a directory could not settle yet
                // what its rows mean.
                Err(refusal) if refusal.kind == RefusalKind::Absent => {
                    match self.hosted.silence(member) {
                        Some(why) => Err(Refusal::unavailable(why)),
                        None => Ok(Answer::Absent),
                    }
                }
                Err(refusal) => Err(refusal),
            },
        };
        (
            answer.map_err(|refusal| refusal.to_string()),
            FRESH_ALWAYS,
            None,
        )
    }

    /// Answers for a mirror that must not be asked while an inside member cannot say
    /// whether the name is private, from what is held: that would be looked at whether it
    /// is or not. Of the past, what came later was not there.
    ///
    /// # Errors
    /// Nothing is known of the name, or why that cannot be read.
    async fn known_of(
        &self,
        mirror: &Mirror,
        member: &RegistryName,
        name: &IndexName,
    ) -> Result<Option<Arc<Held>>, Option<MirrorError>> {
        let held = mirror
            .held(name)
            .await
            .map_err(|error| Some(error.into()))?;
        if let Some(held) = held.filter(|held| !held.rows.is_empty()) {
            return Ok(Some(held));
        }
        let observed = match self.is_past {
            true => self.ledger.observed(member, name, u64::MAX).await,
            false => Ok(None),
        };
        match observed {
            Ok(Some(_)) => Ok(None),
            Ok(None) => Err(None),
            Err(error) => Err(Some(error.into())),
        }
    }

    /// Reads the entry of a hosted crate or of a directory's from the ledger.
    pub(crate) async fn hosted_entry(
        &self,
        registry: &RegistryName,
        name: &NameKey,
    ) -> Result<Entry, Refusal> {
        let absent = || Refusal::absent(format!("`{registry}` has no crate `{name}`"));
        let entry = if self.configuration.is_directory(registry) {
            let entry = self.directory_entry(registry, name).await?;
            entry.ok_or_else(absent)?
        } else {
            let krate = self.ledger.hosted(registry, name).await?;
            hosted::entry(&krate.ok_or_else(absent)?)?
        };
        let decided = self.decided(registry);
        Ok(Purged::yanked_in(decided.made(), &entry).unwrap_or(entry))
    }
}
