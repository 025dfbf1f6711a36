//! Explains what a view answers for a name: which rule, which member, what lost,
//! what was rewritten. Explaining records nothing.

mod past;
mod visible;

use crate::aliases::told as told_why;
use crate::configuration::RegistryKind;
use crate::conflicts::told;
use crate::federation::Federation;
use crate::gate_reports::GateVerdict;
use crate::overlays::told as note;
use crate::purge::DecidedPurge;
use crate::refusal::Refusal;
use crate::spelling::address_of;
use crate::surface::Surface;
use crate::view_rows::undecided_in;
use crossdock_core::merge::{Answer, Conflict, Verdict};
use crossdock_core::name::CrateName;
use crossdock_core::overlay::Overlaid;
use crossdock_core::owner::{is_private, known};
use crossdock_core::ownership::Ownership;
use crossdock_core::policy::{Side, ViewPolicy};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::{Release, Target};
use crossdock_core::version::Version;
use serde::Serialize;
use std::collections::BTreeMap;

pub(crate) use past::Happened;
pub use visible::Since;

/// Versions that are named where the one asked for does not exist.
const NEAR_MAX: usize = 5;

/// Why a view answers as it does.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// The view.
    pub view: String,
    /// The crate.
    pub name: String,
    /// `served`, `purged`, `blocked` by a gate or `withheld` (the one version asked for),
    /// `no-such-version`, `absent`, `conflict` or `undecided`.
    pub outcome: &'static str,
    /// The member or members that speak for the name.
    pub owners: Vec<String>,
    /// The rule that made them so.
    pub rule: Option<String>,
    /// Whether the name is never sent to outside members.
    pub private: bool,
    /// What became of each member, and why.
    pub members: BTreeMap<String, String>,
    /// A conflict, told with the line that settles it.
    pub conflict: Option<String>,
    /// Why it is undecided, with what settles it.
    pub why: Option<String>,
    /// The epoch at which the view stands still for this name, if it does; told is what
    /// it shows there.
    pub frozen: Option<u64>,
    /// Versions that are shown, highest first.
    pub versions: Vec<ExplainedVersion>,
    /// Shown versions next to the one asked for, which does not exist.
    pub near: Vec<String>,
    /// What happened to it, oldest first.
    pub past: Vec<Happened>,
}

/// One version that a view shows.
#[derive(Clone, Debug, Serialize)]
pub struct ExplainedVersion {
    /// The version.
    pub version: String,
    /// The member its row and bytes are from.
    pub from: String,
    /// SHA-256 of the archive.
    pub checksum: String,
    /// Whether it is yanked.
    pub yanked: bool,
    /// Who purged it, when and why, if somebody did: its archive is answered 451.
    pub purged: Option<DecidedPurge>,
    /// What overlays do to it, if they do anything.
    pub overlay: Option<String>,
    /// When it was published.
    pub published: Option<String>,
    /// What each gate says of it; of several versions, only what stops or would stop.
    pub gates: Vec<GateVerdict>,
    /// Where its bytes come from: an upstream, or that they were published here.
    pub origin: String,
    /// Since when its member has it; told for one version at a time.
    pub came: Option<Since>,
    /// Since when the view shows it as its member's, if somebody was shown it; told for
    /// one version at a time.
    pub visible: Option<Since>,
    /// Whether its bytes are held; told for one version at a time.
    pub held: Option<bool>,
    /// What its dependencies point to; told for one version at a time.
    pub dependencies: Vec<ExplainedDependency>,
}

/// One dependency, before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedDependency {
    /// The real name of the crate depended on.
    pub name: String,
    /// The crate that provides it by an alias, if one does.
    pub provided_by: Option<String>,
    /// Why an alias of it does not hold for this row, if one does not.
    pub left_alone: Option<&'static str>,
    /// The requirement.
    pub req: String,
    /// The registry it means, as settled when its release came in.
    pub means: String,
    /// What the view's row says.
    pub shown_as: String,
}

impl Federation {
    /// Explains a name, and one version's dependencies if one is given.
    ///
    /// # Errors
    /// [`Refusal`]: no such view or version, or the store cannot answer.
    pub async fn explain(
        &self,
        view: &RegistryName,
        name: &CrateName,
        version: Option<&Version>,
    ) -> Result<Explanation, Refusal> {
        let (surface, key) = (Surface::View(view.clone()), name.key());
        let Some(epoch) = self.stands_still(&surface, &key) else {
            return self.explain_live(view, name, version).await;
        };
        let past = self.as_of(self.moment_of(epoch).await?).await?;
        // Boxed: where it stood, it may have stood still at an earlier epoch.
        let explaining = Box::pin(past.federation.explain(view, name, version));
        let (explained, _) = past.strictly(explaining).await;
        let mut explanation = explained?;
        explanation.frozen = Some(epoch);
        // What happened since is why it was frozen, or what it does not show.
        let record = self.records.get(view, &key);
        let speakers: Vec<_> = record
            .iter()
            .flat_map(Ownership::speakers)
            .cloned()
            .collect();
        explanation.past = self.past(view, &speakers, &key, version).await?;
        Ok(explanation)
    }

    async fn explain_live(
        &self,
        view: &RegistryName,
        name: &CrateName,
        version: Option<&Version>,
    ) -> Result<Explanation, Refusal> {
        let policy = self.policy(view)?;
        let (key, index_name) = (name.key(), name.index_name());
        let record = self.records.extended(policy, &key);
        let (asked, verdict) = self.verdict(policy, &index_name).await;
        let private = is_private(
            policy,
            &key,
            record.as_ref(),
            &self.hosted.holders(policy, &key),
        );
        let mut explanation = Explanation {
            view: view.to_string(),
            name: name.to_string(),
            outcome: "absent",
            owners: Vec::new(),
            rule: known(policy, &key, record.as_ref()).map(|known| known.rule.to_string()),
            private,
            members: BTreeMap::new(),
            conflict: None,
            why: None,
            frozen: None,
            versions: Vec::new(),
            near: Vec::new(),
            past: Vec::new(),
        };
        let mut speakers = Vec::new();
        match verdict {
            Verdict::Served(merged) => {
                explanation.outcome = "served";
                speakers = merged.ownership.speakers().cloned().collect();
                explanation.owners = merged
                    .ownership
                    .speakers()
                    .map(ToString::to_string)
                    .collect();
                explanation.rule = Some(merged.rule.to_string());
                let asked_for = |conflict: &&Conflict| {
                    version.is_none_or(|version| conflict.versions.contains_key(version))
                };
                let withheld = merged.withheld.as_ref().filter(asked_for);
                explanation.conflict =
                    withheld.map(|conflict| told(policy, index_name.as_str(), conflict));
                let rows = merged.releases;
                let (overlaid, _) = self.overlaid(policy, &key, rows).await?;
                let has = |version: &Version| {
                    let mut rows = overlaid.rows.iter();
                    rows.any(|(_, row)| row.version == *version)
                };
                let missing = version.filter(|version| !has(version));
                match (withheld.filter(|_| version.is_some()), missing) {
                    (Some(_), _) => explanation.outcome = "withheld",
                    (None, Some(missing)) => {
                        explanation.outcome = "no-such-version";
                        explanation.near = near(&overlaid.rows, missing);
                    }
                    (None, None) => {
                        explanation.versions =
                            self.explained_versions(policy, &overlaid, version).await?;
                        let mut shown = explanation.versions.iter();
                        let is_blocked =
                            |shown: &ExplainedVersion| shown.gates.iter().any(GateVerdict::blocks);
                        if version.is_some() && shown.any(is_blocked) {
                            explanation.outcome = "blocked";
                        }
                        let mut shown = explanation.versions.iter();
                        if version.is_some() && shown.any(|shown| shown.purged.is_some()) {
                            explanation.outcome = "purged";
                        }
                    }
                }
            }
            Verdict::Refused(conflict) => {
                speakers = conflict.members.iter().cloned().collect();
                explanation.outcome = "conflict";
                explanation.conflict = Some(told(policy, index_name.as_str(), &conflict));
            }
            Verdict::Undecided(_) => {
                explanation.outcome = "undecided";
                explanation.why = Some(undecided_in(policy, &index_name, &asked).detail);
                speakers = record
                    .iter()
                    .flat_map(Ownership::speakers)
                    .cloned()
                    .collect();
            }
            Verdict::Absent => {}
        }
        for (member, settings) in &policy.members {
            let said = asked.answers.get(member);
            let owner = explanation
                .owners
                .iter()
                .any(|owner| owner == member.as_str());
            let text = match policy.overlays.covers(member, &key) {
                true => self.overlay_fate(member, &key).await?,
                false => fate(
                    owner,
                    explanation.outcome,
                    said,
                    settings.side,
                    private,
                    policy.eligible(settings.side, &key).any(|m| m == member),
                ),
            };
            explanation.members.insert(member.to_string(), text);
        }
        for gone in &asked.gone {
            let fate = "is on record for the name and no longer a member".to_owned();
            explanation.members.insert(gone.to_string(), fate);
        }
        explanation.past = self.past(view, &speakers, &key, version).await?;
        if matches!(explanation.outcome, "conflict" | "undecided") {
            for happened in &mut explanation.past {
                happened.withdraw();
            }
        }
        Ok(explanation)
    }

    fn origin(&self, member: &RegistryName) -> String {
        match self
            .configuration
            .registries
            .get(member)
            .map(|registry| &registry.kind)
        {
            Some(RegistryKind::Mirror { address, .. }) if self.decisions.is_retired(member) => {
                format!("upstream {address}, which is retired and not asked any more")
            }
            Some(RegistryKind::Mirror { address, .. }) => format!("upstream {address}"),
            Some(RegistryKind::Directory) => format!("the folder of `{member}`"),
            _ => format!("published to `{member}`"),
        }
    }

    async fn explained_versions(
        &self,
        policy: &ViewPolicy,
        overlaid: &Overlaid,
        wanted: Option<&Version>,
    ) -> Result<Vec<ExplainedVersion>, Refusal> {
        let releases = &overlaid.rows;
        let mut explained = Vec::new();
        for (member, release) in releases
            .iter()
            .rev()
            .filter(|(_, release)| wanted.is_none_or(|wanted| release.version == *wanted))
        {
            let held = match wanted {
                Some(_) => Some(self.blobs.read(&release.checksum).await?.is_some()),
                None => None,
            };
            let dependencies = match wanted {
                Some(_) => self.explained_dependencies(policy, member, release).await?,
                None => Vec::new(),
            };
            let (came, visible) = match wanted {
                Some(_) => self.since(&policy.view, member, release).await?,
                None => (None, None),
            };
            let mut gates = self.gate_verdicts(policy, member, release).await?;
            let yanked = release.yanked || gates.iter().any(GateVerdict::yanks);
            gates.retain(|verdict| wanted.is_some() || verdict.is_finding());
            explained.push(ExplainedVersion {
                version: release.version.to_string(),
                from: member.to_string(),
                checksum: release.checksum.to_string(),
                yanked,
                purged: self.decided_purge(member, &release.name, &release.version),
                overlay: overlaid.notes.get(&release.version).map(note),
                published: release.pubtime.map(|time| time.to_string()),
                gates,
                origin: self.origin(member),
                came,
                visible,
                held,
                dependencies,
            });
        }
        Ok(explained)
    }

    async fn explained_dependencies(
        &self,
        policy: &ViewPolicy,
        member: &RegistryName,
        release: &Release,
    ) -> Result<Vec<ExplainedDependency>, Refusal> {
        let own = vec![(member.clone(), release.clone())];
        let aliased = self.aliased(policy, own).await?;
        let shown = aliased.rows.first().map_or(release, |(_, shown)| shown);
        let (routes, _) = self.routes(policy, &[(member, shown)]).await?;
        let pairs = release.dependencies.iter().zip(&shown.dependencies);
        let explained = pairs.filter_map(|(written, dependency)| {
            let name = dependency.crate_name()?;
            let route = routes.of(policy, member, shown, dependency)?;
            let means = match &written.target {
                Target::Own => format!("registry `{member}`"),
                Target::CratesIo => "crates.io".to_owned(),
                Target::Registry(registry) => format!("registry `{registry}`"),
                Target::Elsewhere(address) => address.to_string(),
            };
            Some(ExplainedDependency {
                name: written.crate_name()?.to_string(),
                provided_by: (written != dependency).then(|| name.to_string()),
                left_alone: aliased
                    .left_alone
                    .first()?
                    .get(&name.key())
                    .map(|why| told_why(*why)),
                req: dependency.req.clone(),
                means,
                shown_as: address_of(&self.configuration, policy, route),
            })
        });
        let mut dependencies: Vec<_> = explained.collect();
        dependencies.dedup();
        Ok(dependencies)
    }
}

/// The shown versions around one that does not exist, highest first.
fn near(releases: &[(RegistryName, Release)], missing: &Version) -> Vec<String> {
    let place = releases.partition_point(|(_, release)| release.version < *missing);
    let from = place.saturating_sub(NEAR_MAX / 2 + 1);
    let around = releases.iter().skip(from).take(NEAR_MAX);
    let mut versions: Vec<String> = around
        .map(|(_, release)| release.version.to_string())
        .collect();
    versions.reverse();
    versions
}

fn fate(
    owner: bool,
    outcome: &str,
    said: Option<&Answer>,
    side: Side,
    private: bool,
    eligible: bool,
) -> String {
    match (owner, said) {
        (true, Some(Answer::Has(entry))) => {
            format!("speaks for the name, {} releases", entry.releases().len())
        }
        (true, Some(Answer::Absent)) => "speaks for the name and has no release of it".to_owned(),
        (true, _) => "speaks for the name but cannot answer".to_owned(),
        (false, Some(Answer::Has(_))) => match outcome {
            "conflict" => "has it; nobody speaks for the name",
            "undecided" => "has it; who speaks for the name cannot be said now",
            _ => "has the name, but another member speaks for it",
        }
        .to_owned(),
        (false, Some(Answer::Absent)) => "does not have the name".to_owned(),
        (false, Some(Answer::Silent)) => "cannot answer".to_owned(),
        (false, None) if !eligible => "is limited to other names".to_owned(),
        (false, None) if side == Side::Outside && private => {
            "is not asked: the name is private".to_owned()
        }
        (false, None) => "is not asked: the owner is known".to_owned(),
    }
}
