//! The requests that are measured, and what we aim at for each.
//!
//! Adding a case is adding a line here. Absent: servers and clocks.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};

use crate::corpus;
use crate::get::{Header, get, gzip_accepted};

/// One kind of request.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The same on both servers.
    pub(crate) path: String,
    pub(crate) asked: Asked,
    pub(crate) status: u16,
    /// Answers per processor second, ours over nginx's, that we want at least;
    /// the numbers are the issue's, from what a bare hyper reached.
    pub(crate) aim: Option<f64>,
}

/// How the client asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Plain,
    Gzip,
    /// As cargo asks for what it has: compressed, and only if it changed.
    IfChanged,
}

/// All cases, with download addresses as `server` gives them.
pub(crate) fn cases(server: SocketAddr) -> Result<Vec<Case>> {
    use Asked::{Gzip, IfChanged, Plain};
    let small = || corpus::index_path(corpus::SMALL);
    let large = || corpus::index_path(corpus::LARGE);
    let case = |name, path, asked, status, aim| Case {
        name,
        path,
        asked,
        status,
        aim,
    };
    Ok(vec![
        case("small index file", small(), Plain, 200, Some(1.0)),
        case("small index file, gzip", small(), Gzip, 200, Some(1.0)),
        case("small index file, 304", small(), IfChanged, 304, Some(1.0)),
        case("large index file", large(), Plain, 200, Some(0.7)),
        case("large index file, gzip", large(), Gzip, 200, Some(1.0)),
        case("large index file, 304", large(), IfChanged, 304, Some(1.0)),
        case(
            "absent name, 404",
            corpus::index_path(corpus::ABSENT),
            Gzip,
            404,
            None,
        ),
        case(
            "download of 100 kB",
            download_path(server, corpus::PARCEL)?,
            Plain,
            200,
            Some(0.8),
        ),
        case(
            "download of 2 MB",
            download_path(server, corpus::FREIGHT)?,
            Plain,
            200,
            Some(0.8),
        ),
    ])
}

impl Case {
    /// The request's headers; `server` is asked for its own ETag.
    pub(crate) fn headers(&self, server: SocketAddr) -> Result<Vec<Header>> {
        let gzip = gzip_accepted();
        Ok(match self.asked {
            Asked::Plain => vec![],
            Asked::Gzip => vec![gzip],
            Asked::IfChanged => {
                let whole = get(server, &self.path, std::slice::from_ref(&gzip))?;
                let etag = whole
                    .header("etag")
                    .with_context(|| format!("{server} sends no ETag for {}", self.path))?;
                vec![gzip, ("if-none-match", etag.to_owned())]
            }
        })
    }
}

/// Fails unless both servers answer `case` with its status and the same content;
/// returns how many bytes the body has on the wire.
pub(crate) fn check_equal(case: &Case, ours: SocketAddr, theirs: SocketAddr) -> Result<usize> {
    let mut bodies = Vec::new();
    for server in [ours, theirs] {
        let answer = get(server, &case.path, &case.headers(server)?)?;
        ensure!(
            answer.status == case.status,
            "{}: {server} answers {} instead of {}",
            case.name,
            answer.status,
            case.status
        );
        bodies.push((answer.decoded()?, answer.body.len()));
    }
    let sizes = (bodies[0].1, bodies[1].1);
    // What an absence says is each server's own.
    if case.status == 200 {
        ensure!(
            bodies[0].0 == bodies[1].0,
            "{}: the bodies differ",
            case.name
        );
        ensure!(
            sizes.0 == sizes.1,
            "{}: {} and {} bytes on the wire",
            case.name,
            sizes.0,
            sizes.1
        );
    }
    Ok(sizes.0)
}

/// Where cargo would download the archived version of `name`: Cargo Book,
/// Registry Index, "Index Configuration".
fn download_path(server: SocketAddr, name: &str) -> Result<String> {
    let config = get(server, &corpus::index_path("config.json"), &[])?.decoded()?;
    let config: serde_json::Value = serde_json::from_slice(&config)?;
    let template = config["dl"].as_str().context("config.json has no dl")?;
    let rows = get(server, &corpus::index_path(name), &[])?.decoded()?;
    let row: serde_json::Value = serde_json::from_slice(&rows).with_context(|| {
        format!(
            "{name} should have one row: {}",
            String::from_utf8_lossy(&rows)
        )
    })?;
    let checksum = row["cksum"].as_str().context("the row has no cksum")?;
    let address = template
        .replace("{crate}", name)
        .replace("{version}", corpus::ARCHIVED_VERSION)
        .replace("{sha256-checksum}", checksum);
    let (_, path) = address
        .split_once("://")
        .and_then(|(_, rest)| rest.split_once('/'))
        .with_context(|| format!("{address} has no path"))?;
    Ok(format!("/{path}"))
}
