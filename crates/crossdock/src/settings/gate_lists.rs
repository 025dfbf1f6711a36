//! Lists of releases and of licences, which some gates look things up in.
//!
//! Absent: what is a match (`core`).

use super::fault::Faults;
use super::section::{Item, Section};
use crossdock_core::decision::Words;
use crossdock_core::gate::{Licences, ReleaseList, ReleasePattern, Versions};
use std::ops::Range;
use toml::de::DeTable;

/// Reads `releases`: patterns of releases, each with the reason why.
pub(super) fn releases(section: &mut Section<'_>, faults: &mut Faults) -> Option<ReleaseList> {
    let (title, place) = section.place();
    let (title, place) = (title.to_owned(), place);
    let Some(item) = section.take("releases") else {
        faults.note(
            format!("{title} lists no releases"),
            place,
            "a list that is not there would stop everything or nothing",
            "write releases = { \"time@<0.2.23\" = \"why\" }",
        );
        return None;
    };
    let mut listed = Vec::new();
    for (pattern, item) in patterns(item.table(faults)?, faults) {
        let Some(reason) = item.text(faults) else {
            continue;
        };
        match Words::parse(reason) {
            Ok(reason) => listed.push((pattern, reason.to_string())),
            Err(error) => faults.note(
                format!("the reason for `{pattern}` {error}"),
                item.place(),
                "people read it when their build stops",
                "write a sentence",
            ),
        }
    }
    Some(ReleaseList::new(listed))
}

/// Refuses what is allowed and denied at once: it would be denied, and the line that
/// allows it would mean nothing. Some versions of what is allowed may be denied.
pub(super) fn contradicted(
    place: Range<usize>,
    allow: &ReleaseList,
    deny: &ReleaseList,
    faults: &mut Faults,
) {
    for (allowed, _) in allow.iter() {
        let is_denied = |(denied, _): (&ReleasePattern, &str)| {
            let all = denied.versions == Versions::All || denied.versions == allowed.versions;
            denied.names == allowed.names && all
        };
        if deny.iter().any(is_denied) {
            faults.note(
                format!("`{allowed}` is both in `allow` and in `deny`"),
                place.clone(),
                "what is denied is stopped, whatever is allowed",
                "take it out of one of them, or deny fewer of its versions",
            );
        }
    }
}

/// Reads `allow` and `clarify`.
pub(super) fn licences(section: &mut Section<'_>, faults: &mut Faults) -> Option<Licences> {
    let (title, place) = section.place();
    let (title, place) = (title.to_owned(), place);
    let mut licences = Licences::default();
    let (allowed, clarified) = (section.take("allow"), section.take("clarify"));
    if allowed.is_none() {
        faults.note(
            format!("{title} allows no licence"),
            place,
            "every release would be stopped once its archive was seen",
            "write allow = [\"MIT\", \"Apache-2.0\"]",
        );
    }
    let allowed = allowed.and_then(|item| item.array(faults));
    for item in allowed.unwrap_or_default() {
        if let Some(text) = item.text(faults)
            && let Err(error) = licences.allow(text)
        {
            not_spdx(error.to_string(), item.place(), faults);
        }
    }
    let Some(clarified) = clarified.and_then(|item| item.table(faults)) else {
        return Some(licences);
    };
    for (pattern, item) in patterns(clarified, faults) {
        if let Some(text) = item.text(faults)
            && let Err(error) = licences.clarify(pattern, text)
        {
            not_spdx(error.to_string(), item.place(), faults);
        }
    }
    Some(licences)
}

/// Reads the keys of a table as patterns of releases.
fn patterns<'t>(table: &'t DeTable<'t>, faults: &mut Faults) -> Vec<(ReleasePattern, Item<'t>)> {
    let mut read = Vec::new();
    for (key, value) in table {
        let item = Item {
            title: format!("what is said of `{}`", key.get_ref()),
            key: key.span(),
            value,
        };
        match ReleasePattern::parse(key.get_ref()) {
            Ok(pattern) => read.push((pattern, item)),
            Err(error) => faults.note(
                error.to_string(),
                key.span(),
                "releases are named by crate and version or requirement",
                "write \"petal\", \"petal@1.1.4\" for one, \"petal@<1.1\" or \"acme-*@^2\" for several",
            ),
        }
    }
    read
}

fn not_spdx(what: String, place: Range<usize>, faults: &mut Faults) {
    faults.note(
        what,
        place,
        "licences are compared by their names in the SPDX list",
        "write such as \"MIT\", \"Apache-2.0 WITH LLVM-exception\"; one licence for each entry of `allow`",
    );
}
