//! What an upstream asks us to wait.
//!
//! RFC 9110, section 10.2.3: seconds, or a date. Apart from the waiting, because
//! the header is a stranger's and its bound is ours.

use http::HeaderMap;
use http::header::RETRY_AFTER;
use std::time::Duration;

/// The longest wait that is still worth having the asker wait for it.
///
/// Cargo itself waits at most 10 s for a `Retry-After` (measured, cargo 1.95). An
/// upstream that asks for more is not asked again for this call.
pub(crate) const RETRY_AFTER_MAX: Duration = Duration::from_secs(10);

/// Returns the wait that is asked for at the time `now`, in seconds since 1970;
/// nothing if there is no such header or it cannot be read.
pub(crate) fn retry_after(headers: &HeaderMap, now: i64) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    let seconds = until.as_second().saturating_sub(now);
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates() {
        // 2026-11-21T10:00:00Z
        let now = 1_795_255_200;
        for (text, expected) in [
            ("0", Some(0)),
            ("7", Some(7)),
            (" 120 ", Some(120)),
            ("Sat, 21 Nov 2026 10:00:05 GMT", Some(5)),
            ("Sat, 21 Nov 2026 09:00:00 GMT", Some(0)),
            ("18446744073709551615", Some(u64::MAX)),
            ("-1", None),
            ("soon", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().unwrap());
            let expected = expected.map(Duration::from_secs);
            assert_eq!(retry_after(&headers, now), expected, "{text:?}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
