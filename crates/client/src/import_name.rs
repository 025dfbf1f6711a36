//! A copy from elsewhere does not come under the name of another crate by a slip.
//!
//! `import ./built petal --as hc128` where there is a `hc128` would make petal's code the
//! next release of it, for all who depend on it. Within the server the ledger says which
//! releases are copies of what; of elsewhere nobody does. But renaming is deterministic,
//! so a release of which the source has the original shows that the name is the copies'.
//!
//! Absent: views as targets, which would ask others about a name.

use crate::import_releases::{Import, ready};
use crate::offered::Offered;
use crate::released;
use crate::server::AskError;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;

/// Why copies do not come under a name.
#[derive(Debug, thiserror::Error)]
pub enum NameTaken {
    /// The target has the name, and nothing there is from what is imported.
    #[error(
        "`{to}` has a `{name}` of its own (none of its releases, the newest being {newest}, is from what is imported), and \
         whoever depends on it would get this code"
    )]
    Other {
        /// The target.
        to: String,
        /// The copies' name.
        name: CrateName,
        /// The target's newest release of that name.
        newest: Version,
    },
    /// The target could not be asked.
    #[error(transparent)]
    Ask(#[from] AskError),
}

/// Refuses another name that the target has for something else.
///
/// # Errors
/// [`NameTaken`].
pub async fn admit_name(import: &Import<'_>, offered: &[Offered]) -> Result<(), NameTaken> {
    let Some(name) = import.rename.filter(|_| import.to_registry) else {
        return Ok(());
    };
    let there = match released::releases(import.server, import.to, name).await {
        // A registry that refuses to tell says nothing of what is there.
        Err(AskError::Refused { .. }) => Vec::new(),
        other => other?,
    };
    let Some(newest) = there.iter().map(|release| &release.version).max() else {
        return Ok(());
    };
    for release in &there {
        let of_version = |it: &&Offered| it.version == release.version;
        for original in offered.iter().filter(of_version) {
            // What cannot be read shows nothing, and is told when it is to be sent.
            let copy = ready(import, original).await.ok();
            if copy.is_some_and(|copy| Checksum::of(&copy.bytes) == release.checksum) {
                return Ok(());
            }
        }
    }
    Err(NameTaken::Other {
        to: import.to.to_owned(),
        name: name.clone(),
        newest: newest.clone(),
    })
}
