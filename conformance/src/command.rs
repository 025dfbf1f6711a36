//! Runs a program to its end under a deadline, and says what it did.
//!
//! Apart because cargo and our own commands are judged alike: by exit code and by
//! what they told the person in front of them. A failed expectation prints the
//! whole run, so that nobody has to repeat it to see why.
//!
//! Absent: which environment it runs in, which is the workbench's.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long one run may take.
///
/// The slowest, a build of five crates with a cold home while both cores are busy,
/// takes about ten seconds; cargo gives up on an index poll after sixty.
pub const RUN_LIMIT: Duration = Duration::from_secs(90);

/// How often a running program is looked at.
const POLL: Duration = Duration::from_millis(4);

/// How a run ended and what it said.
#[derive(Debug)]
pub struct Outcome {
    line: String,
    folder: PathBuf,
    /// Exit code; absent if a signal or the deadline ended it.
    pub code: Option<i32>,
    /// What it printed for programs.
    pub stdout: String,
    /// What it printed for people.
    pub stderr: String,
    /// How long it took.
    pub took: Duration,
}

/// Runs `command` in its own process group; `out` is a path without extension
/// beside which its output is kept.
///
/// # Panics
/// If the program cannot be started.
#[track_caller]
pub fn run(mut command: Command, out: &Path, limit: Duration) -> Outcome {
    use std::os::unix::process::CommandExt;
    let line = line(&command);
    let folder = command
        .get_current_dir()
        .unwrap_or(Path::new("."))
        .to_owned();
    let (stdout, stderr) = (out.with_extension("stdout"), out.with_extension("stderr"));
    let file = |path: &Path| File::create(path).expect("the workbench's folder is writable");
    command
        .stdout(file(&stdout))
        .stderr(file(&stderr))
        .process_group(0);
    let began = Instant::now();
    let mut child = command
        .spawn()
        .unwrap_or_else(|error| fail(&format!("cannot start `{line}`: {error}")));
    let group = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    let mut code = None;
    loop {
        match child.try_wait() {
            Ok(None) if began.elapsed() < limit => std::thread::sleep(POLL),
            Ok(Some(status)) => {
                code = status.code();
                break;
            }
            _ => {
                if let Some(group) = group {
                    // Its compilers too: a group is killed as a whole. It may have ended by now.
                    let _ =
                        rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
                }
                let _ = child.wait();
                break;
            }
        }
    }
    let text =
        |path: &Path| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
    Outcome {
        line,
        folder,
        code,
        stdout: text(&stdout),
        stderr: text(&stderr),
        took: began.elapsed(),
    }
}

impl Outcome {
    /// Expects exit code 0.
    #[track_caller]
    pub fn succeeds(self) -> Self {
        self.exits(0)
    }

    /// Expects what cargo exits with when it could not do it.
    #[track_caller]
    pub fn fails(self) -> Self {
        self.exits(101)
    }

    /// Expects an exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        self.expect(self.code == Some(code), &format!("exit code {code}"));
        self
    }

    /// Expects words on stderr.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        self.expect(self.stderr.contains(words), &format!("on stderr: {words}"));
        self
    }

    /// Expects words not to stand on stderr.
    #[track_caller]
    pub fn never_says(self, words: &str) -> Self {
        self.expect(
            !self.stderr.contains(words),
            &format!("not on stderr: {words}"),
        );
        self
    }

    /// Expects words on stdout.
    #[track_caller]
    pub fn prints(self, words: &str) -> Self {
        self.expect(self.stdout.contains(words), &format!("on stdout: {words}"));
        self
    }

    #[track_caller]
    fn expect(&self, holds: bool, expected: &str) {
        if !holds {
            fail(&format!("expected {expected}\n{}", self.report()));
        }
    }

    /// Describes the run for people.
    pub fn report(&self) -> String {
        let ended = match self.code {
            Some(code) => format!("exit code {code}"),
            None => "killed at the deadline or by a signal".to_owned(),
        };
        format!(
            "  run     {}\n  in      {}\n  ended   {ended} after {:.1} s\n  stdout\n{}\n  stderr\n{}",
            self.line,
            self.folder.display(),
            self.took.as_secs_f32(),
            indented(&self.stdout),
            indented(&self.stderr),
        )
    }
}

/// Ends the case with a report for people.
///
/// # Panics
/// Always.
#[track_caller]
#[expect(
    clippy::panic,
    reason = "a failed expectation ends a test; this is the one place that does it"
)]
pub fn fail(report: &str) -> ! {
    panic!("{report}")
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Indents a text for a report.
pub fn indented(text: &str) -> String {
    text.lines()
        .map(|line| format!("    | {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}
