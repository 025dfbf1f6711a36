//! Fields of a TOML table, read as what they must be.
//!
//! A field of another type is refused with its path, where a derived reader would
//! say only that nothing matched.

use super::ManifestError;
use std::collections::BTreeSet;
use toml::{Table, Value};

/// A table and its path, for messages.
#[derive(Clone)]
pub(super) struct Fields<'t> {
    table: &'t Table,
    path: String,
}

impl<'t> Fields<'t> {
    pub(super) fn of(table: &'t Table, path: impl Into<String>) -> Self {
        let path = path.into();
        Self { table, path }
    }

    /// The names of all fields, sorted: a table's own order depends on how the
    /// parser was built.
    pub(super) fn names(&self) -> impl Iterator<Item = &'t str> + use<'t> {
        let names: BTreeSet<&str> = self.table.keys().map(String::as_str).collect();
        names.into_iter()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.table.contains_key(name)
    }

    pub(super) fn value(&self, name: &str) -> Option<&'t Value> {
        self.table.get(name)
    }

    /// The field's path, escaped: the last part may be a stranger's.
    pub(super) fn path(&self, name: &str) -> String {
        let name = name.escape_debug();
        match self.path.as_str() {
            "" => name.to_string(),
            path => format!("{path}.{name}"),
        }
    }

    pub(super) fn wrong(&self, name: &str, expected: &'static str) -> ManifestError {
        let field = self.path(name);
        ManifestError::Field { field, expected }
    }

    pub(super) fn table(&self, name: &str) -> Result<Option<Fields<'t>>, ManifestError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Table(table)) => Ok(Some(Fields::of(table, self.path(name)))),
            Some(_) => Err(self.wrong(name, "a table")),
        }
    }

    pub(super) fn required_table(&self, name: &str) -> Result<Fields<'t>, ManifestError> {
        self.table(name)?.ok_or_else(|| self.wrong(name, "a table"))
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<String>, ManifestError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(self.wrong(name, "a string")),
        }
    }

    pub(super) fn required_text(&self, name: &str) -> Result<String, ManifestError> {
        self.text(name)?.ok_or_else(|| self.wrong(name, "a string"))
    }

    /// Reads a text that may also be switched on or off, which says no text.
    pub(super) fn text_unless_switch(&self, name: &str) -> Result<Option<String>, ManifestError> {
        match self.value(name) {
            Some(Value::Boolean(_)) => Ok(None),
            _ => self.text(name),
        }
    }

    /// Reads a list of strings; an absent one is empty.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, ManifestError> {
        match self.has(name) {
            true => self.required_texts(name),
            false => Ok(Vec::new()),
        }
    }

    pub(super) fn required_texts(&self, name: &str) -> Result<Vec<String>, ManifestError> {
        let wrong = || self.wrong(name, "a list of strings");
        let list = self.value(name).and_then(Value::as_array);
        let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(wrong);
        list.ok_or_else(wrong)?.iter().map(text).collect()
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, ManifestError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Boolean(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.wrong(name, "true or false")),
        }
    }

    /// Says which of two spellings of a field is there, if any.
    pub(super) fn spelling(
        &self,
        name: &'static str,
        former: &'static str,
    ) -> Result<&'static str, ManifestError> {
        match (self.has(name), self.has(former)) {
            (true, true) => Err(ManifestError::BothSpellings {
                field: self.path(name),
                former,
            }),
            (false, true) => Ok(former),
            _ => Ok(name),
        }
    }
}
