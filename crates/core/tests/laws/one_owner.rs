//! Law 1: a name has at most one owner, and others' releases of it are not shown.

use crate::trials;
use crate::verdict_text::{names, outcome};
use crate::world::Answer;
use crate::world_strategy::{spellings_of, world, world_and_answer};
use crossdock_core::merge::Verdict;
use crossdock_core::owner::known;
use proptest::prelude::*;

proptest! {
    #![proptest_config(trials())]

    /// A sole owner's entry is shown as it is; several show nothing that is not theirs.
    #[test]
    fn only_owners_are_shown(world in world()) {
        let Verdict::Served(merged) = world.verdict() else {
            return Ok(());
        };
        let owners = names(merged.ownership.members());
        for (member, release) in &merged.releases {
            prop_assert!(owners.contains(member.as_str()));
            let Some(Answer::Has(releases)) = world.answers.get(member.as_str()) else {
                return Err(TestCaseError::fail("shown from a member that has nothing"));
            };
            prop_assert!(releases.contains_key(&release.version.to_string()));
        }
        if let Some(owner) = merged.ownership.owner() {
            let Some(Answer::Has(releases)) = world.answers.get(owner.as_str()) else {
                return Err(TestCaseError::fail("an owner that has nothing"));
            };
            prop_assert!(merged.releases.iter().all(|(member, _)| member == owner));
            prop_assert_eq!(merged.releases.len(), releases.len());
            prop_assert!(merged.withheld.is_none());
        }
    }

    /// Once it is known whose a name is, nobody else can change what is shown.
    #[test]
    fn others_are_not_listened_to((world, member, other) in world_and_answer()) {
        let record = world.record();
        let Some(known) = known(&world.policy(), &world.key(), record.as_ref()) else {
            return Ok(());
        };
        if known.ownership.speakers().any(|speaker| speaker.as_str() == member.as_str()) {
            return Ok(());
        }
        let before = outcome(&world.verdict());
        for answer in [other, Answer::Absent, Answer::Silent] {
            prop_assert_eq!(outcome(&world.with(&member, answer).verdict()), before.clone());
        }
    }

    /// What the first answer records is what all later answers rest on.
    #[test]
    fn a_record_changes_no_answer(world in world()) {
        let Verdict::Served(merged) = world.verdict() else {
            return Ok(());
        };
        let again = world.recorded(&merged.ownership).verdict();
        let Verdict::Served(again) = again else {
            return Err(TestCaseError::fail(format!("{again:?}")));
        };
        prop_assert_eq!(merged.ownership, again.ownership);
        prop_assert_eq!(merged.releases, again.releases);
        prop_assert_eq!(merged.withheld, again.withheld);
        prop_assert_eq!(merged.differing_rows, again.differing_rows);
    }

    /// Spellings of a name are one name.
    #[test]
    fn spelling_decides_nothing(world in world(), asked_as in 0..3_usize) {
        let mut other = world.clone();
        other.name = spellings_of(&world)[asked_as].to_owned();
        prop_assert_eq!(outcome(&world.verdict()), outcome(&other.verdict()));
    }
}
