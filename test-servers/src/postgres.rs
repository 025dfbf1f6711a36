//! A PostgreSQL of Debian's package (or any other) in a folder of its own, on a socket.
//!
//! It syncs to disk like one in earnest, and orders texts as people do, not by bytes,
//! so that nobody relies on the order of a database without saying so.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// PostgreSQL does not run as root; then it runs as `nobody`, whom every system has.
const NOBODY: u32 = 65_534;

/// How long starting, stopping or asking may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for the end of its input, which is the end of the test's process, and ends the
/// server: `$1` is pg_ctl, `$2` the data, `$3` the folder of all.
const KEEPER: &str =
    r#"cat >/dev/null; "$1" -D "$2" -m immediate stop >/dev/null 2>&1; rm -rf "$3""#;

/// A server, as long as this is not dropped.
#[derive(Debug)]
pub struct Postgres {
    folder: PathBuf,
    programs: PathBuf,
    // Its input is held open, and closed when this process ends.
    keeper: Child,
    made: AtomicU32,
}

impl Postgres {
    /// Starts a server without any database of ours.
    ///
    /// # Panics
    /// If PostgreSQL is not installed, or does not start.
    pub fn start() -> Self {
        let programs = programs();
        let kept = tempfile::Builder::new().prefix("cdpg").tempdir();
        let folder = kept.expect("a folder for PostgreSQL can be made").keep();
        let may = fs::set_permissions(&folder, fs::Permissions::from_mode(0o700));
        may.expect("our own folder can be closed");
        if is_root() {
            chown(&folder, Some(NOBODY), Some(NOBODY)).expect("root may give a folder away");
        }
        let data = folder.join("data");
        let init = unprivileged(&programs.join("initdb"))
            .args(["--username=crossdock", "--auth=trust", "--encoding=UTF8"])
            .args([
                "--locale-provider=icu",
                "--icu-locale=en",
                "--locale=C.UTF-8",
            ])
            .args(["--no-sync", "--pgdata"])
            .arg(&data)
            .output();
        succeeded("initdb", init);
        let pg_ctl = programs.join("pg_ctl");
        let keeper = unprivileged(Path::new("sh"))
            .args(["-c", KEEPER, "sh"])
            .args([&pg_ctl, &data, &folder])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let server = Self {
            folder,
            programs,
            keeper: keeper.expect("sh can be started"),
            made: AtomicU32::new(0),
        };
        server.begin();
        server
    }

    /// Starts the server again after [`Self::stop`].
    ///
    /// # Panics
    /// If it does not start.
    pub fn begin(&self) {
        let settings = format!(
            "-c listen_addresses= -c unix_socket_directories={} -c max_connections=200 -c shared_buffers=32MB",
            self.folder.display()
        );
        let log = self.folder.join("log");
        let mut command = self.pg_ctl();
        command.arg("-o").arg(settings).arg("-l").arg(&log);
        let output = command.arg("start").output();
        let told = fs::read_to_string(&log).unwrap_or_default();
        succeeded(&format!("pg_ctl start: {told}"), output);
    }

    /// Stops the server and cuts off whoever is connected.
    ///
    /// # Panics
    /// If it does not stop.
    pub fn stop(&self) {
        succeeded(
            "pg_ctl stop",
            self.pg_ctl().args(["-m", "fast", "stop"]).output(),
        );
    }

    /// Makes an empty database and returns its address.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn database(&self) -> String {
        let name = format!("test{}", self.made.fetch_add(1, Ordering::Relaxed));
        self.say("postgres", &format!("CREATE DATABASE {name}"));
        let socket = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://crossdock@{socket}/{name}")
    }

    /// Empties all tables of a database, which is sooner done than making another.
    ///
    /// # Panics
    /// If they cannot be emptied.
    pub fn empty(&self, address: &str) {
        let database = address.rsplit('/').next().unwrap_or_default();
        self.say(
            database,
            "DO $$ DECLARE one TEXT; BEGIN \
             FOR one IN SELECT tablename FROM pg_tables \
                 WHERE schemaname = 'public' AND tablename <> 'crossdock_version' LOOP \
                 EXECUTE format('DELETE FROM %I', one); \
             END LOOP; END $$",
        );
    }

    /// Says something in SQL to a database and returns the answer: a line for each row.
    ///
    /// # Panics
    /// If it is refused.
    pub fn say(&self, database: &str, sql: &str) -> String {
        let mut command = unprivileged(&self.programs.join("psql"));
        command.args(["-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "crossdock"]);
        command
            .arg("-h")
            .arg(&self.folder)
            .args(["-d", database, "-c", sql]);
        let output = succeeded(sql, command.output());
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn pg_ctl(&self) -> Command {
        let mut command = unprivileged(&self.programs.join("pg_ctl"));
        command.arg("-D").arg(self.folder.join("data"));
        command.args(["-w", "-t", &PATIENCE.as_secs().to_string()]);
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            match self.keeper.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_millis(10)),
                _ => return,
            }
        }
    }
}

/// Finds the folder of PostgreSQL's programs: that of the newest version.
fn programs() -> PathBuf {
    let by_path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    folders.sort();
    folders.reverse();
    folders.extend(std::env::split_paths(&by_path));
    let has_all = |folder: &PathBuf| {
        ["initdb", "pg_ctl", "psql", "postgres"]
            .iter()
            .all(|program| folder.join(program).exists())
    };
    folders.into_iter().find(has_all).unwrap_or_else(|| {
        panic!(
            "PostgreSQL is not installed, and this test needs it: `apt-get install -y postgresql`, \
             or have its initdb, pg_ctl, postgres and psql in PATH"
        )
    })
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A program that does not run as root, wherever we are.
fn unprivileged(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/").env("LC_ALL", "C");
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

fn succeeded(what: &str, output: std::io::Result<Output>) -> Output {
    match output {
        Ok(output) if output.status.success() => output,
        Ok(output) => panic!(
            "{what}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ),
        Err(error) => panic!("{what}: {error}"),
    }
}
