//! Approving the closure of a lock: what it has from the view, byte for byte.
//!
//! Somebody who approves a lock has looked at the bytes that it names. A name and a
//! version alone would let in whatever the view holds under them, so the checksum has
//! to be that of the view's row, and a source has to be one that clients of the view
//! write. Nobody is asked for a row: what the view does not hold nobody built with.
//!
//! Absent: recording (`approve.rs`).

use crate::approve::{Approved, Approving, NotApproved, exists_as, required};
use crate::federation::Federation;
use crate::refusal::Refusal;
use crossdock_core::actor::Actor;
use crossdock_core::address::{Address, Place};
use crossdock_core::gate::{Gate, Rule, Versions};
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::policy::{Identity, MemberKind, ViewPolicy};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Release;
use crossdock_wire::lockfile::{self, LockedPackage, LockedSource};

/// Where a package of a lock is from, as seen by one view.
enum From {
    /// The view as a whole.
    View,
    /// One member of it, by its face.
    Face(RegistryName),
    /// A registry or repository of which the view's gates say nothing.
    Elsewhere(String),
    /// The workspace itself, or a member that nobody has to approve.
    Own,
}

impl Federation {
    /// Approves every release that a lock has from a view: exactly those versions, if
    /// the lock's checksum is that of the view's row. What gates do not ask approval
    /// for, such as crates of one's own, is left out.
    ///
    /// # Errors
    /// [`Refusal`]: the lock cannot be read, a view that there is not or that asks no
    /// approval, or a store that cannot.
    pub async fn approve_lock(
        &self,
        actor: &Actor,
        view: &RegistryName,
        lock: &str,
    ) -> Result<Approved, Refusal> {
        let policy = self.policy(view)?;
        let rule = required(policy, Gate::Admit)?;
        let lock = lockfile::decode(lock).map_err(Refusal::invalid)?;
        let (mut named, mut elsewhere, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        for package in lock.packages {
            let release = format!("{}@{}", package.name, package.version);
            let face = match self.from(policy, rule, &package.source) {
                From::Own => continue,
                From::Elsewhere(source) => {
                    let reason = format!("it is from {source}, not from view `{view}`");
                    elsewhere.push(NotApproved { release, reason });
                    continue;
                }
                From::View => None,
                From::Face(member) => Some(member),
            };
            if !self.wants_approval(policy, rule, &package.name.key()) {
                continue;
            }
            // A patched release is its overlay's, whoever speaks for the name.
            if let Some(checksum) = &package.checksum {
                let (name, version) = (&package.name, &package.version);
                let patched = self.overlay_with(view, name, version, checksum);
                if patched
                    .await?
                    .is_some_and(|overlay| !rule.concerns(policy, &overlay))
                {
                    continue;
                }
            }
            let mut rows = self.held_rows(policy, &package.name).await?;
            rows.retain(|(member, _)| face.as_ref().is_none_or(|face| face == member));
            match fault(view, &package, &rows) {
                Some(reason) => refused.push(NotApproved { release, reason }),
                None => named.push((package.name, Versions::Exactly(package.version))),
            }
        }
        let approving = Approving::Approve;
        let mut answer = self.decide_all(actor, view, approving, named).await?;
        answer.elsewhere = elsewhere;
        answer.refused = refused;
        Ok(answer)
    }

    /// Lists the rows that a view holds of a name, of all members that speak for it.
    pub(crate) async fn held_rows(
        &self,
        policy: &ViewPolicy,
        name: &CrateName,
    ) -> Result<Vec<(RegistryName, Release)>, Refusal> {
        let mut rows = Vec::new();
        let Some(record) = self.records.get(&policy.view, &name.key()) else {
            return Ok(rows);
        };
        for member in record.speakers() {
            let Some(entry) = self.member_entry_held(member, name).await? else {
                continue;
            };
            let releases = entry.releases().iter().cloned();
            rows.extend(releases.map(|release| (member.clone(), release)));
        }
        Ok(rows)
    }

    /// Tells where a lock's source is. Clients of a view that replaces crates.io write
    /// the identity of crates.io for what they have from the view.
    fn from(&self, policy: &ViewPolicy, rule: &Rule, source: &LockedSource) -> From {
        let address = match source {
            LockedSource::Path => return From::Own,
            LockedSource::Elsewhere(source) => return From::Elsewhere(source.clone()),
            LockedSource::Registry(address) => address,
        };
        let Ok(parsed) = Address::parse(address) else {
            return From::Elsewhere(address.clone());
        };
        match self.book.place(&parsed) {
            Place::CratesIo if replaces_crates_io(policy) => From::View,
            Place::View(of) if of == policy.view => From::View,
            Place::Face { view, member } if view == policy.view => From::Face(member),
            Place::Registry(member)
                if policy.members.contains_key(&member) && !rule.concerns(policy, &member) =>
            {
                From::Own
            }
            _ => From::Elsewhere(address.clone()),
        }
    }

    /// Tells whether releases of a name are asked for an approval: not those of a
    /// member on record that the gate does not concern.
    fn wants_approval(&self, policy: &ViewPolicy, rule: &Rule, name: &NameKey) -> bool {
        let record = self.records.get(&policy.view, name);
        record.is_none_or(|record| {
            record
                .speakers()
                .any(|speaker| rule.concerns(policy, speaker))
        })
    }
}

fn replaces_crates_io(policy: &ViewPolicy) -> bool {
    let has_it = |kind| kind == MemberKind::CratesIo;
    policy.identity == Identity::CratesIo
        || policy.members.values().any(|member| has_it(member.kind))
}

/// Says why a package of a lock is not what the view shows, if it is not.
fn fault(
    view: &RegistryName,
    package: &LockedPackage,
    rows: &[(RegistryName, Release)],
) -> Option<String> {
    let versions = Versions::Exactly(package.version.clone());
    if !exists_as(&versions, rows) {
        return Some(format!(
            "view `{view}` holds no such release; build through it once, then approve"
        ));
    }
    let Some(checksum) = package.checksum else {
        return Some("the lock has no checksum of it".to_owned());
    };
    let mut of_version = rows
        .iter()
        .filter(|(_, row)| row.version == package.version);
    if of_version.any(|(_, row)| row.checksum == checksum) {
        return None;
    }
    Some(format!(
        "its checksum in the lock, {:.12}…, is not that of the release that view `{view}` holds",
        checksum.to_string()
    ))
}
