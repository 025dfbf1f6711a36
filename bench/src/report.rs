//! The figures, for people and for machines.
//!
//! Tables are Markdown, so that they can be pasted into `docs/bench.md`.
//! The only place of the bench that prints to standard output.

mod backup;
mod compact;
mod load;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::backup::BackedUp;
use crate::compact::Compacted;
use crate::crowd::Crowded;
use crate::http::Compared;
use crate::lock::{Contender, Locked, Timed};
use crate::measure::Sample;
use crate::median::median;
use crate::mixed::Mixed;
use crate::publishing::Published;
use crate::real_input::Seen;
use crate::scale::Scaled;

/// Everything one invocation measured.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) http: Option<Vec<Compared>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lock: Option<Locked>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scale: Option<Scaled>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) compact: Option<Compacted>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) published: Option<Published>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) crowded: Option<Crowded>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mixed: Option<Mixed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) real_input: Option<Seen>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) backed_up: Option<BackedUp>,
}

/// Cold lock over plain cargo: the aim. Prefetching should beat a
/// client that learns of each dependency only after the last answer.
const COLD_LOCK_MAX: f64 = 0.8;
/// Warm lock over nginx: the aim.
const WARM_LOCK_MAX: f64 = 1.1;

/// Resident memory in MiB, and seconds of a start: the aims.
const RESIDENT_MIB_MAX: f64 = 400.0;
const START_SECS_MAX: f64 = 5.0;

impl Report {
    /// Prints the tables, and writes everything to `json` if given.
    pub(crate) fn give(&self, json: Option<&Path>) -> Result<()> {
        if let Some(path) = json {
            let text = serde_json::to_string_pretty(self)?;
            fs::write(path, text + "\n").with_context(|| format!("writing {}", path.display()))?;
        }
        if let Some(cases) = &self.http {
            print(&http_table(cases));
        }
        if let Some(locked) = &self.lock {
            print(&format!("{} crates in the lock file\n", locked.crates));
            print(&lock_table(locked));
        }
        if let Some(scaled) = &self.scale {
            print(&scale_table(scaled));
        }
        if let Some(compacted) = &self.compact {
            print(&compact::kept(compacted));
            print(&compact::reads(compacted));
        }
        if let Some(published) = &self.published {
            print(&load::published(published));
        }
        if let Some(crowded) = &self.crowded {
            print(&load::crowded(crowded));
        }
        if let Some(mixed) = &self.mixed {
            print(&load::mixed(mixed));
        }
        if let Some(seen) = &self.real_input {
            print(&seen.told());
        }
        if let Some(backed_up) = &self.backed_up {
            print(&backup::backed_up(backed_up));
        }
        Ok(())
    }
}

#[expect(clippy::print_stdout, reason = "the figures are the output")]
fn print(text: &str) {
    println!("{text}");
}

fn http_table(cases: &[Compared]) -> String {
    let header = [
        "request",
        "bytes",
        "crossdock /s",
        "nginx /s",
        "crossdock /CPU s",
        "nginx /CPU s",
        "ratio",
        "of rounds",
        "aim",
        "busy",
    ];
    let rows = cases.iter().map(|case| {
        let middle = |samples: &[Sample], figure: fn(&Sample) -> f64| {
            format!("{:.0}", median(samples.iter().map(figure)))
        };
        let ratios = || {
            let pairs = case.ours.iter().zip(&case.nginx);
            pairs.map(|(ours, nginx)| ours.answers_per_cpu_sec / nginx.answers_per_cpu_sec)
        };
        let all = case.ours.iter().chain(&case.nginx);
        vec![
            case.case.to_owned(),
            case.bytes.to_string(),
            middle(&case.ours, |sample| sample.answers_per_sec),
            middle(&case.nginx, |sample| sample.answers_per_sec),
            middle(&case.ours, |sample| sample.answers_per_cpu_sec),
            middle(&case.nginx, |sample| sample.answers_per_cpu_sec),
            format!("{:.2}", case.ratio),
            format!(
                "{:.2}–{:.2}",
                ratios().fold(f64::INFINITY, f64::min),
                ratios().fold(0.0, f64::max)
            ),
            aim(case.aim.map(|least| ("≥", least, case.ratio >= least))),
            format!(
                "{:.2}",
                all.map(|sample| sample.server_busy).fold(1.0, f64::min)
            ),
        ]
    });
    table(&header, rows)
}

fn lock_table(locked: &Locked) -> String {
    let header = [
        "task",
        "from",
        "median s",
        "least s",
        "most s",
        "× crates.io",
        "× nginx",
        "aim",
        "lock lines differing",
    ];
    let median_of = |task: &str, contender: Contender| {
        let mut all = locked.timed.iter();
        let found = all.find(|timed| timed.task == task && timed.contender == contender);
        found.map_or(f64::NAN, |timed| timed.median_secs)
    };
    let rows = locked.timed.iter().map(|timed| {
        let plain = timed.median_secs / median_of(timed.task, Contender::CratesIo);
        let nginx = timed.median_secs / median_of(timed.task, Contender::Nginx);
        vec![
            timed.task.to_owned(),
            name(timed.contender).to_owned(),
            format!("{:.2}", timed.median_secs),
            format!(
                "{:.2}",
                timed
                    .wall_secs
                    .iter()
                    .copied()
                    .fold(f64::INFINITY, f64::min)
            ),
            format!("{:.2}", timed.wall_secs.iter().copied().fold(0.0, f64::max)),
            format!("{plain:.2}"),
            format!("{nginx:.2}"),
            lock_aim(timed, plain, nginx),
            timed.lock_lines_differing.to_string(),
        ]
    });
    table(&header, rows)
}

fn lock_aim(timed: &Timed, plain: f64, nginx: f64) -> String {
    aim(match (timed.task, timed.contender) {
        ("lock", Contender::Cold) => Some(("≤", COLD_LOCK_MAX, plain <= COLD_LOCK_MAX)),
        ("lock", Contender::Restarted | Contender::Warm) => {
            Some(("≤", WARM_LOCK_MAX, nginx <= WARM_LOCK_MAX))
        }
        _ => None,
    })
}

fn name(contender: Contender) -> &'static str {
    match contender {
        Contender::CratesIo => "crates.io",
        Contender::Cold => "crossdock, cold",
        Contender::Restarted => "crossdock, restarted",
        Contender::Warm => "crossdock, warm",
        Contender::Revalidating => "crossdock, asking upstream each time",
        Contender::Nginx => "nginx, same files",
    }
}

fn scale_table(scaled: &Scaled) -> String {
    let (size, mib) = (scaled.size, |bytes: u64| format!("{} MiB", bytes >> 20));
    let start = median(scaled.start_secs.iter().copied());
    let resident = |figure: f64| {
        let met = aim(Some(("≤", RESIDENT_MIB_MAX, figure <= RESIDENT_MIB_MAX)));
        (format!("{figure:.0} MiB"), met)
    };
    let started = aim(Some(("≤", START_SECS_MAX, start <= START_SECS_MAX)));
    let (after_start, after_start_aim) = resident(scaled.started_mib);
    let (after_reading, after_reading_aim) = resident(scaled.touched_mib);
    let nothing = String::new;
    let rows = [
        ("names of the mirror", size.mirrored.to_string(), nothing()),
        ("hosted crates", size.hosted.to_string(), nothing()),
        ("releases", scaled.releases.to_string(), nothing()),
        ("rows as text", mib(scaled.row_bytes), nothing()),
        ("database", mib(scaled.database_bytes), nothing()),
        ("start to ready line", format!("{start:.2} s"), started),
        ("resident after the start", after_start, after_start_aim),
        (
            "resident after reading names",
            after_reading,
            after_reading_aim,
        ),
        ("names read", size.touched.to_string(), nothing()),
        (
            "a name not in memory, median",
            format!("{:.2} ms", scaled.cold_name_ms),
            nothing(),
        ),
        (
            "a name not in memory, 1 of 100",
            format!("{:.2} ms", scaled.cold_name_slow_ms),
            nothing(),
        ),
        (
            "a publish is visible after",
            format!("{:.1} ms", scaled.visible_ms),
            nothing(),
        ),
    ];
    let rows = rows
        .into_iter()
        .map(|(what, figure, aim)| vec![what.to_owned(), figure, aim]);
    table(&["what", "figure", "aim"], rows)
}

fn aim(aim: Option<(&str, f64, bool)>) -> String {
    match aim {
        Some((sign, bound, true)) => format!("{sign} {bound:.1} met"),
        Some((sign, bound, false)) => format!("{sign} {bound:.1} **missed**"),
        None => String::new(),
    }
}

fn table<const N: usize>(header: &[&str; N], rows: impl Iterator<Item = Vec<String>>) -> String {
    let rows: Vec<Vec<String>> = rows.collect();
    let widths: Vec<usize> = (0..N)
        .map(|column| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells
                .chain([header[column].chars().count()])
                .max()
                .unwrap_or(0)
        })
        .collect();
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let mut text = line(&header.map(str::to_owned));
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    text.push_str(&line(&rule));
    for row in &rows {
        text.push_str(&line(row));
    }
    text
}
