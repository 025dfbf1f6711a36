//! What a client needs to know to be configured for a view.

use crate::configuration::RegistryKind;
use crate::federation::Federation;
use crate::surface::Surface;
use crossdock_core::policy::{Identity, MemberKind};
use crossdock_core::registry_name::RegistryName;
use serde::Serialize;

/// What `crossdock setup` writes into cargo's configuration.
#[derive(Clone, Debug, Serialize)]
pub struct SetupInfo {
    /// The view.
    pub view: String,
    /// How its rows name each other: `crates-io` or `split`.
    pub identity: &'static str,
    /// Whether the view takes the place of crates.io.
    pub replaces_crates_io: bool,
    /// The view's index address.
    pub view_index: String,
    /// Its members that have an address of their own in manifests.
    pub registries: Vec<SetupRegistry>,
    /// All views of this server.
    pub views: Vec<String>,
    /// Whether reading needs a token.
    pub auth_required: bool,
    /// All hosted registries of this server, in the view or not.
    pub hosted: Vec<HostedRegistry>,
    /// The hosted registry that takes new names which are published to the view.
    pub publish_to: Option<String>,
}

/// A registry that crates are published to.
#[derive(Clone, Debug, Serialize)]
pub struct HostedRegistry {
    /// Its name.
    pub name: String,
    /// Its index address.
    pub index: String,
}

/// One member of the view.
#[derive(Clone, Debug, Serialize)]
pub struct SetupRegistry {
    /// Its name.
    pub name: String,
    /// Its own index address.
    pub index: String,
    /// The address of its face in the view.
    pub face: String,
    /// Whether crates are published to it.
    pub hosted: bool,
    /// Whether it is a folder of the server's machine.
    pub directory: bool,
    /// Whether its own address is read with a token.
    pub auth_required: bool,
}

impl Federation {
    /// Tells what a client of `view` has to be configured with.
    pub fn setup(&self, view: &RegistryName) -> Option<SetupInfo> {
        let configuration = &self.configuration;
        let policy = &configuration.views.get(view)?.policy;
        let has_crates_io = policy
            .members
            .values()
            .any(|member| member.kind == MemberKind::CratesIo);
        let registries = policy.members.keys().filter_map(|member| {
            let registry = configuration.registries.get(member)?;
            Some(SetupRegistry {
                name: member.to_string(),
                index: configuration.index_address(member.as_str()),
                face: configuration.index_address(&format!("{view}/from/{member}")),
                hosted: matches!(registry.kind, RegistryKind::Hosted { .. }),
                directory: matches!(registry.kind, RegistryKind::Directory),
                auth_required: self.read_needs_token(&Surface::Registry(member.clone())),
            })
        });
        Some(SetupInfo {
            view: view.to_string(),
            identity: match policy.identity {
                Identity::CratesIo => "crates-io",
                Identity::Split => "split",
            },
            replaces_crates_io: has_crates_io || policy.identity == Identity::CratesIo,
            view_index: configuration.index_address(view.as_str()),
            registries: registries.collect(),
            views: configuration
                .views
                .keys()
                .map(ToString::to_string)
                .collect(),
            hosted: configuration
                .registries
                .iter()
                .filter(|(_, registry)| matches!(registry.kind, RegistryKind::Hosted { .. }))
                .map(|(name, _)| HostedRegistry {
                    name: name.to_string(),
                    index: configuration.index_address(name.as_str()),
                })
                .collect(),
            publish_to: policy.publish_to.as_ref().map(ToString::to_string),
            auth_required: self.read_needs_token(&Surface::View(view.clone())),
        })
    }
}
