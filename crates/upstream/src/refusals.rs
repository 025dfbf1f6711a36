//! What was refused a moment ago is not fetched again at once.
//!
//! A redirect loop, a file beyond its limit, a way inside the network: asking
//! again within the minute would cost the same and end the same (bad inputs 75
//! and 79). Who brings a mirror up to date on command asks all the same.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// How long a refusal is repeated without asking: bad inputs 79.
const REFUSED_FOR: Duration = Duration::from_secs(60);

/// How many are remembered. Honest upstreams have none; a hostile one gains
/// nothing by making us forget.
const REFUSALS_MAX: usize = 512;

/// The refusals of one upstream, by the address that was asked first.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    /// Held for a look-up or an insert, never across a wait.
    recent: Mutex<BTreeMap<String, (Instant, String)>>,
}

impl Refusals {
    /// Returns why `url` was refused lately, if it was.
    pub(crate) fn recent(&self, url: &Url, now: Instant) -> Option<String> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, why) = recent.get(url.as_str())?;
        (now.duration_since(*since) < REFUSED_FOR).then(|| why.clone())
    }

    /// Lets go of a refusal, because there was an answer since.
    pub(crate) fn forget(&self, url: &Url) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if !recent.is_empty() {
            recent.remove(url.as_str());
        }
    }

    /// Remembers that `url` was refused.
    pub(crate) fn remember(&self, url: &Url, now: Instant, why: String) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.retain(|_, (since, _)| now.duration_since(*since) < REFUSED_FOR);
        if recent.len() < REFUSALS_MAX {
            recent.insert(url.as_str().to_owned(), (now, why));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_remembered_for_a_minute_and_in_bounds() {
        let (refusals, now) = (Refusals::default(), Instant::now());
        let url = |n: usize| Url::parse(&format!("http://h/{n}")).unwrap();
        for n in 0..REFUSALS_MAX + 5 {
            refusals.remember(&url(n), now, "loops".to_owned());
        }
        assert_eq!(refusals.recent(&url(1), now).as_deref(), Some("loops"));
        assert_eq!(refusals.recent(&url(REFUSALS_MAX), now), None);
        let later = now + REFUSED_FOR;
        assert_eq!(refusals.recent(&url(1), later), None);
        refusals.remember(&url(REFUSALS_MAX), later, "again".to_owned());
        assert!(refusals.recent(&url(REFUSALS_MAX), later).is_some());
    }
}
