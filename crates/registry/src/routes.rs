//! Finds where the dependencies of a file point to inside a view, and what of that
//! has to be recorded before the file is shown.
//!
//! `core` decides; here it is fed: records, faces, who has a name. Members are asked
//! only for names whose owner cannot be known otherwise, all of them at once.

mod found;

use crate::configuration::RegistryKind;
use crate::federation::Federation;
use crate::partings::Partings;
use crate::ports::Change;
use crate::privacy::Wish;
use crate::refusal::Refusal;
use crate::spelling::Rows;
use crossdock_core::decision::Decision;
use crossdock_core::merge::Verdict;
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::owner::by_reference;
use crossdock_core::ownership::Ownership;
use crossdock_core::parting::Came;
use crossdock_core::pins::Pins;
use crossdock_core::policy::ViewPolicy;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Dependency;
use crossdock_core::rewrite::{Absolute, Route, absolute, route};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use found::RouteKey;
pub(crate) use found::Routes;

/// A name that rows mention, and the member whose crate they mean first.
pub(crate) struct Mentioned {
    pub(crate) name: CrateName,
    pub(crate) target: RegistryName,
    /// The crate whose row mentions it first.
    pub(crate) dependent: NameKey,
}

impl Federation {
    /// Decides where every dependency of `rows` points to, and what of that is new.
    pub(crate) async fn routes(
        &self,
        policy: &ViewPolicy,
        rows: &Rows<'_>,
    ) -> Result<(Routes, Vec<Change>), Refusal> {
        let partings = self.partings(policy, rows).await?;
        let mut pins = self.held_routes.of(&policy.view);
        let mentioned = self.mentioned(policy, rows, &partings, &pins);
        let owners = self.owners_of(policy, mentioned).await?;
        let (mut routes, mut changes) = (HashMap::new(), Vec::new());
        let (mut recorded, mut seen) = (BTreeSet::new(), Seen::default());
        for (member, release) in rows {
            for dependency in &release.dependencies {
                // A dependency that rows share has one route unless they came in apart.
                if partings.is_empty() && !seen.is_first(dependency) {
                    continue;
                }
                let Some(name) = dependency.crate_name().map(|name| name.key()) else {
                    continue;
                };
                let target = absolute(policy, member, &dependency.target);
                let came = partings.came(member, release, &name, &target);
                let key: RouteKey = (
                    (*member).clone(),
                    name.clone(),
                    dependency.target.clone(),
                    came.as_ref().map(|(_, came)| *came),
                );
                if routes.contains_key(&key) {
                    continue;
                }
                let owner = owners.get(&name);
                let decided = match &came {
                    None => self.route_of(policy, &pins, &name, &target, owner),
                    Some((meant, Came::Meanwhile)) => Route::Face(meant.clone()),
                    Some((meant, Came::InItsTime)) => {
                        let pins = pins.without_face(&name, meant);
                        self.route_but_face(policy, &pins, &name, &target, owner)
                    }
                };
                let own_face = decided == Route::Face((*member).clone());
                let is_led_to = || self.face_of(policy, &name, &target).is_some();
                let missing = match &came {
                    Some((meant, Came::InItsTime)) => {
                        let pins = pins.without_face(&name, meant);
                        pins.missing(policy, &name, &target, owner, &decided, own_face)
                    }
                    _ => {
                        let held = own_face || is_led_to();
                        pins.missing(policy, &name, &target, owner, &decided, held)
                    }
                };
                for pin in missing {
                    Arc::make_mut(&mut pins).learn(&pin);
                    changes.push(Change::Decide {
                        scope: policy.view.clone(),
                        decision: Decision::Pin(pin),
                    });
                }
                match (&decided, owner) {
                    // Only the member's own row is evidence that it knows the name.
                    (Route::Face(face), _) if face == *member => changes.push(Change::NameFace {
                        view: policy.view.clone(),
                        member: face.clone(),
                        name: name.clone(),
                        dependent: release.name.key(),
                    }),
                    // Any other route rests on whose the name is, so that is recorded.
                    (Route::CratesIo | Route::View | Route::Face(_), Some(ownership))
                        if recorded.insert(name.clone()) =>
                    {
                        let (view, ownership) = (policy.view.clone(), ownership.clone());
                        changes.push(Change::RecordOwner {
                            view,
                            name,
                            ownership,
                        });
                    }
                    _ => {}
                }
                routes.insert(key, decided);
            }
        }
        changes.retain(|change| !self.is_on_record(change));
        let by = routes;
        Ok((Routes { by, partings }, changes))
    }

    pub(crate) fn route_of(
        &self,
        policy: &ViewPolicy,
        pins: &Pins,
        name: &NameKey,
        target: &Absolute,
        owner: Option<&Ownership>,
    ) -> Route {
        if let Some(face) = self.face_of(policy, name, target) {
            return Route::Face(face);
        }
        self.route_but_face(policy, pins, name, target, owner)
    }

    /// Decides as if no row had led to the member's face.
    fn route_but_face(
        &self,
        policy: &ViewPolicy,
        pins: &Pins,
        name: &NameKey,
        target: &Absolute,
        owner: Option<&Ownership>,
    ) -> Route {
        // It was an address elsewhere before there was a mirror of it.
        let elsewhere = self.elsewhere(target);
        if let Some(pinned) = elsewhere.and_then(|before| pins.route(name, &before).cloned()) {
            return pinned;
        }
        route(policy, pins, name, target.clone(), owner)
    }

    /// Tells whose face a target is reached through, if that is on record; who left
    /// the view is reached so, too.
    fn face_of(
        &self,
        policy: &ViewPolicy,
        name: &NameKey,
        target: &Absolute,
    ) -> Option<RegistryName> {
        let (Absolute::Member(member) | Absolute::Registry(member)) = target else {
            return None;
        };
        let named = self.faces.is_named(&policy.view, member, name);
        named.then(|| member.clone())
    }

    fn elsewhere(&self, target: &Absolute) -> Option<Absolute> {
        let (Absolute::Member(mirror) | Absolute::Registry(mirror)) = target else {
            return None;
        };
        match &self.configuration.registries.get(mirror)?.kind {
            RegistryKind::Mirror { address, .. } => Some(Absolute::Elsewhere(address.clone())),
            RegistryKind::Hosted { .. } | RegistryKind::Directory => None,
        }
    }

    pub(crate) fn is_on_record(&self, change: &Change) -> bool {
        match change {
            // Routes rest on the members alone; who of them speaks is another question.
            Change::RecordOwner {
                view,
                name,
                ownership,
            } => {
                let record = self.records.get(view, name);
                record.is_some_and(|record| record.members() == ownership.members())
            }
            Change::NameFace {
                view, member, name, ..
            } => self.faces.is_named(view, member, name),
            _ => false,
        }
    }

    fn is_owner_on_record(
        &self,
        policy: &ViewPolicy,
        gone: &RegistryName,
        name: &CrateName,
    ) -> bool {
        let record = self.records.get(&policy.view, &name.key());
        record.is_some_and(|record| record.members().contains(gone))
    }

    /// Collects the members' crates that rows mention; where the way is on record, nobody
    /// has to be asked whose they are.
    fn mentioned(
        &self,
        policy: &ViewPolicy,
        rows: &Rows<'_>,
        partings: &Partings,
        pins: &Pins,
    ) -> BTreeMap<NameKey, Mentioned> {
        let (mut mentioned, mut seen) = (BTreeMap::new(), Seen::default());
        for (member, release) in rows {
            for dependency in &release.dependencies {
                if !seen.is_first(dependency) {
                    continue;
                }
                let Some(name) = dependency.crate_name() else {
                    continue;
                };
                let key = name.key();
                let absolute = absolute(policy, member, &dependency.target);
                let is_pinned = pins.route(&key, &absolute).is_some();
                let target = match absolute {
                    Absolute::Member(target) => target,
                    // Who left the view is still among the owners on record.
                    Absolute::Registry(gone) if self.is_owner_on_record(policy, &gone, &name) => {
                        gone
                    }
                    _ => continue,
                };
                let is_led = is_pinned || self.faces.is_named(&policy.view, &target, &key);
                if !is_led || partings.has(&key, &target) {
                    mentioned.entry(key).or_insert_with(|| Mentioned {
                        name,
                        target,
                        dependent: release.name.key(),
                    });
                }
            }
        }
        mentioned
    }

    /// Finds whose crates the mentioned names are; nobody's are left out.
    pub(crate) async fn owners_of(
        &self,
        policy: &ViewPolicy,
        mentioned: BTreeMap<NameKey, Mentioned>,
    ) -> Result<BTreeMap<NameKey, Ownership>, Refusal> {
        let found = mentioned.into_iter().map(|(key, mentioned)| async move {
            let ownership = self.owner_by_reference(policy, &key, &mentioned).await?;
            Ok::<_, Refusal>(ownership.map(|ownership| (key, ownership)))
        });
        let found = futures::future::try_join_all(found).await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn owner_by_reference(
        &self,
        policy: &ViewPolicy,
        key: &NameKey,
        mentioned: &Mentioned,
    ) -> Result<Option<Ownership>, Refusal> {
        let wish = Wish::Row(mentioned.dependent.clone());
        let record = self.records.get(&policy.view, key);
        let holders = match record {
            Some(_) => BTreeSet::new(),
            None => self.inside_holders(policy, key, &wish).await?,
        };
        if let Some(known) = by_reference(policy, key, &mentioned.target, record.as_ref(), &holders)
        {
            return Ok(Some(known.ownership));
        }
        if policy.is_inside(&mentioned.target) {
            return Ok(None);
        }
        // Several outside members could have it: the view decides as if it were asked.
        let (asked, verdict) = self
            .verdict_for(policy, &mentioned.name.index_name(), &wish)
            .await;
        match verdict {
            Verdict::Served(merged) => Ok(Some(merged.ownership)),
            Verdict::Refused(conflict) => Ok(Ownership::shared(conflict.members)),
            Verdict::Absent => Ok(None),
            Verdict::Undecided(_) => Err(Refusal::unavailable(format!(
                "whose crate the dependency `{}` is cannot be said while a member is silent: {}",
                mentioned.name,
                asked.silences.join("; ")
            ))),
        }
    }

    /// Finds the inside members that have a name; mirrors among them are asked.
    pub(crate) async fn inside_holders(
        &self,
        policy: &ViewPolicy,
        name: &NameKey,
        wish: &Wish,
    ) -> Result<BTreeSet<RegistryName>, Refusal> {
        let holders = self.privacy.inside_holders(policy, name, wish).await;
        holders.map_err(Refusal::unavailable)
    }
}

/// The dependencies met so far: rows of one file share most of theirs, and a shared
/// one has one route.
#[derive(Default)]
struct Seen(HashSet<usize>);

impl Seen {
    fn is_first(&mut self, dependency: &Dependency) -> bool {
        self.0.insert(std::ptr::from_ref(dependency).addr())
    }
}
