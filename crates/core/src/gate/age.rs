//! How long a release has to be known before it is let through.
//!
//! Most malicious releases are found and taken down within days by others; who
//! waits, never has them. A release comes of age by the passing of time alone,
//! without anybody asking, so a finding carries the hour at which it ends.

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
        born: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<(String, Option<Timestamp>)> {
        let Some(born) = born else {
            let reason = format!("it is not known whether it is {self} old");
            return Some((reason, None));
        };
        let due = born.unix_seconds().saturating_add(i64::from(self.seconds));
        if now.unix_seconds() >= due {
            return None;
        }
        let due = Timestamp::from_unix_seconds(due);
        let when = due.map(|due| format!(", it will be at {due}"));
        let reason = format!(
            "published at {born}, it is not {self} old{}",
            when.unwrap_or_default()
        );
        Some((reason, due))
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
