//! How people say which moment they mean: an epoch, a time, a snapshot's name.

use crate::registry_name::RegistryName;
use crate::timestamp::Timestamp;
use std::fmt;
use std::str::FromStr;

/// A moment as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// A position in the sequence of facts, from 1: digits alone.
    Epoch(u64),
    /// A time in RFC 3339: `2026-11-01T00:00:00Z`, with any offset; of a date alone,
    /// `2026-11-01`, its first second in UTC.
    Time(Timestamp),
    /// The name of a snapshot, in the grammar of registries' names, with a letter in it.
    Snapshot(RegistryName),
}

/// The text says no moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no moment; say an epoch (a number from 1), a time such as 2026-11-01T00:00:00Z or 2026-11-01 (its first second in UTC), or the name of a snapshot"
)]
pub struct WhenError(String);

impl When {
    /// Reads a moment.
    ///
    /// # Errors
    /// [`WhenError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, WhenError> {
        let refuse = || WhenError(text.chars().take(80).flat_map(char::escape_debug).collect());
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            let epoch = text.parse().ok().filter(|epoch| *epoch > 0);
            return epoch.map(Self::Epoch).ok_or_else(refuse);
        }
        if text.bytes().any(|byte| byte == b':') {
            let time = Timestamp::parse_rfc3339(text);
            return time.map(Self::Time).map_err(|_| refuse());
        }
        if let Some(day) = is_date(text).then(|| format!("{text}T00:00:00Z")) {
            return Timestamp::parse(&day).map(Self::Time).map_err(|_| refuse());
        }
        let has_letter = text.bytes().any(|byte| byte.is_ascii_lowercase());
        let name = RegistryName::parse(text).ok().filter(|_| has_letter);
        name.map(Self::Snapshot).ok_or_else(refuse)
    }
}

/// Tells whether a text has the shape of a date, which no name of a snapshot has: there
/// is a letter in those.
fn is_date(text: &str) -> bool {
    let shape = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    text.len() == "YYYY-MM-DD".len() && text.bytes().enumerate().all(shape)
}

impl FromStr for When {
    type Err = WhenError;

    fn from_str(text: &str) -> Result<Self, WhenError> {
        Self::parse(text)
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Epoch(epoch) => epoch.fmt(f),
            Self::Time(time) => time.fmt(f),
            Self::Snapshot(name) => name.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_say_a_moment_is_told_apart() {
        assert_eq!(When::parse("5"), Ok(When::Epoch(5)));
        let noon = Timestamp::parse("2026-11-01T12:00:00Z").unwrap();
        for text in [
            "2026-11-01T12:00:00Z",
            "2026-11-01T13:00:00+01:00",
            "2026-11-01T12:00:00.9Z",
        ] {
            assert_eq!(When::parse(text), Ok(When::Time(noon)), "{text}");
        }
        let midnight = Timestamp::parse("2026-11-01T00:00:00Z").unwrap();
        assert_eq!(When::parse("2026-11-01"), Ok(When::Time(midnight)));
        let name = RegistryName::parse("release-7").unwrap();
        assert_eq!(When::parse("release-7"), Ok(When::Snapshot(name)));
        for bad in [
            "",
            "0",
            "-1",
            "99999999999999999999999",
            "2026-13-01",
            "2026-11-1",
            "2026-11-01T12:00",
            "Release",
            "a.b",
            "12:00:00",
        ] {
            assert!(When::parse(bad).is_err(), "{bad}");
        }
    }
}
