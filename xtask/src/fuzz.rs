//! `cargo xtask soak fuzz [SECONDS]`: each fuzz target for so long, an hour if nothing is said.
//!
//! libFuzzer led by coverage, on stable Rust: what cargo-fuzz asks of a nightly compiler are
//! the sanitizers, which find what unsafe code does; coverage itself is a codegen option
//! (docs/decisions/0145). What was found before is kept and started from.
//!
//! Absent: the targets, which are `fuzz`.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::{bounded, say};

/// As `fuzz/src/target.rs` names them.
const TARGETS: [&str; 5] = ["row", "publish", "manifest", "archive", "lockfile"];

/// How long each is run if nothing is said.
const SECONDS: u64 = 60 * 60;

/// Longest time for the build: the parsers and what they are built on, and libFuzzer.
const BUILD_LIMIT: Duration = Duration::from_secs(30 * 60);

/// What is left to finish an input that was begun.
const GRACE: Duration = Duration::from_secs(60);

/// Which edges and comparisons an input meets, and checks that a release leaves out.
const INSTRUMENTED: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Ccodegen-units=1 -Cdebug-assertions -Coverflow-checks";

/// Runs all targets and stops at the first that finds something.
pub(crate) fn fuzz(root: &Path, seconds: Option<&str>) -> Result<()> {
    let seconds = match seconds {
        None => SECONDS,
        Some(text) => text
            .parse()
            .with_context(|| format!("`{text}` is no number of seconds"))?,
    };
    let folder = root.join("target/fuzz");
    let host = host()?;
    let mut build = cargo(root);
    build.args(["build", "--locked", "--release", "-p", "crossdock-fuzz"]);
    build.args(["--features", "coverage", "--target", &host, "--target-dir"]);
    build.arg(&folder).env("RUSTFLAGS", INSTRUMENTED);
    // cargo itself hands it on, and it outranks the one above.
    build.env_remove("CARGO_ENCODED_RUSTFLAGS");
    bounded::run(build, BUILD_LIMIT)?;
    let program = folder.join(&host).join("release/coverage");
    for target in TARGETS {
        say::line(&format!("xtask: fuzz {target} for {seconds} s"));
        run(&program, &folder, target, seconds).with_context(|| {
            format!("target `{target}` found something in {}", folder.display())
        })?;
    }
    settings(root, seconds)?;
    say::line("xtask: nothing found");
    Ok(())
}

fn run(program: &Path, folder: &Path, target: &str, seconds: u64) -> Result<()> {
    let (corpus, found) = (folder.join("corpus").join(target), folder.join("found"));
    for folder in [&corpus, &found] {
        std::fs::create_dir_all(folder).context("could not make a folder for what is found")?;
    }
    let mut command = Command::new(program);
    command
        .env("CROSSDOCK_FUZZ_TARGET", target)
        .env("CROSSDOCK_FUZZ_SEEDS", &corpus)
        .arg(format!("-max_total_time={seconds}"))
        // Bounds on one input: its size, its time, and the memory of the whole process.
        .args(["-max_len=65536", "-timeout=5", "-rss_limit_mb=1024"])
        .arg("-print_final_stats=1")
        .arg(format!("-artifact_prefix={}/{target}-", found.display()))
        .arg(&corpus);
    bounded::run(command, Duration::from_secs(seconds) + GRACE)
}

/// Settings are private to the program, and mutated by its own test.
fn settings(root: &Path, seconds: u64) -> Result<()> {
    say::line(&format!("xtask: fuzz settings for {seconds} s"));
    let mut test = cargo(root);
    test.args([
        "test",
        "--locked",
        "-p",
        "crossdock",
        "--lib",
        "settings::tests::random",
    ]);
    test.env("CROSSDOCK_FUZZ_SECONDS", seconds.to_string());
    bounded::run(test, BUILD_LIMIT + Duration::from_secs(seconds) + GRACE)
}

/// The machine we are on, as rustc calls it: named, so that build scripts are not instrumented.
fn host() -> Result<String> {
    let told = Command::new("rustc")
        .arg("-vV")
        .output()
        .context("could not start rustc")?;
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    match told.lines().find_map(|line| line.strip_prefix("host: ")) {
        Some(host) => Ok(host.to_owned()),
        None => bail!("rustc does not say which machine it is on"),
    }
}

fn cargo(root: &Path) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root);
    command
}
