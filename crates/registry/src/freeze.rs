//! A view that stands still: read as of its epoch, but for the names it excepts.
//!
//! Its files are kept like live ones, so that the hot path knows nothing of it; the
//! decision that freezes or thaws drops them all. Archives are given as ever: one
//! address has one content, and locks made before go on building. So what today's gates
//! refuse is shown yanked there (`blocked.rs`).

mod blocked;

use crate::federation::Federation;
use crate::ports::Applied;
use crate::refusal::Refusal;
use crate::render::IndexFile;
use crate::surface::Surface;
use crossdock_core::actor::Actor;
use crossdock_core::decision::{Decision, Freeze};
use crossdock_core::epoch::When;
use crossdock_core::freeze::Frozen;
use crossdock_core::name::{IndexName, NameKey};
use crossdock_core::registry_name::RegistryName;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Federation {
    /// Freezes a view at a moment, but for some names; at now if none is said.
    ///
    /// # Errors
    /// [`Refusal`]: no such view, no such moment, one before the first fact, or the
    /// store cannot.
    pub async fn freeze(
        &self,
        actor: &Actor,
        view: &RegistryName,
        when: Option<&When>,
        except: BTreeSet<NameKey>,
    ) -> Result<Frozen, Refusal> {
        self.policy(view)?;
        let epoch = self.epoch_to_name(view, when).await?;
        let freeze = Freeze::Frozen {
            epoch,
            except: except.clone(),
        };
        let applied = self.decide(actor, view, Decision::Freeze(freeze)).await?;
        let Applied::Fact { sequence, .. } = applied else {
            return Err(Refusal::unavailable("the freeze was not recorded"));
        };
        Ok(Frozen {
            sequence,
            epoch,
            except,
        })
    }

    /// Lets a frozen view move again; says what it was frozen at, if it was.
    ///
    /// # Errors
    /// [`Refusal`]: no such view, or the store cannot.
    pub async fn thaw(
        &self,
        actor: &Actor,
        view: &RegistryName,
    ) -> Result<Option<Frozen>, Refusal> {
        self.policy(view)?;
        let Some(frozen) = self.frozen(view) else {
            return Ok(None);
        };
        let thaw = Decision::Freeze(Freeze::Thawed);
        self.decide(actor, view, thaw).await?;
        Ok(Some(frozen))
    }

    /// Tells whether a view stands still, and where.
    pub fn frozen(&self, view: &RegistryName) -> Option<Frozen> {
        self.decided(view).frozen().cloned()
    }

    /// Finds the epoch at which a surface stands still for a name.
    pub(crate) fn stands_still(&self, surface: &Surface, name: &NameKey) -> Option<u64> {
        let decided = self.decided(surface.view()?);
        let frozen = decided.frozen().filter(|frozen| frozen.holds(name));
        frozen.map(|frozen| frozen.epoch)
    }

    /// Says in which views a publish will not be seen, because they stand still.
    pub(crate) fn frozen_warnings(&self, registry: &RegistryName, name: &NameKey) -> Vec<String> {
        let views = self
            .configuration
            .views_of(registry)
            .map(|policy| &policy.view);
        let told = |view: &RegistryName| {
            let frozen = self.frozen(view).filter(|frozen| frozen.holds(name))?;
            Some(format!(
                "view `{view}` is frozen at epoch {}: it will not show this before `crossdock thaw {view}`",
                frozen.epoch
            ))
        };
        views.filter_map(told).collect()
    }

    pub(crate) async fn read_frozen(
        &self,
        surface: &Surface,
        name: &IndexName,
        epoch: u64,
    ) -> Result<Arc<IndexFile>, Refusal> {
        let stamp = self.served.stamp(&name.key());
        let moment = self.moment_of(epoch).await?;
        let file = self.read_index_at(surface, name, moment).await?;
        let past = self.as_of(moment).await?;
        let file = self.stand_still(surface, name, &file, &past.federation);
        let file = Arc::new(Box::pin(file).await?);
        self.served
            .keep_index(&surface.index_path(name), &file, stamp);
        Ok(file)
    }
}
