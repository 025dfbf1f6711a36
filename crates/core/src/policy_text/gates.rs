//! The lines of a policy's text that say what a view lets through.
//!
//! A gate has one line with its mode, effect and members, and what it is set to has
//! lines of its own. Reasons are texts of people: a line break in one is written `\n`.

use crate::gate::{Effect, Gate, Gates, Licences, MinAge, Mode, ReleaseList, ReleasePattern, Rule};
use std::collections::BTreeSet;

/// What stands between a pattern of releases and the reason, or the licence.
const BECAUSE: &str = " because ";

/// Lists the lines of gates, each its keyword and the rest.
pub(super) fn lines(gates: &Gates) -> Vec<(&'static str, String)> {
    let Gates {
        min_age,
        deny,
        allow,
        admit,
        licences,
        typo_squats,
        closed,
    } = gates;
    let mut lines = Vec::new();
    if let Some((rule, age)) = min_age {
        lines.push(gate(Gate::MinAge, rule));
        lines.push(("min-age", age.seconds().to_string()));
    }
    for (of, list, keyword) in [
        (Gate::Deny, deny, "deny-release"),
        (Gate::Allow, allow, "allow-release"),
    ] {
        if let Some((rule, list)) = list {
            lines.push(gate(of, rule));
            lines.extend(listed(keyword, list));
        }
    }
    if let Some((rule, licences)) = licences {
        lines.push(gate(Gate::Licences, rule));
        let allowed = licences.allowed().map(|licence| ("licence", licence));
        lines.extend(allowed);
        let clarified: BTreeSet<String> = licences
            .clarified()
            .map(|(releases, licence)| format!("{releases}{BECAUSE}{licence}"))
            .collect();
        lines.extend(clarified.into_iter().map(|text| ("clarified", text)));
    }
    for (of, rule) in [
        (Gate::Admit, admit),
        (Gate::TypoSquats, typo_squats),
        (Gate::Closed, closed),
    ] {
        lines.extend(rule.iter().map(|rule| gate(of, rule)));
    }
    lines
}

/// Reads one line into gates; a keyword that is none of theirs is nothing.
pub(super) fn read(gates: &mut Gates, keyword: &str, rest: &str) -> Option<()> {
    match keyword {
        "gate" => read_gate(gates, rest),
        "min-age" => {
            let age = MinAge::of_seconds(rest.parse().ok()?)?;
            gates.min_age.as_mut()?.1 = age;
            Some(())
        }
        "deny-release" => add(&mut gates.deny.as_mut()?.1, rest),
        "allow-release" => add(&mut gates.allow.as_mut()?.1, rest),
        "licence" => gates.licences.as_mut()?.1.allow(rest).ok(),
        "clarified" => {
            let (releases, licence) = rest.split_once(BECAUSE)?;
            let releases = ReleasePattern::parse(releases).ok()?;
            gates.licences.as_mut()?.1.clarify(releases, licence).ok()
        }
        _ => None,
    }
}

fn gate(gate: Gate, rule: &Rule) -> (&'static str, String) {
    let Rule {
        mode,
        effect,
        applies_to,
    } = rule;
    let mut text = format!("{gate} {} {}", mode_word(*mode), effect_word(*effect));
    for member in applies_to {
        text += &format!(" {member}");
    }
    ("gate", text)
}

fn read_gate(gates: &mut Gates, rest: &str) -> Option<()> {
    let mut words = rest.split(' ');
    let gate: Gate = words.next()?.parse().ok()?;
    let (mode, effect) = (mode_of(words.next()?)?, effect_of(words.next()?)?);
    let applies_to = words.map(|word| word.parse().ok());
    let rule = Rule {
        mode,
        effect,
        applies_to: applies_to.collect::<Option<_>>()?,
    };
    match gate {
        // The age itself stands on the line that follows.
        Gate::MinAge => gates.min_age = Some((rule, MinAge::of_seconds(1)?)),
        Gate::Deny => gates.deny = Some((rule, ReleaseList::default())),
        Gate::Allow => gates.allow = Some((rule, ReleaseList::default())),
        Gate::Admit => gates.admit = Some(rule),
        Gate::Licences => gates.licences = Some((rule, Licences::default())),
        Gate::TypoSquats => gates.typo_squats = Some(rule),
        Gate::Closed => gates.closed = Some(rule),
    }
    Some(())
}

fn listed(keyword: &'static str, list: &ReleaseList) -> Vec<(&'static str, String)> {
    let lines: BTreeSet<String> = list
        .iter()
        .map(|(releases, reason)| format!("{releases}{BECAUSE}{}", escaped(reason)))
        .collect();
    lines.into_iter().map(|line| (keyword, line)).collect()
}

fn add(list: &mut ReleaseList, rest: &str) -> Option<()> {
    let (releases, reason) = rest.split_once(BECAUSE)?;
    let releases = ReleasePattern::parse(releases).ok()?;
    list.add(releases, unescaped(reason)?);
    Some(())
}

fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\");
    text.replace('\n', "\\n").replace('\r', "\\r")
}

fn unescaped(text: &str) -> Option<String> {
    let (mut plain, mut chars) = (String::new(), text.chars());
    while let Some(char) = chars.next() {
        plain.push(match char {
            '\\' => match chars.next()? {
                '\\' => '\\',
                'n' => '\n',
                'r' => '\r',
                _ => return None,
            },
            other => other,
        });
    }
    Some(plain)
}

fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Off => "off",
        Mode::Audit => "audit",
        Mode::Enforce => "enforce",
    }
}

fn mode_of(word: &str) -> Option<Mode> {
    let all = [Mode::Off, Mode::Audit, Mode::Enforce];
    all.into_iter().find(|one| mode_word(*one) == word)
}

fn effect_word(effect: Effect) -> &'static str {
    match effect {
        Effect::Yank => "yank",
        Effect::Block => "block",
    }
}

fn effect_of(word: &str) -> Option<Effect> {
    let all = [Effect::Yank, Effect::Block];
    all.into_iter().find(|one| effect_word(*one) == word)
}
