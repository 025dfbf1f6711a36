//! What doctor found, and its cures, done to the letter.

use crossdock_conformance::command::{Outcome, fail};
use crossdock_conformance::project::Project;
use crossdock_conformance::server::program;
use crossdock_conformance::workbench::Workbench;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// One finding.
pub(crate) struct Finding {
    pub(crate) kind: String,
    pub(crate) file: PathBuf,
    /// The text of the line that it names.
    pub(crate) line: String,
    number: usize,
    pub(crate) cure: Value,
}

/// Runs doctor in a project and lists what it found.
#[track_caller]
pub(crate) fn findings(project: &Project<'_>, more: &[&str]) -> Vec<Finding> {
    let doctor = [&["doctor", "--json"][..], more].concat();
    let told = project.crossdock(&doctor).succeeds();
    let denied = project.crossdock(&[&doctor[..], &["--deny"]].concat());
    let said: Value = serde_json::from_str(&told.stdout).unwrap_or_default();
    let findings = said["findings"].as_array().cloned().unwrap_or_default();
    denied.exits(i32::from(!findings.is_empty()));
    findings.iter().map(|one| read(one, &told)).collect()
}

/// Expects exactly one finding, of this kind.
#[track_caller]
pub(crate) fn only(project: &Project<'_>, kind: &str) -> Finding {
    let mut findings = findings(project, &[]);
    let kinds: Vec<_> = findings.iter().map(|one| one.kind.clone()).collect();
    assert_eq!(kinds, [kind]);
    project
        .crossdock(&["doctor", &format!("--deny={kind}")])
        .exits(1);
    project
        .crossdock(&["doctor"])
        .succeeds()
        .prints(&format!("[{kind}]"))
        .prints("cure: ");
    findings.remove(0)
}

/// Expects that nothing is found any more.
#[track_caller]
pub(crate) fn nothing(project: &Project<'_>) {
    project
        .crossdock(&["doctor", "--deny"])
        .exits(0)
        .prints("nothing found");
}

fn read(one: &Value, told: &Outcome) -> Finding {
    let file = PathBuf::from(one["file"].as_str().unwrap_or_default());
    let number = one["line"].as_u64().unwrap_or_default() as usize;
    let text = fs::read_to_string(&file).unwrap_or_default();
    let line = number.checked_sub(1).and_then(|at| text.lines().nth(at));
    let Some(line) = line else {
        fail(&format!("{one:#} names no line\n{}", told.report()));
    };
    Finding {
        kind: one["kind"].as_str().unwrap_or_default().to_owned(),
        line: line.to_owned(),
        file,
        number,
        cure: one["cure"].clone(),
    }
}

impl Finding {
    /// Does what the cure says.
    #[track_caller]
    pub(crate) fn cure(&self, bench: &Workbench, project: &Project<'_>) {
        let said = |key: &str| self.cure[key].as_str().unwrap_or_default();
        match said("do") {
            "add" => {
                let lines: Vec<_> = self.cure["lines"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .collect();
                let lines: Vec<_> = lines.iter().filter_map(|line| line.as_str()).collect();
                add(&project.folder().join(said("file")), said("table"), &lines);
                let mut then = said("then").split_whitespace();
                if then.next().is_some() {
                    let arguments: Vec<_> = then.collect();
                    project.cargo(&arguments).succeeds();
                }
            }
            "replace" => self.write(Some(said("line"))),
            "remove" => self.write(None),
            "run" => {
                let mut words = said("command").split(' ');
                assert_eq!(words.next(), Some("crossdock"));
                let mut command = bench.command(&program());
                command.current_dir(project.folder()).args(words);
                bench.run(command).succeeds();
            }
            other => fail(&format!("this cure cannot be done: {other}: {}", self.cure)),
        }
    }

    fn write(&self, instead: Option<&str>) {
        let text = fs::read_to_string(&self.file).expect("it was just read");
        let mut lines: Vec<&str> = text.lines().collect();
        lines.splice(self.number - 1..self.number, instead);
        fs::write(&self.file, lines.join("\n") + "\n").expect("it is a file of the case");
    }
}

/// Adds lines to a table of a file, which may be there already or not.
fn add(file: &Path, table: &str, lines: &[&str]) {
    let text = fs::read_to_string(file).unwrap_or_default();
    let header = format!("[{table}]");
    let lines = lines.join("\n");
    let text = match text.contains(&header) {
        true => text.replacen(&header, &format!("{header}\n{lines}"), 1),
        false => format!("{text}\n{header}\n{lines}\n"),
    };
    fs::create_dir_all(file.parent().unwrap_or(file)).expect("the workbench is writable");
    fs::write(file, text).expect("the workbench is writable");
}
