//! Addresses as messages and records may show them.
//!
//! Apart, because redirects lead to presigned addresses: what opens the door there
//! stands in the query, and in other places in the user name.

use url::Url;

/// Longest path in a message, in bytes; the rest is an upstream's own affair.
const PATH_BYTES_MAX: usize = 300;

/// Returns an address without user name, password, query and fragment.
pub(crate) fn shown(url: &Url) -> String {
    let path = url.path();
    match path.get(..PATH_BYTES_MAX) {
        Some(start) => format!("{}{start}…", origin(url)),
        None => format!("{}{path}", origin(url)),
    }
}

/// Returns scheme, host and port.
pub(crate) fn origin(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_opens_doors_is_left_out() {
        let url = Url::parse("https://u:p@h.example:8443/a/b?X-Signature=s#f").unwrap();
        assert_eq!(shown(&url), "https://h.example:8443/a/b");
        let long = Url::parse(&format!("http://[::1]/{}", "x".repeat(9000))).unwrap();
        assert!(shown(&long).len() < 400);
    }
}
