//! `bench real-input`: the crates of the real project and what they depend on, through the
//! mirror: which rows are left out, and which archives are quarantined.
//!
//! The question is not how fast but whether: refusals that strangers deserve must not meet
//! what people use. Asks crates.io for some hundreds of index files, one after the other,
//! and for the project's own archives once; so it is run by hand.
//! Absent: judging. What is left out is told with its reason, and fails the run.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;
use serde_json::Value;

use crate::cargo::{Task, run as run_cargo};
use crate::crossdock::{self, Start};
use crate::get::get;
use crate::server::Server;
use crate::{corpus, project};

/// The mirror of a server without settings.
const MIRROR: &str = "crates-io";

/// What came through, and what did not.
#[derive(Debug, Serialize)]
pub(crate) struct Seen {
    /// Crates that the lock of the project names.
    pub(crate) locked: usize,
    /// Archives that came through and were inspected.
    pub(crate) archives: usize,
    /// Index files that came through: of the crates and of what they depend on.
    pub(crate) index_files: usize,
    /// Names that a row depends on and the upstream does not have.
    pub(crate) absent: Vec<String>,
    /// Rows in those files.
    pub(crate) rows: usize,
    /// What somebody should look at, which is hoped to be nothing.
    pub(crate) alarms: Vec<String>,
}

impl Seen {
    /// Tells it as text.
    pub(crate) fn told(&self) -> String {
        let mut text = format!(
            "{} crates locked, {} archives inspected, {} index files with {} rows, {} quarantined\n",
            self.locked,
            self.archives,
            self.index_files,
            self.rows,
            self.alarms.len()
        );
        if !self.absent.is_empty() {
            let _ = writeln!(
                text,
                "not there, as upstream says: {}",
                self.absent.join(" ")
            );
        }
        for alarm in &self.alarms {
            let _ = writeln!(text, "to be explained: {alarm}");
        }
        text
    }
}

/// Runs it in `scratch`.
pub(crate) fn run(scratch: &Path) -> Result<Seen> {
    let data = scratch.join("data");
    let server = crossdock::start(Start {
        scratch,
        data: &data,
        settings: None,
        core: None,
        listen: None,
    })?;
    let locked = run_cargo(Task::Lock, Some(server.address), scratch)?.lock;
    let fetched = run_cargo(Task::Fetch(&locked), Some(server.address), scratch)?;
    let archives = fetched.archives()?.len();
    ensure!(
        archives == project::crates_in(&locked),
        "the lock names {} crates and {archives} archives came",
        project::crates_in(&locked)
    );
    let mut seen = Seen {
        locked: project::crates_in(&locked),
        archives,
        index_files: 0,
        absent: Vec::new(),
        rows: 0,
        alarms: Vec::new(),
    };
    let own = locked_releases(&locked)?;
    let mut next = BTreeSet::new();
    for (name, version) in &own {
        let rows = rows(&server, name, &mut seen)?;
        let row = rows.iter().find(|row| row["vers"] == version.as_str());
        let row = row.with_context(|| format!("{name} {version} was locked and is not shown"))?;
        next.extend(dependencies(row));
    }
    let known: BTreeSet<&String> = own.iter().map(|(name, _)| name).collect();
    for name in next.iter().filter(|name| !known.contains(name)) {
        rows(&server, name, &mut seen)?;
    }
    seen.alarms = alarms(&server, &data)?;
    Ok(seen)
}

/// Names and versions of registry crates in a lock.
fn locked_releases(lock: &str) -> Result<Vec<(String, String)>> {
    let packages = lock.split("[[package]]").skip(1);
    let of_registry = packages.filter(|package| package.contains("\nchecksum = "));
    let value = |package: &str, key: &str| -> Option<String> {
        let line = package.lines().find_map(|line| line.strip_prefix(key))?;
        Some(line.trim_matches(['=', ' ', '"']).to_owned())
    };
    of_registry
        .map(|package| Some((value(package, "name")?, value(package, "version")?)))
        .map(|release| release.context("a package has a name and a version"))
        .collect()
}

/// The rows of a name, through the mirror itself.
fn rows(server: &Server, name: &str, seen: &mut Seen) -> Result<Vec<Value>> {
    let path = corpus::index_path(&name.to_ascii_lowercase()).replacen(corpus::VIEW, MIRROR, 1);
    let answer = get(server.address, &path, &[])?;
    match answer.status {
        200 => {}
        404 => {
            seen.absent.push(name.to_owned());
            return Ok(Vec::new());
        }
        status => bail!(
            "{name} is answered {status}: {}",
            String::from_utf8_lossy(&answer.body)
        ),
    }
    let body = answer.decoded()?;
    let lines = body
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    let rows = lines
        .map(serde_json::from_slice)
        .collect::<Result<Vec<Value>, _>>()
        .with_context(|| format!("reading rows of {name}"))?;
    seen.index_files += 1;
    seen.rows += rows.len();
    Ok(rows)
}

/// The crates that a row depends on, for tests too.
fn dependencies(row: &Value) -> Vec<String> {
    let dependencies = row["deps"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let name = |dependency: &Value| {
        let real = dependency["package"]
            .as_str()
            .or(dependency["name"].as_str());
        real.map(str::to_owned)
    };
    dependencies.iter().filter_map(name).collect()
}

/// All alarms, as text.
fn alarms(server: &Server, data: &Path) -> Result<Vec<String>> {
    let token = fs::read_to_string(data.join("admin-token")).context("reading the token")?;
    let headers = [("authorization", token.trim().to_owned())];
    let answer = get(server.address, "/api/v1/alarms", &headers)?;
    ensure!(
        answer.status == 200,
        "alarms are answered {}",
        answer.status
    );
    let answer: Value = serde_json::from_slice(&answer.decoded()?)?;
    let alarms = answer["alarms"].as_array().context("alarms are a list")?;
    Ok(alarms
        .iter()
        .map(|alarm| format!("{} {}: {}", alarm["kind"], alarm["name"], alarm["text"]))
        .collect())
}
