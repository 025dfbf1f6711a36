//! Spans of time as the settings write them: `"60s"`, `"10m"`, `"0s"`.
//!
//! Absent: fractions and sums (`1h30m`); no setting needs them.

use std::time::Duration;

/// Longest span in seconds: 30 days. Beyond it a mirror would in effect be frozen,
/// which a setting about freshness must not do by accident.
pub(crate) const SECONDS_MAX: u64 = 30 * 24 * 60 * 60;

/// Parses a whole number and one of `s`, `m`, `h`, `d`; nothing if it is neither
/// or longer than [`SECONDS_MAX`].
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let unit_at = text.len().checked_sub(1)?;
    let (number, unit) = text.split_at_checked(unit_at)?;
    let unit_seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let seconds = number.parse::<u64>().ok()?.checked_mul(unit_seconds)?;
    (seconds <= SECONDS_MAX).then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_with_one_unit() {
        for (text, seconds) in [
            ("0s", Some(0)),
            ("60s", Some(60)),
            ("10m", Some(600)),
            ("2h", Some(7200)),
            ("30d", Some(SECONDS_MAX)),
            ("31d", None),
            ("60", None),
            ("s", None),
            ("", None),
            ("-1s", None),
            ("+1s", None),
            ("1.5s", None),
            ("1 s", None),
            ("10ms", None),
            ("99999999999999999999s", None),
            ("213503982334602d", None),
            ("5ß", None),
        ] {
            assert_eq!(parse(text), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
