//! Rows as text: where `core` says what a dependency points to, this spells it.

use crate::configuration::Configuration;
use crate::federation::Federation;
use crate::ports::Change;
use crate::refusal::Refusal;
use crossdock_core::actor::Actor;
use crossdock_core::address::Address;
use crossdock_core::name::{IndexName, NameKey};
use crossdock_core::owner::{Rule, by_reference};
use crossdock_core::ownership::Ownership;
use crossdock_core::policy::{MemberKind, Side, ViewPolicy};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::{Dependency, Release, Target};
use crossdock_core::rewrite::{Absolute, Route, absolute, route};
use crossdock_wire::index_line;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Rows to be spelled: the member each comes from, and the release.
pub(crate) type Rows<'r> = [(&'r RegistryName, &'r Release)];

/// Where the dependencies of a file point to: by member, crate and target.
pub(crate) type Routes = HashMap<(RegistryName, NameKey, Target), Route>;

/// Writes rows as a registry shows them by itself: its own crates by null,
/// crates.io's by the crates.io identity, others by address.
pub(crate) fn alone<'r>(
    configuration: &Configuration,
    registry: &RegistryName,
    rows: impl Iterator<Item = (&'r RegistryName, &'r Release)>,
) -> String {
    let mut spelled: BTreeMap<Target, String> = BTreeMap::new();
    let mut text = String::new();
    for (_, release) in rows {
        for dependency in &release.dependencies {
            let address = match &dependency.target {
                Target::Own => continue,
                Target::Registry(name) if name == registry => continue,
                Target::Registry(name) => configuration.index_address(name.as_str()),
                Target::CratesIo => Address::CratesIo.to_string(),
                Target::Elsewhere(address) => address.to_string(),
            };
            spelled.insert(dependency.target.clone(), address);
        }
        text += &index_line::encode(release, &mut |dependency| {
            spelled.get(&dependency.target).map(String::as_str)
        });
        text.push('\n');
    }
    text
}

impl Federation {
    /// Writes rows as a view or face shows them, every dependency explicit.
    ///
    /// `changes` and what the routes rest on are recorded first. Nothing is returned
    /// if another reader recorded something else meanwhile: decide again.
    pub(crate) async fn spell_in_view(
        &self,
        policy: &ViewPolicy,
        rows: &Rows<'_>,
        mut changes: Vec<Change>,
    ) -> Result<Option<String>, Refusal> {
        let (routes, recorded) = self.routes(policy, rows).await?;
        changes.extend(recorded);
        if !changes.is_empty() && self.record(Actor::server(), changes).await?.overtaken {
            return Ok(None);
        }
        let spelled: HashMap<&Route, String> = routes
            .values()
            .map(|route| (route, address_of(&self.configuration, policy, route)))
            .collect();
        let mut text = String::new();
        for (member, release) in rows {
            text += &index_line::encode(release, &mut |dependency| {
                let route = routes.get(&key_of(member, dependency)?)?;
                spelled.get(route).map(String::as_str)
            });
            text.push('\n');
        }
        Ok(Some(text))
    }

    /// Decides where every dependency of `rows` points to, and what of that is new
    /// and has to be recorded before it is shown.
    pub(crate) async fn routes(
        &self,
        policy: &ViewPolicy,
        rows: &Rows<'_>,
    ) -> Result<(Routes, Vec<Change>), Refusal> {
        let (mut routes, mut changes) = (Routes::new(), Vec::new());
        // Owners found for this file, so that its rows agree among themselves.
        let mut found: HashMap<NameKey, Option<Ownership>> = HashMap::new();
        for (member, release) in rows {
            for dependency in &release.dependencies {
                let Some(key) = key_of(member, dependency) else {
                    continue;
                };
                if routes.contains_key(&key) {
                    continue;
                }
                let (name, target) = (key.1.clone(), absolute(policy, member, &dependency.target));
                let decided = self
                    .decide(policy, &name, &target, release, &mut found, &mut changes)
                    .await?;
                routes.insert(key, decided);
            }
        }
        Ok((routes, changes))
    }

    async fn decide(
        &self,
        policy: &ViewPolicy,
        name: &NameKey,
        target: &Absolute,
        dependent: &Release,
        found: &mut HashMap<NameKey, Option<Ownership>>,
        changes: &mut Vec<Change>,
    ) -> Result<Route, Refusal> {
        let Absolute::Member(member) = target else {
            return Ok(route(policy, name, target.clone(), None));
        };
        if self.faces.is_named(&policy.view, member, name) {
            return Ok(Route::Face(member.clone()));
        }
        if !found.contains_key(name) {
            let record = self.records.get(&policy.view, name);
            let holders = match record {
                Some(_) => BTreeSet::new(),
                None => self.inside_holders(policy, name).await?,
            };
            let known = by_reference(policy, name, member, record.as_ref(), &holders);
            if let Some(known) = known.as_ref().filter(|known| known.rule != Rule::Record) {
                let names_it = known.ownership.members().contains(member);
                let (view, ownership) = (policy.view.clone(), known.ownership.clone());
                if names_it && record.is_none() {
                    changes.push(Change::RecordOwner {
                        view,
                        name: name.clone(),
                        ownership,
                    });
                }
            }
            found.insert(name.clone(), known.map(|known| known.ownership));
        }
        let decided = route(
            policy,
            name,
            target.clone(),
            found.get(name).and_then(Option::as_ref),
        );
        if let Route::Face(member) = &decided {
            changes.push(Change::NameFace {
                view: policy.view.clone(),
                member: member.clone(),
                name: name.clone(),
                dependent: dependent.name.key(),
            });
        }
        Ok(decided)
    }

    /// Finds the inside members that have a name; mirrors among them are asked.
    pub(crate) async fn inside_holders(
        &self,
        policy: &ViewPolicy,
        name: &NameKey,
    ) -> Result<BTreeSet<RegistryName>, Refusal> {
        let mut holders = self.hosted.holders(policy, name);
        for member in policy.eligible(Side::Inside, name) {
            if policy
                .members
                .get(member)
                .is_none_or(|m| m.kind == MemberKind::Hosted)
            {
                continue;
            }
            let Ok(spelled) = IndexName::parse(name.as_str()) else {
                continue;
            };
            let asked = self.ask(std::slice::from_ref(member), &spelled).await;
            match asked.answers.get(member) {
                Some(crossdock_core::merge::Answer::Has(_)) => drop(holders.insert(member.clone())),
                Some(crossdock_core::merge::Answer::Absent) => {}
                _ => {
                    return Err(Refusal::unavailable(format!(
                        "inside member `{member}` cannot say whether `{name}` is its crate: {}",
                        asked.silences.join("; ")
                    )));
                }
            }
        }
        Ok(holders)
    }
}

fn key_of(
    member: &RegistryName,
    dependency: &Dependency,
) -> Option<(RegistryName, NameKey, Target)> {
    Some((
        member.clone(),
        dependency.crate_name()?.key(),
        dependency.target.clone(),
    ))
}

/// Spells a route as the `registry` of a row.
pub(crate) fn address_of(
    configuration: &Configuration,
    policy: &ViewPolicy,
    route: &Route,
) -> String {
    match route {
        Route::CratesIo => Address::CratesIo.to_string(),
        Route::View => configuration.index_address(policy.view.as_str()),
        Route::Face(member) => {
            configuration.index_address(&format!("{}/from/{member}", policy.view))
        }
        Route::Registry(registry) => configuration.index_address(registry.as_str()),
        Route::Elsewhere(address) => address.to_string(),
    }
}
