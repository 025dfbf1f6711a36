//! The ledger's answers, held against those of one that was filled from its facts.
//!
//! Absent: what is remembered for speed alone, such as the validators of upstreams.

use super::examination::{Examination, FROM_BACKUP};
use super::{Derived, FindingKind, Mended};
use crate::ports::{HostedCrate, HostedRelease, Ledger, StoreError};
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::registry_name::RegistryName;
use std::collections::BTreeSet;

/// How often something is compared while others record: each time with all that was
/// recorded before, so that once it is enough unless that name changes again and again.
const LOOKS: usize = 50;

impl Examination<'_> {
    pub(super) async fn projections(&mut self) -> Result<(), StoreError> {
        for registry in self.scopes.hosted.clone() {
            let names = [self.fsck.ledger, self.fsck.scratch];
            let mut keys: BTreeSet<NameKey> = BTreeSet::new();
            for ledger in names {
                let names = ledger.hosted_names(&registry).await?;
                keys.extend(names.iter().map(CrateName::key));
            }
            for key in keys {
                self.compare(Derived::Hosted(registry.clone(), key)).await?;
            }
        }
        for registry in self.scopes.mirrors.clone() {
            let mut names: BTreeSet<IndexName> = BTreeSet::new();
            for ledger in [self.fsck.ledger, self.fsck.scratch] {
                names.extend(ledger.mirrored_names(&registry).await?);
            }
            for name in names {
                let what = Derived::Mirrored(registry.clone(), name);
                self.compare(what).await?;
            }
            self.compare(Derived::Vanished(registry)).await?;
        }
        for view in self.scopes.views.clone() {
            self.compare(Derived::View(view)).await?;
        }
        for scope in self.scopes.decided.clone() {
            self.compare(Derived::Decisions(scope)).await?;
        }
        Ok(())
    }

    /// Compares one thing, and puts it right if that is wanted.
    async fn compare(&mut self, what: Derived) -> Result<(), StoreError> {
        let mut looks = 0..LOOKS;
        loop {
            if same(&what, self.fsck.ledger, self.fsck.scratch).await? {
                return Ok(());
            }
            // What was recorded since may be why.
            if self.facts().await? == 0 || looks.next().is_none() {
                break;
            }
        }
        let mended = match self.fsck.repairs {
            _ if !self.is_derivable(&what) => Mended::not(FROM_BACKUP),
            None => Mended::not("run `crossdock fsck --repair` beside a stopped server"),
            Some(repairs) => repairs.derive(&what).await?,
        };
        let what = format!("{}: not what the facts say", told(&what));
        self.report
            .mended(FindingKind::ProjectionDiffers, what, mended);
        Ok(())
    }

    /// Tells whether what the scratch ledger says is to be believed.
    fn is_derivable(&self, what: &Derived) -> bool {
        let is_whole = |registry: &RegistryName, key: NameKey| {
            !self.tainted.contains(&(registry.clone(), key))
        };
        self.is_sound
            && match what {
                Derived::Hosted(registry, key) => is_whole(registry, key.clone()),
                Derived::Mirrored(registry, name) => is_whole(registry, name.key()),
                Derived::Vanished(_) | Derived::View(_) | Derived::Decisions(_) => true,
            }
    }
}

fn told(what: &Derived) -> String {
    match what {
        Derived::Hosted(registry, name) => format!("releases or owners of {name} in {registry}"),
        Derived::Mirrored(registry, name) => format!("rows of {name} kept of {registry}"),
        Derived::Vanished(registry) => format!("what is missing upstream of {registry}"),
        Derived::View(view) => format!("owners, faces or releases shown on record in view {view}"),
        Derived::Decisions(scope) => format!("decisions in {scope}"),
    }
}

async fn same(what: &Derived, is: &dyn Ledger, should: &dyn Ledger) -> Result<bool, StoreError> {
    let (is, should) = match what {
        Derived::Hosted(registry, name) => (
            hosted(is, registry, name).await,
            hosted(should, registry, name).await,
        ),
        Derived::Mirrored(registry, name) => (
            mirrored(is, registry, name).await,
            mirrored(should, registry, name).await,
        ),
        Derived::Vanished(registry) => (
            is.vanished(registry)
                .await
                .map(|all| vec![format!("{all:?}")]),
            should
                .vanished(registry)
                .await
                .map(|all| vec![format!("{all:?}")]),
        ),
        Derived::View(name) => (view(is, name).await, view(should, name).await),
        Derived::Decisions(scope) => (
            is.decisions(scope, 0)
                .await
                .map(|all| vec![format!("{all:?}")]),
            should
                .decisions(scope, 0)
                .await
                .map(|all| vec![format!("{all:?}")]),
        ),
    };
    match is {
        Ok(is) => Ok(is == should?),
        // What cannot be read differs from whatever it should be.
        Err(StoreError::Corrupt(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Everything that is served of a hosted crate, to be compared.
async fn hosted(
    ledger: &dyn Ledger,
    registry: &RegistryName,
    name: &NameKey,
) -> Result<Vec<String>, StoreError> {
    let krate = ledger.hosted(registry, name).await?;
    let earlier = ledger.earlier_builds(registry, name).await?;
    let mut told = krate.as_ref().map(crate_told).unwrap_or_default();
    told.extend(earlier.iter().map(release_told));
    Ok(told)
}

fn crate_told(krate: &HostedCrate) -> Vec<String> {
    let owners = krate.owners.iter().map(|owner| owner.as_str());
    let owners = owners.collect::<Vec<_>>().join(" ");
    let head = [krate.name.to_string(), owners];
    let releases = krate.releases.iter().map(release_told);
    head.into_iter().chain(releases).collect()
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

async fn mirrored(
    ledger: &dyn Ledger,
    registry: &RegistryName,
    name: &IndexName,
) -> Result<Vec<String>, StoreError> {
    let kept = ledger.mirrored(registry, name).await?;
    let rows = kept.map(|kept| String::from_utf8_lossy(&kept.rows).into_owned());
    Ok(rows.into_iter().collect())
}

async fn view(ledger: &dyn Ledger, view: &RegistryName) -> Result<Vec<String>, StoreError> {
    Ok(vec![
        format!("{:?}", ledger.ownerships(view).await?),
        format!("{:?}", ledger.faces(view).await?),
        format!("{:?}", ledger.shown(view).await?),
    ])
}
