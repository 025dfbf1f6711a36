//! The program as a person meets it: commands, exit codes, files that appear.
//!
//! Absent: cargo (conformance), and any upstream: the installation here has a
//! hosted registry only, so nothing leaves this machine.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what fails in a test fails the test, wherever it stands"
)]

use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

const SETTINGS: &str = "[registries.acme]\n[views.main]\nmembers = ['acme']\n";

/// A command that knows nothing of this machine's settings.
fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crossdock"));
    command
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_HOME", folder.join("cargo-home"));
    for variable in [
        "CROSSDOCK_CONFIG",
        "CROSSDOCK_URL",
        "CROSSDOCK_TOKEN",
        "CROSSDOCK_LOG",
    ] {
        command.env_remove(variable);
    }
    command
}

/// Runs a command; returns its exit code and all it said.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String) {
    told(&program(folder, arguments).output().unwrap())
}

fn told(output: &Output) -> (i32, String) {
    let said = [&output.stdout[..], &output.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    (output.status.code().unwrap_or(-1), said)
}

/// A running server; stopped when dropped, so that a failed test leaves none.
struct Serving {
    child: Child,
    url: String,
    /// The pipe stays open: a program whose reader is gone behaves otherwise.
    _stdout: BufReader<std::process::ChildStdout>,
}

impl Serving {
    fn start(folder: &Path, settings: &str) -> Self {
        std::fs::write(folder.join("crossdock.toml"), settings).unwrap();
        let mut command = program(folder, &["serve", "--listen", "127.0.0.1:0"]);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        // Ends at the latest when the program does, which closes the pipe.
        stdout.read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("crossdock is listening on ");
        let url = url
            .unwrap_or_else(|| panic!("not ready: {line}"))
            .to_owned();
        Self {
            child,
            url,
            _stdout: stdout,
        }
    }

    fn stop(&mut self, signal: Signal) -> Option<i32> {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _reaped_already = self.child.wait();
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn it_serves_until_it_is_told_to_stop() {
    let folder = folder();
    for signal in [Signal::TERM, Signal::INT] {
        let mut serving = Serving::start(folder.path(), SETTINGS);
        assert!(
            serving.url.starts_with("http://127.0.0.1:"),
            "{}",
            serving.url
        );
        let token = folder.path().join("crossdock-data/admin-token");
        let mode = std::fs::metadata(token).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(serving.stop(signal), Some(0), "{signal:?}");
    }
}

#[test]
fn what_keeps_it_from_serving_is_said() {
    let folder = folder();
    let serving = Serving::start(folder.path(), SETTINGS);
    let (code, said) = run(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("in use by another process"), "{said}");

    let taken = serving.url.strip_prefix("http://").unwrap();
    let (code, said) = run(
        folder.path(),
        &["serve", "--listen", taken, "--data", "other"],
    );
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("something listens there already"), "{said}");
    assert!(
        !folder.path().join("other").exists(),
        "nothing is left behind"
    );

    std::fs::write(folder.path().join("bad.toml"), "[server]\nlisen = 1\n").unwrap();
    let (code, said) = run(folder.path(), &["serve", "--config", "bad.toml"]);
    assert_eq!(code, 2, "{said}");
    assert!(
        said.contains("[bad.toml:2:1]") && said.contains("`listen`"),
        "{said}"
    );
}

#[test]
fn a_project_is_set_up_once() {
    let folder = folder();
    let serving = Serving::start(folder.path(), SETTINGS);
    let project = folder.path().join("project");
    std::fs::create_dir(&project).unwrap();
    let file = project.join(".cargo/config.toml");
    let setup = |more: &[&str]| {
        let arguments = [&["setup", "--url", &serving.url], more].concat();
        run(&project, &arguments)
    };

    let (code, said) = setup(&["--dry-run"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("+[registries.acme]"), "{said}");
    assert!(!file.exists());

    assert_eq!(setup(&[]).0, 0);
    let written = std::fs::read_to_string(&file).unwrap();
    let index = format!("index = \"sparse+{}/main/index/\"", serving.url);
    assert!(written.contains(&index), "{written}");
    assert!(
        !written.contains("crates-io"),
        "the view has none: {written}"
    );
    let (code, said) = setup(&[]);
    assert_eq!(
        (code, said.contains("nothing to change")),
        (0, true),
        "{said}"
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), written);

    std::fs::write(
        &file,
        "[registries.main]\nindex = \"sparse+http://other/\"\n",
    )
    .unwrap();
    let (code, said) = setup(&[]);
    assert_eq!(code, 2, "{said}");
    assert!(
        said.contains("sparse+http://other/") && said.contains("--force"),
        "{said}"
    );
    assert_eq!(setup(&["--force"]).0, 0);

    let (code, said) = setup(&["--view", "mian"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("views are: main"), "{said}");

    assert_eq!(setup(&["--user", "--name", "acme-all", "--strict"]).0, 0);
    let user = project.join("cargo-home/config.toml");
    let user = std::fs::read_to_string(user).unwrap();
    assert!(user.contains("replace-with = \"acme-all\""), "{user}");
}

#[test]
fn a_closed_view_is_set_up_with_a_token() {
    let folder = folder();
    let closed = format!("{SETTINGS}read = 'token'\n");
    let serving = Serving::start(folder.path(), &closed);
    let project = folder.path().join("project");
    std::fs::create_dir(&project).unwrap();
    let arguments = ["setup", "--url", &serving.url];
    let (code, said) = run(&project, &arguments);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("--token"), "{said}");

    let token = folder.path().join("crossdock-data/admin-token");
    let token = std::fs::read_to_string(token).unwrap();
    let mut command = program(&project, &arguments);
    let (code, said) = told(
        &command
            .env("CROSSDOCK_TOKEN", token.trim())
            .output()
            .unwrap(),
    );
    assert_eq!(code, 0, "{said}");
    let written = std::fs::read_to_string(project.join(".cargo/config.toml")).unwrap();
    assert!(written.contains("global-credential-providers"), "{written}");
    assert!(!written.contains("cdk_") && !said.contains("cdk_"));
}

#[test]
fn names_are_explained_and_conflicts_looked_for() {
    let folder = folder();
    let mut serving = Serving::start(folder.path(), SETTINGS);
    let url = serving.url.clone();
    let (code, said) = run(folder.path(), &["explain", "petal", "--url", &url]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("`petal` in view `main` is absent"), "{said}");
    let (code, said) = run(
        folder.path(),
        &["explain", "petal", "--url", &url, "--json"],
    );
    assert!(said.contains("\"outcome\": \"absent\""), "{code} {said}");

    let check = ["check", "--deny", "conflicts", "--url", &url];
    let (code, said) = run(folder.path(), &check);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("view main: no conflicts"), "{said}");

    serving.stop(Signal::TERM);
    let (code, said) = run(folder.path(), &check);
    assert_eq!(code, 2, "{said}");
    assert!(
        said.contains(&url) && said.contains("crossdock serve"),
        "{said}"
    );
    let (code, said) = run(folder.path(), &["check", "--url", &url]);
    assert_eq!(code, 0, "settings are checked without a server: {said}");

    std::fs::write(folder.path().join("crossdock.toml"), "[view.main]\n").unwrap();
    let (code, said) = run(folder.path(), &["check"]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("[views.NAME]"), "{said}");
}

#[test]
fn addresses_that_are_almost_right_are_put_right() {
    let folder = folder();
    let serving = Serving::start(folder.path(), SETTINGS);
    let bare = serving.url.strip_prefix("http://").unwrap();
    let below = |path: &str| format!("{}{path}", serving.url);
    let cure = format!("write --url {} --view main", serving.url);
    for (url, told) in [
        (bare.to_owned(), format!("write {}", serving.url)),
        (below("/main"), cure.clone()),
        (below("/main/index/"), cure.clone()),
        (
            below("/acme/"),
            format!("write --url {}; its views are: main", serving.url),
        ),
        (
            format!("sparse+{}", below("/main/index/")),
            format!("write {}, and name the view with --view", serving.url),
        ),
    ] {
        let (code, said) = run(folder.path(), &["setup", "--dry-run", "--url", &url]);
        assert_eq!(code, 2, "{url}: {said}");
        assert!(said.contains(&told), "{url}: {told} is missing in {said}");
    }
    let below = below("/main");
    let (code, said) = run(folder.path(), &["check", "--url", &below]);
    assert!(code == 2 && said.contains(&cure), "{code}: {said}");
    let (code, said) = run(
        folder.path(),
        &["setup", "--url", &serving.url, "--view", "acme"],
    );
    assert_eq!(code, 2, "{said}");
    assert!(
        said.contains("`acme` is a registry, not a view") && said.contains("--view main"),
        "{said}"
    );
}

#[test]
fn check_says_what_keeps_serve_from_starting_and_who_answers() {
    let folder = folder();
    let serving = Serving::start(folder.path(), SETTINGS);
    let other = format!(
        "{SETTINGS}[registries.partner]\nmirror = 'sparse+http://127.0.0.1:9/'\n\
         token-env = 'PARTNER_TOKEN'\n[views.all]\nmembers = ['partner']\n"
    );
    std::fs::write(folder.path().join("other.toml"), other).unwrap();
    let check = |deny: &[&str], token: Option<&str>| {
        let settings = ["check", "--config", "other.toml", "--url", &serving.url];
        let mut command = program(folder.path(), &[&settings, deny].concat());
        match token {
            Some(token) => command.env("PARTNER_TOKEN", token),
            None => command.env_remove("PARTNER_TOKEN"),
        };
        told(&command.output().unwrap())
    };
    let (code, said) = check(&[], None);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("warning: [registries.partner]")
            && said.contains("PARTNER_TOKEN, which is not set"),
        "{said}"
    );
    assert!(
        said.contains("does not run these settings: it has no view `all`"),
        "{said}"
    );
    assert!(!said.contains("in the clear"), "loopback: {said}");
    assert_eq!(check(&["--deny", "secrets"], None).0, 1);
    assert_eq!(check(&["--deny", "differences"], None).0, 1);
    let (code, said) = check(&["--deny", "secrets"], Some("word"));
    assert!(code == 0 && !said.contains("PARTNER_TOKEN"), "{said}");
    let (_, said) = check(&["--json"], None);
    assert!(said.contains("\"differences\": ["), "{said}");
    // Its own settings it does run.
    let (code, said) = run(
        folder.path(),
        &["check", "--deny", "differences", "--url", &serving.url],
    );
    assert!(code == 0 && !said.contains("warning"), "{code}: {said}");
    let mut serve = program(folder.path(), &["serve", "--config", "other.toml"]);
    let (code, said) = told(&serve.env("CROSSDOCK_LOG", "inof").output().unwrap());
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("`inof`, which is no level"), "{said}");
}

#[test]
fn what_serve_refuses_is_an_error_of_check() {
    let folder = folder();
    let settings = "[registries.partner]\nmirror = 'sparse+http://partner.example/'\n\
                    token-env = 'PARTNER_TOKEN'\n[views.main]\nmembers = ['partner']\n";
    std::fs::write(folder.path().join("crossdock.toml"), settings).unwrap();
    let check = ["check", "--url", "http://127.0.0.1:9"];
    let (code, said) = run(folder.path(), &check);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("warning: [registries.partner] sends the token in PARTNER_TOKEN")
            && said.contains("in the clear"),
        "{said}"
    );
    let listed = settings.replace("token-env", "public-names = 'names.txt'\ntoken-env");
    std::fs::write(folder.path().join("crossdock.toml"), listed).unwrap();
    for json in [&[][..], &["--json"]] {
        let (code, said) = run(folder.path(), &[&check[..], json].concat());
        assert_eq!(code, 1, "{said}");
        assert!(
            said.contains("names.txt") && said.contains("`public-names` in [registries.partner]"),
            "{said}"
        );
    }
}

#[test]
fn a_registry_that_there_is_not_has_no_egress() {
    let folder = folder();
    let serving = Serving::start(folder.path(), SETTINGS);
    for (named, what) in [("typo", "no registry `typo`"), ("main", "that is a view")] {
        let egress = ["egress", "--registry", named, "--url", &serving.url];
        let token = std::fs::read_to_string(folder.path().join("crossdock-data/admin-token"));
        let mut egress = program(folder.path(), &egress);
        let asked = egress
            .env("CROSSDOCK_TOKEN", token.unwrap().trim())
            .output();
        let (code, said) = told(&asked.unwrap());
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(what), "{said}");
    }
}

#[test]
fn it_is_a_cargo_subcommand_too() {
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-crossdock"))
        .args(["crossdock", "--version"])
        .output()
        .unwrap();
    let (code, said) = told(&output);
    assert_eq!((code, said.starts_with("crossdock ")), (0, true), "{said}");
    assert_eq!(run(Path::new("."), &["serv"]).0, 2);
}
