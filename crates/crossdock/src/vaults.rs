//! Where a backup lies, as people say it: a folder, or a place in an object store.
//!
//! Absent: what a backup is made of.

use crate::report::Failure;
use crate::settings::ObjectSettings;
use crate::stores;
use clap::Args;
use crossdock_registry::ports::Vault;
use crossdock_store::{FolderVault, S3Address, S3Blobs, S3Settings, S3Vault};
use std::path::{Path, PathBuf};
use url::Url;

/// How an address of an object store begins.
const S3: &str = "s3://";

/// Where a backup lies.
#[derive(Clone, Debug, Args)]
pub(crate) struct VaultArguments {
    /// Folder of the backup, or s3://BUCKET[/PREFIX].
    #[arg(value_name = "PLACE")]
    place: String,
    /// Address of the object store, if it is not Amazon's.
    #[arg(long, value_name = "URL")]
    endpoint: Option<Url>,
    /// Region of the bucket.
    #[arg(long, value_name = "REGION", default_value = "us-east-1")]
    region: String,
    /// File with the keys, as Amazon's tools have it; else AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
}

/// What is to be done with a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It is written; nobody else may write it meanwhile.
    Write,
    /// It is read, and stays as it is.
    Read,
}

/// There is no such folder.
#[derive(Debug, thiserror::Error)]
#[error("there is no folder {}", .0.display())]
struct NoFolder(PathBuf);

impl VaultArguments {
    /// What the person called it.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// Opens the place.
    ///
    /// # Errors
    /// [`Failure`] if it cannot be used.
    pub(crate) fn open(&self, purpose: Purpose) -> Result<Box<dyn Vault>, Failure> {
        if !self.place.starts_with(S3) {
            let folder = Path::new(&self.place);
            return Ok(Box::new(match purpose {
                Purpose::Write => FolderVault::open(folder).map_err(|error| {
                    Failure::hinted(
                        error,
                        "let the other backup come to its end, or name another folder",
                    )
                })?,
                Purpose::Read if folder.is_dir() => FolderVault::read(folder),
                Purpose::Read => return Err(Failure::plain(NoFolder(folder.to_owned()))),
            }));
        }
        let hint = "write s3://BUCKET/PREFIX; the server goes into --endpoint";
        let address = S3Address::parse(&self.place);
        let objects = ObjectSettings {
            s3: S3Settings {
                address: address.map_err(|error| Failure::hinted(error, hint))?,
                // Who has a server of his own seldom has a name for each bucket.
                path_style: self.endpoint.is_some(),
                endpoint: self.endpoint.clone(),
                region: self.region.clone(),
            },
            credentials: self.credentials.clone(),
        };
        let hint = "look at --endpoint, --region and --credentials";
        let credentials = stores::credentials(&objects);
        let credentials = credentials.map_err(|error| Failure::hinted(error, hint))?;
        let place = S3Blobs::open(&objects.s3, credentials);
        let place = place.map_err(|error| Failure::hinted(error, hint))?;
        Ok(Box::new(S3Vault::new(place)))
    }
}
