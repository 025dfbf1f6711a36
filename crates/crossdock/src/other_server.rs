//! Whether the server that answers is the one that the settings are of.
//!
//! What a server says of conflicts is worth nothing to whoever meant another one.
//! Compared is what it says of its views: which there are, their members, and how
//! they name their crates.
//!
//! Absent: settings that no view shows; a server tells readers of views only.

use crate::settings::{Access, Settings, ViewSettings};
use crossdock_client::setup::SetupInfo;
use crossdock_core::policy::Identity;
use crossdock_core::registry_name::RegistryName;
use std::collections::BTreeSet;

/// Lists in what a server differs from the settings, view by view.
///
/// `told` is what it says of each view that the asker may read; a view that takes a
/// token to be read is missed only by whoever was shown another such view.
pub(crate) fn differences(settings: &Settings, told: &[SetupInfo]) -> Vec<String> {
    let let_in = told.iter().any(|info| info.auth_required);
    let mut differences = Vec::new();
    for (view, said) in &settings.views {
        match told.iter().find(|info| info.view == view.as_str()) {
            Some(info) => differences.extend(of_view(said, info)),
            None if said.read == Access::Anyone || let_in => {
                differences.push(format!("it has no view `{view}`"));
            }
            None => {}
        }
    }
    let unknown = |info: &&SetupInfo| {
        let mut views = settings.views.keys();
        !views.any(|view| view.as_str() == info.view)
    };
    for info in told.iter().filter(unknown) {
        differences.push(format!(
            "it has a view `{}`, which the settings do not have",
            info.view
        ));
    }
    differences
}

fn of_view(said: &ViewSettings, info: &SetupInfo) -> Vec<String> {
    let mut differences = Vec::new();
    let members = said.policy.members.keys();
    let ours: BTreeSet<&str> = members.map(RegistryName::as_str).collect();
    let theirs = info.registries.iter().map(|member| member.name.as_str());
    let theirs: BTreeSet<&str> = theirs.collect();
    if ours != theirs {
        differences.push(format!(
            "the members of its view `{}` are {}, in the settings they are {}",
            info.view,
            listed(&theirs),
            listed(&ours)
        ));
    }
    let identity = match said.policy.identity {
        Identity::CratesIo => "crates-io",
        Identity::Split => "split",
    };
    if info.identity != identity {
        differences.push(format!(
            "the identity of its view `{}` is \"{}\", in the settings it is \"{identity}\"",
            info.view, info.identity
        ));
    }
    differences
}

fn listed(names: &BTreeSet<&str>) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asked_server::surroundings;
    use crossdock_client::setup::MemberInfo;

    fn info(view: &str, members: &[&str], identity: &str) -> SetupInfo {
        let member = |name: &&str| MemberInfo {
            name: (*name).to_owned(),
            index: String::new(),
            face: String::new(),
            hosted: true,
            directory: false,
            auth_required: false,
        };
        SetupInfo {
            view: view.to_owned(),
            identity: identity.to_owned(),
            replaces_crates_io: false,
            view_index: String::new(),
            registries: members.iter().map(member).collect(),
            views: Vec::new(),
            hosted: Vec::new(),
            publish_to: None,
            auth_required: false,
        }
    }

    fn settings(text: &str) -> Settings {
        Settings::read("crossdock.toml", text, &surroundings()).unwrap()
    }

    #[test]
    fn the_same_installation_differs_in_nothing() {
        let same = settings("[registries.b]\n[registries.a]\n[views.v]\nmembers = ['b', 'a']\n");
        assert!(differences(&same, &[info("v", &["a", "b"], "split")]).is_empty());
    }

    #[test]
    fn another_one_differs_in_views_members_and_identity() {
        let ours = settings(
            "[registries.a]\n[registries.b]\n[views.v]\nmembers = ['a', 'b']\n\
             [views.w]\nmembers = ['a']\n[views.x]\nmembers = ['a']\nread = 'token'\n",
        );
        let mut told = [
            info("v", &["a"], "crates-io"),
            info("elsewhere", &["a"], "split"),
        ];
        assert_eq!(
            differences(&ours, &told),
            [
                "the members of its view `v` are `a`, in the settings they are `a`, `b`",
                "the identity of its view `v` is \"crates-io\", in the settings it is \"split\"",
                "it has no view `w`",
                "it has a view `elsewhere`, which the settings do not have",
            ]
        );
        // Whoever is let in sees all there are.
        told[0].auth_required = true;
        assert!(differences(&ours, &told).contains(&"it has no view `x`".to_owned()));
    }
}
