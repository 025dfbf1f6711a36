//! One publish, and how long it takes until the view shows it.
//!
//! cargo waits for that, asking once a second; here it is asked for without a pause.
//! Cargo Book, "Registry Web API", Publish.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use serde_json::json;

use super::made::index_path;
use crate::corpus;
use crate::get::get;

/// How long it may take at most; cargo gives up after a minute.
const PATIENCE: Duration = Duration::from_secs(60);

/// Size of the archive: like most.
const ARCHIVE_BYTES: usize = 50_000;

/// Publishes a new crate, and returns the milliseconds until it is read.
pub(super) fn publish(server: SocketAddr, token: &str, number: usize) -> Result<f64> {
    let name = format!("acme-new-{number}");
    let archive = corpus::archive(&name, ARCHIVE_BYTES)?;
    let metadata = json!({
        "name": name, "vers": corpus::ARCHIVED_VERSION, "deps": [], "features": {}, "authors": [],
        "description": "Ballast.", "license": "MIT", "badges": {}, "keywords": [], "categories": [],
    })
    .to_string();
    let mut body = Vec::new();
    for part in [metadata.as_bytes(), &archive] {
        body.extend(u32::try_from(part.len())?.to_le_bytes());
        body.extend(part);
    }
    let began = Instant::now();
    put(server, token, &body)?;
    while began.elapsed() < PATIENCE {
        if get(server, &index_path(&name), &[])?.status == 200 {
            return Ok(began.elapsed().as_secs_f64() * 1000.0);
        }
    }
    bail!("{name} is not shown in {PATIENCE:?}")
}

fn put(server: SocketAddr, token: &str, body: &[u8]) -> Result<()> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let head = format!(
        "PUT /local/api/v1/crates/new HTTP/1.1\r\nhost: {server}\r\nauthorization: {token}\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "refused: {answer}");
    Ok(())
}
