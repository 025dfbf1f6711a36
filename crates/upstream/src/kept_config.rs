//! An upstream's `config.json`, kept while it is good.
//!
//! It is needed for downloads, and to learn what the upstream is; it changes about
//! never, but when it does, downloads fail, so a failed download makes it suspect. What was good once goes
//! on being used when it cannot be fetched again.

use crossdock_registry::ports::Silence;
use crossdock_wire::config_json::ConfigJson;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How long a file is used before it is fetched again; cargo fetches it per run.
const FRESH_FOR: Duration = Duration::from_secs(60 * 60);

/// How soon a suspect file is fetched again, and how long a failed attempt to do
/// so is not repeated: once a minute costs the upstream nothing.
const SUSPECT_AFTER: Duration = Duration::from_secs(60);

/// The file, if it was ever had.
#[derive(Debug, Default)]
pub(crate) struct KeptConfig {
    /// Held for a look or a change, never across a wait.
    kept: Mutex<Option<Kept>>,
    /// Held by the one who fetches; others use what is kept, or wait for the first.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Clone, Debug)]
struct Kept {
    config: Arc<ConfigJson>,
    fetched_at: Instant,
    fresh_until: Instant,
}

impl KeptConfig {
    /// Returns the file; `fetch` is awaited only if it has to be had again.
    pub(crate) async fn get(
        &self,
        deadline: Instant,
        fetch: impl Future<Output = Result<ConfigJson, Silence>>,
    ) -> Result<Arc<ConfigJson>, Silence> {
        let before = self.kept().clone();
        let _fetching = match &before {
            Some(kept) if Instant::now() < kept.fresh_until => return Ok(kept.config.clone()),
            // Somebody is at it, and what we have was good a while ago.
            Some(kept) => match self.fetching.try_lock() {
                Ok(guard) => guard,
                Err(_) => return Ok(kept.config.clone()),
            },
            None => timeout_at(deadline, self.fetching.lock())
                .await
                .map_err(|_| Silence("config.json did not arrive within the deadline".into()))?,
        };
        if let Some(kept) = self.kept().as_ref()
            && Instant::now() < kept.fresh_until
        {
            return Ok(kept.config.clone());
        }
        match (fetch.await, before) {
            (Ok(config), _) => Ok(self.keep(config)),
            (Err(_), Some(kept)) => {
                let later = Instant::now() + SUSPECT_AFTER;
                if let Some(kept) = self.kept().as_mut() {
                    kept.fresh_until = later;
                }
                Ok(kept.config)
            }
            (Err(silence), None) => Err(silence),
        }
    }

    /// Notes that a download failed, perhaps because the file has changed.
    pub(crate) fn suspect(&self) {
        if let Some(kept) = self.kept().as_mut() {
            kept.fresh_until = kept.fresh_until.min(kept.fetched_at + SUSPECT_AFTER);
        }
    }

    fn keep(&self, config: ConfigJson) -> Arc<ConfigJson> {
        let (config, now) = (Arc::new(config), Instant::now());
        *self.kept() = Some(Kept {
            config: Arc::clone(&config),
            fetched_at: now,
            fresh_until: now + FRESH_FOR,
        });
        config
    }

    fn kept(&self) -> MutexGuard<'_, Option<Kept>> {
        // Every change is complete before anything could panic.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    struct World {
        kept: KeptConfig,
        fetched: AtomicUsize,
    }

    impl World {
        async fn get(&self, outcome: Result<&str, ()>) -> Result<String, Silence> {
            let fetch = async {
                self.fetched.fetch_add(1, Ordering::SeqCst);
                let dl = outcome.map_err(|()| Silence("down".to_owned()))?;
                Ok(ConfigJson {
                    dl: dl.to_owned(),
                    api: None,
                    auth_required: false,
                    crossdock: None,
                })
            };
            let deadline = Instant::now() + Duration::from_secs(1);
            Ok(self.kept.get(deadline, fetch).await?.dl.clone())
        }

        fn fetched(&self) -> usize {
            self.fetched.load(Ordering::SeqCst)
        }
    }

    fn world() -> World {
        World {
            kept: KeptConfig::default(),
            fetched: AtomicUsize::new(0),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_fetched_once_an_hour() {
        let world = world();
        for _ in 0..3 {
            assert_eq!(world.get(Ok("a")).await.unwrap(), "a");
        }
        assert_eq!(world.fetched(), 1);
        tokio::time::advance(FRESH_FOR).await;
        assert_eq!(world.get(Ok("b")).await.unwrap(), "b");
        assert_eq!(world.fetched(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_without_a_good_one_is_not_kept() {
        let world = world();
        assert!(world.get(Err(())).await.is_err());
        assert_eq!(world.get(Ok("a")).await.unwrap(), "a");
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_good_one_outlives_failures_and_is_tried_again_later() {
        let world = world();
        world.get(Ok("a")).await.unwrap();
        tokio::time::advance(FRESH_FOR).await;
        for _ in 0..3 {
            assert_eq!(world.get(Err(())).await.unwrap(), "a");
        }
        assert_eq!(world.fetched(), 2);
        tokio::time::advance(SUSPECT_AFTER).await;
        assert_eq!(world.get(Ok("b")).await.unwrap(), "b");
    }

    #[tokio::test(start_paused = true)]
    async fn a_suspect_one_is_fetched_again_but_not_at_once() {
        let world = world();
        world.get(Ok("a")).await.unwrap();
        world.kept.suspect();
        assert_eq!(world.get(Ok("b")).await.unwrap(), "a");
        tokio::time::advance(SUSPECT_AFTER).await;
        assert_eq!(world.get(Ok("b")).await.unwrap(), "b");
    }
}
