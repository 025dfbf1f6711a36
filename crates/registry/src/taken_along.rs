//! Finished index files, taken along over a stop and a start.
//!
//! Else the first resolution after a start reads, parses, merges and compresses every
//! file anew, though nothing changed. What was served follows from the ledger, the
//! settings, the program, the hour and what upstreams said. So files are left at the
//! stop, and taken by a start that finds the same program (the keepsake sees to that),
//! the same settings, and a ledger whose last fact is the same: then nothing was
//! recorded in between, and what was right at the stop is right now. There is no finer
//! proof, and none is needed: a server that was stopped missed nothing of its own.
//!
//! Until when a file of a mirror may be served unasked is not taken along; it follows
//! from when the upstream confirmed its rows (`mirror/confirmed.rs`), by the settings of
//! today. One that is too old is kept for when the upstream says that nothing changed.
//!
//! Left out: files that will be otherwise at some hour, of folders, of views that stand
//! still, and those that several mirrors speak in. They are made anew, as after a crash.
//!
//! May it be lost? At any time. If it lies, who resolves is shown old rows; so it is
//! taken whole, by its hash, or not at all.

mod encoding;

use crate::federation::Federation;
use crate::ports::StoreError;
use crate::render::IndexFile;
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::IndexName;
use encoding::{Left, LeftFile, MadeOf};
use std::sync::Arc;

impl Federation {
    /// Leaves what is in memory to who starts next. To be done after
    /// [`Self::shutdown`], and only if everything that was begun has ended: what was
    /// interrupted between recording and dropping old files would leave those.
    pub async fn leave_files(&self) {
        let Some(keepsake) = &self.keepsake else {
            return;
        };
        let left = match self.files_to_leave().await {
            Ok(Some(left)) => keepsake.leave(left.encode()).await,
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = left {
            tracing::warn!(%error, "index files will be made anew after the next start: {error}");
        }
    }

    /// Takes what was left, if nothing happened since.
    pub(crate) async fn take_files(&self) -> Result<(), StoreError> {
        let Some(keepsake) = &self.keepsake else {
            return Ok(());
        };
        let taken = keepsake.take().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "index files are made anew: {error}");
            None
        });
        let Some(left) = taken.and_then(Left::decode) else {
            return Ok(());
        };
        let position = self.ledger.position().await?;
        if left.circumstances != self.circumstances(position).await? {
            return Ok(());
        }
        for file in left.files {
            self.take_file(file);
        }
        Ok(())
    }

    async fn files_to_leave(&self) -> Result<Option<Left>, StoreError> {
        // Nobody records meanwhile, and all that was recorded is learnt.
        let _still = self.recordings.still().await;
        let position = self.ledger.position().await?;
        if self.recordings.known() != position {
            return Ok(None);
        }
        let files = self.served.index_files();
        let files = files.filter_map(|(path, file)| self.left(&path, &file));
        Ok(Some(Left {
            circumstances: self.circumstances(position).await?,
            files: files.collect(),
        }))
    }

    /// Hashes what files rest on besides the program and upstreams: settings and ledger.
    async fn circumstances(&self, position: u64) -> Result<Checksum, StoreError> {
        // A ledger that was brought back from a backup and went on from there can be as
        // long as this one, but then its last fact is another.
        let last = self.ledger.facts(position.saturating_sub(1), 1).await?;
        let last: Vec<_> = last.iter().map(|(at, fact)| (at, fact.encode())).collect();
        // What is derived leaves no field out.
        let text = format!("{last:?}\n{:?}", self.configuration);
        Ok(Checksum::of(text.as_bytes()))
    }

    fn left(&self, path: &str, file: &IndexFile) -> Option<LeftFile> {
        let name = name_in(path)?;
        let of_view = self.surface(path.split('/').next()?)?;
        let is_moved = self.stands_still(&of_view, &name.key()).is_some();
        if file.until.is_some() || is_moved || self.directories.concern(path) {
            return None;
        }
        let made_of = match &file.made_of {
            Some((member, rows)) => Some(MadeOf {
                member: member.clone(),
                rows: self.mirrors.get(member)?.hash_of(&name, *rows)?,
            }),
            None if file.is_fresh_always() => None,
            None => return None,
        };
        Some(LeftFile {
            path: path.to_owned(),
            made_of,
            plain_bytes: file.plain_bytes(),
            etag: file.etag.clone(),
            etag_gzip: file.etag_gzip.clone(),
            gzip: file.gzip.clone(),
        })
    }

    fn take_file(&self, left: LeftFile) {
        let Some(name) = name_in(&left.path) else {
            return;
        };
        let (mut made_of, mut fresh_until_ms) = (None, crate::render::FRESH_ALWAYS);
        if let Some(MadeOf { member, rows }) = left.made_of {
            let Some(mirror) = self.mirrors.get(&member) else {
                return;
            };
            let good_for_ms = mirror.good_for_ms(&name);
            fresh_until_ms = match good_for_ms {
                0 => 0,
                good_for_ms => self.served.now_ms().saturating_add(good_for_ms),
            };
            made_of = Some((member, mirror.recognise(&name, rows)));
        }
        let file = IndexFile::taken_along(
            own(&left.gzip),
            left.plain_bytes,
            (own(&left.etag), own(&left.etag_gzip)),
            fresh_until_ms,
            made_of,
        );
        let stamp = self.served.stamp(&name.key());
        self.served.keep_index(&left.path, &Arc::new(file), stamp);
    }
}

/// The crate that an index file's path is of.
fn name_in(path: &str) -> Option<IndexName> {
    IndexName::parse(path.rsplit('/').next()?).ok()
}

/// A copy: a part would keep all that was left in memory for as long as itself.
fn own(part: &Bytes) -> Bytes {
    Bytes::copy_from_slice(part)
}
