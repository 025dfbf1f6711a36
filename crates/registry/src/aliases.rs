//! Aliases at work: declared when the settings are read, applied when rows are.
//!
//! `core::alias` decides; here it is fed with owners, providers' releases and what
//! was recorded. That an alias is declared, and each row that is left alone, is a
//! fact before it is shown, so that no row turns later (law 5): a provider may get
//! the version that was missing, a second alias may be declared.

use crate::federation::Federation;
use crate::partings::Partings;
use crate::ports::Change;
use crate::refusal::Refusal;
use crate::routes::Mentioned;
use crossdock_core::actor::Actor;
use crossdock_core::alias::{self, Aliases, LeftAlone, Provider, Spared};
use crossdock_core::decision::{AliasDecision, Decision};
use crossdock_core::merge::Verdict;
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::ownership::Ownership;
use crossdock_core::parting::Came;
use crossdock_core::policy::ViewPolicy;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::{Dependency, DependencyKind, Release, Target};
use crossdock_core::rewrite::{Absolute, absolute};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The rows of a file: the member each comes from, and the release.
pub(crate) type OwnedRows = Vec<(RegistryName, Release)>;

/// Rows with aliases applied, and what has to be recorded before they are shown.
pub(crate) struct AliasedRows {
    pub(crate) rows: OwnedRows,
    pub(crate) changes: Vec<Change>,
    /// Aliased names that a row still depends on, in the order of the rows.
    pub(crate) left_alone: Vec<BTreeMap<NameKey, LeftAlone>>,
}

/// The aliases of a view, for people.
#[derive(Clone, Debug, Serialize)]
pub struct AliasReport {
    /// What is declared.
    pub aliases: Vec<DeclaredAlias>,
    /// The releases that depend on an aliased name all the same.
    pub left_alone: Vec<LeftAloneRelease>,
}

/// One alias that is declared.
#[derive(Clone, Debug, Serialize)]
pub struct DeclaredAlias {
    /// The aliased name.
    pub name: String,
    /// The crate that provides it.
    pub provided_by: String,
    /// Releases published up to then are left alone; absent if there are no such.
    pub leaves_alone_until: Option<String>,
}

/// One release that depends on an aliased name all the same.
#[derive(Clone, Debug, Serialize)]
pub struct LeftAloneRelease {
    /// The dependent.
    pub krate: String,
    /// Its version.
    pub version: String,
    /// The aliased name it depends on.
    pub dependency: String,
    /// Why.
    pub why: String,
}

impl Federation {
    /// Records which aliases the settings declare and which they no longer do.
    pub(crate) async fn declare_aliases(&self) -> Result<(), Refusal> {
        if self.is_past {
            return Ok(());
        }
        for (view, settings) in &self.configuration.views {
            let rules = &settings.policy.aliases;
            let aliases = Aliases::fold(self.decided(view).made());
            let declared: BTreeMap<_, _> = aliases
                .declared()
                .map(|(name, provider, _)| (name, provider))
                .collect();
            let withdrawn = declared
                .iter()
                .filter(|(name, provider)| rules.provider(name) != Some(**provider))
                .map(|(name, _)| AliasDecision::Withdrawn {
                    name: (*name).clone(),
                    leaves_older: self.was_named(&settings.policy, name),
                });
            let new = rules
                .iter()
                .filter(|(name, provider)| declared.get(name) != Some(provider))
                .map(|(name, provider)| AliasDecision::Declared {
                    name: name.clone(),
                    provider: provider.clone(),
                    leaves_older: self.was_named(&settings.policy, name),
                });
            let changes: Vec<_> = withdrawn.chain(new).map(|it| decide(view, it)).collect();
            if !changes.is_empty() {
                self.record(Actor::server(), changes).await?;
                self.served.drop_all();
            }
        }
        Ok(())
    }

    /// Tells whether a row that the view served led to a name; whatever does is
    /// recorded first, and so is a name that was read itself.
    fn was_named(&self, policy: &ViewPolicy, name: &NameKey) -> bool {
        self.records.get(&policy.view, name).is_some()
            || policy
                .members
                .keys()
                .any(|member| self.faces.is_named(&policy.view, member, name))
    }

    /// Puts providers in place of aliased names.
    pub(crate) async fn aliased(
        &self,
        policy: &ViewPolicy,
        rows: OwnedRows,
    ) -> Result<AliasedRows, Refusal> {
        let mut aliased = AliasedRows {
            left_alone: Vec::new(),
            rows,
            changes: Vec::new(),
        };
        let aliases = Aliases::fold(self.decided(&policy.view).made());
        let spared = aliased.rows.iter().map(|(_, row)| aliases.spared_of(row));
        aliased.left_alone = spared.collect();
        let wanted = wanted(policy, &aliases, &aliased.rows);
        if wanted.is_empty() {
            return Ok(aliased);
        }
        let (mut mentioned, mut names) = (BTreeMap::new(), BTreeSet::new());
        for (name, mention, provider) in wanted {
            mentioned.entry(name).or_insert(mention);
            names.insert(provider);
        }
        let owners = self.owners_of(policy, mentioned).await?;
        let own: Vec<_> = aliased.rows.iter().map(|(from, row)| (from, row)).collect();
        let partings = self.partings(policy, &own).await?;
        let mut providers = BTreeMap::new();
        for name in names {
            providers.insert(name.clone(), self.provider(policy, &name).await?);
        }
        for (at, (member, release)) in aliased.rows.iter_mut().enumerate() {
            let of_row = providers_of(policy, &aliases, &providers, member, release);
            if of_row.is_empty() {
                continue;
            }
            let views = |dependency: &Dependency| {
                let row = (&*member, &*release);
                self.is_the_views(policy, row, dependency, &owners, &partings)
            };
            let is_meant = |dependency: &Dependency| views(dependency).is_some();
            let outcome = alias::apply(release, &of_row, &is_meant);
            for dependency in &release.dependencies {
                let owned = views(dependency);
                let owned = owned.filter(|(name, _)| of_row.contains_key(name));
                aliased.changes.extend(owned.map(|(name, ownership)| {
                    // What the row leads to rests on whose the aliased name is.
                    Change::RecordOwner {
                        view: policy.view.clone(),
                        name,
                        ownership: ownership.clone(),
                    }
                }));
            }
            let spare = |(name, why): (&NameKey, &LeftAlone)| AliasDecision::Spared {
                spared: Spared {
                    name: name.clone(),
                    dependent: release.name.key(),
                    version: release.version.clone(),
                },
                why: *why,
            };
            let spared = outcome.left_alone.iter().map(spare);
            aliased
                .changes
                .extend(spared.map(|it| decide(&policy.view, it)));
            *release = outcome.release;
            aliased.left_alone[at].extend(outcome.left_alone);
        }
        aliased.changes.retain(|change| !self.is_on_record(change));
        Ok(aliased)
    }

    /// Says whose a dependency's crate is if it is the one that the view shows under
    /// its name: only that one is aliased (law 7).
    fn is_the_views<'o>(
        &self,
        policy: &ViewPolicy,
        (member, release): (&RegistryName, &Release),
        dependency: &Dependency,
        owners: &'o BTreeMap<NameKey, Ownership>,
        partings: &Partings,
    ) -> Option<(NameKey, &'o Ownership)> {
        let name = dependency.crate_name()?.key();
        let Absolute::Member(target) = absolute(policy, member, &dependency.target) else {
            return None;
        };
        let ownership = owners.get(&name)?;
        let by_face = match partings.came(member, release, &name, &Absolute::Member(target.clone()))
        {
            Some((_, came)) => came == Came::Meanwhile,
            None => self.faces.is_named(&policy.view, &target, &name),
        };
        (ownership.members().contains(&target) && !by_face).then_some((name, ownership))
    }

    /// Finds what the view shows of a provider; without a release nothing suffices.
    async fn provider(&self, policy: &ViewPolicy, name: &CrateName) -> Result<Provider, Refusal> {
        let (asked, verdict) = self.verdict(policy, &name.index_name()).await;
        let mut provider = Provider {
            name: name.clone(),
            target: Target::Own,
            releases: Vec::new(),
            is_out_of_reach: false,
        };
        match verdict {
            Verdict::Served(merged) => {
                if let Some(member) = merged.ownership.members().first() {
                    provider.target = Target::Registry(member.clone());
                    let releases = merged.releases.into_iter().map(|(_, release)| release);
                    // cargo compares the spelling of a package with what a row asks for.
                    provider.releases = releases.filter(|it| it.name == *name).collect();
                }
                Ok(provider)
            }
            Verdict::Absent | Verdict::Refused(_) => Ok(provider),
            Verdict::Undecided(_) => Err(Refusal::unavailable(format!(
                "`{name}`, which provides a dependency, cannot be looked at while a member is silent: {}",
                asked.silences.join("; ")
            ))),
        }
    }

    /// Lists the aliases of a view, and the releases that go without them.
    ///
    /// # Errors
    /// [`Refusal`]: no such view.
    pub fn alias_report(&self, view: &RegistryName) -> Result<AliasReport, Refusal> {
        self.policy(view)?;
        let aliases = Aliases::fold(self.decided(view).made());
        let declared = aliases
            .declared()
            .map(|(name, provider, after)| DeclaredAlias {
                name: name.to_string(),
                provided_by: provider.to_string(),
                leaves_alone_until: after.map(|time| time.to_string()),
            });
        let spared = aliases.spared().map(|(spared, why)| LeftAloneRelease {
            krate: spared.dependent.to_string(),
            version: spared.version.to_string(),
            dependency: spared.name.to_string(),
            why: told(why).to_owned(),
        });
        Ok(AliasReport {
            aliases: declared.collect(),
            left_alone: spared.collect(),
        })
    }
}

/// Says for a person why a row is left alone.
pub(crate) fn told(why: LeftAlone) -> &'static str {
    match why {
        LeftAlone::NamesBoth => {
            "it depends on the provider under another name too, which cargo refuses to make one"
        }
        LeftAlone::Itself => "it is the provider itself",
        LeftAlone::NoVersion => {
            "no release of the provider met its requirement and had its features when it was first served"
        }
        LeftAlone::OutOfReach => {
            "it is public and the provider private, which a view with identity = \"split\" keeps apart"
        }
    }
}

/// The aliased names that rows mention, with the providers that hold for them.
fn wanted(
    policy: &ViewPolicy,
    aliases: &Aliases,
    rows: &OwnedRows,
) -> Vec<(NameKey, Mentioned, CrateName)> {
    let mut wanted = Vec::new();
    if aliases.is_empty() {
        return wanted;
    }
    for (member, release) in rows {
        for dependency in &release.dependencies {
            let Some(name) = dependency.crate_name() else {
                continue;
            };
            let target = absolute(policy, member, &dependency.target);
            let provider = aliases.provider(&name.key(), release);
            if let (Some(provider), Absolute::Member(target)) = (provider, target)
                && dependency.kind != DependencyKind::Dev
            {
                let mention = Mentioned {
                    name: name.clone(),
                    target,
                    dependent: release.name.key(),
                };
                wanted.push((name.key(), mention, provider.clone()));
            }
        }
    }
    wanted
}

/// The providers that hold for one row, by the name they stand in for.
fn providers_of(
    policy: &ViewPolicy,
    aliases: &Aliases,
    providers: &BTreeMap<CrateName, Provider>,
    member: &RegistryName,
    release: &Release,
) -> BTreeMap<NameKey, Provider> {
    let names = release
        .dependencies
        .iter()
        .filter_map(Dependency::crate_name);
    let provided = names.filter_map(|name| {
        let provider = providers.get(aliases.provider(&name.key(), release)?)?;
        let mut provider = provider.clone();
        provider.is_out_of_reach = matches!(
            &provider.target,
            Target::Registry(of) if alias::is_out_of_reach(policy, member, of)
        );
        Some((name.key(), provider))
    });
    provided.collect()
}

fn decide(view: &RegistryName, decision: AliasDecision) -> Change {
    Change::Decide {
        scope: view.clone(),
        decision: Decision::Alias(decision),
    }
}
