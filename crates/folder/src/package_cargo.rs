//! Packages, packed by cargo and then canonically.
//!
//! `cargo package` selects files and writes the manifest that belongs into an
//! archive. Its own archive varies with the commit and, if it embeds a lock, with
//! the day; so both are left out, and the rest is packed again.
//!
//! A package that is changed while it is read is tried again, and given up after a
//! few tries: an archive of half a change is worse than none.
//!
//! Absent: which packages there are (`workspace.rs`), and remembering them.

use crate::archive_file;
use crate::fingerprint::{self, Fingerprint};
use crate::options::Options;
use crate::packed::{Packed, Problem};
use crate::program;
use crate::read_file::read_file;
use crate::selection;
use crate::workspace::{Member, Workspace, working_folder};
use crossdock_archive::{LOCK, Tree, pack, unpack};
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;
use std::ffi::OsString;
use std::path::Path;
use tempfile::TempDir;

/// Tries for a package that changes under our hands: an editor's saving or a
/// checkout of one package is over long before the last.
const TRIES: usize = 4;

/// The commit that cargo packed from; it would make equal trees unequal.
const VCS_INFO: &str = ".cargo_vcs_info.json";

/// A package with the state of its files that it was packed from.
pub(crate) type Made = (Packed, Fingerprint);

/// Packs members of a workspace, with one run of cargo if all goes well. Gives one
/// result for each, in their order.
pub(crate) fn pack_members(
    workspace: &Workspace,
    members: &[&Member],
    within: Option<&Path>,
    options: &Options,
) -> Vec<Result<Made, Problem>> {
    // A single one is tried again if it changes, and for none cargo would pack them all.
    if let [_, _, ..] = members
        && let Some(all) = all_at_once(workspace, members, within, options)
    {
        return all;
    }
    let single = |member: &&Member| one(workspace, member, within, options);
    members.iter().map(single).collect()
}

/// Packs all by one run of cargo; nothing if a single one is not as it should be,
/// because the others must not suffer for it.
fn all_at_once(
    workspace: &Workspace,
    members: &[&Member],
    within: Option<&Path>,
    options: &Options,
) -> Option<Vec<Result<Made, Problem>>> {
    let look = |member: &&Member| fingerprint::of(workspace, member).ok();
    let before: Vec<Fingerprint> = members.iter().map(look).collect::<Option<_>>()?;
    for (member, before) in members.iter().zip(&before) {
        selection::check(member, before, within, options).ok()?;
    }
    let scratch = run(workspace, members, options).ok()?;
    let mut made = Vec::new();
    for (member, before) in members.iter().zip(before) {
        let packed = canonical(scratch.path(), member, options);
        if look(member)? != before {
            return None;
        }
        made.push(packed.map(|packed| (packed, before)));
    }
    Some(made)
}

/// Packs one, again if it changes meanwhile.
fn one(
    workspace: &Workspace,
    member: &Member,
    within: Option<&Path>,
    options: &Options,
) -> Result<Made, Problem> {
    let look =
        || fingerprint::of(workspace, member).map_err(|(path, error)| Problem::new(&path, error));
    for _ in 0..TRIES {
        let before = look()?;
        selection::check(member, &before, within, options)?;
        let packed = run(workspace, &[member], options)
            .map_err(|rule| Problem::new(&member.manifest_path, rule))
            .and_then(|scratch| canonical(scratch.path(), member, options));
        if look()? == before {
            return packed.map(|packed| (packed, before));
        }
    }
    let rule = format!("it was changed each of the {TRIES} times that it was read");
    Err(Problem::new(&member.manifest_path, rule))
}

/// Lets cargo pack; gives the folder that its archives lie in.
fn run(workspace: &Workspace, members: &[&Member], options: &Options) -> Result<TempDir, String> {
    let scratch = TempDir::new_in(&options.scratch)
        .map_err(|error| format!("cannot write to {}: {error}", options.scratch.display()))?;
    let mut arguments: Vec<OsString> = ["package", "--no-verify", "--allow-dirty"]
        .map(OsString::from)
        .to_vec();
    arguments.extend(["--exclude-lockfile", "--offline", "--quiet"].map(OsString::from));
    arguments.extend(["--target-dir".into(), scratch.path().into()]);
    let root = workspace.root.join("Cargo.toml");
    // A single one is asked for by its own manifest.
    let manifest = match members {
        [member] => &member.manifest_path,
        _ => &root,
    };
    arguments.extend(["--manifest-path".into(), manifest.into()]);
    for member in members.iter().filter(|_| members.len() > 1) {
        arguments.extend(["--package".into(), (&member.name).into()]);
    }
    let folder = working_folder(manifest, options);
    program::run(&options.cargo, folder, &arguments)?;
    Ok(scratch)
}

/// Reads what cargo packed and packs it canonically.
fn canonical(scratch: &Path, member: &Member, options: &Options) -> Result<Packed, Problem> {
    let problem = |rule: &dyn std::fmt::Display| Problem::new(&member.manifest_path, rule);
    let file = format!("package/{}-{}.crate", member.name, member.version);
    // cargo's own archive may be larger than ours, never twice.
    let most = options.archive_bytes_max.saturating_mul(2);
    let bytes = read_file(&scratch.join(file), most).map_err(|error| problem(&error.rule))?;
    let name = CrateName::parse(&member.name).map_err(|error| problem(&error))?;
    let version = Version::parse(&member.version).map_err(|error| problem(&error))?;
    let mut tree: Tree =
        unpack(&bytes, &name, &version, &options.limits).map_err(|error| problem(&error))?;
    for left_out in [VCS_INFO, LOCK] {
        tree.remove(left_out);
    }
    let bytes = pack(&name, &version, &tree).map_err(|error| problem(&error))?;
    let packed = archive_file::packed(name, version, bytes.into(), &member.manifest_path, options)?;
    Ok(Packed {
        beside: member.needed.clone(),
        ..packed
    })
}
