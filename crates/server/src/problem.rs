//! Why the server does not give what was asked for, in words for people.
//!
//! Most refusals come from use cases and bring their text along; here are those
//! that are the server's own: tokens, paths, bodies. Every text that cargo prints
//! says what was refused, by which rule, and what to do.
//!
//! Absent: status codes and forms, which are in `respond.rs`.

use crossdock_registry::Refusal;
use http::HeaderValue;
use std::time::Duration;

/// Why a request is not answered with what it asked for.
#[derive(Debug)]
pub(crate) enum Problem {
    /// A use case refused.
    Refused(Refusal),
    /// The path can be read in more than one way.
    PathNotPlain,
    /// Nothing is served at the path.
    NoSuchPath,
    /// No registry or view is called so.
    NoSuchSurface {
        /// As the path says it.
        name: String,
        /// What there is.
        there_is: String,
    },
    /// Something is served at the path, but not by this method.
    MethodNotAllowed,
    /// A reader has to show a token; carries the challenge.
    TokenNeeded(HeaderValue),
    /// A writer has to show the admin token.
    WriteDenied,
    /// The request breaks a rule, which the text names.
    Invalid(String),
    /// The body is longer than `limit` bytes.
    TooLarge {
        /// Most bytes of the body.
        limit: usize,
    },
    /// The body comes too slowly.
    TooSlow,
    /// The body ended before its announced end.
    Broken,
    /// Too much is being uploaded by others.
    Busy,
    /// The client asks more often than it may; carries how long it should wait.
    TooFast(Duration),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Problem {
    /// Returns the text for a person.
    pub(crate) fn detail(&self) -> String {
        match self {
            Self::Refused(refusal) => refusal.detail.clone(),
            Self::PathNotPlain => {
                "this path has empty, dotted or encoded parts; write it plainly".to_owned()
            }
            Self::NoSuchPath => "nothing is served at this path".to_owned(),
            Self::NoSuchSurface { name, there_is } => {
                let name = name.escape_debug();
                format!("there is no view or registry `{name:.80}`; {there_is}")
            }
            Self::MethodNotAllowed => "this path does not take that method".to_owned(),
            Self::TokenNeeded(_) => "reading this needs a token, and the request showed \
                another or none: use `cargo login --registry NAME` or \
                CARGO_REGISTRIES_NAME_TOKEN, with `[registry] global-credential-providers = \
                [\"cargo:token\"]` in cargo's configuration"
                .to_owned(),
            Self::WriteDenied => "changing anything here, and reading what left, needs the admin \
                token, and the request showed another or none; the token is in the file `admin-token` in the server's \
                data folder: commands of crossdock take it from --token or CROSSDOCK_TOKEN, cargo \
                from `cargo login --registry NAME` or CARGO_REGISTRIES_NAME_TOKEN"
                .to_owned(),
            Self::Invalid(detail) => detail.clone(),
            Self::TooLarge { limit } => {
                format!("the request's body is larger than the {limit} bytes this server takes")
            }
            Self::TooSlow => "the request's body came too slowly; send it again".to_owned(),
            Self::Broken => "the request's body ended early; send it again".to_owned(),
            Self::Busy => "too many uploads at once; try again in a moment".to_owned(),
            Self::TooFast(_) => "more requests came from this address than the server takes from \
                one client (`requests-per-second` in its settings); try again in a moment"
                .to_owned(),
        }
    }
}
