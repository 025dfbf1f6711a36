//! Why an archive is refused: the part, the rule, what to do.

/// Why an archive is refused.
///
/// Entry names are escaped, so that no message carries control characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// Not gzip, truncated, a wrong CRC, or bytes after the first member.
    #[error("archive is not one complete gzip stream: {0}; upload what `cargo package` makes")]
    Gzip(String),
    /// Not a tar archive.
    #[error("archive is not a valid tar archive: {0}")]
    Tar(String),
    /// Larger than a bound once unpacked.
    #[error("archive {what} exceed the limit of {max}")]
    TooLarge {
        /// What is too large or too many.
        what: &'static str,
        /// The bound.
        max: u64,
    },
    /// An entry's path leaves its folder or cannot be written everywhere.
    #[error("archive entry `{path}`: {rule}")]
    Path {
        /// The path.
        path: String,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// An entry is neither a file nor a folder.
    #[error("archive entry `{path}` is {kind}; only files and folders are allowed")]
    Kind {
        /// The path.
        path: String,
        /// What it is.
        kind: &'static str,
    },
    /// There is no Cargo.toml where cargo looks for it.
    #[error("archive has no `{0}`; upload what `cargo package` makes")]
    NoManifest(String),
    /// Several files could be the manifest.
    #[error("archive has `{0}` beside Cargo.toml; file systems that ignore case would mix them up")]
    TwoManifests(String),
    /// The manifest is not text.
    #[error("archive's Cargo.toml is not UTF-8")]
    ManifestText,
}

impl ArchiveError {
    pub(crate) fn path(path: &str, rule: &'static str) -> Self {
        Self::Path {
            path: shown(path),
            rule,
        }
    }

    pub(crate) fn kind(path: &str, kind: &'static str) -> Self {
        Self::Kind {
            path: shown(path),
            kind,
        }
    }
}

/// Cuts and escapes a path for a message.
pub(crate) fn shown(path: &str) -> String {
    path.chars()
        .take(120)
        .flat_map(char::escape_debug)
        .collect()
}
