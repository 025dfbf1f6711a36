//! What a server keeps how, told to a person.
//!
//! Absent: counting, which the server does.

use crate::server::{AskError, Server};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What is shown of the answer.
#[derive(Deserialize)]
struct Stats {
    archives: Option<Archives>,
}

#[derive(Deserialize)]
struct Archives {
    registries: BTreeMap<String, Kept>,
    hot_bytes_max: u64,
    hot_reads: u64,
    cold_reads: u64,
    damaged: u64,
    packer: Packer,
}

#[derive(Deserialize)]
struct Kept {
    compact: bool,
    packed: u64,
    raw: u64,
    archive_bytes: u64,
    kept_bytes: u64,
    hot_bytes: u64,
    saved_bytes: u64,
}

#[derive(Deserialize)]
struct Packer {
    working: bool,
    rounds: u64,
    packed: u64,
    failed: Option<String>,
}

/// Asks for all that is counted, as JSON.
///
/// # Errors
/// [`AskError`].
pub async fn ask(server: &Server) -> Result<Value, AskError> {
    server.ask(&["api", "v1", "stats"], &[]).await
}

/// Tells an answer as text.
///
/// # Errors
/// If it is not what a server of this version says.
pub fn told(stats: &Value) -> Result<String, serde_json::Error> {
    let Some(archives) = Stats::deserialize(stats)?.archives else {
        return Ok("this server packs no archives".to_owned());
    };
    let mut text = String::new();
    if archives.registries.is_empty() {
        text.push_str("no registry has compact = true, and nothing is packed\n");
    }
    for (registry, kept) in &archives.registries {
        let leaving = match kept.compact {
            true => "",
            false => ", being kept raw again",
        };
        let _infallible = writeln!(
            text,
            "{registry}: {} archives packed, {} raw{leaving}\n  {} as given, {} kept ({} of them at hand as well), {} saved",
            kept.packed,
            kept.raw,
            size(kept.archive_bytes),
            size(kept.kept_bytes),
            size(kept.hot_bytes),
            size(kept.saved_bytes),
        );
    }
    let reads = archives.hot_reads + archives.cold_reads;
    let share = (archives.hot_reads * 100).checked_div(reads);
    let share = share.map_or(String::new(), |share| format!(", {share} % at hand"));
    let _infallible = writeln!(
        text,
        "read since the start: {} at hand, {} made again{share}; room at hand for {}",
        archives.hot_reads,
        archives.cold_reads,
        size(archives.hot_bytes_max),
    );
    let packer = &archives.packer;
    let now = match packer.working {
        true => "at work",
        false => "at rest",
    };
    let _infallible = write!(
        text,
        "packer: {now}, {} archives in {} rounds",
        packer.packed, packer.rounds
    );
    if let Some(failed) = &packer.failed {
        let _infallible = write!(text, "; the last round ended early: {failed}");
    }
    if archives.damaged > 0 {
        let _infallible = write!(
            text,
            "\n{} files of packed archives are damaged: see docs/operating.md",
            archives.damaged
        );
    }
    Ok(text)
}

/// Bytes in a unit that leaves them readable.
fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    let unit = UNITS.into_iter().find(|(_, one)| bytes >= *one);
    let Some((unit, one)) = unit else {
        return format!("{bytes} B");
    };
    let tenths = u128::from(bytes) * 10 / u128::from(one);
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_saved_is_told_by_registry() {
        let stats = json!({ "archives": {
            "registries": { "acme": {
                "compact": true, "packed": 40, "raw": 2, "archive_bytes": 5 << 20,
                "kept_bytes": 1536 << 10, "hot_bytes": 512 << 10, "saved_bytes": 3584 << 10,
            } },
            "hot_bytes_max": 1_u64 << 30, "hot_reads": 95, "cold_reads": 5, "damaged": 0,
            "packer": { "working": false, "rounds": 3, "packed": 40, "unpacked": 0, "failed": null },
        } });
        assert_eq!(
            told(&stats).unwrap(),
            "acme: 40 archives packed, 2 raw\n  5.0 MiB as given, 1.5 MiB kept (512.0 KiB of them at hand as well), 3.5 MiB saved\n\
             read since the start: 95 at hand, 5 made again, 95 % at hand; room at hand for 1.0 GiB\n\
             packer: at rest, 40 archives in 3 rounds"
        );
        assert_eq!(
            told(&json!({ "archives": null })).unwrap(),
            "this server packs no archives"
        );
        assert!(told(&json!({ "archives": {} })).is_err());
    }
}
