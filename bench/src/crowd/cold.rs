//! Many who want one object that is not held yet: the upstream is asked once.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Barrier;
use std::thread;

use anyhow::{Result, ensure};
use serde::Serialize;

use super::Size;
use crate::corpus::{self, index_path};
use crate::crossdock::{self, Start};
use crate::get::request;
use crate::origin::{self, Nature, Origin};
use crate::talk::Talk;

/// How often the upstream was asked for what all wanted.
#[derive(Debug, Serialize)]
pub(crate) struct Cold {
    pub(crate) index_file: usize,
    pub(crate) archive: usize,
}

/// A name of the upstream, and its path there.
const NAME: &str = "cold-comfort";
const INDEX_AT_ORIGIN: &str = "/index/co/ld/cold-comfort";

/// Asks for an index file and for an archive.
pub(super) fn run(size: Size, scratch: &Path, origin: &Origin, nature: Nature) -> Result<Cold> {
    let (settings, data) = (origin.settings(), scratch.join("data"));
    let mut server = crossdock::start(Start {
        scratch,
        data: &data,
        settings: Some(&settings),
        core: None,
        listen: None,
    })?;
    all_at_once(server.address, &index_path(NAME), size.cold)?;
    let (checksum, at_origin) = origin::archive_of(NAME, nature)?;
    let version = corpus::ARCHIVED_VERSION;
    let path = format!("/{}/dl/{NAME}/{version}/{checksum}", corpus::VIEW);
    all_at_once(server.address, &path, size.cold)?;
    server.stop()?;
    Ok(Cold {
        index_file: origin.asked(INDEX_AT_ORIGIN),
        archive: origin.asked(&at_origin),
    })
}

/// Asks on as many connections, which are open before; everybody gets the same.
fn all_at_once(server: SocketAddr, path: &str, count: usize) -> Result<()> {
    let (request, barrier) = (request(server, path, &[]), Barrier::new(count));
    let answers: Result<Vec<_>> = thread::scope(|scope| {
        let ask = || {
            let talk = Talk::begin(server);
            barrier.wait();
            talk?.ask(&request)
        };
        let asking: Vec<_> = (0..count).map(|_| scope.spawn(ask)).collect();
        let asked = asking.into_iter();
        asked
            .map(|one| one.join().expect("an asker tells errors as values"))
            .collect()
    });
    let answers = answers?;
    for answer in &answers {
        ensure!(
            answer.status == 200,
            "{path} was answered {}",
            answer.status
        );
        ensure!(
            answer.body == answers[0].body,
            "{path} was answered differently"
        );
    }
    Ok(())
}
