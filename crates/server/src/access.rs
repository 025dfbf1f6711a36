//! Who may see and change what: tokens and surfaces brought together.
//!
//! Unknown and forbidden look alike. Whoever may not read everything gets the same
//! answer for a name that is closed to them and for a name that does not exist: without
//! a token the 401 that makes cargo look for one, with a token that counts a 403, upon
//! which cargo keeps what it has and prints why. Only who may read everything is told
//! that there is no such name.
//!
//! Writes are refused before anything is looked up. What a token may do is decided in
//! `core::access`; use cases ask where only they know the crate.
//!
//! Absent: how a token is carried (`auth.rs`), status codes (`respond.rs`).

use crate::auth::{self, AdminToken};
use crate::caching::Readers;
use crate::problem::Problem;
use crossdock_core::access::Act;
use crossdock_core::account::Unfit;
use crossdock_core::actor::Actor;
use crossdock_core::registry_name::RegistryName;
use crossdock_registry::{Bearer, Federation, Surface};
use http::{HeaderMap, HeaderValue};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Decides over requests by their headers.
pub(crate) struct Access {
    federation: Arc<Federation>,
    admin: AdminToken,
    /// Registries and views that need a token; a view's faces are read as the view is.
    /// Fixed as long as the federation is.
    closed: BTreeSet<RegistryName>,
    /// `Cargo login_url="…"` (Cargo Book, "Registry Index", Index
    /// Authentication): the page that says where the token is found.
    challenge: HeaderValue,
}

/// What a request shows of who asks.
#[derive(Debug)]
pub(crate) enum Shown {
    /// No token.
    Nothing,
    /// A token that does not count.
    Unfit(Unfit),
    /// A token that counts.
    Bearer(Bearer),
}

impl Access {
    /// Asks the federation which surfaces are closed.
    pub(crate) fn new(federation: Arc<Federation>, admin: AdminToken) -> Self {
        let configuration = federation.configuration();
        let names = configuration
            .registries
            .keys()
            .chain(configuration.views.keys());
        let is_closed = |name: &&RegistryName| {
            let surface = federation.surface(name.as_str());
            surface.is_none_or(|surface| federation.read_needs_token(&surface))
        };
        let closed = names.filter(is_closed).cloned().collect();
        let challenge = format!("Cargo login_url=\"{}/\"", configuration.base());
        let challenge =
            HeaderValue::from_str(&challenge).unwrap_or(HeaderValue::from_static("Cargo"));
        Self {
            federation,
            admin,
            closed,
            challenge,
        }
    }

    /// The same guard before another federation.
    pub(crate) fn before(&self, federation: Arc<Federation>) -> Self {
        Self::new(federation, self.admin.clone())
    }

    /// Says who asks.
    pub(crate) fn shown(&self, headers: &HeaderMap) -> Shown {
        let Some(token) = auth::token(headers) else {
            return Shown::Nothing;
        };
        if self.admin.is(&token) {
            return Shown::Bearer(Bearer::admin());
        }
        match self.federation.bearer(&token) {
            Ok(bearer) => Shown::Bearer(bearer),
            Err(unfit) => Shown::Unfit(unfit),
        }
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

    /// Tells whether a request may read the surface whose path begins with `name`, if
    /// there is one. This is the hot path: nobody is asked who shows no token.
    pub(crate) fn may_read(&self, name: &str, headers: &HeaderMap) -> bool {
        !self.closed.contains(name) || self.shows(name, &self.shown(headers))
    }

    /// Returns the registry or view called `name`, if the request may read it.
    pub(crate) fn surface(&self, name: &str, headers: &HeaderMap) -> Result<Surface, Problem> {
        self.readable(name, self.federation.surface(name), headers)
    }

    /// Returns a member's face in a view, if the request may read it.
    pub(crate) fn face(
        &self,
        view: &str,
        member: &str,
        headers: &HeaderMap,
    ) -> Result<Surface, Problem> {
        self.readable(view, self.federation.face(view, member), headers)
    }

    fn readable(
        &self,
        name: &str,
        surface: Option<Surface>,
        headers: &HeaderMap,
    ) -> Result<Surface, Problem> {
        let shown = self.shown(headers);
        let is_there = self.federation.surface(name).is_some();
        if is_there && self.shows(name, &shown) {
            return surface.ok_or(Problem::NoSuchPath);
        }
        // From here on it makes no difference whether it is there.
        if self.shows_all(&shown) {
            return Err(self.no_such(name));
        }
        Err(self.withheld(shown, || Problem::NotShown(name.to_owned())))
    }

    /// Tells whether the surface whose path begins with `name` is shown to somebody, if
    /// there is one.
    fn shows(&self, name: &str, shown: &Shown) -> bool {
        match (self.closed.get(name), shown) {
            (None, _) => true,
            (Some(place), Shown::Bearer(bearer)) => {
                self.federation.allow(bearer, Act::Read(place)).is_ok()
            }
            (Some(_), Shown::Nothing | Shown::Unfit(_)) => false,
        }
    }

    fn shows_all(&self, shown: &Shown) -> bool {
        let mut closed = self.closed.iter();
        closed.all(|place| self.shows(place.as_str(), shown))
    }

    /// Says why something is withheld; `from_bearer` is why it is in spite of a token.
    fn withheld(&self, shown: Shown, from_bearer: impl FnOnce() -> Problem) -> Problem {
        match shown {
            Shown::Bearer(_) => from_bearer(),
            Shown::Unfit(unfit) => Problem::TokenNeeded(self.challenge.clone(), Some(unfit)),
            Shown::Nothing => Problem::TokenNeeded(self.challenge.clone(), None),
        }
    }

    /// Names what there is to whoever may read all of it.
    fn no_such(&self, name: &str) -> Problem {
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
        let shown = self.shown(headers);
        match self.shows_all(&shown) {
            true => Ok(()),
            false => Err(self.withheld(shown, || Problem::AllNotShown)),
        }
    }

    /// Returns who asks, if the request shows a token that counts; what it may do is
    /// asked where that is known.
    pub(crate) fn bearer(&self, headers: &HeaderMap) -> Result<Bearer, Problem> {
        match self.shown(headers) {
            Shown::Bearer(bearer) => Ok(bearer),
            Shown::Unfit(unfit) => Err(Problem::WriteDenied(Some(unfit))),
            Shown::Nothing => Err(Problem::WriteDenied(None)),
        }
    }

    /// Returns who may do what concerns the whole server, if the request shows that it
    /// may.
    pub(crate) fn writer(&self, headers: &HeaderMap) -> Result<Actor, Problem> {
        let bearer = self.bearer(headers)?;
        self.federation.allow(&bearer, Act::AdministerServer)?;
        Ok(bearer.actor().clone())
    }

    /// Returns who may decide things for the registry or view called `name`, if the
    /// request shows that it may.
    pub(crate) fn administrator(&self, name: &str, headers: &HeaderMap) -> Result<Actor, Problem> {
        let bearer = self.bearer(headers)?;
        let surface = self.surface(name, headers)?;
        self.federation
            .allow(&bearer, Act::Administer(surface.scope()))?;
        Ok(bearer.actor().clone())
    }
}
