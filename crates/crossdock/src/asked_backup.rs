//! What is backed up of a server that runs, asked for piece by piece.
//!
//! Absent: where it is kept.

use async_trait::async_trait;
use bytes::Bytes;
use crossdock_client::backup;
use crossdock_client::server::{AskError, Server};
use crossdock_core::checksum::Checksum;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::ports::{StoreError, Stored};
use crossdock_registry::{BackupSource, Standing, Told, decode_facts};
use std::time::Duration;

/// Pauses between tries: a server that is started anew is there again by then.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(5),
];

/// A server as the source of a backup.
pub(crate) struct AskedBackup(pub(crate) Server);

#[async_trait]
impl BackupSource for AskedBackup {
    async fn standing(&self) -> Result<Standing, StoreError> {
        let server = &self.0;
        let standing = again(move || backup::standing(server)).await?;
        Ok(Standing {
            installation: standing.installation,
            position: standing.position,
        })
    }

    async fn facts(&self, after: u64) -> Result<Vec<Told>, StoreError> {
        let server = &self.0;
        let bytes = again(move || backup::facts(server, after)).await?;
        let decoded = tokio::task::spawn_blocking(move || decode_facts(&bytes)).await;
        let decoded = decoded.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        decoded.map_err(|error| StoreError::Unavailable(error.to_string()))
    }

    async fn stored(&self, after: Option<&Checksum>) -> Result<Vec<Stored>, StoreError> {
        let after = after.map(Checksum::to_string);
        let (server, after) = (&self.0, after.as_deref());
        let listed = again(move || backup::archives(server, after)).await?;
        let stored = listed.iter().map(|one| {
            let nonsense =
                || StoreError::Unavailable("the server lists archives in another way".to_owned());
            Ok(Stored {
                checksum: Checksum::parse(&one.checksum).map_err(|_| nonsense())?,
                bytes: one.bytes,
                kept: Timestamp::parse(&one.kept).map_err(|_| nonsense())?,
            })
        });
        stored.collect()
    }

    async fn archive(&self, checksum: &Checksum) -> Result<Option<Bytes>, StoreError> {
        let text = checksum.to_string();
        let (server, text) = (&self.0, &*text);
        let bytes = again(move || backup::archive(server, text)).await;
        Ok(bytes?.map(Bytes::from))
    }
}

/// Asks until there is an answer that another try would not change.
async fn again<T, F>(ask: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, AskError>>,
{
    for pause in PAUSES {
        match ask().await {
            Err(error) if error.may_pass() && !is_corrupt(&error) => {
                tokio::time::sleep(pause).await;
            }
            answer => return answer.map_err(told),
        }
    }
    ask().await.map_err(told)
}

/// The status with which a server says that what it keeps is damaged.
fn is_corrupt(error: &AskError) -> bool {
    matches!(error, AskError::Refused { status, .. } if status.starts_with("409"))
}

fn told(error: AskError) -> StoreError {
    match is_corrupt(&error) {
        true => StoreError::Corrupt(error.to_string()),
        false => StoreError::Unavailable(error.to_string()),
    }
}
