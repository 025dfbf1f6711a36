//! What one run of a server leaves to the next.

use super::blobs::StoreError;
use async_trait::async_trait;
use bytes::Bytes;

/// A place for bytes that the next run of the same program finds.
///
/// It may be lost at any time, and costs nothing but the time to make its content
/// again.
#[async_trait]
pub trait Keepsake: Send + Sync {
    /// Gives what was left, once: whoever takes finds nothing afterwards.
    ///
    /// It is what one [`Self::leave`] of the very same program was given, whole. Of
    /// anything else there is nothing.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be said what was left.
    async fn take(&self) -> Result<Option<Bytes>, StoreError>;

    /// Leaves bytes, in place of what was left before.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be written; then nothing is left, or what was
    /// left before.
    async fn leave(&self, bytes: Bytes) -> Result<(), StoreError>;
}
