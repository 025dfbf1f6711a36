//! Whether a release depends on what is no member of the view.
//!
//! Dependencies of tests count not: cargo does not look at them in dependencies.

use crate::policy::ViewPolicy;
use crate::registry_name::RegistryName;
use crate::release::{DependencyKind, Release};
use crate::rewrite::{Absolute, absolute};

/// Says which dependency leads out of the view, if one does.
pub(super) fn reason(
    policy: &ViewPolicy,
    member: &RegistryName,
    release: &Release,
) -> Option<String> {
    let needed = release
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != DependencyKind::Dev);
    let mut leading_out = needed.filter_map(|dependency| {
        let out = match absolute(policy, member, &dependency.target) {
            Absolute::Member(_) => return None,
            Absolute::Registry(registry) => format!("registry `{registry}`"),
            Absolute::CratesIo => "crates.io".to_owned(),
            Absolute::Elsewhere(address) => address.to_string(),
        };
        let name = dependency.package.as_ref().map(ToString::to_string);
        let name = name.unwrap_or_else(|| dependency.name.clone());
        Some(format!(
            "it depends on `{name}` of {out}, which is no member of view `{}`",
            policy.view
        ))
    });
    leading_out.next()
}
