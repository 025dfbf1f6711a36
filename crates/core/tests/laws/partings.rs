//! Law 7 after a settled conflict: rows of a member that lost a name keep their ways,
//! and those that come later lead to its own crate.
//!
//! Tried on histories of one name: members come to share it, it is settled, transferred,
//! reassigned, rows that depend on somebody's crate of it come in, and now and then
//! somebody reads one. The oracle remembers what it saw and who spoke, and no positions.

use crate::trials;
use crate::world::registry;
use crossdock_core::decision::{Decision, OwnerTurned, Pin};
use crossdock_core::fact::Event;
use crossdock_core::name::NameKey;
use crossdock_core::ownership::Ownership;
use crossdock_core::parting::{Came, Parting};
use crossdock_core::pins::Pins;
use crossdock_core::policy::{Identity, Member, MemberKind, Side, ViewPolicy};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::rewrite::{Absolute, Route, route};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const MEMBERS: [&str; 3] = ["acme", "partner", "public"];

/// What happens; numbers choose among members and rows.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A row comes in, in a member's registry, that means a member's crate.
    Row(usize, usize),
    /// Somebody reads a row.
    Read(usize),
    /// A member joins those who share the name.
    Joins(usize),
    /// The name is settled for one of them.
    Settled(usize),
    Transferred(usize),
    Reassigned(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let member = || 0..MEMBERS.len();
    prop_oneof![
        4 => (member(), member()).prop_map(|(of, means)| Step::Row(of, means)),
        6 => (0..32_usize).prop_map(Step::Read),
        2 => member().prop_map(Step::Joins),
        3 => member().prop_map(Step::Settled),
        1 => member().prop_map(Step::Transferred),
        1 => member().prop_map(Step::Reassigned),
    ]
}

/// A row that depends on `means`' crate.
struct Row {
    of: RegistryName,
    means: RegistryName,
    sequence: u64,
    /// Whether it came while its target was one of the owners and did not speak.
    came_apart: bool,
    /// Where it led when it was served.
    served: Option<Route>,
}

/// A view with all facts of one name, and what a bystander remembers.
struct House {
    policy: ViewPolicy,
    name: NameKey,
    facts: Vec<(u64, Event)>,
    record: Option<Ownership>,
    pins: Pins,
    faces: BTreeSet<RegistryName>,
    rows: Vec<Row>,
    /// Who gave the name away, so that whoever means his crate follows.
    gave: BTreeSet<RegistryName>,
    last: u64,
}

impl House {
    fn new(split: bool) -> Self {
        let member = |name: &&str| {
            let (side, kind) = (Side::Outside, MemberKind::Mirror);
            let only = None;
            (registry(name), Member { side, kind, only })
        };
        let identity = match split {
            true => Identity::Split,
            false => Identity::CratesIo,
        };
        let members = MEMBERS.iter().map(member).collect();
        Self {
            policy: ViewPolicy::new(registry("main"), identity, members),
            name: "petal".parse().unwrap(),
            facts: Vec::new(),
            record: None,
            pins: Pins::default(),
            faces: BTreeSet::new(),
            rows: Vec::new(),
            gave: BTreeSet::new(),
            last: 0,
        }
    }

    fn fact(&mut self, event: Event) {
        self.last += 1;
        self.facts.push((self.last, event));
    }

    fn settle(&mut self, ownership: Ownership) {
        self.record = Some(ownership.clone());
        let (view, name) = (registry("main"), self.name.clone());
        self.fact(Event::ConflictSettled {
            view,
            name,
            ownership,
        });
        self.gave.retain(|member| !speaks(&self.record, member));
    }

    fn turn(&mut self, to: &RegistryName, is_transfer: bool) -> bool {
        let Some(record) = &self.record else {
            return false;
        };
        let from = record.speakers().find(|member| *member != to).cloned();
        let Some(from) = from.filter(|_| record.owner() != Some(to)) else {
            return false;
        };
        let turned = OwnerTurned {
            name: self.name.clone(),
            from: from.clone(),
            to: to.clone(),
        };
        let now = match is_transfer {
            true => turned.transfer(record),
            false => turned.reassign(record),
        };
        self.record = Some(now.expect("it is taken from one who speaks"));
        let decision = match is_transfer {
            true => Decision::Transferred(turned),
            false => Decision::Reassigned(turned),
        };
        let scope = registry("main");
        self.fact(Event::Decided { scope, decision });
        match is_transfer {
            true => drop(self.gave.insert(from)),
            false => self.gave.clear(),
        }
        self.gave.retain(|member| !speaks(&self.record, member));
        true
    }

    fn is_apart(&self, member: &RegistryName) -> bool {
        let has = self.record.as_ref();
        has.is_some_and(|record| record.members().contains(member))
            && !speaks(&self.record, member)
            && !self.gave.contains(member)
    }

    /// Finds where a row leads as a server does, and records as a server does.
    fn read(&mut self, at: usize) -> Route {
        let (means, sequence) = (self.rows[at].means.clone(), self.rows[at].sequence);
        let facts = self.facts.iter().map(|(at, event)| (*at, event));
        let parting = Parting::of(facts, &means);
        let came = parting.came(|position| sequence <= position);
        let (target, record) = (Absolute::Member(means.clone()), self.record.as_ref());
        let is_named = self.faces.contains(&means);
        let (pins, is_led) = match came {
            Some(Came::InItsTime) => (self.pins.without_face(&self.name, &means), false),
            Some(Came::Meanwhile) => (self.pins.clone(), true),
            None => (self.pins.clone(), is_named),
        };
        let decided = match is_led {
            true => Route::Face(means.clone()),
            false => route(&self.policy, &pins, &self.name, target.clone(), record),
        };
        if decided == Route::Face(self.rows[at].of.clone()) {
            if self.faces.insert(means.clone()) {
                let (view, name) = (registry("main"), self.name.clone());
                let (member, dependent) = (means, "rose".parse().unwrap());
                self.fact(Event::FaceNamed {
                    view,
                    member,
                    name,
                    dependent,
                });
            }
            return decided;
        }
        let held = is_named && came != Some(Came::InItsTime);
        let missing = pins.missing(&self.policy, &self.name, &target, record, &decided, held);
        for pin in missing {
            self.pins.learn(&pin);
            if matches!(pin, Pin::Route { .. }) {
                let (scope, decision) = (registry("main"), Decision::Pin(pin));
                self.fact(Event::Decided { scope, decision });
            }
        }
        decided
    }
}

fn speaks(record: &Option<Ownership>, member: &RegistryName) -> bool {
    let record = record.as_ref();
    record.is_some_and(|record| record.speakers().any(|it| it == member))
}

fn live(split: bool, steps: &[Step]) -> Result<(), TestCaseError> {
    let mut house = House::new(split);
    for step in steps {
        match *step {
            Step::Row(of, means) => {
                house.last += 1;
                let (of, means) = (registry(MEMBERS[of]), registry(MEMBERS[means]));
                let came_apart = house.is_apart(&means);
                house.rows.push(Row {
                    of,
                    means,
                    sequence: house.last,
                    came_apart,
                    served: None,
                });
            }
            Step::Read(which) if !house.rows.is_empty() => {
                let at = which % house.rows.len();
                let led = house.read(at);
                let row = &mut house.rows[at];
                prop_assert_eq!(&led, row.served.get_or_insert(led.clone()));
                let to_face = led == Route::Face(row.means.clone());
                prop_assert!(to_face || !row.came_apart, "another's crate: {:?}", led);
            }
            Step::Read(_) => {}
            Step::Joins(member) => {
                let member = registry(MEMBERS[member]);
                // Whoever is reached by a face joins nobody, nor does anybody a settled owner.
                let is_led = house.faces.contains(&member);
                let before = house.record.clone();
                let settled = before
                    .as_ref()
                    .is_some_and(|it| it.owner().is_some() && it.members().len() > 1);
                let of = before.map(|it| it.members().clone()).unwrap_or_default();
                let pinned = house
                    .pins
                    .route(&house.name, &Absolute::Member(member.clone()));
                if !settled && !is_led && pinned.is_none() && !of.contains(&member) {
                    let all = of.into_iter().chain([member]).collect();
                    house.settle(Ownership::shared(all).unwrap());
                }
            }
            Step::Settled(member) => {
                let shared = house.record.clone().filter(|it| it.owner().is_none());
                let settled = shared.and_then(|it| it.settled(registry(MEMBERS[member])));
                settled.into_iter().for_each(|it| house.settle(it));
            }
            Step::Transferred(to) => drop(house.turn(&registry(MEMBERS[to]), true)),
            Step::Reassigned(to) => {
                if house.turn(&registry(MEMBERS[to]), false) {
                    // It breaks locks, and says so; who came apart is asked anew.
                    house.rows.iter_mut().for_each(|row| row.served = None);
                }
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(trials())]

    #[test]
    fn rows_of_who_lost_a_name_keep_their_ways_and_new_ones_lead_to_its_crate(
        split in any::<bool>(),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        live(split, &steps)?;
    }
}

/// A row that came while another one spoke is read first when that is over: its face is
/// not a reason for rows from before.
#[test]
fn what_came_meanwhile_and_is_read_late_moves_nothing() {
    let steps = [
        Step::Row(0, 2),
        Step::Joins(2),
        Step::Joins(0),
        Step::Transferred(1),
        Step::Row(0, 2),
        Step::Read(0),
        Step::Transferred(2),
        Step::Read(1),
        Step::Read(0),
    ];
    live(false, &steps).unwrap();
}

/// The story in one piece, with what each row leads to.
#[test]
fn before_and_after_a_settlement() {
    let mut house = House::new(false);
    let means = registry("partner");
    let shared = Ownership::shared([registry("partner"), registry("public")].into()).unwrap();
    house.settle(shared.clone());
    let mut led = BTreeMap::new();
    for label in ["before", "after"] {
        house.last += 1;
        house.rows.push(Row {
            of: means.clone(),
            means: means.clone(),
            sequence: house.last,
            came_apart: label == "after",
            served: None,
        });
        if label == "before" {
            house.settle(shared.clone().settled(registry("public")).unwrap());
        }
    }
    for (at, label) in ["before", "after"].into_iter().enumerate().rev() {
        led.insert(label, house.read(at));
    }
    assert_eq!(led["before"], Route::CratesIo);
    assert_eq!(led["after"], Route::Face(means));
}
