//! Which served files a change concerns, and that they are finished again when asked for.
//!
//! Absent: the finished files (`served.rs`).

use crate::federation::Federation;
use crate::surface::Surface;
use crossdock_core::name::{IndexName, NameKey};
use crossdock_core::registry_name::RegistryName;

/// Up to how many `-` and `_` in a name the files of all its spellings are dropped one
/// by one: 16 paths for each surface. Beyond, all files of all names are.
const MIXED_SEPARATORS_MAX: usize = 4;

impl Federation {
    /// Drops everything served of a hosted crate that `member`'s rows are part of.
    pub(crate) fn drop_served(&self, member: &RegistryName, name: &NameKey) {
        if let Some(spelling) = self.hosted.spelling(member, name) {
            self.drop_named(member, &spelling.index_name());
        }
    }

    /// Drops the files that a member's rows of a name are part of.
    pub(crate) fn drop_named(&self, member: &RegistryName, name: &IndexName) {
        let mut paths = vec![Surface::Registry(member.clone()).index_path(name)];
        for policy in self.configuration.views_of(member) {
            let (view, member) = (policy.view.clone(), member.clone());
            paths.push(Surface::View(view.clone()).index_path(name));
            paths.push(Surface::Face { view, member }.index_path(name));
        }
        self.served.drop_index(&name.key(), paths.into_iter());
    }

    /// Drops everything served of a name in a view and its faces, in all spellings.
    pub(crate) fn drop_in_view(&self, view: &RegistryName, name: &NameKey) {
        let separators = name.as_str().bytes().filter(|byte| *byte == b'-').count();
        if separators > MIXED_SEPARATORS_MAX {
            return self.served.drop_all();
        }
        let members = self.configuration.views.get(view);
        let members = members.into_iter().flat_map(|of| of.policy.members.keys());
        let faces = members.map(|member| Surface::Face {
            view: view.clone(),
            member: member.clone(),
        });
        let mut surfaces = vec![Surface::View(view.clone())];
        surfaces.extend(faces);
        let spelled = name.index_spellings(MIXED_SEPARATORS_MAX);
        let paths = surfaces.iter().flat_map(|surface| {
            let path = |name: &IndexName| surface.index_path(name);
            spelled.iter().map(path).collect::<Vec<_>>()
        });
        self.served.drop_index(name, paths);
    }
}
