//! What can go wrong with a registry, on command.
//!
//! Absent: an upstream that is gone altogether, which is no answer but a port
//! nobody listens at.

use std::time::Duration;

/// How an answer goes wrong.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The connection is closed without a word.
    CutOff,
    /// The connection is reset, as by a machine that does not know of it.
    Reset,
    /// Nothing comes, and the connection stays.
    Hang,
    /// The right answer, a byte at a time with this pause after each.
    Drip(Duration),
    /// The right answer after a while.
    Late(Duration),
    /// This status, and words that are no rows.
    Status(u16),
    /// 200 and nothing.
    Empty,
    /// 200 and the page of a captive portal.
    Html,
    /// 200 and bytes that are nothing.
    Garbage,
    /// 200 and these bytes.
    Says(Vec<u8>),
    /// The right head, half of the body, and the connection is closed.
    Half,
    /// A head without a length, all of the body but the end of its last row, and
    /// the connection is closed, which ends such a body.
    Short,
    /// The first part of a body in parts, and the connection is closed.
    PartOnly,
    /// The right answer with other bytes in it.
    Changed,
    /// 302 to here.
    Redirect(String),
}

/// Which answers go wrong.
#[derive(Debug, Clone)]
pub enum On {
    /// All.
    Everything,
    /// All index files, config.json left out.
    EveryIndex,
    /// The index file of a name.
    Index(String),
    /// config.json.
    Config,
    /// All archives.
    EveryDownload,
    /// The archives of a name.
    Download(String),
}

/// Faults in force.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    rules: Vec<(On, Fault, usize)>,
}

impl Faults {
    pub(crate) fn add(&mut self, on: On, fault: Fault, times: usize) {
        self.rules.push((on, fault, times));
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    /// Returns the fault that a request meets, and counts it.
    pub(crate) fn meet(&mut self, path: &str) -> Option<Fault> {
        let (_, fault, times) = self
            .rules
            .iter_mut()
            .find(|(on, _, times)| *times > 0 && on.matches(path))?;
        *times -= 1;
        Some(fault.clone())
    }
}

impl On {
    /// The index file of a name.
    pub fn index(name: &str) -> Self {
        Self::Index(name.to_owned())
    }

    fn matches(&self, path: &str) -> bool {
        let config = path == "/index/config.json";
        match self {
            Self::Everything => true,
            Self::EveryIndex => path.starts_with("/index/") && !config,
            Self::Index(name) => path == format!("/index/{}", super::index_path(name)),
            Self::Config => config,
            Self::EveryDownload => path.starts_with("/dl/"),
            Self::Download(name) => path.starts_with(&format!("/dl/{name}/")),
        }
    }
}
