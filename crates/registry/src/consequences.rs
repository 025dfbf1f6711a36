//! What a policy would do to what is on record, told before it is in force.
//!
//! A restart shows the same as conflicts of the view (`conflicts.rs`), when locks do
//! not build any more; whoever writes settings wants to know before.
//!
//! Absent: what is refused (`adopt_policy.rs`); nothing here keeps a server from
//! starting.

use crate::federation::Federation;
use crossdock_core::name::NameKey;
use crossdock_core::owner::known;
use crossdock_core::policy::ViewPolicy;
use crossdock_core::registry_name::RegistryName;
use std::collections::BTreeMap;

/// Names that are told of an owner that leaves; the rest is counted.
const NAMES_TOLD_MAX: usize = 5;

impl Federation {
    /// Says what becomes of names and locks if a policy comes into force.
    pub fn consequences(&self, policy: &ViewPolicy) -> Vec<String> {
        let changed = self.changed_identity(policy).map(|report| {
            let cure = report.cure.unwrap_or_default();
            format!("{}, so `--locked` fails with them: {cure}", report.text)
        });
        let left = self.left_behind(policy).into_iter();
        let left = left.map(|(gone, names)| told(policy, &gone, &names));
        changed.into_iter().chain(left).collect()
    }

    /// Lists the names on record for somebody whom a policy does not have as a member,
    /// by whom.
    pub(crate) fn left_behind(&self, policy: &ViewPolicy) -> BTreeMap<RegistryName, Vec<NameKey>> {
        let mut left: BTreeMap<RegistryName, Vec<NameKey>> = BTreeMap::new();
        for (name, record) in self.records.all(&policy.view) {
            let mut speakers = record.speakers();
            let gone = speakers.find(|member| !policy.members.contains_key(*member));
            let gone = gone.filter(|_| known(policy, &name, Some(&record)).is_some());
            if let Some(gone) = gone {
                left.entry(gone.clone()).or_default().push(name);
            }
        }
        left
    }

    /// Lists the registries that were retired by command: they stay mirrors.
    pub fn retired(&self) -> Vec<String> {
        let registries = self.configuration.registries.keys();
        let retired = registries.filter(|name| self.decisions.is_retired(name));
        retired.map(ToString::to_string).collect()
    }
}

fn told(policy: &ViewPolicy, gone: &RegistryName, names: &[NameKey]) -> String {
    let view = &policy.view;
    let named = names.iter().take(NAMES_TOLD_MAX);
    let named: Vec<String> = named.map(|name| format!("`{name}`")).collect();
    let more = match names.len().saturating_sub(NAMES_TOLD_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let count = match names.len() {
        1 => "1 name".to_owned(),
        many => format!("{many} names"),
    };
    format!(
        "`{gone}` is no longer a member of view `{view}`, and what is on record for it is answered 503 \
         from then on, {count}: {}{more}; put `{gone}` back into [views.{view}] members (a dead upstream is retired \
         with `crossdock retire {gone}`, and stays a member), or give each name to a member: \
         `crossdock transfer NAME --from {gone} --to MEMBER --view {view}` if that has the same crate, \
         `crossdock reassign NAME --to MEMBER --view {view} --breaks-locks` if it has another",
        named.join(", ")
    )
}
