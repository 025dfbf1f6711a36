//! What cargo is answered: which token for which address, and whose address it is not.
//!
//! An address of another server is `url-not-supported`, and a token that nobody has is
//! `not-found`: on both cargo goes on to its next provider, so tokens of the environment
//! and of `credentials.toml` keep working behind this one.
//!
//! Absent: where tokens lie (`kept.rs`); writing to the terminal.

use crate::credential::kept::Kept;
use crate::credential::reach::Reach;
use crate::credential::{COMMAND, REFUSE};
use cargo_credential::{
    Action, CacheControl, Credential, CredentialResponse, Error, LoginOptions, RegistryInfo,
    Secret, read_token,
};

/// What a call of cargo was given beside its question; nothing prints the token.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The server of `CROSSDOCK_URL`.
    url: Option<String>,
    /// The token of `CROSSDOCK_TOKEN`, which outranks what is kept.
    token: Option<Secret<String>>,
}

/// Answers for one server.
#[derive(Clone, Debug)]
pub struct Provider {
    /// What the environment says.
    pub given: Given,
    /// Where tokens are kept; nowhere if cargo's home is not known.
    pub kept: Option<Kept>,
    /// Says something to the person at the keyboard.
    pub tell: fn(&str),
}

/// Why cargo gets no answer.
#[derive(Debug, thiserror::Error)]
enum ProviderError {
    #[error(
        "`crossdock credential` does not know for which server it is asked: write \
         `crossdock credential https://HOST` into cargo's configuration"
    )]
    NoServer,
    #[error(
        "a registry of this configuration is called by the address of crates.io (`crossdock setup \
         --unify-by-alias`), so nothing is sent to crates.io from here: publish with \
         `--registry` and the name of the hosted registry's own address, or from another folder"
    )]
    Guard,
    #[error("neither CARGO_HOME nor a home folder is known, so no token can be kept")]
    NoHome,
    #[error("no token was given: pipe one to `cargo login`, or run it in a terminal")]
    NoToken,
}

impl Given {
    /// Reads the environment; a variable that is empty says nothing.
    pub fn by_environment() -> Self {
        let said = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            url: said("CROSSDOCK_URL"),
            token: said("CROSSDOCK_TOKEN").map(Secret::from),
        }
    }
}

impl Credential for Provider {
    fn perform(
        &self,
        registry: &RegistryInfo<'_>,
        action: &Action<'_>,
        arguments: &[&str],
    ) -> Result<CredentialResponse, Error> {
        let reach = self.reach(arguments)?;
        if !reach.has(registry.index_url) {
            return Err(Error::UrlNotSupported);
        }
        match action {
            Action::Get(_) => self.get(&reach),
            Action::Login(options) => self.login(&reach, options, registry),
            Action::Logout => self.logout(&reach),
            _ => Err(Error::OperationNotSupported),
        }
    }
}

impl Provider {
    /// Reads the arguments of cargo's configuration: `credential https://HOST`.
    fn reach(&self, arguments: &[&str]) -> Result<Reach, Error> {
        let named = arguments
            .iter()
            .copied()
            .find(|argument| *argument != COMMAND);
        let text = match (named, &self.given.url) {
            (Some(REFUSE), _) => return Err(other(ProviderError::Guard)),
            (Some(text), _) => text,
            (None, Some(url)) => url.as_str(),
            (None, None) => return Err(other(ProviderError::NoServer)),
        };
        Reach::parse(text).map_err(other)
    }

    /// `CROSSDOCK_TOKEN` is for the server of `CROSSDOCK_URL` if that is said, too.
    fn given(&self, reach: &Reach) -> Option<Secret<String>> {
        let url = self.given.url.as_deref();
        let is_meant = url.is_none_or(|url| Reach::parse(url).as_ref() == Ok(reach));
        self.given.token.clone().filter(|_| is_meant)
    }

    fn get(&self, reach: &Reach) -> Result<CredentialResponse, Error> {
        let kept = || -> Result<Option<String>, Error> {
            let Some(kept) = &self.kept else {
                return Ok(None);
            };
            kept.read(reach).map_err(other)
        };
        let token = match self.given(reach) {
            Some(token) => token,
            None => Secret::from(kept()?.ok_or(Error::NotFound)?),
        };
        Ok(CredentialResponse::Get {
            token,
            // It is the same for all that one cargo does.
            cache: CacheControl::Session,
            operation_independent: true,
        })
    }

    fn login(
        &self,
        reach: &Reach,
        options: &LoginOptions<'_>,
        registry: &RegistryInfo<'_>,
    ) -> Result<CredentialResponse, Error> {
        let kept = self.kept.as_ref().ok_or(other(ProviderError::NoHome))?;
        let token = read_token(options, registry)?;
        if token.as_deref().expose().trim().is_empty() {
            return Err(other(ProviderError::NoToken));
        }
        let path = kept.keep(reach, token.as_deref().expose()).map_err(other)?;
        (self.tell)(&format!(
            "the token for every registry and view of {reach} is in {}",
            path.display()
        ));
        Ok(CredentialResponse::Login)
    }

    fn logout(&self, reach: &Reach) -> Result<CredentialResponse, Error> {
        let kept = self.kept.as_ref().ok_or(Error::NotFound)?;
        if !kept.forget(reach).map_err(other)? {
            return Err(Error::NotFound);
        }
        (self.tell)(&format!(
            "the token for {reach} is removed from this machine; the server still knows it"
        ));
        Ok(CredentialResponse::Logout)
    }
}

fn other(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Other(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: &[&str] = &["credential", "http://h:1"];
    const FACE: &str = "sparse+http://h:1/main/from/partner/index/";

    fn provider(home: &std::path::Path) -> Provider {
        Provider {
            given: Given::default(),
            kept: Some(Kept::below(home)),
            tell: |_| {},
        }
    }

    fn asked(
        provider: &Provider,
        action: &str,
        index: &str,
        arguments: &[&str],
    ) -> Result<CredentialResponse, Error> {
        let request = format!(r#"{{"v":1,"registry":{{"index-url":"{index}"}},{action}}}"#);
        let request: cargo_credential::CredentialRequest<'_> =
            serde_json::from_str(&request).unwrap();
        provider.perform(&request.registry, &request.action, arguments)
    }

    const GET: &str = r#""kind":"get","operation":"read""#;

    #[test]
    fn a_token_kept_for_one_address_is_given_for_all_of_the_server() {
        let home = tempfile::tempdir().unwrap();
        let provider = provider(home.path());
        let view = "sparse+http://h:1/main/index/";
        assert!(matches!(
            asked(&provider, GET, view, SERVER),
            Err(Error::NotFound)
        ));
        let login = r#""kind":"login","token":"cdk_x","login-url":"http://h:1/""#;
        asked(&provider, login, view, SERVER).unwrap();
        for index in [
            view,
            FACE,
            "sparse+http://h:1/local/index/",
            "sparse+http://h:1/main/at/5/index/",
        ] {
            for operation in [
                GET,
                r#""kind":"get","operation":"publish","name":"a","vers":"1.0.0","cksum":"00""#,
                r#""kind":"get","operation":"yank","name":"a","vers":"1.0.0""#,
                r#""kind":"get","operation":"owners","name":"a""#,
                r#""kind":"get","operation":"of-a-later-cargo""#,
            ] {
                let answer = asked(&provider, operation, index, SERVER).unwrap();
                let CredentialResponse::Get { token, .. } = answer else {
                    panic!("{answer:?}");
                };
                assert_eq!(token.expose(), "cdk_x");
            }
        }
        for index in [
            "sparse+http://h:2/main/index/",
            "sparse+https://h:1/main/index/",
            "https://github.com/rust-lang/crates.io-index",
        ] {
            for action in [GET, login, r#""kind":"logout""#] {
                let answer = asked(&provider, action, index, SERVER);
                assert!(matches!(answer, Err(Error::UrlNotSupported)), "{index}");
            }
        }
        asked(&provider, r#""kind":"logout""#, FACE, SERVER).unwrap();
        assert!(matches!(
            asked(&provider, GET, view, SERVER),
            Err(Error::NotFound)
        ));
    }

    #[test]
    fn the_environment_outranks_what_is_kept_for_the_server_it_names() {
        let home = tempfile::tempdir().unwrap();
        let mut provider = provider(home.path());
        provider.given.token = Some(Secret::from("cdk_given".to_owned()));
        assert!(asked(&provider, GET, FACE, SERVER).is_ok());
        provider.given.url = Some("http://h:1/".to_owned());
        assert!(asked(&provider, GET, FACE, SERVER).is_ok());
        assert!(asked(&provider, GET, FACE, &["credential"]).is_ok());
        provider.given.url = Some("http://h:2".to_owned());
        assert!(matches!(
            asked(&provider, GET, FACE, SERVER),
            Err(Error::NotFound)
        ));
    }

    #[test]
    fn who_is_asked_for_nobody_or_as_a_guard_gives_nothing() {
        let home = tempfile::tempdir().unwrap();
        let mut provider = provider(home.path());
        provider.given.token = Some(Secret::from("cdk_given".to_owned()));
        for arguments in [&["credential", "refuse"][..], &["credential"], &["h:1"]] {
            let answer = asked(&provider, GET, FACE, arguments);
            assert!(matches!(answer, Err(Error::Other(_))), "{arguments:?}");
        }
        provider.kept = None;
        let login = r#""kind":"login","token":"cdk_x""#;
        assert!(asked(&provider, login, FACE, SERVER).is_err());
    }
}
