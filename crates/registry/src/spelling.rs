//! Rows as text: where `core` says what a dependency points to, this spells it.

use crate::configuration::Configuration;
use crate::federation::Federation;
use crate::ports::Change;
use crate::refusal::Refusal;
use crossdock_core::actor::Actor;
use crossdock_core::address::Address;
use crossdock_core::policy::ViewPolicy;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::{Release, Target};
use crossdock_core::rewrite::Route;
use crossdock_wire::index_line;
use std::collections::{BTreeMap, HashMap};

/// Rows to be spelled: the member each comes from, and the release.
pub(crate) type Rows<'r> = [(&'r RegistryName, &'r Release)];

/// Writes rows as a registry shows them by itself: its own crates by null,
/// crates.io's by the crates.io identity, others by address.
pub(crate) fn alone<'r>(
    configuration: &Configuration,
    registry: &RegistryName,
    rows: impl Iterator<Item = (&'r RegistryName, &'r Release)>,
) -> String {
    let mut spelled: BTreeMap<Target, String> = BTreeMap::new();
    let mut text = index_line::Writer::default();
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
        text.row(release, &mut |dependency| {
            spelled.get(&dependency.target).map(String::as_str)
        });
    }
    text.finish()
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
        let joined = self.joined_by_declaration(policy, rows).await?;
        if !joined.is_empty() && self.record(Actor::server(), joined).await?.overtaken {
            return Ok(None);
        }
        let (routes, recorded) = self.routes(policy, rows).await?;
        changes.extend(recorded);
        if !changes.is_empty() && self.record(Actor::server(), changes).await?.overtaken {
            return Ok(None);
        }
        let spelled: HashMap<&Route, String> = routes
            .all()
            .map(|route| (route, address_of(&self.configuration, policy, route)))
            .collect();
        let mut text = index_line::Writer::default();
        for (member, release) in rows {
            if routes.are_apart() {
                text.ask_anew();
            }
            text.row(release, &mut |dependency| {
                let route = routes.of(policy, member, release, dependency)?;
                spelled.get(route).map(String::as_str)
            });
        }
        Ok(Some(text.finish()))
    }
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
