//! `crossdock check`: settings that are not valid or lack their secrets, another
//! server than theirs, names in conflict, alarms.
//!
//! Absent: what the server is asked (`check/asked.rs`) and how it is told
//! (`check/told.rs`); the rules for settings (`settings`), what a conflict is (`core`),
//! what alarms somebody (`registry`).

mod asked;
mod told;

use crate::asked_server;
use crate::command_line::{Check, Denied};
use crate::report::{Failure, Outcome, error, out, text_of};
use crate::settings::{self, Settings, SettingsError, SettingsFile};
use crate::{exempt, public_lists, secrets, stores};
use asked::Asked;
use crossdock_client::server::Server;
use serde_json::json;

/// Checks the settings, then asks the server for conflicts and alarms.
///
/// Found are invalid settings, lists of names that `serve` could not read, settings that
/// contradict what is on record or was decided by command, and conflicts and alarms if they are denied. A server that does not
/// answer, or does not tell us alarms, is a failure only then: settings can be checked
/// without one.
pub(crate) fn check(arguments: &Check) -> Result<Outcome, Failure> {
    let config = arguments.server.settings.config.clone();
    let (file, settings) = match settings::load(config, asked_server::surroundings()) {
        Ok(loaded) => loaded,
        Err(invalid @ SettingsError::Invalid { .. }) => {
            return Ok(not_valid(invalid, arguments.json));
        }
        Err(unreadable) => return Err(unreadable.into()),
    };
    let lists = public_lists::unusable(&settings);
    if !lists.is_empty() {
        return Ok(unusable(&lists, arguments.json));
    }
    let server = asked_server::find(&arguments.server)?;
    // Without a file, a server that was named is no server of these settings.
    let is_theirs = arguments.server.url.is_none() || !matches!(file, SettingsFile::None);
    let asking = asked::ask(&server, &settings, is_theirs, &arguments.deny);
    let asked = crate::runtime::wait(asking)??;
    let warned = Warned::of(&settings, asked.differences.clone());
    match arguments.json {
        true => out(&format!("{:#}", told::as_json(&asked, &warned))),
        false => tell(&file, &server, &asked, &warned)?,
    }
    let is_found = asked.is_error(&arguments.deny) || warned.is_denied(&arguments.deny);
    Ok(match is_found {
        true => Outcome::Found,
        false => Outcome::Done,
    })
}

fn tell(
    file: &SettingsFile,
    server: &Server,
    asked: &Asked,
    warned: &Warned,
) -> Result<(), Failure> {
    for warning in warned.told(server) {
        error(&format!("warning: {warning}"));
    }
    out(&told::as_text(file, server, asked).map_err(Failure::plain)?);
    Ok(())
}

/// What does not keep settings from being valid.
struct Warned {
    /// Tokens that `serve` would miss.
    secrets: Vec<String>,
    /// Tokens that whoever is on the way could read.
    cleartext: Vec<String>,
    /// Registries whose rows may change.
    exempt: Vec<String>,
    /// In what the server is another than the settings have.
    differences: Vec<String>,
}

impl Warned {
    fn of(settings: &Settings, differences: Vec<String>) -> Self {
        let secrets = secrets::missing(settings).into_iter();
        Self {
            secrets: secrets.chain(stores::missing(&settings.server)).collect(),
            cleartext: secrets::sent_in_clear(settings),
            exempt: exempt::names(settings),
            differences,
        }
    }

    fn is_denied(&self, deny: &[Denied]) -> bool {
        let denied = |what: Denied, found: &[String]| deny.contains(&what) && !found.is_empty();
        denied(Denied::Secrets, &self.secrets) || denied(Denied::Differences, &self.differences)
    }

    fn told(&self, server: &Server) -> Vec<String> {
        let mut told = [self.secrets.clone(), self.cleartext.clone()].concat();
        told.extend(self.exempt.iter().map(|registry| exempt::told(registry)));
        if !self.differences.is_empty() {
            told.push(format!(
                "the server at {} does not run these settings: {}; `crossdock apply` says \
                 what brings it to them, or it is another one: name yours with --url",
                server.url(),
                self.differences.join("; ")
            ));
        }
        told
    }
}

fn not_valid(invalid: SettingsError, as_json: bool) -> Outcome {
    if as_json {
        let faults = invalid.faults();
        out(&format!("{:#}", json!({ "settings": faults })));
    } else {
        error(&text_of(&Failure::from(invalid)));
    }
    Outcome::Found
}

/// Settings that are valid by themselves, and with whose lists `serve` does not start.
fn unusable(lists: &[String], as_json: bool) -> Outcome {
    if as_json {
        let faults: Vec<_> = lists.iter().map(|what| json!({ "what": what })).collect();
        out(&format!("{:#}", json!({ "settings": faults })));
    } else {
        for list in lists {
            error(list);
        }
    }
    Outcome::Found
}
