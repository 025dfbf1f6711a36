//! A list of the names that a registry has, which an operator keeps beside it.
//!
//! With a list, a name that is not on it and of which nothing is held is absent
//! without being asked for: a slip, or a private name that nobody claimed, stays in.
//! The list is read anew when it changes; one that vanished or makes no sense leaves
//! the last good one in force.
//!
//! Absent: what a held name is asked for; a list decides about unknown names only.

mod list;
mod read;

pub use read::ListError;

use crossdock_core::name::NameKey;
use list::NameList;
use read::{Stamp, read, stamp};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How often it is looked whether a list changed. A file takes one look at its
/// metadata; a folder that is no checkout, one at each folder in it.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// The names a registry has, as last read.
pub struct PublicNames {
    path: PathBuf,
    // Held for a look-up or to replace it, never across a wait.
    names: RwLock<Arc<NameList>>,
    // Held while the list is read, by one at a time.
    read_as: Mutex<Stamp>,
}

/// A list that is being looked after; ends with [`Self::close`].
pub struct WatchedNames {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl PublicNames {
    /// Reads the list: a file with a name on each line, or a folder, the checkout of a
    /// git index or one like it, whose files' names are the names.
    ///
    /// # Errors
    /// [`ListError`] names the line or the file that is wrong.
    pub fn open(path: &Path) -> Result<Self, ListError> {
        let read_as = stamp(path)?;
        Ok(Self {
            names: RwLock::new(Arc::new(read(path)?)),
            read_as: Mutex::new(read_as),
            path: path.to_owned(),
        })
    }

    /// Tells whether a name is on the list, in any spelling.
    pub fn has(&self, name: &NameKey) -> bool {
        self.names().has(name)
    }

    /// Tells how many names are on the list, and how many bytes it takes.
    pub fn size(&self) -> (usize, usize) {
        let names = self.names();
        (names.len(), names.bytes())
    }

    /// Reads the list again if it changed; blocks while it does.
    ///
    /// # Errors
    /// [`ListError`] if it cannot be read; what was read before stays.
    pub fn refresh(&self) -> Result<bool, ListError> {
        let mut read_as = self.read_as.lock().unwrap_or_else(PoisonError::into_inner);
        let now = stamp(&self.path)?;
        if *read_as == now {
            return Ok(false);
        }
        let names = Arc::new(read(&self.path)?);
        *self.names.write().unwrap_or_else(PoisonError::into_inner) = names;
        // Taken before it was read: a change meanwhile is seen at the next look.
        *read_as = now;
        Ok(true)
    }

    /// Looks after the list from now on; must be called within a tokio runtime.
    pub fn watch(self: &Arc<Self>) -> WatchedNames {
        let (stop, mut stopped) = watch::channel(false);
        let list = self.clone();
        let task = tokio::spawn(async move {
            let mut is_well = true;
            while tokio::time::timeout(LOOK_EVERY, stopped.changed())
                .await
                .is_err()
            {
                let list = list.clone();
                let looked = tokio::task::spawn_blocking(move || list.look(is_well)).await;
                is_well = looked.unwrap_or(false);
            }
        });
        WatchedNames { stop, task }
    }

    /// Refreshes and says what came of it, once; tells whether the list is well.
    fn look(&self, was_well: bool) -> bool {
        let path = self.path.display();
        match self.refresh() {
            Ok(true) => {
                tracing::info!(
                    names = self.size().0,
                    "{path} was read again: {} names",
                    self.size().0
                );
                true
            }
            Ok(false) => true,
            Err(error) if was_well => {
                tracing::error!("the list of public names as last read stays in force: {error}");
                false
            }
            Err(_) => false,
        }
    }

    fn names(&self) -> Arc<NameList> {
        self.names
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl WatchedNames {
    /// Stops looking.
    pub async fn close(self) {
        let _nobody_waits = self.stop.send(true);
        let _ended = self.task.await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn has(list: &PublicNames, name: &str) -> bool {
        list.has(&name.parse().unwrap())
    }

    #[test]
    fn a_list_is_read_anew_when_it_changes_and_kept_when_it_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("names.txt");
        fs::write(&path, "serde\nserde_json\n").unwrap();
        let list = PublicNames::open(&path).unwrap();
        assert!(has(&list, "serde") && has(&list, "Serde-JSON") && !has(&list, "tokio"));
        assert!(!list.refresh().unwrap());
        fs::write(&path, "serde\ntokio\n\n# the end\n").unwrap();
        assert!(list.refresh().unwrap());
        assert!(has(&list, "tokio") && !has(&list, "serde_json"));
        fs::write(&path, "serde\nnot a name\n").unwrap();
        let error = list.refresh().unwrap_err().to_string();
        assert!(error.contains("names.txt, line 2"), "{error}");
        fs::remove_file(&path).unwrap();
        assert!(list.refresh().is_err());
        assert!(has(&list, "tokio"));
        fs::write(&path, "axum\n").unwrap();
        assert!(list.refresh().unwrap() && has(&list, "axum"));
    }

    #[test]
    fn a_checkout_is_a_list() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "{}").unwrap();
        };
        for path in [
            "1/a",
            "se/rd/serde",
            "config.json",
            ".git/HEAD",
            ".git/refs/main",
            "README.md",
        ] {
            write(path);
        }
        let list = PublicNames::open(folder.path()).unwrap();
        assert_eq!(list.size().0, 2);
        assert!(has(&list, "a") && has(&list, "serde") && !has(&list, "main"));
        write("to/ki/tokio");
        write(".git/index");
        assert!(list.refresh().unwrap() && has(&list, "tokio"));
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        let error = PublicNames::open(Path::new("/nowhere/names.txt")).err();
        assert!(error.unwrap().to_string().contains("/nowhere/names.txt"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_watched_list_follows_its_file_until_it_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("names.txt");
        fs::write(&path, "serde\n").unwrap();
        let list = Arc::new(PublicNames::open(&path).unwrap());
        let watched = list.watch();
        fs::write(&path, "serde\ntokio\n").unwrap();
        for _ in 0..100 {
            if has(&list, "tokio") {
                break;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        assert!(has(&list, "tokio"));
        watched.close().await;
    }
}
