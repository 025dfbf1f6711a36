//! How many requests there were: plain counters, one addition each.
//!
//! Apart from the text they are told in, because the hot path counts here and must
//! neither wait nor allocate.

use http::StatusCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a request was for, by its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An index file, `config.json` included.
    Index,
    /// An archive.
    Download,
    /// The web API.
    Api,
    /// All else: pages, health, paths that are none.
    Other,
}

impl Kind {
    /// All kinds.
    pub(crate) const ALL: [Self; 4] = [Self::Index, Self::Download, Self::Api, Self::Other];

    /// Returns the kind's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Download => "download",
            Self::Api => "api",
            Self::Other => "other",
        }
    }

    /// Reads the kind off a path.
    pub(crate) fn of(path: &str) -> Self {
        let mut segments = path.split('/').skip(1);
        let first = segments.next();
        let of_segment = |segment: Option<&str>| match segment {
            Some("index") => Some(Self::Index),
            Some("dl") => Some(Self::Download),
            Some("api") => Some(Self::Api),
            _ => None,
        };
        let second = segments.next();
        // `/api/…`, `/{surface}/index/…`, `/{view}/from/{member}/index/…`.
        let kind = match (first, second) {
            (Some("api"), _) => Some(Self::Api),
            (_, Some("from" | "at")) => of_segment(segments.nth(1)),
            (_, second) => of_segment(second),
        };
        kind.unwrap_or(Self::Other)
    }
}

/// Answers by the first digit of their status.
const CLASSES: usize = 5;

/// The counters of one server since its start.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    answers: [[AtomicU64; CLASSES]; Kind::ALL.len()],
    from_memory: [AtomicU64; Kind::ALL.len()],
    bytes_from_memory: [AtomicU64; Kind::ALL.len()],
    connections: AtomicU64,
    too_fast: AtomicU64,
}

/// A connection that is open until this is dropped.
#[derive(Debug)]
pub(crate) struct Open(Arc<Traffic>);

impl Open {
    /// Counts a connection in.
    pub(crate) fn new(traffic: &Arc<Traffic>) -> Self {
        traffic.connections.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(traffic))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Traffic {
    /// Counts an answer.
    pub(crate) fn answered(&self, kind: Kind, status: StatusCode) {
        let class = usize::from(status.as_u16() / 100).clamp(1, CLASSES) - 1;
        self.answers[kind as usize][class].fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a request of a client that asks too often.
    pub(crate) fn refused_too_fast(&self) {
        self.too_fast.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns how many connections are open, and how many requests came too fast.
    pub(crate) fn at_the_socket(&self) -> (u64, u64) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (read(&self.connections), read(&self.too_fast))
    }

    /// Counts an answer that was finished in memory, and the bytes of its body.
    pub(crate) fn answered_from_memory(&self, kind: Kind, status: StatusCode, bytes: u64) {
        self.answered(kind, status);
        self.from_memory[kind as usize].fetch_add(1, Ordering::Relaxed);
        self.bytes_from_memory[kind as usize].fetch_add(bytes, Ordering::Relaxed);
    }

    /// Lists the answers by kind and class, such as `2xx`.
    pub(crate) fn answers(&self) -> impl Iterator<Item = (Kind, usize, u64)> {
        Kind::ALL.into_iter().flat_map(|kind| {
            let classes = self.answers[kind as usize].iter().enumerate();
            classes.map(move |(class, count)| (kind, class + 1, count.load(Ordering::Relaxed)))
        })
    }

    /// Lists answers and bytes from memory by kind.
    pub(crate) fn memory_served(&self) -> impl Iterator<Item = (Kind, u64, u64)> {
        Kind::ALL.into_iter().map(|kind| {
            let answers = self.from_memory[kind as usize].load(Ordering::Relaxed);
            let bytes = self.bytes_from_memory[kind as usize].load(Ordering::Relaxed);
            (kind, answers, bytes)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_its_kind() {
        for (path, kind) in [
            ("/main/index/se/rd/serde", Kind::Index),
            ("/main/from/crates-io/index/config.json", Kind::Index),
            ("/main/dl/serde/1.0.0/abc", Kind::Download),
            ("/main/from/acme/dl/serde/1.0.0/abc", Kind::Download),
            ("/main/api/v1/crates/new", Kind::Api),
            ("/api/v1/setup", Kind::Api),
            ("/", Kind::Other),
            ("/metrics", Kind::Other),
            ("", Kind::Other),
        ] {
            assert_eq!(Kind::of(path), kind, "{path}");
        }
    }

    #[test]
    fn every_status_has_a_place() {
        let traffic = Traffic::default();
        for status in [100, 200, 304, 404, 503, 999] {
            traffic.answered(Kind::Index, StatusCode::from_u16(status).unwrap());
        }
        let counts: Vec<_> = traffic.answers().take(CLASSES).map(|(.., n)| n).collect();
        assert_eq!(counts, [1, 1, 1, 1, 2]);
    }
}
