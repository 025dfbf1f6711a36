//! One crate under two identities, and the patch that makes one of them.
//!
//! Two packages of one name and of compatible versions, from two sources, are two
//! packages to cargo. Which identity is to stay is the view's: crates.io's where the view
//! takes its place, else the view's own address.
//!
//! Absent: faces. A crate behind one is another crate on purpose (law 7).

use super::{Cure, Finding, Kind, Lock, Patient, lock_lines, sources::is_inside_a_view};
use crate::cargo_sources::{CargoSources, Place};
use crate::needs::{Need, NeedSource};
use crate::unify::{self, Patch};
use crossdock_core::address::Address;
use crossdock_core::name::NameKey;
use crossdock_wire::lockfile::{LockedPackage, LockedSource};
use std::collections::{BTreeMap, BTreeSet};

/// One place that has a crate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    Registry(Address),
    Git(String),
}

pub(super) fn examine(patient: &Patient<'_>) -> Vec<Finding> {
    let Some(lock) = patient.lock else {
        return Vec::new();
    };
    let mut alike: BTreeMap<(NameKey, String), BTreeMap<Origin, &LockedPackage>> = BTreeMap::new();
    for package in &lock.lock.packages {
        if let Some(origin) = origin(package) {
            let key = (package.name.key(), compatible(package));
            alike.entry(key).or_default().insert(origin, package);
        }
    }
    let mut findings = Vec::new();
    for ((name, _), origins) in alike.iter().filter(|(_, origins)| origins.len() > 1) {
        let Some(stays) = stays(patient.sources, origins.keys()) else {
            continue;
        };
        for (origin, package) in origins.iter().filter(|(origin, _)| **origin != stays) {
            findings.push(finding(patient, &lock, name, (origin, package), &stays));
        }
    }
    findings
}

fn origin(package: &LockedPackage) -> Option<Origin> {
    match &package.source {
        LockedSource::Registry(written) => {
            let address = Address::parse(written).ok()?;
            (!is_inside_a_view(&address)).then_some(Origin::Registry(address))
        }
        LockedSource::Elsewhere(written) => written
            .starts_with("git+")
            .then(|| Origin::Git(written.clone())),
        LockedSource::Path => None,
    }
}

/// Versions with the same such prefix are one package to cargo if they are of one source.
fn compatible(package: &LockedPackage) -> String {
    let written = package.version.to_string();
    match semver::Version::parse(&written) {
        Ok(version) if version.major > 0 => version.major.to_string(),
        Ok(version) if version.minor > 0 => format!("0.{}", version.minor),
        Ok(version) => format!("0.0.{}", version.patch),
        Err(_) => written,
    }
}

/// The registry whose identity is to stay.
fn stays<'o>(sources: &CargoSources, origins: impl Iterator<Item = &'o Origin>) -> Option<Origin> {
    let registries: BTreeSet<&Address> = origins
        .filter_map(|origin| match origin {
            Origin::Registry(address) => Some(address),
            Origin::Git(_) => None,
        })
        .collect();
    let view = unify::view(sources);
    let preferred = [Some(Address::CratesIo), view];
    let preferred = preferred
        .into_iter()
        .flatten()
        .find(|one| registries.contains(one));
    let first = || registries.first().map(|address| (*address).clone());
    Some(Origin::Registry(preferred.or_else(first)?))
}

fn finding(
    patient: &Patient<'_>,
    lock: &Lock<'_>,
    name: &NameKey,
    (origin, package): (&Origin, &LockedPackage),
    stays: &Origin,
) -> Finding {
    let Origin::Registry(stays) = stays else {
        return told(lock, package, "what stays is a registry".to_owned());
    };
    let from = |needs: &[Need]| -> Vec<Need> {
        let is_it = |need: &&Need| comes_from(need, origin);
        needs.iter().filter(is_it).cloned().collect()
    };
    let of_origin = from(patient.needs);
    let named: Vec<Need> = of_origin
        .iter()
        .filter(|need| need.key().as_ref() == Some(name))
        .cloned()
        .collect();
    // Not named by a manifest: it came along with something that is.
    let causes = if named.is_empty() { of_origin } else { named };
    let place: Place = match causes.first() {
        Some(need) => need.place.clone(),
        None => lock_lines::line(lock, package),
    };
    let sources = patient.sources;
    let shown = match origin {
        Origin::Registry(address) => address.to_string(),
        Origin::Git(git) => git.clone(),
    };
    let problem = format!(
        "`{}` is built twice, as one crate of {stays} and as another of {shown}: their types \
         do not match",
        package.name
    );
    let patch: Option<Patch> = match origin {
        Origin::Registry(address) => unify::by_patch(sources, &causes, address, stays),
        Origin::Git(git) => unify::by_git(sources, package.name.as_str(), git, stays),
    };
    // What a lock has, cargo goes on with, whatever a patch could give instead.
    let gone: Vec<&LockedPackage> = match origin {
        Origin::Registry(address) => {
            let patched =
                |key: &NameKey| causes.iter().any(|need| need.key().as_ref() == Some(key));
            of(lock, address)
                .filter(|package| patched(&package.name.key()))
                .collect()
        }
        Origin::Git(_) => of(lock, stays)
            .filter(|other| other.name.key() == *name && compatible(other) == compatible(package))
            .collect(),
    };
    let kind = match origin {
        Origin::Registry(_) => Kind::Identities,
        Origin::Git(_) => Kind::Git,
    };
    let cure = match patch {
        Some(Patch { table, lines }) => Cure::Add {
            file: patient.configuration.to_owned(),
            table,
            lines,
            then: (!gone.is_empty()).then(|| update(&gone)),
        },
        None => Cure::Told(format!(
            "take `{}` from {stays} alone: name both registries in cargo's configuration \
             (`crossdock setup`), and look again",
            package.name
        )),
    };
    Finding {
        kind,
        place,
        problem,
        cure,
    }
}

/// Lists what a lock has of a registry.
fn of<'l>(lock: &Lock<'l>, address: &Address) -> impl Iterator<Item = &'l LockedPackage> {
    let is_it = move |package: &&LockedPackage| match &package.source {
        LockedSource::Registry(written) => Address::parse(written).as_ref() == Ok(address),
        LockedSource::Path | LockedSource::Elsewhere(_) => false,
    };
    lock.lock.packages.iter().filter(is_it)
}

/// The command that makes cargo choose anew for these packages and no others (Cargo Book,
/// "Package ID Specifications").
fn update(packages: &[&LockedPackage]) -> String {
    let spec = |package: &&LockedPackage| match &package.source {
        LockedSource::Registry(source) => {
            format!(" {source}#{}@{}", package.name, package.version)
        }
        LockedSource::Path | LockedSource::Elsewhere(_) => String::new(),
    };
    let specs: String = packages.iter().map(spec).collect();
    format!("cargo update{specs}")
}

fn told(lock: &Lock<'_>, package: &LockedPackage, problem: String) -> Finding {
    Finding {
        kind: Kind::Identities,
        place: lock_lines::line(lock, package),
        cure: Cure::Told(problem.clone()),
        problem,
    }
}

fn comes_from(need: &Need, origin: &Origin) -> bool {
    match (&need.source, origin) {
        (NeedSource::Registry(need), Origin::Registry(origin)) => need == origin,
        // A lock has the revision, too.
        (NeedSource::Git(need), Origin::Git(origin)) => {
            let bare = |text: &str| text.split(['?', '#']).next().map(str::to_owned);
            bare(need) == bare(origin)
        }
        _ => false,
    }
}
