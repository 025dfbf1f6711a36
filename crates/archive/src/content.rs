//! Content identity: what is in an archive, blind to how it was packed.
//!
//! A rebuilt `.crate` often differs in nothing but gzip, tar order, times or
//! owners; such differences must not look like another release. Two hashes are
//! blind to them: of the *exact* content, and of the *source* content, which leaves
//! out what packaging adds by the circumstances of the day.
//!
//! Absent: which differences a registry forgives, which is its settings' business;
//! the manifest's meaning. Safety was inspected before (`inspect.rs`).

use crate::limits::Limits;
use crate::pack::{Tree, unpack};
use crate::refusal::ArchiveError;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;
use std::collections::BTreeMap;
use std::fmt::Write;
use toml::{Table, Value};

const MANIFEST: &str = "Cargo.toml";

/// The lock that cargo resolves anew at each packaging of a crate with binaries.
pub const LOCK: &str = "Cargo.lock";

/// The commit that an archive was packed from.
pub const VCS_INFO: &str = ".cargo_vcs_info.json";

/// What an archive contains: its files, each by a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// All files by their path below the crate's folder. Of a path that occurs
    /// twice the last stands here, as it does when cargo unpacks.
    pub files: BTreeMap<String, ContentFile>,
    /// The hash of the manifest as parsed; none if it is not valid TOML.
    manifest: Option<Checksum>,
    has_binaries: bool,
}

/// One file's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentFile {
    /// SHA-256 of its bytes.
    pub sha256: Checksum,
    /// Its size in bytes.
    pub size: u64,
    /// Whether anyone may execute it.
    pub executable: bool,
}

/// Whether the embedded Cargo.lock is a part of the source content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmbeddedLock {
    /// It is: with it, `cargo install --locked` builds something else.
    Counts,
    /// It is not.
    Ignored,
}

/// Reads the content of an archive.
///
/// # Errors
/// [`ArchiveError`], for what `inspect` refuses of mirrored archives too. Time is
/// bounded by the unpacked bytes that `limits` allow, and so is memory.
pub fn content(
    bytes: &[u8],
    name: &CrateName,
    version: &Version,
    limits: &Limits,
) -> Result<Content, ArchiveError> {
    let tree = unpack(bytes, name, version, limits)?;
    Ok(Content::of(&tree))
}

impl Content {
    /// The content of a tree.
    pub fn of(tree: &Tree) -> Self {
        let files = tree.iter().map(|(path, file)| {
            let content = ContentFile {
                sha256: Checksum::of(&file.bytes),
                size: file.bytes.len() as u64,
                executable: file.executable,
            };
            (path.clone(), content)
        });
        let manifest = tree.get(MANIFEST);
        let manifest = manifest.and_then(|file| parsed(&file.bytes));
        Self {
            files: files.collect(),
            has_binaries: has_binaries(tree, manifest.as_ref()),
            manifest: manifest.as_ref().map(as_parsed),
        }
    }

    /// Tells whether a program is made of it, for which alone anybody reads an embedded
    /// lock: `cargo install --locked`.
    pub fn has_binaries(&self) -> bool {
        self.has_binaries
    }

    /// The hash of all paths, executable bits and bytes.
    pub fn exact(&self) -> Checksum {
        let mut text = String::from("crossdock exact content v1\n");
        for (path, file) in &self.files {
            line(&mut text, file.executable, &file.sha256, path);
        }
        Checksum::of(text.as_bytes())
    }

    /// The hash of what the sources make of the archive: without the commit it was
    /// packed from, the manifest compared as parsed, and the embedded lock as asked.
    pub fn source(&self, lock: EmbeddedLock) -> Checksum {
        let mut text = String::from("crossdock source content v1\n");
        for (path, file) in &self.files {
            let left_out = path == VCS_INFO || path == LOCK && lock == EmbeddedLock::Ignored;
            let parsed = self.manifest.filter(|_| path == MANIFEST);
            if !left_out {
                line(
                    &mut text,
                    file.executable,
                    &parsed.unwrap_or(file.sha256),
                    path,
                );
            }
        }
        Checksum::of(text.as_bytes())
    }

    /// Compares with a later content: what a person would call different, by path.
    pub fn difference(&self, later: &Self) -> Difference {
        let mut difference = Difference::default();
        for (path, file) in &later.files {
            match self.files.get(path) {
                None => difference.added.push(path.clone()),
                Some(before) if before == file => {}
                Some(before)
                    if path == MANIFEST
                        && self.manifest.is_some()
                        && self.manifest == later.manifest
                        && before.executable == file.executable =>
                {
                    difference.only_written_otherwise.push(path.clone());
                }
                Some(before) => {
                    difference.changed.push(path.clone());
                    if before.sha256 == file.sha256 {
                        difference.executable_bit.push(path.clone());
                    }
                }
            }
        }
        let gone = self
            .files
            .keys()
            .filter(|path| !later.files.contains_key(*path));
        difference.removed = gone.cloned().collect();
        difference
    }
}

/// How two contents differ; each list is sorted by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Files that only the later one has.
    pub added: Vec<String>,
    /// Files that only the earlier one has.
    pub removed: Vec<String>,
    /// Files with other bytes or another executable bit.
    pub changed: Vec<String>,
    /// Those of `changed` that have another executable bit and the same bytes.
    pub executable_bit: Vec<String>,
    /// The manifest, where its bytes differ and what it says does not.
    pub only_written_otherwise: Vec<String>,
}

/// One line for each file. The path is last and its length comes before it, so that
/// no path can look like the next line.
fn line(text: &mut String, executable: bool, sha256: &Checksum, path: &str) {
    let mode = if executable { 'x' } else { '-' };
    let written = writeln!(text, "{mode} {sha256} {} {path}", path.len());
    written.expect("writing into memory does not fail");
}

fn parsed(manifest: &[u8]) -> Option<Table> {
    std::str::from_utf8(manifest).ok()?.parse().ok()
}

/// Hashes a manifest by what it says.
fn as_parsed(manifest: &Table) -> Checksum {
    let mut text = String::new();
    write_table(&mut text, manifest);
    Checksum::of(text.as_bytes())
}

/// Looks for binaries where the manifest names them and, unless it forbids, where cargo
/// finds them by itself (Cargo Book, "Cargo Targets", target auto-discovery).
fn has_binaries(tree: &Tree, manifest: Option<&Table>) -> bool {
    let named = manifest
        .and_then(|manifest| manifest.get("bin"))
        .and_then(Value::as_array)
        .is_some_and(|named| !named.is_empty());
    let finds = manifest
        .and_then(|manifest| manifest.get("package")?.get("autobins")?.as_bool())
        .unwrap_or(true);
    let is_found = |path: &String| {
        path == "src/main.rs"
            || path.strip_prefix("src/bin/").is_some_and(|rest| {
                rest.strip_suffix(".rs")
                    .is_some_and(|name| !name.contains('/') || name.ends_with("/main"))
            })
    };
    named || finds && tree.keys().any(is_found)
}

/// Writes a value so that equal values, and only those, have equal texts.
fn write_value(text: &mut String, value: &Value) {
    match value {
        Value::String(string) => write_string(text, string),
        Value::Integer(number) => push(text, format_args!("i{number};")),
        Value::Float(number) => push(text, format_args!("f{:016x};", number.to_bits())),
        Value::Boolean(is) => push(text, format_args!("b{is};")),
        Value::Datetime(moment) => push(text, format_args!("d{moment};")),
        Value::Array(values) => {
            text.push('[');
            values.iter().for_each(|value| write_value(text, value));
            text.push(']');
        }
        Value::Table(table) => write_table(text, table),
    }
}

fn write_table(text: &mut String, table: &Table) {
    // Sorted here: whether the map is depends on a feature that others may turn on.
    let sorted: BTreeMap<_, _> = table.iter().collect();
    text.push('{');
    for (key, value) in sorted {
        write_string(text, key);
        write_value(text, value);
    }
    text.push('}');
}

fn write_string(text: &mut String, string: &str) {
    push(text, format_args!("s{}:{string}", string.len()));
}

fn push(text: &mut String, written: std::fmt::Arguments<'_>) {
    text.write_fmt(written)
        .expect("writing into memory does not fail");
}
