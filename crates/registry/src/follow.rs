//! Follows the ledger: what other nodes recorded is learnt here without a restart.
//!
//! Several nodes may stand on one ledger, and each keeps much of it in memory. A node
//! knows a position up to which it learnt every fact; what came after and was not
//! recorded by itself is learnt in order (`follow/learn.rs`). Which facts are its own
//! is told by who records them (`follow/recording.rs`), so that a node alone reads
//! nothing here: it only looks whether the position moved without it.
//!
//! An append whose answer was lost, or whose asker went away, counts as somebody
//! else's: what it recorded is learnt like everything that this node did not do.
//!
//! Absent: who was first with what, which the ledger decides; what is decided on a
//! record that is too old is refused there and decided anew.

mod learn;
mod recording;

use crate::federation::Federation;
use crate::ports::StoreError;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tracing::warn;

pub(crate) use recording::Recordings;

/// How often a node looks whether others recorded something: a write is seen everywhere
/// in less than a second.
pub const FOLLOW_EVERY: Duration = Duration::from_millis(500);

/// Facts that are read at one time.
const PAGE: u32 = 1000;

/// How far a node knows the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Followed {
    /// All facts up to this position are known.
    pub known: u64,
    /// The last position that was seen in the ledger.
    pub latest: u64,
}

/// The task that follows the ledger.
#[derive(Default)]
pub(crate) struct Following {
    woken: Arc<Notify>,
    // Taken at shutdown.
    task: Mutex<Option<JoinHandle<()>>>,
    /// Why the last look failed; told when it changes.
    // Held for a look-up or a change, never across an await.
    trouble: Mutex<Option<String>>,
}

impl Following {
    pub(crate) fn stop(&self) {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = task.take() {
            task.abort();
        }
    }

    /// Tells in the log that following fails, or works again, once each.
    fn tell(&self, done: Result<(), StoreError>) {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        let now = done.err().map(|error| error.to_string());
        match (&now, &*trouble) {
            (Some(now), before) if before.as_ref() != Some(now) => {
                warn!("what other nodes record cannot be learnt: {now}");
            }
            (None, Some(_)) => warn!("what other nodes record is learnt again"),
            _ => {}
        }
        *trouble = now;
    }
}

impl Federation {
    /// Follows the ledger from now on, until the federation ends: looks this often, and
    /// at once when [`Self::wake_follower`] says that there is something.
    ///
    /// Must be called within a tokio runtime.
    pub fn follow(self: &Arc<Self>, every: Duration) {
        let (federation, woken) = (Arc::downgrade(self), self.following.woken.clone());
        let task = tokio::spawn(again_and_again(federation, woken, every));
        let mut running = self
            .following
            .task
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = running.replace(task) {
            before.abort();
        }
    }

    /// Lets the follower look now, as when a ledger tells of a new fact by itself.
    pub fn wake_follower(&self) {
        self.following.woken.notify_one();
    }

    /// Learns what others recorded up to now.
    ///
    /// # Errors
    /// [`StoreError`]: the ledger cannot be read; what was learnt until then is kept,
    /// and the rest is learnt by the next look.
    pub async fn catch_up(&self) -> Result<(), StoreError> {
        let latest = self.ledger.position().await?;
        self.recordings.saw(latest);
        if self.recordings.known() >= latest {
            return Ok(());
        }
        // What this node records right now may be there before it is known as its own.
        self.recordings.until_ended().await;
        if self.recordings.known() >= latest {
            return Ok(());
        }
        // From here on nothing is recorded by this node, so what is learnt does not
        // come after what is newer.
        let _still = self.recordings.still().await;
        loop {
            let facts = self.ledger.facts(self.recordings.known(), PAGE).await?;
            let Some((last, _)) = facts.last() else {
                return Ok(());
            };
            self.recordings.saw(*last);
            for (sequence, fact) in &facts {
                if !self.recordings.is_own(*sequence) {
                    self.learn(*sequence, fact).await?;
                }
                self.recordings.learnt(*sequence);
            }
        }
    }

    /// Tells how far this node knows the ledger.
    pub fn followed(&self) -> Followed {
        self.recordings.followed()
    }
}

async fn again_and_again(federation: Weak<Federation>, woken: Arc<Notify>, every: Duration) {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = woken.notified() => {}
        }
        let Some(federation) = federation.upgrade() else {
            return;
        };
        let done = federation.catch_up().await;
        federation.looks.reached(done.is_ok());
        federation.following.tell(done);
    }
}
