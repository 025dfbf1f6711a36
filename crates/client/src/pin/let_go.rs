//! Takes out of cargo's configuration what a pin put there.
//!
//! A source that stays replaced, though by a live address, is not as it was: cargo then
//! does not find what `publish --workspace` is about to upload (docs/decisions, 0005).
//! So all of it goes, and what it had taken the place of comes back: the view for
//! crates.io, faces that `setup --faces` wrote.

use super::name;
use crate::cargo_config::MergeError;
use std::collections::BTreeSet;
use toml_edit::{DocumentMut, Item, TableLike, Value};

/// The key of a source that says what takes its place.
const REPLACED: &str = "replace-with";

/// Takes out what a pin of `view` left, which cargo calls `called`; the same text if
/// none did.
///
/// # Errors
/// [`MergeError`] if the text is not TOML.
pub fn let_go(text: &str, view: &str, called: &str) -> Result<String, MergeError> {
    let mut document: DocumentMut = text.parse().map_err(MergeError::NotToml)?;
    let pinned = pinned_registries(&document, view, called);
    if pinned.is_empty() {
        return Ok(text.to_owned());
    }
    if let Some(registries) = table_of(&mut document, "registries") {
        pinned.iter().for_each(|name| drop(registries.remove(name)));
    }
    let before = |pinned: &str| {
        let from = pinned.strip_prefix(&name(called)).unwrap_or_default();
        format!("{called}{from}")
    };
    let known: BTreeSet<String> = table_of(&mut document, "registries")
        .map(|registries| registries.iter().map(|(name, _)| name.to_owned()).collect())
        .unwrap_or_default();
    let Some(sources) = table_of(&mut document, "source") else {
        return Ok(document.to_string());
    };
    let names: Vec<String> = sources.iter().map(|(name, _)| name.to_owned()).collect();
    for source in names {
        let Some(table) = sources.get_mut(&source).and_then(Item::as_table_like_mut) else {
            continue;
        };
        let Some(replaced) = table.get(REPLACED).and_then(Item::as_str) else {
            continue;
        };
        if !pinned.contains(replaced) {
            continue;
        }
        let live = before(replaced);
        // What the pin found there was led on to what is live, unless it is that itself.
        if source != live && known.contains(&live) {
            turn(table, live);
            continue;
        }
        table.remove(REPLACED);
        table.remove("registry");
        if table.is_empty() {
            sources.remove(&source);
        }
    }
    Ok(document.to_string())
}

/// Names the registries that lead into the past of a view, or did: they are ours by
/// their name and their address.
fn pinned_registries(document: &DocumentMut, view: &str, called: &str) -> BTreeSet<String> {
    let (at_view, inside) = (name(called), format!("/{view}/"));
    // Where a name of ours leads: a member by itself is not reached through the view.
    let expected = |name: &str| {
        let rest = name.strip_prefix(&at_view)?;
        if let Some(member) = rest.strip_prefix("-alone-") {
            return Some(format!("/{member}/at/"));
        }
        (rest.is_empty() || rest.starts_with("-from-")).then(|| inside.clone())
    };
    let is_ours = |name: &str, item: &Item| {
        let index = item.as_table_like().and_then(|table| table.get("index"));
        let index = index.and_then(Item::as_str);
        let within = |expected: String| index.is_some_and(|index| index.contains(&expected));
        expected(name).is_some_and(within)
    };
    let registries = document.get("registries").and_then(Item::as_table_like);
    let registries = registries.into_iter().flat_map(|table| table.iter());
    let pinned = registries.filter(|(name, item)| is_ours(name, item));
    pinned.map(|(name, _)| name.to_owned()).collect()
}

fn table_of<'d>(document: &'d mut DocumentMut, name: &str) -> Option<&'d mut dyn TableLike> {
    document.get_mut(name)?.as_table_like_mut()
}

/// Leads a source elsewhere; the comment beside the value stays.
fn turn(table: &mut dyn TableLike, to: String) {
    if let Some(value) = table.get_mut(REPLACED).and_then(Item::as_value_mut) {
        let decor = value.decor().clone();
        *value = Value::from(to);
        *value.decor_mut() = decor;
    }
}
