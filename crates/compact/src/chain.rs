//! A chain: versions of one crate, each as its difference to another of them.
//!
//! It only grows, at its end, until it is full; what is in it is copied as it is. To take
//! one out means to keep those that lean on it in another way first ([`Chain::leaning`]).
//!
//! Absent: files. A chain is bytes that are written whole; of one that lies somewhere
//! only what is needed is read ([`archive`]).

use crate::delta;
use crate::header::{Header, HeaderError, Member};
use crate::recipe::{Reproduced, RestoreError};
use crossdock_core::checksum::Checksum;
use crossdock_core::name::IndexName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::version::Version;
use std::collections::BTreeSet;
use std::io;
use std::ops::Range;

/// A chain in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    header: Header,
    /// One difference for each member.
    deltas: Vec<Vec<u8>>,
}

/// An archive could not be read out of a chain.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The header says no.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// A difference is not what was written, or could not be read.
    #[error("archive {checksum} could not be read out of its chain: {source}")]
    Delta {
        /// The archive.
        checksum: Checksum,
        /// What reading or zstd says.
        source: io::Error,
    },
    /// The tar is there, and the archive does not come out of it.
    #[error(transparent)]
    Restore(#[from] RestoreError),
}

/// Makes the tar of a member, with the differences that `read` finds at their places.
///
/// Two tars and a difference are held at a time. That the tar is the right one only its
/// archive's checksum tells.
fn tar(
    header: &Header,
    member: usize,
    mut read: impl FnMut(Range<u64>) -> io::Result<Vec<u8>>,
) -> Result<Vec<u8>, ChainError> {
    let mut tar: Option<Vec<u8>> = None;
    for step in header.way(member) {
        let Member {
            tar_bytes, recipe, ..
        } = &header.members[step];
        let made = read(header.place(step))
            .and_then(|bytes| delta::read(&bytes, tar.as_deref(), u64::from(*tar_bytes)));
        let checksum = recipe.checksum;
        tar = Some(made.map_err(|source| ChainError::Delta { checksum, source })?);
    }
    Ok(tar.unwrap_or_default())
}

/// Makes the archive of a member, with the differences that `read` finds at their places
/// ([`Header::place`]).
///
/// Two tars and a difference are held at a time.
///
/// # Errors
/// [`ChainError`]; another archive is never given.
pub fn archive(
    header: &Header,
    member: usize,
    read: impl FnMut(Range<u64>) -> io::Result<Vec<u8>>,
) -> Result<Vec<u8>, ChainError> {
    let tar = tar(header, member, read)?;
    Ok(header.members[member].recipe.restored(&tar)?)
}

impl Chain {
    /// Begins a chain without members.
    pub fn new(registry: RegistryName, name: IndexName) -> Self {
        let members = Vec::new();
        let header = Header {
            registry,
            name,
            members,
        };
        Self {
            header,
            deltas: Vec::new(),
        }
    }

    /// Reads a whole chain.
    ///
    /// # Errors
    /// [`ChainError`] if the header is not one or the chain is shorter than it says.
    pub fn decode(bytes: &[u8]) -> Result<Self, ChainError> {
        let (header, header_bytes) = Header::decode(bytes)?;
        let deltas = (0..header.members.len()).map(|member| {
            let delta = slice(&bytes[header_bytes..], header.place(member));
            let checksum = header.members[member].recipe.checksum;
            delta.map_err(|source| ChainError::Delta { checksum, source })
        });
        let deltas = deltas.collect::<Result<_, _>>()?;
        Ok(Self { header, deltas })
    }

    /// Writes the chain.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.header.encode();
        for delta in &self.deltas {
            bytes.extend_from_slice(delta);
        }
        bytes
    }

    /// Returns what stands before its differences.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Tells whether another member should begin another chain.
    pub fn is_full(&self) -> bool {
        self.header.is_full()
    }

    /// Adds an archive, as the difference to the member that is likely most alike.
    ///
    /// # Errors
    /// [`ChainError`] if that member's tar cannot be made, or zstd has no memory. The
    /// chain is as it was then.
    pub fn push(&mut self, version: Version, archive: &Reproduced) -> Result<(), ChainError> {
        let checksum = archive.recipe.checksum;
        let base = self.header.nearest(&version);
        let base_tar = base.map(|base| self.tar(base)).transpose()?;
        let delta = delta::write(&archive.tar, base_tar.as_deref());
        let delta = delta.map_err(|source| ChainError::Delta { checksum, source })?;
        let number = |bytes: usize| u32::try_from(bytes).expect("what is packed is bounded");
        self.header.members.push(Member {
            recipe: archive.recipe.clone(),
            version,
            base,
            tar_bytes: number(archive.tar.len()),
            delta_bytes: number(delta.len()),
        });
        self.deltas.push(delta);
        Ok(())
    }

    /// Makes the archive of a member.
    ///
    /// # Errors
    /// [`ChainError`]; another archive is never given.
    pub fn archive(&self, member: usize) -> Result<Vec<u8>, ChainError> {
        Ok(self.header.members[member]
            .recipe
            .restored(&self.tar(member)?)?)
    }

    /// Finds the members that cannot be made without one of `gone`, those included.
    pub fn leaning(&self, gone: &BTreeSet<Checksum>) -> BTreeSet<Checksum> {
        let needs = |member: &usize| {
            let way = self.header.way(*member);
            way.iter().any(|step| gone.contains(&self.checksum(*step)))
        };
        let leaning = (0..self.header.members.len()).filter(needs);
        leaning.map(|member| self.checksum(member)).collect()
    }

    /// The chain without some members and without what leans on them.
    #[must_use]
    pub fn without(&self, gone: &BTreeSet<Checksum>) -> Self {
        let leaning = self.leaning(gone);
        let mut rest = Self::new(self.header.registry.clone(), self.header.name.clone());
        let mut moved = vec![None; self.deltas.len()];
        for (position, member) in self.header.members.iter().enumerate() {
            if leaning.contains(&member.recipe.checksum) {
                continue;
            }
            moved[position] = Some(rest.deltas.len());
            let base = member
                .base
                .map(|base| moved[base].expect("it leans on what stays"));
            rest.header.members.push(Member {
                base,
                ..member.clone()
            });
            rest.deltas.push(self.deltas[position].clone());
        }
        rest
    }

    fn tar(&self, member: usize) -> Result<Vec<u8>, ChainError> {
        let mut steps = self.header.way(member).into_iter();
        tar(&self.header, member, |_place| {
            let step = steps.next().expect("one place is asked for at each step");
            Ok(self.deltas[step].clone())
        })
    }

    fn checksum(&self, member: usize) -> Checksum {
        self.header.members[member].recipe.checksum
    }
}

fn slice(bytes: &[u8], place: Range<u64>) -> io::Result<Vec<u8>> {
    let place = usize::try_from(place.start)
        .ok()
        .zip(usize::try_from(place.end).ok());
    let found = place.and_then(|(start, end)| bytes.get(start..end));
    found
        .map(<[u8]>::to_vec)
        .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}
