//! The server that a command asks: the one named, else the one beside, else the one that
//! cargo is led to where the command is given.
//!
//! The admin token in the data folder goes to the server of that folder's settings
//! and to no other address.
//!
//! Absent: what is asked.

use crate::admin_token;
use crate::command_line::ServerArguments;
use crate::report::Failure;
use crate::server_address;
use crate::settings::{self, ServerSettings, SettingsFile, Surroundings};
use crossdock_client::cargo_sources::{CargoSources, cargo_home};
use crossdock_client::credential::{Kept, Reach};
use crossdock_client::led_to::Led;
use crossdock_client::server::{AskError, Server, Token};
use crossdock_client::setup;
use crossdock_core::address::Address;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use url::Url;

/// Finds the server that the arguments mean: the one named, the one of the settings, else
/// the one that cargo is led to in this folder. A view of it is meant with it.
///
/// # Errors
/// [`Failure`] if no address or token can be made of them.
pub(crate) fn find(arguments: &ServerArguments) -> Result<Server, Failure> {
    let given = arguments.token.as_deref().map(Token::new).transpose();
    let given = given.map_err(|error| Failure::hinted(error, "look at --token"))?;
    let led = led();
    let (url, token) = match &arguments.url {
        Some(url) => (url.clone(), given.or_else(|| logged_in(url))),
        None => by_settings(arguments, given, led.as_ref())?,
    };
    let led = led.filter(|led| is_same(&led.server, &url));
    let server = Server::new(url, token).map_err(Failure::plain)?;
    Ok(match led {
        Some(led) => server.meaning(led.view),
        None => server,
    })
}

/// The server of the settings; without a file, the one that cargo is led to.
fn by_settings(
    arguments: &ServerArguments,
    given: Option<Token>,
    led: Option<&Led>,
) -> Result<(Url, Option<Token>), Failure> {
    let (file, settings) = settings::load(arguments.settings.config.clone(), surroundings())?;
    let url = address(&settings.server)?;
    if let (SettingsFile::None, Some(Led { server, .. })) = (file, led)
        && !is_same(server, &url)
    {
        let token = given.or_else(|| logged_in(server));
        return Ok((server.clone(), token));
    }
    let kept = || Token::new(&admin_token::read(&settings.server.data).ok().flatten()?).ok();
    let token = given.or_else(kept).or_else(|| logged_in(&url));
    Ok((url, token))
}

/// Finds the server of these settings, whatever else the arguments say of one.
///
/// # Errors
/// [`Failure`] as for [`find`].
pub(crate) fn beside(
    server: &ServerSettings,
    arguments: &ServerArguments,
) -> Result<Server, Failure> {
    let given = arguments.token.as_deref().map(Token::new).transpose();
    let given = given.map_err(|error| Failure::hinted(error, "look at --token"))?;
    let url = address(server)?;
    let kept = || Token::new(&admin_token::read(&server.data).ok().flatten()?).ok();
    let token = given.or_else(kept).or_else(|| logged_in(&url));
    Server::new(url, token).map_err(Failure::plain)
}

/// Where cargo is led in this folder; a configuration that cannot be read leads nowhere,
/// and cargo says why.
fn led() -> Option<Led> {
    let here = std::env::current_dir().ok()?;
    Led::by(&CargoSources::load(&here, cargo_home().as_deref()).ok()?)
}

fn is_same(one: &Url, other: &Url) -> bool {
    match (Reach::of(one.clone()), Reach::of(other.clone())) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// The token that `cargo login` or `crossdock credential login` kept for this address.
pub(crate) fn logged_in(url: &Url) -> Option<Token> {
    let kept = Kept::below(&cargo_home()?);
    let token = kept.read(&Reach::of(url.clone())?).ok()??;
    Token::new(&token).ok()
}

/// What settings are read in the light of when nothing on the command line
/// outranks them.
pub(crate) fn surroundings() -> Surroundings {
    Surroundings {
        crates_io: Address::Sparse(crossdock_upstream::crates_io_index()),
        folder: std::path::PathBuf::new(),
        listen: None,
        data: None,
    }
}

/// A change names no view, and there are several.
#[derive(Debug, thiserror::Error)]
#[error("the server at {url} has several views: {}", views.join(", "))]
struct ManyViews {
    url: Url,
    views: Vec<String>,
}

/// Finds the view that is to be changed: the one named, else the server's only one. A
/// question about the wrong view is asked again, a change stays.
///
/// # Errors
/// [`Failure`] if there are several and none is named, or no server answers.
pub(crate) async fn view_to_change(
    server: &Server,
    named: Option<&str>,
) -> Result<String, Failure> {
    if let Some(view) = named {
        return Ok(view.to_owned());
    }
    let info = setup::ask(server, None).await.map_err(failed)?;
    if info.views.len() > 1 {
        let (url, views) = (server.url().clone(), info.views);
        let hint = "say with --view which of them is meant";
        return Err(Failure::hinted(ManyViews { url, views }, hint));
    }
    Ok(info.view)
}

/// Says why a question failed, and what to do.
pub(crate) fn failed(error: AskError) -> Failure {
    let hint = match &error {
        AskError::NotThere { .. } => {
            "start one with `crossdock serve`, or name another with --url or CROSSDOCK_URL"
        }
        AskError::Token { .. } => "give one with --token or CROSSDOCK_TOKEN",
        AskError::Absent { .. } | AskError::Refused { .. } | AskError::Nonsense { .. } => {
            return Failure::plain(error);
        }
    };
    Failure::hinted(error, hint)
}

/// Says why a question about `view` failed; if that may be the view's name, lists
/// those there are.
pub(crate) async fn failed_in_view(server: &Server, view: &str, error: AskError) -> Failure {
    if !matches!(error, AskError::Absent { .. }) {
        return failed_at(server, error).await;
    }
    match setup::ask(server, None).await {
        Ok(info) if !info.views.iter().any(|known| known == view) => {
            let hint = format!(
                "there is no view `{view}`; views are: {}",
                info.views.join(", ")
            );
            Failure::hinted(error, hint)
        }
        _ => failed_at(server, error).await,
    }
}

/// Makes sure that there is a registry or view; else the server names those it has.
///
/// # Errors
/// [`Failure`], if there is none or the server does not say.
pub(crate) async fn there_is(server: &Server, surface: &str) -> Result<(), Failure> {
    let path = [surface, "index", "config.json"];
    match server.ask::<serde_json::Value>(&path, &[]).await {
        Ok(_) => Ok(()),
        Err(error) => Err(failed_at(server, error).await),
    }
}

/// Says why a question failed; if the address is one below a server's, which that is.
pub(crate) async fn failed_at(server: &Server, error: AskError) -> Failure {
    if matches!(error, AskError::NotThere { .. }) {
        return failed(error);
    }
    match server_address::meant(server).await {
        Some(meant) => Failure::hinted(error, meant),
        None => failed(error),
    }
}

/// Where clients on this machine reach the server of the settings.
fn address(server: &ServerSettings) -> Result<Url, Failure> {
    match &server.public_url {
        Some(url) => Ok(url.clone()),
        None => socket_url(server.listen).map_err(Failure::plain),
    }
}

/// Writes a socket as a URL; one that listens everywhere is reached on loopback.
pub(crate) fn socket_url(socket: SocketAddr) -> Result<Url, url::ParseError> {
    let ip = match socket.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    Url::parse(&format!("http://{}", SocketAddr::new(ip, socket.port())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_reached_on_this_machine() {
        for (socket, url) in [
            ("127.0.0.1:7878", "http://127.0.0.1:7878/"),
            ("0.0.0.0:80", "http://127.0.0.1/"),
            ("[::]:7878", "http://[::1]:7878/"),
            ("192.0.2.1:1", "http://192.0.2.1:1/"),
        ] {
            let socket = socket.parse().unwrap();
            assert_eq!(socket_url(socket).unwrap().as_str(), url);
        }
    }
}
