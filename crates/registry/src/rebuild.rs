//! A ledger made again from facts and the texts that they name.
//!
//! Every projection of a ledger follows from its facts, the rows whose hashes they
//! carry, and the archives; so a ledger that is filled by them in their order answers
//! like the first, at every epoch. Backups are restored and stores are checked by this.
//!
//! Absent: archives, which need nothing made of them, and what is remembered for speed
//! alone, such as the validators of upstreams.

mod player;
mod replay;
mod texts;

pub(crate) use player::{Misplaced, Player};
pub(crate) use texts::PAGE_FACTS;
pub use texts::{Text, Texts, Told};

use crate::ports::{Ledger, StoreError};
use crossdock_core::checksum::Checksum;
use crossdock_core::timestamp::Timestamp;

/// Why a ledger could not be made again.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// One of the two stores could not.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The text that a fact names is lost.
    #[error("fact {sequence} names a text with checksum {checksum}, which is not there")]
    Lost {
        /// The position of the fact.
        sequence: u64,
        /// The checksum of the text.
        checksum: Checksum,
    },
    /// The new ledger does not take a fact as the first did.
    #[error("fact {sequence} is not taken as it was: {why}")]
    Otherwise {
        /// The position of the fact.
        sequence: u64,
        /// What became of it instead.
        why: String,
    },
}

impl From<Misplaced> for RebuildError {
    fn from(Misplaced { sequence, why }: Misplaced) -> Self {
        Self::Otherwise { sequence, why }
    }
}

/// Fills an empty ledger with the facts of another; returns how many there were.
///
/// `set_clock` sets the clock of the new one: facts keep their times and positions.
///
/// # Errors
/// [`RebuildError`]; the new ledger then has what came before.
pub async fn rebuild(
    from: &dyn Ledger,
    into: &dyn Ledger,
    set_clock: &(dyn Fn(Timestamp) + Sync),
) -> Result<u64, RebuildError> {
    let (mut texts, mut player) = (Texts::of(from), Player::new(into, set_clock));
    let mut done = 0;
    loop {
        let page = texts.page(done, PAGE_FACTS).await?;
        let Some(last) = page.last() else {
            return Ok(done);
        };
        done = last.sequence;
        play_whole(&mut player, &page).await?;
    }
}

/// Plays facts all of whose texts are there.
pub(crate) async fn play_whole(player: &mut Player<'_>, page: &[Told]) -> Result<(), RebuildError> {
    for told in page {
        if let Text::Lost(checksum) = told.text {
            return Err(RebuildError::Lost {
                sequence: told.sequence,
                checksum,
            });
        }
    }
    match player.play(page).await? {
        None => Ok(()),
        Some(misplaced) => Err(misplaced.into()),
    }
}
