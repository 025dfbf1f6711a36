//! Where the chores print: the one place with `println!`.
//!
//! Apart so that the lint that keeps prints out of the product has one named exception here.
//! Absent: colours and progress bars; the output is read in logs as often as in terminals.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a chore's output is for whoever typed it"
)]

/// One line for whoever waits for the chore.
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// Why the chore failed, on standard error.
pub(crate) fn problem(text: &str) {
    eprintln!("xtask: {text}");
}
