//! Decisions: what people settle by command, as parts of facts.
//!
//! A decision belongs to a scope, which is a registry or a view. Its effect is
//! never stored: whoever needs the state of an area folds the scope's decisions, in
//! the order in which they were made; the fold of those up to an epoch is the state
//! at that epoch. Each area is a file of its own, with the encoding of its
//! decisions beside them.
//!
//! Absent: what follows from a decision, which is the business of the modules that
//! fold them; who may decide.

mod accept_removals;
mod account;
mod alias;
mod freeze;
mod gate;
mod imported;
mod overlay;
mod owner;
mod pin;
mod policy;
mod purge;
mod retire;
mod snapshot;
mod words;

use crate::actor::Actor;
use crate::fact::{FactError, Fields, Lines};
use crate::name::NameKey;
use crate::timestamp::Timestamp;

pub use accept_removals::AcceptRemovals;
pub use account::{AccountDecision, GRANTS_MAX, TokenIssued};
pub use alias::AliasDecision;
pub use freeze::Freeze;
pub use gate::GateDecision;
pub use imported::Imported;
pub use overlay::OverlayDecision;
pub use owner::{OwnerTurned, Turn};
pub use pin::{Meant, Pin, Spelling};
pub use policy::PolicyAdopted;
pub use purge::Purged;
pub use retire::Retired;
pub use snapshot::Snapshot;
pub use words::{WORDS_BYTES_MAX, Words, WordsError};

/// Something that was decided by command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Which aliases rows are served with.
    Alias(AliasDecision),
    /// What is shown of overlaid crates.
    Overlay(OverlayDecision),
    /// Where a release was copied from.
    Imported(Imported),
    /// A view stands still, or moves again.
    Freeze(Freeze),
    /// An epoch got a name.
    Snapshot(Snapshot),
    /// Something about what a view lets through.
    Gate(GateDecision),
    /// What vanished from an upstream is gone.
    AcceptRemovals(AcceptRemovals),
    /// The server holds fast what a row rests on, before it shows the row.
    Pin(Pin),
    /// A view is governed by a policy from here on.
    Policy(PolicyAdopted),
    /// A name went to a member that has the same crate.
    Transferred(OwnerTurned),
    /// A name went to another crate.
    Reassigned(OwnerTurned),
    /// A mirror's upstream is not asked any more.
    Retired(Retired),
    /// A release is not given any more.
    Purged(Purged),
    /// Something about users, teams or tokens; its scope is the server.
    Account(AccountDecision),
}

/// A decision, with when it was made and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Position of its fact in the ledger, from 1.
    pub sequence: u64,
    /// When the transaction that recorded it ran.
    pub time: Timestamp,
    /// Who decided.
    pub actor: Actor,
    /// What.
    pub decision: Decision,
}

impl Decision {
    /// Returns the word that names this kind of decision in encodings and tables.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Alias(alias) => alias.kind(),
            Self::Overlay(overlay) => overlay.kind(),
            Self::Imported(_) => imported::KIND,
            Self::Freeze(freeze) => freeze.kind(),
            Self::Snapshot(_) => snapshot::KIND,
            Self::Gate(decision) => decision.kind(),
            Self::AcceptRemovals(_) => accept_removals::KIND,
            Self::Pin(pin) => pin.kind(),
            Self::Policy(_) => policy::KIND,
            Self::Transferred(_) => owner::TRANSFERRED,
            Self::Reassigned(_) => owner::REASSIGNED,
            Self::Retired(_) => retire::KIND,
            Self::Purged(_) => purge::KIND,
            Self::Account(account) => account.kind(),
        }
    }

    /// Returns the name it is about, if it is about one.
    pub fn subject(&self) -> Option<&NameKey> {
        match self {
            Self::Alias(alias) => Some(alias.subject()),
            Self::Overlay(overlay) => Some(overlay.name()),
            Self::Imported(imported) => Some(&imported.name),
            Self::Freeze(_)
            | Self::Snapshot(_)
            | Self::AcceptRemovals(_)
            | Self::Policy(_)
            | Self::Retired(_)
            | Self::Account(_) => None,
            Self::Gate(decision) => Some(decision.subject()),
            Self::Pin(pin) => pin.subject(),
            Self::Transferred(turned) | Self::Reassigned(turned) => Some(&turned.name),
            Self::Purged(purged) => Some(&purged.name),
        }
    }

    /// Returns what may be decided only once in a scope; the ledger refuses a second
    /// decision with the same key, whoever makes it.
    pub fn once(&self) -> Option<String> {
        match self {
            Self::Alias(_) | Self::Overlay(_) | Self::Imported(_) => None,
            Self::Snapshot(snapshot) => Some(snapshot.once()),
            Self::Freeze(_) => None,
            Self::Gate(_) => None,
            Self::AcceptRemovals(_) => None,
            Self::Pin(pin) => Some(pin.once()),
            Self::Retired(_) => Some(retire::KIND.to_owned()),
            Self::Purged(purged) => Some(purged.once()),
            Self::Account(account) => account.once(),
            Self::Policy(_) | Self::Transferred(_) | Self::Reassigned(_) => None,
        }
    }

    /// Writes the fields of its encoding, in their fixed order.
    pub(crate) fn write(&self, lines: &mut Lines) {
        match self {
            Self::Alias(alias) => alias.write(lines),
            Self::Overlay(overlay) => overlay.write(lines),
            Self::Imported(imported) => imported.write(lines),
            Self::Freeze(freeze) => freeze.write(lines),
            Self::Snapshot(snapshot) => snapshot.write(lines),
            Self::Gate(decision) => decision.write(lines),
            Self::AcceptRemovals(accepted) => accepted.write(lines),
            Self::Pin(pin) => pin.write(lines),
            Self::Policy(adopted) => adopted.write(lines),
            Self::Transferred(turned) | Self::Reassigned(turned) => turned.write(lines),
            Self::Retired(retired) => retired.write(lines),
            Self::Purged(purged) => purged.write(lines),
            Self::Account(account) => account.write(lines),
        }
    }

    /// Reads the fields of a decision of this kind; of no known kind is nothing.
    pub(crate) fn read(kind: &str, fields: &mut Fields<'_>) -> Option<Result<Self, FactError>> {
        Some(match kind {
            snapshot::KIND => Snapshot::read(fields).map(Self::Snapshot),
            policy::KIND => PolicyAdopted::read(fields).map(Self::Policy),
            owner::TRANSFERRED => OwnerTurned::read(fields).map(Self::Transferred),
            owner::REASSIGNED => OwnerTurned::read(fields).map(Self::Reassigned),
            retire::KIND => Retired::read(fields).map(Self::Retired),
            purge::KIND => Purged::read(fields).map(Self::Purged),
            imported::KIND => Imported::read(fields).map(Self::Imported),
            accept_removals::KIND => AcceptRemovals::read(fields).map(Self::AcceptRemovals),
            kind => {
                let alias = AliasDecision::read(kind, fields).map(|read| read.map(Self::Alias));
                return alias
                    .or_else(|| {
                        OverlayDecision::read(kind, fields).map(|read| read.map(Self::Overlay))
                    })
                    .or_else(|| Freeze::read(kind, fields).map(|read| read.map(Self::Freeze)))
                    .or_else(|| GateDecision::read(kind, fields).map(|read| read.map(Self::Gate)))
                    .or_else(|| Pin::read(kind, fields).map(|read| read.map(Self::Pin)))
                    .or_else(|| {
                        AccountDecision::read(kind, fields).map(|read| read.map(Self::Account))
                    });
            }
        })
    }
}
