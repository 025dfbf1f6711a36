//! Overlays at work: their releases are read, put over the owner's, and recorded.
//!
//! `core::overlay` decides. What a release patches is a fact before it is shown, so
//! that it stays shown when the owner releases more, and when the settings no longer
//! name the overlay: then it is shown yanked, for the locks that have it.
//! Overlays are hosted here; nothing of them is asked or told outside.

use crate::aliases::OwnedRows;
use crate::configuration::RegistryKind;
use crate::federation::Federation;
use crate::ports::Change;
use crate::refusal::{Refusal, RefusalKind};
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::{Decision, OverlayDecision};
use crossdock_core::merge::Verdict;
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::overlay::{self, NotShown, Note, Overlaid, Patch, Standing};
use crossdock_core::policy::ViewPolicy;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Release;
use crossdock_core::version::Version;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One crate that is overlaid, for people.
#[derive(Clone, Debug, Serialize)]
pub struct OverlaidCrate {
    /// The crate.
    pub name: String,
    /// What overlays do to its releases: version to what is done.
    pub releases: BTreeMap<String, String>,
    /// Releases of overlays that are not shown: version to why.
    pub not_shown: BTreeMap<String, String>,
    /// Versions of the owner that wait for `overlay accept` or `overlay rebase`.
    pub held: Vec<String>,
}

impl Federation {
    /// Puts the releases of overlays over the owner's; says what is to be recorded.
    pub(crate) async fn overlaid(
        &self,
        policy: &ViewPolicy,
        name: &NameKey,
        rows: OwnedRows,
    ) -> Result<(Overlaid, Vec<Change>), Refusal> {
        let standing = Standing::fold(self.decided(&policy.view).made(), name);
        let mut releases = BTreeMap::new();
        for overlay in self.overlays_of(policy, name, &standing) {
            let mut of_overlay = self.overlay_releases(&overlay, name).await?;
            if !policy.overlays.covers(&overlay, name) {
                of_overlay.retain(|release| standing.patched(&patch(&overlay, release)).is_some());
                of_overlay
                    .iter_mut()
                    .for_each(|release| release.yanked = true);
            }
            releases.insert(overlay, of_overlay);
        }
        if releases.is_empty() {
            let overlaid = Overlaid {
                rows,
                ..Overlaid::default()
            };
            return Ok((overlaid, Vec::new()));
        }
        let overlaid = overlay::apply(rows, &releases, &standing);
        let changes = overlaid.new.iter().map(|(patch, base)| Change::Decide {
            scope: policy.view.clone(),
            decision: Decision::Overlay(OverlayDecision::Patched {
                name: name.clone(),
                patch: patch.clone(),
                base: base.clone(),
            }),
        });
        let changes = changes.collect();
        Ok((overlaid, changes))
    }

    /// The overlays over a name, those on record included.
    fn overlays_of(
        &self,
        policy: &ViewPolicy,
        name: &NameKey,
        standing: &Standing,
    ) -> BTreeSet<RegistryName> {
        let is_hosted = |overlay: &&RegistryName| {
            self.configuration
                .registries
                .get(*overlay)
                .is_some_and(|registry| matches!(registry.kind, RegistryKind::Hosted { .. }))
        };
        let all = policy.overlays.over(name).chain(standing.overlays());
        all.filter(is_hosted).cloned().collect()
    }

    async fn overlay_releases(
        &self,
        overlay: &RegistryName,
        name: &NameKey,
    ) -> Result<Vec<Release>, Refusal> {
        if self.hosted.spelling(overlay, name).is_none() {
            return Ok(Vec::new());
        }
        match self.hosted_entry(overlay, name).await {
            Ok(entry) => Ok(entry.into_releases()),
            // Names are today's also where the past is read.
            Err(refusal) if refusal.kind == RefusalKind::Absent => Ok(Vec::new()),
            Err(refusal) => Err(refusal),
        }
    }

    /// Finds the overlay whose release a view shows under this checksum.
    pub(crate) async fn overlay_with(
        &self,
        view: &RegistryName,
        name: &CrateName,
        version: &Version,
        checksum: &Checksum,
    ) -> Result<Option<RegistryName>, Refusal> {
        let (policy, key) = (self.policy(view)?, name.key());
        let standing = Standing::fold(self.decided(view).made(), &key);
        for overlay in self.overlays_of(policy, &key, &standing) {
            let releases = self.overlay_releases(&overlay, &key).await?;
            // A past shows what was recorded only when somebody first read it, later.
            let unrecorded = self.is_past && policy.overlays.covers(&overlay, &key);
            let is_shown = |release: &Release| {
                release.version == *version
                    && release.checksum == *checksum
                    && release.name == *name
                    && (unrecorded || standing.patched(&patch(&overlay, release)).is_some())
            };
            if releases.iter().any(is_shown) {
                return Ok(Some(overlay));
            }
        }
        Ok(None)
    }

    /// Says for a person what an overlay is to a name.
    pub(crate) async fn overlay_fate(
        &self,
        overlay: &RegistryName,
        name: &NameKey,
    ) -> Result<String, Refusal> {
        let releases = self.overlay_releases(overlay, name).await?;
        Ok(match releases.len() {
            0 => "is an overlay over it, which never owns it, and has no release of it".to_owned(),
            1 => "is an overlay over it, which never owns it: 1 patched release".to_owned(),
            many => format!("is an overlay over it, which never owns it: {many} patched releases"),
        })
    }

    /// Lists the overlaid crates of a view, by name.
    ///
    /// # Errors
    /// [`Refusal`]: no such view, or the store cannot answer.
    pub async fn overlay_report(&self, view: &RegistryName) -> Result<Vec<OverlaidCrate>, Refusal> {
        let policy = self.policy(view)?;
        let mut names = Standing::names(self.decided(view).made());
        for overlay in policy.overlays.members() {
            let keys = self.hosted.all(overlay).into_iter().map(|name| name.key());
            names.extend(keys.filter(|key| policy.overlays.covers(overlay, key)));
        }
        let mut report = Vec::new();
        for name in names {
            report.push(self.overlaid_crate(policy, &name).await?);
        }
        Ok(report)
    }

    async fn overlaid_crate(
        &self,
        policy: &ViewPolicy,
        name: &NameKey,
    ) -> Result<OverlaidCrate, Refusal> {
        let overlaid = self.overlaid_now(policy, name).await?;
        let held = overlaid
            .notes
            .iter()
            .filter(|(_, note)| **note == Note::Held);
        Ok(OverlaidCrate {
            name: name.to_string(),
            held: held.map(|(version, _)| version.to_string()).collect(),
            releases: overlaid
                .notes
                .iter()
                .map(|(version, note)| (version.to_string(), told(note)))
                .collect(),
            not_shown: overlaid
                .not_shown
                .iter()
                .map(|(patch, why)| (patch.version.to_string(), told_not_shown(*why).to_owned()))
                .collect(),
        })
    }

    /// What the view shows of a name now; nothing recorded.
    async fn overlaid_now(&self, policy: &ViewPolicy, name: &NameKey) -> Result<Overlaid, Refusal> {
        let standing = Standing::fold(self.decided(&policy.view).made(), name);
        let overlays = self.overlays_of(policy, name, &standing);
        let spelling = overlays
            .iter()
            .find_map(|overlay| self.hosted.spelling(overlay, name));
        let Some(spelling) = spelling else {
            return Ok(Overlaid::default());
        };
        let (asked, verdict) = self.verdict(policy, &spelling.index_name()).await;
        let rows = match verdict {
            Verdict::Served(merged) => merged.releases,
            Verdict::Absent | Verdict::Refused(_) => Vec::new(),
            Verdict::Undecided(_) => {
                return Err(Refusal::unavailable(format!(
                    "the owner of `{name}` cannot answer: {}",
                    asked.silences.join("; ")
                )));
            }
        };
        Ok(self.overlaid(policy, name, rows).await?.0)
    }

    /// Accepts a newer release of the owner, and with `later` all that follow it.
    ///
    /// # Errors
    /// [`Refusal`]: the view does not hold the version.
    pub async fn accept_overlaid(
        &self,
        actor: &Actor,
        view: &RegistryName,
        name: &CrateName,
        version: &Version,
        later: bool,
    ) -> Result<(), Refusal> {
        let key = name.key();
        let overlaid = self.overlaid_now(self.policy(view)?, &key).await?;
        match overlaid.notes.get(version) {
            Some(Note::Held | Note::Accepted) => {}
            Some(other) => {
                return Err(Refusal::invalid(format!(
                    "view `{view}` does not hold `{name}` {version}: it {}",
                    told(other)
                )));
            }
            None => {
                return Err(Refusal::invalid(format!(
                    "view `{view}` does not hold `{name}` {version}; `crossdock overlay list` says what it holds"
                )));
            }
        }
        let decision = OverlayDecision::Accepted {
            name: key,
            version: version.clone(),
            later,
        };
        self.decide(actor, view, Decision::Overlay(decision))
            .await?;
        Ok(())
    }

    /// Lets the newest patched release of a name replace the earlier ones.
    ///
    /// Returns the version that it patches.
    ///
    /// # Errors
    /// [`Refusal`]: there are no earlier ones.
    pub async fn rebase_overlay(
        &self,
        actor: &Actor,
        view: &RegistryName,
        name: &CrateName,
    ) -> Result<Version, Refusal> {
        let key = name.key();
        let overlaid = self.overlaid_now(self.policy(view)?, &key).await?;
        let mut bases: Vec<&Version> = overlaid
            .notes
            .values()
            .filter_map(|note| match note {
                Note::Patches(base) => Some(base),
                _ => None,
            })
            .collect();
        bases.sort();
        let newest = bases.iter().rev().find(|newest| {
            let mut earlier = bases.iter();
            earlier.any(|base| overlay::leaves_behind(newest, base))
        });
        let Some(onto) = newest.map(|newest| (*newest).clone()) else {
            return Err(Refusal::invalid(format!(
                "view `{view}` shows no two patched releases of `{name}` of one line; \
                 publish one made from a newer version to the overlay first"
            )));
        };
        let decision = OverlayDecision::Rebased {
            name: key,
            onto: onto.clone(),
        };
        self.decide(actor, view, Decision::Overlay(decision))
            .await?;
        Ok(onto)
    }
}

fn patch(overlay: &RegistryName, release: &Release) -> Patch {
    Patch {
        overlay: overlay.clone(),
        version: release.version.clone(),
    }
}

/// Says for a person what overlays do to a release.
pub(crate) fn told(note: &Note) -> String {
    match note {
        Note::Patches(base) => format!("patches {base} and is shown instead of it"),
        Note::NoLongerPatches(base) => format!("patched {base}; yanked, another stands for it"),
        Note::Beside(base) => {
            format!("is a pre-release made from {base}, shown beside it and in place of nothing")
        }
        Note::PatchedBy(by) => format!("is patched: {by} is shown instead"),
        Note::Held => "is held: newer than what is patched, until accepted or rebased".to_owned(),
        Note::Accepted => "is newer than what is patched, and accepted".to_owned(),
    }
}

pub(crate) fn told_not_shown(why: NotShown) -> &'static str {
    match why {
        NotShown::Taken => "the owner or another overlay has this version",
        NotShown::NothingToPatch => {
            "the owner has no version with these first two numbers below it"
        }
        NotShown::Spelling => "the owner spells the name otherwise",
    }
}
