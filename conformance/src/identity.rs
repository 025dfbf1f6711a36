//! The two identities a view can have, and cases that hold for both.
//!
//! With `crates-io` everything is written `foo = "1"`, with `split` what is private
//! names the view as its registry. A case that makes sense in both is written once
//! and listed in [`for_both_identities!`](crate::for_both_identities).
//!
//! Absent: what the server makes of it.

use crate::dependency::{CRATES_IO_IDENTITY, Dependency};

/// How the rows of a view name each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// All by the crates.io identity, which clients replace by the view.
    CratesIo,
    /// What is private by the view's own address.
    Split,
}

impl Identity {
    /// Returns the word for it in the settings.
    pub fn word(self) -> &'static str {
        match self {
            Self::CratesIo => "crates-io",
            Self::Split => "split",
        }
    }

    /// Writes a dependency on something private of the view `main`.
    pub fn private(self, dependency: Dependency, main_index: &str) -> Dependency {
        match self {
            Self::CratesIo => dependency,
            Self::Split => dependency.from("main", main_index),
        }
    }

    /// Returns what the `registry` of a row says of something private of the view.
    pub fn private_address(self, main_index: &str) -> String {
        match self {
            Self::CratesIo => CRATES_IO_IDENTITY.to_owned(),
            Self::Split => main_index.to_owned(),
        }
    }

    /// Returns what a lock says of something private of the view.
    pub fn private_source(self, main_index: &str) -> String {
        match self {
            Self::CratesIo => public_source(),
            Self::Split => main_index.to_owned(),
        }
    }
}

/// Returns what a lock says of something public.
pub fn public_source() -> String {
    format!("registry+{CRATES_IO_IDENTITY}")
}

/// Makes two tests of each case, one per identity.
#[macro_export]
macro_rules! for_both_identities {
    ($($case:ident),+ $(,)?) => { $(
        mod $case {
            #[test]
            fn crates_io() {
                super::$case($crate::identity::Identity::CratesIo);
            }

            #[test]
            fn split() {
                super::$case($crate::identity::Identity::Split);
            }
        }
    )+ };
}
