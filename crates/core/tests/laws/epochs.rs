//! Law 10, for what is pure of it: an answer about the past does not move.
//!
//! Tried on mirrors that observed whatever an upstream may do, and on views that
//! recorded owners and faces in any order.

use crate::trials;
use crate::upstream_rows::{Row, rows};
use crate::world::registry;
use crossdock_core::epoch::{Moment, OnRecord, observation_at};
use crossdock_core::fact::Event;
use crossdock_core::history::{Keep, continue_history};
use crossdock_core::name::NameKey;
use crossdock_core::ownership::Ownership;
use crossdock_core::release::Release;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What a mirror observed of a name: the position of each fact, and the rows kept.
type Observations = Vec<(u64, Vec<Release>)>;

/// What an upstream shows at one look: how many facts later, rows and their times.
type Look = (u64, Vec<(Row, Option<u64>)>);

fn key(text: &str) -> NameKey {
    text.parse().unwrap()
}

fn second(seconds: u64) -> Timestamp {
    Timestamp::from_unix_seconds(i64::try_from(seconds).unwrap()).unwrap()
}

/// Lets a mirror look again and again, each time as far as history allows.
fn observations(looks: &[Look]) -> Observations {
    let (mut all, mut sequence): (Observations, u64) = (Vec::new(), 0);
    for (later, shown) in looks {
        sequence += later;
        let shown: Vec<Release> = shown
            .iter()
            .map(|(row, published)| {
                let mut release = row.release();
                release.pubtime = published.map(second);
                release
            })
            .collect();
        let old = all.last().map(|(_, kept)| kept.clone()).unwrap_or_default();
        let (kept, _) = continue_history(
            &old.iter().collect::<Vec<_>>(),
            &shown.iter().collect::<Vec<_>>(),
        );
        let kept = kept.into_iter().map(|keep| match keep.row {
            Keep::Old(at) => old[at].clone(),
            Keep::New(at) => shown[at].clone(),
        });
        all.push((sequence, kept.collect()));
    }
    all
}

fn looks() -> impl Strategy<Value = Vec<Look>> {
    let published = || proptest::option::weighted(0.8, 0..40_u64);
    let shown = rows().prop_flat_map(move |rows| {
        let count = rows.len();
        (Just(rows), proptest::collection::vec(published(), count))
            .prop_map(|(rows, times)| rows.into_iter().zip(times).collect())
    });
    proptest::collection::vec((1..6_u64, shown), 1..6)
}

/// Facts of this little world are a second apart: the time of a fact is its position.
fn at(epoch: u64) -> Moment {
    Moment {
        epoch,
        time: second(epoch),
    }
}

fn visible(observations: &Observations, moment: Moment) -> BTreeMap<Version, Release> {
    let sequences: Vec<u64> = observations.iter().map(|(at, _)| *at).collect();
    let Some(found) = observation_at(&sequences, moment.epoch) else {
        return BTreeMap::new();
    };
    let (observed, rows) = &observations[found];
    let shown = rows
        .iter()
        .filter(|release| moment.shows(*observed, release));
    shown
        .map(|release| (release.version.clone(), release.clone()))
        .collect()
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let member = || prop_oneof![Just("acme"), Just("public")];
    let name = || prop_oneof![Just("petal"), Just("rose")];
    let one = (0..3_u8, member(), name()).prop_map(|(kind, member, name)| {
        let (view, name) = (registry("main"), key(name));
        let ownership = Ownership::sole(registry(member));
        match kind {
            0 => Event::OwnerRecorded {
                view,
                name,
                ownership,
            },
            1 => Event::ConflictSettled {
                view,
                name,
                ownership,
            },
            _ => Event::FaceNamed {
                view,
                member: registry(member),
                name,
                dependent: key("bloom"),
            },
        }
    });
    proptest::collection::vec(one, 0..12)
}

fn on_record(events: &[Event], epoch: u64) -> OnRecord {
    let mut records = OnRecord::at(epoch);
    for (sequence, event) in (1..).zip(events) {
        records.learn(sequence, event);
    }
    records
}

proptest! {
    #![proptest_config(trials())]

    #[test]
    fn what_was_visible_stays_visible_and_the_same(looks in looks(), early in 1..40_u64, later in 0..40_u64) {
        let observations = observations(&looks);
        let now = visible(&observations, at(early + later));
        for (version, release) in visible(&observations, at(early)) {
            let then = now.get(&version).expect("visible for ever");
            prop_assert_eq!(then.checksum, release.checksum);
            prop_assert_eq!(&then.name, &release.name);
            prop_assert_eq!(then.dependencies.len(), release.dependencies.len());
        }
    }

    #[test]
    fn later_observations_do_not_change_the_past(looks in looks(), more in looks(), epoch in 1..40_u64) {
        let before = observations(&looks);
        let all: Vec<_> = looks.iter().chain(&more).cloned().collect();
        let after = observations(&all);
        let last = before.last().map_or(0, |(at, _)| *at);
        let is_settled = |moment: &Moment| moment.epoch <= last;
        if is_settled(&at(epoch)) {
            prop_assert_eq!(visible(&before, at(epoch)), visible(&after, at(epoch)));
        }
    }

    #[test]
    fn what_was_published_later_is_not_visible_before_it_was_observed(looks in looks(), epoch in 1..40_u64) {
        let observations = observations(&looks);
        let first = observations[0].0;
        for release in visible(&observations, at(epoch)).values() {
            if epoch < first {
                prop_assert!(release.pubtime.is_some_and(|published| published <= second(epoch)));
            }
        }
    }

    #[test]
    fn what_is_on_record_of_the_past_does_not_move(events in events(), more in events(), epoch in 0..12_u64) {
        // More was recorded after the epoch only.
        let epoch = epoch.min(events.len() as u64);
        let all: Vec<_> = events.iter().chain(&more).cloned().collect();
        let (before, after) = (on_record(&events, epoch), on_record(&all, epoch));
        let later: BTreeMap<_, _> = after.owners().into_iter().collect();
        for (name, ownership) in before.owners() {
            prop_assert_eq!(later.get(&name), Some(&ownership));
        }
        for face in before.faces() {
            prop_assert!(after.faces().contains(&face));
        }
        // A face of a name whose owner was known is not added by hindsight.
        for (member, name, _) in after.faces() {
            let known = before.owners().iter().any(|(owned, _)| *owned == name);
            let named = before.faces().iter().any(|(of, named, _)| *of == member && *named == name);
            prop_assert!(named || !known);
        }
    }
}
