//! Addresses that cargo will ask: whether it may, and whether it asks the right one.
//!
//! Absent: asking (`asked.rs`).

use super::{Cure, Finding, Kind, Lock, Patient, lock_lines};
use crate::cargo_sources::Place;
use crate::needs::NeedSource;
use crate::unify;
use crossdock_core::address::Address;
use crossdock_core::name::{CrateName, NameKey};
use crossdock_wire::lockfile::LockedSource;
use std::collections::BTreeSet;
use url::Url;

pub(super) fn examine(patient: &Patient<'_>) -> Vec<Finding> {
    let mut findings = faces(patient);
    findings.extend(closed(patient));
    findings.extend(ambiguous(patient));
    findings
}

/// Tells whether an address is that of a face: `…/VIEW/from/MEMBER/index/`.
pub(super) fn is_inside_a_view(address: &Address) -> bool {
    face(address).is_some()
}

/// Splits the address of a face into that of the server and the name of the view.
fn face(address: &Address) -> Option<(String, String)> {
    let Address::Sparse(url) = address else {
        return None;
    };
    let segments: Vec<&str> = url.path().trim_matches('/').split('/').collect();
    let [before @ .., view, "from", _, "index"] = &segments[..] else {
        return None;
    };
    let mut server: Url = url.clone();
    server.set_path(&before.join("/"));
    let server = server.as_str().trim_end_matches('/').to_owned();
    Some((server, (*view).to_owned()))
}

/// A lock with a face needs the view: the rows behind the face mean it.
fn faces(patient: &Patient<'_>) -> Vec<Finding> {
    let Some(lock) = patient.lock else {
        return Vec::new();
    };
    let replaced = unify::view(patient.sources);
    let known: Vec<Address> = patient
        .sources
        .known()
        .into_iter()
        .chain(replaced)
        .collect();
    let mut findings = Vec::new();
    let mut told = BTreeSet::new();
    for package in &lock.lock.packages {
        let LockedSource::Registry(written) = &package.source else {
            continue;
        };
        let Some((server, view)) = Address::parse(written).ok().as_ref().and_then(face) else {
            continue;
        };
        let below = format!("sparse+{server}/{view}/");
        let is_known = known
            .iter()
            .any(|known| known.to_string().starts_with(&below));
        if is_known || !told.insert((server.clone(), view.clone())) {
            continue;
        }
        findings.push(Finding {
            kind: Kind::Face,
            place: lock_lines::line(&lock, package),
            problem: format!(
                "`{}` is from inside the view `{view}` of {server}, and nothing in cargo's \
                 configuration leads to that view: what else is of it is looked for at crates.io",
                package.name
            ),
            cure: Cure::Run(format!("crossdock setup --view {view} --url {server}")),
        });
    }
    findings
}

/// cargo does not use a token that it has for a registry with `auth-required`, unless a
/// provider is named (cargo 1.95).
fn closed(patient: &Patient<'_>) -> Vec<Finding> {
    let sources = patient.sources;
    let list = sources.words(&["registry", "global-credential-providers"]);
    let list = list.unwrap_or_default();
    let mut findings = Vec::new();
    for (address, server) in &patient.asked.closed {
        let name = sources.name_of(address);
        let own = name
            .as_ref()
            .and_then(|name| sources.words(&["registries", name, "credential-provider"]));
        let answers = |provider: &String| match server {
            // An address without a name has a token by our provider alone.
            Some(_) if name.is_none() => provider.starts_with("crossdock "),
            _ => true,
        };
        if own.is_some() || list.iter().any(answers) {
            continue;
        }
        let named = name
            .as_ref()
            .and_then(|name| sources.place(&["registries", name, "index"]));
        let Some(place) = named.or_else(|| in_lock(patient.lock.as_ref(), address)) else {
            continue;
        };
        let mut providers = vec!["cargo:token".to_owned()];
        providers.extend(
            server
                .as_ref()
                .map(|server| format!("crossdock credential {server}")),
        );
        findings.push(Finding {
            kind: Kind::Provider,
            place,
            problem: format!(
                "{address} is read with a token, and no credential provider is named that has \
                 one for it: cargo does not use any"
            ),
            cure: Cure::Add {
                file: patient.configuration.to_owned(),
                table: "registry".to_owned(),
                lines: vec![format!("global-credential-providers = {providers:?}")],
                then: None,
            },
        });
    }
    // One list answers for all addresses of a server.
    let mut told: Vec<Cure> = Vec::new();
    findings.retain(|finding| {
        let is_new = !told.contains(&finding.cure);
        told.push(finding.cure.clone());
        is_new
    });
    findings
}

fn in_lock(lock: Option<&Lock<'_>>, address: &Address) -> Option<Place> {
    let lock = lock?;
    let is_it = |source: &LockedSource| match source {
        LockedSource::Registry(written) => Address::parse(written).as_ref() == Ok(address),
        LockedSource::Path | LockedSource::Elsewhere(_) => false,
    };
    let mut packages = lock.lock.packages.iter();
    let package = packages.find(|package| is_it(&package.source))?;
    Some(lock_lines::line(lock, package))
}

/// Names over which the members of the view do not agree, as far as the project has them;
/// all of them if there is no lock, since a resolution may meet any.
fn ambiguous(patient: &Patient<'_>) -> Vec<Finding> {
    let locked: Option<BTreeSet<NameKey>> = patient.lock.map(|lock| {
        let packages = lock.lock.packages.iter();
        packages.map(|package| package.name.key()).collect()
    });
    let mut findings = Vec::new();
    for conflict in &patient.asked.conflicts {
        let Ok(name) = CrateName::parse(&conflict.name) else {
            continue;
        };
        let key = name.key();
        let mut needs = patient.needs.iter();
        let need = needs.find(|need| {
            need.key().as_ref() == Some(&key) && matches!(need.source, NeedSource::Registry(_))
        });
        let package = patient.lock.and_then(|lock| {
            let mut packages = lock.lock.packages.iter();
            let package = packages.find(|package| package.name.key() == key)?;
            Some(lock_lines::line(&lock, package))
        });
        let anywhere = || match &locked {
            Some(_) => None,
            None => patient
                .sources
                .place(&["source", "crates-io", "replace-with"]),
        };
        let place = need.map(|need| need.place.clone()).or(package);
        let Some(place) = place.or_else(anywhere) else {
            continue;
        };
        findings.push(Finding {
            kind: Kind::Ambiguous,
            place,
            problem: format!("`{name}` is ambiguous in the view: {}", conflict.text),
            cure: Cure::Told(conflict.cure.clone()),
        });
    }
    findings
}
