//! Where a backup lies: below a folder, or below a prefix of a bucket.
//!
//! May it be lost: then there is no backup. If it lies: everything that is read of it is
//! verified by who reads.
//!
//! Absent: what a backup is made of.

mod bucket;
mod folder;

pub use bucket::S3Vault;
pub use folder::FolderVault;
