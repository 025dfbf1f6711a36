//! A server that is asked: where it is, with which token, and what it answers.
//!
//! Absent: which questions there are.

use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use reqwest::{Body, Client, Method, RequestBuilder, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::time::Duration;
use url::Url;

/// How long to wait for a connection; a server on the same network answers within
/// milliseconds, and somebody is looking at the screen.
const CONNECT: Duration = Duration::from_secs(5);

/// How long a whole question may take: longer than the 30 s that a server gives an
/// upstream by default, since `explain` may have to ask one.
const ANSWER: Duration = Duration::from_secs(60);

/// How long a file may take: the largest `.crate` of crates.io's own bound (10 MiB) at
/// 30 kB/s.
const FILE: Duration = Duration::from_secs(360);

/// Longest answer that is read, in bytes: conflicts of 100,000 names fit.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A token as it is sent; nothing prints it.
#[derive(Clone)]
pub struct Token(pub(crate) HeaderValue);

/// The text cannot be sent as a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token contains characters that cannot be sent in a header")]
pub struct TokenError;

impl Token {
    /// Takes a token, without regard to white space around it.
    ///
    /// # Errors
    /// [`TokenError`] if it would not survive a header.
    pub fn new(text: &str) -> Result<Self, TokenError> {
        let mut value = HeaderValue::from_str(text.trim()).map_err(|_| TokenError)?;
        value.set_sensitive(true);
        Ok(Self(value))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A server and how to talk to it.
#[derive(Clone, Debug)]
pub struct Server {
    url: Url,
    token: Option<Token>,
    client: Client,
    /// The view that is meant where none is named; else the server says which.
    view: Option<String>,
}

/// What a server says, whatever its status.
#[derive(Clone, Debug)]
pub struct Said {
    status: StatusCode,
    /// The body.
    pub body: Vec<u8>,
}

impl Said {
    /// Tells whether it is what was asked for.
    pub fn is_success(&self) -> bool {
        self.status.is_success()
    }
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nobody answers there.
    #[error("no server answers at {url}")]
    NotThere {
        /// Where it was looked for.
        url: String,
        /// What the network says.
        source: reqwest::Error,
    },
    /// The server wants a token, or another one.
    #[error("the server at {url} wants a token that may read this")]
    Token {
        /// Which server.
        url: String,
    },
    /// The server has nothing at this path: no such view, crate or version.
    #[error("the server at {url} does not have it: {detail}")]
    Absent {
        /// Which server.
        url: String,
        /// Its words.
        detail: String,
    },
    /// The server refuses, in its own words.
    #[error("the server at {url} answers {status}: {detail}")]
    Refused {
        /// Which server.
        url: String,
        /// The status, as a number with its usual name.
        status: String,
        /// Its words.
        detail: String,
    },
    /// The answer is not what a Crossdock of this version says.
    #[error("the answer of {url} makes no sense: {why}")]
    Nonsense {
        /// What was asked.
        url: String,
        /// What is wrong with it.
        why: String,
    },
}

impl AskError {
    /// Tells whether the server was reached and its answer was not: what was asked for
    /// may have been done.
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::NotThere { source, .. } if !source.is_connect())
    }

    /// Tells whether the same question may have an answer in a moment.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::NotThere { .. } => true,
            Self::Refused { status, .. } => {
                let number: Option<u16> = status.get(..3).and_then(|digits| digits.parse().ok());
                matches!(number, Some(429 | 500..=599))
            }
            Self::Token { .. } | Self::Absent { .. } | Self::Nonsense { .. } => false,
        }
    }
}

impl Server {
    /// Prepares to ask the server at `url`.
    ///
    /// # Errors
    /// [`AskError::NotThere`] if this machine cannot make TLS connections at all.
    pub fn new(url: Url, token: Option<Token>) -> Result<Self, AskError> {
        // A redirect could carry the token elsewhere; a server has one address.
        match client(&url, reqwest::redirect::Policy::none()) {
            Ok(client) => Ok(Self {
                url,
                token,
                client,
                view: None,
            }),
            Err(source) => Err(AskError::NotThere {
                url: url.into(),
                source,
            }),
        }
    }

    /// Returns who is asked for an address: this server if it is below the same origin,
    /// else whoever is there, without the token.
    ///
    /// # Errors
    /// [`AskError::NotThere`] as for [`Self::new`].
    pub fn for_address(&self, address: &Url) -> Result<Self, AskError> {
        match address.origin() == self.url.origin() {
            true => Ok(self.clone()),
            false => Self::new(address.clone(), None),
        }
    }

    /// Where the server is.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Means this view where none is named.
    #[must_use]
    pub fn meaning(self, view: String) -> Self {
        let view = Some(view);
        Self { view, ..self }
    }

    /// The view that is meant where none is named, unless the server is to say it.
    pub fn view(&self) -> Option<&str> {
        self.view.as_deref()
    }

    /// The token that is sent to it.
    pub fn token(&self) -> Option<&Token> {
        self.token.as_ref()
    }

    /// Returns what is one step above in the path, at the same origin and with the same
    /// token; nothing above the top.
    #[must_use]
    pub fn above(&self) -> Option<Self> {
        let mut above = self.clone();
        above.url.set_query(None);
        let mut below = self.url.path_segments()?.filter(|part| !part.is_empty());
        below.next()?;
        let mut path = above.url.path_segments_mut().ok()?;
        path.pop_if_empty().pop();
        drop(path);
        Some(above)
    }

    /// Asks for the JSON at a path, whose segments are encoded as needed.
    ///
    /// # Errors
    /// [`AskError`] says what to do next by its variant.
    pub async fn ask<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, AskError> {
        let url = self.below(segments, query)?;
        self.answer(self.client.get(url.clone()), url).await
    }

    /// Sends JSON to a path, whose segments are encoded as needed, and reads the JSON
    /// that is answered.
    ///
    /// # Errors
    /// [`AskError`] says what to do next by its variant.
    pub async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        segments: &[&str],
        body: &impl Serialize,
    ) -> Result<T, AskError> {
        let url = self.below(segments, &[])?;
        let body = serde_json::to_vec(body).map_err(|error| AskError::Nonsense {
            url: url.to_string(),
            why: format!("the question cannot be written down: {error}"),
        })?;
        let request = self
            .client
            .request(method, url.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(body);
        self.answer(request, url).await
    }

    /// Asks for the bytes at a path, of which no more than `bytes_max` are read.
    ///
    /// # Errors
    /// [`AskError`] says what to do next by its variant.
    pub async fn bytes(&self, segments: &[&str], bytes_max: usize) -> Result<Vec<u8>, AskError> {
        let url = self.below(segments, &[])?;
        let request = self.client.get(url.clone());
        let said = self.said(request, &url, bytes_max).await?;
        self.accepted(said)
    }

    /// Sends a body of `bytes` bytes to a path within `limit`, and returns what is
    /// said, a refusal too, because it may say more than its words.
    ///
    /// # Errors
    /// [`AskError::NotThere`] or [`AskError::Nonsense`].
    pub async fn put(
        &self,
        segments: &[&str],
        body: Body,
        bytes: u64,
        limit: Duration,
    ) -> Result<Said, AskError> {
        let url = self.below(segments, &[])?;
        let request = self
            .client
            .put(url.clone())
            .header(
                CONTENT_TYPE,
                HeaderValue::from_static("application/octet-stream"),
            )
            .header(CONTENT_LENGTH, bytes)
            .timeout(limit)
            .body(body);
        self.said(request, &url, ANSWER_BYTES_MAX).await
    }

    /// Fetches a file of at most `bytes_max` bytes. The token goes along if the address
    /// is of this server, and nowhere else.
    ///
    /// # Errors
    /// [`AskError`] says what to do next by its variant.
    pub async fn file(&self, url: &Url, bytes_max: usize) -> Result<Vec<u8>, AskError> {
        let request = self.client.get(url.clone()).timeout(FILE);
        let said = self.said(request, url, bytes_max).await?;
        self.accepted(said)
    }

    async fn answer<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        url: Url,
    ) -> Result<T, AskError> {
        let said = self.said(request, &url, ANSWER_BYTES_MAX).await?;
        let body = self.accepted(said)?;
        serde_json::from_slice(&body).map_err(|error| AskError::Nonsense {
            url: url.into(),
            why: error.to_string(),
        })
    }

    /// Sends a request and reads what is said, whatever the status.
    async fn said(
        &self,
        mut request: RequestBuilder,
        url: &Url,
        bytes_max: usize,
    ) -> Result<Said, AskError> {
        let is_ours = url.origin() == self.url.origin();
        if let (Some(Token(token)), true) = (&self.token, is_ours) {
            request = request.header(AUTHORIZATION, token.clone());
        }
        let not_there = |source: reqwest::Error| AskError::NotThere {
            url: self.url.to_string(),
            source: source.without_url(),
        };
        let mut response = request.send().await.map_err(not_there)?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(not_there)? {
            if body.len() + chunk.len() > bytes_max {
                return Err(AskError::Nonsense {
                    url: url.to_string(),
                    why: format!("it is longer than {bytes_max} bytes"),
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Said { status, body })
    }

    /// Returns the body of a success.
    ///
    /// # Errors
    /// [`AskError`] in the server's words.
    pub fn accepted(&self, said: Said) -> Result<Vec<u8>, AskError> {
        let Said { status, body } = said;
        if status == StatusCode::UNAUTHORIZED {
            return Err(AskError::Token {
                url: self.url.to_string(),
            });
        }
        if status == StatusCode::NOT_FOUND {
            return Err(AskError::Absent {
                url: self.url.to_string(),
                detail: detail(&body),
            });
        }
        if !status.is_success() {
            return Err(AskError::Refused {
                url: self.url.to_string(),
                status: status.to_string(),
                detail: detail(&body),
            });
        }
        Ok(body)
    }

    fn below(&self, segments: &[&str], query: &[(&str, &str)]) -> Result<Url, AskError> {
        let mut url = self.url.clone();
        if url.cannot_be_a_base() {
            let why = "it is no address that has paths".to_owned();
            return Err(AskError::Nonsense {
                url: url.into(),
                why,
            });
        }
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }
}

/// Makes what asks a server at `url`.
pub(crate) fn client(url: &Url, redirects: reqwest::redirect::Policy) -> reqwest::Result<Client> {
    // Fails only if the process has a provider already, which is then used.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let mut client = Client::builder()
        .connect_timeout(CONNECT)
        .timeout(ANSWER)
        .redirect(redirects);
    if url.scheme() == "http" {
        // A machine without root certificates can still ask over plain HTTP.
        client = client.tls_certs_only([]);
    }
    client.build()
}

/// Takes the words out of an error body: cargo's `errors[].detail`, or the text.
pub(crate) fn detail(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Errors {
        errors: Vec<Detail>,
    }
    #[derive(serde::Deserialize)]
    struct Detail {
        detail: String,
    }
    if let Ok(Errors { errors }) = serde_json::from_slice(body) {
        let details: Vec<_> = errors.into_iter().map(|error| error.detail).collect();
        return details.join("; ");
    }
    let text = String::from_utf8_lossy(body);
    let printable = |c: &char| !c.is_control() || *c == '\n';
    text.trim().chars().filter(printable).take(2000).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lie_below_the_address() {
        for (base, expected) in [
            ("http://h:1", "http://h:1/main/api/v1/explain/a%2Fb?x=1%262"),
            (
                "http://h:1/",
                "http://h:1/main/api/v1/explain/a%2Fb?x=1%262",
            ),
            (
                "http://h/c/",
                "http://h/c/main/api/v1/explain/a%2Fb?x=1%262",
            ),
        ] {
            let server = Server::new(Url::parse(base).unwrap(), None).unwrap();
            let url = server
                .below(&["main", "api", "v1", "explain", "a/b"], &[("x", "1&2")])
                .unwrap();
            assert_eq!(url.as_str(), expected);
        }
    }

    #[test]
    fn above_a_path_is_the_same_origin() {
        let server = |url: &str| Server::new(Url::parse(url).unwrap(), None).unwrap();
        for (below, above) in [
            ("http://h:1/c/main/?x=1", Some("http://h:1/c")),
            ("http://h:1/main", Some("http://h:1/")),
            ("http://h:1/", None),
        ] {
            let found = server(below).above();
            assert_eq!(found.as_ref().map(|found| found.url().as_str()), above);
        }
    }

    #[test]
    fn a_token_is_not_printed() {
        let token = Token::new(" secret\n").unwrap();
        assert_eq!(format!("{token:?}"), "Token(…)");
        let server = Server::new(Url::parse("http://h").unwrap(), Some(token)).unwrap();
        assert!(!format!("{server:?}").contains("secret"));
        assert!(Token::new("a\nb").is_err());
    }

    #[test]
    fn the_words_of_an_error_are_found() {
        assert_eq!(
            detail(br#"{"errors":[{"detail":"one"},{"detail":"two"}]}"#),
            "one; two"
        );
        assert_eq!(detail(b"plain\x1b[31m words\n"), "plain[31m words");
    }
}
