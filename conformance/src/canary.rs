//! A thousand names that must never be heard of outside, and how to listen for them.
//!
//! Each name has a marker in it that nothing else has, so that a tap finds it in
//! whatever part of a request and however it is written. Names of one to three
//! letters have no room for one and are looked for as whole words.
//!
//! Absent: who has the names, and who asks for them.

use crate::command::fail;
use crate::upstream::{Request, Upstream};

/// In each canary of four letters and more.
pub const MARKER: &str = "cnry";

/// Canaries that are too short for a marker.
pub const SHORT: [&str; 3] = ["q", "qz", "qzx"];

/// Returns so many canaries of a flock; `-`, `_`, both and neither take turns.
pub fn flock(of: &str, count: usize) -> Vec<String> {
    let name = |number: usize| match number % 5 {
        0 => format!("{MARKER}{of}-{number}"),
        1 => format!("{MARKER}{of}_{number}"),
        2 => format!("{MARKER}{of}-a_b-{number}"),
        3 => format!("{MARKER}{of}{number}"),
        _ => format!("{MARKER}{of}-plan-{number}"),
    };
    (0..count).map(name).collect()
}

/// Returns the spellings in which cargo and people ask for a name.
pub fn spellings(name: &str) -> Vec<String> {
    let mut spellings = vec![
        name.to_owned(),
        name.replace('_', "-"),
        name.replace('-', "_"),
    ];
    spellings.sort();
    spellings.dedup();
    spellings
}

/// Lists the requests in which a canary was heard: in path, query or headers, plain or
/// encoded. A request with a body is one as well: nothing of ours is sent outside.
pub fn heard(upstream: &Upstream) -> Vec<Request> {
    upstream.requests().into_iter().filter(is_heard).collect()
}

/// Expects that no canary was heard.
#[track_caller]
pub fn none_heard(upstream: &Upstream) {
    let heard = heard(upstream);
    if let Some(first) = heard.first() {
        fail(&format!(
            "{} requests brought a canary outside, the first is\n  {first:#?}",
            heard.len()
        ));
    }
}

/// Returns what two spellings of one name have in common.
pub fn key(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

/// Returns the key of the name that a request is about; none for `config.json`.
pub fn about(request: &Request) -> Option<String> {
    let path = request.path.split('?').next().unwrap_or_default();
    let name = match path.strip_prefix("/dl/") {
        Some(archive) => archive.split('/').next(),
        None => path.strip_prefix("/index/")?.rsplit('/').next(),
    };
    name.filter(|name| !name.contains('.')).map(key)
}

fn is_heard(request: &Request) -> bool {
    let has_body = |(name, _): &(String, String)| {
        name == "transfer-encoding" || name == "content-length" || name == "expect"
    };
    if request.method != "GET" || request.headers.iter().any(has_body) {
        return true;
    }
    let headers = request.headers.iter();
    let parts = headers.flat_map(|(name, value)| [name.as_str(), value.as_str()]);
    parts.chain([request.path.as_str()]).any(|part| {
        let part = decoded(part).to_ascii_lowercase();
        let is_short = |word: &str| SHORT.contains(&word);
        part.contains(MARKER) || part.split(['/', '?', '&', '=', '@']).any(is_short)
    })
}

/// Undoes percent-encoding, as often as it was done.
fn decoded(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..3 {
        let bytes = text.as_bytes();
        let (mut plain, mut at) = (Vec::with_capacity(bytes.len()), 0);
        while let Some(byte) = bytes.get(at) {
            let hex = text.get(at + 1..at + 3);
            match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
                Some(value) if *byte == b'%' => {
                    plain.push(value);
                    at += 3;
                }
                _ => {
                    plain.push(*byte);
                    at += 1;
                }
            }
        }
        text = String::from_utf8_lossy(&plain).into_owned();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn request(method: &str, path: &str, header: (&str, &str)) -> Request {
        Request {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: vec![(header.0.to_owned(), header.1.to_owned())],
            at: Instant::now(),
            status: None,
        }
    }

    #[test]
    fn a_request_is_about_one_name() {
        let of = |path| about(&request("GET", path, ("accept", "*/*")));
        assert_eq!(of("/index/a_/bc/a_bc").as_deref(), Some("a-bc"));
        assert_eq!(of("/dl/A_bc/1.0.0/download").as_deref(), Some("a-bc"));
        assert_eq!(of("/index/config.json"), None);
        assert_eq!(of("/elsewhere"), None);
    }

    #[test]
    fn a_canary_is_heard_wherever_it_is() {
        let accept = ("accept", "*/*");
        for path in [
            "/index/cn/ry/cnryh-1",
            "/index/CN/RY/CNRYh_1",
            "/index/%63n/ry/%63nryx",
            "/x?q=cnr%2579",
            "/index/1/q",
            "/index/2/qz",
            "/dl/qzx/1.0.0/download",
        ] {
            assert!(is_heard(&request("GET", path, accept)), "{path}");
        }
        assert!(is_heard(&request("GET", "/", ("referer", "a/cnryx"))));
        assert!(is_heard(&request("PUT", "/index/se/rd/serde", accept)));
        assert!(is_heard(&request("GET", "/", ("content-length", "1"))));
        assert!(!is_heard(&request("GET", "/index/qu/ic/quiche", accept)));
    }
}
