//! Memory for what can be made or read again: one sum, and who has which part of it.
//!
//! Apart, because the parts were chosen one by one once, and together took more than
//! anybody had meant to give. Beside these stand what is always in memory (names and
//! records, some 80 MiB for 200,000 names) and what answers under way need.
//!
//! The parts count what is really held, not the text it came from; what an allocator
//! adds is not counted, and was a seventh when it was measured.

const MIB: u64 = 1024 * 1024;

/// Finished index files, plain and gzip: ten thousand average crates.
pub(crate) const INDEX_FILES: u64 = 80 * MIB;

/// Archives: the two thousand a team builds all day average 60 kB.
pub(crate) const ARCHIVES: u64 = 128 * MIB;

/// Rows of all mirrors as text; beyond it they are read back from the ledger. Eight
/// thousand average names.
pub(crate) const ROWS: u64 = 48 * MIB;

/// Rows of all mirrors, parsed, between being fetched ahead and being asked for: about
/// what a resolution of 281 crates reads.
pub(crate) const PARSED: u64 = 64 * MIB;

/// Absences: some thirty thousand names.
pub(crate) const ABSENCES: u64 = 8 * MIB;

/// All parts together.
const TOTAL: u64 = INDEX_FILES + ARCHIVES + ROWS + PARSED + ABSENCES;

// With names, records and the allocator's share, half a gigabyte is enough for a server
// with a mirror as large as crates.io that has been asked for everything.
const _: () = assert!(TOTAL <= 328 * MIB);
