//! One header block of a tar archive (POSIX ustar, pax, and GNU's variants).

use crate::refusal::ArchiveError;

/// Size of a tar block.
pub(crate) const BLOCK_BYTES: usize = 512;

/// A header block whose own checksum is right.
pub(crate) struct Header<'b> {
    block: &'b [u8; BLOCK_BYTES],
}

impl<'b> Header<'b> {
    pub(crate) fn read(block: &'b [u8; BLOCK_BYTES]) -> Result<Self, ArchiveError> {
        let header = Self { block };
        let field = 148..156;
        let sum: u64 = block
            .iter()
            .enumerate()
            .map(|(at, byte)| {
                if field.contains(&at) {
                    32
                } else {
                    u64::from(*byte)
                }
            })
            .sum();
        if number(&block[field]) != Some(sum) {
            return Err(ArchiveError::Tar("a header's checksum is wrong".to_owned()));
        }
        Ok(header)
    }

    /// The entry's type flag.
    pub(crate) fn kind(&self) -> u8 {
        self.block[156]
    }

    /// The size of the entry's data in bytes.
    pub(crate) fn size(&self) -> Result<u64, ArchiveError> {
        number(&self.block[124..136])
            .ok_or_else(|| ArchiveError::Tar("a header's size is no number".to_owned()))
    }

    /// The permission bits.
    pub(crate) fn mode(&self) -> Result<u64, ArchiveError> {
        number(&self.block[100..108])
            .ok_or_else(|| ArchiveError::Tar("a header's mode is no number".to_owned()))
    }

    /// The path as the header itself says it, prefix included.
    pub(crate) fn path(&self) -> Vec<u8> {
        let name = text(&self.block[..100]);
        // GNU headers use the prefix field for other things.
        let prefix = if &self.block[257..263] == b"ustar\0" {
            text(&self.block[345..500])
        } else {
            &[]
        };
        if prefix.is_empty() {
            name.to_vec()
        } else {
            [prefix, b"/", name].concat()
        }
    }
}

/// Reads up to the first NUL.
fn text(field: &[u8]) -> &[u8] {
    &field[..field
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(field.len())]
}

/// Reads an octal number, or GNU's binary form for sizes above 8 GiB.
fn number(field: &[u8]) -> Option<u64> {
    if field.first().is_some_and(|byte| byte & 0x80 != 0) {
        let bytes = field.last_chunk::<8>()?;
        let high = &field[1..field.len() - 8];
        return (field[0] == 0x80 && high.iter().all(|byte| *byte == 0))
            .then(|| u64::from_be_bytes(*bytes));
    }
    let digits = text(field).trim_ascii();
    if digits.is_empty() {
        return Some(0);
    }
    digits.iter().try_fold(0u64, |sum, digit| match digit {
        b'0'..=b'7' => sum.checked_mul(8)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}
