//! The settings file of a server that runs, put in force without a stop.
//!
//! The file is read again when somebody asks: by the API, who names what was shown to
//! them, and gets nothing else; by SIGHUP, whose difference is logged; or because another
//! node recorded a policy that is word for word what our own file says by now. A second
//! federation is opened over the same ports (`crossdock_registry`), and takes the place of
//! the first where requests come in. At most two live at a time.
//!
//! Absent: which differences take a restart (`changes.rs`), what a policy is.

use super::changes::{Changes, changes, shown};
use crate::configuration;
use crate::report::{Failure, plain_text_of};
use crate::settings::{self, Reading, Settings, Surroundings};
use crate::stores::Stores;
use crossdock_core::actor::Actor;
use crossdock_core::address::Address;
use crossdock_core::policy_text;
use crossdock_registry::ports::Scratches;
use crossdock_registry::{FOLLOW_EVERY, Federation, Packer, Ports, Refusal, RefusalKind};
use crossdock_server::{Answer, Answering, App, Applied, LiveSettings, Wanted};
use crossdock_store::Listening;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::task::JoinHandle;
use tracing::{error, info, warn};
use url::Url;

/// How long an asker waits for requests that began before the last change; uploads are
/// the longest, and most end within that.
const SETTLES_WITHIN: Duration = Duration::from_secs(20);

/// Pause before what failed for the store's sake is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// How often a node looks whether another one recorded what its own file says.
const COMPARED_EVERY: Duration = Duration::from_secs(2);

/// From what a federation is made, besides the file.
pub(super) struct Made {
    /// `--config`, if it was said.
    pub(super) named: Option<PathBuf>,
    /// What the file is read in the light of.
    pub(super) around: Surroundings,
    /// Where clients reach the server.
    pub(super) url: Url,
    /// The address of crates.io.
    pub(super) crates_io: Address,
    /// Which installation it is.
    pub(super) installation: String,
    /// What every federation stands on.
    pub(super) ports: Ports,
    /// What packs archives, if something does.
    pub(super) packer: Option<Packer>,
    /// Wakes followers.
    pub(super) stores: Arc<Stores>,
    /// Where ledgers for a while are made.
    pub(super) scratches: Arc<dyn Scratches>,
}

/// The settings of a running server.
pub(super) struct Live {
    made: Made,
    answering: Arc<Answering>,
    /// Who is in office. Held over a whole change, so that they come one at a time.
    now: tokio::sync::Mutex<Now>,
    /// What is in force.
    // Held for a look or an exchange, never across an await.
    in_force: Mutex<Arc<Reading>>,
}

struct Now {
    federation: Arc<Federation>,
    /// Wakes its follower.
    listening: Option<Listening>,
    /// Sees the one before to its end.
    retiring: Option<JoinHandle<()>>,
    /// Whether the server stops, and nothing is put in force any more.
    is_ended: bool,
}

/// Why a file may be put in force.
enum By {
    /// Somebody was shown this.
    Shown(BTreeMap<String, String>),
    /// Whoever may send signals knows what the file says.
    Signal,
    /// It is what another node recorded.
    Record,
}

impl Made {
    /// Opens the first federation.
    pub(super) async fn open(&self, settings: &Settings) -> Result<Arc<Federation>, Failure> {
        let federation = Federation::open(self.configuration(settings), self.ports.clone()).await;
        federation.map_err(Failure::plain)
    }

    fn configuration(
        &self,
        settings: &Settings,
    ) -> crossdock_registry::configuration::Configuration {
        configuration::of(
            settings,
            self.url.clone(),
            self.crates_io.clone(),
            self.installation.clone(),
        )
    }

    /// Reads the file as it is now.
    async fn read(&self) -> Result<Reading, Refusal> {
        let (named, around) = (self.named.clone(), self.around.clone());
        let read = tokio::task::spawn_blocking(move || settings::read_again(named, around)).await;
        let read = read.map_err(|error| Refusal::new(RefusalKind::Unavailable, error))?;
        read.map_err(|error| {
            let text = plain_text_of(&Failure::from(error));
            Refusal::new(RefusalKind::Invalid, format!("nothing was changed: {text}"))
        })
    }
}

impl Live {
    /// Lets an app answer whose federation can be followed by others.
    pub(super) fn begin(
        made: Made,
        reading: Reading,
        federation: Arc<Federation>,
        app: App,
    ) -> Arc<Self> {
        federation.follow(FOLLOW_EVERY);
        federation.examine_in(made.scratches.clone());
        let listening = made.stores.wake(&federation);
        if let Some(packer) = &made.packer {
            federation.compact(packer.clone());
        }
        let now = Now {
            federation,
            listening,
            retiring: None,
            is_ended: false,
        };
        let is_shared = made.ports.ledger.is_shared();
        let answering = Arc::new(Answering::new(app.clone()));
        let live = Arc::new(Self {
            made,
            answering,
            now: tokio::sync::Mutex::new(now),
            in_force: Mutex::new(Arc::new(reading)),
        });
        let settings = Arc::new(Door(Arc::downgrade(&live)));
        live.answering.exchange(app.with_settings(settings));
        if is_shared {
            tokio::spawn(follow_record(Arc::downgrade(&live)));
        }
        live
    }

    /// Who answers.
    pub(super) fn answering(&self) -> &Answering {
        &self.answering
    }

    /// Puts the file in force because of a signal, and says in the log what came of it.
    pub(super) async fn apply_by_signal(self: Arc<Self>) {
        match self.apply(By::Signal, false, Actor::server()).await {
            Ok(Applied { applied: true, .. }) => info!("SIGHUP: the settings file is in force"),
            Ok(Applied { restart, .. }) if !restart.is_empty() => warn!(
                "SIGHUP: nothing was changed, because a restart is needed for {}",
                restart.join(", ")
            ),
            Ok(_) => info!("SIGHUP: the settings file says what is in force"),
            Err(refusal) => error!("SIGHUP: the settings file is not put in force: {refusal}"),
        }
    }

    /// Ends all federations; tells whether the last one ended in order.
    pub(super) async fn end(&self, drained: bool) {
        let mut now = self.now.lock().await;
        now.is_ended = true;
        let mut is_settled = true;
        if let Some(mut retiring) = now.retiring.take() {
            // Its requests were drained or cut off, so what is left is soon done.
            is_settled = tokio::time::timeout(SETTLES_WITHIN, &mut retiring)
                .await
                .is_ok();
            retiring.abort();
        }
        now.federation.shutdown().await;
        if drained && is_settled {
            now.federation.leave_files().await;
        }
        now.listening = None;
    }

    fn in_force(&self) -> Arc<Reading> {
        let in_force = self.in_force.lock();
        in_force.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// In a task of its own: whoever asks may go away, and what is begun is finished.
    async fn apply(
        self: Arc<Self>,
        by: By,
        dry_run: bool,
        actor: Actor,
    ) -> Result<Applied, Refusal> {
        let done = tokio::spawn(async move { self.applied(by, dry_run, &actor).await }).await;
        done.map_err(|error| Refusal::new(RefusalKind::Unavailable, error))?
    }

    async fn applied(&self, by: By, dry_run: bool, actor: &Actor) -> Result<Applied, Refusal> {
        let mut now = self.now.lock().await;
        if now.is_ended {
            return Err(stopping());
        }
        let (old, new) = (self.in_force(), self.made.read().await?);
        let Changes { views, restart } = changes(&old, &new);
        let told = Applied {
            applied: false,
            changes: views,
            under_way: now.federation.has_predecessors(),
            restart,
        };
        match &by {
            By::Shown(theirs) if dry_run && *theirs != shown(&new.settings) => {
                let otherwise = "the server's own settings file says otherwise than this one, \
                                 which has to be brought there first";
                return Ok(Applied {
                    changes: vec![otherwise.to_owned()],
                    restart: Vec::new(),
                    ..told
                });
            }
            By::Shown(theirs) => refuse_unseen(theirs, &shown(&new.settings))?,
            By::Record if !is_on_record(&now.federation, &new.settings).await? => return Ok(told),
            By::Signal | By::Record => {}
        }
        if dry_run || !told.restart.is_empty() {
            return Ok(told);
        }
        if old.settings == new.settings {
            // Another node may have recorded another policy since.
            let applied = now.federation.is_superseded().await?;
            now.federation.adopt_policies(actor).await?;
            return Ok(Applied { applied, ..told });
        }
        now.settle().await?;
        let configuration = self.made.configuration(&new.settings);
        let ports = self.made.ports.clone();
        let next = now.federation.succeed(configuration, ports, actor).await?;
        next.follow(FOLLOW_EVERY);
        next.examine_in(self.made.scratches.clone());
        now.listening = self.made.stores.wake(&next);
        let app = self.answering.app().before(next.clone());
        self.answering.exchange(app);
        let before = std::mem::replace(&mut now.federation, next.clone());
        *self.in_force.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
        let packer = self.made.packer.clone();
        now.retiring = Some(tokio::spawn(retire(before, next, packer)));
        Ok(Applied {
            applied: true,
            under_way: true,
            ..told
        })
    }

    async fn pending(&self) -> Option<String> {
        let new = match self.made.read().await {
            Ok(new) => new,
            Err(_) => {
                return Some(
                    "the settings file is not valid as it stands, and the server would not start \
                     with it; `crossdock check` says why"
                        .to_owned(),
                );
            }
        };
        let old = self.in_force();
        if old.settings == new.settings {
            return None;
        }
        let Changes { restart, .. } = changes(&old, &new);
        Some(match restart.is_empty() {
            true => "the settings file says otherwise than what is in force; `crossdock apply` \
                     tells the difference and applies it"
                .to_owned(),
            false => format!(
                "the settings file says otherwise than what is in force, and a restart is needed \
                 for {}",
                restart.join(", ")
            ),
        })
    }
}

impl Now {
    /// Waits until the one before the last is gone, so that there never are three.
    async fn settle(&mut self) -> Result<(), Refusal> {
        let Some(retiring) = &mut self.retiring else {
            return Ok(());
        };
        if tokio::time::timeout(SETTLES_WITHIN, retiring)
            .await
            .is_err()
        {
            return Err(Refusal::new(
                RefusalKind::Unavailable,
                "requests are under way that began before the last change of the settings; try \
                 again when they have ended",
            ));
        }
        self.retiring = None;
        Ok(())
    }
}

/// What the server asks; it does not keep alive what keeps it alive.
struct Door(Weak<Live>);

impl LiveSettings for Door {
    fn apply(&self, wanted: Wanted, actor: Actor) -> Answer<'_, Result<Applied, Refusal>> {
        let live = self.0.upgrade();
        Box::pin(async move {
            let live = live.ok_or_else(stopping)?;
            live.apply(By::Shown(wanted.views), wanted.dry_run, actor)
                .await
        })
    }

    fn is_under_way(&self) -> bool {
        let live = self.0.upgrade();
        live.is_some_and(|live| match live.now.try_lock() {
            Ok(now) => now.federation.has_predecessors(),
            // Somebody is at it.
            Err(_) => true,
        })
    }

    fn pending(&self) -> Answer<'_, Option<String>> {
        let live = self.0.upgrade();
        Box::pin(async move { live?.pending().await })
    }
}

fn stopping() -> Refusal {
    Refusal::new(RefusalKind::Unavailable, "the server is about to stop")
}

/// Ends who was in office before.
async fn retire(before: Arc<Federation>, next: Arc<Federation>, packer: Option<Packer>) {
    before.retire_itself().await;
    drop(before);
    if let Some(packer) = packer {
        // Two would pack the same archives.
        next.compact(packer);
    }
    while let Err(error) = next.settle_alone().await {
        warn!("requests are answered after a look at the ledger, which cannot be read: {error}");
        tokio::time::sleep(AGAIN_AFTER).await;
    }
}

/// Applies our own file when another node recorded what it says.
async fn follow_record(live: Weak<Live>) {
    loop {
        tokio::time::sleep(COMPARED_EVERY).await;
        let Some(live) = live.upgrade() else {
            return;
        };
        let federation = live.now.lock().await.federation.clone();
        // A store that does not answer is told by the follower.
        if !matches!(federation.is_superseded().await, Ok(true)) {
            continue;
        }
        drop(federation);
        match live.apply(By::Record, false, Actor::server()).await {
            Ok(Applied { applied: true, .. }) => {
                info!("the settings file is in force: another node recorded the same policy");
            }
            Ok(_) => {}
            // `/readyz` says so, too.
            Err(refusal) => tracing::debug!("the settings file is not put in force: {refusal}"),
        }
    }
}

/// Tells whether the file says of every view what was recorded last.
async fn is_on_record(federation: &Federation, settings: &Settings) -> Result<bool, Refusal> {
    for (name, view) in &settings.views {
        let recorded = federation.policy_in_force(name).await?;
        if recorded != Some(policy_text::encode(&view.policy)) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn refuse_unseen(
    theirs: &BTreeMap<String, String>,
    ours: &BTreeMap<String, String>,
) -> Result<(), Refusal> {
    if theirs == ours {
        return Ok(());
    }
    let names = theirs.keys().chain(ours.keys());
    let mut lines: Vec<String> = Vec::new();
    for name in names.collect::<std::collections::BTreeSet<_>>() {
        let text = |of: &BTreeMap<String, String>| of.get(name).cloned().unwrap_or_default();
        let differ = policy_text::difference(&text(theirs), &text(ours));
        lines.extend(differ.iter().map(|line| format!("\n  view {name}: {line}")));
    }
    Err(Refusal::new(
        RefusalKind::Conflict,
        format!(
            "the settings file of the server says otherwise than what was shown, and nothing was \
             changed; bring your file to the server, or name the server's own with --config. \
             Only the shown one has (- ), only the server's has (+ ):{}",
            lines.concat()
        ),
    ))
}
