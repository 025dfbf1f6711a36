//! Reads one's own writes, through whichever node they were made.
//!
//! Where several nodes have one ledger, a request is answered only by a node that looked
//! at the ledger after the request came: what any node acknowledged before is known then.
//! Those who ask at the same time share a look, so that there is one at a time however
//! many ask. A node that cannot look is cut off: it answers from what it has, at once,
//! until the follower reaches the ledger again.
//!
//! Absent: learning what is new, which is `follow.rs`.

use crate::federation::Federation;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;
use tracing::debug;

/// How long a request waits for a look: beyond, it is better answered late in knowledge
/// than late in time.
const LOOK_WITHIN: Duration = Duration::from_secs(2);

/// The looks at the ledger that requests wait for.
#[derive(Default)]
pub(crate) struct Looks {
    // Held over a look, so that those who come meanwhile share the next one.
    turn: Mutex<()>,
    begun: AtomicU64,
    ended: AtomicU64,
    cut_off: AtomicBool,
}

impl Looks {
    /// Notes whether the ledger could be read just now.
    pub(crate) fn reached(&self, could: bool) {
        self.cut_off.store(!could, Ordering::Relaxed);
    }
}

impl Federation {
    /// Tells whether what is in memory may be answered without a look at the ledger:
    /// nobody else records, or it cannot be reached.
    pub fn may_answer_unasked(&self) -> bool {
        !self.is_shared() || self.looks.cut_off.load(Ordering::Relaxed)
    }

    /// Learns what any node recorded before this was called, unless the ledger cannot be
    /// reached.
    pub async fn come_abreast(&self) {
        if self.may_answer_unasked() {
            return;
        }
        let looks = &self.looks;
        // A look that was begun before may have missed what was recorded since.
        let wanted = looks.begun.load(Ordering::SeqCst) + 1;
        let look = async {
            let _turn = looks.turn.lock().await;
            if looks.ended.load(Ordering::SeqCst) >= wanted {
                return Ok(());
            }
            let number = looks.begun.fetch_add(1, Ordering::SeqCst) + 1;
            self.catch_up().await?;
            looks.ended.store(number, Ordering::SeqCst);
            Ok::<(), crate::ports::StoreError>(())
        };
        let could = matches!(tokio::time::timeout(LOOK_WITHIN, look).await, Ok(Ok(())));
        if !could {
            debug!("the ledger does not answer: requests are answered from what is here");
        }
        looks.reached(could);
    }
}
