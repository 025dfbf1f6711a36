//! The federation: all registries and views of one installation, ready to answer.
//!
//! This file holds what the use cases share and how it comes up; each use case is
//! a file of its own that adds one method.

use crate::abreast::Looks;
use crate::absences::Absences;
use crate::accounts::KnownAccounts;
use crate::alarms::Alarms;
use crate::budget;
use crate::builds;
use crate::compact::Compacting;
use crate::configuration::{Configuration, Read, RegistryKind};
use crate::decisions::Decisions;
use crate::directories::Directories;
use crate::faces::Faces;
use crate::flight::Flight;
use crate::follow::{Following, Recordings};
use crate::gates::Gatekeeper;
use crate::held_routes::HeldRoutes;
use crate::hosted::HostedNames;
use crate::mirror::{Mirror, Opened, Removals, Targets, UpstreamHealth};
use crate::observed_names::ObservedNames;
use crate::past::{self, Pasts};
use crate::ports::{
    AppendError, Applied, Batch, Blobs, Change, Directory, Keepsake, Ledger, StoreError, Upstream,
};
use crate::prefetch::Prefetcher;
use crate::privacy::Privacy;
use crate::readiness::Tried;
use crate::records::Records;
use crate::refusal::{Refusal, RefusalKind};
use crate::render::IndexFile;
use crate::served::Served;
use crate::shown::ShownNames;
use crate::standing::COMPARED_AT_ONCE;
use crate::succession::{Comes, Place};
use crate::surface::Surface;
use crate::sync::Syncing;
use crate::under_way::UnderWay;
use crate::upkeep::Upkeep;
use bytes::Bytes;
use crossdock_core::actor::Actor;
use crossdock_core::address::AddressBook;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::Decision;
use crossdock_core::origin::{Origin, Shows};
use crossdock_core::policy::ViewPolicy;
use crossdock_core::registry_name::RegistryName;
use crossdock_wire::config_json::{self, ConfigJson};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a federation stands on.
#[derive(Clone)]
pub struct Ports {
    /// Facts and projections.
    pub ledger: Arc<dyn Ledger>,
    /// Archives.
    pub blobs: Arc<dyn Blobs>,
    /// One upstream for each mirror of the configuration.
    pub upstreams: BTreeMap<RegistryName, Arc<dyn Upstream>>,
    /// One for each directory of the configuration.
    pub directories: BTreeMap<RegistryName, Arc<dyn Directory>>,
    /// What the run before left; without it everything is made anew.
    pub keepsake: Option<Arc<dyn Keepsake>>,
}

/// All registries and views of one installation.
pub struct Federation {
    pub(crate) configuration: Arc<Configuration>,
    pub(crate) book: Arc<AddressBook>,
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) mirrors: BTreeMap<RegistryName, Arc<Mirror>>,
    pub(crate) hosted: Arc<HostedNames>,
    pub(crate) directories: Directories,
    pub(crate) records: Arc<Records>,
    pub(crate) shown: ShownNames,
    pub(crate) faces: Arc<Faces>,
    pub(crate) held_routes: HeldRoutes,
    pub(crate) decisions: Arc<Decisions>,
    pub(crate) accounts: KnownAccounts,
    pub(crate) gatekeeper: Gatekeeper,
    pub(crate) privacy: Arc<Privacy>,
    pub(crate) alarms: Arc<Alarms>,
    pub(crate) tried: Tried,
    pub(crate) served: Served,
    pub(crate) keepsake: Option<Arc<dyn Keepsake>>,
    pub(crate) prefetcher: Prefetcher,
    pub(crate) downloads: Flight<Checksum, Result<Bytes, Refusal>>,
    pub(crate) pasts: Pasts,
    pub(crate) syncing: Syncing,
    pub(crate) compacting: Compacting,
    pub(crate) upkeep: Upkeep,
    pub(crate) under_way: UnderWay,
    /// Leaves to compare two archives.
    pub(crate) comparing: tokio::sync::Semaphore,
    pub(crate) recordings: Arc<Recordings>,
    pub(crate) following: Following,
    pub(crate) looks: Looks,
    /// Whether this is a federation as it was, which records nothing and learns nothing
    /// of what it would have recorded.
    pub(crate) is_past: bool,
}

impl Federation {
    /// Brings a federation up: reads names and records, opens mirrors.
    ///
    /// Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`StoreError`] if the ledger cannot be read, or a mirror has no upstream.
    pub async fn open(configuration: Configuration, ports: Ports) -> Result<Arc<Self>, StoreError> {
        let federation = Self::open_as(Comes::First, configuration, ports).await?;
        let declared = federation.declare_aliases().await;
        declared.map_err(|refusal| StoreError::Unavailable(refusal.detail))?;
        federation.finish_purges().await;
        federation.take_files().await?;
        Ok(federation)
    }

    /// Brings a federation up, and records nothing.
    pub(crate) async fn open_as(
        comes: Comes<'_>,
        configuration: Configuration,
        ports: Ports,
    ) -> Result<Arc<Self>, StoreError> {
        let (today, before) = match comes {
            Comes::First => (None, None),
            Comes::AsPastOf(today) => (Some(today), None),
            Comes::After(before) => (None, Some(before)),
        };
        let place = match before {
            Some(before) => before.recordings.place().next(),
            None => Place::default(),
        };
        let (configuration, ledger) = (Arc::new(configuration), ports.ledger);
        let book = Arc::new(configuration.address_book());
        let is_hosted = |kind: &RegistryKind| matches!(kind, RegistryKind::Hosted { .. });
        let directories = Directories::open(&configuration, ports.directories, today.is_some())?;
        // Before anything is read: what is recorded meanwhile is learnt once more.
        let recordings = Arc::new(Recordings::from(ledger.position().await?, place));
        let hosted_registries = configuration
            .registries
            .iter()
            .filter(|(_, registry)| is_hosted(&registry.kind));
        let hosted = match today {
            Some(today) => today.hosted.clone(),
            None => {
                let names = hosted_registries.map(|(name, _)| name);
                let names = HostedNames::load(&*ledger, names).await?;
                directories.recall(&*ledger, &names).await?;
                Arc::new(names)
            }
        };
        let records = Arc::new(Records::load(&*ledger, configuration.views.keys()).await?);
        let faces = Arc::new(Faces::load(&*ledger, configuration.views.keys()).await?);
        let held_routes = HeldRoutes::load(&*ledger, configuration.views.keys()).await?;
        let replacing = configuration.registries.keys();
        let replacing = replacing.filter(|name| builds::replaces(&configuration, name));
        let replacing = replacing.cloned().collect();
        let shown = ShownNames::load(&*ledger, configuration.views.keys(), replacing).await?;
        let scopes = configuration
            .registries
            .keys()
            .chain(configuration.views.keys());
        let decisions = Arc::new(Decisions::load(&*ledger, scopes).await?);
        // Who may read the past is asked of today.
        let accounts = match today {
            Some(_) => KnownAccounts::default(),
            None => KnownAccounts::load(&*ledger).await?,
        };
        let observed = match today {
            // Today's are in today's privacy, and a past learns nothing.
            Some(_) => Arc::default(),
            None => Arc::new(ObservedNames::load(&*ledger, &configuration).await?),
        };
        let alarms = before.map_or_else(Arc::default, |before| before.alarms.clone());
        let mut mirrors = BTreeMap::new();
        let absences = Arc::new(Absences::new());
        let is_mirror = |kind: &RegistryKind| matches!(kind, RegistryKind::Mirror { .. });
        let registries = configuration.registries.values();
        let mirrors_many = registries.filter(|of| is_mirror(&of.kind)).count() as u64;
        for (name, registry) in &configuration.registries {
            let RegistryKind::Mirror {
                address,
                revalidate_after,
                confirm_removals_after,
                ..
            } = &registry.kind
            else {
                continue;
            };
            let upstream = ports.upstreams.get(name).cloned();
            let upstream = upstream.ok_or_else(|| {
                StoreError::Unavailable(format!("mirror `{name}` has no upstream"))
            })?;
            let targets = Targets {
                mirror: name.clone(),
                address: address.clone(),
                book: book.clone(),
            };
            let decided = decisions.of(name);
            let removals =
                Removals::load(&*ledger, name, decided.made(), *confirm_removals_after).await?;
            let confirmed = ledger.confirmed(name).await?.into_iter().collect();
            let opened = Opened {
                targets,
                upstream,
                ledger: ledger.clone(),
                observed: observed.clone(),
                absences: absences.clone(),
                alarms: alarms.clone(),
                removals,
                confirmed,
                recordings: recordings.clone(),
                installation: configuration.installation.clone(),
                rows_bytes_max: today.map_or(budget::ROWS, |_| past::ROWS_BYTES_MAX) / mirrors_many,
                parsed_bytes_max: today.map_or(budget::PARSED, |_| past::PARSED_BYTES_MAX)
                    / mirrors_many,
            };
            mirrors.insert(name.clone(), Mirror::new(opened, *revalidate_after));
        }
        let of_today = |today: &Self| today.privacy.clone();
        let privacy = today.map(of_today).unwrap_or_else(|| {
            Arc::new(Privacy {
                configuration: configuration.clone(),
                hosted: hosted.clone(),
                observed,
                records: records.clone(),
                faces: faces.clone(),
                mirrors: mirrors.clone(),
                decisions: decisions.clone(),
                ledger: ledger.clone(),
                recordings: recordings.clone(),
            })
        });
        let prefetcher = Prefetcher::start(mirrors.clone(), privacy.clone());
        let federation = Arc::new(Self {
            configuration,
            book,
            ledger,
            blobs: ports.blobs,
            mirrors,
            hosted,
            directories,
            records,
            shown,
            faces,
            held_routes,
            decisions,
            accounts,
            gatekeeper: Gatekeeper::default(),
            privacy,
            alarms,
            tried: Tried::default(),
            served: match today {
                None => Served::new(absences),
                Some(_) => {
                    Served::bounded(past::SERVED_BYTES_MAX, past::SERVED_BYTES_MAX, absences)
                }
            },
            keepsake: ports.keepsake,
            prefetcher,
            downloads: Flight::new(),
            pasts: Pasts::new(),
            syncing: before.map_or_else(Syncing::default, |before| before.syncing.next()),
            compacting: Compacting::default(),
            upkeep: Upkeep::default(),
            under_way: UnderWay::default(),
            comparing: tokio::sync::Semaphore::new(COMPARED_AT_ONCE),
            recordings,
            following: Following::default(),
            looks: Looks::default(),
            is_past: today.is_some(),
        });
        federation.syncing.start(&federation);
        Ok(federation)
    }

    /// Finds a registry or view by name.
    pub fn surface(&self, name: &str) -> Option<Surface> {
        if let Some((name, _)) = self.configuration.registries.get_key_value(name) {
            return Some(Surface::Registry(name.clone()));
        }
        self.configuration
            .views
            .get_key_value(name)
            .map(|(name, _)| Surface::View(name.clone()))
    }

    /// Finds a member's face in a view; also of who left the view, as long as rows led
    /// to it, since its address is in locks. Such a face is refused, not absent.
    pub fn face(&self, view: &str, member: &str) -> Option<Surface> {
        let (view, of_view) = self.configuration.views.get_key_value(view)?;
        let member = RegistryName::parse(member).ok()?;
        let known = of_view.policy.members.contains_key(&member)
            || self.faces.is_led_to(view, &member)
            || self.held_routes.of(view).is_led_to(&member);
        known.then(|| Surface::Face {
            view: view.clone(),
            member,
        })
    }

    /// Refuses the face of who is no member any more.
    pub(crate) fn admit_face(
        &self,
        view: &RegistryName,
        member: &RegistryName,
    ) -> Result<(), Refusal> {
        if self.policy(view)?.members.contains_key(member) {
            return Ok(());
        }
        Err(Refusal::new(
            RefusalKind::Forbidden,
            format!(
                "`{member}` is no longer a member of view `{view}`, so nothing of it is shown; \
                 locks that name its crates need it: put `{member}` back into [views.{view}] members"
            ),
        ))
    }

    /// Returns what the federation is made of.
    pub fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// Returns an index file from memory, by path without a leading slash, if it may
    /// be served without asking anyone. This is the hot path.
    pub fn served(&self, path: &str) -> Option<Arc<IndexFile>> {
        match self.directories.concern(path) {
            true => None,
            false => self.served.fresh_index(path),
        }
    }

    /// Returns an archive from memory, by path without a leading slash.
    pub fn held_crate(&self, path: &str) -> Option<Bytes> {
        self.served.krate(path)
    }

    /// Writes the `config.json` of a surface (Cargo Book, "Registry Index").
    ///
    /// A face has no API: publishing happens at the registry or the view.
    pub fn config_json(&self, surface: &Surface) -> Bytes {
        let (base, path) = (self.configuration.base(), surface.path());
        let api = match surface {
            Surface::Registry(_) | Surface::View(_) => Some(format!("{base}/{path}")),
            Surface::Face { .. } => None,
        };
        let dl = format!("{base}/{path}/dl/{{crate}}/{{version}}/{{sha256-checksum}}");
        config_json::encode(&ConfigJson {
            dl,
            api,
            auth_required: self.read_needs_token(surface),
            crossdock: Some(self.said_of(surface)),
        })
        .into()
    }

    /// Says what stands at a surface's address, for those who would mirror it.
    pub(crate) fn said_of(&self, surface: &Surface) -> Origin {
        Origin {
            shows: match surface {
                Surface::Registry(_) => Shows::Registry,
                Surface::View(_) => Shows::View,
                Surface::Face { .. } => Shows::Face,
            },
            installation: self.configuration.installation.clone(),
        }
    }

    /// Tells whether a surface is shown to bearers of a token only.
    pub fn read_needs_token(&self, surface: &Surface) -> bool {
        let read = match surface {
            Surface::Registry(name) => self
                .configuration
                .registries
                .get(name)
                .map(|registry| registry.read),
            Surface::View(view) | Surface::Face { view, .. } => {
                self.configuration.views.get(view).map(|view| view.read)
            }
        };
        read != Some(Read::Anyone)
    }

    /// Tells how each upstream did lately.
    pub fn upstreams(&self) -> Vec<(RegistryName, UpstreamHealth)> {
        let now = self.ledger.now();
        let health =
            |(name, mirror): (&RegistryName, &Arc<Mirror>)| (name.clone(), mirror.health(now));
        self.mirrors.iter().map(health).collect()
    }

    /// Returns what somebody should look at.
    pub fn alarms(&self) -> &Alarms {
        &self.alarms
    }

    /// Stops fetching ahead and awaits it, then records what has to outlive the stop.
    /// Answers may still be given afterwards.
    pub async fn shutdown(&self) {
        self.rest().await;
        self.record_confirmations().await;
    }

    /// Ends what goes on without being asked, and awaits it.
    pub(crate) async fn rest(&self) {
        self.following.stop();
        self.syncing.stop();
        self.upkeep.stop().await;
        self.compacting.stop().await;
        self.prefetcher.shutdown().await;
    }

    /// Records which names upstreams confirmed lately, for whoever comes after.
    pub(crate) async fn record_confirmations(&self) {
        let confirmed = self.mirrors.values();
        let changes: Vec<_> = confirmed.filter_map(|m| m.confirmations()).collect();
        if changes.is_empty() {
            return;
        }
        // Whoever starts next asks again what is not recorded.
        let actor = Actor::server();
        if let Err(error) = self.ledger.append(Batch { actor, changes }).await {
            tracing::warn!(%error, "what upstreams confirmed will be asked for again: {error}");
        }
    }

    pub(crate) fn policy(&self, view: &RegistryName) -> Result<&ViewPolicy, Refusal> {
        let view = self
            .configuration
            .views
            .get(view)
            .ok_or_else(|| Refusal::absent(format!("no view `{view}`")));
        view.map(|view| &view.policy)
    }

    /// Records changes and learns what they did; tells whether somebody else was
    /// first with any of them.
    pub(crate) async fn record(
        &self,
        actor: Actor,
        changes: Vec<Change>,
    ) -> Result<Recorded, Refusal> {
        let batch = Batch {
            actor: actor.clone(),
            changes: changes.clone(),
        };
        let recording = self.recordings.begin().await;
        let applied = match self.ledger.append(batch).await {
            Ok(applied) => applied,
            // Another reader pinned the same way first, or another one.
            Err(AppendError::AlreadyDecided { .. }) if let Some(view) = pinned_in(&changes) => {
                self.held_routes.relearn(&*self.ledger, view).await?;
                let applied = Vec::new();
                return Ok(Recorded {
                    applied,
                    overtaken: true,
                });
            }
            Err(error) => return Err(error.into()),
        };
        recording.recorded(&applied);
        if self.is_past {
            let overtaken = false;
            return Ok(Recorded { applied, overtaken });
        }
        self.learn_faces(&changes);
        self.held_routes.learn(&changes);
        self.decisions.learn(&actor, &changes, &applied);
        self.accounts.learn(&actor, &changes, &applied);
        let mut overtaken = self.records.learn(&changes, &applied);
        if let Some(view) = self.shown.learn(&changes, &applied) {
            self.shown.reload(&*self.ledger, &view).await?;
            overtaken = true;
        }
        Ok(Recorded { applied, overtaken })
    }

    /// Learns which faces rows lead to: those may be asked now for what they were said
    /// not to have a moment ago.
    pub(crate) fn learn_faces(&self, changes: &[Change]) {
        self.faces.learn(changes);
        for change in changes {
            if let Change::NameFace { name, .. } = change {
                self.served.forget_absent(name);
            }
        }
    }
}

/// The view in which changes pin something, if one does.
fn pinned_in(changes: &[Change]) -> Option<&RegistryName> {
    changes.iter().find_map(|change| match change {
        Change::Decide {
            scope,
            decision: Decision::Pin(_),
        } => Some(scope),
        _ => None,
    })
}

/// What became of recorded changes.
pub(crate) struct Recorded {
    pub(crate) applied: Vec<Applied>,
    /// Somebody else recorded another owner first; decide again.
    pub(crate) overtaken: bool,
}
