//! What cargo's configuration has to say so that a project builds as of a moment.
//!
//! Sources are replaced, whatever address a lock or a manifest has for them: the view,
//! its members, and their faces. So a lock never mentions a date, and a project that is
//! pinned and let go again keeps its lock. What is pinned has registries of its own in
//! the configuration, beside the live ones, through which is published as before.
//!
//! Absent: which moments there are, which the server knows; how a project is let go
//! again (`let_go.rs`).

mod let_go;

use crate::cargo_config::{Setting, Wanted};
use crate::server::{AskError, Server};
use crate::setup::{PlanError, SetupInfo, index};
use serde::Deserialize;

pub use let_go::let_go;

/// A moment as a server knows it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Moment {
    /// The position of the last fact that counts; 0 before the first.
    pub epoch: u64,
    /// Its time, or the time that was asked for.
    pub time: String,
}

/// Asks which moment a text means in a view.
///
/// # Errors
/// [`AskError`]; absent if there is none yet.
pub async fn ask(server: &Server, view: &str, when: &str) -> Result<Moment, AskError> {
    server.ask(&[view, "api", "v1", "at", when], &[]).await
}

/// Returns what cargo calls a view as of a moment.
pub(crate) fn name(view: &str) -> String {
    format!("{view}-at")
}

/// Lists what leads the sources of a view, called `view` by cargo, to a moment as the
/// server reads it: an epoch, a time, a snapshot. `crates_io` says whether crates.io is
/// replaced.
///
/// # Errors
/// [`PlanError`] if an address of the server is none.
pub(crate) fn plan(
    info: &SetupInfo,
    view: &str,
    crates_io: bool,
    when: &str,
) -> Result<Vec<Wanted>, PlanError> {
    let at_view = name(view);
    let mut wanted = vec![turned_index(&at_view, &address(info, None, when)?)?];
    wanted.extend(replaced(view, &info.view_index, &at_view));
    if crates_io {
        wanted.push(turned(
            ["source", "crates-io"],
            "replace-with",
            &at_view,
            view,
        ));
    }
    for member in &info.registries {
        let at_member = format!("{at_view}-from-{}", member.name);
        let live = format!("{view}-from-{}", member.name);
        wanted.push(turned_index(
            &at_member,
            &address(info, Some(&member.name), when)?,
        )?);
        wanted.extend(replaced(&live, &member.face, &at_member));
        if member.hosted {
            wanted.push(source(&member.name, &member.index));
            let tables = ["source", &member.name];
            wanted.push(turned(tables, "replace-with", &at_member, &live));
        }
    }
    Ok(wanted)
}

/// The address of the view or of a face in it, as of a moment.
fn address(info: &SetupInfo, member: Option<&str>, when: &str) -> Result<String, PlanError> {
    let base = info.view_index.strip_suffix("/index/");
    let base = base.ok_or_else(|| {
        PlanError::Answer(format!("`{}` is no address of an index", info.view_index))
    })?;
    let from = member.map(|member| format!("/from/{member}"));
    Ok(format!(
        "{base}/at/{when}{}/index/",
        from.unwrap_or_default()
    ))
}

fn replaced(name: &str, address: &str, with: &str) -> [Wanted; 2] {
    [
        source(name, address),
        turned(["source", name], "replace-with", with, with),
    ]
}

/// cargo matches replaced sources by address, not by name.
fn source(name: &str, address: &str) -> Wanted {
    Wanted {
        tables: vec!["source".to_owned(), name.to_owned()],
        key: "registry",
        value: Setting::Text(address.to_owned()),
    }
}

fn turned(tables: [&str; 2], key: &'static str, text: &str, from: &str) -> Wanted {
    Wanted {
        tables: tables.map(str::to_owned).into(),
        key,
        value: Setting::Turned {
            text: text.to_owned(),
            from: vec![from.to_owned()],
        },
    }
}

fn turned_index(name: &str, address: &str) -> Result<Wanted, PlanError> {
    let checked = index(name, address)?;
    let Setting::Text(text) = checked.value else {
        return Ok(checked);
    };
    Ok(Wanted {
        value: Setting::Turned {
            text,
            from: Vec::new(),
        },
        ..checked
    })
}
