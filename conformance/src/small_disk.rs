//! A disk that can be filled: a small file system in memory, in a mount namespace of its
//! own, which a sleeping process holds.
//!
//! Programs are started in that namespace by `nsenter`, so that one may end and another
//! find the same disk. Not every machine lets its users have namespaces; there
//! [`SmallDisk::new`] gives nothing and says so.
//!
//! Absent: what is kept on it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What is mounted where, and then held until nobody holds our end of its input.
const HOLD: &str = "mount -t tmpfs -o \"$1\" crossdock-test \"$0\" && echo mounted && read -r _";

/// Bytes that are written at one time to fill it.
const PIECE: [u8; 4096] = [b'f'; 4096];

/// Files that are made at most to use its inodes up.
const FILES_MAX: usize = 100_000;

/// A disk of few bytes and few files.
#[derive(Debug)]
pub struct SmallDisk {
    holder: Child,
    folder: PathBuf,
}

impl SmallDisk {
    /// Makes one at a folder, which is made; nothing if namespaces are refused here.
    ///
    /// # Panics
    /// If the folder cannot be made.
    pub fn new(folder: &Path, bytes: usize, files: usize) -> Option<Self> {
        fs::create_dir_all(folder).expect("the workbench's folder is writable");
        let mut holder = Command::new("unshare")
            .args(["-rm", "sh", "-c", HOLD])
            .arg(folder)
            .arg(format!("size={bytes},nr_inodes={files}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let mut line = String::new();
        let said = holder.stdout.take();
        let _ = said.map(|said| BufReader::new(said).read_line(&mut line));
        if line.trim() == "mounted" {
            let folder = folder.to_owned();
            return Some(Self { holder, folder });
        }
        let _ = holder.wait();
        eprintln!("namespaces are refused here: nothing is tried on a small disk");
        None
    }

    /// What a program's words begin with to run where the disk is.
    pub fn before(&self) -> Vec<OsString> {
        let of = self.holder.id().to_string();
        let words = [
            "nsenter",
            "-t",
            &of,
            "-U",
            "-m",
            "--preserve-credentials",
            "--",
        ];
        words.map(OsString::from).to_vec()
    }

    /// Leads to the disk from outside.
    pub fn path(&self) -> PathBuf {
        let root = format!("/proc/{}/root", self.holder.id());
        let inner = self.folder.strip_prefix("/").unwrap_or(&self.folder);
        Path::new(&root).join(inner)
    }

    /// Writes until nothing more can be written.
    ///
    /// # Panics
    /// If something can always be written.
    pub fn fill(&self) {
        let mut file = File::create(self.path().join("filling")).expect("there is room yet");
        while file.write_all(&PIECE).is_ok() {}
    }

    /// Makes files until none more can be made.
    ///
    /// # Panics
    /// If there is no end of them.
    pub fn use_up_files(&self) {
        let folder = self.path().join("many");
        fs::create_dir(&folder).expect("there is room yet");
        let full =
            (0..FILES_MAX).any(|number| File::create(folder.join(number.to_string())).is_err());
        assert!(full, "there is no end of files");
    }

    /// Lets nothing be written by any path from now on; what is open already may be.
    ///
    /// # Panics
    /// If that cannot be done.
    pub fn becomes_read_only(&self) {
        self.inside("mount --bind \"$0\" \"$0\" && mount -o remount,ro,bind \"$0\"");
    }

    /// Takes [`Self::becomes_read_only`] back.
    ///
    /// # Panics
    /// If that cannot be done.
    pub fn becomes_writable(&self) {
        // Lazily: files may be open that were opened meanwhile.
        self.inside("umount -l \"$0\"");
    }

    fn inside(&self, line: &str) {
        let before = self.before();
        let mut command = Command::new(&before[0]);
        command.args(&before[1..]).args(["sh", "-c", line]);
        let done = command.arg(&self.folder).status();
        assert!(done.is_ok_and(|status| status.success()), "{line}");
    }

    /// Takes away what was only there to fill it.
    pub fn frees(&self) {
        let _ = fs::remove_file(self.path().join("filling"));
        let _ = fs::remove_dir_all(self.path().join("many"));
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Its input ends, and so does it; the disk goes with the last in the namespace.
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}
