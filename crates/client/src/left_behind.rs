//! Releases that must not be sent because something they are built with is left out.
//!
//! In a workspace it is found by path. Once published there is the bare name alone,
//! and whoever builds it would ask crates.io: for a private name, and for whatever
//! somebody has published there under it.
//!
//! Absent: what is left out and why (`publish.rs`), and dependencies on what nobody
//! named and no workspace has, which the server settles.

use crate::batch::{Batch, Settled};
use crate::publish_order::needed;
use crossdock_core::name::CrateName;
use crossdock_core::release::DependencyKind;
use crossdock_core::version::Version;
use crossdock_folder::Packed;
use std::collections::BTreeSet;

/// A release that is not sent.
#[derive(Clone, Debug)]
pub(crate) struct Left {
    /// The crate.
    pub(crate) name: CrateName,
    /// Its version.
    pub(crate) version: Version,
    /// Why it is not sent.
    pub(crate) why: String,
}

/// Refuses all of `sent` if one of them needs what is left; nothing if none does.
///
/// `left` are those of the releases that were named; `forbidden` says of any other
/// package why it may not go to where these go.
pub(crate) fn refused(
    sent: &[Packed],
    left: &[Left],
    forbidden: impl Fn(&crossdock_folder::Beside) -> Option<String>,
) -> Option<Batch> {
    let details: Vec<Vec<String>> = sent
        .iter()
        .map(|packed| {
            let mut lacking = by_path(packed, sent, &forbidden);
            lacking.extend(by_name(packed, sent, left));
            lacking.into_iter().collect()
        })
        .collect();
    if details.iter().all(Vec::is_empty) {
        return None;
    }
    let crates = sent.iter().zip(details);
    Some(Batch {
        taken: false,
        crates: crates
            .map(|(packed, details)| settled(packed, &details))
            .collect(),
    })
}

fn settled(packed: &Packed, details: &[String]) -> Settled {
    let status = match details.is_empty() {
        true => "not-published",
        false => "refused",
    };
    Settled {
        name: packed.name.to_string(),
        vers: packed.version.to_string(),
        checksum: None,
        status: status.to_owned(),
        minted: None,
        detail: (!details.is_empty()).then(|| details.join("; ")),
        ignored: Vec::new(),
        warnings: Vec::new(),
        difference: None,
    }
}

/// What a package needs of its own workspace, whether it was named or not.
fn by_path(
    packed: &Packed,
    sent: &[Packed],
    forbidden: impl Fn(&crossdock_folder::Beside) -> Option<String>,
) -> BTreeSet<String> {
    let goes_too = |name: &CrateName, version: &Version| {
        let mut sent = sent.iter();
        sent.any(|it| it.name.key() == name.key() && it.version == *version)
    };
    let lacking = packed.beside.iter();
    lacking
        .filter(|it| !goes_too(&it.name, &it.version))
        .filter_map(|it| Some(told(&it.name, &it.version, &forbidden(it)?)))
        .collect()
}

/// What a release needs by name, of those that were named and are left out.
fn by_name(packed: &Packed, sent: &[Packed], left: &[Left]) -> BTreeSet<String> {
    let mut lacking = BTreeSet::new();
    let bare = packed.manifest.dependencies.iter();
    let bare = bare.filter(|it| it.registry_index.is_none() && it.kind != DependencyKind::Dev);
    for dependency in bare {
        let (key, requirement) = needed(dependency.crate_name(), &dependency.req);
        let is_it = |name: &CrateName, version: &Version| {
            name.key() == key && requirement.matches(version.as_semver())
        };
        if sent.iter().any(|it| is_it(&it.name, &it.version)) {
            continue;
        }
        let left = left.iter().filter(|it| is_it(&it.name, &it.version));
        lacking.extend(left.map(|it| told(&it.name, &it.version, &it.why)));
    }
    lacking
}

fn told(name: &CrateName, version: &Version, why: &str) -> String {
    format!(
        "it is built with {name} {version}, which is left out ({why}), and whoever builds it \
         would ask crates.io for `{name}`; publish `{name}` as well, or write the registry that \
         has it beside its version (`registry = \"…\"`), or do without it"
    )
}
