//! How an archive's bytes are made of its tar.
//!
//! The encoder and the header are all there is to it: cargo has always packed at level 9.
//! Found by trying: each encoder's bytes are compared with the archive's as they come,
//! so a wrong one is mostly told after a piece.
//!
//! Absent: where the tar comes from.

use crate::deflate::deflate;
use crate::encoder::Encoder;
use crate::gzip::{take_apart, trailer};
use crate::limits::Limits;
use crossdock_core::checksum::Checksum;
use sha2::{Digest as _, Sha256};
use std::ops::ControlFlow;

/// The level that cargo packs at, and always has.
const LEVEL: u8 = 9;

/// How to make an archive of its tar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// What deflated it.
    pub encoder: Encoder,
    /// The level it did so at, 1 to 9.
    pub level: u8,
    /// The gzip header, name and final zero included.
    pub header: Vec<u8>,
    /// Bytes of the archive.
    pub archive_bytes: u64,
    /// The checksum of the archive.
    pub checksum: Checksum,
}

/// An archive that can be made again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reproduced {
    /// How.
    pub recipe: Recipe,
    /// Of what.
    pub tar: Vec<u8>,
}

/// A recipe and a tar did not give the archive.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// What came out has another checksum.
    #[error("archive {0} is not what its recipe makes of its tar")]
    Other(Checksum),
    /// The encoder did not go on.
    #[error("archive {0} could not be deflated again for want of memory")]
    Stuck(Checksum),
}

/// Finds out how an archive's bytes are made; nothing if no encoder here makes them, or
/// if it is larger than `limits` allow.
///
/// `published` (seconds since 1970) only says which encoders are tried first. Takes at
/// most as long as deflating five times.
pub fn reproduce(archive: &[u8], published: Option<i64>, limits: &Limits) -> Option<Reproduced> {
    let gzip = take_apart(archive, limits)?;
    let made = |encoder: &Encoder| makes(*encoder, &gzip.tar, gzip.body);
    let encoder = Encoder::by_likelihood(published).into_iter().find(made)?;
    let recipe = Recipe {
        encoder,
        level: LEVEL,
        header: gzip.header.to_vec(),
        archive_bytes: archive.len() as u64,
        checksum: Checksum::of(archive),
    };
    Some(Reproduced {
        recipe,
        tar: gzip.tar,
    })
}

fn makes(encoder: Encoder, tar: &[u8], body: &[u8]) -> bool {
    let mut rest = body;
    let all = deflate(encoder, LEVEL, tar, |piece| {
        match rest.strip_prefix(piece) {
            Some(after) => rest = after,
            None => return ControlFlow::Break(()),
        }
        ControlFlow::Continue(())
    });
    matches!(all, Ok(true)) && rest.is_empty()
}

impl Recipe {
    /// Makes the archive again, in pieces that `sink` is given in order.
    ///
    /// The last piece is held back until the checksum is right, so nobody ever gets a
    /// whole archive that is another one.
    ///
    /// # Errors
    /// [`RestoreError`] if it does not come out; some pieces may have been given.
    pub fn restore(&self, tar: &[u8], mut sink: impl FnMut(&[u8])) -> Result<(), RestoreError> {
        let mut hash = Sha256::new();
        let mut held: Vec<u8> = Vec::new();
        let mut give = |piece: &[u8]| {
            if piece.is_empty() {
                return;
            }
            hash.update(piece);
            if !held.is_empty() {
                sink(&held);
            }
            held.clear();
            held.extend_from_slice(piece);
        };
        give(&self.header);
        let mut given_bytes = 0;
        let all = deflate(self.encoder, self.level, tar, |piece| {
            given_bytes += piece.len() as u64;
            if given_bytes > self.archive_bytes {
                return ControlFlow::Break(());
            }
            give(piece);
            ControlFlow::Continue(())
        });
        all.map_err(|_stuck| RestoreError::Stuck(self.checksum))?;
        give(&trailer(tar));
        if Checksum::from_digest(hash.finalize().into()) != self.checksum {
            return Err(RestoreError::Other(self.checksum));
        }
        sink(&held);
        Ok(())
    }

    /// Makes the archive again, whole.
    ///
    /// # Errors
    /// [`RestoreError`] if it does not come out.
    pub fn restored(&self, tar: &[u8]) -> Result<Vec<u8>, RestoreError> {
        let expected = usize::try_from(self.archive_bytes).unwrap_or_default();
        // What the recipe says may be damaged; a tar rarely grows by deflating.
        let mut archive = Vec::with_capacity(expected.min(tar.len() + 1024));
        self.restore(tar, |piece| archive.extend_from_slice(piece))?;
        Ok(archive)
    }
}
