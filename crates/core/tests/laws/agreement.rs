//! `core` and the oracle give one answer, on any world.

use crate::oracle::{self, Outcome};
use crate::trials;
use crate::verdict_text::outcome;
use crate::world_strategy::world;
use crossdock_core::merge::Verdict;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: trials().cases.max(4_000), ..trials() })]

    #[test]
    fn merge_and_the_oracle_agree(world in world()) {
        let verdict = world.verdict();
        prop_assert_eq!(outcome(&verdict), oracle::decide(&world), "{:?}", verdict);
    }

    /// Who is named as silent is silent, and somebody is.
    #[test]
    fn undecided_names_those_who_are_silent(world in world()) {
        if let Verdict::Undecided(silent) = world.verdict() {
            prop_assert!(!silent.is_empty());
            for member in silent {
                let answer = world.answers.get(member.as_str());
                prop_assert!(answer.is_none_or(|answer| *answer == crate::world::Answer::Silent));
            }
        }
    }
}

/// The trials mean something only if all kinds of answers occur among them.
#[test]
fn all_kinds_of_answers_occur() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    for _ in 0..2_000 {
        let world = world().new_tree(&mut runner).unwrap().current();
        let kind = match oracle::decide(&world) {
            Outcome::Absent => "absent".to_owned(),
            Outcome::Undecided => "undecided".to_owned(),
            Outcome::Refused { .. } => "refused".to_owned(),
            Outcome::Shown(shown) => {
                let part = if shown.withheld.is_empty() {
                    ""
                } else {
                    ", part"
                };
                let alarm = if shown.differing.is_empty() {
                    ""
                } else {
                    ", alarm"
                };
                format!("{}{part}{alarm}", shown.rule)
            }
        };
        *seen.entry(kind).or_default() += 1;
    }
    for kind in [
        "absent",
        "undecided",
        "refused",
        "record",
        "claim",
        "claim settles",
        "only inside",
        "only outside",
        "same crate",
        "same crate, part",
        "same crate, alarm",
        "agreed",
        "agreed, part",
        "agreed, alarm",
    ] {
        assert!(
            seen.get(kind).is_some_and(|times| *times >= 3),
            "{kind} in {seen:?}"
        );
    }
}
