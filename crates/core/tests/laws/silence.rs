//! Law 4: silence is not absence.
//!
//! A view that answers while a member is silent gives the answer that it would give
//! whatever that member has. Otherwise it says that it cannot decide.

use crate::oracle::Outcome;
use crate::trials;
use crate::verdict_text::outcome;
use crate::world::{Answer, World};
use crate::world_strategy::world_and_answer;
use proptest::prelude::*;

proptest! {
    #![proptest_config(trials())]

    #[test]
    fn an_answer_despite_silence_does_not_depend_on_it((world, member, answer) in world_and_answer()) {
        let silent = outcome(&world.with(&member, Answer::Silent).verdict());
        if silent != Outcome::Undecided {
            prop_assert_eq!(outcome(&world.with(&member, answer).verdict()), silent);
        }
    }

    #[test]
    fn falling_silent_never_changes_the_owner((world, member, answer) in world_and_answer()) {
        let said = outcome(&world.with(&member, answer).verdict());
        let silent = outcome(&world.with(&member, Answer::Silent).verdict());
        prop_assert!(silent == said || silent == Outcome::Undecided, "{:?} became {:?}", said, silent);
    }

    /// A member that is limited to other names keeps nobody waiting.
    #[test]
    fn who_cannot_own_the_name_is_not_waited_for((world, member, answer) in world_and_answer()) {
        let mut world = World { record: None, claims: Default::default(), ..world };
        if let Some(member) = world.members.get_mut(&member) {
            member.only = Some(vec!["something-else".to_owned()]);
        }
        let (asked, verdict) = world.with(&member, Answer::Silent).view();
        prop_assert!(!asked.contains(&member));
        prop_assert_eq!(outcome(&world.with(&member, answer).verdict()), outcome(&verdict));
    }
}
