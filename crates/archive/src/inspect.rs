//! Inspects a `.crate` without unpacking it.
//!
//! One pass over the inflated stream with fixed buffers: what is kept is the
//! manifest and the list of paths, both bounded. Two scopes: what could write
//! outside, hang or lie is refused wherever it comes from; what is only a nuisance
//! is refused at publish, because old archives that exist must still be mirrored.

use crate::block::{BLOCK_BYTES, Header};
use crate::gunzip::Inflated;
use crate::path::checked;
use crate::pax::{EXTENSION_BYTES_MAX, Extension};
use crate::refusal::ArchiveError;
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;
use std::collections::BTreeMap;

/// Which refusals apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Safety and admission: a new upload.
    Publish,
    /// Safety alone: an archive that exists elsewhere.
    Mirror,
}

/// Bounds of an inspection.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the inflated archive.
    pub unpacked_bytes_max: u64,
    /// Files and folders.
    pub entries_max: u64,
    /// Bytes of the manifest.
    pub manifest_bytes_max: u64,
}

impl Default for Limits {
    /// 512 MiB is where cargo itself stops unpacking; the largest real crates have
    /// some thousand files.
    fn default() -> Self {
        Self {
            unpacked_bytes_max: 512 * 1024 * 1024,
            entries_max: 20_000,
            manifest_bytes_max: 1024 * 1024,
        }
    }
}

/// What is in an archive.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The text of Cargo.toml.
    pub manifest: String,
    /// All files, in the order of the archive.
    pub files: Vec<FileEntry>,
    /// Bytes of all files.
    pub unpacked_bytes: u64,
}

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// Its path below the crate's folder.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// Whether anyone may execute it.
    pub executable: bool,
}

/// Inspects the archive of one release.
///
/// # Errors
/// [`ArchiveError`] names the entry and the rule. Time is bounded by
/// `unpacked_bytes_max`, memory by the manifest's bound and the list of paths.
pub fn inspect(
    bytes: &[u8],
    name: &CrateName,
    version: &Version,
    scope: Scope,
    limits: &Limits,
) -> Result<Inspection, ArchiveError> {
    let mut stream = Inflated::new(bytes, limits.unpacked_bytes_max)?;
    let mut seen = Seen::new(format!("{name}-{version}"), scope, limits);
    let mut block = [0; BLOCK_BYTES];
    let mut extension = Extension::default();
    loop {
        match stream.fill(&mut block)? {
            0 => break,
            BLOCK_BYTES => {}
            _ => return Err(ArchiveError::Tar("it ends within a block".to_owned())),
        }
        if block.iter().all(|byte| *byte == 0) {
            only_zeros(&mut stream)?;
            break;
        }
        let header = Header::read(&block)?;
        match header.kind() {
            b'x' | b'L' => extend(&mut extension, &header, &mut stream)?,
            _ => seen.entry(&header, std::mem::take(&mut extension), &mut stream)?,
        }
        seen.count()?;
    }
    stream.end()?;
    seen.finish()
}

/// Reads the padding behind the first block of zeros that ends an archive.
fn only_zeros(stream: &mut Inflated<'_>) -> Result<(), ArchiveError> {
    let mut block = [0; BLOCK_BYTES];
    loop {
        let read = stream.fill(&mut block)?;
        if block[..read].iter().any(|byte| *byte != 0) {
            return Err(ArchiveError::Tar(
                "data follows the end of the archive".to_owned(),
            ));
        }
        if read < BLOCK_BYTES {
            return Ok(());
        }
    }
}

fn extend(
    extension: &mut Extension,
    header: &Header<'_>,
    stream: &mut Inflated<'_>,
) -> Result<(), ArchiveError> {
    let size = header.size()?;
    if size > EXTENSION_BYTES_MAX {
        return Err(ArchiveError::TooLarge {
            what: "bytes of an extended header",
            max: EXTENSION_BYTES_MAX,
        });
    }
    let data = read(stream, size)?;
    match header.kind() {
        b'L' => extension.long_name(&data),
        _ => extension.records(&data),
    }
}

/// Reads an entry's data, which must fit into memory, and its padding.
fn read(stream: &mut Inflated<'_>, size: u64) -> Result<Vec<u8>, ArchiveError> {
    let mut data = vec![0; usize::try_from(size).unwrap_or(usize::MAX)];
    if stream.fill(&mut data)? != data.len() {
        return Err(ArchiveError::Tar("it ends within an entry".to_owned()));
    }
    pad(stream, size)?;
    Ok(data)
}

fn pad(stream: &mut Inflated<'_>, size: u64) -> Result<(), ArchiveError> {
    let block = BLOCK_BYTES as u64;
    let padding = usize::try_from((block - size % block) % block).unwrap_or_default();
    match stream.fill(&mut [0; BLOCK_BYTES][..padding])? == padding {
        true => Ok(()),
        false => Err(ArchiveError::Tar("it ends within an entry".to_owned())),
    }
}

/// What the pass has seen so far.
struct Seen<'l> {
    root: String,
    scope: Scope,
    limits: &'l Limits,
    entries: u64,
    manifest: Option<Vec<u8>>,
    files: Vec<FileEntry>,
    /// Lower-case path to path and whether it is a folder.
    paths: BTreeMap<String, (String, bool)>,
    unpacked_bytes: u64,
}

impl<'l> Seen<'l> {
    fn new(root: String, scope: Scope, limits: &'l Limits) -> Self {
        let (manifest, files, paths) = (None, Vec::new(), BTreeMap::new());
        Self {
            root,
            scope,
            limits,
            entries: 0,
            manifest,
            files,
            paths,
            unpacked_bytes: 0,
        }
    }

    fn count(&mut self) -> Result<(), ArchiveError> {
        self.entries += 1;
        match self.entries > self.limits.entries_max {
            true => Err(ArchiveError::TooLarge {
                what: "entries",
                max: self.limits.entries_max,
            }),
            false => Ok(()),
        }
    }

    fn entry(
        &mut self,
        header: &Header<'_>,
        extension: Extension,
        stream: &mut Inflated<'_>,
    ) -> Result<(), ArchiveError> {
        let raw = extension.path.unwrap_or_else(|| header.path());
        let shown = String::from_utf8_lossy(&raw).into_owned();
        let folder = match header.kind() {
            b'0' | 0 => false,
            b'5' => true,
            // A comment for the whole archive, which git writes; it names no entry.
            b'g' => return skip(stream, header.size()?),
            other => return Err(ArchiveError::kind(&shown, kind_name(other))),
        };
        let size = header.size()?;
        if extension.size.is_some_and(|said| said != size) {
            return Err(ArchiveError::path(
                &shown,
                "its pax size and its header's size differ",
            ));
        }
        if folder && size != 0 {
            return Err(ArchiveError::path(&shown, "a folder must not have data"));
        }
        let below = checked(&raw, &self.root, self.scope)?.to_owned();
        let mode = header.mode()?;
        if self.scope == Scope::Publish && mode & 0o7000 != 0 {
            return Err(ArchiveError::path(
                &shown,
                "setuid, setgid and sticky bits are not allowed",
            ));
        }
        self.unique(&below, folder, &shown)?;
        if folder {
            return Ok(());
        }
        if below == "Cargo.toml" {
            if size > self.limits.manifest_bytes_max {
                return Err(ArchiveError::TooLarge {
                    what: "bytes of Cargo.toml",
                    max: self.limits.manifest_bytes_max,
                });
            }
            self.manifest = Some(read(stream, size)?);
        } else {
            skip(stream, size)?;
        }
        self.unpacked_bytes = self.unpacked_bytes.saturating_add(size);
        self.files.push(FileEntry {
            path: below,
            size,
            executable: mode & 0o111 != 0,
        });
        Ok(())
    }

    /// Refuses what would overwrite: a path twice, in another case, or a file where
    /// a folder is. The manifest is always unique; the rest at publish only.
    fn unique(&mut self, below: &str, folder: bool, shown: &str) -> Result<(), ArchiveError> {
        if below == "Cargo.toml" && self.manifest.is_some() {
            return Err(ArchiveError::TwoManifests(below.to_owned()));
        }
        if self.scope == Scope::Mirror {
            return Ok(());
        }
        if !below.contains('/') && below.eq_ignore_ascii_case("Cargo.toml") && below != "Cargo.toml"
        {
            return Err(ArchiveError::TwoManifests(below.to_owned()));
        }
        let parents = below.match_indices('/').map(|(at, _)| (&below[..at], true));
        for (path, folder) in parents.chain([(below, folder)]) {
            let key = path.to_lowercase();
            match self.paths.get(&key) {
                Some((known, _)) if known != path => {
                    return Err(ArchiveError::path(
                        shown,
                        "another path differs from it in case only",
                    ));
                }
                Some((_, known_folder)) if *known_folder != folder => {
                    return Err(ArchiveError::path(
                        shown,
                        "it is a file in one place and a folder in another",
                    ));
                }
                Some((_, false)) => return Err(ArchiveError::path(shown, "it occurs twice")),
                Some(_) => {}
                None => drop(self.paths.insert(key, (path.to_owned(), folder))),
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Inspection, ArchiveError> {
        let manifest = self
            .manifest
            .ok_or_else(|| ArchiveError::NoManifest(format!("{}/Cargo.toml", self.root)))?;
        let manifest = String::from_utf8(manifest).map_err(|_| ArchiveError::ManifestText)?;
        Ok(Inspection {
            manifest,
            files: self.files,
            unpacked_bytes: self.unpacked_bytes,
        })
    }
}

fn skip(stream: &mut Inflated<'_>, size: u64) -> Result<(), ArchiveError> {
    let mut buffer = [0; 16 * 1024];
    let mut left = size;
    while left > 0 {
        let wanted = usize::try_from(left.min(buffer.len() as u64)).unwrap_or(buffer.len());
        if stream.fill(&mut buffer[..wanted])? != wanted {
            return Err(ArchiveError::Tar("it ends within an entry".to_owned()));
        }
        left -= wanted as u64;
    }
    pad(stream, size)
}

fn kind_name(kind: u8) -> &'static str {
    match kind {
        b'1' => "a hard link",
        b'2' => "a symbolic link",
        b'3' => "a character device",
        b'4' => "a block device",
        b'6' => "a pipe",
        b'S' => "a sparse file",
        b'K' => "a long link name",
        _ => "of an unknown kind",
    }
}
