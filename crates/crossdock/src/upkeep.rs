//! Where what is kept is worked on: by the server that has it, or in its data folder.
//!
//! Two at once in one data folder would harm each other, so the lock of the folder
//! decides: who cannot have it asks the server that does.
//!
//! Absent: the work.

use crate::asked_server;
use crate::command_line::ServerArguments;
use crate::report::Failure;
use crate::settings::{self, Settings, Surroundings};
use crate::stores::existing_data;
use crossdock_client::server::{AskError, Server};
use crossdock_client::upkeep;
use crossdock_store::DataLock;
use indicatif::ProgressBar;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::PathBuf;

/// Where it is done.
pub(crate) enum Place {
    /// A server does it.
    Server(Server),
    /// It is done here.
    Data(Box<DataPlace>),
}

/// A data folder that nobody else uses.
pub(crate) struct DataPlace {
    pub(crate) settings: Settings,
    pub(crate) data: PathBuf,
    /// Given back when it is dropped.
    pub(crate) lock: DataLock,
}

/// Finds the place: the server that is named, else the data folder, else the server that
/// uses it.
///
/// # Errors
/// [`Failure`] if there is neither.
pub(crate) fn place(server: &ServerArguments, data: Option<PathBuf>) -> Result<Place, Failure> {
    if data.is_none() && server.url.is_some() {
        return asked_server::find(server).map(Place::Server);
    }
    let around = Surroundings {
        data,
        ..asked_server::surroundings()
    };
    let (_, settings) = settings::load(server.settings.config.clone(), around)?;
    let data = existing_data(&settings.server)?;
    match DataLock::take(&data) {
        Ok(lock) => Ok(Place::Data(Box::new(DataPlace {
            settings,
            data,
            lock,
        }))),
        Err(_in_use) if server.url.is_some() => asked_server::find(server).map(Place::Server),
        Err(_in_use) => asked_server::beside(&settings.server, server).map(Place::Server),
    }
}

/// Has a server do a job, and awaits its report.
///
/// # Errors
/// [`Failure`] if no server answers, or it could not.
pub(crate) fn asked<T: DeserializeOwned>(server: &Server, job: &Value) -> Result<T, Failure> {
    let progress = ProgressBar::new_spinner().with_message("archives looked at");
    let report = crate::runtime::wait(upkeep::run(server, job, |many| {
        progress.set_position(many);
    }))?;
    progress.finish_and_clear();
    let report = report.map_err(|error| match error {
        AskError::NotThere { .. } => Failure::hinted(
            error,
            "the data folder is in use: name its server with --url, or stop the server",
        ),
        error => asked_server::failed(error),
    })?;
    serde_json::from_value(report).map_err(Failure::plain)
}
