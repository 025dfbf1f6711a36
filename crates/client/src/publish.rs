//! Publishing what somebody named: what is sent, in which order, and what became of it.
//!
//! Absent: reading folders (`gather.rs`), the way to the server (`batch.rs`).

use crate::batch::{Batch, Parcel, Settled};
use crate::cargo_sources::CargoSources;
use crate::comparison::visible;
use crate::left_behind::{self, Left};
use crate::publish_order::{Needs, order};
use crate::setup::SetupInfo;
use crossdock_core::address::Address;
use crossdock_folder::Packed;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::Path;

/// Where releases are published to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The registry or view.
    pub name: String,
    /// The address of its index, if the server says one.
    pub index: Option<String>,
    /// Whether it is known to be a hosted registry.
    pub is_registry: bool,
}

/// Nobody said where to publish to, and the server does not settle it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoDestination {
    /// There is no hosted registry.
    #[error("the server has no registry that crates are published to")]
    None,
    /// There are several, and the view names none.
    #[error("the server has several registries that crates are published to: {}", .0.join(", "))]
    Several(Vec<String>),
    /// What is named is not there.
    #[error("`{name}` is no registry or view that crates are published to; there are: {}", known.join(", "))]
    Unknown {
        /// What was named.
        name: String,
        /// The hosted registries and the views.
        known: Vec<String>,
    },
}

/// What is to be sent, and what is not.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// In the order in which it is sent.
    pub sent: Vec<Packed>,
    /// What its manifest does not permit to publish there.
    pub left_out: Vec<LeftOut>,
    /// What becomes of all that would be sent, if some of it needs what is left out:
    /// nothing is sent then.
    pub refused: Option<Batch>,
}

/// A release that is not sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// The crate's name.
    pub name: String,
    /// Its version.
    pub vers: String,
    /// Why it is not sent.
    pub why: String,
}

/// Finds where to publish to: what is named, else the only hosted registry, else the
/// one that the view sends new names to.
///
/// # Errors
/// [`NoDestination`], with those that could be named.
pub fn destination(named: Option<&str>, info: &SetupInfo) -> Result<Destination, NoDestination> {
    let hosted = |name: &str| info.hosted.iter().find(|it| it.name == name);
    let name = match (named, &info.hosted[..], &info.publish_to) {
        (Some(named), _, _) => named,
        (None, [only], _) => &only.name,
        (None, _, Some(name)) => name,
        (None, [], None) => return Err(NoDestination::None),
        (None, several, None) => {
            let names = several.iter().map(|it| it.name.clone()).collect();
            return Err(NoDestination::Several(names));
        }
    };
    let is_view = info.views.iter().any(|view| view == name);
    // Why nothing is published to a mirror the server says itself.
    let is_member = info.registries.iter().any(|it| it.name == name);
    if hosted(name).is_none() && !is_view && !is_member {
        let hosted = info.hosted.iter().map(|it| &it.name);
        let known: BTreeSet<&String> = hosted.chain(&info.views).collect();
        return Err(NoDestination::Unknown {
            name: name.to_owned(),
            known: known.into_iter().cloned().collect(),
        });
    }
    let index = match hosted(name) {
        Some(hosted) => Some(hosted.index.clone()),
        None => (name == info.view).then(|| info.view_index.clone()),
    };
    Ok(Destination {
        is_registry: hosted(name).is_some(),
        name: name.to_owned(),
        index,
    })
}

/// Leaves out what may not be published to `to`, and orders the rest. It refuses what
/// is built with something that is left out.
pub fn plan(crates: Vec<Packed>, to: &Destination) -> Plan {
    let mut plan = Plan::default();
    let (mut sent, mut needs, mut left) = (Vec::new(), Vec::new(), Vec::new());
    for packed in crates {
        match forbidden(packed.publish.as_deref(), &packed.origin, to) {
            Some(why) => left.push(Left {
                name: packed.name,
                version: packed.version,
                why,
            }),
            None => {
                needs.push(Needs::of(&packed.manifest));
                sent.push(Some(packed));
            }
        }
    }
    let ordered = order(&needs).into_iter();
    plan.sent = ordered.filter_map(|at| sent[at].take()).collect();
    plan.refused = left_behind::refused(&plan.sent, &left, |beside| {
        forbidden(beside.publish.as_deref(), &beside.manifest_path, to)
    });
    plan.left_out = left.into_iter().map(LeftOut::from).collect();
    plan
}

impl From<Left> for LeftOut {
    fn from(left: Left) -> Self {
        Self {
            name: left.name.to_string(),
            vers: left.version.to_string(),
            why: left.why,
        }
    }
}

/// Says why a manifest's `publish` does not permit it (Cargo Book, "The publish
/// field"). A name that cargo's configuration gives to the same address permits it.
fn forbidden(permitted: Option<&[String]>, origin: &Path, to: &Destination) -> Option<String> {
    let permitted = permitted?;
    if permitted.is_empty() {
        return Some("its manifest says publish = false".to_owned());
    }
    if permitted.contains(&to.name) {
        return None;
    }
    let folder = origin.parent().unwrap_or(Path::new("."));
    let known = CargoSources::around(folder).registries();
    let address = |text: &String| Address::parse(text).ok();
    let target = to.index.as_ref().and_then(address);
    let means_it = |name: &String| target.is_some() && known.get(name).and_then(address) == target;
    match permitted.iter().any(means_it) {
        true => None,
        false => Some(format!(
            "its manifest says publish = {permitted:?}, which does not name `{}`",
            to.name
        )),
    }
}

/// Makes releases ready to be sent.
pub fn parcels(crates: &[Packed]) -> Vec<Parcel> {
    let parcel = |packed: &Packed| Parcel {
        name: packed.name.to_string(),
        vers: packed.version.to_string(),
        bytes: packed.bytes.clone(),
    };
    crates.iter().map(parcel).collect()
}

/// Tells what became of a batch, a line for each crate and more where there is more.
pub fn told(batch: &Batch, to: &str) -> String {
    let mut lines: Vec<String> = batch.crates.iter().map(|it| told_one(it, to)).collect();
    if !batch.taken {
        lines.push("nothing was published".to_owned());
    }
    lines.join("\n")
}

fn told_one(settled: &Settled, to: &str) -> String {
    let what = match settled.status.as_str() {
        "published" => match &settled.minted {
            Some(minted) => format!("published as {minted} to {to}"),
            None => format!("published to {to}"),
        },
        "present" => "already there, the same archive".to_owned(),
        "same-content" => "already there, same content".to_owned(),
        "replaced" => format!("replaced in {to}"),
        "refused" => format!(
            "refused: {}",
            settled
                .detail
                .as_deref()
                .unwrap_or("the server does not say why")
        ),
        "not-published" => "nothing is wrong with it".to_owned(),
        other => other.to_owned(),
    };
    let mut text = format!("{} {}: {}", settled.name, settled.vers, visible(&what));
    if !settled.ignored.is_empty() {
        text += &format!(" (not counted: {})", settled.ignored.join(", "));
    }
    for warning in &settled.warnings {
        text += &format!("\n  note: {}", visible(warning));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::HostedInfo;

    fn info(hosted: &[&str], publish_to: Option<&str>) -> SetupInfo {
        SetupInfo {
            view: "main".to_owned(),
            identity: "split".to_owned(),
            replaces_crates_io: false,
            view_index: "sparse+http://h/main/index/".to_owned(),
            registries: Vec::new(),
            views: vec!["main".to_owned()],
            hosted: hosted
                .iter()
                .map(|name| HostedInfo {
                    name: (*name).to_owned(),
                    index: format!("sparse+http://h/{name}/index/"),
                })
                .collect(),
            publish_to: publish_to.map(str::to_owned),
            auth_required: false,
        }
    }

    #[test]
    fn a_destination_is_named_or_the_only_one() {
        let name = |named, info: &SetupInfo| destination(named, info).map(|it| it.name);
        assert_eq!(name(None, &info(&["a"], None)), Ok("a".to_owned()));
        assert_eq!(
            name(None, &info(&["a", "b"], Some("b"))),
            Ok("b".to_owned())
        );
        assert_eq!(
            name(Some("main"), &info(&["a"], None)),
            Ok("main".to_owned())
        );
        assert_eq!(name(None, &info(&[], None)), Err(NoDestination::None));
        let several = NoDestination::Several(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(name(None, &info(&["a", "b"], None)), Err(several));
        let index = |named| destination(named, &info(&["a"], None)).unwrap().index;
        assert_eq!(
            index(Some("main")).as_deref(),
            Some("sparse+http://h/main/index/")
        );
        let unknown = destination(Some("elsewhere"), &info(&["a"], None)).unwrap_err();
        assert!(
            unknown.to_string().ends_with("there are: a, main"),
            "{unknown}"
        );
    }

    #[test]
    fn a_refusal_is_told_in_the_words_of_the_server() {
        let settled: Settled = serde_json::from_str(
            r#"{"name":"a","vers":"1.0.0","status":"refused",
                "detail":"other content\n  added: src/\u001b[2J.rs","difference":{"added":[]}}"#,
        )
        .unwrap();
        let batch = Batch {
            taken: false,
            crates: vec![settled],
        };
        assert_eq!(
            told(&batch, "acme"),
            "a 1.0.0: refused: other content\n  added: src/\\u{1b}[2J.rs\nnothing was published"
        );
    }
}
