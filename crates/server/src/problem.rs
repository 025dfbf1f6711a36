//! Why the server does not give what was asked for, in words for people.
//!
//! Most refusals come from use cases and bring their text along; here are those
//! that are the server's own: tokens, paths, bodies. Every text that cargo prints
//! says what was refused, by which rule, and what to do.
//!
//! Absent: status codes and forms, which are in `respond.rs`.

use crossdock_core::account::Unfit;
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
    /// A reader has to show a token; carries the challenge, and why the one that was
    /// shown does not count.
    TokenNeeded(HeaderValue, Option<Unfit>),
    /// The token that was shown may not read what is called so, if anything is.
    NotShown(String),
    /// The token that was shown may not read everything.
    AllNotShown,
    /// A writer has to show a token; carries why the one that was shown does not count.
    WriteDenied(Option<Unfit>),
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
    /// The system gives no randomness for a token.
    NoRandomness,
    /// The client showed too many tokens that do not count; carries how long it should wait.
    TooManyFailures(Duration),
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
            Self::TokenNeeded(_, unfit) => format!(
                "reading this needs a token, and {}: use `cargo login --registry NAME` or \
                 CARGO_REGISTRIES_NAME_TOKEN, with `[registry] global-credential-providers = \
                 [\"cargo:token\"]` in cargo's configuration",
                shown(*unfit)
            ),
            Self::NotShown(name) => {
                let name = name.escape_debug();
                format!(
                    "there is no view or registry `{name:.80}`, or the token that the request \
                     showed may not read it; an administrator issues tokens that may with \
                     `crossdock token create`"
                )
            }
            Self::AllNotShown => "this tells of every view and registry, and the token that the \
                request showed may not read all of them; an administrator issues tokens that \
                may with `crossdock token create`"
                .to_owned(),
            Self::WriteDenied(unfit) => format!(
                "this needs a token, and {}; the admin token is in the file `admin-token` in the \
                 server's data folder, others are issued with `crossdock token create`: commands \
                 of crossdock take one from --token or CROSSDOCK_TOKEN, cargo from `cargo login \
                 --registry NAME` or CARGO_REGISTRIES_NAME_TOKEN",
                shown(*unfit)
            ),
            Self::Invalid(detail) => detail.clone(),
            Self::TooLarge { limit } => {
                format!("the request's body is larger than the {limit} bytes this server takes")
            }
            Self::TooSlow => "the request's body came too slowly; send it again".to_owned(),
            Self::Broken => "the request's body ended early; send it again".to_owned(),
            Self::Busy => "too many uploads at once; try again in a moment".to_owned(),
            Self::NoRandomness => "the system gives no randomness for a token; nothing was \
                issued"
                .to_owned(),
            Self::TooManyFailures(_) => "too many tokens that do not count came from this \
                address; wait a moment, and look at the token that is sent: `crossdock token \
                list` on the server names those that count"
                .to_owned(),
            Self::TooFast(_) => "more requests came from this address than the server takes from \
                one client (`requests-per-second` in its settings); try again in a moment"
                .to_owned(),
        }
    }
}

/// Tells what a request showed instead of a token that counts.
fn shown(unfit: Option<Unfit>) -> String {
    match unfit {
        None | Some(Unfit::Unknown) => "the request showed another or none".to_owned(),
        Some(ended) => format!("the one that the request showed {ended}"),
    }
}
