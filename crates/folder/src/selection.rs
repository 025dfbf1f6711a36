//! What must not be packed, found before cargo reads it.
//!
//! cargo follows links and packs what they lead to, of whatever size. In a folder
//! that is served that would let a link hand out any file of the machine, and a huge
//! file fill the disk. Only where there are links that lead out, or more bytes than
//! one release may have, cargo is asked for the list of files, so that what is there
//! and not packed (data, ignored files) does no harm.
//!
//! Absent: the bounds of an archive, which are looked at once more in the archive.

use crate::fingerprint::Fingerprint;
use crate::options::Options;
use crate::packed::Problem;
use crate::program;
use crate::workspace::{Member, working_folder};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Checks what cargo would pack of a package.
///
/// With `within`, no file may lie outside of that folder once links are followed.
pub(crate) fn check(
    member: &Member,
    before: &Fingerprint,
    within: Option<&Path>,
    options: &Options,
) -> Result<(), Problem> {
    let leads_out = |link: &PathBuf| within.is_some_and(|within| !lies_within(link, within));
    let mut beside = member.beside.iter();
    if let Some(path) = beside.find(|path| leads_out(path)) {
        return Err(outside(path));
    }
    let bytes_max = options.limits.unpacked_bytes_max;
    if before.bytes <= bytes_max && !before.links.iter().any(leads_out) {
        return Ok(());
    }
    let mut bytes = 0_u64;
    for path in listed(member, options)? {
        if leads_out(&path) {
            return Err(outside(&path));
        }
        // Files that packing makes are in the list and not in the folder.
        bytes = bytes.saturating_add(fs::metadata(&path).map_or(0, |found| found.len()));
    }
    match bytes > bytes_max {
        true => {
            let rule = format!(
                "its files have {bytes} bytes together, more than the {bytes_max} that an archive may unpack to; leave some out by `exclude`"
            );
            Err(Problem::new(&member.manifest_path, rule))
        }
        false => Ok(()),
    }
}

/// The files that cargo would pack, below the package's folder.
fn listed(member: &Member, options: &Options) -> Result<Vec<PathBuf>, Problem> {
    let mut arguments = ["package", "--list", "--allow-dirty", "--exclude-lockfile"]
        .map(OsStr::new)
        .to_vec();
    // Listing makes a target folder, too, and the package's own is not ours to make.
    let scratch =
        TempDir::new_in(&options.scratch).map_err(|error| Problem::new(&options.scratch, error))?;
    arguments.extend(["--target-dir".as_ref(), scratch.path().as_os_str()]);
    arguments.extend(["--offline", "--quiet", "--manifest-path"].map(OsStr::new));
    arguments.push(member.manifest_path.as_os_str());
    let folder = working_folder(&member.manifest_path, options);
    let answer = program::run(&options.cargo, folder, &arguments)
        .map_err(|rule| Problem::new(&member.manifest_path, rule))?;
    let package = member.manifest_path.parent().unwrap_or(Path::new("/"));
    let lines = String::from_utf8_lossy(&answer).into_owned();
    Ok(lines.lines().map(|line| package.join(line)).collect())
}

/// Tells whether what a path leads to lies within a folder. What is not there is
/// nowhere, and cargo says so itself.
fn lies_within(path: &Path, within: &Path) -> bool {
    path.canonicalize()
        .map_or(true, |real| real.starts_with(within))
}

fn outside(path: &Path) -> Problem {
    let rule = "it leads out of the folder that is served; put the file itself there or leave it out by `exclude`";
    Problem::new(path, rule)
}
