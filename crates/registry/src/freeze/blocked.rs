//! What the gates of today refuse of a view that stands still: shown yanked there.
//!
//! Who chose such a row would be answered 403 by its download, which today's gates
//! judge whatever the view stands at. An effect that only yanks changes nothing of a
//! frozen view, and the bytes of an epoch are never changed.

use crate::federation::Federation;
use crate::privacy::Wish;
use crate::refusal::Refusal;
use crate::render::IndexFile;
use crate::surface::Surface;
use crossdock_core::gate::{self, Finding, Outcome};
use crossdock_core::name::IndexName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::{Release, Target};
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use crossdock_wire::{index_file, index_line};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Federation {
    /// Finishes the file of a frozen view from that of its epoch, which `past` answered.
    pub(super) async fn stand_still(
        &self,
        surface: &Surface,
        name: &IndexName,
        file: &IndexFile,
        past: &Arc<Self>,
    ) -> Result<IndexFile, Refusal> {
        let Some(view) = surface.view() else {
            return Ok(file.standing());
        };
        if !self.policy(view)?.gates.may_block() {
            return Ok(file.standing());
        }
        let rows = index_file::decode(file.plain(), name, &|_| Ok(Target::Own)).rows;
        let mut shown = Vec::new();
        for (_, row) in &rows {
            let of = (&row.name, &row.version, &row.checksum);
            let holder = past.holder(surface, of.0, of.1, of.2).await?;
            let Some(member) = holder else { continue };
            let entry = self.member_entry(&member, &row.name, Wish::Plain).await?;
            let release = entry.and_then(|entry| entry.release(&row.version).cloned());
            shown.extend(release.map(|release| (member, release)));
        }
        let (blocked, until) = self.blocked(view, &shown).await?;
        if blocked.is_empty() {
            let fresh_until_ms = self.fresh_until_ms(until);
            return Ok(file.standing().fresh_until(fresh_until_ms).until(until));
        }
        let text: Result<String, Refusal> = rows
            .iter()
            .map(|(row, release)| {
                let row = match blocked.contains(&release.version) {
                    true => index_line::with_yanked(row, true).map_err(Refusal::unavailable)?,
                    false => row.clone(),
                };
                Ok(row + "\n")
            })
            .collect();
        Ok(IndexFile::finish(text?, self.fresh_until_ms(until), None).until(until))
    }

    /// Lists the versions whose archives the gates of a view refuse, and the first hour
    /// at which that may be otherwise.
    async fn blocked(
        &self,
        view: &RegistryName,
        shown: &[(RegistryName, Release)],
    ) -> Result<(BTreeSet<Version>, Option<Timestamp>), Refusal> {
        let policy = self.policy(view)?;
        let (state, seen) = (self.gate_state(view), self.first_seen(policy, shown).await?);
        let (hour, mut blocked) = (self.hour(&state, &seen), BTreeSet::new());
        let mut until: Option<Timestamp> = None;
        for (member, release) in shown {
            for finding in gate::findings(policy, &hour, member, release) {
                if concerns(&finding) {
                    until = until.into_iter().chain(finding.until).min();
                }
                if finding.outcome == Outcome::Blocked {
                    blocked.insert(release.version.clone());
                }
            }
        }
        Ok((blocked, until))
    }

    fn fresh_until_ms(&self, until: Option<Timestamp>) -> u64 {
        let now_ms = self.served.now_ms();
        now_ms.saturating_add(self.holds_for_ms(until))
    }
}

/// Tells whether time alone may change that an archive is refused.
fn concerns(finding: &Finding) -> bool {
    matches!(finding.outcome, Outcome::Blocked | Outcome::Waived(_))
}
