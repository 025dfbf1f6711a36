//! Which rules decide alike, as a table for `docs/federation.md`.
//!
//! Every combination of rules over two members is a function from sides and answers to
//! what is shown. Most combinations are the same few functions, so that the whole of
//! the rules is read as one table whose cells name a function. A rule that does
//! something of its own has no name here, and the test says so.
//!
//! Absent: whether they are right, which `all_rules.rs` asks the oracle.

use crate::all_rules::{
    CLAIMED, Claimed, Declared, LIMITED, Limited, ON_RECORD, OnRecord, RULES_OF_TWO, Rules, WORLDS,
    rules,
};
use crate::decision_tables::told;
use crate::enumeration::{ALL_SAYS, combinations};
use crate::federation_document::hold_in_document;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What two members are shown as, on every side and with everything they say.
type Function = Vec<String>;

#[test]
fn tables_of_rules() {
    let text = table();
    hold_in_document("rules", &text);
}

/// The functions there are, each with rules that have it and a name that tells it.
fn kinds() -> Vec<(Function, &'static str)> {
    let bare = Rules {
        record: OnRecord::Nobody,
        declared: Declared::Nobody,
        claimed: Claimed::Nobody,
        limited: Limited::Nobody,
    };
    let (claimed, declared) = (Claimed::ForA, Declared::All);
    let named = [
        (bare, "who has it"),
        (Rules { claimed, ..bare }, "a alone"),
        (
            Rules {
                claimed: Claimed::ForLast,
                ..bare
            },
            "b alone",
        ),
        (Rules { declared, ..bare }, "both as one"),
        (
            Rules {
                record: OnRecord::All,
                ..bare
            },
            "what they agree on",
        ),
        (
            Rules {
                record: OnRecord::Gone,
                ..bare
            },
            "503",
        ),
    ];
    let kinds: Vec<_> = named
        .into_iter()
        .map(|(rules, name)| (function(rules), name))
        .collect();
    for (at, (function, name)) in kinds.iter().enumerate() {
        let twin = kinds[..at].iter().find(|(other, _)| other == function);
        assert!(twin.is_none(), "{name} is told apart in vain from {twin:?}");
    }
    kinds
}

fn table() -> String {
    let kinds = kinds();
    let all: BTreeMap<Rules, &str> = rules(2)
        .into_iter()
        .map(|rules| {
            let function = function(rules);
            let kind = kinds.iter().find(|(known, _)| *known == function);
            assert!(kind.is_some(), "{rules:?} has no name: {function:?}");
            (rules, kind.unwrap().1)
        })
        .collect();
    assert_eq!(all.len(), RULES_OF_TWO);
    let mut text = format!(
        "These {RULES_OF_TWO} combinations of rules over two members, and {} of one and three, were tried\n\
         on every side and with everything that members can say: {} worlds, each decided twice.\n\n\
         | on record | declared `same-crate` | no claim | no claim, b limited | no claim, a limited | claimed for a | claimed for b |\n\
         |---|---|---|---|---|---|---|\n",
        4 * 3 * 3 + 4 * 3 * 3 * 3,
        thousands(WORLDS),
    );
    for record in ON_RECORD {
        let rows = [Declared::Nobody, Declared::All].map(|declared| row(&all, record, declared));
        let labels: &[&str] = match rows[0] == rows[1] {
            true => &["or not"],
            false => &["no", "yes"],
        };
        for (label, row) in labels.iter().zip(rows) {
            let _ = writeln!(
                text,
                "| {} | {label} | {} |",
                whose(record),
                row.join(" | ")
            );
        }
    }
    text
}

/// A row's cells; what is told in one cell is asserted to be one thing.
fn row(all: &BTreeMap<Rules, &'static str>, record: OnRecord, declared: Declared) -> Vec<String> {
    let cell = |claims: &[Claimed], limits: &[Limited]| {
        let mut told: Vec<&str> = Vec::new();
        for claimed in claims {
            for limited in limits {
                told.push(
                    all[&Rules {
                        record,
                        declared,
                        claimed: *claimed,
                        limited: *limited,
                    }],
                );
            }
        }
        told.dedup();
        assert_eq!(
            told.len(),
            1,
            "{record:?} {declared:?} {claims:?} {limits:?}"
        );
        told[0].to_owned()
    };
    let none = [Claimed::Nobody];
    let (for_a, for_b) = (
        [Claimed::ForA, Claimed::ForAByPattern],
        [Claimed::ForLast, Claimed::ForLastOverPatternOfA],
    );
    assert_eq!(none.len() + for_a.len() + for_b.len(), CLAIMED.len());
    vec![
        cell(&none, &[Limited::Nobody, Limited::LastToThis]),
        cell(&none, &[Limited::LastToOthers]),
        cell(&none, &[Limited::AToOthers]),
        cell(&for_a, &LIMITED),
        cell(&for_b, &LIMITED),
    ]
}

fn whose(record: OnRecord) -> &'static str {
    match record {
        OnRecord::Nobody => "nobody",
        OnRecord::A => "a",
        OnRecord::All => "a and b together",
        OnRecord::AllSettledForA => "a and b, settled for a",
        OnRecord::Gone => "who left the view",
        OnRecord::AWithGone => "a, with who left the view",
    }
}

fn function(rules: Rules) -> Function {
    let mut cells = Vec::new();
    for inside in combinations(&[true, false], 2) {
        for says in combinations(&ALL_SAYS, 2) {
            cells.push(told(&rules.world(&inside, &says).verdict()));
        }
    }
    cells
}

fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap())
        .collect();
    groups.join(",")
}
