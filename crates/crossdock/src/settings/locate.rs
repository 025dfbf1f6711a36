//! Which settings file holds: `--config`, else `CROSSDOCK_CONFIG`, else
//! `./crossdock.toml` if there is one, else none.
//!
//! Absent: what is in it.

use super::{Settings, SettingsError, Surroundings};
use std::path::{Path, PathBuf};

/// The file that holds in the current folder when none is named.
const IN_CURRENT_FOLDER: &str = "crossdock.toml";

/// Where the settings came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SettingsFile {
    /// There is none; the defaults hold.
    None,
    /// This one.
    At(PathBuf),
}

/// A settings file as it was read.
#[derive(Debug)]
pub(crate) struct Reading {
    /// Which file.
    pub(crate) file: SettingsFile,
    /// Its text; nothing without a file.
    pub(crate) text: String,
    /// What it says.
    pub(crate) settings: Settings,
}

/// Finds and reads the settings; `named` is what `--config` or `CROSSDOCK_CONFIG` says.
///
/// # Errors
/// [`SettingsError`] if a named file cannot be read, or the file is not valid.
pub(crate) fn load(
    named: Option<PathBuf>,
    around: Surroundings,
) -> Result<(SettingsFile, Settings), SettingsError> {
    let Reading { file, settings, .. } = read_again(named, around)?;
    Ok((file, settings))
}

/// Finds and reads the settings, and keeps the file's text.
///
/// # Errors
/// As for [`load`].
pub(crate) fn read_again(
    named: Option<PathBuf>,
    around: Surroundings,
) -> Result<Reading, SettingsError> {
    let found = named.or_else(|| {
        let beside = PathBuf::from(IN_CURRENT_FOLDER);
        beside.exists().then_some(beside)
    });
    let Some(path) = found else {
        return Ok(Reading {
            file: SettingsFile::None,
            text: String::new(),
            settings: Settings::defaults(&around),
        });
    };
    let text = std::fs::read_to_string(&path).map_err(|source| SettingsError::Unreadable {
        path: path.clone(),
        source,
    })?;
    let around = Surroundings {
        folder: path.parent().map(Path::to_owned).unwrap_or_default(),
        ..around
    };
    let settings = Settings::read(&path.display().to_string(), &text, &around)?;
    let file = SettingsFile::At(path);
    Ok(Reading {
        file,
        text,
        settings,
    })
}
