//! Which releases of a folder stand, when some of them contradict each other.
//!
//! A folder has no order of arrival: of two archives that claim one version neither
//! was first, and of two spellings of one name neither. So neither stands (law 3,
//! never guess), and both are told; the rest of the folder is not touched by it.
//!
//! Absent: reading folders, and what was shown of them before.

use crate::checksum::Checksum;
use crate::name::{CrateName, NameKey};
use crate::version::Version;
use std::collections::{BTreeMap, BTreeSet};

/// A release that a folder has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claimed<'c> {
    /// The file that it was made from, as people find it.
    pub origin: &'c str,
    /// The name.
    pub name: &'c str,
    /// The version, build metadata included.
    pub version: &'c Version,
    /// SHA-256 of the archive.
    pub checksum: Checksum,
}

/// Why a release of a folder does not stand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Dispute {
    /// Other files of the folder spell the name otherwise.
    #[error(
        "`{name}` is also spelled {others} in this folder, which is one crate to cargo; none of them is shown until one spelling is left"
    )]
    Spelling {
        /// The name here.
        name: String,
        /// The other spellings.
        others: String,
    },
    /// Other files have the version with other bytes.
    #[error(
        "{name} {version} is also made by {others}, with other bytes; none of them is shown until one is left"
    )]
    Bytes {
        /// The name.
        name: String,
        /// The version.
        version: Version,
        /// The other files.
        others: String,
    },
}

/// Finds what does not stand, by the index of the claim. What is not in the answer
/// stands; claims with equal name, version and bytes are one release.
///
/// The order of the claims decides nothing.
pub fn disputes(claims: &[Claimed<'_>]) -> BTreeMap<usize, Dispute> {
    let mut spellings: BTreeMap<NameKey, BTreeSet<&str>> = BTreeMap::new();
    let mut archives: BTreeMap<(&str, &Version), BTreeSet<(&str, Checksum)>> = BTreeMap::new();
    for claim in claims {
        if let Ok(name) = CrateName::parse(claim.name) {
            spellings.entry(name.key()).or_default().insert(claim.name);
        }
        let of_version = archives.entry((claim.name, claim.version)).or_default();
        of_version.insert((claim.origin, claim.checksum));
    }
    let dispute = |claim: &Claimed<'_>| {
        let key = CrateName::parse(claim.name).ok().map(|name| name.key());
        let spelled = key.and_then(|key| spellings.get(&key));
        let others = spelled.into_iter().flatten();
        let others: Vec<_> = others.filter(|other| **other != claim.name).collect();
        if !others.is_empty() {
            let others = others.iter().map(|other| format!("`{other}`"));
            return Some(Dispute::Spelling {
                name: claim.name.to_owned(),
                others: others.collect::<Vec<_>>().join(", "),
            });
        }
        let others = archives.get(&(claim.name, claim.version));
        let others = others.into_iter().flatten();
        let others = others.filter(|(_, checksum)| *checksum != claim.checksum);
        let others: Vec<_> = others.map(|(origin, _)| *origin).collect();
        (!others.is_empty()).then(|| Dispute::Bytes {
            name: claim.name.to_owned(),
            version: claim.version.clone(),
            others: others.join(", "),
        })
    };
    let disputed = |(index, claim)| Some((index, dispute(claim)?));
    claims.iter().enumerate().filter_map(disputed).collect()
}
