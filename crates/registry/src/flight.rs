//! One request in flight per key; the followers share its answer.
//!
//! The work runs in a task of its own, so that the first asker may go away without
//! taking the others' answer along.

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex};

type Flying<V> = Shared<BoxFuture<'static, Option<V>>>;

/// Work under way, by key.
pub(crate) struct Flight<K, V> {
    // Held only to look up or insert, never across an await.
    flying: Arc<Mutex<HashMap<K, Flying<V>>>>,
}

impl<K, V> Flight<K, V>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub(crate) fn new() -> Self {
        Self {
            flying: Arc::default(),
        }
    }

    /// Joins the work under way for `key`, or starts it.
    ///
    /// Returns nothing if the work panicked or the runtime is shutting down.
    pub(crate) async fn join<F>(&self, key: K, work: impl FnOnce() -> F) -> Option<V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let joined = {
            let mut flying = self
                .flying
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            match flying.get(&key) {
                Some(joined) => joined.clone(),
                None => {
                    let task = tokio::spawn(
                        Landing {
                            work: work(),
                            key: key.clone(),
                            flying: self.flying.clone(),
                        }
                        .run(),
                    );
                    let joined = async move { task.await.ok() }.boxed().shared();
                    flying.insert(key, joined.clone());
                    joined
                }
            }
        };
        joined.await
    }
}

/// Work whose key is given up when it ends, however it ends.
struct Landing<K: Eq + Hash, V, F> {
    work: F,
    key: K,
    flying: Arc<Mutex<HashMap<K, Flying<V>>>>,
}

impl<K: Eq + Hash, V, F: Future<Output = V>> Landing<K, V, F> {
    async fn run(self) -> V {
        struct Landed<K: Eq + Hash, V>(Option<K>, Arc<Mutex<HashMap<K, Flying<V>>>>);
        impl<K: Eq + Hash, V> Drop for Landed<K, V> {
            fn drop(&mut self) {
                if let Some(key) = self.0.take() {
                    self.1
                        .lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner)
                        .remove(&key);
                }
            }
        }
        let landed = Landed(Some(self.key), self.flying);
        let value = self.work.await;
        drop(landed);
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn followers_share_and_the_next_asks_anew() {
        let (flight, count) = (Flight::<u8, usize>::new(), Arc::new(AtomicUsize::new(0)));
        let (open, gate) = tokio::sync::watch::channel(false);
        let work = || {
            let (count, mut gate) = (count.clone(), gate.clone());
            async move {
                let _ = gate.wait_for(|open| *open).await;
                count.fetch_add(1, Ordering::SeqCst)
            }
        };
        let all = futures::future::join_all((0..20).map(|_| flight.join(1, work)));
        let opened = async {
            tokio::task::yield_now().await;
            let _ = open.send(true);
        };
        let (answers, ()) = futures::join!(all, opened);
        assert_eq!(answers, vec![Some(0); 20]);
        assert_eq!(flight.join(1, work).await, Some(1));
    }
}
