//! Verdicts of `core` in the oracle's words, so that the two can be held together.

use crate::oracle::{Bytes, Outcome, Shown};
use crate::world::bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::merge::{Conflict, Verdict};
use crossdock_core::owner::Rule;
use crossdock_core::registry_name::RegistryName;
use std::collections::BTreeSet;

pub(crate) fn outcome(verdict: &Verdict) -> Outcome {
    match verdict {
        Verdict::Absent => Outcome::Absent,
        Verdict::Undecided(_) => Outcome::Undecided,
        Verdict::Refused(conflict) => Outcome::Refused {
            among: names(&conflict.members),
            over: over(conflict),
        },
        Verdict::Served(merged) => Outcome::Shown(Shown {
            rule: match merged.rule {
                Rule::Record => "record",
                Rule::Claim(_) => "claim",
                Rule::ClaimSettles(_) => "claim settles",
                Rule::OnlyInside => "only inside",
                Rule::OnlyOutside => "only outside",
                Rule::SameCrate => "same crate",
                Rule::Agreed => "agreed",
                Rule::Reference => "reference",
            },
            owner: merged.ownership.owner().map(ToString::to_string),
            owners: names(merged.ownership.members()),
            releases: merged
                .releases
                .iter()
                .map(|(member, release)| {
                    let shown = (
                        member.to_string(),
                        letter(&release.checksum),
                        release.yanked,
                    );
                    (release.version.to_string(), shown)
                })
                .collect(),
            withheld: merged.withheld.as_ref().map(over).unwrap_or_default(),
            differing: merged
                .differing_rows
                .iter()
                .map(|(version, members)| (version.to_string(), names(members)))
                .collect(),
        }),
    }
}

pub(crate) fn names(members: &BTreeSet<RegistryName>) -> BTreeSet<String> {
    members.iter().map(ToString::to_string).collect()
}

fn over(conflict: &Conflict) -> Bytes {
    let versions = conflict.versions.iter().map(|(version, have)| {
        let have = have
            .iter()
            .map(|(member, checksum)| (member.to_string(), letter(checksum)));
        (version.to_string(), have.collect())
    });
    versions.collect()
}

fn letter(checksum: &Checksum) -> char {
    let known = ('a'..='z').find(|letter| bytes(*letter) == *checksum);
    known.expect("worlds are made of letters")
}
