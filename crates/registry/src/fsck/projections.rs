//! The ledger's answers, held against those of one that was filled from its facts.
//!
//! Absent: what is remembered for speed alone, such as the validators of upstreams.

use super::{FindingKind, Fsck, FsckReport, Scopes};
use crate::ports::{HostedCrate, HostedRelease, StoreError};
use crossdock_core::registry_name::RegistryName;

impl Fsck<'_> {
    pub(super) async fn projections(
        &self,
        scopes: &Scopes,
        report: &mut FsckReport,
    ) -> Result<(), StoreError> {
        for registry in &scopes.hosted {
            self.hosted(registry, report).await?;
        }
        for registry in &scopes.mirrors {
            self.mirrored(registry, report).await?;
        }
        let (is, should) = (self.ledger, self.scratch);
        for view in &scopes.views {
            let differs = [
                (
                    "owners",
                    is.ownerships(view).await? != should.ownerships(view).await?,
                ),
                ("faces", is.faces(view).await? != should.faces(view).await?),
                (
                    "releases shown",
                    is.shown(view).await? != should.shown(view).await?,
                ),
            ];
            for (what, _) in differs.iter().filter(|(_, differs)| *differs) {
                report.differs(format!("{what} on record in view {view}"));
            }
        }
        for scope in &scopes.decided {
            if is.decisions(scope, 0).await? != should.decisions(scope, 0).await? {
                report.differs(format!("decisions in {scope}"));
            }
        }
        Ok(())
    }

    async fn hosted(
        &self,
        registry: &RegistryName,
        report: &mut FsckReport,
    ) -> Result<(), StoreError> {
        let (is, should) = (self.ledger, self.scratch);
        let names = should.hosted_names(registry).await?;
        if is.hosted_names(registry).await? != names {
            report.differs(format!("the list of crates in {registry}"));
        }
        for name in names {
            let key = name.key();
            let (kept, derived) = (
                is.hosted(registry, &key).await?,
                should.hosted(registry, &key).await?,
            );
            let earlier = is.earlier_builds(registry, &key).await?;
            let earlier_derived = should.earlier_builds(registry, &key).await?;
            let same = kept.as_ref().map(crate_told) == derived.as_ref().map(crate_told)
                && earlier
                    .iter()
                    .map(release_told)
                    .eq(earlier_derived.iter().map(release_told));
            if !same {
                report.differs(format!("releases or owners of {name} in {registry}"));
            }
        }
        Ok(())
    }

    async fn mirrored(
        &self,
        registry: &RegistryName,
        report: &mut FsckReport,
    ) -> Result<(), StoreError> {
        let (is, should) = (self.ledger, self.scratch);
        let names = should.mirrored_names(registry).await?;
        if is.mirrored_names(registry).await? != names {
            report.differs(format!("the list of crates kept of {registry}"));
        }
        for name in names {
            let rows = is.mirrored(registry, &name).await?.map(|kept| kept.rows);
            let derived = should.mirrored(registry, &name).await?;
            if rows != derived.map(|derived| derived.rows) {
                report.differs(format!("rows of {name} kept of {registry}"));
            }
        }
        if is.vanished(registry).await? != should.vanished(registry).await? {
            report.differs(format!("what is missing upstream of {registry}"));
        }
        Ok(())
    }
}

impl FsckReport {
    fn differs(&mut self, what: String) {
        self.find(
            FindingKind::ProjectionDiffers,
            format!("{what}: not what the facts say"),
        );
    }
}

/// Everything that is served of a crate, to be compared.
fn crate_told(krate: &HostedCrate) -> (String, String, Vec<String>) {
    let owners = krate.owners.iter().map(|owner| owner.as_str());
    let owners = owners.collect::<Vec<_>>().join(" ");
    let releases = krate.releases.iter().map(release_told).collect();
    (krate.name.to_string(), owners, releases)
}

fn release_told(release: &HostedRelease) -> String {
    format!(
        "{} {} {} {} {}",
        release.sequence,
        release.published,
        release.publisher.as_str(),
        release.yanked,
        release.row
    )
}
