//! How far long work is, on a terminal alone.
//!
//! It is drawn on standard error, so that what a command prints can be piped.
//!
//! Absent: what is told when the work is done.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar that counts things: `packing [####    ] 3/9 petal`.
pub(crate) fn of_things(what: &'static str, many: usize) -> ProgressBar {
    bar(many, "{prefix} [{bar:30}] {pos}/{len} {msg}").with_prefix(what)
}

/// A bar that counts bytes.
pub(crate) fn of_bytes(what: &'static str, bytes: usize) -> ProgressBar {
    bar(
        bytes,
        "{prefix} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec}",
    )
    .with_prefix(what)
}

fn bar(many: usize, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    // stderr() draws nothing where it is no terminal.
    let bar = ProgressBar::with_draw_target(Some(many as u64), ProgressDrawTarget::stderr());
    bar.with_style(style.progress_chars("#> "))
}
