//! What served rows rest on, so that tomorrow's settings do not move them.
//!
//! A row names a crate by the view's identity because of whose the name is, and that
//! is on record; it names a member's own face, and that is on record too. What else
//! decides the way is pinned here: the way to what is no member (it may join), the
//! way through another member's face (its name may find an owner), the side of a
//! member where private and public crates are spelled apart (it may change).
//!
//! Not pinned is the manner in which a view spells its crates: whoever changes the
//! identity wants other rows. It is remembered, so that `check` can say so.
//!
//! Absent: owners and faces on record.

use crate::decision::{Decision, Made, Meant, Pin, Spelling};
use crate::name::NameKey;
use crate::ownership::Ownership;
use crate::policy::{Identity, Side, ViewPolicy};
use crate::registry_name::RegistryName;
use crate::rewrite::{Absolute, Route};
use std::collections::BTreeMap;

/// The pins of one view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pins {
    routes: BTreeMap<(NameKey, Meant), Route>,
    sides: BTreeMap<RegistryName, Side>,
    spelling: Option<Spelling>,
}

impl Pins {
    /// Folds a view's decisions, in their order.
    pub fn of(made: &[Made]) -> Self {
        let mut pins = Self::default();
        for made in made {
            if let Decision::Pin(pin) = &made.decision {
                pins.learn(pin);
            }
        }
        pins
    }

    /// Learns one more; the first of its kind stands.
    pub fn learn(&mut self, pin: &Pin) {
        match pin {
            Pin::Route { name, meant, route } => {
                let key = (name.clone(), meant.clone());
                self.routes.entry(key).or_insert_with(|| route.clone());
            }
            Pin::Side { member, side } => {
                self.sides.entry(member.clone()).or_insert(*side);
            }
            Pin::Spelling(spelling) => {
                self.spelling.get_or_insert(*spelling);
            }
        }
    }

    /// The way that a row led to a crate.
    pub fn route(&self, name: &NameKey, target: &Absolute) -> Option<&Route> {
        self.routes.get(&(name.clone(), meant(target)?))
    }

    /// The same without a way to a member's face, which holds only for rows that came
    /// while another spoke for the name (`parting.rs`).
    #[must_use]
    pub fn without_face(&self, name: &NameKey, member: &RegistryName) -> Self {
        let mut pins = self.clone();
        let (meant, face) = (Meant::Registry(member.clone()), Route::Face(member.clone()));
        pins.routes
            .retain(|(of, is), route| !(of == name && *is == meant && *route == face));
        pins
    }

    /// Tells whether a pinned way leads to a member's face.
    pub fn is_led_to(&self, member: &RegistryName) -> bool {
        let to = Route::Face(member.clone());
        self.routes.values().any(|route| *route == to)
    }

    /// The side on which a member was when a row first named a crate of it.
    pub fn side(&self, member: &RegistryName) -> Option<Side> {
        self.sides.get(member).copied()
    }

    /// How the view named its own crates when a row first did.
    pub fn spelling(&self) -> Option<Spelling> {
        self.spelling
    }

    /// What has to be pinned before a row is shown that leads to `name` by `route`.
    ///
    /// `on_record` says that a record of the face holds the way already.
    pub fn missing(
        &self,
        policy: &ViewPolicy,
        name: &NameKey,
        target: &Absolute,
        ownership: Option<&Ownership>,
        route: &Route,
        on_record: bool,
    ) -> Vec<Pin> {
        if on_record || self.route(name, target).is_some() {
            return Vec::new();
        }
        match (route, meant(target)) {
            (Route::Face(_) | Route::Registry(_) | Route::Elsewhere(_), Some(meant)) => {
                vec![Pin::Route {
                    name: name.clone(),
                    meant,
                    route: route.clone(),
                }]
            }
            (Route::View | Route::CratesIo, Some(_)) => {
                let spelling = spelling(policy);
                let members = ownership.into_iter().flat_map(Ownership::members);
                let unpinned = members
                    .filter(|_| spelling == Spelling::Split)
                    .filter(|member| self.side(member).is_none());
                let side = |member: &RegistryName| {
                    Some(Pin::Side {
                        member: member.clone(),
                        side: policy.members.get(member)?.side,
                    })
                };
                let first = self.spelling.is_none().then_some(Pin::Spelling(spelling));
                first.into_iter().chain(unpinned.filter_map(side)).collect()
            }
            // crates.io, of which nobody is a mirror: it is called so in any case.
            (_, None) => Vec::new(),
        }
    }
}

/// How a view names its own crates by its settings.
pub fn spelling(policy: &ViewPolicy) -> Spelling {
    match policy.identity {
        Identity::CratesIo => Spelling::CratesIo,
        Identity::Split if policy.crates_io().is_none() => Spelling::View,
        Identity::Split => Spelling::Split,
    }
}

fn meant(target: &Absolute) -> Option<Meant> {
    match target {
        Absolute::Member(name) | Absolute::Registry(name) => Some(Meant::Registry(name.clone())),
        Absolute::Elsewhere(address) => Some(Meant::Elsewhere(address.clone())),
        Absolute::CratesIo => None,
    }
}
