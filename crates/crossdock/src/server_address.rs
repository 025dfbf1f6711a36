//! The address of a server, as people type it and as they mean it.
//!
//! What cannot be the address of any server is refused on the command line; what
//! could be, but is the address of a view, shows only when nobody answers below it.
//!
//! Absent: which server is asked where none is named (`asked_server.rs`).

use crossdock_client::server::{AskError, Server};
use crossdock_client::setup;
use url::Url;

/// Reads `--url`.
///
/// # Errors
/// What is wrong with it and what to write, for clap to show.
pub(crate) fn parse(text: &str) -> Result<Url, String> {
    if !text.contains("://") {
        return Err(format!(
            "an address begins with http:// or https://: write http://{text}"
        ));
    }
    if let Some(plain) = text.strip_prefix("sparse+") {
        return Err(format!(
            "this is the address of an index; a server's begins without `sparse+` and has no \
             view in it: write {}, and name the view with --view",
            origin(plain).unwrap_or_else(|| "http://HOST:PORT".to_owned())
        ));
    }
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    match url.scheme() {
        "http" | "https" if url.host().is_some() => Ok(url),
        other => Err(format!(
            "a server is asked by http or https, not by `{other}`"
        )),
    }
}

/// Finds the server above an address below which nobody answers, and says what to
/// write; nothing if there is none.
pub(crate) async fn meant(server: &Server) -> Option<String> {
    let mut below = server.clone();
    while let Some(above) = below.above() {
        let named = below
            .url()
            .path_segments()?
            .rfind(|part| !part.is_empty())?;
        let written = above.url().as_str().trim_end_matches('/');
        match setup::ask(&above, None).await {
            Ok(info) if info.views.iter().any(|view| view == named) => {
                return Some(format!(
                    "`{named}` is a view of the server at {written}: \
                     write --url {written} --view {named}"
                ));
            }
            Ok(info) => {
                return Some(format!(
                    "the server is at {written}: write --url {written}; its views are: {}",
                    info.views.join(", ")
                ));
            }
            Err(AskError::Token { .. }) => {
                return Some(format!(
                    "the server is at {written}: write --url {written}, and give it a token \
                     with --token or CROSSDOCK_TOKEN"
                ));
            }
            Err(_) => below = above,
        }
    }
    None
}

fn origin(text: &str) -> Option<String> {
    let origin = Url::parse(text).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_is_told_with_the_one_to_write() {
        for (text, told) in [
            ("127.0.0.1:7878", "write http://127.0.0.1:7878"),
            ("localhost:7878", "write http://localhost:7878"),
            ("crates.acme.example", "write http://crates.acme.example"),
            (
                "sparse+https://h.example/main/index/",
                "write https://h.example, and name the view with --view",
            ),
            ("ftp://h.example", "not by `ftp`"),
            ("http://", "empty host"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
    }

    #[test]
    fn servers_may_be_below_a_path() {
        for text in [
            "http://h:1",
            "https://h.example/crates/",
            "http://[::1]:7878",
        ] {
            assert_eq!(parse(text).unwrap(), Url::parse(text).unwrap());
        }
    }
}
