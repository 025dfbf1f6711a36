//! What views have shown of names that several members have: in memory, and as
//! changes that record it before it is shown for the first time.

use crate::asking::Asked;
use crate::federation::Federation;
use crate::ports::{Applied, Change, Ledger, SHOWN_MAX, StoreError};
use crate::refusal::{Refusal, RefusalKind};
use crate::spelling::Rows;
use crossdock_core::merge::{Answer, Merged, Verdict};
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::ownership::Ownership;
use crossdock_core::policy::ViewPolicy;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::rewrite::{Absolute, absolute};
use crossdock_core::shown::{Shown, Source, outlive};
use crossdock_core::version::Version;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

/// What was shown in all views, by name; names of one member are not here.
pub(crate) struct ShownNames {
    // Held for look-ups and inserts, never across an await.
    views: RwLock<BTreeMap<RegistryName, HashMap<NameKey, Arc<Shown>>>>,
    /// Registries whose rows change by their settings, so that nothing of them lasts.
    replacing: BTreeSet<RegistryName>,
}

impl ShownNames {
    pub(crate) async fn load<'v>(
        ledger: &dyn Ledger,
        views: impl Iterator<Item = &'v RegistryName>,
        replacing: BTreeSet<RegistryName>,
    ) -> Result<Self, StoreError> {
        let shown = Self {
            views: RwLock::default(),
            replacing,
        };
        for view in views {
            shown.reload(ledger, view).await?;
        }
        Ok(shown)
    }

    /// Reads a view's anew, as after a decision that replaced them.
    ///
    /// What is known and was not read stays: others recorded it since.
    pub(crate) async fn reload(
        &self,
        ledger: &dyn Ledger,
        view: &RegistryName,
    ) -> Result<(), StoreError> {
        let mut names: HashMap<NameKey, Shown> = HashMap::new();
        for (name, version, source) in ledger.shown(view).await? {
            if self.replacing.contains(&source.member) {
                continue;
            }
            names.entry(name).or_default().add(version, source);
        }
        let mut views = self.views.write().unwrap_or_else(PoisonError::into_inner);
        let known = views.entry(view.clone()).or_default();
        for (name, mut read) in names {
            let kept = known.entry(name).or_default();
            for (version, source) in kept.iter() {
                read.add(version.clone(), source.clone());
            }
            *kept = Arc::new(read);
        }
        Ok(())
    }

    pub(crate) fn get(&self, view: &RegistryName, name: &NameKey) -> Arc<Shown> {
        let views = self.views.read().unwrap_or_else(PoisonError::into_inner);
        let of_view = views.get(view);
        of_view
            .and_then(|names| names.get(name))
            .cloned()
            .unwrap_or_default()
    }

    /// Leaves of what is shown for the first time that which has to stay so.
    pub(crate) fn lasting(&self, mut news: Vec<(Version, Source)>) -> Vec<(Version, Source)> {
        news.retain(|(_, source)| !self.replacing.contains(&source.member));
        news
    }

    /// Learns what an append recorded; tells in which view somebody else was first.
    pub(crate) fn learn(&self, changes: &[Change], applied: &[Applied]) -> Option<RegistryName> {
        let mut overtaken = None;
        for (change, applied) in changes.iter().zip(applied) {
            let Change::RecordShown {
                view,
                name,
                releases,
            } = change
            else {
                continue;
            };
            if *applied == Applied::ShownOtherwise {
                overtaken = Some(view.clone());
                continue;
            }
            self.learn_of(view, name, releases);
        }
        overtaken
    }

    /// Learns what was shown of a name, whoever showed it.
    pub(crate) fn learn_of(
        &self,
        view: &RegistryName,
        name: &NameKey,
        releases: &[(Version, Source)],
    ) {
        let mut views = self.views.write().unwrap_or_else(PoisonError::into_inner);
        let of_view = views.entry(view.clone()).or_default();
        let shown = Arc::make_mut(of_view.entry(name.clone()).or_default());
        for (version, source) in releases {
            if !self.replacing.contains(&source.member) {
                shown.add(version.clone(), source.clone());
            }
        }
    }
}

/// Makes changes of what is shown for the first time, each short enough for a fact.
pub(crate) fn recorded_as(
    view: &RegistryName,
    name: &NameKey,
    news: &[(Version, Source)],
) -> Vec<Change> {
    let change = |releases: &[(Version, Source)]| Change::RecordShown {
        view: view.clone(),
        name: name.clone(),
        releases: releases.to_vec(),
    };
    news.chunks(SHOWN_MAX).map(change).collect()
}

impl Federation {
    /// Lets what was shown of a name outlive what members say now.
    pub(crate) async fn outlived(
        &self,
        policy: &ViewPolicy,
        name: &IndexName,
        asked: &Asked,
        record: Option<&Ownership>,
        verdict: Verdict,
    ) -> Verdict {
        let mut shown = Shown::clone(&self.shown.get(&policy.view, &name.key()));
        let before = asked.record.as_ref();
        if let Some((alone, Some(Answer::Has(entry)))) = before
            .filter(|before| record != Some(*before))
            .and_then(Ownership::owner)
            .map(|owner| (owner, asked.answers.get(owner)))
        {
            shown = shown.with_all_of(alone, entry);
        }
        if shown.is_empty() {
            return verdict;
        }
        let mut answers = asked.answers.clone();
        for witness in shown.witnesses() {
            if !answers.contains_key(&witness) && policy.members.contains_key(&witness) {
                let held = self.held_answer(&witness, name).await;
                answers.insert(witness, held);
            }
        }
        outlive(&shown, record, &answers, verdict)
    }

    /// Answers for a member from what is held of it, without asking anyone.
    pub(crate) async fn held_answer(&self, member: &RegistryName, name: &IndexName) -> Answer {
        let Some(mirror) = self.mirrors.get(member) else {
            return match self.hosted.spelling(member, &name.key()) {
                None => Answer::Absent,
                Some(_) => match self.hosted_entry(member, &name.key()).await {
                    Ok(entry) => Answer::Has(Arc::new(entry)),
                    // Of the past: it has the name today.
                    Err(refusal) if refusal.kind == RefusalKind::Absent => Answer::Absent,
                    Err(_) => Answer::Silent,
                },
            };
        };
        match mirror.held(name).await {
            Ok(held) => held
                .and_then(|held| mirror.entry(name, &held))
                .map(|entry| self.without_purged(member, entry))
                .map_or(Answer::Absent, Answer::Has),
            Err(_) => Answer::Silent,
        }
    }

    /// Says what has to be recorded before an answer is shown: whose the name is, and
    /// what of it is shown for the first time.
    ///
    /// Judged by the record that the decision rests on, not by today's: if somebody was
    /// first meanwhile, the ledger says so and the decision is made anew.
    pub(crate) fn records_of(
        &self,
        policy: &ViewPolicy,
        name: &NameKey,
        merged: &Merged,
        seen: Option<Ownership>,
    ) -> Vec<Change> {
        let (view, ownership) = (policy.view.clone(), merged.ownership.clone());
        let news = self.shown.get(&view, name).news(merged);
        let news = self.shown.lasting(news);
        let mut changes = recorded_as(&view, name, &news);
        let name = name.clone();
        match seen {
            Some(seen) if seen == ownership => {}
            seen @ Some(_) => {
                let change = Change::SettleConflict {
                    view,
                    name: name.clone(),
                    seen,
                    ownership,
                };
                changes.extend(self.still_spelled(policy, &name, &change));
                changes.push(change);
            }
            None => changes.push(Change::RecordOwner {
                view,
                name,
                ownership,
            }),
        }
        changes
    }

    /// Says what has to be recorded of names whose record a newer declaration extends,
    /// before rows that mean a member that joined are shown: otherwise they would be
    /// led to its face for ever, and one crate would be two.
    pub(crate) async fn joined_by_declaration(
        &self,
        policy: &ViewPolicy,
        rows: &Rows<'_>,
    ) -> Result<Vec<Change>, Refusal> {
        let mut names = BTreeMap::new();
        for (member, release) in rows {
            for dependency in &release.dependencies {
                let Some(name) = dependency.crate_name() else {
                    continue;
                };
                if let Absolute::Member(target) = absolute(policy, member, &dependency.target)
                    && self.joins(policy, &name.key(), &target)
                {
                    names.insert(name.key(), name.index_name());
                }
            }
        }
        let mut changes = Vec::new();
        for (key, name) in names {
            let (asked, verdict) = self.verdict(policy, &name).await;
            match verdict {
                Verdict::Served(merged) => {
                    changes.extend(self.records_of(policy, &key, &merged, asked.record));
                }
                Verdict::Absent | Verdict::Refused(_) => {}
                Verdict::Undecided(_) => {
                    return Err(Refusal::unavailable(format!(
                        "whose crate the dependency `{name}` is cannot be said while a member is silent: {}",
                        asked.silences.join("; ")
                    )));
                }
            }
        }
        Ok(changes)
    }

    /// Tells whether a declaration joins a member to a name that is on record without it.
    fn joins(&self, policy: &ViewPolicy, name: &NameKey, member: &RegistryName) -> bool {
        let is_among = |record: &Ownership| record.members().contains(member);
        let record = self.records.get(&policy.view, name);
        record.is_some_and(|record| !is_among(&record))
            && !self.faces.is_named(&policy.view, member, name)
            && self
                .records
                .extended(policy, name)
                .is_some_and(|extended| is_among(&extended))
    }

    /// Lists what a view showed of a name that one member owned until now.
    pub(crate) async fn shown_alone(
        &self,
        owner: &RegistryName,
        name: &CrateName,
    ) -> Result<Vec<(Version, Source)>, Refusal> {
        let name = self
            .hosted
            .spelling(owner, &name.key())
            .unwrap_or(name.clone());
        let shown = match self.held_answer(owner, &name.index_name()).await {
            Answer::Has(entry) => Shown::default().with_all_of(owner, &entry),
            Answer::Absent => return Ok(Vec::new()),
            Answer::Silent => {
                return Err(Refusal::unavailable(format!(
                    "what `{owner}` has of `{name}` cannot be read"
                )));
            }
        };
        let pairs = shown.iter();
        Ok(pairs
            .map(|(version, source)| (version.clone(), source.clone()))
            .collect())
    }
}
