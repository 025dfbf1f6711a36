//! Law 5, for what vanishes upstream: few names that a later look confirms are
//! removed, many are silence.
//!
//! Tried on sequences of looks in which little time passes or much, names come and
//! go, upstreams fall silent and people accept; what is true then is told by an
//! oracle that goes through the whole sequence again for each question.

use crate::trials;
use crossdock_core::name::IndexName;
use crossdock_core::removal::{
    Health, Look, Missing, NAMES_MANY, NAMES_PER_REMOVED, Verdict, WINDOW_SECS,
};
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use proptest::prelude::*;
use std::collections::BTreeSet;

const CONFIRM_AFTER: i64 = 600;

/// Names enough to be many, few enough to come and go.
const NAMES: usize = NAMES_MANY + 5;

#[derive(Clone, Debug)]
enum Event {
    Pass(i64),
    Vanish(usize),
    VanishMany(usize),
    Return(usize),
    Whole,
    Silent,
    Accept(Option<usize>),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => prop_oneof![Just(1), Just(CONFIRM_AFTER), Just(WINDOW_SECS), 0..2 * WINDOW_SECS].prop_map(Event::Pass),
        4 => (0..NAMES).prop_map(Event::Vanish),
        1 => (NAMES_MANY - 2..NAMES).prop_map(Event::VanishMany),
        2 => (0..NAMES).prop_map(Event::Return),
        3 => Just(Event::Whole),
        1 => Just(Event::Silent),
        1 => prop::option::of(0..NAMES).prop_map(Event::Accept),
    ]
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_790_000_000 + seconds).unwrap()
}

fn name(number: usize) -> IndexName {
    IndexName::parse(&format!("crate-{number}")).unwrap()
}

fn version() -> Version {
    Version::parse("1.0.0").unwrap()
}

/// What happened, twice: in the code's value, and as the bare story.
#[derive(Default)]
struct Story {
    missing: Missing,
    health: Health,
    now: i64,
    /// Since when each name is missing, and whether that was accepted.
    since: Vec<Option<(i64, bool)>>,
    whole: Option<i64>,
    silent: Option<i64>,
}

impl Story {
    fn of(events: &[Event]) -> Self {
        let mut story = Self {
            since: vec![None; NAMES],
            ..Self::default()
        };
        events.iter().for_each(|event| story.happens(event));
        story
    }

    fn happens(&mut self, event: &Event) {
        let now = at(self.now);
        match event {
            Event::Pass(seconds) => self.now += seconds,
            Event::Vanish(number) => self.vanishes(*number),
            Event::VanishMany(many) => (0..*many).for_each(|number| self.vanishes(number)),
            Event::Return(number) => {
                self.missing.returned(&name(*number), &version());
                self.since[*number] = None;
            }
            Event::Whole => (self.health.whole, self.whole) = (Some(now), Some(self.now)),
            Event::Silent => (self.health.silent, self.silent) = (Some(now), Some(self.now)),
            Event::Accept(of) => {
                let names: BTreeSet<_> = of.iter().map(|number| name(*number).key()).collect();
                self.missing.accept(&names, now);
                for (number, since) in self.since.iter_mut().enumerate() {
                    if of.is_none_or(|of| of == number) {
                        since.iter_mut().for_each(|since| since.1 = true);
                    }
                }
            }
        }
    }

    fn vanishes(&mut self, number: usize) {
        self.missing
            .vanished(&name(number), &version(), at(self.now));
        self.since[number].get_or_insert((self.now, false));
    }

    fn verdict(&self, number: usize, held: usize) -> Verdict {
        let look = Look {
            health: self.health,
            held,
            confirm_after_secs: CONFIRM_AFTER,
        };
        self.missing
            .verdict(&name(number), &version(), at(self.now), &look)
    }

    fn expected(&self, number: usize, held: usize) -> Verdict {
        let Some((since, accepted)) = self.since[number] else {
            return Verdict::There;
        };
        if accepted {
            return Verdict::Removed;
        }
        let mut names = 0;
        for (other, accepted) in self.since.iter().flatten() {
            if !accepted && (other - since).abs() <= 3_600 {
                names += 1;
            }
        }
        let few = names < 20 || names * 1_000 < held;
        let well = match (self.whole, self.silent) {
            (None, _) => false,
            (Some(whole), None) => whole >= since,
            (Some(whole), Some(silent)) => whole >= since && whole >= silent,
        };
        match (few, well && self.now >= since + CONFIRM_AFTER) {
            (false, _) => Verdict::Mass { names },
            (true, true) => Verdict::Removed,
            (true, false) => Verdict::Waits,
        }
    }
}

proptest! {
    #![proptest_config(trials())]

    #[test]
    fn few_confirmed_names_are_removed_and_no_others(
        events in prop::collection::vec(event(), 0..30),
        held in prop_oneof![Just(0), Just(NAMES), Just((NAMES_MANY + 2) * NAMES_PER_REMOVED)],
    ) {
        let story = Story::of(&events);
        for number in 0..NAMES {
            prop_assert_eq!(story.verdict(number, held), story.expected(number, held));
        }
    }

    /// A single look never removes anything, whatever was before it.
    #[test]
    fn nothing_is_removed_when_it_vanishes(events in prop::collection::vec(event(), 0..20), number in 0..NAMES) {
        let mut story = Story::of(&events);
        story.happens(&Event::Return(number));
        story.happens(&Event::Vanish(number));
        prop_assert_ne!(story.verdict(number, 0), Verdict::Removed);
    }

    /// In whichever order names vanish within a moment.
    #[test]
    fn the_order_of_names_decides_nothing(
        (names, again) in prop::collection::vec(0..NAMES, 0..40).prop_flat_map(|names| (Just(names.clone()), Just(names).prop_shuffle()))
    ) {
        let story = |names: &[usize]| {
            let events: Vec<_> = names.iter().copied().map(Event::Vanish).collect();
            Story::of(&events).missing
        };
        prop_assert_eq!(story(&names), story(&again));
    }
}

/// The bound itself: nineteen names are few, twenty are many; of a mirror that holds
/// fifty thousand, fifty.
#[test]
fn what_is_few() {
    for (held, few) in [(0, 19), (20_000, 19), (50_000, 49)] {
        let mut missing = Missing::default();
        let look = Look {
            health: Health {
                whole: Some(at(CONFIRM_AFTER)),
                silent: None,
            },
            held,
            confirm_after_secs: CONFIRM_AFTER,
        };
        for number in 0..few {
            missing.vanished(&name(number), &version(), at(0));
        }
        let verdict =
            |missing: &Missing| missing.verdict(&name(0), &version(), at(CONFIRM_AFTER), &look);
        assert_eq!(verdict(&missing), Verdict::Removed, "{few} of {held}");
        missing.vanished(&name(few), &version(), at(0));
        let names = few + 1;
        assert_eq!(
            verdict(&missing),
            Verdict::Mass { names },
            "{names} of {held}"
        );
    }
}
