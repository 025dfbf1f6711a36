//! How large an archive may be that is kept as a difference.

/// Bounds of packing and of making again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the inflated tar.
    pub tar_bytes_max: u64,
    /// Bytes of the gzip header.
    pub header_bytes_max: usize,
}

impl Default for Limits {
    /// Two tars, one difference and the tables of zstd are in memory at a time: some
    /// 200 MiB at most with tars of 32 MiB, which is more than what crates.io takes
    /// (10 MiB packed) mostly inflates to. What is larger stays as it is. A header has
    /// ten bytes and the name of the archive.
    fn default() -> Self {
        Self {
            tar_bytes_max: 32 * 1024 * 1024,
            header_bytes_max: 512,
        }
    }
}
