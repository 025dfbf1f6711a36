//! The laws of a view, as properties over worlds in which everything collides.
//!
//! One file per law (`docs/federation.md` tells them to people), the worlds they are
//! tried on, and an oracle that decides the same questions by brute force and shares
//! no type with `core` but strings. The small world, enumerated, is the table in
//! `docs/federation.md`.
//!
//! Absent: single examples of small words (names, versions, addresses), which stand
//! beside the code.

#![expect(
    clippy::unwrap_used,
    reason = "a world that cannot be built fails the test"
)]

mod access;
mod agreement;
mod aliases;
mod all_rules;
mod decision_tables;
mod enumeration;
mod epochs;
mod federation_document;
mod folders;
mod gate_strategy;
mod gates;
mod history;
mod never_guess;
mod one_owner;
mod oracle;
mod order;
mod overlays;
mod partings;
mod private_names;
mod removal;
mod route_tables;
mod rule_table;
mod same_bytes;
mod settling;
mod shown;
mod silence;
mod targets;
mod upstream_rows;
mod verdict_text;
mod world;
mod world_strategy;

use proptest::test_runner::Config;

/// How every law is tried: often (more often still by `PROPTEST_CASES`), and without
/// files of failed cases beside the sources, because a failed world becomes a test
/// that says why it is one.
fn trials() -> Config {
    let config = Config::default();
    Config {
        cases: config.cases.max(1_000),
        failure_persistence: None,
        ..config
    }
}
