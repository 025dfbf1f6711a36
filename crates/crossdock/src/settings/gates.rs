//! `[views.NAME.gates]`: what a view lets through of its mirrored releases.
//!
//! Each gate is a key. Its table says whether it acts (`mode`), how (`effect`), on
//! whom besides mirrors (`applies-to`), and what it looks for.
//!
//! Absent: what a gate finds (`core`), lists and licences (`gate_lists.rs`).

use super::claims::member_of;
use super::fault::Faults;
use super::gate_lists::{contradicted, licences, releases};
use super::section::{Item, Section};
use crossdock_core::gate::{Effect, Gates, MinAge, Mode, Rule};
use crossdock_core::policy::Member;
use crossdock_core::registry_name::RegistryName;
use std::collections::BTreeMap;
use toml::de::DeValue;

type Members = BTreeMap<RegistryName, Member>;

/// Reads the gates of a view.
pub(super) fn gates(item: Option<Item<'_>>, members: &Members, faults: &mut Faults) -> Gates {
    let Some(item) = item else {
        return Gates::default();
    };
    let Some(table) = item.table(faults) else {
        return Gates::default();
    };
    let mut section = Section::new(item.title.clone(), item.key.clone(), table);
    let allow = section.take("allow");
    let allowed_at = allow.as_ref().map(Item::place);
    let gates = Gates {
        min_age: read(section.take("min-age"), members, faults, min_age),
        deny: read(section.take("deny"), members, faults, releases),
        allow: read(allow, members, faults, releases),
        admit: admit(section.take("admit"), members, faults),
        licences: read(section.take("licences"), members, faults, licences),
        typo_squats: switch(section.take("typo-squats"), members, faults),
        closed: switch(section.take("closed"), members, faults),
    };
    section.finish(faults);
    if let (Some(place), Some(allow), Some(deny)) = (allowed_at, &gates.allow, &gates.deny)
        && allow.0.mode != Mode::Off
        && deny.0.mode != Mode::Off
    {
        contradicted(place, &allow.1, &deny.1, faults);
    }
    gates
}

/// Reads a gate's table: its rule, and with `what` the rest.
fn read<T>(
    item: Option<Item<'_>>,
    members: &Members,
    faults: &mut Faults,
    what: impl FnOnce(&mut Section<'_>, &mut Faults) -> Option<T>,
) -> Option<(Rule, T)> {
    let item = item?;
    let table = item.table(faults)?;
    let mut section = Section::new(item.title.clone(), item.place(), table);
    let what = what(&mut section, faults);
    let rule = rule(&mut section, members, faults);
    section.finish(faults);
    Some((rule, what?))
}

/// Reads a gate that is either there or not: `true`, `false`, or a table with its rule.
fn switch(item: Option<Item<'_>>, members: &Members, faults: &mut Faults) -> Option<Rule> {
    let item = item?;
    match item.value.get_ref() {
        DeValue::Boolean(true) => Some(Rule::new(Mode::Enforce, Effect::Yank)),
        DeValue::Boolean(false) => None,
        DeValue::Table(_) => {
            let read = read(Some(item), members, faults, |_, _| Some(()));
            read.map(|(rule, ())| rule)
        }
        _ => item.expected(
            "true, false or a table such as { mode = \"audit\" }",
            faults,
        ),
    }
}

/// Reads `admit`: `"anything"`, `"approved"`, or a table with `only = "approved"`.
fn admit(item: Option<Item<'_>>, members: &Members, faults: &mut Faults) -> Option<Rule> {
    let item = item?;
    if let DeValue::Table(_) = item.value.get_ref() {
        let read = read(Some(item), members, faults, |section, faults| {
            let Some(only) = section.take("only") else {
                let (title, place) = section.place();
                let what = format!("{title} says not what is admitted");
                faults.note(
                    what,
                    place,
                    "a gate needs to know whom to let in",
                    "write only = \"approved\"",
                );
                return None;
            };
            match only.text(faults)? {
                "approved" => Some(()),
                _ => only.expected("\"approved\"", faults),
            }
        });
        return read.map(|(rule, ())| rule);
    }
    match item.text(faults)? {
        "approved" => Some(Rule::new(Mode::Enforce, Effect::Yank)),
        "anything" => None,
        _ => item.expected("\"anything\" or \"approved\"", faults),
    }
}

/// Reads what all gates have: `mode`, `effect`, `applies-to`.
fn rule(section: &mut Section<'_>, members: &Members, faults: &mut Faults) -> Rule {
    let mode = section
        .take("mode")
        .and_then(|item| match item.text(faults)? {
            "off" => Some(Mode::Off),
            "audit" => Some(Mode::Audit),
            "enforce" => Some(Mode::Enforce),
            _ => item.expected("\"off\", \"audit\" or \"enforce\"", faults),
        });
    let effect = section
        .take("effect")
        .and_then(|item| match item.text(faults)? {
            "yank" => Some(Effect::Yank),
            "block" => Some(Effect::Block),
            _ => item.expected("\"yank\" or \"block\"", faults),
        });
    let mut rule = Rule::new(
        mode.unwrap_or(Mode::Enforce),
        effect.unwrap_or(Effect::Yank),
    );
    let others = section.take("applies-to");
    for item in others
        .and_then(|item| item.array(faults))
        .unwrap_or_default()
    {
        rule.applies_to.extend(member_of(&item, members, faults));
    }
    rule
}

/// Reads `days` and `hours`, which add up.
fn min_age(section: &mut Section<'_>, faults: &mut Faults) -> Option<MinAge> {
    let (title, place) = section.place();
    let title = title.to_owned();
    let number = |item: Option<Item<'_>>, faults: &mut Faults| match item {
        Some(item) => item.number(faults),
        None => Some(0),
    };
    let days = number(section.take("days"), faults)?;
    let hours = number(section.take("hours"), faults)?;
    let hours_in_all = days
        .checked_mul(24)
        .and_then(|of_days| of_days.checked_add(hours));
    let seconds = hours_in_all.and_then(|hours| u32::try_from(hours.checked_mul(3600)?).ok());
    let age = seconds.and_then(MinAge::of_seconds);
    if age.is_none() {
        faults.note(
            format!("{title} is no age"),
            place,
            "it is at least an hour and at most ten years",
            "write min-age = { days = 3 }, or { hours = 12 }",
        );
    }
    age
}
