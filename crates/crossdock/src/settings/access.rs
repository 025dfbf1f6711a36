//! Who may read a registry or view.
//!
//! Absent: tokens, and the asking for them, which is the server's.

use super::fault::Faults;
use super::section::Section;
use super::server::ServerSettings;
use std::ops::Range;
use toml::Spanned;

/// Who may read, from the wider to the stricter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Access {
    /// Whoever reaches the address.
    Anyone,
    /// The bearers of a token.
    Token,
}

/// Says who may read what nobody said anything about.
///
/// Anyone only while nobody else can get here: the socket is on loopback *and* no
/// public URL says that a proxy in front of it brings others.
pub(crate) fn default_of(server: &ServerSettings) -> Access {
    let seen_from_here_only = server.listen.ip().is_loopback()
        && server
            .public_url
            .as_ref()
            .is_none_or(super::server::is_loopback);
    if seen_from_here_only {
        Access::Anyone
    } else {
        Access::Token
    }
}

/// Reads the `read` key of a registry or view.
pub(super) fn read(section: &mut Section<'_>, faults: &mut Faults) -> Option<Spanned<Access>> {
    let item = section.take("read")?;
    let place: Range<usize> = item.place();
    let access = match item.text(faults)? {
        "anyone" => Access::Anyone,
        "token" => Access::Token,
        _ => return item.expected("\"anyone\" or \"token\"", faults),
    };
    Some(Spanned::new(place, access))
}
