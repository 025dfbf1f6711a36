//! What happened to a name, from facts: who published it, when it was first seen,
//! since when it is visible in a view, when it was yanked.
//!
//! Absent: what is answered today, which is `explain.rs`.

mod decisions;
mod gate_decisions;

use crate::federation::Federation;
use crate::ports::StoreError;
use crossdock_core::decision::{Decision, Made};
use crossdock_core::fact::{Event, Fact};
use crossdock_core::name::NameKey;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::version::Version;
use serde::Serialize;

/// One thing that happened, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Happened {
    /// The epoch since which it holds: its position in the sequence of facts.
    pub epoch: u64,
    /// When.
    pub time: String,
    /// Who did it.
    pub actor: String,
    /// What, for a person.
    pub what: String,
}

/// Begins what is told of a recorded owner.
const VISIBLE: &str = "visible in";

impl Happened {
    /// Says no longer that the name is visible since: it was shown, and is refused now.
    pub(super) fn withdraw(&mut self) {
        if let Some(rest) = self.what.strip_prefix(VISIBLE) {
            self.what = format!(
                "recorded in{}",
                rest.replacen(" since: it is on record", ":", 1)
            );
        }
    }
}

impl Federation {
    /// Reads what happened to a name in a view and in the members that speak for it;
    /// of publishes and yanks only those of one version, if one is given.
    pub(super) async fn past(
        &self,
        view: &RegistryName,
        speakers: &[RegistryName],
        name: &NameKey,
        version: Option<&Version>,
    ) -> Result<Vec<Happened>, StoreError> {
        let mut happened = Vec::new();
        for scope in speakers.iter().chain([view]) {
            let facts = self.ledger.facts_about(scope, Some(name)).await?;
            let is_observed =
                |(_, fact): &&(u64, Fact)| matches!(fact.event, Event::Observed { .. });
            let observed: Vec<_> = facts.iter().filter(is_observed).collect();
            if let Some((epoch, fact)) = observed.first() {
                let what = format!("`{scope}` first observed the name upstream");
                happened.push(told(*epoch, fact, what));
            }
            // Upstreams change often; the last time says how old today's rows are.
            if let [_, .., (epoch, fact)] = observed.as_slice() {
                let times = observed.len();
                let what =
                    format!("`{scope}` observed other rows upstream, the last of {times} times");
                happened.push(told(*epoch, fact, what));
            }
            for (epoch, fact) in &facts {
                let what = match &fact.event {
                    Event::Decided { decision, .. } => {
                        decisions::told(scope, decision, fact.time, version)
                    }
                    event => what(scope, event, version),
                };
                if let Some(what) = what {
                    happened.push(told(*epoch, fact, what));
                }
            }
        }
        for speaker in speakers {
            let decided = self.decided(speaker);
            happened.extend(
                decided
                    .made()
                    .iter()
                    .filter_map(|made| retired(speaker, made)),
            );
        }
        happened.sort_by_key(|happened| happened.epoch);
        Ok(happened)
    }
}

/// A retirement is about all names of a mirror.
fn retired(mirror: &RegistryName, made: &Made) -> Option<Happened> {
    matches!(made.decision, Decision::Retired(_)).then(|| Happened {
        epoch: made.sequence,
        time: made.time.to_string(),
        actor: made.actor.to_string(),
        what: format!("`{mirror}` was retired: its upstream is not asked any more"),
    })
}

fn told(epoch: u64, fact: &Fact, what: String) -> Happened {
    Happened {
        epoch,
        time: fact.time.to_string(),
        actor: fact.actor.to_string(),
        what,
    }
}

fn what(scope: &RegistryName, event: &Event, wanted: Option<&Version>) -> Option<String> {
    let is_wanted = |version: &Version| wanted.is_none_or(|wanted| wanted == version);
    let listed = |members: &mut dyn Iterator<Item = &RegistryName>| {
        members
            .map(|member| format!("`{member}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    Some(match event {
        Event::Published {
            version, checksum, ..
        } if is_wanted(version) => {
            format!("{version} was published to `{scope}` (checksum {checksum})")
        }
        Event::Rebuilt {
            version, checksum, ..
        } if is_wanted(version) => format!(
            "another build of {version} took its place in `{scope}` (checksum {checksum}); \
             the one before stays downloadable by its own"
        ),
        Event::Yanked(id) if is_wanted(&id.version) => format!("{} was yanked", id.version),
        Event::Unyanked(id) if is_wanted(&id.version) => {
            format!("the yank of {} was taken back", id.version)
        }
        Event::OwnerRecorded { ownership, .. } => format!(
            "{VISIBLE} `{scope}` since: it is on record as the crate of {}",
            listed(&mut ownership.members().iter())
        ),
        Event::ConflictSettled { ownership, .. } => format!(
            "from here on {} speaks for it in `{scope}`",
            listed(&mut ownership.speakers())
        ),
        Event::FaceNamed {
            member, dependent, ..
        } => {
            format!("a row of `{member}`'s `{dependent}` led to it through the face of `{member}`")
        }
        _ => return None,
    })
}
