//! Why a view answers as it does for a name, told to a person.
//!
//! Absent: the reasons themselves, which the server knows.

use crate::server::{AskError, Server};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What a server says of a name in a view.
///
/// Only what is shown is named here; the rest of the answer is passed on as it is.
#[derive(Clone, Debug, Deserialize)]
struct Explanation {
    view: String,
    name: String,
    outcome: String,
    #[serde(default)]
    owners: Vec<String>,
    rule: Option<String>,
    #[serde(default)]
    private: bool,
    #[serde(default)]
    members: BTreeMap<String, String>,
    conflict: Option<String>,
    why: Option<String>,
    frozen: Option<u64>,
    #[serde(default)]
    versions: Vec<Version>,
    #[serde(default)]
    near: Vec<String>,
    #[serde(default)]
    past: Vec<Happened>,
}

#[derive(Clone, Debug, Deserialize)]
struct Happened {
    epoch: u64,
    time: String,
    actor: String,
    what: String,
}

/// Versions, and things that happened, that are told; `--json` has all.
const TOLD_MAX: usize = 20;

#[derive(Clone, Debug, Deserialize)]
struct Version {
    version: String,
    from: String,
    checksum: String,
    #[serde(default)]
    yanked: bool,
    purged: Option<Purged>,
    published: Option<String>,
    origin: Option<String>,
    came: Option<Since>,
    visible: Option<Since>,
    held: Option<bool>,
    overlay: Option<String>,
    #[serde(default)]
    gates: Vec<Verdict>,
    #[serde(default)]
    dependencies: Vec<Dependency>,
}

#[derive(Clone, Debug, Deserialize)]
struct Since {
    epoch: u64,
    time: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Purged {
    time: String,
    actor: String,
    reason: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Verdict {
    gate: String,
    outcome: String,
    reason: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Dependency {
    name: String,
    req: String,
    means: String,
    shown_as: String,
    provided_by: Option<String>,
    left_alone: Option<String>,
}

/// Asks why `view` answers as it does for a name, or for one version of it.
///
/// # Errors
/// [`AskError`].
pub async fn ask(
    server: &Server,
    view: &str,
    name: &str,
    version: Option<&str>,
) -> Result<Value, AskError> {
    let mut path = vec![view, "api", "v1", "explain", name];
    path.extend(version);
    server.ask(&path, &[]).await
}

/// Tells an answer of [`ask`] as text.
///
/// # Errors
/// If the answer is not what a server of this version says.
pub fn told(answer: &Value) -> Result<String, serde_json::Error> {
    let explanation = Explanation::deserialize(answer)?;
    let mut text = headline(&explanation);
    if let Some(epoch) = explanation.frozen {
        let view = &explanation.view;
        line(
            &mut text,
            format_args!(
                "frozen: the view stands still at epoch {epoch}, and told is what it shows there; `crossdock thaw {view}` lets it go"
            ),
        );
    }
    if let Some(rule) = &explanation.rule {
        line(&mut text, format_args!("rule: {rule}"));
    }
    if explanation.private {
        line(&mut text, "private: never sent to an outside member");
    }
    if !explanation.members.is_empty() {
        line(&mut text, "members:");
        let width = explanation.members.keys().map(String::len).max();
        for (member, fate) in &explanation.members {
            let width = width.unwrap_or_default();
            line(&mut text, format_args!("  {member:width$}  {fate}"));
        }
    }
    if let Some(conflict) = &explanation.conflict {
        line(&mut text, format_args!("conflict: {}", conflict.trim_end()));
    }
    if !explanation.versions.is_empty() {
        line(&mut text, "versions:");
        for version in explanation.versions.iter().take(TOLD_MAX) {
            tell_version(&mut text, version);
        }
        if let more @ 1.. = explanation.versions.len().saturating_sub(TOLD_MAX) {
            line(&mut text, format_args!("  … and {more} more"));
        }
    }
    if !explanation.past.is_empty() {
        line(&mut text, "what happened, by epoch:");
        if let more @ 1.. = explanation.past.len().saturating_sub(TOLD_MAX) {
            line(&mut text, format_args!("  … {more} earlier ones, and"));
        }
        let skipped = explanation.past.len().saturating_sub(TOLD_MAX);
        for happened in explanation.past.iter().skip(skipped) {
            let Happened {
                epoch,
                time,
                actor,
                what,
            } = happened;
            line(
                &mut text,
                format_args!("  {epoch}  {time}  {what} (by {actor})"),
            );
        }
    }
    Ok(text.trim_end().to_owned())
}

fn headline(explanation: &Explanation) -> String {
    let Explanation { view, name, .. } = explanation;
    let owners = explanation.owners.join("`, `");
    let said = match explanation.outcome.as_str() {
        "served" => format!("is served; `{owners}` speaks for it"),
        "blocked" => format!(
            "is blocked by {}; `{owners}` speaks for it",
            blocking(&explanation.versions)
        ),
        "purged" => format!(
            "is not given any more, it was purged and its download answers 451; `{owners}` speaks for it"
        ),
        "absent" => "is absent: no member that may own it has it".to_owned(),
        "conflict" => "is refused: members do not agree whose it is".to_owned(),
        "undecided" => match &explanation.why {
            Some(why) => format!("is undecided: {why}"),
            None => "is undecided: a member that may own it cannot answer".to_owned(),
        },
        "no-such-version" => match explanation.near.is_empty() {
            true => "has no such version, nor any other".to_owned(),
            false => format!(
                "has no such version; near it are {}",
                explanation.near.join(", ")
            ),
        },
        other => format!("is {other}"),
    };
    format!("`{name}` in view `{view}` {said}\n")
}

/// Names the gates that refuse the archives of versions.
fn blocking(versions: &[Version]) -> String {
    let verdicts = versions.iter().flat_map(|version| &version.gates);
    let blocking = verdicts.filter(|verdict| verdict.outcome == "blocked");
    let gates: Vec<_> = blocking
        .map(|verdict| format!("gate {}", verdict.gate))
        .collect();
    gates.join(", ")
}

fn tell_version(text: &mut String, version: &Version) {
    let yanked = match (&version.purged, version.yanked) {
        (Some(_), _) => "  yanked  purged",
        (None, true) => "  yanked",
        (None, false) => "",
    };
    let overlaid = version.overlay.as_ref();
    let overlaid = overlaid.map(|what| format!("  {what}")).unwrap_or_default();
    let published = version.published.as_deref().unwrap_or("date unknown");
    line(
        text,
        format_args!(
            "  {}  from {}  sha256 {:.12}  {published}{yanked}{overlaid}",
            version.version, version.from, version.checksum
        ),
    );
    if let Some(Purged {
        time,
        actor,
        reason,
    }) = &version.purged
    {
        line(
            text,
            format_args!("    purged on {time} by {actor}: {reason}"),
        );
    }
    if let Some(origin) = &version.origin {
        let held = match (version.held, &version.purged) {
            (Some(true), Some(_)) => ", its bytes are held for another registry that has them",
            (Some(false), Some(_)) => ", its bytes are deleted",
            (Some(true), None) => ", its bytes are held",
            (Some(false), None) => ", its bytes are not held yet",
            (None, _) => "",
        };
        if version.held.is_some() {
            line(text, format_args!("    {origin}{held}"));
        }
    }
    if let Some(Since { epoch, time }) = &version.came {
        let visible = match &version.visible {
            Some(Since { epoch, time }) => format!("visible since epoch {epoch}, {time}"),
            None => "shown to nobody yet".to_owned(),
        };
        line(
            text,
            format_args!("    came with epoch {epoch}, {time}; {visible}"),
        );
    }
    for verdict in &version.gates {
        let Verdict {
            gate,
            outcome,
            reason,
        } = verdict;
        let outcome = match outcome.as_str() {
            "unknown" => "not known yet",
            other => other,
        };
        let reason = reason.as_ref().map(|reason| format!(": {reason}"));
        let reason = reason.unwrap_or_default();
        line(text, format_args!("    gate {gate} {outcome}{reason}"));
    }
    for dependency in &version.dependencies {
        let aliased = aliased(dependency);
        line(
            text,
            format_args!(
                "    {} {}  means {}, shown as {}{aliased}",
                dependency.name, dependency.req, dependency.means, dependency.shown_as
            ),
        );
    }
}

fn aliased(dependency: &Dependency) -> String {
    match (&dependency.provided_by, &dependency.left_alone) {
        (Some(provider), _) => format!(", provided by {provider}, its alias"),
        (None, Some(why)) => format!(", not provided by an alias: {why}"),
        (None, None) => String::new(),
    }
}

fn line(text: &mut String, line: impl std::fmt::Display) {
    writeln!(text, "{line}").expect("writing to a string does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_served_name_is_told_with_its_reasons() {
        let answer = serde_json::json!({
            "view": "main", "name": "petal", "outcome": "served", "owners": ["a"],
            "rule": "owner on record", "private": true,
            "members": {"a": "speaks for the name, 2 releases", "crates-io": "is not asked: the name is private"},
            "conflict": null, "new_in_a_later_version": 1,
            "versions": [
                {"version": "1.1.4", "from": "a", "checksum": "ab".repeat(32), "yanked": true, "published": null, "dependencies": []},
                {"version": "1.1.5", "from": "a", "checksum": "cd".repeat(32), "yanked": false, "published": "2026-01-02T03:04:05Z",
                 "came": {"epoch": 7, "time": "2026-01-02T03:04:06Z"}, "visible": {"epoch": 9, "time": "2026-01-03T00:00:00Z"},
                 "dependencies": [{"name": "foo", "req": "^1", "means": "crates.io", "shown_as": "https://index.example"}]}
            ]
        });
        insta::assert_snapshot!(told(&answer).unwrap(), @r#"
    `petal` in view `main` is served; `a` speaks for it
    rule: owner on record
    private: never sent to an outside member
    members:
      a          speaks for the name, 2 releases
      crates-io  is not asked: the name is private
    versions:
      1.1.4  from a  sha256 abababababab  date unknown  yanked
      1.1.5  from a  sha256 cdcdcdcdcdcd  2026-01-02T03:04:05Z
        came with epoch 7, 2026-01-02T03:04:06Z; visible since epoch 9, 2026-01-03T00:00:00Z
        foo ^1  means crates.io, shown as https://index.example
    "#);
    }

    #[test]
    fn a_purged_release_is_told_with_who_when_and_why() {
        let answer = serde_json::json!({
            "view": "main", "name": "petal", "outcome": "purged", "owners": ["a"], "rule": "claim",
            "versions": [{
                "version": "1.1.5", "from": "a", "checksum": "cd".repeat(32), "yanked": true,
                "published": null, "origin": "published to `a`", "held": false,
                "purged": {"epoch": 9, "time": "2026-01-02T03:04:05Z", "actor": "ann", "reason": "court order 7"}
            }]
        });
        insta::assert_snapshot!(told(&answer).unwrap(), @r"
    `petal` in view `main` is not given any more, it was purged and its download answers 451; `a` speaks for it
    rule: claim
    versions:
      1.1.5  from a  sha256 cdcdcdcdcdcd  date unknown  yanked  purged
        purged on 2026-01-02T03:04:05Z by ann: court order 7
        published to `a`, its bytes are deleted
    ");
    }

    #[test]
    fn a_conflict_is_told_with_its_cure() {
        let answer = serde_json::json!({
            "view": "main", "name": "petal", "outcome": "conflict", "rule": null,
            "members": {"a": "has the name", "b": "has the name"},
            "conflict": "crate `petal` is in conflict\nSettle it in the settings: …\n"
        });
        insta::assert_snapshot!(told(&answer).unwrap(), @r#"
    `petal` in view `main` is refused: members do not agree whose it is
    members:
      a  has the name
      b  has the name
    conflict: crate `petal` is in conflict
    Settle it in the settings: …
    "#);
    }

    #[test]
    fn what_is_no_explanation_is_not_told() {
        assert!(told(&serde_json::json!({"name": 1})).is_err());
    }
}
