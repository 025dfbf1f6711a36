//! Which addresses belong to a server, so that its token goes there and nowhere else.
//!
//! Absent: asking the server; what is said holds without a network.

use std::fmt;
use url::Url;

/// The address of a server, with every address below it.
///
/// `http` or `https` with a host, no user name, password, query or fragment; kept with a
/// final slash, so that `…/crates` is not above `…/crates-of-others`. Scheme, host and
/// port have to be the same: a token for `https` is not sent over `http`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach(Url);

/// The text is no address of a server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no address of a server: it begins with http:// or https://, has no `sparse+`, and \
     no user name, query or fragment"
)]
pub struct ReachError(String);

impl Reach {
    /// Reads an address as people and configurations write it.
    ///
    /// # Errors
    /// [`ReachError`] if it breaks a rule above.
    pub fn parse(text: &str) -> Result<Self, ReachError> {
        let refuse = || ReachError(text.escape_debug().to_string());
        let url = Url::parse(text).map_err(|_| refuse())?;
        Self::of(url).ok_or_else(refuse)
    }

    /// Takes an address that was read already.
    pub fn of(mut url: Url) -> Option<Self> {
        let is_bare = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !is_bare || !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return None;
        }
        let path = format!("{}/", url.path().trim_end_matches('/'));
        url.set_path(&path);
        Some(Self(url))
    }

    /// Tells whether an index address, as cargo writes it, is one of this server.
    pub fn has(&self, index: &str) -> bool {
        let index = index.strip_prefix("sparse+").unwrap_or(index);
        let Some(index) = Url::parse(index).ok().and_then(Self::of) else {
            return false;
        };
        // Both are as the URL standard writes them: `..` is resolved, a default port is
        // gone, hosts are in lower case.
        index.0.origin() == self.0.origin() && index.0.path().starts_with(self.0.path())
    }

    /// Returns the name of the file that keeps a token for it: a different one for each
    /// server, readable for people.
    pub(crate) fn file_name(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        let port = self.0.port_or_known_default().unwrap_or_default();
        let path = self.0.path().trim_matches('/');
        let path = path.replace('%', "%25").replace('+', "%2B");
        let mut name = format!("{}+{host}+{port}", self.0.scheme());
        if !path.is_empty() {
            name += &format!("+{}", path.replace('/', "+"));
        }
        name
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_below_a_server_is_its_own() {
        let reach = Reach::parse("https://Crates.acme.example:443").unwrap();
        for index in [
            "sparse+https://crates.acme.example/main/index/",
            "sparse+https://crates.acme.example/main/from/partner/index/",
            "sparse+https://crates.acme.example/main/at/2026-11-01T00:00:00Z/index/",
            "sparse+https://crates.acme.example:443/main/index/",
        ] {
            assert!(reach.has(index), "{index}");
        }
    }

    #[test]
    fn nothing_else_is() {
        let reach = Reach::parse("https://h.example:8443/crates/").unwrap();
        assert!(reach.has("sparse+https://h.example:8443/crates/main/index/"));
        for index in [
            "sparse+http://h.example:8443/crates/main/index/",
            "sparse+https://h.example/crates/main/index/",
            "sparse+https://h.example:8443/crates-of-others/index/",
            "sparse+https://h.example:8443/crates/../other/index/",
            "sparse+https://h.example:8443/crates/%2e%2e/other/index/",
            "sparse+https://h.example.evil.example:8443/crates/main/index/",
            "sparse+https://h.example:8443@evil.example/crates/main/index/",
            "sparse+https://user@h.example:8443/crates/main/index/",
            "sparse+file:///crates/main/index/",
            "https://github.com/rust-lang/crates.io-index",
            "",
        ] {
            assert!(!reach.has(index), "{index}");
        }
    }

    #[test]
    fn what_is_no_server_is_refused() {
        for text in [
            "",
            "h.example",
            "sparse+https://h.example/",
            "https://u:p@h.example/",
            "https://h.example/?x",
            "file:///x",
        ] {
            assert!(Reach::parse(text).is_err(), "{text}");
        }
        let shown = Reach::parse("http://127.0.0.1:7878/").unwrap().to_string();
        assert_eq!(shown, "http://127.0.0.1:7878");
    }

    #[test]
    fn each_server_has_a_file_of_its_own() {
        let names: Vec<_> = [
            "http://h:1/",
            "https://h:1/",
            "http://h:1/a/b",
            "http://h:1/a+b",
            "http://h:1/a%2Bb",
            "http://[::1]:1/",
        ]
        .map(|text| Reach::parse(text).unwrap().file_name())
        .into();
        let mut different = names.clone();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), names.len(), "{names:?}");
        assert!(names.iter().all(|name| !name.contains('/')), "{names:?}");
    }
}
