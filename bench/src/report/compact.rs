//! The tables of `bench compact`.

use super::{aim, table};
use crate::compact::{Compacted, Selection};

/// Of a hundred of raw, for versions spread over years and for adjacent ones: the aims.
const SPREAD_PERCENT_MAX: f64 = 20.0;
const ADJACENT_PERCENT_MAX: f64 = 8.0;

/// Milliseconds of a read of 100 kB, at hand and made again: the aims.
const HOT_MS_MAX: f64 = 1.0;
const COLD_MS_MAX: f64 = 50.0;

/// What is kept, by selection.
pub(super) fn kept(compacted: &Compacted) -> String {
    let header = [
        "versions",
        "crates",
        "archives",
        "stay raw",
        "raw MB",
        "kept MB",
        "% of raw",
        "aim",
        "best crate",
        "median crate",
        "worst crate",
        "packed in",
    ];
    let rows = compacted.selections.iter().map(|of| {
        let most = match of.selection {
            Selection::Spread => SPREAD_PERCENT_MAX,
            Selection::Adjacent => ADJACENT_PERCENT_MAX,
        };
        let megabytes = |bytes: u64| format!("{:.1}", bytes as f64 / 1e6);
        let named = |(name, percent): &(String, f64)| format!("{name} {percent:.1}");
        vec![
            format!("{:?}", of.selection).to_lowercase(),
            of.crates.to_string(),
            of.archives.to_string(),
            of.stays_raw.to_string(),
            megabytes(of.raw_bytes),
            megabytes(of.kept_bytes),
            format!("{:.1}", of.percent()),
            aim(Some(("≤", most, of.percent() <= most))),
            named(&of.best),
            format!("{:.1}", of.median_percent),
            named(&of.worst),
            format!("{:.0} s", of.pack_secs),
        ]
    });
    table(&header, rows)
}

/// How fast it is read.
pub(super) fn reads(compacted: &Compacted) -> String {
    let reads = &compacted.reads;
    let within = |figure: f64, most: f64| aim(Some(("≤", most, figure <= most)));
    let (hot, cold) = (reads.hot_median_ms, reads.cold_median_ms);
    let many = reads.archives_of_100_kb;
    let room = reads.room_bytes as f64 / 1e6;
    let rows = [
        (
            format!("100 kB at hand, median of {many} archives"),
            format!("{hot:.2} ms"),
            within(hot, HOT_MS_MAX),
        ),
        (
            format!("100 kB made again, median of {many} archives"),
            format!("{cold:.1} ms"),
            within(cold, COLD_MS_MAX),
        ),
        (
            "100 kB made again, the slowest".to_owned(),
            format!("{:.1} ms", reads.cold_most_ms),
            String::new(),
        ),
        (
            format!(
                "at hand of {} skewed reads, room for {room:.1} of {:.1} MB",
                reads.skewed_reads,
                reads.all_bytes as f64 / 1e6
            ),
            format!("{:.1} %", reads.hit_percent),
            String::new(),
        ),
    ];
    let rows = rows
        .into_iter()
        .map(|(what, figure, aim)| vec![what, figure, aim]);
    table(&["what", "figure", "aim"], rows)
}
