//! `crossdock check`: settings that are not valid or lack their secrets, another
//! server than theirs, names in conflict, alarms.
//!
//! Absent: the rules for settings (`settings`), what a conflict is (`core`), what
//! alarms somebody (`registry`).

use crate::asked_server;
use crate::command_line::{Check, Denied};
use crate::report::{Failure, Outcome, error, out, text_of};
use crate::settings::{self, Settings, SettingsError, SettingsFile};
use crate::{exempt, other_server, public_lists, secrets, stores};
use crossdock_client::alarms::{self, Alarms};
use crossdock_client::server::{AskError, Server};
use crossdock_client::setup::SetupInfo;
use crossdock_client::{aliases, conflicts, gates, policy, setup, standing};
use serde_json::{Map, Value, json};

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
    let denied = arguments.deny.contains(&Denied::Conflicts);
    let mut warned = Warned {
        secrets: secrets::missing(&settings)
            .into_iter()
            .chain(stores::missing(&settings.server))
            .collect(),
        cleartext: secrets::sent_in_clear(&settings),
        exempt: exempt::names(&settings),
        ..Warned::default()
    };
    let server = asked_server::find(&arguments.server)?;
    let must_answer = denied || arguments.deny.contains(&Denied::Differences);
    let views = match crate::runtime::wait(all_views(&server))? {
        Ok(views) => Some(views),
        Err(AskError::NotThere { .. }) if !must_answer => None,
        Err(error) => {
            return Err(crate::runtime::wait(asked_server::failed_at(
                &server, error,
            ))?);
        }
    };
    // Without a file, a server that was named is no server of these settings.
    let is_theirs = arguments.server.url.is_none() || !matches!(file, SettingsFile::None);
    if let Some(views) = views.as_ref().filter(|_| is_theirs) {
        warned.differences = other_server::differences(&settings, views);
    }
    let found = match &views {
        Some(views) => Some(
            crate::runtime::wait(all_conflicts(&server, views))?.map_err(asked_server::failed)?,
        ),
        None => None,
    };
    let aliased = match &found {
        Some(found) => {
            crate::runtime::wait(all_aliases(&server, found))?.map_err(asked_server::failed)?
        }
        None => Aliased::new(),
    };
    let still = match &found {
        Some(found) => {
            crate::runtime::wait(all_frozen(&server, found))?.map_err(asked_server::failed)?
        }
        None => Still::new(),
    };
    let gated = match &found {
        Some(found) => {
            crate::runtime::wait(all_gates(&server, found))?.map_err(asked_server::failed)?
        }
        None => Gated::new(),
    };
    let alarms_denied = arguments.deny.contains(&Denied::Alarms);
    let alarms = match crate::runtime::wait(alarms::ask(&server))? {
        Ok(alarms) => Some(alarms),
        Err(AskError::NotThere { .. } | AskError::Token { .. } | AskError::Refused { .. })
            if !alarms_denied =>
        {
            None
        }
        Err(error) => return Err(asked_server::failed(error)),
    };
    let is_alarming = alarms.iter().any(|found| !found.alarms.is_empty());
    let against = match &found {
        Some(_) if is_theirs => crate::runtime::wait(against_decisions(&server, &settings))??,
        _ => Vec::new(),
    };
    let unretired = crate::apply::unretired(&settings, &against);
    let is_error = |report: &Value| policy::is_refused(report) || policy::is_breaking(report);
    let is_found = found
        .iter()
        .flatten()
        .flat_map(|(_, list)| list)
        .any(|conflict| denied || conflicts::is_error(conflict))
        || !unretired.is_empty()
        || against.iter().any(is_error);
    let is_warned = warned.is_denied(&arguments.deny);
    match arguments.json {
        true => out(&format!(
            "{:#}",
            as_json(
                found,
                (aliased, gated, still),
                alarms,
                (against, unretired),
                &warned
            )
        )),
        false => {
            for warning in warned.told(&server) {
                error(&format!("warning: {warning}"));
            }
            let told = as_text(&file, &server, found, (&aliased, &gated, &still))
                .map_err(Failure::plain)?;
            let alarms = alarms_as_text(alarms).map_err(Failure::plain)?;
            out(&format!("{told}\n{alarms}"));
            for report in against.iter().filter(|report| is_error(report)) {
                out(&policy::told(report).map_err(Failure::plain)?);
            }
            for line in &unretired {
                out(&format!("refused: {line}"));
            }
        }
    }
    Ok(
        match is_found || is_warned || alarms_denied && is_alarming {
            true => Outcome::Found,
            false => Outcome::Done,
        },
    )
}

/// What does not keep settings from being valid.
#[derive(Default)]
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
    fn is_denied(&self, deny: &[Denied]) -> bool {
        let denied = |what: Denied, found: &[String]| deny.contains(&what) && !found.is_empty();
        denied(Denied::Secrets, &self.secrets) || denied(Denied::Differences, &self.differences)
    }

    fn told(&self, server: &Server) -> Vec<String> {
        let mut told = [self.secrets.clone(), self.cleartext.clone()].concat();
        told.extend(self.exempt.iter().map(|registry| exempt::told(registry)));
        if !self.differences.is_empty() {
            told.push(format!(
                "the server at {} does not run these settings: {}; it has to be started again \
                 with them, or it is another one: name yours with --url",
                server.url(),
                self.differences.join("; ")
            ));
        }
        told
    }
}

/// Asks about each view that the asker may read.
async fn all_views(server: &Server) -> Result<Vec<SetupInfo>, AskError> {
    let first = setup::ask(server, None).await?;
    let mut views = Vec::new();
    for view in &first.views {
        views.push(match *view == first.view {
            true => first.clone(),
            false => setup::ask(server, Some(view)).await?,
        });
    }
    Ok(views)
}

/// Holds the file's policies against what was decided by command.
///
/// Whoever may read conflicts need not be shown that, and then it is left out.
async fn against_decisions(server: &Server, settings: &Settings) -> Result<Vec<Value>, Failure> {
    match crate::apply::compared(server, settings).await {
        Ok(reports) => Ok(reports),
        Err(AskError::Token { .. } | AskError::Refused { .. }) => Ok(Vec::new()),
        Err(error) => Err(asked_server::failed(error)),
    }
}

/// The conflicts of each view, by its name.
type Found = Vec<(String, Vec<Value>)>;

async fn all_conflicts(server: &Server, views: &[SetupInfo]) -> Result<Found, AskError> {
    let mut found = Vec::new();
    for SetupInfo { view, .. } in views {
        found.push((view.clone(), conflicts::ask(server, view).await?));
    }
    Ok(found)
}

/// What each view says of its aliases, by the view's name.
type Aliased = Map<String, Value>;

async fn all_aliases(server: &Server, found: &Found) -> Result<Aliased, AskError> {
    let mut aliased = Aliased::new();
    for (view, _) in found {
        aliased.insert(view.clone(), aliases::ask(server, view).await?);
    }
    Ok(aliased)
}

/// Whether each view stands still, and where, by the view's name.
type Still = Map<String, Value>;

async fn all_frozen(server: &Server, found: &Found) -> Result<Still, AskError> {
    let mut still = Still::new();
    for (view, _) in found {
        still.insert(view.clone(), standing::stands(server, view).await?);
    }
    Ok(still)
}

/// What the gates of each view stop or would stop, by the view's name.
type Gated = Map<String, Value>;

async fn all_gates(server: &Server, found: &Found) -> Result<Gated, AskError> {
    let mut gated = Gated::new();
    for (view, _) in found {
        gated.insert(view.clone(), gates::ask(server, view).await?);
    }
    Ok(gated)
}

/// Releases stopped by gates that are told of each view; `crossdock gates` has all.
const GATED_LINES_MAX: usize = 20;

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

fn as_json(
    found: Option<Found>,
    (aliased, gated, still): (Aliased, Gated, Still),
    alarms: Option<Alarms>,
    (against, unretired): (Vec<Value>, Vec<String>),
    warned: &Warned,
) -> Value {
    let by_view = |found: Found| -> Map<String, Value> {
        let entries = found.into_iter();
        entries
            .map(|(view, list)| (view, Value::Array(list)))
            .collect()
    };
    let alarms = alarms.map(|found| json!({ "alarms": found.alarms, "unlisted": found.unlisted }));
    json!({
        "settings": [],
        "secrets": warned.secrets,
        "cleartext": warned.cleartext,
        "exempt": warned.exempt,
        "differences": warned.differences,
        "conflicts": found.map(by_view),
        "aliases": aliased,
        "gates": gated,
        "frozen": still,
        "alarms": alarms,
        "policies": against,
        "refused": unretired,
    })
}

fn alarms_as_text(found: Option<Alarms>) -> Result<String, serde_json::Error> {
    let Some(Alarms { alarms, unlisted }) = found else {
        return Ok("alarms: not looked at, which takes a server and a token that may write".into());
    };
    let mut lines = vec![match (alarms.len(), unlisted) {
        (0, _) => "no alarms".to_owned(),
        (1, 0) => "1 alarm".to_owned(),
        (many, 0) => format!("{many} alarms"),
        (many, unlisted) => format!("{many} alarms, and {unlisted} that found no room"),
    }];
    for alarm in &alarms {
        lines.push(alarms::told(alarm)?.replace('\n', "\n  "));
    }
    Ok(lines.join("\n"))
}

fn as_text(
    file: &SettingsFile,
    server: &Server,
    found: Option<Found>,
    (aliased, gated, still): (&Aliased, &Gated, &Still),
) -> Result<String, serde_json::Error> {
    let mut lines = vec![match file {
        SettingsFile::None => "settings: there is no file, the defaults hold".to_owned(),
        SettingsFile::At(path) => format!("settings: {} is valid", path.display()),
    }];
    let Some(found) = found else {
        lines.push(format!(
            "conflicts: not looked at, no server answers at {}",
            server.url()
        ));
        return Ok(lines.join("\n"));
    };
    for (view, list) in found {
        match list.len() {
            0 => lines.push(format!("view {view}: no conflicts")),
            1 => lines.push(format!("view {view}: 1 conflict")),
            many => lines.push(format!("view {view}: {many} conflicts")),
        }
        if let Some(report) = still.get(&view)
            && let Some(told) = standing::told_frozen(report)?
        {
            lines.push(format!(
                "  frozen: it stands still at {told}; `crossdock thaw {view}` lets it go"
            ));
        }
        for conflict in &list {
            lines.push(conflicts::told(conflict)?.replace('\n', "\n  "));
        }
        if let Some(report) = aliased.get(&view) {
            lines.extend(aliases::left_alone(report)?);
        }
        if let Some(report) = gated.get(&view) {
            lines.extend(gates::held(report, GATED_LINES_MAX)?);
        }
    }
    Ok(lines.join("\n"))
}
