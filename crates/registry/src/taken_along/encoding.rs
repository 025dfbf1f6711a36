//! How files are written that are left: numbers little-endian, texts after their length.
//!
//! Only the very same program reads it again, so it has no version. What is not whole is
//! nothing; nothing is believed of a length but that so much has to be there.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use crossdock_core::checksum::Checksum;
use crossdock_core::registry_name::RegistryName;

/// What is left at a stop.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Left {
    /// A hash of what the files rest on.
    pub(super) circumstances: Checksum,
    pub(super) files: Vec<LeftFile>,
}

/// One index file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LeftFile {
    pub(super) path: String,
    pub(super) made_of: Option<MadeOf>,
    /// How long `gzip` is unpacked.
    pub(super) plain_bytes: usize,
    pub(super) etag: Bytes,
    pub(super) etag_gzip: Bytes,
    pub(super) gzip: Bytes,
}

/// The rows of one mirror.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MadeOf {
    pub(super) member: RegistryName,
    /// SHA-256 of the rows as text.
    pub(super) rows: Checksum,
}

impl Left {
    pub(super) fn encode(&self) -> Bytes {
        let room = self.files.iter().map(|file| file.gzip.len() + 256).sum();
        let mut out = BytesMut::with_capacity(room);
        out.put_slice(self.circumstances.as_bytes());
        for file in &self.files {
            put(&mut out, file.path.as_bytes());
            match &file.made_of {
                None => put(&mut out, b""),
                Some(made_of) => {
                    put(&mut out, made_of.member.as_str().as_bytes());
                    out.put_slice(made_of.rows.as_bytes());
                }
            }
            out.put_u64_le(file.plain_bytes as u64);
            for part in [&file.etag, &file.etag_gzip, &file.gzip] {
                put(&mut out, part);
            }
        }
        out.freeze()
    }

    /// Reads what [`Self::encode`] wrote; nothing of anything else.
    pub(super) fn decode(mut bytes: Bytes) -> Option<Self> {
        let circumstances = take_hash(&mut bytes)?;
        let mut files = Vec::new();
        while bytes.has_remaining() {
            files.push(LeftFile::take(&mut bytes)?);
        }
        Some(Self {
            circumstances,
            files,
        })
    }
}

impl LeftFile {
    fn take(bytes: &mut Bytes) -> Option<Self> {
        let path = take_text(bytes)?;
        let member = take_text(bytes)?;
        let made_of = match member.as_str() {
            "" => None,
            member => Some(MadeOf {
                member: RegistryName::parse(member).ok()?,
                rows: take_hash(bytes)?,
            }),
        };
        Some(Self {
            path,
            made_of,
            plain_bytes: usize::try_from(bytes.try_get_u64_le().ok()?).ok()?,
            etag: take(bytes)?,
            etag_gzip: take(bytes)?,
            gzip: take(bytes)?,
        })
    }
}

fn put(out: &mut BytesMut, part: &[u8]) {
    out.put_u64_le(part.len() as u64);
    out.put_slice(part);
}

fn take(bytes: &mut Bytes) -> Option<Bytes> {
    let length = usize::try_from(bytes.try_get_u64_le().ok()?).ok()?;
    (length <= bytes.len()).then(|| bytes.split_to(length))
}

fn take_text(bytes: &mut Bytes) -> Option<String> {
    String::from_utf8(take(bytes)?.to_vec()).ok()
}

fn take_hash(bytes: &mut Bytes) -> Option<Checksum> {
    let digest: [u8; 32] = bytes.get(..32)?.try_into().ok()?;
    bytes.advance(32);
    Some(Checksum::from_digest(digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Left {
        let file = |path: &str, made_of| LeftFile {
            path: path.to_owned(),
            made_of,
            plain_bytes: 7,
            etag: Bytes::from_static(b"\"e\""),
            etag_gzip: Bytes::from_static(b"\"e-gzip\""),
            gzip: Bytes::from_static(b"gz"),
        };
        let made_of = MadeOf {
            member: RegistryName::parse("crates-io").unwrap(),
            rows: Checksum::of(b"rows"),
        };
        Left {
            circumstances: Checksum::of(b"now"),
            files: vec![file("main/index/3/f/foo", Some(made_of)), file("x", None)],
        }
    }

    #[test]
    fn what_is_read_is_what_was_written_and_a_part_of_it_is_no_other_file() {
        let (left, whole) = (some(), some().encode());
        assert_eq!(Left::decode(whole.clone()).as_ref(), Some(&left));
        for end in 0..whole.len() {
            let cut = Left::decode(whole.slice(..end));
            // Between two files it cannot be told; that is what its hash is for.
            let files = cut.map(|cut| cut.files).unwrap_or_default();
            assert!(left.files.starts_with(&files), "{end}");
        }
    }

    #[test]
    fn a_length_beyond_the_end_is_refused() {
        let mut bytes = BytesMut::from(&some().encode()[..32]);
        bytes.put_u64_le(u64::MAX);
        bytes.put_slice(b"path");
        assert_eq!(Left::decode(bytes.freeze()), None);
    }
}
