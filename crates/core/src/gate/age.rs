//! How long a release has to be known before it is let through.
//!
//! Most malicious releases are found and taken down within days by others; who
//! waits, never has them. A release comes of age by the passing of time alone,
//! without anybody asking, so a finding carries the hour at which it ends.
//!
//! The hour at which a release was published is what its upstream says. One that says
//! of a release that it brings today that it is old would pass at once; but where the
//! crate was looked at before, today is when the release came.

use crate::policy::MemberKind;
use crate::timestamp::Timestamp;
use std::fmt;

/// A minimum age, at least a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinAge {
    seconds: u32,
}

impl MinAge {
    /// Longest age in seconds: ten years. Beyond it nothing would ever come of age.
    pub const SECONDS_MAX: u32 = 10 * 366 * DAY;

    /// Takes an age; nothing if it is zero or longer than [`Self::SECONDS_MAX`].
    pub fn of_seconds(seconds: u32) -> Option<Self> {
        (1..=Self::SECONDS_MAX)
            .contains(&seconds)
            .then_some(Self { seconds })
    }

    /// Returns it in seconds.
    pub fn seconds(self) -> u32 {
        self.seconds
    }

    /// Says why a release born at `born` is too young at `now`, and when it will
    /// not be.
    ///
    /// A birth that is not known is taken for young: it ends when somebody says.
    pub(super) fn reason(
        self,
        born: Option<Birth>,
        now: Timestamp,
    ) -> Option<(String, Option<Timestamp>)> {
        let Some(born) = born else {
            let reason = format!("it is not known whether it is {self} old");
            return Some((reason, None));
        };
        let due = born
            .time()
            .unix_seconds()
            .saturating_add(i64::from(self.seconds));
        if now.unix_seconds() >= due {
            return None;
        }
        let due = Timestamp::from_unix_seconds(due);
        let when = due.map(|due| format!(", it will be at {due}"));
        let reason = format!("{born}, it is not {self} old{}", when.unwrap_or_default());
        Some((reason, due))
    }
}

/// When a member first showed a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// When it was first observed.
    pub time: Timestamp,
    /// Whether the crate had been observed before, without it.
    pub is_late: bool,
}

/// When a release was born, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Birth {
    /// Its row says so.
    Published(Timestamp),
    /// It was first observed then.
    Seen(Timestamp),
}

impl Birth {
    /// Finds the birth of a release from what its row says and when it was first seen.
    ///
    /// A `pubtime` before the first sighting is believed of crates.io, which writes it
    /// itself and for everybody, and of a crate that was never looked at before.
    pub(super) fn of(
        kind: MemberKind,
        pubtime: Option<Timestamp>,
        seen: Option<Sighting>,
    ) -> Option<Self> {
        let Some(published) = pubtime else {
            return seen.map(|seen| Self::Seen(seen.time));
        };
        let later = seen.filter(|seen| seen.is_late && published < seen.time);
        Some(match later {
            Some(seen) if kind != MemberKind::CratesIo => Self::Seen(seen.time),
            _ => Self::Published(published),
        })
    }

    fn time(self) -> Timestamp {
        match self {
            Self::Published(time) | Self::Seen(time) => time,
        }
    }
}

impl fmt::Display for Birth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Published(time) => write!(f, "published at {time}"),
            Self::Seen(time) => write!(f, "first seen at {time}"),
        }
    }
}

const HOUR: u32 = 60 * 60;
const DAY: u32 = 24 * HOUR;

impl fmt::Display for MinAge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = match self.seconds {
            seconds if seconds.is_multiple_of(DAY) => (seconds / DAY, "day"),
            seconds if seconds.is_multiple_of(HOUR) => (seconds / HOUR, "hour"),
            seconds => (seconds, "second"),
        };
        write!(f, "{number} {unit}{}", if number == 1 { "" } else { "s" })
    }
}
