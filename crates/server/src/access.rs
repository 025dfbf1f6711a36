//! Who may see and change what: tokens and surfaces brought together.
//!
//! Unknown and forbidden look alike. If any surface of the installation is closed,
//! a request without a token gets the same 401 for a closed name and for a name
//! that does not exist. Writes are refused before anything is looked up.
//!
//! Absent: how a token is compared (`auth.rs`), status codes (`respond.rs`).

use crate::auth::AdminToken;
use crate::caching::Readers;
use crate::problem::Problem;
use crossdock_core::actor::Actor;
use crossdock_core::registry_name::RegistryName;
use crossdock_registry::Federation;
use crossdock_registry::Surface;
use http::{HeaderMap, HeaderValue};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Decides over requests by their headers.
pub(crate) struct Access {
    federation: Arc<Federation>,
    token: AdminToken,
    /// First path segments of surfaces that need a token; a view's faces are read
    /// as the view is. Fixed as long as the federation is.
    closed: BTreeSet<Box<str>>,
    /// `Cargo login_url="…"` (Cargo Book, "Registry Index", Index
    /// Authentication): the page that says where the token is found.
    challenge: HeaderValue,
}

impl Access {
    /// Asks the federation which surfaces are closed.
    pub(crate) fn new(federation: Arc<Federation>, token: AdminToken) -> Self {
        let configuration = federation.configuration();
        let names = configuration
            .registries
            .keys()
            .chain(configuration.views.keys());
        let is_closed = |name: &&RegistryName| {
            let surface = federation.surface(name.as_str());
            surface.is_none_or(|surface| federation.read_needs_token(&surface))
        };
        let closed = names
            .filter(is_closed)
            .map(|name| name.as_str().into())
            .collect();
        let challenge = format!("Cargo login_url=\"{}/\"", configuration.base());
        let challenge =
            HeaderValue::from_str(&challenge).unwrap_or(HeaderValue::from_static("Cargo"));
        Self {
            federation,
            token,
            closed,
            challenge,
        }
    }

    /// The same guard before another federation.
    pub(crate) fn before(&self, federation: Arc<Federation>) -> Self {
        Self::new(federation, self.token.clone())
    }

    /// Says who may read the surface whose path begins with `name`.
    pub(crate) fn readers(&self, name: &str) -> Readers {
        if self.closed.contains(name) {
            Readers::TokenHolders
        } else {
            Readers::Anyone
        }
    }

    /// Says who may read `surface`; a face is read as its view is.
    pub(crate) fn readers_of(&self, surface: &Surface) -> Readers {
        match surface {
            Surface::Registry(name) | Surface::View(name) => self.readers(name.as_str()),
            Surface::Face { view, .. } => self.readers(view.as_str()),
        }
    }

    /// Tells whether a request may read what `readers` may.
    pub(crate) fn may_read(&self, readers: Readers, headers: &HeaderMap) -> bool {
        readers == Readers::Anyone || self.token.is_shown(headers)
    }

    /// Returns the registry or view called `name`, if the request may read it.
    pub(crate) fn surface(&self, name: &str, headers: &HeaderMap) -> Result<Surface, Problem> {
        self.shown(name, self.federation.surface(name), headers)
    }

    /// Returns a member's face in a view, if the request may read it.
    pub(crate) fn face(
        &self,
        view: &str,
        member: &str,
        headers: &HeaderMap,
    ) -> Result<Surface, Problem> {
        self.shown(view, self.federation.face(view, member), headers)
    }

    fn shown(
        &self,
        name: &str,
        surface: Option<Surface>,
        headers: &HeaderMap,
    ) -> Result<Surface, Problem> {
        match surface {
            Some(surface) if self.may_read(self.readers(name), headers) => Ok(surface),
            None if self.closed.is_empty() || self.token.is_shown(headers) => {
                Err(self.no_such(name))
            }
            _ => Err(Problem::TokenNeeded(self.challenge.clone())),
        }
    }

    /// Names what there is to whoever may read all of it.
    fn no_such(&self, name: &str) -> Problem {
        if self.federation.surface(name).is_some() {
            // It is the face that is missing.
            return Problem::NoSuchPath;
        }
        let configuration = self.federation.configuration();
        let listed = |names: Vec<&RegistryName>| {
            let names: Vec<_> = names.into_iter().map(RegistryName::as_str).collect();
            names.join(", ")
        };
        let views = listed(configuration.views.keys().collect());
        let registries = listed(configuration.registries.keys().collect());
        Problem::NoSuchSurface {
            name: name.to_owned(),
            there_is: format!("views are: {views}; registries are: {registries}"),
        }
    }

    /// Lets through who may read every surface: anyone if none is closed.
    pub(crate) fn reader_of_all(&self, headers: &HeaderMap) -> Result<(), Problem> {
        if self.closed.is_empty() || self.token.is_shown(headers) {
            Ok(())
        } else {
            Err(Problem::TokenNeeded(self.challenge.clone()))
        }
    }

    /// Returns who may change things, if the request shows that it may.
    pub(crate) fn writer(&self, headers: &HeaderMap) -> Result<Actor, Problem> {
        if self.token.is_shown(headers) {
            Ok(Actor::admin())
        } else {
            Err(Problem::WriteDenied)
        }
    }
}
