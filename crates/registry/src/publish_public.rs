//! A name that is known to be public is not made private by accident.
//!
//! An inside crate outranks every public one of its name, so whoever publishes `fnv`
//! in house takes it away from all who build through the view. Nobody outside is
//! asked about a name that is about to become private; but what a mirror holds
//! already, what its list of public names has, or what the settings name as the
//! outside member's, is known without asking.
//!
//! Absent: names that a view has on record, which `publish_name.rs` refuses.

use crate::federation::Federation;
use crate::refusal::{Refusal, RefusalKind};
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::policy::{Side, ViewPolicy};
use crossdock_core::registry_name::RegistryName;
use std::collections::BTreeSet;

impl Federation {
    /// Refuses the first release of a name that an outside member of a view is known
    /// to have, unless a claim or a declaration says that it is meant.
    ///
    /// # Errors
    /// [`Refusal`]: forbidden, with the line that allows it; or the ledger cannot be
    /// read.
    pub(crate) async fn admit_beside_public(
        &self,
        registry: &RegistryName,
        name: &CrateName,
    ) -> Result<(), Refusal> {
        if self.hosted.spelling(registry, &name.key()).is_some() {
            return Ok(());
        }
        for policy in self.configuration.views_of(registry) {
            if !self.is_open(policy, registry, name) {
                continue;
            }
            for member in policy.eligible(Side::Outside, &name.key()) {
                let how = match is_limited_to(policy, member, &name.key()) {
                    true => Some(format!("`{member}` is limited to it by name (`only`)")),
                    false => self.is_known_to_have(member, name).await?,
                };
                if let Some(how) = how {
                    let (view, key) = (&policy.view, name.key());
                    return Err(Refusal::new(
                        RefusalKind::Forbidden,
                        format!(
                            "`{name}` is a public crate: {how}, and in view `{view}` all who build with it would \
                             get this one instead; choose another name, or say that it is meant by adding \
                             {key} = \"{registry}\" to [views.{view}] claims"
                        ),
                    ));
                }
            }
        }
        Ok(())
    }

    /// Tells whether nothing but what members have decides over the name.
    fn is_open(&self, policy: &ViewPolicy, registry: &RegistryName, name: &CrateName) -> bool {
        let key = name.key();
        let shows_it = policy
            .eligible(Side::Inside, &key)
            .any(|member| member == registry);
        shows_it
            && !policy.overlays.covers(registry, &key)
            && policy.claim(&key).is_none()
            && self.records.get(&policy.view, &key).is_none()
            && policy
                .sharing(&key, BTreeSet::from([registry.clone()]))
                .len()
                == 1
    }

    /// Says how a mirror is known to have a crate, without asking its upstream.
    pub(crate) async fn is_known_to_have(
        &self,
        member: &RegistryName,
        name: &CrateName,
    ) -> Result<Option<String>, Refusal> {
        let Some(mirror) = self.mirrors.get(member) else {
            return Ok(None);
        };
        if mirror.is_listed(&name.key()) {
            return Ok(Some(format!("it is in the list of `{member}`'s names")));
        }
        let dashes = name.as_str().replace('_', "-");
        let spellings = [name.as_str(), &dashes, &dashes.replace('-', "_")];
        let spellings: BTreeSet<_> = spellings
            .iter()
            .filter_map(|spelled| IndexName::parse(&spelled.to_ascii_lowercase()).ok())
            .collect();
        for spelled in spellings {
            let held = mirror.held(&spelled).await?;
            if held.is_some_and(|held| !held.rows.is_empty()) {
                return Ok(Some(format!("`{member}` has it")));
            }
        }
        Ok(None)
    }
}

/// Tells whether the settings name a crate literally among those that a member has.
fn is_limited_to(policy: &ViewPolicy, member: &RegistryName, name: &NameKey) -> bool {
    let only = policy.members.get(member).and_then(|it| it.only.as_ref());
    only.is_some_and(|only| {
        let mut patterns = only.iter();
        patterns.any(|pattern| pattern.exact() == Some(name.as_str()))
    })
}
