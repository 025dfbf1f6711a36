//! A manifest as an index row.
//!
//! Rows name renames the other way round than the publish JSON: `name` is the name
//! in the manifest, `package` the real crate (Cargo Book, "Registry Index").

use super::{Manifest, ManifestDependency, features};
use crossdock_core::checksum::Checksum;
use crossdock_core::release::{Dependency, Release, Target};

/// The schema version of rows with `features2` (Cargo Book, "Registry Index").
/// Rows without write none, which means 1.
const FEATURES2_SCHEMA: u32 = 2;

impl Manifest {
    /// Makes the release of an archive with `checksum`; `target_of` says which
    /// registry each dependency means.
    ///
    /// # Errors
    /// Whatever `target_of` refuses with.
    pub fn into_row<E>(
        self,
        checksum: Checksum,
        mut target_of: impl FnMut(&ManifestDependency) -> Result<Target, E>,
    ) -> Result<Release, E> {
        let mut dependencies = Vec::with_capacity(self.dependencies.len());
        for dependency in self.dependencies {
            let target = target_of(&dependency)?;
            dependencies.push(Dependency {
                name: dependency.name,
                req: dependency.req,
                features: dependency.features,
                optional: dependency.optional,
                default_features: dependency.default_features,
                platform: dependency.platform,
                kind: dependency.kind,
                target,
                package: dependency.package,
                unknown: dependency.unknown,
            });
        }
        let (features, features2) = features::split(self.features);
        let features2 = Some(features2).filter(|features2| !features2.is_empty());
        Ok(Release {
            name: self.name,
            version: self.version,
            dependencies: dependencies.into(),
            features,
            v: features2.is_some().then_some(FEATURES2_SCHEMA),
            features2,
            checksum,
            yanked: false,
            links: self.links,
            rust_version: self.rust_version,
            pubtime: None,
            unknown: Vec::new(),
        })
    }
}
