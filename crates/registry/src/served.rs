//! What is served from memory: finished index files and archives, by path.
//!
//! The map is keyed by request path, so that the server answers without parsing
//! one. A publish takes its files out; a reader that computed a file from older
//! rows at the same moment must not put it back, hence the stamps. What is absent is
//! kept beside (`absences.rs`), so that asking for nothing turns out no file.

use crate::absences::Absences;
use crate::budget;
use crate::render::IndexFile;
use crate::stamps::{Stamp, Stamps};
use bytes::Bytes;
use crossdock_core::name::NameKey;
use moka::sync::Cache;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

/// One entry's own weight besides its bytes.
const OVERHEAD_BYTES: usize = 256;

/// Finished bytes in memory.
pub(crate) struct Served {
    index: Cache<Box<str>, Arc<IndexFile>>,
    krates: Cache<Box<str>, Bytes>,
    stamps: Stamps,
    // Held while a file is put in and its stamp looked at, never across an await; alone
    // by who lists the files.
    keeping: RwLock<()>,
    /// Shared with mirrors, whose observations end an absence.
    absences: Arc<Absences>,
    started: Instant,
}

impl Served {
    /// Makes room for what everybody asks for.
    pub(crate) fn new(absences: Arc<Absences>) -> Self {
        Self::bounded(budget::INDEX_FILES, budget::ARCHIVES, absences)
    }

    /// Makes room for so many bytes of index files and of archives.
    pub(crate) fn bounded(
        index_bytes_max: u64,
        crate_bytes_max: u64,
        absences: Arc<Absences>,
    ) -> Self {
        let index = Cache::<Box<str>, Arc<IndexFile>>::builder().max_capacity(index_bytes_max);
        let krates = Cache::<Box<str>, Bytes>::builder().max_capacity(crate_bytes_max);
        Self {
            index: index
                .weigher(|path, file| weight(path.len() + file.bytes()))
                .build(),
            krates: krates
                .weigher(|path, bytes| weight(path.len() + bytes.len()))
                .build(),
            stamps: Stamps::new(),
            keeping: RwLock::default(),
            absences,
            started: Instant::now(),
        }
    }

    /// Milliseconds since the federation started.
    pub(crate) fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn fresh_index(&self, path: &str) -> Option<Arc<IndexFile>> {
        self.index
            .get(path)
            .filter(|file| file.is_fresh(self.now_ms()))
    }

    /// Returns a file whether or not it is still fresh.
    pub(crate) fn any_index(&self, path: &str) -> Option<Arc<IndexFile>> {
        self.index.get(path)
    }

    /// Takes the stamp of a name; to be done before its rows are read.
    pub(crate) fn stamp(&self, name: &NameKey) -> Stamp {
        self.stamps.take(name)
    }

    /// Keeps a file, unless its name changed since the stamp was taken.
    pub(crate) fn keep_index(&self, path: &str, file: &Arc<IndexFile>, stamp: Stamp) {
        let _keeping = self.keeping.read().unwrap_or_else(PoisonError::into_inner);
        self.index.insert(path.into(), file.clone());
        if !self.stamps.stands(stamp) {
            self.index.invalidate(path);
        }
    }

    /// Lists the files in memory, with their paths.
    pub(crate) fn index_files(&self) -> impl Iterator<Item = (Arc<Box<str>>, Arc<IndexFile>)> {
        // Who keeps a file looks at its stamp afterwards, and nobody may look in between.
        let _keeping = self.keeping.write().unwrap_or_else(PoisonError::into_inner);
        let files: Vec<_> = self.index.iter().collect();
        files.into_iter()
    }

    /// Drops the files of a name; to be done after its change is durable.
    pub(crate) fn drop_index(&self, name: &NameKey, paths: impl Iterator<Item = String>) {
        self.stamps.turn(name);
        self.absences.forget(name);
        paths.for_each(|path| self.index.invalidate(path.as_str()));
    }

    /// Drops everything, as after a decision that can concern any name.
    pub(crate) fn drop_all(&self) {
        self.stamps.turn_all();
        self.absences.forget_all();
        self.index.invalidate_all();
        self.krates.invalidate_all();
    }

    /// Returns what to tell of a path whose crate was found absent a moment ago.
    pub(crate) fn absent(&self, path: &str) -> Option<Bytes> {
        self.absences.get(path, self.now_ms())
    }

    /// Takes back what was told of an absent crate, since more may be asked for it now.
    pub(crate) fn forget_absent(&self, name: &NameKey) {
        self.absences.forget(name);
    }

    /// Takes the stamp for [`Self::keep_absent`]; to be done before anybody is asked.
    pub(crate) fn absence_stamp(&self, name: &NameKey) -> Stamp {
        self.absences.stamp(name)
    }

    /// Keeps what was told of an absent crate for so many milliseconds.
    pub(crate) fn keep_absent(&self, path: &str, text: Bytes, for_ms: u64, stamp: Stamp) {
        let until_ms = self.now_ms().saturating_add(for_ms);
        self.absences.keep(path, text, until_ms, stamp);
    }

    pub(crate) fn krate(&self, path: &str) -> Option<Bytes> {
        self.krates.get(path)
    }

    pub(crate) fn drop_krate(&self, path: &str) {
        self.krates.invalidate(path);
    }

    pub(crate) fn keep_krate(&self, path: &str, bytes: &Bytes) {
        self.krates.insert(path.into(), bytes.clone());
    }
}

fn weight(bytes: usize) -> u32 {
    u32::try_from(bytes + OVERHEAD_BYTES).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::FRESH_ALWAYS;

    #[test]
    fn a_reader_that_was_overtaken_does_not_bring_old_rows_back() {
        let (served, name): (_, NameKey) = (
            Served::new(Arc::new(Absences::new())),
            "foo".parse().unwrap(),
        );
        let file = Arc::new(IndexFile::finish("row\n".to_owned(), FRESH_ALWAYS, None));
        let before = served.stamp(&name);
        served.drop_index(&name, std::iter::once("r/index/3/f/foo".to_owned()));
        served.keep_index("r/index/3/f/foo", &file, before);
        assert!(served.fresh_index("r/index/3/f/foo").is_none());
        served.keep_index("r/index/3/f/foo", &file, served.stamp(&name));
        assert!(served.fresh_index("r/index/3/f/foo").is_some());
    }
}
