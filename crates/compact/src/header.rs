//! What stands before the differences of a chain: whose they are, and how to use them.
//!
//! A chain says everything about itself, so that nothing else has to be kept beside it.
//! Version 1 is, with all numbers little-endian:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `xdchain` and the version of this encoding |
//! | 4 | bytes of the description that follows |
//! | … | the description: registry, name, number of members (2), each member |
//! | 32 | SHA-256 of all that stands before |
//! | … | the differences, in the order of the members |
//!
//! | bytes of a member | what |
//! |---|---|
//! | 32 | checksum of the archive |
//! | 2 + … | version |
//! | 1, 1 | number of the encoder, level |
//! | 2 | which member its difference is to; 65535 for none |
//! | 4, 4, 4 | bytes of the archive, of its tar, of the difference |
//! | 2 + … | gzip header of the archive |
//!
//! A reader refuses versions that it does not know; the writer writes the newest alone.
//!
//! Absent: the differences themselves.

use crate::bits::{Reading, put_run};
use crate::encoder::Encoder;
use crate::recipe::Recipe;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::IndexName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::version::Version;
use std::ops::Range;

/// Most members of a chain, and so the most differences that one archive needs.
///
/// Reading back 24 tars of half a megabyte, most of them copied from the one before,
/// takes some ten milliseconds; a whole tar among 24 costs some three hundredths of raw.
pub const MEMBERS_MAX: usize = 24;

/// Most bytes of a chain that another member is added to: it is in memory then.
const CHAIN_BYTES_MAX: u64 = 32 * 1024 * 1024;

const MAGIC: &[u8; 7] = b"xdchain";
const VERSION: u8 = 1;
const START_BYTES: usize = MAGIC.len() + 1 + 4;
const DIGEST_BYTES: usize = 32;
const NO_BASE: u16 = u16::MAX;

/// The most a description can take: 24 members with versions and headers at their
/// bounds are below 64 KiB.
const DESCRIPTION_BYTES_MAX: usize = 64 * 1024;

/// What stands before the differences of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Whose releases they are, as far as that is known: bytes may have come to several.
    pub registry: RegistryName,
    /// The crate.
    pub name: IndexName,
    /// The archives, in the order in which they came in.
    pub members: Vec<Member>,
}

/// One archive of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// How it is made of its tar.
    pub recipe: Recipe,
    /// Which version it is.
    pub version: Version,
    /// The member that its difference is to, which stands before it; the whole tar if
    /// there is none.
    pub base: Option<usize>,
    /// Bytes of the tar.
    pub tar_bytes: u32,
    /// Bytes of the difference.
    pub delta_bytes: u32,
}

/// A header could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// More of the chain has to be there.
    #[error("the chain ends within its header")]
    Short {
        /// Bytes of the chain that would tell more.
        needed: usize,
    },
    /// It is no chain, or of a version that is not known here.
    #[error("not a chain of archives, or one that a newer version wrote")]
    Unknown,
    /// Some of it is not what was written.
    #[error("the header of a chain of archives is damaged")]
    Damaged,
}

impl Header {
    /// Writes the header.
    pub fn encode(&self) -> Vec<u8> {
        let mut told = Vec::new();
        put_run(&mut told, self.registry.as_str().as_bytes());
        put_run(&mut told, self.name.as_str().as_bytes());
        let count = u16::try_from(self.members.len()).expect("a chain is full long before");
        told.extend_from_slice(&count.to_le_bytes());
        for member in &self.members {
            member.encode(&mut told);
        }
        let mut bytes = MAGIC.to_vec();
        bytes.push(VERSION);
        let told_bytes = u32::try_from(told.len()).expect("a description is bounded");
        bytes.extend_from_slice(&told_bytes.to_le_bytes());
        bytes.append(&mut told);
        let digest = Checksum::of(&bytes);
        bytes.extend_from_slice(digest.as_bytes());
        bytes
    }

    /// Reads the header at the beginning of `chain`, of which not all need be there.
    ///
    /// Returns how many bytes it takes, after which the differences stand.
    ///
    /// # Errors
    /// [`HeaderError`]; nothing is believed before the digest was compared.
    pub fn decode(chain: &[u8]) -> Result<(Self, usize), HeaderError> {
        let short = |needed| HeaderError::Short { needed };
        let start = chain.get(..START_BYTES).ok_or(short(START_BYTES))?;
        if start[..MAGIC.len()] != MAGIC[..] || start[MAGIC.len()] != VERSION {
            return Err(HeaderError::Unknown);
        }
        let told_bytes = Reading(&start[MAGIC.len() + 1..]).u32();
        let told_bytes = told_bytes.and_then(|bytes| usize::try_from(bytes).ok());
        let told_bytes = told_bytes.filter(|bytes| *bytes <= DESCRIPTION_BYTES_MAX);
        let signed_bytes = START_BYTES + told_bytes.ok_or(HeaderError::Damaged)?;
        let header_bytes = signed_bytes + DIGEST_BYTES;
        let header = chain.get(..header_bytes).ok_or(short(header_bytes))?;
        let (signed, digest) = header.split_at(signed_bytes);
        if Checksum::of(signed).as_bytes()[..] != *digest {
            return Err(HeaderError::Damaged);
        }
        let header = description(&signed[START_BYTES..]).ok_or(HeaderError::Damaged)?;
        Ok((header, header_bytes))
    }

    /// Tells whether another member should begin another chain.
    pub fn is_full(&self) -> bool {
        let bytes = self.members.iter().map(|one| u64::from(one.delta_bytes));
        self.members.len() >= MEMBERS_MAX || bytes.sum::<u64>() >= CHAIN_BYTES_MAX
    }

    /// Finds the member that has a checksum.
    pub fn position(&self, checksum: &Checksum) -> Option<usize> {
        let has = |member: &Member| member.recipe.checksum == *checksum;
        self.members.iter().position(has)
    }

    /// The members whose differences make a member's tar, the whole one first.
    pub fn way(&self, member: usize) -> Vec<usize> {
        let mut way = vec![member];
        while let Some(base) = self.members[way[way.len() - 1]].base {
            way.push(base);
        }
        way.reverse();
        way
    }

    /// Where a member's difference stands, counted from the end of the header.
    pub fn place(&self, member: usize) -> Range<u64> {
        let bytes = |member: &Member| u64::from(member.delta_bytes);
        let start: u64 = self.members[..member].iter().map(bytes).sum();
        start..start + bytes(&self.members[member])
    }

    /// The member whose tar is likely the most alike: the next version below, else the
    /// next above.
    pub fn nearest(&self, version: &Version) -> Option<usize> {
        let all = || self.members.iter().enumerate();
        let below = all().filter(|(_, member)| member.version <= *version);
        let below = below.max_by(|(_, one), (_, other)| one.version.cmp(&other.version));
        let above = || all().min_by(|(_, one), (_, other)| one.version.cmp(&other.version));
        below.or_else(above).map(|(position, _)| position)
    }
}

impl Member {
    fn encode(&self, told: &mut Vec<u8>) {
        let number = |bytes: u64| u32::try_from(bytes).expect("what is packed is bounded");
        told.extend_from_slice(self.recipe.checksum.as_bytes());
        put_run(told, self.version.to_string().as_bytes());
        told.extend_from_slice(&[self.recipe.encoder.number(), self.recipe.level]);
        let base = self.base.map(u16::try_from);
        let base = base.map_or(NO_BASE, |base| base.expect("a chain is full long before"));
        told.extend_from_slice(&base.to_le_bytes());
        let archive_bytes = number(self.recipe.archive_bytes);
        for bytes in [archive_bytes, self.tar_bytes, self.delta_bytes] {
            told.extend_from_slice(&bytes.to_le_bytes());
        }
        put_run(told, &self.recipe.header);
    }

    fn decode(reading: &mut Reading<'_>, position: usize) -> Option<Self> {
        let checksum = Checksum::from_digest(reading.digest()?);
        let version = Version::parse(reading.text()?).ok()?;
        let encoder = Encoder::numbered(reading.u8()?)?;
        let level = reading.u8().filter(|level| (1..=9).contains(level))?;
        let base = match reading.u16()? {
            NO_BASE => None,
            // Only what stands before can be a base, so every way has an end.
            base => Some(usize::from(base))
                .filter(|base| *base < position)?
                .into(),
        };
        let archive_bytes = u64::from(reading.u32()?);
        let (tar_bytes, delta_bytes) = (reading.u32()?, reading.u32()?);
        let header = reading.run()?.to_vec();
        let recipe = Recipe {
            encoder,
            level,
            header,
            archive_bytes,
            checksum,
        };
        Some(Self {
            recipe,
            version,
            base,
            tar_bytes,
            delta_bytes,
        })
    }
}

fn description(told: &[u8]) -> Option<Header> {
    let mut reading = Reading(told);
    let registry = RegistryName::parse(reading.text()?).ok()?;
    let name = IndexName::parse(reading.text()?).ok()?;
    let count = usize::from(reading.u16()?);
    let members = (0..count).map(|position| Member::decode(&mut reading, position));
    let members: Option<Vec<Member>> = members.collect();
    let header = Header {
        registry,
        name,
        members: members?,
    };
    reading.0.is_empty().then_some(header)
}
