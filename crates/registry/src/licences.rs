//! Licences of mirrored releases, read when an archive is given through a view.
//!
//! An index has no licences. What an archive says is recorded once for each release,
//! whatever is thought of it: settings change, and then what was found is judged
//! anew. Until then a release has no licence that anyone knows, and passes.

use crate::federation::Federation;
use crate::ports::Change;
use crate::refusal::Refusal;
use crate::surface::Surface;
use bytes::Bytes;
use crossdock_archive::{Limits, Scope, inspect};
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::{Decision, GateDecision};
use crossdock_core::gate::{FoundLicence, Gate};
use crossdock_core::name::CrateName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::version::Version;
use crossdock_wire::manifest;

impl Federation {
    /// Reads the licence of an archive, if a gate of the view looks at it and it was
    /// not read before, and records it.
    ///
    /// # Errors
    /// [`Refusal`] if it cannot be recorded, or a gate of the view now blocks it.
    pub(crate) async fn look_at_licence(
        &self,
        view: &RegistryName,
        member: &RegistryName,
        (name, version, checksum): (&CrateName, &Version, &Checksum),
        bytes: &Bytes,
    ) -> Result<(), Refusal> {
        let policy = self.policy(view)?;
        let rule = policy.gates.rule(Gate::Licences);
        if !rule.is_some_and(|rule| rule.concerns(policy, member)) {
            return Ok(());
        }
        let state = self.gate_state(view);
        if state.licence(&name.key(), version, checksum).is_some() {
            return Ok(());
        }
        let decision = Decision::Gate(GateDecision::LicenceFound {
            name: name.key(),
            version: version.clone(),
            checksum: *checksum,
            licence: licence_of(name, version, bytes.clone()).await?,
        });
        let scope = view.clone();
        self.record(Actor::server(), vec![Change::Decide { scope, decision }])
            .await?;
        // The row may be shown yanked from now on.
        let (view, member) = (view.clone(), member.clone());
        let surfaces = [
            Surface::View(view.clone()),
            Surface::Face {
                view: view.clone(),
                member: member.clone(),
            },
        ];
        let paths = surfaces.map(|surface| surface.index_path(&name.index_name()));
        self.served.drop_index(&name.key(), paths.into_iter());
        self.pass_gates(&view, &member, name, version).await
    }
}

async fn licence_of(
    name: &CrateName,
    version: &Version,
    bytes: Bytes,
) -> Result<FoundLicence, Refusal> {
    let (name, version) = (name.clone(), version.clone());
    let read = tokio::task::spawn_blocking(move || {
        let limits = Limits::default();
        let inspection = inspect(&bytes, &name, &version, Scope::Mirror, &limits).ok()?;
        manifest::licence(&inspection.manifest)
    });
    let said = read
        .await
        .map_err(|_| Refusal::unavailable("reading the licence was interrupted"))?;
    Ok(match said {
        Some(said) => FoundLicence::of(said.license.as_deref(), said.license_file.as_deref()),
        None => FoundLicence::Unreadable,
    })
}
