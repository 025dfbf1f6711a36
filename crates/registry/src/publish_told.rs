//! What views make of a release that was just published, told to its publisher.
//!
//! A publish is to a registry, but people build through views: one that withholds
//! the release, shows the name from elsewhere, yanks it by a gate, or withholds what
//! it depends on would otherwise be noticed by somebody else, later.
//!
//! Judged by records and by what is held: nobody outside is asked, since what an
//! upload names may be private, and a publish does not wait for an upstream. Where
//! that does not suffice nothing is told.
//!
//! Absent: refusing (`publish_name.rs`), what dependencies mean (`settle_upload.rs`),
//! whether a view shows what they need (`publish_needs.rs`), and what releases of
//! overlays patch there (`publish_patch.rs`).

use crate::asking::Asked;
use crate::conflicts::told;
use crate::federation::Federation;
use crossdock_core::gate::{self, Finding, Gate, Outcome};
use crossdock_core::merge::{Answer, Conflict, Verdict, merge};
use crossdock_core::name::CrateName;
use crossdock_core::owner::{Known, known};
use crossdock_core::ownership::Ownership;
use crossdock_core::policy::ViewPolicy;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::{DependencyKind, Release};
use crossdock_core::version::Version;
use std::collections::{BTreeMap, BTreeSet};

/// Dependencies that are told of in one view; cargo prints each of them.
const DEPENDENCIES_MAX: usize = 10;

/// What members are held to say of a name, and what follows in a view.
pub(crate) struct HeldVerdict {
    known: Option<Known>,
    pub(crate) answers: BTreeMap<RegistryName, Answer>,
    pub(crate) verdict: Verdict,
}

impl Federation {
    /// Tells what each view of `registry` makes of a release that is durable there.
    ///
    /// The publish is done: what cannot be found out is left out.
    pub(crate) async fn told_by_views(
        &self,
        registry: &RegistryName,
        name: &CrateName,
        version: &Version,
    ) -> Vec<String> {
        let Ok(entry) = self.hosted_entry(registry, &name.key()).await else {
            return Vec::new();
        };
        let Some(release) = entry.release(version) else {
            return Vec::new();
        };
        let mut warnings = Vec::new();
        for policy in self.configuration.views_of(registry) {
            warnings.extend(self.told_by(policy, registry, release).await);
        }
        warnings
    }

    async fn told_by(
        &self,
        policy: &ViewPolicy,
        registry: &RegistryName,
        release: &Release,
    ) -> Vec<String> {
        let held = self.held_verdict(policy, &release.name).await;
        let mut warnings = Vec::new();
        if policy.overlays.covers(registry, &release.name.key()) {
            let patch = self
                .told_of_patch(policy, registry, release, &held.verdict)
                .await;
            warnings.extend(patch.told);
            if !patch.is_shown {
                return warnings;
            }
        } else if let Some(unseen) = unseen(policy, registry, release, &held) {
            return vec![unseen];
        }
        warnings.extend(self.held_back(policy, registry, release).await);
        let (mut seen, mut missed) = (BTreeSet::new(), Vec::new());
        for dependency in &release.dependencies {
            if dependency.kind != DependencyKind::Dev
                && let Some(name) = dependency.crate_name()
                && seen.insert((name.key(), &dependency.req, &dependency.target))
            {
                missed.extend(self.unmet(policy, registry, dependency, &name).await);
            }
        }
        let more = missed.len().saturating_sub(DEPENDENCIES_MAX);
        missed.truncate(DEPENDENCIES_MAX);
        warnings.extend(missed);
        if more > 0 {
            warnings.push(format!(
                "view `{}` does not show what {more} more dependencies need",
                policy.view
            ));
        }
        warnings
    }

    /// Tells of the gates that do something with a release.
    async fn held_back(
        &self,
        policy: &ViewPolicy,
        registry: &RegistryName,
        release: &Release,
    ) -> Vec<String> {
        let row = [(registry.clone(), release.clone())];
        let Ok(seen) = self.first_seen(policy, &row).await else {
            return Vec::new();
        };
        let state = self.gate_state(&policy.view);
        let found = gate::findings(policy, &self.hour(&state, &seen), registry, release);
        found
            .iter()
            .filter_map(|finding| held_back(policy, release, finding))
            .collect()
    }

    /// Decides from what is held what a view shows of a name.
    pub(crate) async fn held_verdict(&self, policy: &ViewPolicy, name: &CrateName) -> HeldVerdict {
        let (key, index_name) = (name.key(), name.index_name());
        let mut asked = Asked {
            answers: BTreeMap::new(),
            fresh_for_ms: 0,
            silences: Vec::new(),
            rows: None,
            record: self.records.get(&policy.view, &key),
            gone: Vec::new(),
        };
        for member in policy.members.keys() {
            let answer = self.held_answer(member, &index_name).await;
            asked.answers.insert(member.clone(), answer);
        }
        let record = self.records.extended(policy, &key);
        let record = record.as_ref();
        let merged = merge(policy, &key, record, &asked.answers);
        let verdict = self.outlived(policy, &index_name, &asked, record, merged);
        HeldVerdict {
            known: known(policy, &key, record),
            verdict: verdict.await,
            answers: asked.answers,
        }
    }
}

/// Tells why a view does not show a release at all; nothing if it does, or if that is
/// not known.
fn unseen(
    policy: &ViewPolicy,
    registry: &RegistryName,
    release: &Release,
    held: &HeldVerdict,
) -> Option<String> {
    let (view, name) = (&policy.view, release.name.key());
    let of_version = |conflict: &Conflict| {
        let conflict = narrowed(conflict, |version| *version == release.version)?;
        Some(format!(
            "view `{view}` withholds `{}` {}, which was just published. {}",
            release.name,
            release.version,
            told(policy, name.as_str(), &conflict).trim_end()
        ))
    };
    let elsewhere = |ownership: &Ownership, rule: String| {
        let speaks = ownership.speakers().any(|speaker| speaker == registry);
        let speakers = ownership.speakers().map(|speaker| format!("`{speaker}`"));
        let speakers: Vec<_> = speakers.collect();
        (!speaks).then(|| {
            format!(
                "view `{view}` shows `{}` from {} ({rule}): what was just published to \
                 `{registry}` is seen there through the face {view}/from/{registry} only",
                release.name,
                speakers.join(", ")
            )
        })
    };
    match &held.verdict {
        Verdict::Served(merged) => {
            let withheld = merged.withheld.as_ref().and_then(of_version);
            withheld.or_else(|| elsewhere(&merged.ownership, merged.rule.to_string()))
        }
        Verdict::Refused(conflict) => of_version(conflict),
        Verdict::Absent | Verdict::Undecided(_) => {
            let known = held.known.as_ref()?;
            elsewhere(&known.ownership, known.rule.to_string())
        }
    }
}

/// Keeps the versions of a conflict that somebody asks about, if there are any.
pub(crate) fn narrowed(conflict: &Conflict, about: impl Fn(&Version) -> bool) -> Option<Conflict> {
    let versions = conflict
        .versions
        .iter()
        .filter(|(version, _)| about(version));
    let versions: BTreeMap<_, _> = versions
        .map(|(version, sums)| (version.clone(), sums.clone()))
        .collect();
    (!versions.is_empty()).then(|| Conflict {
        members: conflict.members.clone(),
        versions,
    })
}

/// Tells what a gate does with a release; nothing if it only reports.
fn held_back(policy: &ViewPolicy, release: &Release, finding: &Finding) -> Option<String> {
    let (view, gate, reason) = (&policy.view, finding.gate, &finding.reason);
    let effect = match finding.outcome {
        Outcome::Waived(_) | Outcome::Audited => return None,
        Outcome::Yanked => "shows it yanked",
        Outcome::Blocked => "shows it yanked and refuses its archive",
    };
    let named = format!("{}@{}", release.name, release.version);
    let cure = match gate {
        Gate::Admit => format!("`crossdock approve {named} --view {view}` lets it in"),
        _ => format!(
            "`crossdock waive {named} --gate {gate} --view {view} --reason … --expires …` lets it through"
        ),
    };
    Some(format!(
        "view `{view}` {effect} by its gate `{gate}`: {reason}; {cure}"
    ))
}
