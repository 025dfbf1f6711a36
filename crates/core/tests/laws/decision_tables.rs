//! The small world as tables, for `docs/federation.md`.
//!
//! What several settings have in common is asserted here and told there once.

use crate::enumeration::{ALL_SAYS, NAMES, Said, Says, combinations, small_world};
use crate::federation_document::hold_in_document;
use crate::oracle::Outcome;
use crate::verdict_text::outcome;
use crossdock_core::merge::Verdict;
use std::fmt::Write;

#[test]
fn tables_of_decisions() {
    let text = decisions();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("merge_table", text));
    hold_in_document("decisions", &text);
}

fn decisions() -> String {
    let mut text = String::new();
    let inside = [true, true];
    let (mixed, outside) = ([true, false], [false, false]);
    let everywhere = combinations(&[true, false], 2);

    section(
        &mut text,
        "Nothing on record, no claim, nothing declared; a and b both inside, or both outside",
    );
    same(Said::Nothing, &[&inside, &outside]);
    matrix(&mut text, Said::Nothing, &inside);

    section(&mut text, "The same, a inside and b outside");
    matrix(&mut text, Said::Nothing, &mixed);

    section(
        &mut text,
        "a on record or claimed for a, whatever b is and says",
    );
    for said in [
        Said::RecordOfA,
        Said::ClaimedForA,
        Said::RecordOfAllClaimedForA,
    ] {
        for sides in &everywhere {
            for says in combinations(&ALL_SAYS, 2) {
                let alone = cell(Said::RecordOfA, &inside, &[says[0], Says::Nothing]);
                assert_eq!(
                    cell(said, sides, &says),
                    alone,
                    "{said:?} {sides:?} {says:?}"
                );
            }
        }
    }
    column(&mut text, |says| {
        cell(Said::RecordOfA, &inside, &[says, Says::Nothing])
    });

    section(
        &mut text,
        "a and b declared `same-crate`, whatever their sides, on record together or not",
    );
    for sides in &everywhere {
        same(Said::DeclaredSame, &[&inside, sides]);
        for says in combinations(&ALL_SAYS, 2) {
            let recorded = cell(Said::DeclaredSameRecordOfAll, sides, &says);
            assert_eq!(
                recorded,
                cell(Said::DeclaredSame, sides, &says),
                "{sides:?} {says:?}"
            );
        }
    }
    matrix(&mut text, Said::DeclaredSame, &inside);

    // Told in the prose only.
    same(Said::RecordOfAll, &[&inside, &outside]);
    for says in combinations(&ALL_SAYS, 2) {
        let without_b = cell(Said::Nothing, &inside, &[says[0], Says::Nothing]);
        assert_eq!(
            cell(Said::LastIsLimited, &inside, &says),
            without_b,
            "limited: {says:?}"
        );
        let unrecorded = cell(Said::Nothing, &inside, &says);
        assert_eq!(
            cell(Said::RecordOfAll, &inside, &says),
            unrecorded,
            "shared: {says:?}"
        );
        let inside_alone = cell(Said::RecordOfA, &inside, &[says[0], Says::Nothing]);
        assert_eq!(
            cell(Said::RecordOfAll, &mixed, &says),
            inside_alone,
            "mixed: {says:?}"
        );
    }

    section(
        &mut text,
        "Three members: of the 216 things they can say together, how many end how",
    );
    text += "| | one owner | several, all shown | several, some withheld | 403 | 404 | 503 |\n|---|---|---|---|---|---|---|\n";
    for (label, said, sides) in [
        (
            "all inside, or all outside",
            Said::Nothing,
            [true, true, true],
        ),
        (
            "two inside, one outside",
            Said::Nothing,
            [true, true, false],
        ),
        (
            "one inside, two outside",
            Said::Nothing,
            [true, false, false],
        ),
        (
            "a on record, or claimed for a",
            Said::RecordOfA,
            [true, true, true],
        ),
        (
            "all on record together",
            Said::RecordOfAll,
            [true, true, true],
        ),
        (
            "all declared `same-crate`",
            Said::DeclaredSame,
            [true, true, true],
        ),
    ] {
        let counts = counts(said, &sides);
        let _ = writeln!(
            text,
            "| {label} | {} |",
            counts.map(|count| count.to_string()).join(" | ")
        );
    }
    assert_eq!(
        counts(Said::Nothing, &[true; 3]),
        counts(Said::Nothing, &[false; 3])
    );
    assert_eq!(
        counts(Said::RecordOfA, &[true; 3]),
        counts(Said::ClaimedForA, &[false; 3])
    );
    text
}

fn section(text: &mut String, title: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    let _ = write!(text, "### {title}\n\n");
}

fn same(said: Said, sides: &[&[bool]]) {
    for says in combinations(&ALL_SAYS, 2) {
        let cells: Vec<String> = sides
            .iter()
            .map(|inside| cell(said, inside, &says))
            .collect();
        assert!(
            cells.iter().all(|cell| *cell == cells[0]),
            "{said:?} {says:?}: {cells:?}"
        );
    }
}

fn matrix(text: &mut String, said: Said, inside: &[bool]) {
    let labels: Vec<String> = ALL_SAYS
        .iter()
        .map(|says| format!("b: {}", says.label()))
        .collect();
    let _ = writeln!(
        text,
        "| | {} |\n|---|{}",
        labels.join(" | "),
        "---|".repeat(labels.len())
    );
    for a in ALL_SAYS {
        let cells: Vec<String> = ALL_SAYS
            .iter()
            .map(|b| cell(said, inside, &[a, *b]))
            .collect();
        let _ = writeln!(text, "| **a: {}** | {} |", a.label(), cells.join(" | "));
    }
}

fn column(text: &mut String, cell: impl Fn(Says) -> String) {
    let labels: Vec<String> = ALL_SAYS
        .iter()
        .map(|says| format!("a: {}", says.label()))
        .collect();
    let _ = writeln!(
        text,
        "| {} |\n|{}",
        labels.join(" | "),
        "---|".repeat(labels.len())
    );
    let cells: Vec<String> = ALL_SAYS.iter().map(|a| cell(*a)).collect();
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

fn cell(said: Said, inside: &[bool], says: &[Says]) -> String {
    told(&small_world(said, inside, says).verdict())
}

/// Tells a verdict in the few words that a cell has room for.
pub(crate) fn told(verdict: &Verdict) -> String {
    let shown = match outcome(verdict) {
        Outcome::Absent => return "404".to_owned(),
        Outcome::Undecided => return "503".to_owned(),
        Outcome::Refused { .. } => return "403".to_owned(),
        Outcome::Shown(shown) => shown,
    };
    let short = |versions: Vec<&String>| -> String {
        let plain = versions
            .iter()
            .filter_map(|version| version.strip_suffix(".0"));
        plain.collect::<Vec<_>>().join(" and ")
    };
    let mut speaks: Vec<&str> = shown
        .releases
        .values()
        .map(|(from, _, _)| from.as_str())
        .collect();
    speaks.dedup();
    let whose = match shown.rule {
        "agreed" | "same crate" => "both".to_owned(),
        _ => speaks.join(", "),
    };
    let mut cell = format!("{whose}: {}", short(shown.releases.keys().collect()));
    if !shown.withheld.is_empty() {
        let _ = write!(cell, ", without {}", short(shown.withheld.keys().collect()));
    }
    if !shown.differing.is_empty() {
        cell += ", alarm";
    }
    cell
}

fn counts(said: Said, inside: &[bool]) -> [usize; 6] {
    let mut counts = [0; 6];
    for says in combinations(&ALL_SAYS, NAMES.len()) {
        let verdict = small_world(said, inside, &says).verdict();
        counts[ending(&outcome(&verdict))] += 1;
    }
    counts
}

/// Which column an outcome is counted in.
pub(crate) fn ending(outcome: &Outcome) -> usize {
    match outcome {
        Outcome::Shown(shown) if shown.owner.is_some() => 0,
        Outcome::Shown(shown) if shown.withheld.is_empty() => 1,
        Outcome::Shown(_) => 2,
        Outcome::Refused { .. } => 3,
        Outcome::Absent => 4,
        Outcome::Undecided => 5,
    }
}
