//! Room for all uploads that are in memory at one time, and who gets which part of it.
//!
//! Two rules keep those who upload slowly, or say that they will upload much and do not,
//! from keeping all others out. An upload first gets room for little, and for the rest
//! only when that much has come: whoever drips holds next to nothing. And the small ones,
//! which nearly all are, have a part of the room of their own.
//!
//! Absent: the bytes, and how long they may take (`upload.rs`).

use crate::problem::Problem;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// The unit in which room is counted; a semaphore counts in 32 bits.
const UNIT_BYTES: usize = 1024;

/// Up to this size an upload is small: 99 of 100 crates are.
const SMALL_BYTES_MAX: usize = 1024 * 1024;

/// Which part of all room the small ones have: one of so many.
const SMALL_PART: usize = 4;

/// What an upload has room for before it has shown that it comes: most are whole then,
/// and a thousand that stop there take a quarter of the room of the small ones.
pub(crate) const FIRST_BYTES: usize = 16 * 1024;

/// How long an upload waits for others to finish; cargo waits longer than that.
const SEAT_WAIT: Duration = Duration::from_secs(20);

/// Room for uploads.
#[derive(Debug)]
pub(crate) struct UploadRoom {
    small: Part,
    large: Part,
}

/// Room that an upload takes until it is worked off.
pub(crate) type Reserved<'r> = SemaphorePermit<'r>;

/// One part of the room; first come, first served.
#[derive(Debug)]
struct Part {
    units: Semaphore,
    units_max: u32,
}

/// An upload that has room for its first bytes.
pub(crate) struct Begun<'r> {
    part: &'r Part,
    reserved: Reserved<'r>,
    expected: usize,
}

impl UploadRoom {
    /// Makes room for `bytes` in all.
    pub(crate) fn new(bytes: usize) -> Self {
        let small = bytes / SMALL_PART;
        Self {
            small: Part::new(small),
            large: Part::new(bytes - small),
        }
    }

    /// Returns how many bytes are taken, to whole units.
    pub(crate) fn taken_bytes(&self) -> usize {
        self.small.taken_bytes() + self.large.taken_bytes()
    }

    /// Waits until there is room for the first bytes of an upload of `expected`.
    pub(crate) async fn begin(&self, expected: usize) -> Result<Begun<'_>, Problem> {
        let part = match expected {
            ..=SMALL_BYTES_MAX => &self.small,
            _ => &self.large,
        };
        let reserved = part.reserve(units(expected.min(FIRST_BYTES))).await?;
        Ok(Begun {
            part,
            reserved,
            expected,
        })
    }
}

impl<'r> Begun<'r> {
    /// Waits until there is room for all of it. Who gets that needs nothing more to end,
    /// so nobody waits for one who waits.
    pub(crate) async fn go_on(mut self) -> Result<Reserved<'r>, Problem> {
        // One that is larger than its part comes in when it is nearly alone there; what
        // others have for their first bytes must not keep it out for ever.
        let most = self.part.units_max - self.part.units_max / 4;
        let here = u32::try_from(self.reserved.num_permits()).unwrap_or(u32::MAX);
        let rest = units(self.expected).min(most).saturating_sub(here);
        self.reserved.merge(self.part.reserve(rest).await?);
        Ok(self.reserved)
    }

    /// Goes on with the room of the first bytes alone.
    pub(crate) fn into_reserved(self) -> Reserved<'r> {
        self.reserved
    }
}

impl Part {
    fn new(bytes: usize) -> Self {
        let units_max = units(bytes);
        Self {
            units: Semaphore::new(units_max as usize),
            units_max,
        }
    }

    fn taken_bytes(&self) -> usize {
        let free = self.units.available_permits();
        (self.units_max as usize).saturating_sub(free) * UNIT_BYTES
    }

    async fn reserve(&self, wanted: u32) -> Result<Reserved<'_>, Problem> {
        let wanted = wanted.min(self.units_max);
        match timeout(SEAT_WAIT, self.units.acquire_many(wanted)).await {
            Ok(Ok(reserved)) => Ok(reserved),
            Ok(Err(_)) | Err(_) => Err(Problem::Busy),
        }
    }
}

fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT_BYTES).max(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1024 * 1024;

    #[tokio::test(start_paused = true)]
    async fn those_who_announce_much_and_send_little_keep_nobody_out() {
        let room = UploadRoom::new(256 * MIB);
        let mut begun = Vec::new();
        for _ in 0..1000 {
            begun.push(room.begin(64 * MIB).await.unwrap());
            begun.push(room.begin(MIB).await.unwrap());
        }
        for bytes in [20_000, MIB, 64 * MIB] {
            let wait = async { room.begin(bytes).await.unwrap().go_on().await.unwrap() };
            let taken = room.taken_bytes();
            let reserved = timeout(Duration::from_millis(1), wait).await.unwrap();
            assert!(room.taken_bytes() - taken >= bytes);
            drop(reserved);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_small_ones_go_on_beside_large_ones_that_take_all_there_is() {
        let room = UploadRoom::new(256 * MIB);
        let large = room.begin(256 * MIB).await.unwrap().go_on().await.unwrap();
        let second = room.begin(64 * MIB).await.unwrap();
        assert!(matches!(second.go_on().await, Err(Problem::Busy)));
        assert!(room.begin(MIB).await.unwrap().go_on().await.is_ok());
        drop(large);
        let second = room.begin(64 * MIB).await.unwrap();
        assert!(second.go_on().await.is_ok());
    }
}
