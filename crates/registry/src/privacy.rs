//! Keeps private names in (law 8): the one gate before an upstream.
//!
//! Whoever asks an upstream needs a [`Permit`], and only this file makes one, so a
//! path that forgets to ask here does not compile. The permit carries the reason,
//! which goes on the egress record with the request.

use crate::configuration::Configuration;
use crate::decisions::Decisions;
use crate::faces::Faces;
use crate::follow::Recordings;
use crate::hosted::HostedNames;
use crate::mirror::Mirror;
use crate::observed_names::ObservedNames;
use crate::ports::{Ledger, Reason};
use crate::records::Records;
use crate::surface::Surface;
use crossdock_core::name::NameKey;
use crossdock_core::owner::{is_private, known};
use crossdock_core::policy::{Side, ViewPolicy};
use crossdock_core::registry_name::RegistryName;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Up to how many `-` and `_` in a name an inside mirror is asked for every mix of
/// them: 16 index files at most. Beyond, for `-` and `_` throughout, and for the
/// spellings it is known to have.
///
/// A hole that stays: a name with five or more, mixed, of which nothing was ever
/// read. A claim on its beginning closes it.
const MIXED_SEPARATORS_MAX: usize = 4;

/// What decides whether a name may be sent to a member.
pub(crate) struct Privacy {
    pub(crate) configuration: Arc<Configuration>,
    pub(crate) hosted: Arc<HostedNames>,
    pub(crate) observed: Arc<ObservedNames>,
    pub(crate) records: Arc<Records>,
    pub(crate) faces: Arc<Faces>,
    pub(crate) mirrors: BTreeMap<RegistryName, Arc<Mirror>>,
    pub(crate) decisions: Arc<Decisions>,
    /// Asked for what other nodes published and this one did not learn yet.
    pub(crate) ledger: Arc<dyn Ledger>,
    /// Whether there may be such.
    pub(crate) recordings: Arc<Recordings>,
}

/// How a name came to be wanted of an upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Somebody asked a registry or a view for it.
    Plain,
    /// Somebody asked a member's face for it: evidence counts here, and here alone.
    ThroughFace,
    /// Nobody asked: a row of this crate, which is about to be shown, depends on it.
    Row(NameKey),
    /// Nobody asked yet.
    Ahead,
    /// Nobody asked: what is held is brought up to date.
    Again,
}

impl Wish {
    /// Tells how a name is wanted that is asked of a surface.
    pub(crate) fn at(surface: &Surface) -> Self {
        match surface {
            Surface::Face { .. } => Self::ThroughFace,
            Surface::Registry(_) | Surface::View(_) => Self::Plain,
        }
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Plain | Self::ThroughFace => Reason::Asked,
            Self::Row(dependent) => Reason::Row {
                dependent: dependent.clone(),
            },
            Self::Ahead => Reason::Prefetch,
            Self::Again => Reason::Sync,
        }
    }
}

/// The leave to send one name to one upstream.
#[derive(Clone, Debug)]
pub(crate) struct Permit {
    reason: Reason,
}

impl Permit {
    /// Why it was given.
    pub(crate) fn reason(&self) -> &Reason {
        &self.reason
    }
}

/// What the gate says.
#[derive(Clone, Debug)]
pub(crate) enum Passage {
    /// The upstream may be asked.
    Granted(Permit),
    /// The name is private; what is held of it may be looked at, and no more.
    Private,
    /// An inside member that might have the name cannot answer; says who and why.
    Undecided(String),
}

impl Privacy {
    /// Decides whether `member` may be asked for a name.
    ///
    /// Not if the name is private in any view in which the member is outside, unless
    /// its face is asked for it and a row of the member itself names it: then the member
    /// knows the name already, and the record of that row is the evidence, in whichever
    /// view. What inside mirrors have is asked of them first, where nothing else decides.
    pub(crate) async fn passage(
        &self,
        member: &RegistryName,
        name: &NameKey,
        wish: &Wish,
    ) -> Passage {
        let Some(permit) = self.known_passage(member, name, wish) else {
            return Passage::Private;
        };
        if matches!(permit.reason, Reason::Evidence { .. }) {
            return Passage::Granted(permit);
        }
        for policy in self.views_outside(member) {
            let record = self.records.extended(policy, name);
            if known(policy, name, record.as_ref()).is_some() {
                continue;
            }
            match self.inside_holders(policy, name, wish).await {
                Ok(holders) if is_private(policy, name, None, &holders) => {
                    return self
                        .on_evidence(member, name, wish)
                        .map_or(Passage::Private, Passage::Granted);
                }
                Ok(_) => {}
                Err(why) => return Passage::Undecided(why),
            }
        }
        Passage::Granted(permit)
    }

    /// Decides by what is known here, without asking anyone.
    ///
    /// Inside mirrors are asked on this word alone: were each asked to wait for the
    /// other, two views with changed sides would never answer.
    pub(crate) fn known_passage(
        &self,
        member: &RegistryName,
        name: &NameKey,
        wish: &Wish,
    ) -> Option<Permit> {
        // What is retired is what is held of it.
        if self.decisions.is_retired(member) {
            return None;
        }
        let private = self.views_outside(member).any(|policy| {
            let record = self.records.extended(policy, name);
            is_private(policy, name, record.as_ref(), &self.holders(policy, name))
        });
        if private {
            return self.on_evidence(member, name, wish);
        }
        let reason = wish.reason();
        Some(Permit { reason })
    }

    /// Finds the inside members that have a name; mirrors among them are asked, in
    /// all spellings that the name is likely to have there.
    ///
    /// # Errors
    /// Says which member cannot answer, and why.
    pub(crate) async fn inside_holders(
        &self,
        policy: &ViewPolicy,
        name: &NameKey,
        wish: &Wish,
    ) -> Result<BTreeSet<RegistryName>, String> {
        let mut holders = self.holders(policy, name);
        for member in policy.eligible(Side::Inside, name) {
            if holders.contains(member) {
                continue;
            }
            let unable = |why: String| {
                format!("inside member `{member}` cannot say whether `{name}` is its crate: {why}")
            };
            let is_ours = |m: &crossdock_core::policy::Member| !m.kind.is_mirror();
            if policy.members.get(member).is_none_or(is_ours) {
                if let Some(why) = self.hosted.silence(member) {
                    return Err(unable(why));
                }
                let published = self.was_published_elsewhere(member, name).await;
                if published.map_err(unable)? {
                    holders.insert(member.clone());
                }
                continue;
            }
            let has = self.has_any_spelling(member, name, wish).await;
            if has.map_err(unable)? {
                holders.insert(member.clone());
            }
        }
        Ok(holders)
    }

    /// Tells whether another node published a name that this one knows nothing of: what
    /// is sent outside cannot be called back once it is learnt.
    async fn was_published_elsewhere(
        &self,
        registry: &RegistryName,
        name: &NameKey,
    ) -> Result<bool, String> {
        if !self.ledger.is_shared() && !self.recordings.place().is_in_company() {
            return Ok(false);
        }
        let krate = self.ledger.hosted(registry, name).await;
        let krate = krate.map_err(|error| error.to_string())?;
        if let Some(krate) = &krate {
            self.hosted.insert(registry, &krate.name);
        }
        Ok(krate.is_some())
    }

    async fn has_any_spelling(
        &self,
        member: &RegistryName,
        name: &NameKey,
        wish: &Wish,
    ) -> Result<bool, String> {
        let mirror = self.mirrors.get(member);
        let mirror = mirror.ok_or_else(|| "it is not in the settings".to_owned())?;
        // Evidence is for the member whose face was asked for, and for no other.
        let wish = match wish {
            Wish::ThroughFace => &Wish::Plain,
            other => other,
        };
        for spelled in name.index_spellings(MIXED_SEPARATORS_MAX) {
            let held = match self.known_passage(member, name, wish) {
                Some(permit) => mirror.rows(&spelled, &permit).await.map(Some),
                None => mirror.held(&spelled).await.map_err(Into::into),
            };
            let held = held.map_err(|error| error.to_string())?;
            if held.is_some_and(|held| !held.rows.is_empty()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns the inside members of a view that are known to have a name.
    fn holders(&self, policy: &ViewPolicy, name: &NameKey) -> BTreeSet<RegistryName> {
        let mut holders = self.hosted.holders(policy, name);
        holders.extend(self.observed.holders(policy, name));
        holders
    }

    fn views_outside<'p>(
        &'p self,
        member: &'p RegistryName,
    ) -> impl Iterator<Item = &'p ViewPolicy> {
        self.configuration
            .views_of(member)
            .filter(|policy| !policy.is_inside(member))
    }

    fn on_evidence(&self, member: &RegistryName, name: &NameKey, wish: &Wish) -> Option<Permit> {
        if *wish != Wish::ThroughFace {
            return None;
        }
        let dependent = self.faces.evidence(member, name)?;
        Some(Permit {
            reason: Reason::Evidence { dependent },
        })
    }
}
