//! `bench http`: the same requests to Crossdock and to nginx, in turn.
//!
//! Crossdock mirrors a small static registry ([`crate::corpus`]) and shows it
//! through a view, as it would crates.io; what it answers becomes nginx's
//! files. Both servers are pinned to one core, of which only one works at a
//! time, and the load to the other. Absent: the network.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::cases::{Case, cases, check_equal};
use crate::load::Load;
use crate::measure::{Sample, measure};
use crate::median::median;
use crate::server::Server;
use crate::{corpus, crossdock, docroot, nginx};

/// How long, how often and how hard.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) lasting: Duration,
    pub(crate) rounds: usize,
    pub(crate) connections: usize,
    /// nginx takes Crossdock's place: all ratios should then be near 1.
    pub(crate) self_check: bool,
}

/// What one case came to.
#[derive(Debug, Serialize)]
pub(crate) struct Compared {
    pub(crate) case: &'static str,
    /// The body on the wire.
    pub(crate) bytes: usize,
    pub(crate) ours: Vec<Sample>,
    pub(crate) nginx: Vec<Sample>,
    /// Answers per processor second, median over median, to two decimals.
    pub(crate) ratio: f64,
    pub(crate) aim: Option<f64>,
}

const SERVER_CORE: usize = 0;
const LOAD_CORE: usize = 1;

/// Runs all cases, calling `progress` before each.
pub(crate) fn run(plan: Plan, scratch: &Path, progress: impl Fn(&str)) -> Result<Vec<Compared>> {
    let upstream_files = scratch.join("upstream-files");
    let upstream = nginx::start(
        &scratch.join("upstream"),
        &upstream_files,
        Some(SERVER_CORE),
    )?;
    corpus::write(&upstream_files, &format!("http://{}", upstream.address))?;
    // Declared after the upstream, and so ended before it.
    let crossdock;
    let ours = if plan.self_check {
        &upstream
    } else {
        crossdock = crossdock::start(crossdock::Start {
            scratch: &scratch.join("crossdock"),
            data: &scratch.join("data"),
            settings: Some(&settings(&upstream)),
            core: Some(SERVER_CORE),
            listen: None,
        })?;
        &crossdock
    };
    compare(plan, scratch, ours, progress)
}

/// The default settings, with crates.io reached at the static registry.
fn settings(upstream: &Server) -> String {
    let view = corpus::VIEW;
    let address = upstream.address;
    format!(
        "\
[registries.local]
resolve-in = \"{view}\"

[registries.crates-io]
mirror = \"crates-io\"
via = \"sparse+http://{address}/{view}/index/\"

[views.{view}]
members = [\"local\", \"crates-io\"]
publish-to = \"local\"
"
    )
}

fn compare(
    plan: Plan,
    scratch: &Path,
    ours: &Server,
    progress: impl Fn(&str),
) -> Result<Vec<Compared>> {
    let files = scratch.join("nginx-files");
    let cases = cases(ours.address)?;
    let present = cases.iter().filter(|case| case.status != 404);
    docroot::copy_answers(ours.address, present.map(|case| case.path.as_str()), &files)?;
    let nginx = nginx::start(&scratch.join("nginx"), &files, Some(SERVER_CORE))?;

    let load = Load {
        connections: plan.connections,
        lasting: plan.lasting,
        core: LOAD_CORE,
    };
    cases
        .iter()
        .map(|case| {
            progress(case.name);
            compare_case(case, ours, &nginx, &load, plan.rounds)
                .with_context(|| format!("measuring {}", case.name))
        })
        .collect()
}

fn compare_case(
    case: &Case,
    ours: &Server,
    nginx: &Server,
    load: &Load,
    rounds: usize,
) -> Result<Compared> {
    let bytes = check_equal(case, ours.address, nginx.address)?;
    let mut samples = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        samples.0.push(measure(case, ours, load)?);
        samples.1.push(measure(case, nginx, load)?);
    }
    let price = |samples: &[Sample]| median(samples.iter().map(|s| s.answers_per_cpu_sec));
    Ok(Compared {
        case: case.name,
        bytes,
        ratio: as_printed(price(&samples.0) / price(&samples.1)),
        ours: samples.0,
        nginx: samples.1,
        aim: case.aim,
    })
}

/// Two decimals, so that what is judged is what the reader sees.
fn as_printed(ratio: f64) -> f64 {
    (ratio * 100.0).round() / 100.0
}
