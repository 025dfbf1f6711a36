//! Gates as the settings say them, and what is said of gates that make no sense.

use super::{read, refused};
use crossdock_core::gate::{Effect, Gate, Mode, Rule};

fn with(gates: &str) -> String {
    format!(
        "[registries.acme]\n[registries.crates-io]\nmirror = 'crates-io'\n\
         [views.main]\nmembers = ['acme', 'crates-io']\n[views.main.gates]\n{gates}\n"
    )
}

#[test]
fn every_gate_has_a_mode_and_an_effect() {
    let settings = read(&with(
        "min-age = { days = 3, hours = 12, mode = 'audit' }\n\
         deny = { releases = { 'time@<0.2.23' = 'RUSTSEC-2020-0071' }, effect = 'block' }\n\
         allow = { releases = { 'serde' = 'ours since ever' }, mode = 'off' }\n\
         admit = 'approved'\n\
         licences = { allow = ['MIT'], clarify = { 'ring@<0.17' = 'ISC AND MIT' }, applies-to = ['acme'] }\n\
         typo-squats = { mode = 'audit' }\n\
         closed = true",
    ));
    let gates = &settings.views["main"].policy.gates;
    let rule = |gate| gates.rule(gate).cloned();
    let plain = Some(Rule::new(Mode::Enforce, Effect::Yank));
    assert_eq!(gates.min_age.as_ref().unwrap().1.to_string(), "84 hours");
    assert_eq!(
        rule(Gate::MinAge),
        Some(Rule::new(Mode::Audit, Effect::Yank))
    );
    assert_eq!(
        rule(Gate::Deny),
        Some(Rule::new(Mode::Enforce, Effect::Block))
    );
    assert_eq!(rule(Gate::Allow), None, "off is as if it were not there");
    assert_eq!(rule(Gate::Admit), plain);
    assert_eq!(
        rule(Gate::TypoSquats),
        Some(Rule::new(Mode::Audit, Effect::Yank))
    );
    assert_eq!(rule(Gate::Closed), plain);
    let of_licences = rule(Gate::Licences).unwrap();
    let others: Vec<_> = of_licences
        .applies_to
        .iter()
        .map(|name| name.as_str())
        .collect();
    assert_eq!(others, ["acme"]);
    // Without the section, and with switches that are off, nothing is asked.
    for open in [
        "",
        "typo-squats = false\nclosed = false\nadmit = 'anything'",
    ] {
        assert!(read(&with(open)).views["main"].policy.gates.is_open());
    }
}

#[test]
fn gates_that_make_no_sense_are_shown_at_their_line() {
    for (gates, what, cure) in [
        (
            "min-aeg = { days = 3 }",
            "unknown key `min-aeg`",
            "did you mean `min-age`?",
        ),
        (
            "min-age = { days = 3, mod = 'audit' }",
            "unknown key `mod`",
            "did you mean `mode`?",
        ),
        ("min-age = {}", "is no age", "write min-age = { days = 3 }"),
        (
            "min-age = { days = 99999999999 }",
            "is no age",
            "at most ten years",
        ),
        ("min-age = 3", "must be a table", ""),
        (
            "min-age = { days = 3, mode = 'on' }",
            "must be \"off\", \"audit\" or \"enforce\"",
            "",
        ),
        (
            "closed = { effect = 'drop' }",
            "must be \"yank\" or \"block\"",
            "",
        ),
        (
            "closed = { applies-to = ['zoo'] }",
            "names no member of this view",
            "members are: acme, crates-io",
        ),
        ("closed = 'yes'", "must be true, false or a table", ""),
        (
            "admit = 'anyone'",
            "must be \"anything\" or \"approved\"",
            "",
        ),
        (
            "admit = { mode = 'audit' }",
            "says not what is admitted",
            "write only = \"approved\"",
        ),
        (
            "deny = { mode = 'audit' }",
            "lists no releases",
            "write releases = {",
        ),
        (
            "deny = { releases = { 'a@b' = 'why' } }",
            "`a@b` names no releases",
            "petal@<1.1",
        ),
        (
            "deny = { releases = { 'a' = '' } }",
            "the reason for `a@*` must be one line",
            "",
        ),
        (
            "allow = { releases = { 'a' = 'x' } }\ndeny = { releases = { 'a' = 'y' } }",
            "`a@*` is both in `allow` and in `deny`",
            "deny fewer of its versions",
        ),
        (
            "licences = { mode = 'audit' }",
            "allows no licence",
            "write allow = [",
        ),
        ("licences = { allow = ['beer'] }", "`beer` is not SPDX", ""),
        (
            "licences = { allow = ['MIT OR ISC'] }",
            "`MIT OR ISC` is not SPDX",
            "",
        ),
        (
            "licences = { allow = ['MIT'], clarify = { 'a' = 'MIT/ISC' } }",
            "`MIT/ISC` is not SPDX",
            "",
        ),
    ] {
        let said = refused(&with(gates));
        assert!(said.contains(what), "{gates}\n{said}");
        assert!(said.contains(cure), "{gates}\n{said}");
        assert!(said.contains("crossdock.toml:7:"), "{gates}\n{said}");
    }
    let said = refused("[registries.a]\n[views.v]\nmembers = ['a']\nclosed = true");
    assert!(
        said.contains("write closed = true in [views.v.gates]"),
        "{said}"
    );
}
