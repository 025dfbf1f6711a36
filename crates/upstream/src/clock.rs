//! The one place of this crate that reads the time of day.
//!
//! For records and for `Retry-After` dates only. Deadlines and pauses use the
//! monotonic clock of tokio, which tests may stop.

use crossdock_core::timestamp::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the present moment; 1970 where the machine's clock makes no sense.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or(0);
    Timestamp::from_unix_seconds(seconds)
        .or(Timestamp::from_unix_seconds(0))
        .expect("1970 is a year between 0 and 9999")
}
