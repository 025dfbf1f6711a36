//! What cargo's configuration has to say so that a project builds as of a moment.
//!
//! Sources are replaced, whatever address a lock or a manifest has for them: the view,
//! its members, and their faces, each by the same as of the moment. So a lock never
//! mentions a date, and a project that is pinned and let go again keeps its lock. What is
//! pinned has registries of its own in the configuration, beside the live ones, through
//! which is published as before.
//!
//! A member's own address leads to the member alone, whose rows mean itself where those
//! of its face mean the view; a lock was made by one of them, and holds by no other. Only
//! where `setup --faces` leads it to the face while live, it does so in the past.
//!
//! Absent: which moments there are, which the server knows; how a project is let go
//! again (`let_go.rs`).

mod let_go;

use crate::cargo_config::{Setting, Wanted, text_at};
use crate::server::{AskError, Server};
use crate::setup::{MemberInfo, PlanError, SetupInfo, index};
use crossdock_core::epoch::When;
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

/// A moment as addresses have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// As it was asked for; in the view it is what was meant.
    pub when: String,
    /// What means the same anywhere on the server: a time, or else an epoch. Snapshots
    /// are the view's own.
    pub anywhere: String,
}

impl Pin {
    /// Makes the addresses' words of what was asked for and what the server made of it.
    pub fn new(when: &str, moment: &Moment) -> Self {
        let anywhere = match When::parse(when) {
            // It says more than the epoch: what crates.io had published by then.
            Ok(When::Time(_)) => when.to_owned(),
            _ => moment.epoch.to_string(),
        };
        Self {
            when: when.to_owned(),
            anywhere,
        }
    }
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

/// Returns what cargo calls a member by itself, as of a moment.
pub(crate) fn alone(view: &str, member: &str) -> String {
    format!("{}-alone-{member}", name(view))
}

/// Tells whether a configuration leads the addresses of members to their faces in a
/// view, called `view` by cargo.
pub fn uses_faces(config: &str, info: &SetupInfo, view: &str) -> bool {
    let mut named = info.registries.iter().filter(|member| member.is_named());
    named.any(|member| {
        let face = |view: &str| format!("{view}-from-{}", member.name);
        let led = text_at(config, &["source", &member.name], "replace-with");
        led.is_some_and(|led| led == face(view) || led == face(&name(view)))
    })
}

/// Lists what leads the sources of a view, called `view` by cargo, to a moment.
/// `crates_io` says whether crates.io is replaced, `faces` whether the members' own
/// addresses lead to their faces while live.
///
/// # Errors
/// [`PlanError`] if an address of the server is none.
pub(crate) fn plan(
    info: &SetupInfo,
    view: &str,
    crates_io: bool,
    faces: bool,
    pin: &Pin,
) -> Result<Vec<Wanted>, PlanError> {
    let at_view = name(view);
    let when = pin.when.as_str();
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
        if !member.is_named() {
            continue;
        }
        let at_alone = alone(view, &member.name);
        let with = if faces { &at_member } else { &at_alone };
        if !faces {
            wanted.push(turned_index(&at_alone, &address_alone(member, pin)?)?);
        }
        let mut replaced = turned(["source", &member.name], "replace-with", with, &live);
        if let Setting::Turned { from, .. } = &mut replaced.value {
            from.extend([at_member.clone(), at_alone.clone()]);
        }
        wanted.extend([source(&member.name, &member.index), replaced]);
    }
    Ok(wanted)
}

/// The address of a member by itself, as of a moment.
fn address_alone(member: &MemberInfo, pin: &Pin) -> Result<String, PlanError> {
    let base = member.index.strip_suffix("/index/");
    let base = base.ok_or_else(|| {
        PlanError::Answer(format!("`{}` is no address of an index", member.index))
    })?;
    Ok(format!("{base}/at/{}/index/", pin.anywhere))
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
