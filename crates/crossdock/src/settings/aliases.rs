//! `aliases` of a view: crates that others provide.
//!
//! Absent: what follows from an alias, and for which releases it holds.

use super::fault::Faults;
use super::section::Item;
use crossdock_core::alias::{AliasRuleError, AliasRules};
use crossdock_core::name::CrateName;
use std::ops::Range;

/// Reads `aliases`: a name, and the crate that provides it.
pub(super) fn read(item: Option<Item<'_>>, faults: &mut Faults) -> AliasRules {
    let mut rules = AliasRules::default();
    let Some(table) = item.and_then(|item| item.table(faults)) else {
        return rules;
    };
    for (key, value) in table {
        let provider = Item {
            title: format!("the provider of `{}`", key.get_ref()),
            key: key.span(),
            value,
        };
        let name = krate(key.get_ref(), key.span(), faults);
        let said = provider.text(faults);
        let provider = said.and_then(|text| krate(text, provider.place(), faults));
        let (Some(name), Some(provider)) = (name, provider) else {
            continue;
        };
        if let Err(error) = rules.declare(&name, provider) {
            let (why, cure) = reason(&error);
            faults.note(error.to_string(), key.span(), why, cure);
        }
    }
    rules
}

fn krate(text: &str, place: Range<usize>, faults: &mut Faults) -> Option<CrateName> {
    let refuse = |error: crossdock_core::name::NameError| {
        faults.note(
            error.to_string(),
            place,
            "an alias is one crate in place of another; patterns make no sense here",
            "write aliases = { rand_hc128 = \"hc128\" }",
        );
    };
    CrateName::parse(text).map_err(refuse).ok()
}

fn reason(error: &AliasRuleError) -> (&'static str, &'static str) {
    match error {
        AliasRuleError::Itself(_) => (
            "an alias leads to another crate",
            "take the line out, or name the crate that provides it",
        ),
        AliasRuleError::Twice { .. } => (
            "names are compared without regard to case and `-` or `_`",
            "keep one of them",
        ),
        AliasRuleError::Chain { .. } => (
            "aliases lead one step, so that no chain and no cycle can arise",
            "let each name lead to the crate that provides it in the end",
        ),
    }
}
