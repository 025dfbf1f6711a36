//! What can be read at an address: a registry, a view, or a member's face in it.

use crossdock_core::name::IndexName;
use crossdock_core::registry_name::RegistryName;
use crossdock_wire::index_path;

/// Something that has an index.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Surface {
    /// A registry by itself.
    Registry(RegistryName),
    /// A view.
    View(RegistryName),
    /// One member as seen inside a view.
    Face {
        /// The view.
        view: RegistryName,
        /// The member.
        member: RegistryName,
    },
}

impl Surface {
    /// Returns the path at which the surface is served, without slashes around it.
    pub fn path(&self) -> String {
        match self {
            Self::Registry(name) | Self::View(name) => name.to_string(),
            Self::Face { view, member } => format!("{view}/from/{member}"),
        }
    }

    /// Returns the view whose rules hold here; a registry alone has none.
    pub fn view(&self) -> Option<&RegistryName> {
        match self {
            Self::Registry(_) => None,
            Self::View(view) | Self::Face { view, .. } => Some(view),
        }
    }

    /// Returns the registry or view by whose name it is reached, whose decisions hold.
    pub fn scope(&self) -> &RegistryName {
        match self {
            Self::Registry(name) | Self::View(name) | Self::Face { view: name, .. } => name,
        }
    }

    /// Returns the path at which the surface is served as of a moment, however that is
    /// said, without slashes around it.
    pub fn path_at(&self, when: &str) -> String {
        match self {
            Self::Registry(name) | Self::View(name) => format!("{name}/at/{when}"),
            Self::Face { view, member } => format!("{view}/at/{when}/from/{member}"),
        }
    }

    /// Returns the path of an index file, without a leading slash.
    pub fn index_path(&self, name: &IndexName) -> String {
        format!("{}/index/{}", self.path(), index_path::path(name))
    }
}
