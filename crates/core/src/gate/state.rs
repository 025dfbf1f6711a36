//! What people decided about gates, and what archives showed: folded from facts.

use super::licence::FoundLicence;
use super::releases::Versions;
use super::rule::Gate;
use crate::actor::Actor;
use crate::checksum::Checksum;
use crate::decision::{Decision, GateDecision, Made, Words};
use crate::name::NameKey;
use crate::timestamp::Timestamp;
use crate::version::Version;
use std::collections::BTreeMap;

/// The fold of a view's decisions about gates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GateState {
    approvals: BTreeMap<NameKey, Vec<Approval>>,
    requests: BTreeMap<(NameKey, Version), Request>,
    waivers: BTreeMap<(NameKey, Version, Gate), Waiver>,
    licences: BTreeMap<(NameKey, Version, Checksum), FoundLicence>,
    look_alikes: BTreeMap<NameKey, NameKey>,
}

/// Versions of a crate that somebody approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Which.
    pub versions: Versions,
    /// Who approved them.
    pub actor: Actor,
    /// When.
    pub time: Timestamp,
}

/// Somebody wants a release that nobody approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who asked; the server, if a download was refused.
    pub actor: Actor,
    /// When it was first asked for.
    pub time: Timestamp,
}

/// A finding that does not count for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// Why.
    pub reason: Words,
    /// Who said so.
    pub actor: Actor,
    /// Until when; at that hour it no longer holds.
    pub until: Timestamp,
}

impl GateState {
    /// Folds decisions, oldest first; those of other areas are passed over.
    pub fn of<'m>(made: impl IntoIterator<Item = &'m Made>) -> Self {
        let mut state = Self::default();
        made.into_iter().for_each(|made| state.add(made));
        state
    }

    /// Adds the next decision.
    pub fn add(&mut self, made: &Made) {
        let Decision::Gate(decision) = &made.decision else {
            return;
        };
        let (actor, time) = (made.actor.clone(), made.time);
        match decision.clone() {
            GateDecision::Approved { name, versions } => {
                let approved = self.approvals.entry(name).or_default();
                if !approved.iter().any(|before| before.versions == versions) {
                    approved.push(Approval {
                        versions,
                        actor,
                        time,
                    });
                }
            }
            GateDecision::Revoked { name, versions } => {
                if let Some(approved) = self.approvals.get_mut(&name) {
                    approved.retain(|before| before.versions != versions);
                }
            }
            GateDecision::Requested { name, version } => {
                let request = Request { actor, time };
                self.requests.entry((name, version)).or_insert(request);
            }
            GateDecision::Waived {
                name,
                version,
                gate,
                reason,
                until,
            } => {
                let waiver = Waiver {
                    reason,
                    actor,
                    until,
                };
                self.waivers.insert((name, version, gate), waiver);
            }
            GateDecision::LicenceFound {
                name,
                version,
                checksum,
                licence,
            } => {
                self.licences.insert((name, version, checksum), licence);
            }
            GateDecision::LookedAlike { name, like } => {
                self.look_alikes.insert(name, like);
            }
        }
    }

    /// Tells whether somebody approved a release.
    pub fn is_approved(&self, name: &NameKey, version: &Version) -> bool {
        let approved = self.approvals.get(name);
        approved.is_some_and(|approved| {
            approved
                .iter()
                .any(|approval| approval.versions.covers(version))
        })
    }

    /// Lists all approvals, sorted by name.
    pub fn approvals(&self) -> impl Iterator<Item = (&NameKey, &Approval)> {
        self.approvals
            .iter()
            .flat_map(|(name, approved)| approved.iter().map(move |approval| (name, approval)))
    }

    /// Tells whether a release was asked for.
    pub fn is_requested(&self, name: &NameKey, version: &Version) -> bool {
        self.requests.contains_key(&(name.clone(), version.clone()))
    }

    /// Lists the requests that nobody approved yet, sorted by name and version.
    pub fn queue(&self) -> impl Iterator<Item = (&NameKey, &Version, &Request)> {
        self.requests
            .iter()
            .filter(|((name, version), _)| !self.is_approved(name, version))
            .map(|((name, version), request)| (name, version, request))
    }

    /// Returns the waiver that lifts a gate for a release at an hour.
    pub fn waiver(
        &self,
        name: &NameKey,
        version: &Version,
        gate: Gate,
        now: Timestamp,
    ) -> Option<&Waiver> {
        if self.waivers.is_empty() {
            return None;
        }
        let waiver = self.waivers.get(&(name.clone(), version.clone(), gate));
        waiver.filter(|waiver| now < waiver.until)
    }

    /// Lists all waivers, those that ended too, sorted by name, version and gate.
    pub fn waivers(&self) -> impl Iterator<Item = (&NameKey, &Version, Gate, &Waiver)> {
        self.waivers
            .iter()
            .map(|((name, version, gate), waiver)| (name, version, *gate, waiver))
    }

    /// Returns the licence that was found in a release's archive, if it was seen.
    pub fn licence(
        &self,
        name: &NameKey,
        version: &Version,
        checksum: &Checksum,
    ) -> Option<&FoundLicence> {
        if self.licences.is_empty() {
            return None;
        }
        self.licences
            .get(&(name.clone(), version.clone(), *checksum))
    }

    /// Returns the private name that a name was taken for when it was first served.
    pub fn looks_like(&self, name: &NameKey) -> Option<&NameKey> {
        self.look_alikes.get(name)
    }
}
