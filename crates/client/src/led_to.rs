//! Where a project was led by `crossdock setup`: which server and which view take the
//! place of crates.io where cargo is run.
//!
//! So that a command in a project asks the server that cargo asks there, about the view
//! that cargo sees. An address says it by its form; nobody is asked.
//!
//! Absent: projects that name a registry and replace nothing, which may have many views.

use crate::cargo_sources::{CargoSources, Replaced};
use crossdock_core::address::Address;
use url::Url;

/// A server and the view of it that stands for crates.io.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Led {
    /// The server's address.
    pub server: Url,
    /// The view's name.
    pub view: String,
}

impl Led {
    /// Reads it in cargo's configuration; nothing if crates.io is replaced by nothing, or
    /// by what has no address of ours.
    pub fn by(sources: &CargoSources) -> Option<Self> {
        match sources.replacement(&Address::CratesIo) {
            Replaced::By(Address::Sparse(index)) => Self::to(&index),
            _ => None,
        }
    }

    /// Divides `…/{view}/index/` and `…/{view}/at/{moment}/index/`.
    fn to(index: &Url) -> Option<Self> {
        let mut path: Vec<_> = index.path_segments()?.collect();
        if path.pop() != Some("") || path.pop() != Some("index") {
            return None;
        }
        if let [.., "at", _] = path[..] {
            path.truncate(path.len() - 2);
        }
        let view = path.pop().filter(|view| !view.is_empty())?.to_owned();
        let mut server = index.clone();
        server.set_path(&path.join("/"));
        Some(Self { server, view })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_told_from_its_address() {
        for (index, server) in [
            ("http://h:1/main/index/", "http://h:1/"),
            ("http://h:1/main/at/5/index/", "http://h:1/"),
            (
                "https://h.example/a/crates/main/at/2026-01-01T00:00:00Z/index/",
                "https://h.example/a/crates",
            ),
        ] {
            let led = Led::to(&Url::parse(index).unwrap()).unwrap();
            assert_eq!((led.server.as_str(), &*led.view), (server, "main"));
        }
        for other in [
            "http://h:1/",
            "http://h:1/index/",
            "http://h:1/at/5/index/",
            "http://h:1/api/v1/crates/",
            "http://h:1/main/index",
        ] {
            assert_eq!(Led::to(&Url::parse(other).unwrap()), None, "{other}");
        }
    }
}
