//! A release on its way in: the bytes of its publish, and what is read back of it.
//!
//! Made before a clock runs. Cargo Book, "Registry Web API", Publish.

use std::net::SocketAddr;

use anyhow::Result;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::corpus;

/// A release, and the request that publishes it.
#[derive(Debug, Clone)]
pub(crate) struct Parcel {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) checksum: String,
    pub(crate) request: Vec<u8>,
}

/// To whom parcels go, with which right.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addressee<'a> {
    pub(crate) server: SocketAddr,
    pub(crate) token: &'a str,
}

impl Parcel {
    /// Makes a release of about `bytes`.
    pub(crate) fn new(to: Addressee<'_>, name: &str, version: &str, bytes: usize) -> Result<Self> {
        let archive = corpus::archive_of(name, version, bytes)?;
        let metadata = json!({
            "name": name, "vers": version, "deps": [], "features": {}, "authors": [],
            "description": "Ballast.", "license": "MIT", "badges": {}, "keywords": [],
            "categories": [],
        })
        .to_string();
        let mut body = Vec::new();
        for part in [metadata.as_bytes(), &archive] {
            body.extend(u32::try_from(part.len())?.to_le_bytes());
            body.extend(part);
        }
        let mut request = upload_head(to, body.len()).into_bytes();
        request.extend(body);
        Ok(Self {
            name: name.to_owned(),
            version: version.to_owned(),
            checksum: corpus::hex(&Sha256::digest(archive)),
            request,
        })
    }

    /// Where its archive is, in the view.
    pub(crate) fn download_path(&self) -> String {
        let (view, checksum) = (corpus::VIEW, &self.checksum);
        format!("/{view}/dl/{}/{}/{checksum}", self.name, self.version)
    }

    /// Tells whether an index file shows it.
    pub(crate) fn is_shown_by(&self, index_file: &[u8]) -> bool {
        let text = String::from_utf8_lossy(index_file);
        text.lines().any(|line| line.contains(&self.checksum))
    }
}

/// The head of an upload of so many bytes.
pub(crate) fn upload_head(to: Addressee<'_>, bytes: usize) -> String {
    format!(
        "PUT /local/api/v1/crates/new HTTP/1.1\r\nhost: {}\r\nauthorization: {}\r\n\
         content-length: {bytes}\r\n\r\n",
        to.server, to.token
    )
}
