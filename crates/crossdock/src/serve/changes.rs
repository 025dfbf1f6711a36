//! What two readings of the settings file differ in, and what of it takes a restart.
//!
//! Views can change while requests go on. Registries and `[server]` cannot: sockets,
//! stores and upstreams are opened from them. Whether they differ is told by what they
//! mean, which keys those are by the two texts.
//!
//! Absent: what a difference does.

use crate::settings::{Access, Reading, RegistrySettings, Settings};
use crossdock_core::policy_text;
use std::collections::{BTreeMap, BTreeSet};
use toml::{Table, Value};

/// What one reading changes of another.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// What becomes of views besides their policies, for people.
    pub(super) views: Vec<String>,
    /// The keys that take a restart, sorted.
    pub(super) restart: Vec<String>,
}

/// Writes what each view is to be: its policy, and who may read it.
pub(crate) fn shown(settings: &Settings) -> BTreeMap<String, String> {
    let views = settings.views.iter();
    let shown = views.map(|(name, view)| {
        let policy = policy_text::encode(&view.policy);
        (
            name.to_string(),
            format!("{policy}read {}\n", word(view.read)),
        )
    });
    shown.collect()
}

/// Compares what is in force with what the file says now.
pub(super) fn changes(old: &Reading, new: &Reading) -> Changes {
    Changes {
        views: of_views(&old.settings, &new.settings),
        restart: restart(old, new),
    }
}

fn of_views(old: &Settings, new: &Settings) -> Vec<String> {
    let mut told = Vec::new();
    for (name, view) in &new.views {
        match old.views.get(name) {
            None => told.push(format!(
                "view {name} is new, read by {}",
                readers(view.read)
            )),
            Some(before) if before.read != view.read => told.push(format!(
                "view {name} is read by {}, and was by {}",
                readers(view.read),
                readers(before.read)
            )),
            Some(_) => {}
        }
    }
    let gone = old
        .views
        .keys()
        .filter(|name| !new.views.contains_key(*name));
    told.extend(gone.map(|name| {
        format!(
            "view {name} is gone: its addresses are answered 404, locks with its faces do not build"
        )
    }));
    told
}

fn restart(old: &Reading, new: &Reading) -> Vec<String> {
    let (theirs, ours) = (&old.settings, &new.settings);
    let is_same = theirs.server == ours.server
        && theirs.registries == ours.registries
        && theirs.compact == ours.compact;
    let mut keys = BTreeSet::new();
    if !is_same {
        keys = differing_keys(&old.text, &new.text);
        if keys.is_empty() {
            keys.insert("server".to_owned());
        }
    }
    // Packages in folders are packed by a cargo that knows the views by name.
    let is_folder =
        |registry: &RegistrySettings| matches!(registry, RegistrySettings::Directory(_));
    if theirs.registries.values().any(is_folder) {
        let (theirs, ours): (BTreeSet<_>, BTreeSet<_>) =
            (theirs.views.keys().collect(), ours.views.keys().collect());
        let differ = theirs.symmetric_difference(&ours);
        keys.extend(differ.map(|view| format!("views.{view}")));
    }
    keys.into_iter().collect()
}

/// The keys outside of `[views]` that only one of two texts has, or that differ.
fn differing_keys(old: &str, new: &str) -> BTreeSet<String> {
    let [old, new] = [old, new].map(|text| {
        let mut leaves = BTreeMap::new();
        let table: Table = text.parse().unwrap_or_default();
        flatten("", &Value::Table(table), &mut leaves);
        leaves
    });
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differ = keys
        .into_iter()
        .filter(|key| old.get(*key) != new.get(*key));
    let differ = differ.filter(|key| !key.starts_with("views."));
    differ.cloned().collect()
}

fn flatten(path: &str, value: &Value, leaves: &mut BTreeMap<String, Value>) {
    match value {
        Value::Table(table) => {
            if !path.is_empty() {
                // A section without keys says something, too.
                leaves.insert(path.to_owned(), Value::Boolean(true));
            }
            for (key, value) in table {
                let path = match path {
                    "" => key.clone(),
                    path => format!("{path}.{key}"),
                };
                flatten(&path, value, leaves);
            }
        }
        leaf => {
            leaves.insert(path.to_owned(), leaf.clone());
        }
    }
}

fn word(read: Access) -> &'static str {
    match read {
        Access::Anyone => "anyone",
        Access::Token => "token",
    }
}

fn readers(read: Access) -> &'static str {
    match read {
        Access::Anyone => "anyone",
        Access::Token => "bearers of a token",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asked_server::surroundings;
    use crate::settings::SettingsFile;

    const BEFORE: &str = "[server]\nlisten = '127.0.0.1:1'\n[registries.a]\n[registries.b]\n\
                          [views.v]\nmembers = ['a', 'b']\n";

    fn compared(new: &str) -> Changes {
        let read = |text: &str| Reading {
            file: SettingsFile::None,
            text: text.to_owned(),
            settings: Settings::read("crossdock.toml", text, &surroundings()).unwrap(),
        };
        changes(&read(BEFORE), &read(new))
    }

    #[test]
    fn what_views_say_needs_no_restart() {
        let more = format!("# more\n{BEFORE}claims = {{ x = 'a' }}\n[views.w]\nmembers = ['a']\n");
        let told = compared(&more);
        assert_eq!(told.restart, [""; 0]);
        assert_eq!(told.views, ["view w is new, read by anyone"]);
        let closed = compared(&format!("{BEFORE}read = 'token'\n"));
        assert_eq!(
            closed.views,
            ["view v is read by bearers of a token, and was by anyone"]
        );
    }

    #[test]
    fn what_is_opened_at_the_start_is_named_by_its_keys() {
        let moved = BEFORE.replace("127.0.0.1:1", "127.0.0.1:2");
        let moved = moved.replace("[registries.b]", "[registries.b]\nresolve-in = 'v'");
        let told = compared(&format!("{moved}[registries.c]\n"));
        assert_eq!(
            told.restart,
            ["registries.b.resolve-in", "registries.c", "server.listen"]
        );
    }

    #[test]
    fn another_spelling_of_the_same_needs_nothing() {
        let spelled = BEFORE.replace(
            "[registries.b]",
            "[registries.b]\nrebuilds = 'same-content'",
        );
        assert_eq!(compared(&spelled), Changes::default());
    }

    #[test]
    fn what_is_shown_has_the_readers_of_a_view() {
        let read = |text: &str| Settings::read("", text, &surroundings()).unwrap();
        let (open, closed) = (read(BEFORE), read(&format!("{BEFORE}read = 'token'\n")));
        assert_ne!(shown(&open), shown(&closed));
    }
}
