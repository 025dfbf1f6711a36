//! What an inspection asks of an archive: which rules, and how much of everything.

/// Which refusals apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Safety and admission: a new upload.
    Publish,
    /// Safety alone: an archive that exists elsewhere and is only passed on.
    ///
    /// Admission never binds it: crates.io has old archives with clashing paths,
    /// odd file names and several spellings of one folder.
    Mirror,
}

/// Bounds of an inspection.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the inflated archive, headers and padding included.
    pub unpacked_bytes_max: u64,
    /// How many times its own size an archive may inflate to even where that is
    /// more than `unpacked_bytes_max`.
    pub unpacked_ratio_max: u64,
    /// Files and folders.
    pub entries_max: u64,
    /// Bytes of the manifest.
    pub manifest_bytes_max: u64,
}

impl Default for Limits {
    /// cargo's own bounds where it has one, so that nothing is let through that it
    /// would refuse for its size: `MAX_UNPACK_SIZE` and `MAX_COMPRESSION_RATIO` of
    /// cargo 1.95. The largest real crates have some thousand files; a manifest of
    /// thousands of features stays below 1 MiB.
    fn default() -> Self {
        Self {
            unpacked_bytes_max: 512 * 1024 * 1024,
            unpacked_ratio_max: 20,
            entries_max: 20_000,
            manifest_bytes_max: 1024 * 1024,
        }
    }
}

impl Limits {
    /// Says how far an archive of `packed_bytes` may inflate.
    pub(crate) fn unpacked_bytes(&self, packed_bytes: usize) -> u64 {
        let packed_bytes = u64::try_from(packed_bytes).unwrap_or(u64::MAX);
        self.unpacked_bytes_max
            .max(packed_bytes.saturating_mul(self.unpacked_ratio_max))
    }
}
