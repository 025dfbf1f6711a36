//! What strangers send, family by family, in all variants: nothing breaks, nothing stays.
//!
//! One table ([`families::FAMILIES`]) says of each family what is sent, by whom, and what
//! is answered. The tests here send all of it to the real program, as a publisher, as the
//! upstream of a mirror and as a client on a bare socket, and watch the process and its
//! folder while they do (`watch.rs`). The same table, with the numbers that were sent, is
//! `docs/bad-inputs.md`.
//!
//! Absent: families whose point is what cargo does next; the table names their tests.

mod ask;
mod bodies;
mod entries;
mod families;
mod manifests;
mod mirror;
mod names;
mod printed;
mod publish;
mod requests;
mod rows;
mod streams;
mod taken;
mod watch;
mod ways;

/// A refused thing: what it is, its bytes, and words that the refusal has to say.
pub(crate) struct Case {
    pub(crate) what: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) says: &'static str,
}

impl Case {
    pub(crate) fn new(what: impl Into<String>, bytes: Vec<u8>, says: &'static str) -> Self {
        Self {
            what: what.into(),
            bytes,
            says,
        }
    }
}

/// Fails with all that went wrong, at most some of it in full.
#[track_caller]
pub(crate) fn nothing_went(wrong: &[String]) {
    let shown = wrong.iter().take(12).cloned().collect::<Vec<_>>();
    assert!(
        wrong.is_empty(),
        "{} of them went wrong:\n{}",
        wrong.len(),
        shown.join("\n")
    );
}
