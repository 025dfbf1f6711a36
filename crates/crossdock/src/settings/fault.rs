//! What is wrong with a settings file, at its place.
//!
//! A fault says three things: what is wrong, why it matters at that place, and
//! what to write instead. All faults of a file are shown at once, so that it is
//! put right in one go.
//!
//! Absent: which faults there are; each rule stands beside the value it guards.

use miette::{Diagnostic, NamedSource, SourceSpan};
use serde_json::{Value, json};
use std::ops::Range;
use std::path::PathBuf;
use thiserror::Error;

/// Why there are no settings.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum SettingsError {
    /// The file could not be read.
    #[error("could not read the settings file {}", path.display())]
    #[diagnostic(help("name another one with --config, or leave it out to run with the defaults"))]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file was read and refused.
    #[error("the settings are not valid: {}", counted(faults.len()))]
    Invalid {
        /// The file's name and text.
        #[source_code]
        text: NamedSource<String>,
        /// Everything that is wrong, in the order of the file.
        #[related]
        faults: Vec<Fault>,
    },
}

impl SettingsError {
    /// Tells each fault for machines.
    pub(crate) fn faults(&self) -> Vec<Value> {
        match self {
            Self::Unreadable { .. } => Vec::new(),
            Self::Invalid { text, faults } => {
                let told = |fault: &Fault| fault.told(text.name(), text.inner());
                faults.iter().map(told).collect()
            }
        }
    }
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, Error, Diagnostic)]
#[error("{what}")]
pub(crate) struct Fault {
    what: String,
    why: String,
    #[label("{why}")]
    place: SourceSpan,
    #[help]
    cure: String,
}

impl Fault {
    /// Tells the fault with its line and column, from 1.
    fn told(&self, file: &str, text: &str) -> Value {
        let before = text.get(..self.place.offset()).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        let Self {
            what, why, cure, ..
        } = self;
        json!({ "file": file, "line": line, "column": column, "what": what, "why": why, "cure": cure })
    }
}

/// The faults of one file as they are found.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    /// Notes a fault: what is wrong, where, why it matters there, what to do.
    pub(crate) fn note(
        &mut self,
        what: impl Into<String>,
        place: Range<usize>,
        why: impl Into<String>,
        cure: impl Into<String>,
    ) {
        self.0.push(Fault {
            what: what.into(),
            why: why.into(),
            place: place.into(),
            cure: cure.into(),
        });
    }

    /// Returns `value` if nothing was found, else everything that was.
    pub(crate) fn settle<T>(self, value: T, name: &str, text: &str) -> Result<T, SettingsError> {
        let mut faults = self.0;
        if faults.is_empty() {
            return Ok(value);
        }
        faults.sort_by_key(|fault| fault.place.offset());
        Err(SettingsError::Invalid {
            text: NamedSource::new(name, masked(text)).with_language("TOML"),
            faults,
        })
    }
}

/// Hides passwords in addresses: lines are shown around a fault, and a log keeps them.
///
/// Addresses are what may be faulty, so a word is taken for one with however many slashes.
/// As many bytes as before, so that places stay what they are.
fn masked(text: &str) -> String {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'');
    let words = text.split_inclusive(ends).map(|word| match password(word) {
        Some(Range { start, end }) => {
            let hidden = "*".repeat(end - start);
            format!("{}{hidden}{}", &word[..start], &word[end..])
        }
        None => word.to_owned(),
    });
    words.collect()
}

/// Where in an address its password is: behind the first colon that is not the scheme's.
/// A name alone before the `@` may be a token.
fn password(word: &str) -> Option<Range<usize>> {
    let end = word.rfind('@')?;
    let (user, alone) = match word[..end].split_once(":/") {
        Some((_, after)) => {
            let user = end - after.trim_start_matches('/').len();
            (user, Some(user))
        }
        None => (0, None),
    };
    let colon = word[user..end].find(':').map(|colon| user + colon + 1);
    Some(colon.or(alone)?..end)
}

fn counted(faults: usize) -> String {
    match faults {
        1 => "1 fault".to_owned(),
        many => format!("{many} faults"),
    }
}
