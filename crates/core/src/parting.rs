//! When a member had a name and did not speak for it.
//!
//! Where several have a name, rows of each lead to it by the view's identity. Once it
//! is settled for one of them, the others' crates of that name are other crates again:
//! rows that come from then on lead to their faces (law 7). Rows that were there before
//! may have been served and stay as they are (law 5). Which rows those are follows from
//! positions in the ledger alone: that of the settlement, and those of the rows.
//!
//! A transfer parts nobody from the name who gave it away: it says that the crate moved,
//! and whoever depends on it follows.
//!
//! Absent: when a row came in, which the facts of its own registry say.

use crate::decision::{Decision, Meant, Pin};
use crate::fact::Event;
use crate::ownership::Ownership;
use crate::registry_name::RegistryName;
use crate::rewrite::Route;

/// What facts say of one member's part in one name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parting {
    /// In their order; only the last may be open.
    spans: Vec<Span>,
    /// Rows led to its face for another reason, so they all do.
    is_led_to: bool,
}

/// One time in which the member had the name and did not speak for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    /// The position of the fact that settled the name for another.
    after: u64,
    /// The position of the fact by which that ended.
    until: Option<u64>,
}

/// When a row came in that depends on the member's crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Came {
    /// While the member spoke for the name, or before the view knew it: the row leads
    /// where it would if rows that came meanwhile led nowhere.
    InItsTime,
    /// While another one spoke for it: the row leads to the member's face.
    Meanwhile,
}

impl Parting {
    /// Folds the facts of a view about one name, in their order.
    pub fn of<'e>(facts: impl Iterator<Item = (u64, &'e Event)>, member: &RegistryName) -> Self {
        let mut parting = Self::default();
        let (mut record, mut follows): (Option<Ownership>, bool) = (None, false);
        for (sequence, event) in facts {
            match event {
                Event::OwnerRecorded { ownership, .. }
                | Event::ConflictSettled { ownership, .. } => record = Some(ownership.clone()),
                Event::Decided {
                    decision: Decision::Transferred(turned),
                    ..
                } => {
                    follows |= turned.from == *member && !parting.is_apart();
                    record = record.and_then(|record| turned.transfer(&record));
                }
                Event::Decided {
                    decision: Decision::Reassigned(turned),
                    ..
                } => record = record.and_then(|record| turned.reassign(&record)),
                _ => {
                    // Where the name is the member's, too, only rows that came meanwhile
                    // lead to its face, be it that they are read when that is over.
                    let has = record
                        .as_ref()
                        .is_some_and(|it| it.members().contains(member));
                    parting.is_led_to |= leads_to(event, member) && !has;
                    continue;
                }
            }
            let is_silent = record.as_ref().is_some_and(|record| {
                record.members().contains(member) && !record.speakers().any(|it| it == member)
            });
            follows &= is_silent;
            parting.note(sequence, is_silent && !follows);
        }
        parting
    }

    fn note(&mut self, sequence: u64, is_apart: bool) {
        match self.spans.last_mut().filter(|span| span.until.is_none()) {
            Some(span) if !is_apart => span.until = Some(sequence),
            None if is_apart => self.spans.push(Span {
                after: sequence,
                until: None,
            }),
            _ => {}
        }
    }

    /// Tells whether rows that come in now lead to the member's face.
    pub fn is_apart(&self) -> bool {
        self.spans.last().is_some_and(|span| span.until.is_none())
    }

    /// The positions at which it has to be known which rows were there.
    pub fn positions(&self) -> impl Iterator<Item = u64> {
        self.spans
            .iter()
            .flat_map(|span| [Some(span.after), span.until])
            .flatten()
    }

    /// Says when a row came in, given whether it was there at each of
    /// [`Self::positions`]; nothing if that makes no difference to it.
    pub fn came(&self, was_there: impl Fn(u64) -> bool) -> Option<Came> {
        if self.spans.is_empty() || self.is_led_to {
            return None;
        }
        let is_within = |span: &Span| !was_there(span.after) && span.until.is_none_or(&was_there);
        Some(match self.spans.iter().any(is_within) {
            true => Came::Meanwhile,
            false => Came::InItsTime,
        })
    }
}

/// Tells whether a fact says that a row led to the member's face.
fn leads_to(event: &Event, to: &RegistryName) -> bool {
    match event {
        Event::FaceNamed { member, .. } => member == to,
        Event::Decided {
            decision: Decision::Pin(Pin::Route { meant, route, .. }),
            ..
        } => *meant == Meant::Registry(to.clone()) && *route == Route::Face(to.clone()),
        _ => false,
    }
}
