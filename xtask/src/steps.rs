//! `cargo xtask test`: what a change must pass, in order, each step bounded and timed.
//!
//! This is the README's test command; a machine that checks changes runs the same and nothing else.
//! Quick refusals come first, so that a slip in the format does not cost a build.
//!
//! Absent: choosing steps. Whoever wants one of them types its cargo command, which is printed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::{bounded, postgresql, say, tidy};

/// Nothing is compiled.
const FORMAT_LIMIT: Duration = Duration::from_secs(2 * 60);
/// A cold build of the whole tree takes some minutes on two cores; a busy machine gets ten times that.
const COMPILE_LIMIT: Duration = Duration::from_secs(40 * 60);
/// The tests are compiled and run here; single tests have deadlines of their own, far below.
const TEST_LIMIT: Duration = Duration::from_secs(60 * 60);

/// Runs every step and stops at the first that fails.
pub(crate) fn test(root: &Path) -> Result<()> {
    let began = Instant::now();
    let program = program_under_test()?;
    for step in steps(&program) {
        run(root, &step)?;
    }
    say::line(&format!(
        "xtask: everything passed in {}",
        seconds(began.elapsed())
    ));
    Ok(())
}

/// One thing that must hold.
struct Step {
    name: &'static str,
    work: Work,
    /// What whoever sees it fail does next.
    cure: &'static str,
}

enum Work {
    Tidy,
    Postgresql,
    Cargo {
        arguments: &'static [&'static str],
        environment: Vec<(&'static str, PathBuf)>,
        limit: Duration,
    },
}

fn steps(program: &Path) -> Vec<Step> {
    vec![
        Step {
            name: "format",
            work: cargo(&["fmt", "--all", "--check"], FORMAT_LIMIT),
            cure: "run `cargo fmt --all`",
        },
        Step {
            name: "clippy",
            work: cargo(
                &[
                    "clippy",
                    "--workspace",
                    "--all-targets",
                    "--locked",
                    "--",
                    "-D",
                    "warnings",
                ],
                COMPILE_LIMIT,
            ),
            cure: "follow the lint, or write `#[expect(lint, reason = \"…\")]` where it is wrong",
        },
        Step {
            name: "tidy",
            work: Work::Tidy,
            cure: "each line above says what to do; STYLE.md says why",
        },
        Step {
            name: "program",
            work: cargo(&["build", "-p", "crossdock", "--locked"], COMPILE_LIMIT),
            cure: "conformance needs the program itself, so it has to build",
        },
        Step {
            name: "postgresql",
            work: Work::Postgresql,
            cure: "install PostgreSQL, as with `apt-get install -y postgresql`; tests start one of their own",
        },
        Step {
            name: "tests",
            work: Work::Cargo {
                arguments: &["test", "--workspace", "--locked"],
                environment: vec![("CROSSDOCK_BIN", program.to_owned())],
                limit: TEST_LIMIT,
            },
            cure: "run the failing one alone: `cargo test -p PACKAGE NAME`",
        },
        Step {
            name: "documents",
            work: Work::Cargo {
                arguments: &["doc", "--workspace", "--no-deps", "--locked"],
                environment: vec![("RUSTDOCFLAGS", "-D warnings".into())],
                limit: COMPILE_LIMIT,
            },
            cure: "a link in a doc comment leads nowhere, or to something private",
        },
    ]
}

fn cargo(arguments: &'static [&'static str], limit: Duration) -> Work {
    Work::Cargo {
        arguments,
        environment: Vec::new(),
        limit,
    }
}

fn run(root: &Path, step: &Step) -> Result<()> {
    let began = Instant::now();
    let (command_line, outcome) = match &step.work {
        Work::Tidy => {
            let line = "cargo xtask tidy".to_owned();
            announce(step.name, &line);
            (line, tidy::tidy(root))
        }
        Work::Postgresql => {
            let line = "is PostgreSQL there?".to_owned();
            announce(step.name, &line);
            (line, postgresql::install_if_absent())
        }
        Work::Cargo {
            arguments,
            environment,
            limit,
        } => {
            let line = format!("cargo {}", arguments.join(" "));
            announce(step.name, &line);
            let mut command = Command::new(cargo_program());
            command.args(*arguments).current_dir(root);
            command.envs(environment.iter().map(|(name, value)| (name, value)));
            (line, bounded::run(command, *limit))
        }
    };
    let took = seconds(began.elapsed());
    if let Err(error) = outcome {
        bail!(
            "step `{}` (`{command_line}`) failed after {took}: {error:#}\n    to do: {}",
            step.name,
            step.cure
        );
    }
    say::line(&format!("xtask: {} passed in {took}", step.name));
    Ok(())
}

fn announce(name: &str, command_line: &str) {
    say::line(&format!("xtask: {name}: {command_line}"));
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// The cargo that started us, so that a `+toolchain` on the command line holds for every step.
fn cargo_program() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

/// Where `cargo build -p crossdock` puts the program: beside this one, whatever the target folder.
fn program_under_test() -> Result<PathBuf> {
    let xtask = std::env::current_exe().context("could not find our own executable")?;
    Ok(xtask.with_file_name(format!("crossdock{}", std::env::consts::EXE_SUFFIX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command_lines() -> Vec<String> {
        steps(Path::new("crossdock"))
            .iter()
            .map(|step| match &step.work {
                Work::Tidy => "tidy".to_owned(),
                Work::Postgresql => "postgresql".to_owned(),
                Work::Cargo { arguments, .. } => arguments.join(" "),
            })
            .collect()
    }

    #[test]
    fn the_order_is_the_one_promised() {
        let first_words: Vec<String> = command_lines()
            .iter()
            .map(|line| line.split(' ').next().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(
            first_words,
            [
                "fmt",
                "clippy",
                "tidy",
                "build",
                "postgresql",
                "test",
                "doc"
            ]
        );
    }

    #[test]
    fn whatever_resolves_does_so_by_the_lock() {
        for line in command_lines() {
            let is_ours = line == "tidy" || line == "postgresql";
            let resolves = !is_ours && !line.starts_with("fmt");
            assert_eq!(line.contains("--locked"), resolves, "{line}");
        }
    }

    #[test]
    fn the_tests_are_told_where_the_program_is() {
        let steps = steps(Path::new("here/crossdock"));
        let told = steps.iter().any(|step| match &step.work {
            Work::Cargo { environment, .. } => {
                environment.contains(&("CROSSDOCK_BIN", "here/crossdock".into()))
            }
            Work::Tidy | Work::Postgresql => false,
        });
        assert!(told);
    }
}
