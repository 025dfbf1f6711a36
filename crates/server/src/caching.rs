//! What a cache between us and cargo may keep, and for how long.
//!
//! | answer | header | why |
//! |---|---|---|
//! | index file, config.json | `no-cache` | may be kept, must be revalidated by its ETag each time: a publish is awaited by cargo second by second |
//! | archive | `public, max-age=31536000, immutable` | its checksum stands in its path |
//! | both, of a surface that needs a token | the same with `private` | a shared cache asks nobody for a token |
//! | page, API, refusals | `no-store` | a kept 404 hides the crate that was published since |
//!
//! Cargo itself reads none of these headers (cargo 1.95 revalidates by ETag
//! whatever they say); they are for proxies and CDNs, which otherwise guess.
//! Absent: ETags, which are made where the bytes are.

use http::HeaderValue;

/// Who may read the surface that an answer belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Whoever reaches the server.
    Anyone,
    /// Who shows a token.
    TokenHolders,
}

/// For bytes that change under the same address.
pub(crate) const fn revalidated(readers: Readers) -> HeaderValue {
    HeaderValue::from_static(match readers {
        Readers::Anyone => "no-cache",
        Readers::TokenHolders => "private, no-cache",
    })
}

/// For bytes that never change under the same address; a year is the longest
/// that caches are asked to believe (RFC 9111, section 5.2.2.1, sets no bound,
/// RFC 2616 did).
pub(crate) const fn immutable(readers: Readers) -> HeaderValue {
    HeaderValue::from_static(match readers {
        Readers::Anyone => "public, max-age=31536000, immutable",
        Readers::TokenHolders => "private, max-age=31536000, immutable",
    })
}

/// For answers of the moment.
pub(crate) const MOMENTARY: HeaderValue = HeaderValue::from_static("no-store");
