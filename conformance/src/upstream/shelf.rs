//! What an upstream has, and the right answer to a request for it.
//!
//! Absent: faults and sockets.

use super::{Request, index_path};
use crate::tarball::checksum;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// How an upstream lets others ask whether something changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Validators {
    /// By entity tag.
    #[default]
    ETag,
    /// By time.
    LastModified,
    /// Not at all, as plain file servers do.
    Neither,
}

/// An answer as it should be.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// Crates and how they are offered.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    entries: BTreeMap<String, Entry>,
    archives: BTreeMap<String, Vec<u8>>,
    pub(crate) download_template: String,
    pub(crate) validators: Validators,
    pub(crate) token: Option<String>,
}

#[derive(Debug, Default)]
struct Entry {
    rows: Vec<(String, Value)>,
    /// Stands for the rows when a case wrote the file itself.
    overwritten: Option<String>,
    /// Seconds, counted up with each change.
    changes: u32,
}

impl Shelf {
    pub(crate) fn locate(&mut self, address: SocketAddr) {
        self.download_template = format!("http://{address}/dl");
    }

    pub(crate) fn add(&mut self, name: &str, version: &str, row: Value, archive: Vec<u8>) {
        let entry = self.entry(name);
        entry.rows.retain(|(other, _)| other != version);
        entry.rows.push((version.to_owned(), row));
        self.archives
            .insert(format!("/dl/{name}/{version}/download"), archive);
    }

    /// Serves bytes at a path, for who says in its config.json that archives are there.
    pub(crate) fn place(&mut self, path: &str, bytes: Vec<u8>) {
        self.archives.insert(path.to_owned(), bytes);
    }

    pub(crate) fn change(&mut self, name: &str, version: &str, change: impl FnOnce(&mut Value)) {
        let rows = &mut self.entry(name).rows;
        let row = rows.iter_mut().find(|(other, _)| other == version);
        change(&mut row.expect("a case changes what it put there").1);
    }

    pub(crate) fn withdraw(&mut self, name: &str, version: &str) {
        self.entry(name).rows.retain(|(other, _)| other != version);
    }

    pub(crate) fn overwrite(&mut self, name: &str, text: &str) {
        self.entry(name).overwritten = Some(text.to_owned());
    }

    fn entry(&mut self, name: &str) -> &mut Entry {
        let entry = self
            .entries
            .entry(format!("/index/{}", index_path(name)))
            .or_default();
        entry.changes += 1;
        entry
    }

    /// Answers a request as a registry should.
    pub(crate) fn answer(&self, request: &Request) -> Reply {
        let path = request.path.as_str();
        let header = |name: &str| {
            request
                .headers
                .iter()
                .find(|(field, _)| field == name)
                .map(|(_, value)| value)
        };
        if self
            .token
            .as_ref()
            .is_some_and(|token| header("authorization") != Some(token))
        {
            return plain(401, "who are you");
        }
        if path == "/index/config.json" {
            let mut config = json!({ "dl": self.download_template });
            if self.token.is_some() {
                config["auth-required"] = json!(true);
            }
            return Reply {
                status: 200,
                headers: Vec::new(),
                body: config.to_string().into(),
            };
        }
        if let Some(archive) = self.archives.get(path) {
            return Reply {
                status: 200,
                headers: Vec::new(),
                body: archive.clone(),
            };
        }
        let Some(entry) = self.entries.get(path) else {
            return plain(404, "there is nothing here");
        };
        let body = entry.text();
        let (field, condition, value) = match self.validators {
            Validators::ETag => (
                "etag",
                "if-none-match",
                format!("\"{}\"", &checksum(body.as_bytes())[..16]),
            ),
            Validators::LastModified => ("last-modified", "if-modified-since", entry.changed()),
            Validators::Neither => {
                return Reply {
                    status: 200,
                    headers: Vec::new(),
                    body: body.into(),
                };
            }
        };
        let unchanged = header(condition) == Some(&value);
        let (status, body) = if unchanged {
            (304, String::new())
        } else {
            (200, body)
        };
        Reply {
            status,
            headers: vec![(field, value)],
            body: body.into(),
        }
    }
}

impl Entry {
    fn text(&self) -> String {
        match &self.overwritten {
            Some(text) => text.clone(),
            None => self
                .rows
                .iter()
                .map(|(_, row)| format!("{row}\n"))
                .collect(),
        }
    }

    fn changed(&self) -> String {
        format!(
            "Sat, 21 Nov 2020 08:{:02}:{:02} GMT",
            self.changes / 60 % 60,
            self.changes % 60
        )
    }
}

/// An answer of a few words.
pub(crate) fn plain(status: u16, words: &str) -> Reply {
    Reply {
        status,
        headers: Vec::new(),
        body: words.into(),
    }
}
