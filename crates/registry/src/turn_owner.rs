//! Gives a name of a view to another member: a transfer of the same crate, or a
//! reassignment to another one.
//!
//! Judged by what is held: no name is sent outside for it, however private it was or
//! becomes. What a view showed of the old owner is recorded in the transaction that
//! transfers the name, so that its rows stay as they were.

use crate::federation::Federation;
use crate::ports::Change;
use crate::refusal::{Refusal, RefusalKind};
use crate::shown::recorded_as;
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::contradiction::{Contradiction, said_against};
use crossdock_core::decision::{Decision, OwnerTurned, Turn};
use crossdock_core::merge::Answer;
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::ownership::Ownership;
use crossdock_core::parting::Came;
use crossdock_core::policy::ViewPolicy;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Release;
use crossdock_core::rewrite::{Absolute, absolute};
use crossdock_core::shown::Source;
use crossdock_core::version::Version;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use tracing::info;

/// Versions and rows that a refusal or a report names; the rest is counted.
const TOLD_MAX: usize = 1000;

/// What became of a transfer.
#[derive(Clone, Debug, Serialize)]
pub struct Transfer {
    /// The view.
    pub view: String,
    /// The crate.
    pub name: String,
    /// Who had it.
    pub from: String,
    /// Who has it now.
    pub to: String,
    /// How many releases go on being shown as they were.
    pub releases: usize,
}

/// What a reassignment breaks.
#[derive(Clone, Debug, Serialize)]
pub struct Reassignment {
    /// The view.
    pub view: String,
    /// The crate.
    pub name: String,
    /// Who has it.
    pub from: String,
    /// Who shall have it.
    pub to: String,
    /// Versions that the view shows and will not show any more.
    pub vanishing: Vec<String>,
    /// Versions that will have other bytes.
    pub changing: Vec<String>,
    /// Rows that will lead to the old owner's face.
    pub rewritten: Vec<RewrittenRow>,
    /// Whether it was done.
    pub done: bool,
}

/// A row of a dependant that leads elsewhere after a reassignment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RewrittenRow {
    /// The member whose row it is.
    pub member: String,
    /// The crate.
    pub name: String,
    /// The version.
    pub version: String,
    /// The member whose face it will lead to.
    pub face: String,
}

impl Federation {
    /// Gives a name to a member that has the same crate; no row changes.
    ///
    /// # Errors
    /// [`Refusal`]: the name is not `from`'s, the settings say otherwise, or `to` lacks
    /// a release or has other bytes of it, all of which are listed.
    pub async fn transfer(
        &self,
        view: &RegistryName,
        name: &CrateName,
        from: &RegistryName,
        to: &RegistryName,
        actor: &Actor,
    ) -> Result<Transfer, Refusal> {
        let policy = self.policy(view)?;
        is_member(policy, to)?;
        let record = self.on_record(policy, name)?;
        let speaks = record.speakers().any(|member| member == from);
        if !speaks || from == to || record.owner() == Some(to) {
            return Err(conflict(format!(
                "in view `{view}` the name `{name}` is not `{from}`'s to give to `{to}`, it is on record for {}",
                listed(record.speakers())
            )));
        }
        let turned = turned(name, from, to);
        obeys(policy, &turned, Turn::Transferred)?;
        let served = self.served_of(policy, name, &record).await?;
        let missing = missing(&served, &self.held_of(to, name).await?);
        if !missing.is_empty() {
            return Err(conflict(format!(
                "`{to}` does not have what view `{view}` shows of `{name}`, so it is not the same crate:\n{}",
                told(missing)
            )));
        }
        let news: Vec<_> = served
            .iter()
            .map(|(version, source)| (version.clone(), source.clone()))
            .collect();
        let mut changes = recorded_as(view, &name.key(), &news);
        changes.push(Change::Decide {
            scope: view.clone(),
            decision: Decision::Transferred(turned),
        });
        self.turn(view, changes, actor).await?;
        info!(view = %view, krate.name = %name, "transferred {name} from {from} to {to} in {view}");
        Ok(Transfer {
            view: view.to_string(),
            name: name.to_string(),
            from: from.to_string(),
            to: to.to_string(),
            releases: news.len(),
        })
    }

    /// Gives a name to another crate, or says what that would break.
    ///
    /// # Errors
    /// [`Refusal`]: the name is nobody's or `to`'s already, `to` has nothing of it, or the
    /// settings say otherwise.
    pub async fn reassign(
        &self,
        view: &RegistryName,
        name: &CrateName,
        to: &RegistryName,
        breaks_locks: bool,
        actor: &Actor,
    ) -> Result<Reassignment, Refusal> {
        let policy = self.policy(view)?;
        is_member(policy, to)?;
        let record = self.on_record(policy, name)?;
        let mut speakers = record.speakers().filter(|member| *member != to);
        let Some(from) = speakers.next().filter(|_| record.owner() != Some(to)) else {
            return Err(conflict(format!(
                "in view `{view}` the name `{name}` is `{to}`'s already"
            )));
        };
        let turned = turned(name, from, to);
        obeys(policy, &turned, Turn::Reassigned)?;
        let held = self.held_of(to, name).await?;
        if held.is_empty() {
            return Err(conflict(format!(
                "nothing is held of `{name}` of `{to}`; publish it there, or read it through `{to}` first"
            )));
        }
        let served = self.served_of(policy, name, &record).await?;
        let vanishing = served.keys().filter(|version| !held.contains_key(*version));
        let changing = served.iter().filter(|(version, source)| {
            held.get(*version)
                .is_some_and(|held| held.checksum != source.checksum)
        });
        let mut report = Reassignment {
            view: view.to_string(),
            name: name.to_string(),
            from: from.to_string(),
            to: to.to_string(),
            vanishing: vanishing.map(ToString::to_string).collect(),
            changing: changing.map(|(version, _)| version.to_string()).collect(),
            rewritten: self.rewritten(policy, &name.key(), &record, to).await?,
            done: false,
        };
        if breaks_locks {
            let change = Change::Decide {
                scope: view.clone(),
                decision: Decision::Reassigned(turned),
            };
            self.turn(view, vec![change], actor).await?;
            report.done = true;
            info!(view = %view, krate.name = %name, "reassigned {name} to {to} in {view}");
        }
        Ok(report)
    }

    fn on_record(&self, policy: &ViewPolicy, name: &CrateName) -> Result<Ownership, Refusal> {
        let view = &policy.view;
        self.records.get(view, &name.key()).ok_or_else(|| {
            Refusal::absent(format!(
                "in view `{view}` the name `{name}` is on record for nobody; a claim in the settings gives it to a member"
            ))
        })
    }

    /// Records that a name went to another owner, and forgets what was decided by the
    /// record before.
    async fn turn(
        &self,
        view: &RegistryName,
        changes: Vec<Change>,
        actor: &Actor,
    ) -> Result<(), Refusal> {
        let recorded = self.record(actor.clone(), changes).await;
        // Also after an error: it may have been recorded and the answer lost.
        // Alone: what others record between the look and its end would be forgotten.
        let still = self.recordings.still().await;
        self.records.reload(&*self.ledger, view).await?;
        self.shown.reload(&*self.ledger, view).await?;
        drop(still);
        self.served.drop_all();
        recorded.map(drop)
    }

    /// Lists what a view shows of a name: of its owner all, of several what was shown.
    async fn served_of(
        &self,
        policy: &ViewPolicy,
        name: &CrateName,
        record: &Ownership,
    ) -> Result<BTreeMap<Version, Source>, Refusal> {
        let shown = self.shown.get(&policy.view, &name.key());
        let mut served: BTreeMap<_, _> = shown
            .iter()
            .map(|(version, source)| (version.clone(), source.clone()))
            .collect();
        if let Some(owner) = record.owner() {
            for (version, source) in self.shown_alone(owner, name).await? {
                served.entry(version).or_insert(source);
            }
        }
        Ok(served)
    }

    async fn held_of(
        &self,
        member: &RegistryName,
        name: &CrateName,
    ) -> Result<BTreeMap<Version, Source>, Refusal> {
        Ok(self.shown_alone(member, name).await?.into_iter().collect())
    }

    /// Lists the held rows that reach a crate of the name by the view's identity and
    /// will be led to its member's face.
    async fn rewritten(
        &self,
        policy: &ViewPolicy,
        name: &NameKey,
        record: &Ownership,
        to: &RegistryName,
    ) -> Result<Vec<RewrittenRow>, Refusal> {
        let pins = self.held_routes.of(&policy.view);
        let is_pinned = |target: &RegistryName| {
            pins.route(name, &Absolute::Member(target.clone()))
                .is_some()
        };
        let mut rows = Vec::new();
        for member in policy.members.keys() {
            for krate in self.names_of(member).await? {
                let Answer::Has(entry) = self.held_answer(member, &krate.index_name()).await else {
                    continue;
                };
                for release in entry.releases() {
                    let means =
                        |target: &RegistryName| record.members().contains(target) && target != to;
                    let led = led_by_identity(policy, member, release, name);
                    let led: BTreeSet<_> = led.filter(means).collect();
                    if led.is_empty() {
                        continue;
                    }
                    let partings = self.partings(policy, &[(member, release)]).await?;
                    let by_identity = |target: &RegistryName| {
                        let absolute = Absolute::Member(target.clone());
                        match partings.came(member, release, name, &absolute) {
                            Some((_, came)) => came == Came::InItsTime,
                            None => {
                                !self.faces.is_named(&policy.view, target, name)
                                    && !is_pinned(target)
                            }
                        }
                    };
                    rows.extend(
                        led.into_iter()
                            .filter(by_identity)
                            .map(|target| RewrittenRow {
                                member: member.to_string(),
                                name: release.name.to_string(),
                                version: release.version.to_string(),
                                face: target.to_string(),
                            }),
                    );
                }
            }
        }
        rows.sort();
        rows.dedup();
        Ok(rows)
    }
}

/// Lists the members whose crate of a name a row depends on.
fn led_by_identity<'r>(
    policy: &'r ViewPolicy,
    member: &'r RegistryName,
    release: &'r Release,
    name: &'r NameKey,
) -> impl Iterator<Item = RegistryName> + 'r {
    let means_it = move |dependency: &&crossdock_core::release::Dependency| {
        dependency
            .crate_name()
            .is_some_and(|krate| krate.key() == *name)
    };
    let dependencies = release.dependencies.iter().filter(means_it);
    dependencies.filter_map(
        move |dependency| match absolute(policy, member, &dependency.target) {
            Absolute::Member(target) => Some(target),
            _ => None,
        },
    )
}

/// Refuses a decision that the settings say the opposite of.
fn obeys(policy: &ViewPolicy, turned: &OwnerTurned, turn: Turn) -> Result<(), Refusal> {
    let Some(says) = said_against(policy, turned, turn).into_iter().next() else {
        return Ok(());
    };
    let (view, turned) = (&policy.view, turned.clone());
    let OwnerTurned { name, to, .. } = &turned;
    let cure = format!(
        "bring [views.{view}] in line first, for instance with claims = {{ {name} = \"{to}\" }}, and apply that"
    );
    let contradiction = Contradiction { turned, turn, says };
    let text = contradiction.to_string();
    let said = text.split(", but").next().unwrap_or_default();
    Err(conflict(format!(
        "the settings say otherwise: {said}; {cure}"
    )))
}

fn turned(name: &CrateName, from: &RegistryName, to: &RegistryName) -> OwnerTurned {
    OwnerTurned {
        name: name.key(),
        from: from.clone(),
        to: to.clone(),
    }
}

/// Lists what a receiver lacks, or has with other bytes.
fn missing(served: &BTreeMap<Version, Source>, held: &BTreeMap<Version, Source>) -> Vec<String> {
    let short = |checksum: &Checksum| format!("{:.12}", checksum.to_string());
    let lacks = |(version, source): (&Version, &Source)| match held.get(version) {
        None => Some(format!("  {version}: missing")),
        Some(held) if held.checksum != source.checksum => Some(format!(
            "  {version}: {} instead of {}",
            short(&held.checksum),
            short(&source.checksum)
        )),
        Some(_) => None,
    };
    served.iter().filter_map(lacks).collect()
}

fn told(lines: Vec<String>) -> String {
    let more = lines.len().saturating_sub(TOLD_MAX);
    let told: Vec<String> = lines.into_iter().take(TOLD_MAX).collect();
    match more {
        0 => told.join("\n"),
        more => format!("{}\n  and {more} more", told.join("\n")),
    }
}

fn listed<'m>(members: impl Iterator<Item = &'m RegistryName>) -> String {
    let members: Vec<String> = members.map(|member| format!("`{member}`")).collect();
    members.join(", ")
}

fn conflict(detail: String) -> Refusal {
    Refusal::new(RefusalKind::Conflict, detail)
}

/// Refuses to give a name to somebody who is no member, whom no claim could name either.
fn is_member(policy: &ViewPolicy, to: &RegistryName) -> Result<(), Refusal> {
    if policy.members.contains_key(to) {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "`{to}` is no member of view `{}`; its members are {}",
        policy.view,
        listed(policy.members.keys())
    )))
}
