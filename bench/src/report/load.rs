//! The tables of what happens under load: publishing, crowds, minutes of everything.

use super::{aim, table};
use crate::crowd::Crowded;
use crate::mixed::Mixed;
use crate::publishing::Published;

/// Durable publishes a second of eight writers, and milliseconds of one: the aims.
const PUBLISHES_PER_SEC_MIN: f64 = 600.0;
const PUBLISH_MS_MAX: f64 = 5.0;

/// The slowest answer of a hundred beside a crowd: a person does not notice it.
const CROWDED_MS_MAX: f64 = 1000.0;

/// Memory at the end against memory when everything was full: what a measurement of it
/// differs from itself by.
const GROWTH_MAX: f64 = 1.05;

type Line = (String, String, String);

/// What publishing came to.
pub(super) fn published(published: &Published) -> String {
    let (size, killed) = (published.size, &published.killed);
    let least = |figure: f64, least: f64| aim(Some(("≥", least, figure >= least)));
    let most = |figure: f64, most: f64| aim(Some(("≤", most, figure <= most)));
    let ms = |figure: f64| format!("{figure:.1} ms");
    let alone = published.alone_ms;
    let lines: [Line; 10] = [
        line("bytes of an archive", size.archive_bytes.to_string(), ""),
        line(
            "one writer, median",
            ms(alone),
            &most(alone, PUBLISH_MS_MAX),
        ),
        line("one writer, 1 of 100", ms(published.alone_slow_ms), ""),
        line(
            &format!("{} writers, a second", size.writers),
            format!("{:.0}", published.per_sec),
            &least(published.per_sec, PUBLISHES_PER_SEC_MIN),
        ),
        line("each of them, median", ms(published.together_ms), ""),
        line("each of them, 1 of 100", ms(published.together_slow_ms), ""),
        line(
            "CPU of the server for one",
            format!("{:.2} ms", published.cpu_ms),
            "",
        ),
        line(
            &format!(
                "refused of {} versions of one crate at once",
                published.at_once
            ),
            published.at_once_refused.to_string(),
            &most(published.at_once_refused as f64, 0.0),
        ),
        line(
            &format!("acknowledged before {} kills", killed.kills),
            killed.acknowledged.to_string(),
            "",
        ),
        line(
            "of these not there afterwards",
            killed.lost.to_string(),
            &most(killed.lost as f64, 0.0),
        ),
    ];
    drawn(lines)
}

/// What a crowd did to one polite client.
pub(super) fn crowded(crowded: &Crowded) -> String {
    let size = crowded.size;
    let rows = [
        ("alone".to_owned(), &crowded.alone),
        (
            format!("beside {} silent connections", size.idle),
            &crowded.beside_idle,
        ),
        (
            format!("beside {} dripping uploads", size.uploads),
            &crowded.beside_uploads,
        ),
    ];
    let rows = rows.into_iter().map(|(beside, answers)| {
        let timed = [&answers.index, &answers.cold, &answers.publish];
        let mut cells = vec![beside];
        cells.extend(timed.map(|timed| format!("{:.2} / {:.1}", timed.median_ms, timed.slow_ms)));
        let slowest = timed
            .iter()
            .fold(0.0, |most, timed| timed.slow_ms.max(most));
        cells.push(answers.refused.to_string());
        let met = answers.refused == 0 && slowest <= CROWDED_MS_MAX;
        cells.push(aim(Some(("≤", CROWDED_MS_MAX, met))));
        cells
    });
    let header = [
        "one client",
        "in memory, ms / 1 of 100",
        "from upstream, ms / 1 of 100",
        "publish, ms / 1 of 100",
        "refused",
        "aim",
    ];
    let once = |times: usize| aim(Some(("≤", 1.0, times <= 1)));
    let lines = [
        line(
            "memory for a silent connection",
            format!("{:.1} KiB", crowded.idle_kib),
            "",
        ),
        line(
            &format!("upstream asked for an index file that {} want", size.cold),
            crowded.cold.index_file.to_string(),
            &once(crowded.cold.index_file),
        ),
        line(
            &format!("upstream asked for an archive that {} want", size.cold),
            crowded.cold.archive.to_string(),
            &once(crowded.cold.archive),
        ),
    ];
    format!("{}\n{}", table(&header, rows), drawn(lines))
}

/// What minutes of everything came to.
pub(super) fn mixed(mixed: &Mixed) -> String {
    let header = [
        "request",
        "a second",
        "median ms",
        "1 of 100, ms",
        "refused",
    ];
    let rows = mixed.asked.iter().map(|asked| {
        vec![
            asked.what.to_owned(),
            format!("{:.0}", asked.per_sec),
            format!("{:.2}", asked.median_ms),
            format!("{:.1}", asked.slow_ms),
            asked.refused.to_string(),
        ]
    });
    let series = mixed.resident_mib.iter();
    let series: Vec<String> = series.map(|mib| format!("{mib:.0}")).collect();
    let met = mixed.growth <= GROWTH_MAX;
    let lines = [line(
        "memory, last tenth of the time / fourth",
        format!("{:.3}", mixed.growth),
        &format!("≤ {GROWTH_MAX} {}", if met { "met" } else { "**missed**" }),
    )];
    format!(
        "{}\nresident MiB, {} notes in {} s: {}\n\n{}",
        table(&header, rows),
        series.len(),
        mixed.size.seconds,
        series.join(" "),
        drawn(lines)
    )
}

fn line(what: &str, figure: String, aim: &str) -> Line {
    (what.to_owned(), figure, aim.to_owned())
}

fn drawn<const N: usize>(lines: [Line; N]) -> String {
    let rows = lines.into_iter();
    let rows = rows.map(|(what, figure, aim)| vec![what, figure, aim]);
    table(&["what", "figure", "aim"], rows)
}
