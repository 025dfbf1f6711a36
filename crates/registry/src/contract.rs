//! What the ports promise, as something that runs.
//!
//! Each adapter runs the same suite with one line in its tests; so do the fakes in
//! [`crate::memory`], which is why use cases may be tested against those. A broken
//! promise is a failed assertion.
//!
//! Absent: what only one adapter can show, such as surviving the end of a process.

mod archives;
mod decided;
mod epochs;
mod hosted;
mod mirrored;
mod rebuilt;
mod recorded;
mod sequence;
mod subject;
mod vanished;

use crate::memory::Clock;
use crate::ports::{Blobs, Ledger};
use crossdock_core::checksum::Checksum;
use crossdock_core::timestamp::Timestamp;
use std::sync::Arc;
use subject::Subject;

/// Holds a ledger to its promises; `open` makes an empty one for every case.
///
/// Must be called within a multi-threaded tokio runtime, so that what is promised
/// of concurrent appends is tried.
///
/// # Panics
/// If a promise is broken.
pub async fn ledger(open: impl AsyncFn(Clock) -> Arc<dyn Ledger>) {
    macro_rules! hold_to {
        ($($case:path),* $(,)?) => { $( $case(&Subject::fresh(&open).await).await; )* };
    }
    hold_to![
        hosted::a_publish_is_read_back_whole,
        hosted::a_second_publish_adds_and_keeps_owners,
        hosted::a_version_exists_once_whatever_its_build,
        hosted::a_name_has_one_spelling,
        hosted::registries_do_not_meet,
        hosted::yanking_is_recorded_once,
        hosted::what_does_not_exist_is_not_changed,
        hosted::owners_are_replaced_in_order,
        hosted::a_crate_is_first_published_by_one,
        mirrored::rows_are_read_back_whole,
        mirrored::equal_rows_only_renew_validators,
        mirrored::rows_that_were_not_seen_are_not_replaced,
        mirrored::large_rows_come_back_byte_for_byte,
        mirrored::spellings_are_told_apart,
        mirrored::the_last_confirmations_are_read_back,
        vanished::the_first_time_counts_until_it_returns,
        vanished::mirrors_do_not_meet,
        epochs::every_observation_is_read_back,
        epochs::rows_go_back_however_often_they_changed,
        epochs::facts_are_found_by_what_they_are_about,
        epochs::an_epoch_is_found_by_its_time,
        epochs::releases_know_their_fact,
        recorded::the_first_owner_stands,
        recorded::a_name_is_taken_only_by_an_owner_on_record,
        recorded::a_settled_conflict_replaces_the_record,
        recorded::who_joins_a_name_is_united_with_others,
        recorded::a_name_is_given_to_another_owner,
        recorded::what_was_shown_first_stands,
        recorded::of_many_who_take_a_name_one_has_it,
        recorded::of_many_who_join_a_name_all_are_in_it,
        recorded::the_first_evidence_for_a_face_stands,
        decided::decisions_are_read_back_in_order,
        decided::what_is_decided_once_is_not_decided_again,
        decided::what_concerns_the_server_is_read_back,
        rebuilt::a_build_takes_the_place_of_another_which_stays,
        rebuilt::whole_versions_stand_beside_each_other,
        rebuilt::only_the_build_that_was_seen_is_replaced,
        sequence::a_batch_is_recorded_whole_or_not_at_all,
        sequence::changes_of_a_batch_see_each_other,
        sequence::facts_say_who_did_what_and_when,
        sequence::facts_are_read_in_pages,
        sequence::time_does_not_go_back,
        sequence::what_could_not_be_read_back_is_refused,
        sequence::of_many_publishers_of_a_version_one_wins,
        sequence::concurrent_appends_have_positions_of_their_own,
    ];
}

/// Holds a store of archives to its promises; `damage` changes what it keeps of one, and
/// `age` when it was kept.
///
/// Must be called within a multi-threaded tokio runtime.
///
/// # Panics
/// If a promise is broken.
pub async fn blobs(
    blobs: Arc<dyn Blobs>,
    damage: impl Fn(&Checksum),
    age: impl Fn(&Checksum, Timestamp),
) {
    archives::what_is_kept_is_read_back(&*blobs).await;
    archives::what_was_never_kept_is_absent(&*blobs).await;
    archives::other_content_is_corrupt_until_kept_again(&*blobs, &damage).await;
    archives::what_is_examined_is_told_from_what_is_damaged(&*blobs, &damage).await;
    archives::what_is_kept_is_listed_in_order(&*blobs).await;
    archives::what_is_kept_again_is_not_taken_for_old(&*blobs, age).await;
    archives::one_archive_is_kept_by_many_at_once(&blobs).await;
}
