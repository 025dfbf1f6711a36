//! What a running program writes below a folder, call by call, in the order in which the
//! kernel did it.
//!
//! The program is followed by ptrace(2), so it is the one that is released, its libraries
//! included, and knows nothing of it. Each call that changes a file or a folder, or makes
//! one durable, is noted before the program goes on; whoever hears an answer from it may
//! rely on everything that came before being noted.
//!
//! Absent: what may be left of it when the power is lost (`power.rs`).

mod call;

use call::{Call, Pending};
use nix::errno::Errno;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{self, Signal};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// One change of what is on the disk, or that something of it is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A file that was not there is, and is empty; the number is its own from now on.
    Made {
        /// Its number.
        file: u64,
        /// Where it is.
        path: PathBuf,
    },
    /// Bytes were written into a file.
    Written {
        /// The file.
        file: u64,
        /// Where the first of them is.
        offset: u64,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// A file has another length.
    Cut {
        /// The file.
        file: u64,
        /// Its length.
        bytes: u64,
    },
    /// What was written into a file is durable.
    FileSynced {
        /// The file.
        file: u64,
    },
    /// What changed in a folder is durable.
    FolderSynced {
        /// The folder.
        path: PathBuf,
    },
    /// A name leads to what another one led to, which leads nowhere.
    Renamed {
        /// The name before.
        from: PathBuf,
        /// The name.
        to: PathBuf,
    },
    /// A name leads nowhere.
    Removed {
        /// The name.
        path: PathBuf,
    },
    /// Something that is not understood here: nothing can be said of what follows.
    Unknown {
        /// What was called.
        call: String,
    },
}

/// Notes what a program writes, until it is told to stop.
#[derive(Debug)]
pub struct Recorder {
    of: Pid,
    noted: Arc<Mutex<Vec<Operation>>>,
    stopping: Arc<AtomicBool>,
    task: Option<JoinHandle<()>>,
}

impl Recorder {
    /// Follows a program, as far as it writes below a folder.
    ///
    /// # Errors
    /// Following is not allowed here, or there is no such program.
    pub fn follow(program: u32, folder: &Path) -> io::Result<Self> {
        let id = i32::try_from(program).map_err(|_| io::ErrorKind::InvalidInput)?;
        let (of, folder) = (Pid::from_raw(id), folder.canonicalize()?);
        let (noted, stopping) = (Arc::default(), Arc::default());
        let (tell, told) = mpsc::channel();
        // All calls of ptrace have to come from the thread that follows.
        let follower = Follower {
            of,
            folder,
            noted: Arc::clone(&noted),
            stopping: Arc::clone(&stopping),
            threads: BTreeSet::new(),
            pending: BTreeMap::new(),
        };
        let task = thread::spawn(move || follower.run(&tell));
        let began = told.recv().map_err(|_| io::ErrorKind::Other)?;
        began?;
        Ok(Self {
            of,
            noted,
            stopping,
            task: Some(task),
        })
    }

    /// How much was noted up to now.
    pub fn position(&self) -> usize {
        locked(&self.noted).len()
    }

    /// Lets the program go on alone, and returns what was noted.
    pub fn stop(mut self) -> Vec<Operation> {
        self.end();
        std::mem::take(&mut *locked(&self.noted))
    }

    fn end(&mut self) {
        if let Some(task) = self.task.take() {
            self.stopping.store(true, Ordering::SeqCst);
            // Nothing to the program, but the follower looks up.
            let _ = signal::kill(self.of, Signal::SIGWINCH);
            let _ = task.join();
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.end();
    }
}

/// The thread that follows.
struct Follower {
    of: Pid,
    folder: PathBuf,
    noted: Arc<Mutex<Vec<Operation>>>,
    stopping: Arc<AtomicBool>,
    threads: BTreeSet<Pid>,
    /// Calls that began and did not end yet.
    pending: BTreeMap<Pid, Pending>,
}

impl Follower {
    fn run(mut self, tell: &mpsc::Sender<io::Result<()>>) {
        let began = self.begin();
        let failed = began.is_err();
        let _ = tell.send(began);
        if failed {
            return;
        }
        let mut asked_to_stop = false;
        while !self.threads.is_empty() {
            // Only those that this thread follows: others wait for their own children.
            let flags = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
            match waitpid(None::<Pid>, Some(flags)) {
                Ok(status) => self.met(status),
                Err(Errno::EINTR) => {}
                Err(_) => return,
            }
            if self.stopping.load(Ordering::SeqCst) && !asked_to_stop {
                asked_to_stop = true;
                for thread in &self.threads {
                    let _ = ptrace::interrupt(*thread);
                }
            }
        }
    }

    /// Follows all threads, those that begin meanwhile included.
    fn begin(&mut self) -> io::Result<()> {
        let options = Options::PTRACE_O_TRACESYSGOOD | Options::PTRACE_O_TRACECLONE;
        loop {
            let mut is_new = false;
            for entry in fs::read_dir(format!("/proc/{}/task", self.of))? {
                let name = entry?.file_name();
                let Some(id) = name.to_str().and_then(|id| id.parse().ok()) else {
                    continue;
                };
                let thread = Pid::from_raw(id);
                if self.threads.contains(&thread) {
                    continue;
                }
                match ptrace::seize(thread, options) {
                    Ok(()) => {}
                    // It began after that which made it was followed, and so is it.
                    Err(Errno::EPERM) if !self.threads.is_empty() => {}
                    Err(Errno::ESRCH) => continue,
                    Err(error) => return Err(error.into()),
                }
                self.threads.insert(thread);
                is_new = true;
                // From here on each of its calls is seen.
                let _ = ptrace::interrupt(thread);
            }
            if !is_new {
                return Ok(());
            }
        }
    }

    fn met(&mut self, status: WaitStatus) {
        let (thread, signal) = match status {
            WaitStatus::Exited(thread, _) | WaitStatus::Signaled(thread, ..) => {
                self.threads.remove(&thread);
                self.pending.remove(&thread);
                return;
            }
            WaitStatus::PtraceSyscall(thread) => {
                self.called(thread);
                (thread, None)
            }
            WaitStatus::PtraceEvent(thread, ..) => (thread, None),
            WaitStatus::Stopped(thread, signal) => (thread, Some(signal)),
            _ => return,
        };
        self.threads.insert(thread);
        if self.stopping.load(Ordering::SeqCst) {
            let _ = ptrace::detach(thread, signal);
            self.threads.remove(&thread);
            return;
        }
        // It may have been killed by now.
        let _ = ptrace::syscall(thread, signal);
    }

    fn called(&mut self, thread: Pid) {
        match call::at(thread) {
            Some(Call::Begins(pending)) => {
                self.pending.insert(thread, pending);
            }
            Some(Call::Ends(result)) => {
                let Some(pending) = self.pending.remove(&thread) else {
                    return;
                };
                if result >= 0 {
                    let mut noted = locked(&self.noted);
                    call::note(&mut noted, self.of, &self.folder, pending, result);
                }
            }
            None => {}
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
