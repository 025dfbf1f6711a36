//! Archives made for tests: honest by default, and wrong in exactly one place.

use crossdock_archive::{ArchiveError, EntryRule, Inspection, Limits, Scope, TarFault, inspect};
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// The folder of the crate that all tests inspect.
pub(crate) const ROOT: &str = "n-1.0.0";

/// A manifest fit for an inspection, which does not read it.
pub(crate) const MANIFEST: &str = "[package]\nname = \"n\"\nversion = \"1.0.0\"\n";

pub(crate) const BOTH: [Scope; 2] = [Scope::Publish, Scope::Mirror];

/// A tar being written.
#[derive(Clone, Default)]
pub(crate) struct Tar(pub(crate) Vec<u8>);

impl Tar {
    /// Begins with what every crate has.
    pub(crate) fn krate() -> Self {
        Self::default()
            .file("n-1.0.0/Cargo.toml", MANIFEST)
            .file("n-1.0.0/src/lib.rs", "")
    }

    pub(crate) fn file(self, path: &str, data: &str) -> Self {
        self.member(path, b'0', data.as_bytes())
    }

    pub(crate) fn folder(self, path: &str) -> Self {
        self.member(path, b'5', b"")
    }

    /// Writes a member whose header says what its data is.
    pub(crate) fn member(self, path: impl AsRef<[u8]>, kind: u8, data: &[u8]) -> Self {
        self.header(&header(path.as_ref(), kind, data.len() as u64))
            .data(data)
    }

    /// Writes a pax header of these records.
    pub(crate) fn pax(self, records: &[(&str, &[u8])]) -> Self {
        let data: Vec<u8> = records.iter().flat_map(|(k, v)| record(k, v)).collect();
        self.member("PaxHeaders/x", b'x', &data)
    }

    /// Writes a GNU long name, with the NUL that GNU tar puts behind it.
    pub(crate) fn long_name(self, path: impl AsRef<[u8]>) -> Self {
        self.member("././@LongLink", b'L', &[path.as_ref(), b"\0"].concat())
    }

    pub(crate) fn header(mut self, header: &[u8; 512]) -> Self {
        self.0.extend(header);
        self
    }

    /// Writes data and its padding.
    pub(crate) fn data(mut self, data: &[u8]) -> Self {
        self.0.extend(data);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    /// Ends as cargo ends an archive, and packs it.
    pub(crate) fn krate_bytes(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 1024, 0);
        gzip(&self.0)
    }
}

/// One header of GNU's format.
pub(crate) fn header(path: &[u8], kind: u8, size: u64) -> [u8; 512] {
    let mut header = tar::Header::new_gnu();
    header.as_mut_bytes()[..path.len()].copy_from_slice(path);
    header.set_size(size);
    header.set_mode(0o644);
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_cksum();
    *header.as_bytes()
}

/// The same header with `bytes` at `at`, and the checksum that makes it valid.
pub(crate) fn patched(header: &[u8; 512], at: usize, bytes: &[u8]) -> [u8; 512] {
    let mut block = *header;
    block[at..at + bytes.len()].copy_from_slice(bytes);
    summed(&block)
}

/// A block with the checksum that makes it a valid header.
pub(crate) fn summed(block: &[u8; 512]) -> [u8; 512] {
    let mut header = tar::Header::from_byte_slice(block).clone();
    header.set_cksum();
    *header.as_bytes()
}

/// One pax record: its length counts itself.
pub(crate) fn record(key: &str, value: &[u8]) -> Vec<u8> {
    let body = [b" ", key.as_bytes(), b"=", value, b"\n"].concat();
    let mut length = body.len();
    while length.to_string().len() + body.len() != length {
        length = length.to_string().len() + body.len();
    }
    [length.to_string().as_bytes(), &body].concat()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn inspected(bytes: &[u8], scope: Scope) -> Result<Inspection, ArchiveError> {
    within(bytes, scope, &Limits::default())
}

pub(crate) fn within(
    bytes: &[u8],
    scope: Scope,
    limits: &Limits,
) -> Result<Inspection, ArchiveError> {
    let name = CrateName::parse("n").unwrap();
    let version = Version::parse("1.0.0").unwrap();
    inspect(bytes, &name, &version, scope, limits)
}

/// The rule by which both scopes refuse an entry.
pub(crate) fn entry_rule(bytes: &[u8]) -> EntryRule {
    let rule = |scope| match inspected(bytes, scope) {
        Err(ArchiveError::Entry { rule, .. }) => rule,
        other => panic!("{scope:?}: {other:?}"),
    };
    assert_eq!(rule(Scope::Publish), rule(Scope::Mirror));
    rule(Scope::Publish)
}

/// The rule by which a publish refuses an entry that a mirror passes on.
pub(crate) fn publish_rule(bytes: &[u8]) -> EntryRule {
    if let Err(error) = inspected(bytes, Scope::Mirror) {
        panic!("a mirror must take it: {error}");
    }
    match inspected(bytes, Scope::Publish) {
        Err(ArchiveError::Entry { rule, .. }) => rule,
        other => panic!("{other:?}"),
    }
}

/// What both scopes find wrong with the tar.
pub(crate) fn tar_fault(bytes: &[u8]) -> TarFault {
    let fault = |scope| match inspected(bytes, scope) {
        Err(ArchiveError::Tar { fault, .. }) => fault,
        other => panic!("{scope:?}: {other:?}"),
    };
    assert_eq!(fault(Scope::Publish), fault(Scope::Mirror));
    fault(Scope::Publish)
}
