//! What a request says about the form of an index file: gzip or plain, new or known.
//!
//! RFC 9110, sections 12.5.3 (`Accept-Encoding`) and 13.1.2 (`If-None-Match`),
//! reduced to what a file with two stored forms needs. On the hot path: the usual
//! headers of cargo are recognised without being taken apart.
//!
//! Absent: ranges. A 200 with the whole file is a valid answer to any `Range`.

use bytes::Bytes;
use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, IF_NONE_MATCH};

/// Tells whether the client takes gzip.
///
/// Quality is read only as "zero or not": both forms are at hand, and the shorter
/// one is the better answer whenever it is acceptable.
pub(crate) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let (mut named, mut any) = (None, None);
    for value in headers.get_all(ACCEPT_ENCODING) {
        if value == "gzip" {
            return true;
        }
        for item in value.to_str().unwrap_or_default().split(',') {
            let (coding, parameters) = item.split_once(';').unwrap_or((item, ""));
            let coding = coding.trim();
            if coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip") {
                named = Some(!is_zero_quality(parameters));
            } else if coding == "*" {
                any = Some(!is_zero_quality(parameters));
            }
        }
    }
    named.or(any).unwrap_or(false)
}

/// Reads `q=0`, `q=0.000` and their like; a malformed quality counts as one.
fn is_zero_quality(parameters: &str) -> bool {
    parameters.split(';').any(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = value.trim();
        name.trim().eq_ignore_ascii_case("q")
            && value.starts_with('0')
            && value.bytes().all(|b| b == b'0' || b == b'.')
    })
}

/// Which of `tags` the client already has: the first that `If-None-Match` names.
///
/// The comparison is the weak one the section asks for; `*` names the first. The
/// tags are ours, quoted and free of commas, so a list needs no quoting rules.
pub(crate) fn known<'t>(headers: &HeaderMap, tags: [&'t Bytes; 2]) -> Option<&'t Bytes> {
    for value in headers.get_all(IF_NONE_MATCH) {
        for item in value.as_bytes().split(|byte| *byte == b',') {
            let item = item.trim_ascii();
            if item == b"*" {
                return Some(tags[0]);
            }
            let item = item.strip_prefix(b"W/").unwrap_or(item);
            if let Some(tag) = tags.into_iter().find(|tag| ***tag == *item) {
                return Some(tag);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn with(name: http::HeaderName, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name.clone(), HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        for (values, accepted) in [
            (&["gzip"][..], true),
            (&["deflate, gzip"], true),
            (&["deflate", "GZIP;q=0.1"], true),
            (&["x-gzip ; Q=1"], true),
            (&["*"], true),
            (&["br, *;q=0.5"], true),
            (&[], false),
            (&[""], false),
            (&["br, deflate"], false),
            (&["gzip;q=0"], false),
            (&["gzip; q=0.000, *"], false),
            (&["*;q=0"], false),
            (&["*;q=0, gzip"], true),
            (&["gzipped"], false),
        ] {
            let headers = with(ACCEPT_ENCODING, values);
            assert_eq!(accepts_gzip(&headers), accepted, "{values:?}");
        }
    }

    #[test]
    fn a_tag_is_known_in_every_spelling_of_the_header() {
        let tags = [&Bytes::from("\"gz\""), &Bytes::from("\"plain\"")];
        for (values, expected) in [
            (&["\"plain\""][..], Some("\"plain\"")),
            (&["W/\"gz\""], Some("\"gz\"")),
            (&["\"old\" , W/\"plain\""], Some("\"plain\"")),
            (&["\"old\"", "\"gz\""], Some("\"gz\"")),
            (&["*"], Some("\"gz\"")),
            (&[], None),
            (&[""], None),
            (&["plain"], None),
            (&["\"plai\""], None),
            (&["\"old\", \"older\""], None),
        ] {
            let headers = with(IF_NONE_MATCH, values);
            let found = known(&headers, tags);
            assert_eq!(found, expected.map(Bytes::from).as_ref(), "{values:?}");
        }
    }
}
