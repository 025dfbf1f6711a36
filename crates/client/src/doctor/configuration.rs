//! Troubles that stand in cargo's configuration alone.
//!
//! Absent: what only a server knows (`sources.rs`).

use super::{Cure, Finding, Kind, Patient};
use crate::credential::{COMMAND, REFUSE};
use crossdock_core::address::Address;

/// Programs that give no token to anybody.
const REFUSING: [&str; 3] = ["false", "/bin/false", "/usr/bin/false"];

pub(super) fn examine(patient: &Patient<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(aliases(patient));
    findings.extend(ignored(patient));
    findings.extend(default(patient));
    findings
}

/// Tells whether a provider for crates.io refuses everybody.
pub(crate) fn refuses(provider: &[String]) -> bool {
    let words: Vec<&str> = provider.iter().map(String::as_str).collect();
    match words[..] {
        [_, COMMAND, REFUSE] => true,
        [program] => REFUSING.contains(&program),
        _ => false,
    }
}

/// cargo-facts: "an explicit registry is exempt from replacement, so `cargo publish` of a
/// crate with `publish = [\"inhouse-a\"]` goes to the real crates.io, name and bytes".
fn aliases(patient: &Patient<'_>) -> Vec<Finding> {
    let sources = patient.sources;
    let provider = sources.words(&["registry", "credential-provider"]);
    let is_guarded = provider.is_some_and(|provider| refuses(&provider));
    let mut findings = Vec::new();
    for (name, index) in sources.registries() {
        if name == "crates-io" || Address::parse(&index) != Ok(Address::CratesIo) {
            continue;
        }
        let Some(place) = sources.place(&["registries", &name, "index"]) else {
            continue;
        };
        let home = patient.cargo_home;
        let is_everybodys = home.is_some_and(|home| place.file.parent() == Some(home));
        if is_everybodys {
            findings.push(Finding {
                kind: Kind::Alias,
                problem: format!(
                    "`{name}` is called by the address of crates.io in every project of this \
                     user: outside of one that is set up, `--registry {name}` is crates.io"
                ),
                place,
                cure: Cure::Remove,
            });
        } else if !is_guarded {
            findings.push(Finding {
                kind: Kind::Alias,
                problem: format!(
                    "`{name}` is called by the address of crates.io, and a named registry is not \
                     replaced: `cargo publish --registry {name}` goes to the real crates.io"
                ),
                place,
                cure: Cure::Add {
                    file: patient.configuration.to_owned(),
                    table: "registry".to_owned(),
                    lines: vec![guard()],
                    then: None,
                },
            });
        }
    }
    findings
}

/// The line that keeps a publish from crates.io.
fn guard() -> String {
    format!("credential-provider = [\"crossdock\", \"{COMMAND}\", \"{REFUSE}\"]")
}

/// cargo-facts: "Source replacement matches by URL, not by name. If
/// `[registries.X].index` and `[source.X].registry` disagree, cargo says nothing and goes
/// to the former."
fn ignored(patient: &Patient<'_>) -> Vec<Finding> {
    let sources = patient.sources;
    let registries = sources.registries();
    let mut findings = Vec::new();
    for name in sources.names_in("source") {
        let keys = ["source", &name, "registry"];
        let (Some(index), Some(written)) = (registries.get(&name), sources.text(&keys)) else {
            continue;
        };
        let is_replaced = sources.text(&["source", &name, "replace-with"]).is_some();
        if !is_replaced || Address::parse(index) == Address::parse(written) {
            continue;
        }
        let Some(place) = sources.place(&keys) else {
            continue;
        };
        findings.push(Finding {
            kind: Kind::Ignored,
            place,
            problem: format!(
                "cargo passes over the replacement of `{name}`: it goes by addresses, and \
                 `registries.{name}.index` is {index}"
            ),
            cure: Cure::Replace(format!("registry = {index:?}")),
        });
    }
    findings
}

/// cargo-facts: "`[registry] default = \"main\"` together with replacement makes `cargo
/// add` write `registry = \"main\"`: duplicates again. Never set both."
fn default(patient: &Patient<'_>) -> Option<Finding> {
    let sources = patient.sources;
    let default = sources.text(&["registry", "default"])?;
    sources.text(&["source", "crates-io", "replace-with"])?;
    Some(Finding {
        kind: Kind::Default,
        place: sources.place(&["registry", "default"])?,
        problem: format!(
            "`registry.default` beside a replacement of crates.io: `cargo add` writes registry = \
             {default:?} beside crates that come through the replacement, and they are built twice"
        ),
        cure: Cure::Remove,
    })
}
