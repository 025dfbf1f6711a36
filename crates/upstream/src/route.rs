//! The way of one request through redirects, and whether the token goes along.
//!
//! reqwest could follow redirects itself, but then a hop would neither be checked
//! by our rules nor be on the egress record.

use crate::shown::{origin, shown};
use url::Url;

/// How many redirects are followed.
///
/// A registry behind a load balancer that redirects to a store which redirects to
/// a region takes three; five leaves room, and a loop ends at once.
pub(crate) const HOPS_MAX: usize = 5;

/// Why a request may not go where it is sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Astray {
    /// More than [`HOPS_MAX`] redirects.
    #[error("redirects more than {HOPS_MAX} times")]
    TooManyHops,
    /// The target is no address.
    #[error("redirects to something that is no address")]
    NotUrl,
    /// The target is neither http nor https.
    #[error("leads to an address with scheme `{0}`; only http and https are followed")]
    Scheme(String),
    /// The target would give up encryption.
    #[error("leads from https to http ({0}); names and bytes would travel in clear")]
    Downgrade(String),
    /// The target carries a user name or password.
    #[error("leads to {0} with a user name or password, which is not sent")]
    Credentials(String),
}

/// Where a request is on its way.
#[derive(Debug)]
pub(crate) struct Route<'h> {
    home: &'h Url,
    at: Url,
    with_token: bool,
    hops: usize,
}

impl<'h> Route<'h> {
    /// Starts at `target`, which the registry at `home` named.
    pub(crate) fn start(home: &'h Url, target: Url) -> Result<Self, Astray> {
        check(home, &target)?;
        Ok(Self {
            home,
            with_token: origin(home) == origin(&target),
            at: target,
            hops: 0,
        })
    }

    /// Moves on to where a redirect points.
    pub(crate) fn follow(&mut self, location: &[u8]) -> Result<(), Astray> {
        if self.hops == HOPS_MAX {
            return Err(Astray::TooManyHops);
        }
        let location = std::str::from_utf8(location).map_err(|_| Astray::NotUrl)?;
        let next = self.at.join(location).map_err(|_| Astray::NotUrl)?;
        check(&self.at, &next)?;
        // Once outside, the token stays at home even if the way leads back: a
        // stranger must not choose which of our addresses is opened with it.
        self.with_token &= origin(self.home) == origin(&next);
        self.at = next;
        self.hops += 1;
        Ok(())
    }

    /// Returns the address to ask next.
    pub(crate) fn at(&self) -> &Url {
        &self.at
    }

    /// Tells whether the token may be sent there.
    pub(crate) fn with_token(&self) -> bool {
        self.with_token
    }
}

fn check(from: &Url, to: &Url) -> Result<(), Astray> {
    if !matches!(to.scheme(), "http" | "https") || to.host_str().is_none() {
        return Err(Astray::Scheme(to.scheme().chars().take(20).collect()));
    }
    if from.scheme() == "https" && to.scheme() == "http" {
        return Err(Astray::Downgrade(shown(to)));
    }
    if !to.username().is_empty() || to.password().is_some() {
        return Err(Astray::Credentials(origin(to)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn the_token_goes_to_the_configured_origin_only() {
        let home = url("https://h.example/index/");
        for (target, with_token) in [
            ("https://h.example/dl/a", true),
            ("https://h.example:443/dl/a", true),
            ("https://H.example/dl/a", true),
            ("https://h.example:8443/dl/a", false),
            ("https://dl.h.example/a", false),
            ("https://h.example.evil.example/a", false),
        ] {
            let route = Route::start(&home, url(target)).unwrap();
            assert_eq!(route.with_token(), with_token, "{target}");
        }
    }

    #[test]
    fn a_token_that_was_left_at_home_does_not_come_back() {
        let home = url("https://h.example/");
        let mut route = Route::start(&home, url("https://h.example/a")).unwrap();
        route.follow(b"/b").unwrap();
        assert!(route.with_token());
        route.follow(b"https://other.example/c").unwrap();
        assert!(!route.with_token());
        route.follow(b"https://h.example/admin").unwrap();
        assert!(!route.with_token());
    }

    #[test]
    fn ways_that_are_not_followed() {
        let home = url("https://h.example/");
        for (location, expected) in [
            (
                &b"http://h.example/a"[..],
                Astray::Downgrade("http://h.example/a".to_owned()),
            ),
            (b"file:///etc/passwd", Astray::Scheme("file".to_owned())),
            (b"gopher://h/", Astray::Scheme("gopher".to_owned())),
            (b"data:text/plain,x", Astray::Scheme("data".to_owned())),
            (
                b"https://u:p@h.example/",
                Astray::Credentials("https://h.example".to_owned()),
            ),
            (b"https://[", Astray::NotUrl),
            (b"\xff\xfe", Astray::NotUrl),
        ] {
            let mut route = Route::start(&home, url("https://h.example/a")).unwrap();
            assert_eq!(route.follow(location), Err(expected));
            assert_eq!(route.at().as_str(), "https://h.example/a");
        }
        assert!(Route::start(&home, url("file:///etc/passwd")).is_err());
        assert!(Route::start(&home, url("http://dl.example/")).is_err());
        // Upwards is fine, and http stays what it was.
        let plain = url("http://h.example/");
        assert!(Route::start(&plain, url("https://dl.example/")).is_ok());
    }

    #[test]
    fn five_hops_and_no_more() {
        let home = url("http://h.example/");
        let mut route = Route::start(&home, home.clone()).unwrap();
        for _ in 0..HOPS_MAX {
            route.follow(b"/again").unwrap();
        }
        assert_eq!(route.follow(b"/again"), Err(Astray::TooManyHops));
    }
}
