//! Changes to a text of cargo's configuration that leave the rest as it is.
//!
//! Comments, order, inline tables and dotted keys stay. What somebody else decided
//! (another replacement of crates.io, a registry of the same name elsewhere) is not
//! overwritten unasked.
//!
//! Absent: which changes are wanted (`setup.rs`), files (`config_file.rs`).

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, TomlError, Value};

/// A key that is to have a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The tables that lead to it, from the top: `["registries", "main"]`.
    pub tables: Vec<String>,
    /// The key.
    pub key: &'static str,
    /// Its value.
    pub value: Setting,
}

/// A value of cargo's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// A string; another value in its place is somebody's decision.
    Text(String),
    /// A string in place of one that was ours, too; any other is somebody's decision.
    Turned {
        /// The string.
        text: String,
        /// What it may take the place of; anything if nothing is said, because the
        /// whole table is ours.
        from: Vec<String>,
    },
    /// A list of strings; another value in its place is somebody's decision.
    List(Vec<String>),
    /// A list of strings; whatever is there already is left.
    ListIfAbsent(Vec<String>),
    /// A list with this string at its end, if it has it nowhere; a new one has another
    /// before it.
    ListWith {
        /// The string.
        one: String,
        /// What a new list begins with.
        behind: &'static str,
    },
    /// A list without this string; nothing where there is no list.
    ListWithout(String),
}

/// A value that somebody else decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// The key with its tables: `source.crates-io.replace-with`.
    pub key: String,
    /// What it says.
    pub theirs: String,
    /// What was wanted.
    pub ours: String,
}

/// Why a text cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// It is not TOML.
    #[error("it is not TOML")]
    NotToml(#[source] TomlError),
    /// A value stands where a table is needed.
    #[error("`{key}` is no table")]
    NotTable {
        /// The key with its tables.
        key: String,
    },
    /// Values are there that somebody else decided.
    #[error("{}", .0.iter().map(Clash::to_string).collect::<Vec<_>>().join("; "))]
    Clashes(Vec<Clash>),
}

impl std::fmt::Display for Clash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { key, theirs, ours } = self;
        write!(f, "`{key}` is {theirs} already, where {ours} is wanted")
    }
}

/// Changes `text` so that everything wanted is said; equal if it is.
///
/// With `force` values of others are replaced instead of refused.
///
/// # Errors
/// [`MergeError`]; all clashes are named at once.
pub fn merge(text: &str, wanted: &[Wanted], force: bool) -> Result<String, MergeError> {
    let mut document: DocumentMut = text.parse().map_err(MergeError::NotToml)?;
    let mut clashes = Vec::new();
    for wanted in wanted {
        let table = open(document.as_table_mut(), &wanted.tables)?;
        if let Some(clash) = set(table, wanted, force) {
            clashes.push(clash);
        }
    }
    match clashes.is_empty() {
        true => Ok(document.to_string()),
        false => Err(MergeError::Clashes(clashes)),
    }
}

/// Reads one string, if the text is TOML and has it.
pub fn text_at(text: &str, tables: &[&str], key: &str) -> Option<String> {
    let document: DocumentMut = text.parse().ok()?;
    let mut table: &dyn TableLike = document.as_table();
    for name in tables {
        table = table.get(name)?.as_table_like()?;
    }
    table.get(key)?.as_str().map(str::to_owned)
}

/// Finds a table below `root`, creating what is missing on the way.
fn open<'d>(root: &'d mut Table, tables: &[String]) -> Result<&'d mut dyn TableLike, MergeError> {
    let mut table: &mut dyn TableLike = root;
    let mut inline = false;
    for (depth, name) in tables.iter().enumerate() {
        if !table.contains_key(name) {
            table.insert(name, empty(inline, depth + 1 < tables.len()));
        }
        let item = table
            .get_mut(name)
            .expect("it was there or has just been inserted");
        inline = item.is_inline_table();
        let not_table = || MergeError::NotTable {
            key: tables[..=depth].join("."),
        };
        table = item.as_table_like_mut().ok_or_else(not_table)?;
    }
    Ok(table)
}

/// An empty table; one that only leads to others has no header of its own.
fn empty(inline: bool, leads_on: bool) -> Item {
    if inline {
        return Item::Value(Value::InlineTable(InlineTable::new()));
    }
    let mut table = Table::new();
    table.set_implicit(leads_on);
    Item::Table(table)
}

/// Says what is wanted; returns what somebody else said instead.
fn set(table: &mut dyn TableLike, wanted: &Wanted, force: bool) -> Option<Clash> {
    let ours = match &wanted.value {
        Setting::Text(text) | Setting::Turned { text, .. } => Value::from(text.as_str()),
        Setting::List(list) | Setting::ListIfAbsent(list) => {
            Value::Array(list.iter().collect::<Array>())
        }
        Setting::ListWith { one, behind } => {
            Value::Array([*behind, one.as_str()].into_iter().collect::<Array>())
        }
        Setting::ListWithout(one) => {
            take_out(table, wanted.key, one);
            return None;
        }
    };
    let Some(item) = table.get_mut(wanted.key) else {
        table.insert(wanted.key, Item::Value(ours));
        return None;
    };
    let is_ours = match &wanted.value {
        Setting::Text(text) if item.as_str() == Some(text) => return None,
        Setting::List(list) if is_list(item, list) => return None,
        Setting::Text(_) | Setting::List(_) => false,
        Setting::Turned { text, .. } if item.as_str() == Some(text) => return None,
        Setting::Turned { from, .. } => {
            let is_among = |value: &str| from.is_empty() || from.iter().any(|one| one == value);
            item.as_str().is_some_and(is_among)
        }
        Setting::ListIfAbsent(_) | Setting::ListWithout(_) => return None,
        Setting::ListWith { one, .. } => return add(item, one, wanted, force),
    };
    if !force && !is_ours {
        return Some(Clash {
            key: format!("{}.{}", wanted.tables.join("."), wanted.key),
            theirs: shown(item),
            ours: ours.to_string(),
        });
    }
    match item.as_value_mut() {
        // The comment beside a value stays with the new one.
        Some(value) => {
            let decor = value.decor().clone();
            *value = ours;
            *value.decor_mut() = decor;
        }
        None => *item = Item::Value(ours),
    }
    None
}

/// Tells whether a value is exactly this list of strings.
fn is_list(item: &Item, list: &[String]) -> bool {
    let theirs = item.as_array().map(|theirs| theirs.iter());
    let theirs = theirs.map(|theirs| theirs.map(Value::as_str).collect::<Option<Vec<_>>>());
    theirs.flatten().is_some_and(|theirs| theirs == list)
}

/// Puts a string at the end of a list that lacks it; what is no list is somebody's
/// decision.
fn add(item: &mut Item, one: &str, wanted: &Wanted, force: bool) -> Option<Clash> {
    match item.as_array_mut() {
        Some(list) => {
            if !list.iter().any(|value| value.as_str() == Some(one)) {
                list.push(one);
            }
            None
        }
        None if force => {
            *item = Item::Value(Value::Array([one].into_iter().collect::<Array>()));
            None
        }
        None => Some(Clash {
            key: format!("{}.{}", wanted.tables.join("."), wanted.key),
            theirs: shown(item),
            ours: format!("a list with {one:?}"),
        }),
    }
}

/// Takes a string out of a list, which goes with its last one.
fn take_out(table: &mut dyn TableLike, key: &str, one: &str) {
    let Some(list) = table.get_mut(key).and_then(Item::as_array_mut) else {
        return;
    };
    list.retain(|value| value.as_str() != Some(one));
    if list.is_empty() {
        table.remove(key);
    }
}

/// A value without the comments beside it.
fn shown(item: &Item) -> String {
    match item.as_value().cloned() {
        Some(value) => value.decorated("", "").to_string(),
        None => "a table".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(tables: &[&str], key: &'static str, value: &str) -> Wanted {
        Wanted {
            tables: tables.iter().map(ToString::to_string).collect(),
            key,
            value: Setting::Text(value.to_owned()),
        }
    }

    fn wanted() -> Vec<Wanted> {
        vec![
            text(
                &["registries", "main"],
                "index",
                "sparse+http://h/main/index/",
            ),
            text(&["source", "crates-io"], "replace-with", "main"),
            Wanted {
                tables: vec!["registry".to_owned()],
                key: "global-credential-providers",
                value: Setting::ListIfAbsent(vec!["cargo:token".to_owned()]),
            },
        ]
    }

    /// Merges twice: the second time must change nothing.
    fn merged(old: &str) -> String {
        let new = merge(old, &wanted(), false).unwrap();
        assert_eq!(merge(&new, &wanted(), false).unwrap(), new, "idempotent");
        assert!(new.parse::<DocumentMut>().is_ok(), "{new}");
        new
    }

    #[test]
    fn an_empty_file_gets_one_section_each() {
        insta::assert_snapshot!(merged(""), @r#"
    [registries.main]
    index = "sparse+http://h/main/index/"

    [source.crates-io]
    replace-with = "main"

    [registry]
    global-credential-providers = ["cargo:token"]
    "#);
    }

    #[test]
    fn comments_order_and_dotted_keys_stay() {
        insta::assert_snapshot!(merged(
            "# ours\n[build]\njobs = 2 # few\n\n[registry]\n# why\nglobal-credential-providers = [\"cargo:libsecret\"]\n\n\
             [registries]\nother.index = \"sparse+http://o/\" # theirs\n\n[net]\nretry = 3\n# end\n"
        ), @r#"
    # ours
    [build]
    jobs = 2 # few

    [registry]
    # why
    global-credential-providers = ["cargo:libsecret"]

    [registries]
    other.index = "sparse+http://o/" # theirs

    [registries.main]
    index = "sparse+http://h/main/index/"

    [net]
    retry = 3

    [source.crates-io]
    replace-with = "main"
    # end
    "#);
    }

    #[test]
    fn inline_tables_stay_inline() {
        insta::assert_snapshot!(merged(
            "registries = { other = { index = \"sparse+http://o/\" } }\nsource = {}\n"
        ), @r#"
    registries = { other = { index = "sparse+http://o/" } , main = { index = "sparse+http://h/main/index/" } }
    source = { crates-io = { replace-with = "main" } }

    [registry]
    global-credential-providers = ["cargo:token"]
    "#);
    }

    #[test]
    fn what_others_decided_is_kept_unless_forced() {
        let old = "[source.crates-io]\nreplace-with = \"vendored\" # by hand\n\
                   [registries.main]\nindex = \"sparse+http://other/\"\n";
        let error = merge(old, &wanted(), false).unwrap_err();
        insta::assert_snapshot!(error.to_string(), @r#"`registries.main.index` is "sparse+http://other/" already, where "sparse+http://h/main/index/" is wanted; `source.crates-io.replace-with` is "vendored" already, where "main" is wanted"#);
        insta::assert_snapshot!(merge(old, &wanted(), true).unwrap(), @r#"
    [source.crates-io]
    replace-with = "main" # by hand
    [registries.main]
    index = "sparse+http://h/main/index/"

    [registry]
    global-credential-providers = ["cargo:token"]
    "#);
    }

    #[test]
    fn a_string_comes_into_a_list_and_goes_again() {
        let one = |value| {
            vec![Wanted {
                tables: vec!["registry".to_owned()],
                key: "l",
                value,
            }]
        };
        let with = one(Setting::ListWith {
            one: "ours".to_owned(),
            behind: "first",
        });
        let without = one(Setting::ListWithout("ours".to_owned()));
        for (old, new, again) in [
            (
                "",
                "[registry]\nl = [\"first\", \"ours\"]\n",
                "[registry]\nl = [\"first\"]\n",
            ),
            (
                "registry.l = [\"theirs\"] # why\n",
                "registry.l = [\"theirs\", \"ours\"] # why\n",
                "registry.l = [\"theirs\"] # why\n",
            ),
            ("registry.l = [\"ours\"]\n", "registry.l = [\"ours\"]\n", ""),
        ] {
            assert_eq!(merge(old, &with, false).unwrap(), new);
            assert_eq!(merge(new, &with, false).unwrap(), new, "idempotent");
            assert_eq!(merge(new, &without, false).unwrap(), again);
        }
        let theirs = "[registry]\nl = \"theirs\"\n";
        assert!(merge(theirs, &with, false).is_err());
        assert_eq!(
            merge(theirs, &with, true).unwrap(),
            "[registry]\nl = [\"ours\"]\n"
        );
        assert_eq!(merge(theirs, &without, false).unwrap(), theirs);
    }

    #[test]
    fn what_is_no_configuration_is_left_alone() {
        for old in [
            "[registries",
            "registries = 1\n",
            "[registries]\nmain = true\n",
        ] {
            assert!(merge(old, &wanted(), true).is_err(), "{old}");
        }
    }

    #[test]
    fn strings_are_found_where_they_stand() {
        let old = "registry = { default = \"main\" }\n";
        assert_eq!(
            text_at(old, &["registry"], "default").as_deref(),
            Some("main")
        );
        assert_eq!(text_at(old, &["source"], "default"), None);
        assert_eq!(text_at("[", &["registry"], "default"), None);
    }
}
