//! Names that are being published at this moment; their readers wait.
//!
//! Between the commit and the moment in which memory knows of it there is a gap. Who
//! read in it could see a row that depends on a crate of the same append, and then ask
//! for that crate where nobody knows yet that it is there and private. The gap is as
//! long as one append, and so is the wait.
//!
//! Absent: what is learnt in the gap (`take_uploads.rs`).

use crossdock_core::name::NameKey;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Names that are being published.
#[derive(Default)]
pub(crate) struct UnderWay {
    // Held for look-ups and inserts, never across an await.
    names: Arc<Mutex<Names>>,
    next: AtomicU64,
}

/// Who publishes a name, by number, and what tells that it is done.
type Names = HashMap<NameKey, Vec<(u64, watch::Receiver<()>)>>;

/// A publish under way; it is over when this is dropped.
pub(crate) struct Publishing {
    all: Arc<Mutex<Names>>,
    names: Vec<NameKey>,
    number: u64,
    _done: watch::Sender<()>,
}

impl UnderWay {
    /// Lets readers of names wait from now on.
    pub(crate) fn begin(&self, names: Vec<NameKey>) -> Publishing {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (done, receiver) = watch::channel(());
        let mut all = locked(&self.names);
        for name in &names {
            let under_way = all.entry(name.clone()).or_default();
            under_way.push((number, receiver.clone()));
        }
        drop(all);
        Publishing {
            all: self.names.clone(),
            names,
            number,
            _done: done,
        }
    }

    /// Waits for the publishes of a name that have begun, and for none that begins
    /// later.
    pub(crate) async fn done(&self, name: &NameKey) {
        let begun = locked(&self.names).get(name).cloned();
        for (_, mut publish) in begun.unwrap_or_default() {
            // Nothing is ever sent: that the sender is gone is the news.
            let _ = publish.changed().await;
        }
    }
}

impl Drop for Publishing {
    fn drop(&mut self) {
        let mut all = locked(&self.all);
        for name in &self.names {
            if let Some(under_way) = all.get_mut(name) {
                under_way.retain(|(number, _)| *number != self.number);
                if under_way.is_empty() {
                    all.remove(name);
                }
            }
        }
    }
}

fn locked(names: &Mutex<Names>) -> MutexGuard<'_, Names> {
    names.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[tokio::test]
    async fn readers_wait_for_what_has_begun_and_for_nothing_else() {
        let (names, petal): (_, NameKey) = (UnderWay::default(), "petal".parse().unwrap());
        let rose: NameKey = "rose".parse().unwrap();
        let first = names.begin(vec![petal.clone(), rose.clone()]);
        let waiting = names.done(&petal);
        tokio::pin!(waiting);
        assert!(waiting.as_mut().now_or_never().is_none());
        let second = names.begin(vec![petal.clone()]);
        drop(first);
        assert!(waiting.now_or_never().is_some(), "the second began later");
        assert!(names.done(&rose).now_or_never().is_some());
        assert!(names.done(&petal).now_or_never().is_none());
        drop(second);
        assert!(names.done(&petal).now_or_never().is_some());
        assert!(locked(&names.names).is_empty());
    }
}
