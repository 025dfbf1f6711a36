//! The members of an archive's tar, one after the other.
//!
//! One pass with fixed buffers. What is not asked for is passed over, and only what
//! every reader reads alike comes through.
//!
//! Absent: where a member may lie, and which members a crate has.

use crate::block::{BLOCK_BYTES, Header};
use crate::gunzip::Inflated;
use crate::limits::{Limits, Scope};
use crate::pax::{EXTENSION_BYTES_MAX, Extension};
use crate::refusal::{ArchiveError, EntryRule, TarFault};

/// Most padding after the end mark: GNU tar fills up to its blocking factor, which
/// is 10 KiB unless somebody asks for more.
const PADDING_BYTES_MAX: u64 = 1024 * 1024;

/// The members of an archive, being read.
pub(crate) struct Members<'a> {
    stream: Inflated<'a>,
    /// Data and padding of the current member that nobody has read yet.
    unread_bytes: u64,
    /// How many header blocks were read.
    headers: u64,
    end_mark: bool,
}

/// A plain file or a folder.
pub(crate) struct Member {
    /// The path as it stands in the archive.
    pub(crate) path: Vec<u8>,
    /// Whether it is a folder.
    pub(crate) folder: bool,
    /// Bytes of its data.
    pub(crate) size: u64,
    /// Permission bits, where they are a number.
    pub(crate) mode: Option<u64>,
}

impl<'a> Members<'a> {
    pub(crate) fn new(bytes: &'a [u8], limits: &Limits) -> Result<Self, ArchiveError> {
        Ok(Self {
            stream: Inflated::new(bytes, limits.unpacked_bytes(bytes.len()))?,
            unread_bytes: 0,
            headers: 0,
            end_mark: false,
        })
    }

    /// Gives the next member, or none at the end mark or the end of the stream.
    pub(crate) fn next_member(&mut self) -> Result<Option<Member>, ArchiveError> {
        let mut extension = Extension::default();
        let mut block = [0; BLOCK_BYTES];
        while self.next_block(&mut block)? {
            let header = Header::read(&block).map_err(|fault| self.tar(fault))?;
            let taken = match header.kind() {
                b'L' => extension.long_name(&self.extension(&header)?),
                b'x' => extension.records(&self.extension(&header)?),
                _ => return self.member(&header, extension).map(Some),
            };
            taken.map_err(|fault| self.tar(fault))?;
        }
        match extension.is_empty() {
            true => Ok(None),
            false => Err(self.tar(TarFault::ExtensionAlone)),
        }
    }

    /// Reads the current member's data, which must be known to fit into memory.
    pub(crate) fn data(&mut self, bytes: u64) -> Result<Vec<u8>, ArchiveError> {
        self.stream.expect(bytes)?;
        let mut data = vec![0; usize::try_from(bytes).unwrap_or(usize::MAX)];
        if self.stream.fill(&mut data)? != data.len() {
            return Err(self.tar(TarFault::CutShort));
        }
        self.unread_bytes -= bytes;
        Ok(data)
    }

    /// Checks, after the last member, how the archive ends.
    ///
    /// cargo stops reading at the first block of zeros and takes the end of the
    /// stream for one, so the missing mark is refused at publish only.
    pub(crate) fn end(mut self, scope: Scope) -> Result<(), ArchiveError> {
        if !self.end_mark && scope == Scope::Publish {
            return Err(self.tar(TarFault::NoEndMark));
        }
        let mut block = [0; BLOCK_BYTES];
        let mut padding_bytes = 0;
        loop {
            let read = self.stream.fill(&mut block)?;
            if !is_zero(&block[..read]) {
                return Err(self.tar(TarFault::AfterEndMark));
            }
            if read == 0 {
                return self.stream.end();
            }
            padding_bytes += read as u64;
            if padding_bytes > PADDING_BYTES_MAX {
                return Err(self.tar(TarFault::Padding(PADDING_BYTES_MAX)));
            }
        }
    }

    /// Reads the next header block; says whether there is one.
    fn next_block(&mut self, block: &mut [u8; BLOCK_BYTES]) -> Result<bool, ArchiveError> {
        if self.stream.skip(self.unread_bytes)? != self.unread_bytes {
            return Err(self.tar(TarFault::CutShort));
        }
        self.unread_bytes = 0;
        match self.stream.fill(block)? {
            0 => return Ok(false),
            BLOCK_BYTES => {}
            _ => return Err(self.tar(TarFault::CutShort)),
        }
        self.end_mark = is_zero(block);
        self.headers += u64::from(!self.end_mark);
        Ok(!self.end_mark)
    }

    /// Reads an extended header.
    fn extension(&mut self, header: &Header<'_>) -> Result<Vec<u8>, ArchiveError> {
        if !header.may_extend() {
            return Err(self.tar(TarFault::Magic));
        }
        if header.size().is_ok_and(|size| size > EXTENSION_BYTES_MAX) {
            return Err(self.tar(TarFault::ExtensionTooLong));
        }
        let size = self.announced(header)?;
        self.data(size)
    }

    fn member(
        &mut self,
        header: &Header<'_>,
        extension: Extension,
    ) -> Result<Member, ArchiveError> {
        let (path, pax) = extension.into_parts().map_err(|fault| self.tar(fault))?;
        let path = path.unwrap_or_else(|| header.path().into_owned());
        let refuse = |rule| Err(ArchiveError::entry(&path, rule));
        let folder = match kind(header.kind()) {
            Ok(folder) => folder,
            Err(rule) => return refuse(rule),
        };
        let size = self.announced(header)?;
        match pax {
            Some(pax) if pax != size => refuse(EntryRule::Size { header: size, pax }),
            _ if folder && size != 0 => refuse(EntryRule::FolderWithData),
            _ if !folder && path.ends_with(b"/") => refuse(EntryRule::FileForFolder),
            _ => Ok(Member {
                path,
                folder,
                size,
                mode: header.mode(),
            }),
        }
    }

    /// Gives the size that a header announces, and expects its data and padding.
    fn announced(&mut self, header: &Header<'_>) -> Result<u64, ArchiveError> {
        let size = header.size().map_err(|fault| self.tar(fault))?;
        self.stream.expect(size)?;
        self.unread_bytes = size.next_multiple_of(BLOCK_BYTES as u64);
        Ok(size)
    }

    fn tar(&self, fault: TarFault) -> ArchiveError {
        ArchiveError::Tar {
            number: self.headers,
            fault,
        }
    }
}

/// Tells whether a type flag means a folder, or why it means nothing a crate has.
fn kind(flag: u8) -> Result<bool, EntryRule> {
    Err(match flag {
        b'0' | 0 => return Ok(false),
        b'5' => return Ok(true),
        b'1' => EntryRule::HardLink,
        // A long link name is half of a link.
        b'2' | b'K' => EntryRule::SymbolicLink,
        b'3' | b'4' | b'6' => EntryRule::Device,
        b'S' => EntryRule::Sparse,
        b'g' => EntryRule::GlobalHeader,
        other => EntryRule::Kind(format!("`{}`", other.escape_ascii())),
    })
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}
