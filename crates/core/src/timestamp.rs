//! Moments, to the second, in the one form that cargo reads.
//!
//! cargo drops a version whose `pubtime` is anything but `YYYY-MM-DDTHH:MM:SSZ`
//! (measured, cargo 1.95), so that form is the only one this type writes.
//! Absent: the clock. Moments arrive as arguments.

use std::fmt;

/// A moment in UTC, to the second, between the years 0 and 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

/// The string is not `YYYY-MM-DDTHH:MM:SSZ`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("time `{0}` is not of the form YYYY-MM-DDTHH:MM:SSZ")]
pub struct TimestampError(String);

impl Timestamp {
    /// Takes seconds since 1970-01-01T00:00:00Z, if they fall into years 0 to 9999.
    pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
        let moment = jiff::Timestamp::from_second(seconds).ok().map(Self)?;
        (moment.to_string().len() == "YYYY-MM-DDTHH:MM:SSZ".len()).then_some(moment)
    }

    /// Returns seconds since 1970-01-01T00:00:00Z.
    pub fn unix_seconds(self) -> i64 {
        self.0.as_second()
    }

    /// Parses exactly the form that [`fmt::Display`] writes.
    ///
    /// # Errors
    /// [`TimestampError`] for fractions, offsets and any other form.
    pub fn parse(text: &str) -> Result<Self, TimestampError> {
        let refuse =
            || TimestampError(text.chars().take(40).flat_map(char::escape_debug).collect());
        let moment = Self(text.parse().map_err(|_| refuse())?);
        if moment.to_string() == text {
            Ok(moment)
        } else {
            Err(refuse())
        }
    }
}

impl Timestamp {
    /// Reads a time as people and tools write it: RFC 3339, section 5.6, with `T` and
    /// any offset; fractions of a second are dropped.
    ///
    /// # Errors
    /// [`TimestampError`] for any other form.
    pub fn parse_rfc3339(text: &str) -> Result<Self, TimestampError> {
        let refuse =
            || TimestampError(text.chars().take(40).flat_map(char::escape_debug).collect());
        let bytes = text.as_bytes();
        let is_shaped = text.is_ascii()
            && bytes.len() >= "YYYY-MM-DDTHH:MM:SSZ".len()
            && bytes[10] == b'T'
            && bytes[16] == b':'
            && !bytes.contains(&b'[');
        if !is_shaped {
            return Err(refuse());
        }
        let moment: jiff::Timestamp = text.parse().map_err(|_| refuse())?;
        Self::from_unix_seconds(moment.as_second()).ok_or_else(refuse)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.strftime("%Y-%m-%dT%H:%M:%SZ").fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_only() {
        let text = "2026-11-21T10:00:09Z";
        assert_eq!(Timestamp::parse(text).unwrap().to_string(), text);
        for bad in [
            "2026-11-21T10:00:09.5Z",
            "2026-11-21T10:00:09+00:00",
            "2026-11-21 10:00:09Z",
            "2026-11-21",
            "",
            "9",
        ] {
            assert!(Timestamp::parse(bad).is_err(), "{bad}");
        }
    }
}
