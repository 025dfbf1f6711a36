//! Directories: folders of this machine that are registries, looked at when asked.
//!
//! Whoever asks for something that a folder may have a part in sees the folder as it
//! is then: finished files of such registries and views are given only after a look,
//! and what a look changes is recorded before it is shown. Its names are in memory
//! beside those of hosted registries, and as private as those.
//!
//! Rows of a directory may change their bytes (law 5 exempts it); every state of a
//! name is a fact, so that epochs answer as they did, and the archives stay.
//!
//! Absent: what follows from a look (`directories/taken_in.rs`), reading folders.

mod builds;
mod taken_in;

use crate::alarms::AlarmKind;
use crate::configuration::{Configuration, RegistryKind};
use crate::federation::Federation;
use crate::hosted::HostedNames;
use crate::ports::{Directory, FolderProblem, Ledger, StoreError};
use crate::surface::Surface;
use crossdock_core::registry_name::RegistryName;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

use taken_in::TakenIn;

/// How long one who asks waits for a look. Looks take milliseconds, but the first one
/// at a large folder packs everything; cargo gives up a transfer after 30 s, and what
/// is known is given meanwhile.
const PATIENCE: Duration = Duration::from_secs(10);

/// The directories of an installation.
#[derive(Default)]
pub(crate) struct Directories {
    all: BTreeMap<RegistryName, OneDirectory>,
    /// The registries and views that a folder has a part in.
    surfaces: BTreeSet<RegistryName>,
}

struct OneDirectory {
    port: Arc<dyn Directory>,
    /// Held for a look and what follows from it, so that looks come one at a time.
    looks: Mutex<Looks>,
}

/// What looks found so far.
#[derive(Default)]
struct Looks {
    /// When the last look began.
    last: Option<Instant>,
    taken_in: TakenIn,
    /// The paths that alarms are about.
    told: BTreeSet<String>,
}

impl Directories {
    /// Makes ready for looking; in a federation of the past nothing is looked at.
    pub(crate) fn open(
        configuration: &Configuration,
        mut ports: BTreeMap<RegistryName, Arc<dyn Directory>>,
        is_past: bool,
    ) -> Result<Self, StoreError> {
        let mut directories = Self::default();
        let is_directory = |kind: &RegistryKind| matches!(kind, RegistryKind::Directory);
        let registries = configuration.registries.iter();
        for (name, _) in registries.filter(|(_, registry)| is_directory(&registry.kind) && !is_past)
        {
            let port = ports.remove(name);
            let port = port.ok_or_else(|| {
                StoreError::Unavailable(format!("directory `{name}` has no folder"))
            })?;
            let looks = Mutex::default();
            let one = OneDirectory { port, looks };
            directories.all.insert(name.clone(), one);
            directories.surfaces.insert(name.clone());
            let views = configuration.views_of(name);
            let views = views.map(|policy| policy.view.clone());
            directories.surfaces.extend(views);
        }
        Ok(directories)
    }

    /// Recalls the names that were recorded, which are private before the first look.
    pub(crate) async fn recall(
        &self,
        ledger: &dyn Ledger,
        names: &HostedNames,
    ) -> Result<(), StoreError> {
        for registry in self.all.keys() {
            for name in ledger.mirrored_names(registry).await? {
                names.insert(registry, &name.as_crate_name());
            }
            let why = "its folder was not read yet".to_owned();
            names.hear(registry, Some(why));
        }
        Ok(())
    }

    /// Tells whether a folder has a part in what is at a path.
    pub(crate) fn concern(&self, path: &str) -> bool {
        let first = || path.split('/').next().unwrap_or_default();
        !self.surfaces.is_empty() && self.surfaces.iter().any(|name| name.as_str() == first())
    }

    /// Returns the directories that have a part in a surface.
    fn of(&self, surface: &Surface, configuration: &Configuration) -> Vec<&RegistryName> {
        let all = self.all.keys();
        let has_part = |name: &&RegistryName| match surface {
            Surface::Registry(registry) => *name == registry,
            Surface::View(view) | Surface::Face { view, .. } => configuration
                .views
                .get(view)
                .is_some_and(|view| view.policy.members.contains_key(*name)),
        };
        all.filter(has_part).collect()
    }
}

impl Federation {
    /// Looks at the folders that have a part in a surface, and takes in what changed.
    ///
    /// A folder that cannot be read is silent: what is known of it is shown on.
    pub(crate) async fn look_at_folders(&self, surface: &Surface) {
        let concerned = self.directories.of(surface, &self.configuration);
        let looks = concerned.into_iter().map(|name| self.look_at(name));
        futures::future::join_all(looks).await;
    }

    /// Looks at all folders, so that nobody has to wait for the first look.
    pub async fn look_at_all_folders(&self) {
        let looks = self.directories.all.keys().map(|name| self.look_at(name));
        futures::future::join_all(looks).await;
    }

    async fn look_at(&self, registry: &RegistryName) {
        let Some(one) = self.directories.all.get(registry) else {
            return;
        };
        match tokio::time::timeout(PATIENCE, self.looked(registry, one)).await {
            Ok(Ok(())) => {}
            Ok(Err(why)) => self.hosted.hear(registry, Some(why)),
            // What was heard before stands: if nothing was, the first look goes on.
            Err(_) if self.hosted.silence(registry).is_some() => {
                let why = "its folder is being read; try again".to_owned();
                self.hosted.hear(registry, Some(why));
            }
            Err(_) => {}
        }
    }

    /// Looks, unless somebody's look began after this was wanted.
    async fn looked(&self, registry: &RegistryName, one: &OneDirectory) -> Result<(), String> {
        let wanted = Instant::now();
        let mut looks = one.looks.lock().await;
        // An earlier one may have missed a name that lies there by now, which would then
        // be asked for outside.
        if looks.last.is_some_and(|began| began >= wanted) {
            return Ok(());
        }
        let began = Instant::now();
        let looked = match one.port.look().await {
            Ok(contents) => {
                let problems = self.take_in(registry, &mut looks.taken_in, contents).await;
                problems.map_err(|refusal| refusal.detail)
            }
            Err(silence) => Err(silence.to_string()),
        };
        let problems = match &looked {
            Ok(problems) => problems.clone(),
            Err(why) => vec![FolderProblem {
                path: ".".to_owned(),
                rule: format!("{why}; what was read of it before is shown on"),
            }],
        };
        self.tell_problems(registry, &mut looks.told, &problems);
        looked?;
        looks.last = Some(began);
        self.hosted.hear(registry, None);
        Ok(())
    }

    /// Raises an alarm for each problem, and takes those back that are mended.
    fn tell_problems(
        &self,
        registry: &RegistryName,
        told: &mut BTreeSet<String>,
        problems: &[FolderProblem],
    ) {
        let mut by_path: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for problem in problems {
            by_path
                .entry(&problem.path)
                .or_default()
                .push(&problem.rule);
        }
        for mended in told
            .iter()
            .filter(|path| !by_path.contains_key(path.as_str()))
        {
            self.alarms
                .settle(registry, Some(mended), AlarmKind::UnusableFile);
        }
        for (path, rules) in &by_path {
            if !told.contains(*path) {
                let text = format!("{path} is not shown as it is: {}", rules.join("; "));
                let now = self.ledger.now();
                self.alarms
                    .raise(registry, Some(path), AlarmKind::UnusableFile, text, now);
            }
        }
        *told = by_path.into_keys().map(str::to_owned).collect();
    }
}
