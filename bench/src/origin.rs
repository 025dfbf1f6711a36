//! An upstream of our own: a sparse registry made up while it is asked, which counts.
//!
//! Every name that begins with `cold-` or `grain-` is there, with some releases and one
//! real archive; every other name is absent. So nothing of a run depends on the network,
//! and what left for the upstream is known exactly.
//! Absent: an end other than the process's.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::corpus;

/// Releases of each name.
const RELEASES: usize = 5;

/// What the upstream is like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nature {
    /// How long it thinks before each answer.
    pub(crate) delay: Duration,
    /// Size of its archives.
    pub(crate) archive_bytes: usize,
}

/// The upstream; its threads end with the bench.
#[derive(Debug)]
pub(crate) struct Origin {
    address: SocketAddr,
    asked: Arc<Mutex<HashMap<String, usize>>>,
}

impl Origin {
    /// Listens on a free port of this machine.
    pub(crate) fn start(nature: Nature) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let asked = Arc::<Mutex<HashMap<String, usize>>>::default();
        let counted = asked.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let counted = counted.clone();
                // A connection that breaks off is the asker's affair.
                thread::spawn(move || talk(&stream, address, nature, &counted).ok());
            }
        });
        Ok(Self { address, asked })
    }

    /// Settings as of a fresh machine, with this upstream in the place of crates.io.
    pub(crate) fn settings(&self) -> String {
        format!(
            "[registries.local]\nresolve-in = \"main\"\n\
             [registries.crates-io]\nmirror = \"crates-io\"\nvia = \"sparse+http://{}/index/\"\n\
             [views.main]\nmembers = [\"local\", \"crates-io\"]\npublish-to = \"local\"\n",
            self.address
        )
    }

    /// How often a path was asked for.
    pub(crate) fn asked(&self, path: &str) -> usize {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.get(path).copied().unwrap_or(0)
    }
}

/// The checksum of a name's one real archive, and its path below the origin.
pub(crate) fn archive_of(name: &str, nature: Nature) -> Result<(String, String)> {
    let archive = corpus::archive(name, nature.archive_bytes)?;
    let checksum = corpus::hex(&Sha256::digest(archive));
    let version = corpus::ARCHIVED_VERSION;
    let path = format!("/dl/{name}/{version}/{checksum}");
    Ok((checksum, path))
}

/// Answers one connection until the other side leaves.
fn talk(
    stream: &TcpStream,
    address: SocketAddr,
    nature: Nature,
    asked: &Mutex<HashMap<String, usize>>,
) -> Result<()> {
    stream.set_nodelay(true)?;
    let (mut writing, mut path) = (stream, String::new());
    for line in BufReader::new(stream).lines() {
        let line = line?;
        if let Some(rest) = line.strip_prefix("GET ") {
            rest.split(' ')
                .next()
                .unwrap_or_default()
                .clone_into(&mut path);
        }
        if !line.is_empty() {
            continue;
        }
        let mut counts = asked.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(path.clone()).or_default() += 1;
        drop(counts);
        thread::sleep(nature.delay);
        let answer = match body(&path, address, nature)? {
            Some(body) => [head("200 OK", body.len()).into_bytes(), body].concat(),
            None => head("404 Not Found", 0).into_bytes(),
        };
        writing.write_all(&answer)?;
    }
    Ok(())
}

fn head(status: &str, bytes: usize) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {bytes}\r\n\r\n")
}

fn body(path: &str, address: SocketAddr, nature: Nature) -> Result<Option<Vec<u8>>> {
    if path == "/index/config.json" {
        let dl = format!("http://{address}/dl/{{crate}}/{{version}}/{{sha256-checksum}}");
        return Ok(Some(json!({ "dl": dl }).to_string().into_bytes()));
    }
    let is_there = |name: &&str| name.starts_with("cold-") || name.starts_with("grain-");
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match segments[..] {
        ["index", .., name] if is_there(&name) => rows(name, nature).map(Some),
        ["dl", name, corpus::ARCHIVED_VERSION, _] if is_there(&name) => {
            corpus::archive(name, nature.archive_bytes).map(Some)
        }
        _ => Ok(None),
    }
}

fn rows(name: &str, nature: Nature) -> Result<Vec<u8>> {
    let mut text = String::new();
    for release in 0..RELEASES {
        let version = format!("{}.0.0", release + 1);
        let checksum = match version == corpus::ARCHIVED_VERSION {
            true => archive_of(name, nature)?.0,
            false => corpus::hex(&Sha256::digest(format!("{name} {version}"))),
        };
        text.push_str(&corpus::row(name, &version, 2, &checksum).to_string());
        text.push('\n');
    }
    Ok(text.into_bytes())
}
