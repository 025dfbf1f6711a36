//! Gates only ever avoid: nothing is added, lost or changed, and each stands alone.
//!
//! Absent: what each gate looks for, which is tested beside it.

use crate::gate_strategy::{
    NOON, all_in, at, decisions, gates, hour, made, only, patterns, policy, rows, waived,
};
use crate::trials;
use crate::world::registry;
use crossdock_core::decision::{GateDecision, Made};
use crossdock_core::gate::{
    Effect, Finding, Gate, GateState, Gates, Hour, Judged, MinAge, Mode, Outcome, ReleaseList,
    Rule, Sighting, Versions, judge,
};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Release;
use crossdock_core::timestamp::Timestamp;
use proptest::prelude::*;
use proptest::sample::{Index, select};

type Rows = Vec<(RegistryName, Release)>;

fn judged(gates: &Gates, made: &[Made], now: Timestamp, rows: &Rows) -> Judged {
    // What is undated was first seen at noon, but for one release that nobody saw.
    let seen = rows
        .iter()
        .filter(|(_, row)| row.version.to_string() != "2.0.0");
    let sighting = Sighting {
        time: at(NOON),
        is_late: false,
    };
    let seen = seen.map(|(member, row)| ((member.clone(), row.version.clone()), sighting));
    let hour = Hour {
        state: &GateState::of(made),
        first_seen: &seen.collect(),
        now,
    };
    judge(&policy(gates.clone()), &hour, rows.clone())
}

fn without_yanks(rows: &Rows) -> Rows {
    let mut rows = rows.clone();
    rows.iter_mut().for_each(|(_, row)| row.yanked = false);
    rows
}

fn found(judged: &Judged) -> Vec<(usize, Gate, String)> {
    let told = |(row, finding): &(usize, Finding)| (*row, finding.gate, finding.reason.clone());
    judged.findings.iter().map(told).collect()
}

proptest! {
    #![proptest_config(trials())]

    #[test]
    fn a_gate_only_adds_yanks(
        gates in gates(), made in decisions(), now in hour(), rows in rows()
    ) {
        let after = judged(&gates, &made, now, &rows);
        prop_assert_eq!(without_yanks(&after.rows), without_yanks(&rows));
        for ((at, (_, before)), (_, after)) in rows.iter().enumerate().zip(&after.rows) {
            prop_assert!(after.yanked || !before.yanked);
            prop_assert!(!after.yanked || before.yanked
                || judged(&gates, &made, now, &rows).findings.iter()
                    .any(|(row, finding)| *row == at && finding.outcome.yanks()));
        }
    }

    #[test]
    fn gates_that_are_off_find_nothing(
        gates in gates(), made in decisions(), now in hour(), rows in rows()
    ) {
        let after = judged(&all_in(Mode::Off, gates), &made, now, &rows);
        prop_assert_eq!(after, Judged { rows, findings: Vec::new(), until: None });
    }

    #[test]
    fn audit_finds_the_same_and_changes_nothing(
        gates in gates(), made in decisions(), now in hour(), rows in rows()
    ) {
        let audited = judged(&all_in(Mode::Audit, gates.clone()), &made, now, &rows);
        let enforced = judged(&all_in(Mode::Enforce, gates), &made, now, &rows);
        prop_assert_eq!(&audited.rows, &rows);
        prop_assert_eq!(found(&audited), found(&enforced));
    }

    #[test]
    fn a_waiver_lifts_its_gate_for_its_release_alone(
        gates in gates(), made_before in decisions(), now in hour(), rows in rows(),
        gate in select(Gate::ALL.to_vec()), whose in any::<Index>()
    ) {
        let at_row = whose.index(rows.len());
        let release = &rows[at_row].1;
        let until = at(now.unix_seconds() + 60);
        let waiver = waived(release.name.key(), release.version.clone(), gate, until);
        let mut made_after = made_before.clone();
        made_after.push(made(99, waiver));
        let before = judged(&gates, &made_before, now, &rows);
        let after = judged(&gates, &made_after, now, &rows);
        prop_assert_eq!(found(&before), found(&after));
        for ((row, before), (_, after)) in before.findings.iter().zip(&after.findings) {
            match (*row, before.gate) == (at_row, gate) {
                true => prop_assert!(matches!(after.outcome, Outcome::Waived(_))),
                false => prop_assert_eq!(before, after),
            }
        }
        // At its end it is as if it had never been.
        let ended = judged(&gates, &made_after, until, &rows);
        let never: Vec<_> = made_before.iter()
            .filter(|made| !matches!(&made.decision, crossdock_core::decision::Decision::Gate(
                GateDecision::Waived { name, version, gate: of, .. })
                if (name, version, *of) == (&release.name.key(), &release.version, gate)))
            .cloned().collect();
        prop_assert_eq!(ended, judged(&gates, &never, until, &rows));
    }

    #[test]
    fn the_order_of_gates_rows_and_lists_decides_nothing(
        gates in gates(), made in decisions(), now in hour(), rows in rows(),
        (list, shuffled) in patterns().prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle()))
    ) {
        let rule = Rule::new(Mode::Enforce, Effect::Yank);
        let with = |list| Gates { deny: Some((rule.clone(), ReleaseList::new(list))), ..gates.clone() };
        let (gates, permuted) = (with(list), with(shuffled));
        let together = judged(&gates, &made, now, &rows);
        prop_assert_eq!(&together, &judged(&permuted, &made, now, &rows));
        // All gates find what each of them finds alone.
        let alone: Vec<_> = Gate::ALL.iter()
            .map(|gate| judged(&only(*gate, &gates), &made, now, &rows)).collect();
        let mut found_alone: Vec<_> = alone.iter().flat_map(found).collect();
        found_alone.sort();
        let mut found_together = found(&together);
        found_together.sort();
        prop_assert_eq!(found_together, found_alone);
        prop_assert_eq!(together.until, alone.iter().filter_map(|judged| judged.until).min());
        for at in 0..rows.len() {
            let any = alone.iter().any(|judged| judged.rows[at].1.yanked);
            prop_assert_eq!(together.rows[at].1.yanked, any);
        }
        // Rows are judged one by one.
        let reversed: Rows = rows.iter().rev().cloned().collect();
        let back: Rows = judged(&gates, &made, now, &reversed).rows.into_iter().rev().collect();
        prop_assert_eq!(back, together.rows);
    }

    #[test]
    fn until_its_hour_an_answer_stays_as_it_is(
        gates in gates(), made in decisions(), now in hour(), rows in rows(), later in 0..400_000_i64
    ) {
        let today = judged(&gates, &made, now, &rows);
        let later = match today.until {
            Some(until) => {
                prop_assert!(until > now);
                later % (until.unix_seconds() - now.unix_seconds())
            }
            None => later,
        };
        let then = judged(&gates, &made, at(now.unix_seconds() + later), &rows);
        prop_assert_eq!(today.rows, then.rows);
    }

    #[test]
    fn releases_only_come_of_age(
        hours in 1..48_u32, now in hour(), later in 0..400_000_i64, rows in rows()
    ) {
        let rule = Rule::new(Mode::Enforce, Effect::Yank);
        let age = MinAge::of_seconds(hours * 3600).unwrap();
        let gates = Gates { min_age: Some((rule, age)), ..Gates::default() };
        let early = judged(&gates, &[], now, &rows);
        let late = judged(&gates, &[], at(now.unix_seconds() + later), &rows);
        for (at, ((_, early), (_, late))) in early.rows.iter().zip(&late.rows).enumerate() {
            prop_assert!(early.yanked || !late.yanked, "row {}", at);
        }
        // And all of them do in the end, but for those of which nobody knows the age.
        let end = judged(&gates, &[], at(NOON + 10_000_000), &rows);
        for ((_, end), (member, row)) in end.rows.iter().zip(&rows) {
            let known = row.pubtime.is_some() || row.version.to_string() != "2.0.0";
            if known || *member == registry("acme") {
                prop_assert_eq!(end, row);
            }
        }
    }

    #[test]
    fn who_backdates_what_came_late_gains_nothing(
        hours in 1..48_u32, now in hour(), seen in hour(), earlier in 0..400_000_i64,
        is_late in any::<bool>(), rows in rows()
    ) {
        let age = MinAge::of_seconds(hours * 3600).unwrap();
        let rule = Rule::new(Mode::Enforce, Effect::Yank);
        let policy = policy(Gates { min_age: Some((rule, age)), ..Gates::default() });
        let judged = |rows: &Rows| {
            let sighting = Sighting { time: seen, is_late };
            let key = |(member, row): &(RegistryName, Release)| (member.clone(), row.version.clone());
            let first_seen = rows.iter().map(|row| (key(row), sighting)).collect();
            let state = GateState::default();
            judge(&policy, &Hour { state: &state, first_seen: &first_seen, now }, rows.clone())
        };
        let dated = |time: Option<Timestamp>| {
            let mut rows = without_yanks(&rows);
            rows.iter_mut().for_each(|(_, row)| row.pubtime = time);
            rows
        };
        let claimed = at(seen.unix_seconds() - earlier);
        let backdated = judged(&dated(Some(claimed)));
        let undated = judged(&dated(None));
        let is_young = |born: Timestamp| {
            now.unix_seconds() < born.unix_seconds() + i64::from(age.seconds())
        };
        let all = rows.iter().zip(&backdated.rows).zip(&undated.rows);
        for (((member, _), (_, backdated)), (_, undated)) in all {
            let mirrored = *member != registry("acme");
            prop_assert_eq!(undated.yanked, mirrored && is_young(seen));
            // A mirror that is not crates.io is believed of what it had from the first.
            let born = match is_late && *member == registry("beta") {
                true => seen,
                false => claimed,
            };
            prop_assert_eq!(backdated.yanked, mirrored && is_young(born));
        }
        // A date after the first sighting counts as it is.
        let future = at(seen.unix_seconds() + 1 + earlier);
        for ((_, row), (member, _)) in judged(&dated(Some(future))).rows.iter().zip(&rows) {
            prop_assert_eq!(row.yanked, *member != registry("acme") && is_young(future));
        }
    }

    #[test]
    fn an_approval_lifts_the_gate_of_approval_alone(
        gates in gates(), before in decisions(), now in hour(), rows in rows()
    ) {
        let mut after = before.clone();
        let name = rows[0].1.name.key();
        after.push(made(99, GateDecision::Approved { name, versions: Versions::All }));
        let left: Vec<_> = found(&judged(&gates, &before, now, &rows)).into_iter()
            .filter(|(_, gate, _)| *gate != Gate::Admit).collect();
        prop_assert_eq!(found(&judged(&gates, &after, now, &rows)), left);
    }
}
