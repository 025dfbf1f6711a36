//! One header block of a tar archive (POSIX ustar, pax, and GNU's variants).
//!
//! Read as the `tar` library reads it, which is what cargo unpacks with; where
//! readers disagree on the meaning of a block, it is refused.

use crate::refusal::TarFault;
use std::borrow::Cow;

/// Size of a tar block.
pub(crate) const BLOCK_BYTES: usize = 512;

/// A header block whose own checksum is right.
pub(crate) struct Header<'b> {
    block: &'b [u8; BLOCK_BYTES],
    format: Format,
}

/// Which of the fields behind the first 257 bytes mean something.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    /// Before POSIX: none.
    Old,
    /// POSIX: a prefix of the path.
    Ustar,
    /// GNU: other things where POSIX has the prefix.
    Gnu,
}

impl<'b> Header<'b> {
    pub(crate) fn read(block: &'b [u8; BLOCK_BYTES]) -> Result<Self, TarFault> {
        let field = 148..156;
        let byte = |(at, byte): (usize, &u8)| match field.contains(&at) {
            true => u64::from(b' '),
            false => u64::from(*byte),
        };
        let sum: u64 = block.iter().enumerate().map(byte).sum();
        if number(&block[field.clone()]) != Some(sum) {
            return Err(TarFault::Checksum);
        }
        let format = match &block[257..265] {
            b"ustar\x0000" => Format::Ustar,
            b"ustar  \0" => Format::Gnu,
            magic if magic.starts_with(b"ustar") => return Err(TarFault::Magic),
            _ => Format::Old,
        };
        Ok(Self { block, format })
    }

    /// The entry's type flag.
    pub(crate) fn kind(&self) -> u8 {
        self.block[156]
    }

    /// Whether the block is of a format that has extended headers at all.
    pub(crate) fn may_extend(&self) -> bool {
        self.format != Format::Old
    }

    /// The size of the entry's data in bytes.
    pub(crate) fn size(&self) -> Result<u64, TarFault> {
        number(&self.block[124..136]).ok_or(TarFault::Number("size"))
    }

    /// The permission bits, if they are a number.
    pub(crate) fn mode(&self) -> Option<u64> {
        number(&self.block[100..108])
    }

    /// The path as the header itself says it, prefix included.
    pub(crate) fn path(&self) -> Cow<'b, [u8]> {
        let name = text(&self.block[..100]);
        match self.format {
            Format::Ustar if self.block[345] != 0 => {
                Cow::Owned([text(&self.block[345..500]), b"/", name].concat())
            }
            _ => Cow::Borrowed(name),
        }
    }
}

/// Reads up to the first NUL.
fn text(field: &[u8]) -> &[u8] {
    let end = field.iter().position(|byte| *byte == 0);
    &field[..end.unwrap_or(field.len())]
}

/// Reads an octal number.
///
/// GNU's binary form is for sizes above 8 GiB, beyond every bound here, and readers
/// differ in how many of its bytes they look at.
fn number(field: &[u8]) -> Option<u64> {
    let digits = text(field).trim_ascii();
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |sum, digit| match digit {
        b'0'..=b'7' => sum.checked_mul(8)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}
