//! The table of `bench backup`.

use super::table;
use crate::backup::BackedUp;

/// What it took.
pub(super) fn backed_up(of: &BackedUp) -> String {
    let header = ["what", "releases", "MB written", "seconds", "MB/s"];
    let row = |what: &str, releases: usize, bytes: u64, secs: f64| {
        let megabytes = bytes as f64 / 1e6;
        vec![
            what.to_owned(),
            releases.to_string(),
            format!("{megabytes:.1}"),
            format!("{secs:.2}"),
            format!("{:.1}", megabytes / secs),
        ]
    };
    let size = of.size;
    let all = size.releases + size.later;
    let rows = [
        row("first backup", size.releases, of.first_bytes, of.first_secs),
        row("the next", size.later, of.next_bytes, of.next_secs),
        row("nothing came", 0, 0, of.idle_secs),
        row(
            "restore",
            all,
            of.first_bytes + of.next_bytes,
            of.restore_secs,
        ),
    ];
    table(&header, rows.into_iter())
}
