//! The settings as the use cases want them.
//!
//! Apart from `serve.rs`, because nothing is opened here: values become values.

use crate::settings::{Access, RegistrySettings, Settings, UpstreamSettings};
use crossdock_core::address::Address;
use crossdock_registry::configuration::{Configuration, Read, Registry, RegistryKind, View};
use url::Url;

/// Translates the settings of an installation that clients reach at `public_url`.
pub(crate) fn of(
    settings: &Settings,
    public_url: Url,
    crates_io: Address,
    installation: String,
) -> Configuration {
    let registries = settings.registries.iter().map(|(name, registry)| {
        let kind = match registry {
            RegistrySettings::Hosted(hosted) => RegistryKind::Hosted {
                resolve_in: hosted.resolve_in.clone(),
                rebuilds: hosted.rebuilds,
                lockfile: hosted.lockfile,
            },
            RegistrySettings::Mirror(mirror) => RegistryKind::Mirror {
                address: match &mirror.upstream {
                    UpstreamSettings::CratesIo { .. } => Address::CratesIo,
                    UpstreamSettings::Sparse(url) => Address::Sparse(url.clone()),
                },
                revalidate_after: mirror.revalidate_after,
                confirm_removals_after: mirror.confirm_removals_after,
                sync: mirror.sync,
            },
            RegistrySettings::Directory(_) => RegistryKind::Directory,
        };
        let read = read(registry.read());
        (name.clone(), Registry { read, kind })
    });
    let views = settings.views.iter().map(|(name, view)| {
        let (read, policy) = (read(view.read), view.policy.clone());
        let place = view.place;
        (
            name.clone(),
            View {
                place,
                read,
                policy,
            },
        )
    });
    Configuration {
        public_url,
        former_urls: settings.server.former_urls.clone(),
        installation,
        registries: registries.collect(),
        views: views.collect(),
        crates_io: vec![crates_io],
    }
}

fn read(access: Access) -> Read {
    match access {
        Access::Anyone => Read::Anyone,
        Access::Token => Read::Token,
    }
}
