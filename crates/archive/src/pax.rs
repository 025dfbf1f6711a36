//! Extended headers: pax records and GNU long names, which describe the next entry.
//!
//! Readers disagree on what counts when a thing is said twice, and some go by lines
//! where the standard goes by lengths. Whatever could be read in two ways is refused.

use crate::refusal::{TarFault, shown};
use std::collections::BTreeSet;

/// Largest extended header in bytes; the longest path has some thousand.
pub(crate) const EXTENSION_BYTES_MAX: u64 = 64 * 1024;

/// What extended headers say of the entry that follows them.
#[derive(Default)]
pub(crate) struct Extension {
    long_name: Option<Vec<u8>>,
    records: Option<Records>,
}

/// What is used of pax records.
#[derive(Default)]
struct Records {
    path: Option<Vec<u8>>,
    size: Option<u64>,
}

impl Extension {
    /// Takes a GNU long name.
    pub(crate) fn long_name(&mut self, data: &[u8]) -> Result<(), TarFault> {
        let name = data.strip_suffix(b"\0").unwrap_or(data);
        if name.contains(&0) {
            return Err(TarFault::LongNameNul);
        }
        match self.long_name.replace(name.to_vec()) {
            None => Ok(()),
            Some(_) => Err(TarFault::ExtensionTwice),
        }
    }

    /// Takes pax records.
    pub(crate) fn records(&mut self, data: &[u8]) -> Result<(), TarFault> {
        match self.records.replace(Records::read(data)?) {
            None => Ok(()),
            Some(_) => Err(TarFault::ExtensionTwice),
        }
    }

    /// Whether nothing was said.
    pub(crate) fn is_empty(&self) -> bool {
        self.long_name.is_none() && self.records.is_none()
    }

    /// Gives the path, if one was said, and the size, if one was said.
    pub(crate) fn into_parts(self) -> Result<(Option<Vec<u8>>, Option<u64>), TarFault> {
        let records = self.records.unwrap_or_default();
        match (self.long_name, records.path) {
            (Some(_), Some(_)) => Err(TarFault::ExtensionTwice),
            (long_name, path) => Ok((long_name.or(path), records.size)),
        }
    }
}

impl Records {
    /// Reads `LENGTH KEY=VALUE\n`, again and again (POSIX.1-2001, pax).
    fn read(mut data: &[u8]) -> Result<Self, TarFault> {
        let (mut records, mut keys) = (Self::default(), BTreeSet::new());
        while !data.is_empty() {
            let (key, value, rest) = split(data).ok_or(TarFault::PaxRecord)?;
            if !keys.insert(key) {
                return Err(TarFault::PaxKeyTwice(shown(key)));
            }
            records.take(key, value)?;
            data = rest;
        }
        Ok(records)
    }

    fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), TarFault> {
        match key {
            b"path" => self.path = Some(value.to_vec()),
            b"size" => self.size = Some(decimal(value).ok_or(TarFault::Number("pax size"))?),
            // Links are refused whole, sparse files have another size than they say,
            // and another character set makes another path.
            b"linkpath" | b"hdrcharset" => return Err(TarFault::PaxKey(shown(key))),
            _ if key.starts_with(b"GNU.sparse.") => return Err(TarFault::PaxKey(shown(key))),
            // The same from star and Solaris, which libarchive reads and tar-rs does not.
            b"SCHILY.realsize" | b"SUN.holesdata" => return Err(TarFault::PaxKey(shown(key))),
            // Times, owners and comments decide nothing.
            _ => {}
        }
        Ok(())
    }
}

/// Splits off the first record: key, value, and what follows.
fn split(data: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = data.iter().position(|byte| *byte == b' ')?;
    let length = usize::try_from(decimal(&data[..space])?).ok()?;
    let record = data.get(space + 1..length)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|byte| *byte == b'=')?;
    let (key, value) = (&record[..equals], &record[equals + 1..]);
    (!key.is_empty() && !record.contains(&b'\n')).then_some((key, value, &data[length..]))
}

/// Reads digits and nothing else.
fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u64, |sum, digit| match digit {
        b'0'..=b'9' => sum.checked_mul(10)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}
