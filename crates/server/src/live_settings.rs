//! What the program can do about its settings file while it serves.
//!
//! Apart, because the file and its syntax are the program's, and here are only the
//! question and the answer (`api/apply.rs`, `/readyz`).

use crossdock_core::actor::Actor;
use crossdock_registry::Refusal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::pin::Pin;

/// An answer that has to be waited for.
pub type Answer<'s, T> = Pin<Box<dyn Future<Output = T> + Send + 's>>;

/// What somebody wants applied.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// What each view is to be, as it was shown to whoever asks; another file is
    /// refused.
    pub views: BTreeMap<String, String>,
    /// Only tell what would be done.
    #[serde(default)]
    pub dry_run: bool,
}

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// Whether the file is in force now and was not before.
    pub applied: bool,
    /// What it changes besides policies: views that come, go, or are read by others.
    pub changes: Vec<String>,
    /// The keys that take a restart; with any, nothing is applied.
    pub restart: Vec<String>,
    /// Whether requests are under way that began before the last change.
    pub under_way: bool,
}

/// The settings file of a running server.
pub trait LiveSettings: Send + Sync {
    /// Reads the file again and puts it in force, if it says what was shown.
    ///
    /// # Errors
    /// [`Refusal`]: the file is faulty, says something else than was shown, or
    /// contradicts a decision. Then everything is as it was.
    fn apply(&self, wanted: Wanted, actor: Actor) -> Answer<'_, Result<Applied, Refusal>>;

    /// Tells whether requests are under way that began before the last change.
    fn is_under_way(&self) -> bool;

    /// Says, for whoever looks after the server, what of the file is not in force.
    fn pending(&self) -> Answer<'_, Option<String>>;
}
