//! Why an archive is refused: the part, the rule, what to do.

use crate::path::PATH_BYTES_MAX;
use crate::pax::EXTENSION_BYTES_MAX;

/// Why an archive is refused.
///
/// What a stranger wrote is cut and escaped, so that no message carries control
/// characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// The bytes begin like something else.
    #[error("archive is not gzip; send what `cargo package` makes")]
    NotGzip,
    /// The gzip stream ends early. cargo would unpack it all the same.
    #[error("archive's gzip stream is cut short; send all of it")]
    Truncated,
    /// The gzip stream does not inflate, or not to what its own checksum says.
    #[error("archive's gzip stream is damaged; send it again")]
    Damaged,
    /// Bytes follow the first gzip member. cargo would not look at them.
    #[error(
        "archive has {bytes} bytes after its gzip stream; send one gzip member and nothing else"
    )]
    Trailing {
        /// How many.
        bytes: usize,
    },
    /// It inflates too far.
    #[error("archive unpacks to more than {bytes_max} bytes; cargo stops there too")]
    TooLarge {
        /// The bound.
        bytes_max: u64,
    },
    /// It has too many files and folders.
    #[error("archive has more than {entries_max} entries")]
    TooManyEntries {
        /// The bound.
        entries_max: u64,
    },
    /// All paths together are too long to be listed.
    #[error("archive has paths of more than {bytes_max} bytes together")]
    PathsTooLong {
        /// The bound.
        bytes_max: u64,
    },
    /// The tar inside is malformed, or says things that readers read differently.
    #[error("archive's tar header {number}: {fault}")]
    Tar {
        /// Which header block, counted from 1.
        number: u64,
        /// What is wrong with it.
        fault: TarFault,
    },
    /// An entry must not be there.
    #[error("archive entry `{path}` {rule}")]
    Entry {
        /// Its path, cut and escaped.
        path: String,
        /// The rule it breaks.
        rule: EntryRule,
    },
    /// There is no manifest where cargo looks for it.
    #[error("archive has no manifest `{0}`; send what `cargo package` makes")]
    NoManifest(String),
    /// The only manifest is spelled so that cargo on Linux does not find it.
    #[error("archive has its manifest as `{0}`; rename it to `Cargo.toml`")]
    ManifestCase(String),
    /// Two files are the manifest where file systems ignore case.
    #[error("archive has two manifests, `Cargo.toml` and `{0}`; remove one")]
    TwoManifests(String),
    /// The manifest is too large to be read.
    #[error("archive's Cargo.toml has more than {bytes_max} bytes")]
    ManifestTooLarge {
        /// The bound.
        bytes_max: u64,
    },
    /// The manifest is not text.
    #[error("archive's Cargo.toml is not UTF-8")]
    ManifestText,
}

/// What is wrong with a tar header, its extensions, or the end of the archive.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TarFault {
    /// The block's checksum is wrong or none.
    #[error("its checksum is wrong")]
    Checksum,
    /// A field that must be octal is not.
    #[error("its {0} is no number")]
    Number(&'static str),
    /// Neither ustar nor GNU, and not from before both: readers disagree on the path.
    #[error("its magic is neither ustar's nor GNU's")]
    Magic,
    /// The archive ends in the middle of a header or of an entry's data.
    #[error("the archive is cut short here")]
    CutShort,
    /// The block of zeros that ends an archive is missing.
    #[error("the archive has no end mark after it; it may be cut short")]
    NoEndMark,
    /// Something other than padding follows the end mark; some readers go on there.
    #[error("data follows the end mark")]
    AfterEndMark,
    /// More padding after the end mark than any tar writes.
    #[error("more than {0} bytes of padding follow the end mark")]
    Padding(u64),
    /// A pax header or long name that no path needs.
    #[error("an extended header must have at most {EXTENSION_BYTES_MAX} bytes")]
    ExtensionTooLong,
    /// Two extended headers for one entry; readers disagree on which counts.
    #[error("two extended headers name one entry")]
    ExtensionTwice,
    /// An extended header that describes no entry.
    #[error("an extended header has no entry after it")]
    ExtensionAlone,
    /// A GNU long name with a NUL inside.
    #[error("a long name holds a NUL")]
    LongNameNul,
    /// A pax record that is not `LENGTH KEY=VALUE`, or has a line break in its value,
    /// which readers that go by lines take for the next record.
    #[error("a pax record is malformed")]
    PaxRecord,
    /// One key twice; readers disagree on which counts.
    #[error("pax key `{0}` occurs twice")]
    PaxKeyTwice(String),
    /// A key that changes what the entry is.
    #[error("pax key `{0}` is not allowed")]
    PaxKey(String),
}

/// The rule that an entry breaks. Each reads as the end of "archive entry `x` …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryRule {
    /// cargo before 1.96 follows it out of the crate (CVE-2026-5223).
    #[error("is a symbolic link; only files and folders are allowed")]
    SymbolicLink,
    /// It can name a file of another crate.
    #[error("is a hard link; only files and folders are allowed")]
    HardLink,
    /// A device or pipe, which cargo would write as a plain file.
    #[error("is a device or a pipe; only files and folders are allowed")]
    Device,
    /// A sparse file, whose size is not what the header says.
    #[error("is a sparse file; only plain files and folders are allowed")]
    Sparse,
    /// A pax header for all that follows, which some readers apply and some do not.
    #[error("is a global pax header; only files and folders are allowed")]
    GlobalHeader,
    /// Any other type flag.
    #[error("is of type {0}; only files and folders are allowed")]
    Kind(String),
    /// Not text.
    #[error("has a path that is not UTF-8")]
    NotText,
    /// A NUL, at which some readers end the path.
    #[error("has a NUL in its path")]
    Nul,
    /// Longer than any file system takes.
    #[error("has a path of more than {PATH_BYTES_MAX} bytes")]
    PathTooLong,
    /// A path from the root of a file system.
    #[error("has an absolute path")]
    Absolute,
    /// A path that leads upwards.
    #[error("has `..` in its path")]
    Upwards,
    /// Not below the folder of the crate.
    #[error("is not below `{0}/`, as every entry of this crate must be")]
    OtherRoot(String),
    /// A file that is called like the crate's folder, or a file's path like a folder's.
    #[error("is a file where a folder must be")]
    FileForFolder,
    /// A folder with data, which some readers take for headers.
    #[error("is a folder with data")]
    FolderWithData,
    /// The pax header and the tar header disagree, and so do readers.
    #[error("has size {header} in its header and {pax} in its pax header")]
    Size {
        /// Bytes by the tar header.
        header: u64,
        /// Bytes by the pax header.
        pax: u64,
    },
    /// cargo's mark of a complete unpacking, which an archive must not bring.
    #[error("is cargo's own mark of a complete unpacking; remove it")]
    CargoOk,
    /// Publish only: empty parts or `.` in the path.
    #[error("has an empty part or `.` in its path")]
    NotNormal,
    /// Publish only: a character that Windows refuses or means otherwise, or a control.
    #[error("has {0} in its path, which cannot be written on every system; rename it")]
    Character(String),
    /// Publish only: Windows drops it, and another file is meant.
    #[error("has a part that ends with a dot or space, which Windows drops; rename it")]
    PartEnd,
    /// Publish only: a device of Windows.
    #[error("has the part `{0}`, a device name of Windows; rename it")]
    DeviceName(String),
    /// Publish only: longer than one name may be.
    #[error("has a part of more than 255 bytes")]
    PartTooLong,
    /// Publish only.
    #[error("has setuid, setgid or sticky bits (mode {0:o})")]
    Mode(u64),
    /// Publish only.
    #[error("has a mode that is no number")]
    ModeText,
    /// Publish only: the later would overwrite the earlier.
    #[error("occurs twice")]
    Twice,
    /// Publish only: one of them is lost where case is ignored.
    #[error("differs from `{0}` in case only; rename one")]
    CaseClash(String),
    /// Publish only: a path that is a file and also a folder.
    #[error("is a file and `{0}` needs it as a folder")]
    FileAndFolder(String),
}

impl ArchiveError {
    pub(crate) fn entry(path: &[u8], rule: EntryRule) -> Self {
        Self::Entry {
            path: shown(path),
            rule,
        }
    }
}

/// Cuts and escapes what a stranger wrote.
pub(crate) fn shown(text: &[u8]) -> String {
    const CHARS_MAX: usize = 120;
    let text = String::from_utf8_lossy(&text[..text.len().min(4 * CHARS_MAX)]);
    text.chars()
        .take(CHARS_MAX)
        .flat_map(char::escape_debug)
        .collect()
}
