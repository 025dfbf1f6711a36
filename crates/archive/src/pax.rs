//! Extended headers: pax records and GNU long names, which name the next entry.

use crate::refusal::{ArchiveError, shown};

/// Largest extended header in bytes; a path has at most some thousand.
pub(crate) const EXTENSION_BYTES_MAX: u64 = 64 * 1024;

/// What extended headers say of the entry that follows them.
#[derive(Default)]
pub(crate) struct Extension {
    pub(crate) path: Option<Vec<u8>>,
    pub(crate) size: Option<u64>,
}

impl Extension {
    /// Takes a GNU long name.
    pub(crate) fn long_name(&mut self, data: &[u8]) -> Result<(), ArchiveError> {
        let name = data.strip_suffix(b"\0").unwrap_or(data);
        if name.contains(&0) {
            return Err(ArchiveError::path(
                &String::from_utf8_lossy(name),
                "a long name must not hold a NUL",
            ));
        }
        self.path = Some(name.to_vec());
        Ok(())
    }

    /// Takes pax records: `LENGTH KEY=VALUE\n` each (POSIX.1-2001, pax).
    pub(crate) fn records(&mut self, mut data: &[u8]) -> Result<(), ArchiveError> {
        let broken = || ArchiveError::Tar("a pax header is malformed".to_owned());
        while !data.is_empty() {
            let space = data
                .iter()
                .position(|byte| *byte == b' ')
                .ok_or_else(broken)?;
            let length: usize = std::str::from_utf8(&data[..space])
                .ok()
                .and_then(|text| text.parse().ok())
                .ok_or_else(broken)?;
            let record = data
                .get(space + 1..length)
                .and_then(|record| record.strip_suffix(b"\n"))
                .ok_or_else(broken)?;
            let equals = record
                .iter()
                .position(|byte| *byte == b'=')
                .ok_or_else(broken)?;
            self.record(&record[..equals], &record[equals + 1..])?;
            data = &data[length..];
        }
        Ok(())
    }

    fn record(&mut self, key: &[u8], value: &[u8]) -> Result<(), ArchiveError> {
        match key {
            b"path" => self.path = Some(value.to_vec()),
            b"size" => {
                let size = std::str::from_utf8(value)
                    .ok()
                    .and_then(|text| text.parse().ok());
                self.size = Some(
                    size.ok_or_else(|| ArchiveError::Tar("a pax size is no number".to_owned()))?,
                );
            }
            b"linkpath" => {
                return Err(ArchiveError::kind(
                    &String::from_utf8_lossy(value),
                    "the target of a link",
                ));
            }
            sparse if sparse.starts_with(b"GNU.sparse") => {
                return Err(ArchiveError::kind(
                    &shown(&String::from_utf8_lossy(sparse)),
                    "a sparse file",
                ));
            }
            // Times, owners and comments decide nothing.
            _ => {}
        }
        Ok(())
    }
}
