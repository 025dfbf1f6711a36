//! Names over which members do not agree, told with the line that settles them.
//!
//! Reported is what somebody met: names on record as shared, and names held from
//! several members of which nobody is on record.

use crate::federation::Federation;
use crate::refusal::Refusal;
use crossdock_core::contradiction::contradicted_by;
use crossdock_core::decision::Spelling;
use crossdock_core::merge::{Conflict, Verdict};
use crossdock_core::name::{IndexName, NameKey};
use crossdock_core::ownership::Ownership;
use crossdock_core::pattern::NamePattern;
use crossdock_core::pins::spelling;
use crossdock_core::policy::ViewPolicy;
use crossdock_core::registry_name::RegistryName;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One conflict or contradiction in a view.
#[derive(Clone, Debug, Serialize)]
pub struct ConflictReport {
    /// The crate.
    pub name: String,
    /// What kind of thing it is.
    pub kind: ConflictKind,
    /// What is wrong, for a person.
    pub text: String,
    /// Versions that are withheld: who has which checksum.
    pub withheld: BTreeMap<String, BTreeMap<String, String>>,
    /// The settings line that settles it, if one does.
    pub cure: Option<String>,
}

/// What is to be settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConflictKind {
    /// Members do not agree; what is not agreed is withheld.
    Withheld,
    /// A claim contradicts the record: an error of the settings.
    ContradictedRecord,
    /// The owner on record is no longer a member: an error of the settings.
    OwnerNotMember,
    /// Rows were served in another identity: locks from before have to be made anew.
    IdentityChanged,
}

impl Federation {
    /// Lists a view's conflicts, sorted by name.
    ///
    /// # Errors
    /// [`Refusal`]: no such view, or the store cannot answer.
    pub async fn conflicts(&self, view: &RegistryName) -> Result<Vec<ConflictReport>, Refusal> {
        let policy = self.policy(view)?;
        let mut reports = Vec::new();
        for name in self.contested(policy).await? {
            let (_, verdict) = self.verdict(policy, &name).await;
            reports.extend(withheld(&verdict).map(|conflict| report(policy, &name, conflict)));
        }
        for (name, record) in self.records.all(view) {
            if let Some((pattern, member)) = contradicted_by(policy, &name, &record) {
                reports.push(contradicted(policy, &name, &record, pattern, member));
            }
        }
        for (gone, names) in self.left_behind(policy) {
            for name in names {
                reports.push(ConflictReport {
                    name: name.to_string(),
                    kind: ConflictKind::OwnerNotMember,
                    text: format!("`{name}` is on record for `{gone}`, which is no longer a member; it is answered 503"),
                    withheld: BTreeMap::new(),
                    cure: Some(format!(
                        "put `{gone}` back into [views.{view}] members, or give the name to a member with \
                         `crossdock transfer` or `crossdock reassign`"
                    )),
                });
            }
        }
        reports.extend(self.changed_identity(policy));
        reports.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(reports)
    }

    /// Counts the names on record that are to be settled, from what is held, without
    /// asking anyone.
    ///
    /// # Errors
    /// [`Refusal`]: no such view.
    pub async fn conflicts_held(&self, view: &RegistryName) -> Result<usize, Refusal> {
        let policy = self.policy(view)?;
        let mut count = self.left_behind(policy).values().map(Vec::len).sum();
        for (name, record) in self.records.all(view) {
            count += usize::from(contradicted_by(policy, &name, &record).is_some());
            let shared = record.owner().is_none().then(|| name.as_str().parse());
            if let Some(Ok(name)) = shared {
                let held = self.held_verdict(policy, &name).await;
                count += usize::from(withheld(&held.verdict).is_some());
            }
        }
        Ok(count)
    }

    /// A view that names its crates otherwise than in rows it served.
    ///
    /// Whoever changes the identity wants other rows, so they are other rows; what was
    /// locked before names crates that are not found under that name any more.
    pub(crate) fn changed_identity(&self, policy: &ViewPolicy) -> Option<ConflictReport> {
        let before = self.held_routes.of(&policy.view).spelling()?;
        let now = spelling(policy);
        (before != now).then(|| ConflictReport {
            name: "*".to_owned(),
            kind: ConflictKind::IdentityChanged,
            text: format!(
                "rows of view `{}` named crates {} and name them {} now; locks made before do not match",
                policy.view,
                spelled(before),
                spelled(now)
            ),
            withheld: BTreeMap::new(),
            cure: Some(match before {
                Spelling::CratesIo => "set identity = \"crates-io\" again, or let projects run `cargo update`".to_owned(),
                Spelling::Split => "set identity = \"split\" again, or let projects run `cargo update`".to_owned(),
                Spelling::View => "set identity = \"split\" and take the mirror of crates.io out of the members again, or let projects run `cargo update`".to_owned(),
            }),
        })
    }

    /// Finds the names over which members could disagree: shared on record, or held
    /// from several members with nobody on record. Held is what somebody asked for.
    async fn contested(&self, policy: &ViewPolicy) -> Result<BTreeSet<IndexName>, Refusal> {
        let mut held: BTreeMap<IndexName, usize> = BTreeMap::new();
        for member in policy.members.keys() {
            for name in self.names_of(member).await? {
                *held.entry(name.index_name()).or_default() += 1;
            }
        }
        let several = held
            .into_iter()
            .filter(|(_, members)| *members > 1)
            .map(|(name, _)| name);
        let undecided = several
            .filter(|name| !single_owner(self.records.get(&policy.view, &name.key()).as_ref()));
        let recorded = self
            .records
            .all(&policy.view)
            .into_iter()
            .filter(|(_, record)| record.owner().is_none());
        let shared = recorded.filter_map(|(name, _)| IndexName::parse(name.as_str()).ok());
        Ok(undecided.chain(shared).collect())
    }
}

fn spelled(spelling: Spelling) -> &'static str {
    match spelling {
        Spelling::CratesIo => "by the crates.io identity (`crates-io`)",
        Spelling::Split => "by its own address if they are private (`split`)",
        Spelling::View => "by its own address (`split` without crates.io)",
    }
}

/// Tells a claim that contradicts the record, with the commands that settle it.
pub(crate) fn contradicted(
    policy: &ViewPolicy,
    name: &NameKey,
    record: &Ownership,
    pattern: &NamePattern,
    member: &RegistryName,
) -> ConflictReport {
    let owners: Vec<String> = record
        .speakers()
        .map(|owner| format!("`{owner}`"))
        .collect();
    let owners = owners.join(", ");
    let (view, said) = (
        &policy.view,
        format!("claim `{pattern}` gives `{name}` to `{member}`"),
    );
    let transfer = record.owner().map(|owner| {
        format!("`crossdock transfer {name} --from {owner} --to {member} --view {view}` if it is the same crate, ")
    });
    ConflictReport {
        name: name.to_string(),
        kind: ConflictKind::ContradictedRecord,
        text: format!("{said}, but on record it is of {owners}; the record stands"),
        withheld: BTreeMap::new(),
        cure: Some(format!(
            "{}`crossdock reassign {name} --to {member} --view {view} --breaks-locks` if it is another one, \
             or remove or narrow the claim `{pattern}`",
            transfer.unwrap_or_default()
        )),
    }
}

fn single_owner(ownership: Option<&Ownership>) -> bool {
    ownership.is_some_and(|ownership| ownership.owner().is_some())
}

fn withheld(verdict: &Verdict) -> Option<&Conflict> {
    match verdict {
        Verdict::Served(merged) => merged.withheld.as_ref(),
        Verdict::Refused(conflict) => Some(conflict),
        Verdict::Absent | Verdict::Undecided(_) => None,
    }
}

fn report(policy: &ViewPolicy, name: &IndexName, conflict: &Conflict) -> ConflictReport {
    let sums = |sums: &BTreeMap<RegistryName, _>| {
        sums.iter()
            .map(|(member, sum): (_, &crossdock_core::checksum::Checksum)| {
                (member.to_string(), sum.to_string())
            })
            .collect()
    };
    ConflictReport {
        name: name.to_string(),
        kind: ConflictKind::Withheld,
        text: told(policy, name.as_str(), conflict),
        withheld: conflict
            .versions
            .iter()
            .map(|(version, held)| (version.to_string(), sums(held)))
            .collect(),
        cure: Some(cure(policy, name.as_str(), conflict)),
    }
}

/// Versions that are told of a conflict, newest first; cargo prints the whole text.
const VERSIONS_TOLD: usize = 10;

/// Tells a conflict: the members, the versions, and what to write.
pub(crate) fn told(policy: &ViewPolicy, name: &str, conflict: &Conflict) -> String {
    let view = &policy.view;
    let members: Vec<String> = conflict
        .members
        .iter()
        .map(|member| format!("`{member}`"))
        .collect();
    let mut text = format!(
        "crate `{name}` is in conflict in view `{view}`: {} have it and nothing says whose it is.\n",
        members.join(", ")
    );
    text += &format!(
        "Settle it in the settings: {}\n",
        cure(policy, name, conflict)
    );
    for (version, sums) in conflict.versions.iter().rev().take(VERSIONS_TOLD) {
        let of: Vec<String> = sums
            .iter()
            .map(|(member, sum)| format!("{member} has {:.12}", sum.to_string()))
            .collect();
        let lacking = conflict
            .members
            .iter()
            .filter(|member| !sums.contains_key(*member));
        let lacks: Vec<String> = lacking.map(|member| format!("{member} lacks it")).collect();
        text += &format!("  {version}: {}\n", [of, lacks].concat().join(", "));
    }
    match conflict.versions.len().saturating_sub(VERSIONS_TOLD) {
        0 => text,
        more => text + &format!("  and {more} older versions\n"),
    }
}

fn cure(policy: &ViewPolicy, name: &str, conflict: &Conflict) -> String {
    let first = conflict
        .members
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    let members: Vec<String> = conflict
        .members
        .iter()
        .map(|member| format!("\"{member}\""))
        .collect();
    let (view, members) = (&policy.view, members.join(", "));
    // A key that stands there already cannot be written a second time.
    let claims = match policy.claims.is_empty() {
        true => format!("[views.{view}] claims = {{ {name} = \"{first}\" }}"),
        false => format!("add {name} = \"{first}\" to the claims of [views.{view}]"),
    };
    let declared = format!("{{ names = [\"{name}\"], members = [{members}] }}");
    let same_crate = match policy.same_crate.is_empty() {
        true => format!("same-crate = [{declared}]"),
        false => format!("add {declared} to its same-crate"),
    };
    format!("{claims} if it is that member's alone, or {same_crate} if it is one crate")
}
