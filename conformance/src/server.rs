//! The program itself, started on a free port with its own data.
//!
//! It is the one at `CROSSDOCK_BIN`, else the one built beside these tests. It is
//! spoken to over HTTP and its command line, and stopped by its process id.
//!
//! Absent: what is in its settings.

use crate::command::{Outcome, fail, indented};
use crate::http::{Answer, ask};
use crate::krate::Krate;
use crate::small_disk::SmallDisk;
use crate::upload;
use crate::workbench::Workbench;
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long it may take to be ready, on a machine that does much else.
const READY_LIMIT: Duration = Duration::from_secs(60);

/// How long it may take to drain and end.
const END_LIMIT: Duration = Duration::from_secs(10);

/// The line that says it is ready.
const READY: &str = "crossdock is listening on ";

/// A running server.
#[derive(Debug)]
pub struct Server {
    child: Child,
    url: String,
    folder: PathBuf,
    token: String,
    place: Place,
}

/// Where a program runs, if not simply here.
#[derive(Clone, Debug, Default)]
struct Place {
    /// What its words begin with.
    before: Vec<OsString>,
    /// Where its data are found from here, if not where it finds them.
    data: Option<PathBuf>,
}

impl Server {
    /// Starts one with settings, on fresh data.
    ///
    /// # Panics
    /// If it does not get ready.
    #[track_caller]
    pub fn start(bench: &Workbench, settings: &str) -> Self {
        Self::start_at(bench, "server", settings, &[])
    }

    /// Starts one with its settings and data in a folder of the workbench, and with
    /// more in its environment.
    #[track_caller]
    pub fn start_at(
        bench: &Workbench,
        folder: &str,
        settings: &str,
        environment: &[(&str, &str)],
    ) -> Self {
        bench.write(&format!("{folder}/crossdock.toml"), settings);
        let place = Place::default();
        Self::launch(
            bench,
            &bench.path(folder),
            "127.0.0.1:0",
            environment,
            place,
        )
    }

    /// Returns the folder that the data of [`Self::start_on`] are in, for a disk to be there.
    pub fn data_of(bench: &Workbench) -> PathBuf {
        bench.path("server/data")
    }

    /// Starts one whose data are on a small disk at [`Self::data_of`].
    #[track_caller]
    pub fn start_on(disk: &SmallDisk, bench: &Workbench, settings: &str) -> Self {
        bench.write("server/crossdock.toml", settings);
        let place = Place {
            before: disk.before(),
            data: Some(disk.path()),
        };
        Self::launch(bench, &bench.path("server"), "127.0.0.1:0", &[], place)
    }

    /// Starts one as a newcomer does: without a settings file.
    #[track_caller]
    pub fn start_without_settings(bench: &Workbench) -> Self {
        bench.write("server/empty", "");
        let place = Place::default();
        Self::launch(bench, &bench.path("server"), "127.0.0.1:0", &[], place)
    }

    #[track_caller]
    fn launch(
        bench: &Workbench,
        folder: &Path,
        listen: &str,
        environment: &[(&str, &str)],
        place: Place,
    ) -> Self {
        let mut command = prepared(bench, folder, listen, environment, &place.before);
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => fail(&format!("cannot start {}: {error}", program().display())),
        };
        let url = ready_line(&mut child, folder);
        let mut server = Self {
            child,
            url: url.unwrap_or_default(),
            folder: folder.to_owned(),
            token: String::new(),
            place,
        };
        if server.url.is_empty() {
            let ended = server.child.try_wait().ok().flatten();
            let ended = ended
                .map(|status| format!(", but ended: {status}"))
                .unwrap_or_default();
            fail(&format!(
                "the server did not say `{READY}…` within {READY_LIMIT:?}{ended}"
            ));
        }
        server.token = fs::read_to_string(server.data().join("admin-token"))
            .unwrap_or_default()
            .trim()
            .to_owned();
        server
    }

    /// Returns the number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns its address, without a final slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the address of an index of it, as cargo writes it.
    pub fn index(&self, surface: &str) -> String {
        format!("sparse+{}/{surface}/index/", self.url)
    }

    /// Returns the admin token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Returns the id of its process, to be looked at.
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// Returns the folder in which it keeps its data.
    pub fn data(&self) -> PathBuf {
        let elsewhere = self.place.data.clone();
        elsewhere.unwrap_or_else(|| self.folder.join("data"))
    }

    /// Returns its settings file.
    pub fn settings(&self) -> PathBuf {
        self.folder.join("crossdock.toml")
    }

    /// Returns what it said so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Asks for a path.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        ask("GET", &format!("{}{path}", self.url), &[], b"")
    }

    /// Asks for the index file of a name.
    #[track_caller]
    pub fn entry(&self, surface: &str, name: &str) -> Answer {
        self.get(&format!(
            "/{surface}/index/{}",
            crate::upstream::index_path(name)
        ))
    }

    /// Sends a request with the admin token.
    #[track_caller]
    pub fn send(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        ask(
            method,
            &format!("{}{path}", self.url),
            &[("authorization", &self.token)],
            body,
        )
    }

    /// Uploads a body to a registry or view.
    #[track_caller]
    pub fn upload(&self, registry: &str, body: &[u8]) -> Answer {
        self.send("PUT", &format!("/{registry}/api/v1/crates/new"), body)
    }

    /// Uploads bodies to a registry or view, all or none.
    #[track_caller]
    pub fn upload_batch(&self, registry: &str, bodies: &[Vec<u8>]) -> Answer {
        self.send(
            "PUT",
            &format!("/{registry}/api/v1/crates/batch"),
            &bodies.concat(),
        )
    }

    /// Publishes a crate and expects it to be taken.
    #[track_caller]
    pub fn has(&self, registry: &str, krate: &Krate) {
        self.upload(registry, &upload::body(krate)).expects(200);
    }

    /// Yanks a version.
    #[track_caller]
    pub fn yank(&self, registry: &str, name: &str, version: &str) -> Answer {
        self.send(
            "DELETE",
            &format!("/{registry}/api/v1/crates/{name}/{version}/yank"),
            b"",
        )
    }

    /// Runs a command of the program beside the server.
    #[track_caller]
    pub fn command(&self, bench: &Workbench, arguments: &[&str]) -> Outcome {
        let mut command = bench.command(&program());
        let environment = [
            ("CROSSDOCK_URL", self.url.as_str()),
            ("CROSSDOCK_TOKEN", &self.token),
        ];
        command.args(arguments).envs(environment);
        bench.run(command)
    }

    /// Changes its settings file; what is in force stays until somebody has it applied.
    #[track_caller]
    pub fn write_settings(&self, settings: &str) {
        fs::write(self.settings(), settings).expect("the workbench's folder is writable");
    }

    /// Sends it what `systemctl reload` does.
    pub fn hang_up(&self) {
        if let Some(id) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // It is our child and not waited for yet, so the id cannot be another's.
            let _ = kill_process(id, Signal::HUP);
        }
    }

    /// Returns how much memory it has, in bytes.
    ///
    /// # Panics
    /// If it does not run any more.
    pub fn resident_bytes(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(path).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        1024 * kilobytes.expect("a process that runs has memory")
    }

    /// Stops it as an operator does, and expects it to end well.
    #[track_caller]
    pub fn stop(&mut self) {
        match self.end() {
            Some(status) if status.code() == Some(0) => {}
            other => fail(&format!("asked to end, the server ended with {other:?}")),
        }
    }

    /// Stops it without a chance to put anything right.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Returns what kills it while others use it.
    pub fn killer(&self) -> Killer {
        Killer(i32::try_from(self.child.id()).ok().and_then(Pid::from_raw))
    }

    /// Starts it again and kills it after a while, whether it is ready or not.
    #[track_caller]
    pub fn start_and_kill(&mut self, bench: &Workbench, settings: Option<&str>, after: Duration) {
        self.end();
        if let Some(settings) = settings {
            fs::write(self.settings(), settings).expect("the workbench's folder is writable");
        }
        let listen = self.url.trim_start_matches("http://").to_owned();
        let before = &self.place.before;
        let mut command = prepared(bench, &self.folder, &listen, &[], before);
        self.child = match command.stdout(Stdio::null()).spawn() {
            Ok(child) => child,
            Err(error) => fail(&format!("cannot start {}: {error}", program().display())),
        };
        std::thread::sleep(after);
        self.kill();
    }

    /// Starts it again at the same address on the same data, perhaps with other settings.
    #[track_caller]
    pub fn start_again(&mut self, bench: &Workbench, settings: Option<&str>) {
        self.end();
        if let Some(settings) = settings {
            fs::write(self.settings(), settings).expect("the workbench's folder is writable");
        }
        let listen = self.url.trim_start_matches("http://").to_owned();
        let (folder, place) = (self.folder.clone(), self.place.clone());
        *self = Self::launch(bench, &folder, &listen, &[], place);
    }

    /// Starts it again on the same data at another address.
    #[track_caller]
    pub fn start_elsewhere(&mut self, bench: &Workbench, settings: &str) {
        self.end();
        fs::write(self.settings(), settings).expect("the workbench's folder is writable");
        let (folder, place) = (self.folder.clone(), self.place.clone());
        *self = Self::launch(bench, &folder, "127.0.0.1:0", &[], place);
    }

    fn end(&mut self) -> Option<ExitStatus> {
        if let Ok(Some(status)) = self.child.try_wait() {
            return Some(status);
        }
        if let Some(id) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // It is our child and not waited for yet, so the id cannot be another's.
            let _ = kill_process(id, Signal::TERM);
        }
        let began = Instant::now();
        while began.elapsed() < END_LIMIT {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.kill();
        None
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let tail = lines[lines.len().saturating_sub(60)..].join("\n");
            eprintln!(
                "the server's last words, from {}:\n{}",
                self.folder.join("log").display(),
                indented(&tail)
            );
        }
    }
}

/// Finds the program.
///
/// # Panics
/// If it is not there.
#[track_caller]
pub fn program() -> PathBuf {
    let found = built().unwrap_or_default();
    if !found.is_file() {
        fail(&format!(
            "there is no program at `{}`: run `cargo build -p crossdock` first, or point CROSSDOCK_BIN at one",
            found.display()
        ));
    }
    found
}

/// Returns where the program is, if it was built.
pub(crate) fn built() -> Option<PathBuf> {
    let beside = || {
        let test = std::env::current_exe().ok()?;
        Some(
            test.parent()?
                .parent()?
                .join(format!("crossdock{}", std::env::consts::EXE_SUFFIX)),
        )
    };
    let given = std::env::var_os("CROSSDOCK_BIN").map(PathBuf::from);
    given.or_else(beside)
}

/// What kills a server while others use it.
#[derive(Clone, Copy, Debug)]
pub struct Killer(Option<Pid>);

impl Killer {
    /// Kills it without a chance to put anything right; it has yet to be waited for.
    pub fn kill(self) {
        if let Some(id) = self.0 {
            let _ = kill_process(id, Signal::KILL);
        }
    }
}

/// Prepares a server with its settings, data and log in a folder.
fn prepared(
    bench: &Workbench,
    folder: &Path,
    listen: &str,
    environment: &[(&str, &str)],
    before: &[OsString],
) -> Command {
    let mut command = bench.command_in(before, &program());
    let settings = folder.join("crossdock.toml");
    command
        .current_dir(folder)
        .args(["serve", "--listen", listen])
        .arg("--data")
        .arg(folder.join("data"));
    if settings.exists() {
        command.arg("--config").arg(&settings);
    }
    let log = File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"));
    let log = log.expect("the workbench's folder is writable");
    command
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log);
    command
}

/// Waits for the ready line and returns the address in it; keeps all lines.
fn ready_line(child: &mut Child, folder: &Path) -> Option<String> {
    let stdout = child.stdout.take()?;
    let mut kept = File::options()
        .create(true)
        .append(true)
        .open(folder.join("stdout"))
        .ok()?;
    let (tell, told) = mpsc::channel();
    // Ends when the server closes its stdout, which is when it ends.
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let _ = writeln!(kept, "{line}");
            let _ = tell.send(line);
        }
    });
    let until = Instant::now() + READY_LIMIT;
    loop {
        let line = told
            .recv_timeout(until.saturating_duration_since(Instant::now()))
            .ok()?;
        if let Some(url) = line.strip_prefix(READY) {
            return Some(url.trim().trim_end_matches('/').to_owned());
        }
    }
}
