//! What a view shows of a name, as rows that are not spelled yet.
//!
//! The stages that decide which releases there are, and which are yanked, stand here
//! once: who reads an index file goes through them, and who copies what a view shows.
//!
//! Absent: where dependencies lead, which changes no row's bytes nor whether it is
//! yanked (`aliases.rs`, `spelling.rs`).

use crate::alarms::AlarmKind;
use crate::aliases::OwnedRows;
use crate::asking::Asked;
use crate::federation::Federation;
use crate::ports::Change;
use crate::read_index::{ROUNDS_MAX, no_such_crate, undecided};
use crate::refusal::{Refusal, RefusalKind};
use crate::surface::Surface;
use crossdock_core::gate::Judged;
use crossdock_core::merge::{Conflict, Merged, Verdict};
use crossdock_core::name::IndexName;
use crossdock_core::ownership::Ownership;
use crossdock_core::policy::ViewPolicy;
use crossdock_core::registry_name::RegistryName;
use futures::future::BoxFuture;

/// What a view shows of a name.
pub(crate) struct ViewRows {
    pub(crate) asked: Asked,
    /// Whose the name is.
    pub(crate) ownership: Ownership,
    /// The rows as owners, overlays and gates leave them.
    pub(crate) judged: Judged,
    /// What has to be recorded before they are shown.
    pub(crate) changes: Vec<Change>,
}

impl Federation {
    /// Decides what a view shows of a name now; nothing if somebody recorded meanwhile
    /// what that rests on: decide again.
    pub(crate) async fn view_rows(
        &self,
        policy: &ViewPolicy,
        name: &IndexName,
    ) -> Result<Option<ViewRows>, Refusal> {
        let (view, key) = (&policy.view, name.key());
        let (asked, verdict) = self.verdict(policy, name).await;
        let is_unknown = asked.record.is_none() && !matches!(verdict, Verdict::Served(_));
        if is_unknown && self.is_known_elsewhere(view, &key).await? {
            return Ok(None);
        }
        let merged = match verdict {
            Verdict::Served(merged) => merged,
            Verdict::Absent => return Err(no_such_crate(name)),
            Verdict::Refused(conflict) => return Err(refused(policy, name, &conflict)),
            Verdict::Undecided(_) => return Err(undecided_in(policy, name, &asked)),
        };
        self.tell_differing(view, name, &merged);
        if merged
            .releases
            .last()
            .is_none_or(|(_, release)| release.name.index_name() != *name)
        {
            return Err(no_such_crate(name));
        }
        let (ownership, record) = (&merged.ownership, asked.record.as_ref());
        self.note_look_alike(policy, &key, ownership, record)
            .await?;
        let mut changes = self.records_of(policy, &key, &merged, asked.record.clone());
        let (overlaid, patched) = self.overlaid(policy, &key, merged.releases).await?;
        changes.extend(patched);
        let judged = self.judged(policy, overlaid.rows).await?;
        Ok(Some(ViewRows {
            asked,
            ownership: merged.ownership,
            judged,
            changes,
        }))
    }

    /// Gives the rows that a view shows, as of the epoch at which it stands still if it
    /// does, dependencies as their members have them.
    ///
    /// Boxed, because the past in which a view stands still is a federation too.
    pub(crate) fn rows_shown<'r>(
        &'r self,
        view: &'r RegistryName,
        name: &'r IndexName,
    ) -> BoxFuture<'r, Result<OwnedRows, Refusal>> {
        Box::pin(async move {
            let surface = Surface::View(view.clone());
            // As any reader first: what the rows rest on is on record from then on.
            self.read_index(&surface, name).await?;
            if let Some(epoch) = self.stands_still(&surface, &name.key()) {
                let past = self.as_of(self.moment_of(epoch).await?).await?;
                return past.federation.rows_shown(view, name).await;
            }
            let policy = self.policy(view)?;
            for _ in 0..ROUNDS_MAX {
                if let Some(shown) = self.view_rows(policy, name).await? {
                    return Ok(shown.judged.rows);
                }
            }
            Err(Refusal::unavailable(format!(
                "the owner of `{name}` is being recorded; try again"
            )))
        })
    }

    /// Tells of members whose rows differ though their bytes are equal.
    fn tell_differing(&self, view: &RegistryName, name: &IndexName, merged: &Merged) {
        let (subject, kind) = (Some(name.as_str()), AlarmKind::RowsDiffer);
        let Some((version, members)) = merged.differing_rows.first_key_value() else {
            return self.alarms.settle(view, subject, kind);
        };
        let members: Vec<_> = members.iter().map(RegistryName::as_str).collect();
        let more = match merged.differing_rows.len() {
            1 => String::new(),
            many => format!(" and {} more versions", many - 1),
        };
        let text = format!(
            "{version}{more} of {name}: equal bytes and rows that differ in {}; the stricter is shown",
            members.join(", ")
        );
        self.alarms
            .raise(view, subject, kind, text, self.ledger.now());
    }
}

/// Why a view cannot answer. Who left it does not come back by itself, so that is told
/// with what settles it.
pub(crate) fn undecided_in(policy: &ViewPolicy, name: &IndexName, asked: &Asked) -> Refusal {
    let Some(gone) = asked.gone.first() else {
        return undecided(name, asked);
    };
    let view = &policy.view;
    Refusal::unavailable(format!(
        "crate `{name}` is on record for `{gone}`, which is no longer a member of view `{view}`, and \
         nobody else is shown under its name unasked: put `{gone}` back into [views.{view}] members (if \
         it mirrors an upstream that is dead, `crossdock retire {gone}` keeps what is held), or give the name \
         to a member: `crossdock transfer {name} --from {gone} --to MEMBER --view {view}` if that has the same \
         crate, `crossdock reassign {name} --to MEMBER --view {view}` if it has another"
    ))
}

/// The text that cargo prints: members, versions, and the line that settles it.
fn refused(policy: &ViewPolicy, name: &IndexName, conflict: &Conflict) -> Refusal {
    Refusal::new(
        RefusalKind::Conflict,
        crate::conflicts::told(policy, name.as_str(), conflict),
    )
}
