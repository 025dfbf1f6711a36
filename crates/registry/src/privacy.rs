//! Keeps private names in (law 8): the one gate before an outside upstream.

use crate::configuration::Configuration;
use crate::faces::Faces;
use crate::hosted::HostedNames;
use crate::records::Records;
use crossdock_core::name::NameKey;
use crossdock_core::owner::is_private;
use crossdock_core::registry_name::RegistryName;
use std::sync::Arc;

/// What decides whether a name may be sent to a member.
pub(crate) struct Privacy {
    pub(crate) configuration: Arc<Configuration>,
    pub(crate) hosted: Arc<HostedNames>,
    pub(crate) records: Arc<Records>,
    pub(crate) faces: Arc<Faces>,
}

impl Privacy {
    /// Tells whether `member` may be asked for a name.
    ///
    /// Not if the name is private in any view in which the member is outside,
    /// unless a row of the member itself names it: then the member knows the name
    /// already, and the record of that row is the evidence, in whichever view.
    pub(crate) fn may_ask(&self, member: &RegistryName, name: &NameKey) -> bool {
        let private = self
            .configuration
            .views_of(member)
            .filter(|policy| !policy.is_inside(member))
            .any(|policy| {
                let record = self.records.get(&policy.view, name);
                let holders = self.hosted.holders(policy, name);
                is_private(policy, name, record.as_ref(), &holders)
            });
        !private || self.faces.is_evident(member, name)
    }
}
