//! A folder of unpacked crates that cargo takes for a registry.
//!
//! Each crate lies in a folder named by what is in it. cargo tells by the path of a
//! crate's sources whether it was built, so what changes is built again, and what does
//! not change is not (measured, cargo 1.95).
//!
//! Absent: which crates there are, and where cargo is told of the folder.

use crossdock_archive::{ArchiveError, Limits, RewriteError, Tree, rewrite_manifest, unpack};
use crossdock_core::address::Address;
use crossdock_core::checksum::Checksum;
use crossdock_core::release::{Release, Target};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// What cargo compares with the lock (Cargo Book, "Source Replacement", Directory
/// sources); it is written last, so that a folder that has it is whole.
const CHECKSUMS: &str = ".cargo-checksum.json";

/// Digits of a hash in a folder's name: enough that two contents never share one.
const HASH_DIGITS: usize = 24;

/// One crate to be laid out.
#[derive(Clone, Debug)]
pub struct Laid<'a> {
    /// Its archive.
    pub bytes: &'a [u8],
    /// What an index would say of it, which its manifest is made to say.
    pub row: Release,
    /// What locks have for it.
    pub locked: Checksum,
}

/// Why a folder cannot be laid out.
#[derive(Debug, thiserror::Error)]
pub enum LayError {
    /// An archive cannot be read.
    #[error("the archive of {krate} is refused")]
    Archive {
        /// Name and version.
        krate: String,
        /// Why.
        source: ArchiveError,
    },
    /// A manifest cannot be made to say what is meant.
    #[error(transparent)]
    Manifest(#[from] RewriteError),
    /// The system refuses.
    #[error("could not write {}", path.display())]
    System {
        /// What was written.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Makes `folder` hold these crates and no others; `own` is the address of the registry
/// that they are of.
///
/// # Errors
/// [`LayError`]. Whatever is in the folder then is whole, and laid out anew next time.
pub fn lay(folder: &Path, crates: &[Laid<'_>], own: &Address) -> Result<(), LayError> {
    let system = |path: &Path| {
        let path = path.to_owned();
        move |source| LayError::System { path, source }
    };
    fs::create_dir_all(folder).map_err(system(folder))?;
    let guard = folder.with_extension("lock");
    let guard_file = File::create(&guard).map_err(system(&guard))?;
    // Two runs in one project take turns here; while cargo works, its own lock on what
    // it builds keeps them apart.
    guard_file.lock().map_err(system(&guard))?;
    let mut wanted = BTreeSet::new();
    for laid in crates {
        let tree = tree(laid, own)?;
        let name = folder_name(&laid.row, &tree);
        let path = folder.join(&name);
        write(&path, &tree, &laid.locked).map_err(system(&path))?;
        wanted.insert(name);
    }
    for entry in fs::read_dir(folder).map_err(system(folder))? {
        let entry = entry.map_err(system(folder))?;
        let is_wanted = entry
            .file_name()
            .to_str()
            .is_some_and(|name| wanted.contains(name));
        if !is_wanted {
            fs::remove_dir_all(entry.path()).map_err(system(&entry.path()))?;
        }
    }
    Ok(())
}

fn tree(laid: &Laid<'_>, own: &Address) -> Result<Tree, LayError> {
    let Release { name, version, .. } = &laid.row;
    let unpacked = unpack(laid.bytes, name, version, &Limits::default());
    let mut tree = unpacked.map_err(|source| LayError::Archive {
        krate: format!("{name} {version}"),
        source,
    })?;
    tree.remove(CHECKSUMS);
    if let Some(manifest) = tree.get_mut("Cargo.toml") {
        // cargo believes this manifest, so it follows the row; one that is no text is
        // refused by cargo itself.
        let text = String::from_utf8_lossy(&manifest.bytes);
        let address_of = |target: &Target| match target {
            Target::CratesIo => Address::CratesIo,
            Target::Elsewhere(address) => address.clone(),
            // Rows that a client reads name no registry of a server by its name.
            Target::Own | Target::Registry(_) => own.clone(),
        };
        if let Some(text) = rewrite_manifest(&text, &laid.row, &address_of)? {
            manifest.bytes = text.into_bytes();
        }
    }
    Ok(tree)
}

/// `NAME-VERSION-HASH`, the hash being that of every file.
fn folder_name(row: &Release, tree: &Tree) -> String {
    let mut text = String::new();
    for (path, file) in tree {
        let sum = Checksum::of(&file.bytes);
        text += &format!("{sum} {} {path}\n", file.executable);
    }
    let hash = Checksum::of(text.as_bytes()).to_string();
    let digits = hash.get(..HASH_DIGITS).unwrap_or(&hash);
    format!("{}-{}-{digits}", row.name, row.version)
}

fn write(path: &Path, tree: &Tree, locked: &Checksum) -> io::Result<()> {
    let sums = path.join(CHECKSUMS);
    // cargo verifies no file, because the folder is made for this run alone.
    let text = format!("{{\"files\":{{}},\"package\":\"{locked}\"}}");
    match fs::read_to_string(&sums) {
        Ok(said) if said == text => return Ok(()),
        Ok(_) => return fs::write(&sums, text),
        Err(_) => {}
    }
    if path.exists() {
        fs::remove_dir_all(path)?;
    }
    for (below, file) in tree {
        let file_path = path.join(below);
        fs::create_dir_all(file_path.parent().unwrap_or(path))?;
        let mode = if file.executable { 0o777 } else { 0o666 };
        let mut options = File::options();
        options.write(true).create_new(true).mode(mode);
        io::Write::write_all(&mut options.open(&file_path)?, &file.bytes)?;
    }
    fs::write(&sums, text)
}
