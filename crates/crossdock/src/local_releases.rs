//! Releases that lie where the command line says, for the commands that read them.
//!
//! The server is asked for addresses of registries only if something cannot be packed
//! without them, so that nobody needs a server to pack what names none.
//!
//! Absent: what is done with them.

use crate::asked_server;
use crate::command_line::ServerArguments;
use crate::progress;
use crate::report::Failure;
use crossdock_client::gather::{Addresses, Gathered, Judged, gather, options};
use crossdock_client::server::Server;
use crossdock_client::setup;
use crossdock_client::unpacked::Unpacked;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Reads all that lies at some paths.
///
/// # Errors
/// [`Failure`] if there is no room for cargo to pack in. What cannot be read is among
/// the problems of the result.
pub(crate) fn read(
    paths: &[PathBuf],
    judged: Judged,
    server: &ServerArguments,
) -> Result<Gathered, Failure> {
    let scratch = TempDir::with_prefix("crossdock-").map_err(no_room)?;
    let options = options(scratch.path().to_owned(), judged);
    let bar = progress::of_things("reading", paths.len());
    let (mut gathered, mut addresses) = (Gathered::default(), None);
    for path in paths {
        bar.set_message(path.display().to_string());
        let mut found = gather(path, &options, &Addresses::new());
        if !found.problems.is_empty() && may_need_addresses(path) {
            let addresses = addresses.get_or_insert_with(|| of_server(server));
            if !addresses.is_empty() {
                found = gather(path, &options, addresses);
            }
        }
        gathered.add(found);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(gathered)
}

/// Reads all that lies at some paths, unpacked. A `.crate` file that is named is taken as
/// it is.
///
/// # Errors
/// As [`read`]; what cannot be read is told beside the releases.
pub(crate) fn unpacked(
    paths: &[PathBuf],
    server: &ServerArguments,
) -> Result<(Vec<Unpacked>, Vec<String>), Failure> {
    let (mut releases, mut problems) = (Vec::new(), Vec::new());
    for path in paths {
        if path.extension().is_some_and(|it| it == "crate") && !path.is_dir() {
            match Unpacked::of_file(path) {
                Ok(release) => releases.push(release),
                Err(why) => problems.push(format!("{}: {why}", path.display())),
            }
            continue;
        }
        let read = read(std::slice::from_ref(path), Judged::AsUploads, server)?;
        problems.extend(read.problems.iter().map(ToString::to_string));
        for packed in read.crates {
            let origin = packed.origin.display().to_string();
            match Unpacked::of(&packed.name, &packed.version, &packed.bytes, origin) {
                Ok(release) => releases.push(release),
                Err(error) => problems.push(format!("{}: {error}", packed.origin.display())),
            }
        }
    }
    Ok((releases, problems))
}

fn no_room(error: std::io::Error) -> Failure {
    Failure::hinted(
        error,
        "packing needs a folder for temporary files; set TMPDIR",
    )
}

fn may_need_addresses(path: &Path) -> bool {
    path.is_dir() || path.file_name().is_some_and(|name| name == "Cargo.toml")
}

/// Registries of the server by name; none if there is no server, and then cargo's own
/// words say which name it does not know.
fn of_server(arguments: &ServerArguments) -> Addresses {
    let asked = async |server: &Server| {
        let first = setup::ask(server, None).await.ok()?;
        // Those in no view are named by manifests all the same.
        let hosted = first.hosted.into_iter();
        let mut addresses: Addresses = hosted.map(|it| (it.name, it.index)).collect();
        for view in &first.views {
            let info = setup::ask(server, Some(view)).await.ok()?;
            addresses.extend(info.registries.into_iter().map(|it| (it.name, it.index)));
            addresses.insert(info.view, info.view_index);
        }
        Some(addresses)
    };
    let server = asked_server::find(arguments).ok();
    let asked = server.map(|server| crate::runtime::wait(asked(&server)));
    asked.and_then(Result::ok).flatten().unwrap_or_default()
}
