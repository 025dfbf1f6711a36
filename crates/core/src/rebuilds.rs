//! What a hosted registry makes of a version that is published again.
//!
//! Apart from `policy.rs`, because it is a registry's word and not a view's.
//!
//! Absent: what is in an archive and how two of them differ, which `archive` says.

/// What happens when an existing version is published again with other bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rebuilds {
    /// It is refused; equal bytes alone are success.
    Refuse,
    /// Equal source content is success and changes nothing; other content is refused.
    #[default]
    SameContent,
    /// The newest build is what rows show. Every build is a fact and stays
    /// downloadable by its checksum; law 5 does not hold for such a registry.
    Replace,
    /// Other content is published under the next free version that differs in build
    /// metadata alone: `1.0.3+1`, then `+2`. What was published stays.
    Mint,
}

/// Whether the `Cargo.lock` inside an archive is a part of its source content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lockfile {
    /// It is for crates with binaries, the only ones for which anybody reads it
    /// (`cargo install --locked`).
    #[default]
    Count,
    /// It never is.
    Ignore,
}

impl Rebuilds {
    /// Reads the word of the settings; nothing if it is none.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "refuse" => Some(Self::Refuse),
            "same-content" => Some(Self::SameContent),
            "replace" => Some(Self::Replace),
            "mint" => Some(Self::Mint),
            _ => None,
        }
    }
}

impl Lockfile {
    /// Reads the word of the settings; nothing if it is none.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "count" => Some(Self::Count),
            "ignore" => Some(Self::Ignore),
            _ => None,
        }
    }
}
