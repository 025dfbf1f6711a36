//! Cargo's configuration, written by hand as a view's users have it.
//!
//! Apart from `crossdock setup`, which a case of its own holds against this.
//!
//! Absent: secrets. Tokens come in the environment.

use crate::workbench::Workbench;

/// Which addresses cargo is told about.
#[derive(Debug, Clone, Default)]
pub struct Configuration {
    registries: Vec<(String, String)>,
    replaced: Vec<(String, Option<String>, String)>,
    more: String,
}

impl Configuration {
    /// Gives a registry a name.
    pub fn registry(mut self, name: &str, index: &str) -> Self {
        self.registries.push((name.to_owned(), index.to_owned()));
        self
    }

    /// Puts a registry that has a name in place of crates.io.
    pub fn instead_of_crates_io(mut self, name: &str) -> Self {
        self.replaced
            .push(("crates-io".to_owned(), None, name.to_owned()));
        self
    }

    /// Puts a registry that has a name in place of an address.
    pub fn instead_of(mut self, index: &str, name: &str) -> Self {
        let source = format!("replaced-{}", self.replaced.len());
        self.replaced
            .push((source, Some(index.to_owned()), name.to_owned()));
        self
    }

    /// Adds lines.
    pub fn lines(mut self, lines: &str) -> Self {
        self.more.push_str(lines);
        self.more.push('\n');
        self
    }

    /// Returns the file.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (name, index) in &self.registries {
            text += &format!("[registries.{name}]\nindex = {index:?}\n\n");
        }
        for (source, index, name) in &self.replaced {
            text += &format!("[source.{source}]\nreplace-with = {name:?}\n");
            if let Some(index) = index {
                text += &format!("registry = {index:?}\n");
            }
            text += "\n";
        }
        text + &self.more
    }

    /// Writes it where every project of the workbench finds it.
    pub fn write(&self, bench: &Workbench) {
        bench.write(".cargo/config.toml", self.text());
    }
}
