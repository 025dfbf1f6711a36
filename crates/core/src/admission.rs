//! What a new crate may be called: taste, where `name.rs` is grammar.
//!
//! Holds for first publishes only; mirrors show what their upstream has.
//! Absent: look-alikes of names that exist, which a unique constraint decides.

use crate::name::CrateName;

/// Names that would shadow Rust's own crates, or that a file system refuses.
const RESERVED: [&str; 35] = [
    "alloc",
    "arena",
    "ast",
    "builtins",
    "collections",
    "compiler-builtins",
    "compiler-rt",
    "compiletest",
    "core",
    "coretest",
    "debug",
    "driver",
    "flate",
    "fmt-macros",
    "grammar",
    "graphviz",
    "macro",
    "macros",
    "proc-macro",
    "rbml",
    "rust-installer",
    "rustbook",
    "rustc",
    "rustdoc",
    "rustllvm",
    "rustuv",
    "serialize",
    "std",
    "std-inject",
    "test",
    "con",
    "prn",
    "aux",
    "nul",
    "self",
];

/// Why a name cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdmissionError {
    /// The name belongs to Rust's distribution or to an operating system.
    #[error(
        "crate name `{0}` is reserved (a crate of the Rust distribution, or a device name of an operating system); choose another"
    )]
    Reserved(CrateName),
}

/// Tells whether a new crate may take a name.
///
/// # Errors
/// [`AdmissionError::Reserved`], compared by name key, for crates.io's reserved
/// names and for Windows' device names, any digit of `com` and `lpt`.
pub fn admit_name(name: &CrateName) -> Result<(), AdmissionError> {
    let key = name.key();
    let key = key.as_str();
    let device = |prefix: &str| {
        key.strip_prefix(prefix)
            .is_some_and(|rest| matches!(rest.as_bytes(), [b'0'..=b'9']))
    };
    if RESERVED.contains(&key) || device("com") || device("lpt") {
        return Err(AdmissionError::Reserved(name.clone()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_in_any_spelling() {
        for (name, admitted) in [
            ("std", false),
            ("Con", false),
            ("lpt9", false),
            ("proc_macro", false),
            ("com10", true),
            ("petal", true),
        ] {
            assert_eq!(
                admit_name(&CrateName::parse(name).unwrap()).is_ok(),
                admitted,
                "{name}"
            );
        }
    }
}
