//! Where a publish goes, whether its name can be taken there, and whose it becomes.
//!
//! Judged by records, claims and inside members alone: nobody outside is asked for a
//! name that is about to become private.

use crate::federation::Federation;
use crate::ports::Change;
use crate::refusal::{Refusal, RefusalKind};
use crate::shown::recorded_as;
use crate::surface::Surface;
use crossdock_core::admission::admit_name;
use crossdock_core::decision::{Decision, Meant, Pin};
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::owner::known;
use crossdock_core::ownership::Ownership;
use crossdock_core::policy::{SameCrate, Side, ViewPolicy};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::rewrite::{Absolute, route};
use std::collections::BTreeSet;

/// Why nothing is published to a directory, and what to do instead.
pub(crate) fn put_it_there(registry: &RegistryName) -> String {
    format!(
        "`{registry}` is a folder: put the `.crate` file or the package into it, or publish to a hosted registry"
    )
}

impl Federation {
    /// Finds the hosted registry that a publish goes to.
    pub(crate) fn publish_target(
        &self,
        surface: &Surface,
        name: &CrateName,
    ) -> Result<RegistryName, Refusal> {
        let refuse = |detail: String| Refusal::new(RefusalKind::Unsupported, detail);
        match surface {
            Surface::Registry(registry) if self.mirrors.contains_key(registry) => Err(refuse(
                format!("`{registry}` is a mirror; publish to a hosted registry"),
            )),
            Surface::Registry(registry) if self.configuration.is_directory(registry) => {
                Err(refuse(put_it_there(registry)))
            }
            Surface::Registry(registry) => Ok(registry.clone()),
            Surface::Face { view, member } => Err(refuse(format!(
                "this is `{member}` as seen in view `{view}`; publish to `{member}` itself"
            ))),
            Surface::View(view) => self.route_publish(view, &name.key()),
        }
    }

    /// Routes a publish to a view: owner on record, else claim, else `publish-to`.
    pub(crate) fn route_publish(
        &self,
        view: &RegistryName,
        name: &NameKey,
    ) -> Result<RegistryName, Refusal> {
        let policy = self.policy(view)?;
        let record = self.records.get(view, name);
        let known = known(policy, name, record.as_ref());
        let owner = match known {
            Some(known) => known.ownership.owner().cloned(),
            None => {
                let holders = self.hosted.holders(policy, name);
                if holders.len() == 1 {
                    holders.into_iter().next()
                } else {
                    policy.publish_to.clone()
                }
            }
        };
        match owner {
            Some(owner) if !policy.members.contains_key(&owner) => Err(Refusal::new(
                RefusalKind::Forbidden,
                format!(
                    "in view `{view}` the name `{name}` is on record for `{owner}`, which is no longer a member; \
                     put it back into [views.{view}] members, or publish to `{owner}` itself"
                ),
            )),
            Some(owner) if self.mirrors.contains_key(&owner) => Err(Refusal::new(
                RefusalKind::Forbidden,
                format!(
                    "in view `{view}` the name `{name}` belongs to `{owner}`, a mirror; choose another name"
                ),
            )),
            Some(owner) if self.configuration.is_directory(&owner) => Err(Refusal::new(
                RefusalKind::Forbidden,
                format!(
                    "in view `{view}` the name `{name}` belongs to `{owner}`: {}",
                    put_it_there(&owner)
                ),
            )),
            Some(owner) => Ok(owner),
            None if record.is_some() => Err(name_shown(view, name, record.as_ref())),
            None => Err(Refusal::new(
                RefusalKind::Forbidden,
                format!(
                    "view `{view}` does not say where a new `{name}` goes; publish to a registry, \
                     or set [views.{view}] publish-to = \"…\""
                ),
            )),
        }
    }

    /// Refuses the first release of a name that cannot be taken here.
    pub(crate) fn admit_crate(
        &self,
        registry: &RegistryName,
        name: &CrateName,
    ) -> Result<(), Refusal> {
        if let Some(existing) = self.hosted.spelling(registry, &name.key()) {
            if existing.key() == name.key() && existing != *name {
                return Err(Refusal::invalid(format!(
                    "crate `{name}` exists as `{existing}`; publish under that name"
                )));
            }
            return Ok(());
        }
        admit_name(name).map_err(Refusal::invalid)?;
        for policy in self.configuration.views_of(registry) {
            self.admit_in_view(policy, registry, &name.key())?;
        }
        Ok(())
    }

    /// Refuses a name that a view already shows from elsewhere.
    ///
    /// Judged by records, claims and inside members: nobody outside is asked for a
    /// name that is about to become private.
    fn admit_in_view(
        &self,
        policy: &ViewPolicy,
        registry: &RegistryName,
        name: &NameKey,
    ) -> Result<(), Refusal> {
        // Patches are published over a name that others own; that is what they are for.
        if policy.overlays.covers(registry, name) {
            return Ok(());
        }
        // Beyond its limit a member shows nothing in the view, so nothing is taken there.
        let member = policy.members.get(registry);
        if member.is_some_and(|member| !member.may_have(name)) {
            return Ok(());
        }
        let view = &policy.view;
        let names_it =
            |declared: &&SameCrate| declared.names.iter().any(|pattern| pattern.matches(name));
        let declared: Vec<&SameCrate> = policy.same_crate.iter().filter(names_it).collect();
        if !declared.is_empty()
            && !declared
                .iter()
                .any(|declared| declared.members.contains(registry))
        {
            return Err(Refusal::new(
                RefusalKind::Forbidden,
                format!(
                    "view `{view}` declares `{name}` to be one crate of other members; choose another name, \
                     or add `{registry}` to that `same-crate`"
                ),
            ));
        }
        let record = self.records.get(view, name);
        let holders = match &record {
            Some(record) => record.members().clone(),
            None => self.hosted.holders(policy, name),
        };
        let others: BTreeSet<_> = holders
            .iter()
            .filter(|member| *member != registry)
            .cloned()
            .collect();
        let claim = policy.claim(name).map(|(_, member)| member);
        let shared = others.iter().chain([registry]).cloned().collect();
        if is_to_be_settled(record.as_ref(), claim, registry)
            || holders.contains(registry)
            || (others.is_empty() && claim.is_none_or(|member| member == registry))
        {
            return Ok(());
        }
        // Alone a member is one crate with itself, which does not outweigh a claim.
        if !others.is_empty() && policy.is_same_crate(name, &shared) {
            return Ok(());
        }
        let owners = if others.is_empty() {
            claim.into_iter().cloned().collect()
        } else {
            others
        };
        let owners: Vec<String> = owners
            .iter()
            .map(|member: &RegistryName| format!("`{member}`"))
            .collect();
        let cure = match (&record, claim) {
            (None, _) => format!(
                "claim it for this registry: [views.{view}] claims = {{ {name} = \"{registry}\" }}"
            ),
            (Some(_), _) => format!(
                "choose another name, or claim it ([views.{view}] claims = {{ {name} = \"{registry}\" }}), \
                 publish, and settle it with `crossdock transfer` or `crossdock reassign`"
            ),
        };
        Err(Refusal::new(
            RefusalKind::Forbidden,
            format!(
                "view `{view}`, of which `{registry}` is a member, shows `{name}` from {}; {cure}",
                owners.join(", ")
            ),
        ))
    }

    /// What a publish records of the name in each view of its registry.
    pub(crate) async fn ownership_changes(
        &self,
        registry: &RegistryName,
        name: &CrateName,
    ) -> Result<Vec<Change>, Refusal> {
        let mut changes = Vec::new();
        for policy in self.configuration.views_of(registry) {
            for change in self.ownership_change(policy, registry, name).await? {
                changes.extend(self.still_spelled(policy, &name.key(), &change));
                changes.push(change);
            }
        }
        Ok(changes)
    }

    /// Pins how rows name a crate that was public and is now shared with an inside
    /// member: a view that spells private crates apart would otherwise move them.
    pub(crate) fn still_spelled(
        &self,
        policy: &ViewPolicy,
        name: &NameKey,
        change: &Change,
    ) -> Vec<Change> {
        let (Some(before), Change::SettleConflict { ownership, .. }) =
            (self.records.get(&policy.view, name), change)
        else {
            return Vec::new();
        };
        let pins = self.held_routes.of(&policy.view);
        let spelled = |member: &RegistryName, ownership: &Ownership| {
            let target = Absolute::Member(member.clone());
            route(policy, &pins, name, target, Some(ownership))
        };
        let Some(known) = before.members().first() else {
            return Vec::new();
        };
        let route = spelled(known, &before);
        let moved = |member: &&RegistryName| spelled(member, ownership) != route;
        let pinned = ownership.members().iter().filter(moved);
        let pin = |member: &RegistryName| Change::Decide {
            scope: policy.view.clone(),
            decision: Decision::Pin(Pin::Route {
                name: name.clone(),
                meant: Meant::Registry(member.clone()),
                route: route.clone(),
            }),
        };
        pinned.map(pin).collect()
    }

    async fn ownership_change(
        &self,
        policy: &ViewPolicy,
        registry: &RegistryName,
        name: &CrateName,
    ) -> Result<Vec<Change>, Refusal> {
        let (view, key) = (policy.view.clone(), name.key());
        let record = self.records.get(&view, &key);
        let eligible = policy
            .eligible(Side::Inside, &key)
            .any(|member| member == registry);
        if !eligible {
            return Ok(Vec::new());
        }
        let mut members = match &record {
            Some(record) if record.members().contains(registry) => return Ok(Vec::new()),
            Some(_)
                if policy
                    .claim(&key)
                    .is_some_and(|(_, member)| member == registry) =>
            {
                return Ok(Vec::new());
            }
            Some(record) => record.members().clone(),
            // A claim has decided, or will be mended; and who of several had the name
            // before the view did is not decided by who publishes next.
            None if self.is_left_open(policy, registry, &key) => return Ok(Vec::new()),
            None => self.hosted.holders(policy, &key),
        };
        members.insert(registry.clone());
        let is_one = policy.is_same_crate(&key, &members);
        let shared = Ownership::shared(members).filter(|_| is_one);
        if let (Some(record), Some(shared)) = (&record, &shared) {
            // What its owner alone has shown outlives what is published now.
            let mut changes = match record.owner() {
                Some(owner) if self.shown.get(&view, &key).is_empty() => {
                    recorded_as(&view, &key, &self.shown_alone(owner, name).await?)
                }
                _ => Vec::new(),
            };
            changes.push(Change::SettleConflict {
                view,
                name: key,
                seen: Some(record.clone()),
                ownership: shared.clone().with_heirs(record.heirs().clone()),
            });
            return Ok(changes);
        }
        let ownership = shared.unwrap_or_else(|| Ownership::sole(registry.clone()));
        // Whoever was first in the ledger has it; the other publish is refused there.
        Ok(vec![Change::TakeName {
            view,
            name: key,
            registry: registry.clone(),
            ownership,
        }])
    }

    /// Tells whether a publish leaves open, or to a claim, whose a name without a
    /// record is: others have it too, and nothing says that it is one crate or this
    /// registry's.
    fn is_left_open(&self, policy: &ViewPolicy, registry: &RegistryName, name: &NameKey) -> bool {
        if let Some((_, claimed)) = policy.claim(name) {
            return claimed != registry;
        }
        let mut holders = self.hosted.holders(policy, name);
        holders.insert(registry.clone());
        holders.len() > 1 && !policy.is_same_crate(name, &holders)
    }
}

/// Tells whether a name is claimed for a registry against the record.
///
/// Nothing of what is published is shown until a transfer or a reassignment settles
/// it, and for either the registry has to have the crate.
fn is_to_be_settled(
    record: Option<&Ownership>,
    claim: Option<&RegistryName>,
    registry: &RegistryName,
) -> bool {
    record.is_some_and(|record| !record.members().contains(registry)) && claim == Some(registry)
}

/// Refuses a publish to a view of a name for which no one member speaks.
fn name_shown(view: &RegistryName, name: &NameKey, record: Option<&Ownership>) -> Refusal {
    let members = record.into_iter().flat_map(Ownership::members);
    let members: Vec<String> = members.map(|member| format!("`{member}`")).collect();
    Refusal::new(
        RefusalKind::Forbidden,
        format!(
            "view `{view}` shows `{name}` from {} together, so it does not say to which of them this goes; \
             publish to one of them itself, or choose another name",
            members.join(", ")
        ),
    )
}

/// Refuses a name that a view has on record for others.
pub(crate) fn name_owned(
    registry: &RegistryName,
    name: &CrateName,
    view: &RegistryName,
    ownership: &Ownership,
) -> Refusal {
    let owners: Vec<String> = ownership
        .members()
        .iter()
        .map(|member| format!("`{member}`"))
        .collect();
    let text = format!(
        "view `{view}`, of which `{registry}` is a member, shows `{name}` from {}; choose another name",
        owners.join(", ")
    );
    Refusal::new(RefusalKind::Forbidden, text)
}
