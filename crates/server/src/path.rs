//! Which paths are looked at, before anything else is.
//!
//! A path is refused here if two readers could understand it differently: encoded
//! slashes, dots and control characters, empty segments, `..`. Behind this file
//! every segment decodes to printable ASCII and none is empty. Cargo writes names
//! and versions into paths verbatim, tools may write `+` as `%2B`, nobody has a
//! reason for more.
//!
//! Absent: what a path means, which is `route.rs`.

use percent_encoding::percent_decode_str;

/// Longest path: registry, view, member and crate names at their limits, a version
/// of 150 bytes fully encoded, a checksum and the words between stay below it.
const PATH_BYTES_MAX: usize = 1024;

/// Tells whether a path of a request can mean one thing only.
pub(crate) fn is_plain(path: &str) -> bool {
    path == "/"
        || path.len() <= PATH_BYTES_MAX
            && path
                .strip_prefix('/')
                .is_some_and(|path| path.split('/').all(is_plain_segment))
}

fn is_plain_segment(segment: &str) -> bool {
    if segment.is_empty() {
        return false;
    }
    if segment.bytes().all(is_unreserved) {
        return !segment.bytes().all(|b| b == b'.');
    }
    let decoded: Vec<u8> = percent_decode_str(segment).collect();
    // A percent sign that survives was malformed or is an encoding of encodings.
    decoded
        .iter()
        .all(|byte| byte.is_ascii_graphic() && !b"/\\%;?#".contains(byte))
        && !decoded.iter().all(|byte| *byte == b'.')
}

/// What names, versions and our own words are made of.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.+~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn what_can_be_read_twice_is_not_plain() {
        for good in [
            "/",
            "/main/index/config.json",
            "/main/index/ax/um/axum",
            "/main/dl/a/1.0.0+b.1/00",
            "/main/api/v1/crates/a/1.0.0%2Bb/yank",
        ] {
            assert!(is_plain(good), "{good}");
        }
        let long = format!("/{}", "a".repeat(1024));
        for bad in [
            "",
            "*",
            "//",
            "/main/",
            "/main//index/config.json",
            "/main/../admin",
            "/main/%2e%2e/admin",
            "/main/./index",
            "/a%00b",
            "/a%2fb",
            "/a%2Fb",
            "/a%5cb",
            "/a\\b",
            "/a%252fb",
            "/a%",
            "/a%zz",
            "/..;/x",
            "/a%20b",
            "/%ff",
            "/%E4%BA%AC",
            "/a%0d%0ab",
            &long,
        ] {
            assert!(!is_plain(bad), "{bad}");
        }
    }
}
