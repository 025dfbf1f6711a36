//! A disk without room: writes are refused with 507 and words for people, reads go on,
//! and once there is room again, so do writes, without anybody's hand.

use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::http::Answer;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::{Server, program};
use crossdock_conformance::small_disk::SmallDisk;
use crossdock_conformance::tarball::checksum;
use crossdock_conformance::upload;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;
use serde_json::Value;
use std::time::{Duration, Instant};

/// Room for the database and its log, a few archives, and all folders of archives.
const BYTES: usize = 12 * 1024 * 1024;
const FILES: usize = 600;

/// How long what was found a moment ago is believed, many times over.
const AGAIN_WITHIN: Duration = Duration::from_secs(30);

/// The words by which people find out what to do.
const WORDS: &str = "storage is full or read-only";

struct House {
    server: Server,
    disk: SmallDisk,
    public: Upstream,
    bench: Workbench,
}

impl House {
    /// A server with a crate of its own and one of the mirror, both read.
    fn new() -> Option<Self> {
        let (bench, public) = (Workbench::new(), Upstream::start());
        let disk = SmallDisk::new(&Server::data_of(&bench), BYTES, FILES)?;
        let settings = installation::settings(Identity::CratesIo, &public, "");
        let server = Server::start_on(&disk, &bench, &settings);
        server.has("local", &Krate::new("petal", "1.0.0"));
        public.has_all(&[Krate::new("stem", "1.0.0"), Krate::new("leaf", "1.0.0")]);
        let house = Self {
            server,
            disk,
            public,
            bench,
        };
        house.reads_what_it_has();
        Some(house)
    }

    fn given(&self, name: &str) -> Answer {
        let cksum = checksum(&Krate::new(name, "1.0.0").archive());
        self.server.get(&format!("/main/dl/{name}/1.0.0/{cksum}"))
    }

    fn reads_what_it_has(&self) {
        for name in ["petal", "stem"] {
            self.server.entry("main", name).expects(200);
            assert_eq!(
                self.given(name).expects(200).body,
                Krate::new(name, "1.0.0").archive()
            );
        }
    }

    /// Nothing can be written: what is asked for is refused in words, or given.
    fn is_full(&self) {
        let petal = Krate::new("petal", "1.1.0");
        let refused = self.server.upload("local", &upload::body(&petal));
        refused.expects(507).says(WORDS).says("\"errors\"");
        let bodies = [
            upload::body(&petal),
            upload::body(&Krate::new("rose", "1.0.0")),
        ];
        let refused = self.server.upload_batch("local", &bodies);
        refused.expects(507).says(WORDS);
        assert_eq!(self.server.entry("local", "petal").versions(), ["1.0.0"]);
        self.server.entry("local", "rose").expects(404);
        // What is not held yet: told in words, where nothing can be recorded or kept.
        let unheld = self.server.entry("main", "leaf");
        if unheld.status != 200 {
            unheld.expects(503).says(WORDS);
        }
        let unheld = self.given("leaf");
        assert!([200, 503, 507].contains(&unheld.status), "{unheld}");
        if unheld.status != 200 {
            unheld.says(WORDS);
        }
        // What is held, though there is news of it.
        self.public.has(&Krate::new("stem", "1.1.0"));
        self.reads_what_it_has();
        self.server.get("/readyz").expects(503).says(WORDS);
        // What cargo prints of it.
        Configuration::default()
            .registry("local", &self.server.index("local"))
            .write(&self.bench);
        let project = Project::create(&self.bench, &petal);
        let token = self.server.token();
        let arguments = [
            "publish",
            "--no-verify",
            "--allow-dirty",
            "--registry",
            "local",
        ];
        let arguments = [&arguments[..], &["--token", token]].concat();
        project.cargo(&arguments).fails().says(WORDS);
    }

    fn until(&self, what: &str, so: impl Fn(&Server) -> bool) {
        let begun = Instant::now();
        while !so(&self.server) {
            assert!(begun.elapsed() < AGAIN_WITHIN, "not yet: {what}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Writes go on, and nothing is left of what was refused.
    fn goes_on(&mut self) {
        self.disk.frees();
        self.until("it is ready", |server| server.get("/readyz").status == 200);
        self.server.has("local", &Krate::new("petal", "1.1.0"));
        self.server.entry("main", "leaf").expects(200);
        self.given("leaf").expects(200);
        self.server.yank("local", "petal", "1.0.0").expects(200);
        assert_eq!(self.server.entry("main", "petal").versions().len(), 2);
        // What was held back is asked for again in a moment.
        self.until("there is news of `stem`", |server| {
            server.entry("main", "stem").versions().len() == 2
        });
        self.reads_what_it_has();
        self.server.stop();
        let settings = self.server.settings();
        let mut fsck = self.bench.command_on(&self.disk, &program());
        fsck.args(["fsck", "--json", "--data"]);
        fsck.arg(Server::data_of(&self.bench));
        fsck.arg("--config").arg(settings);
        let report = self.bench.run(fsck).succeeds().stdout;
        let report: Value = serde_json::from_str(&report).expect("it prints JSON");
        assert_eq!(report["findings"], Value::Array(Vec::new()), "{report}");
    }
}

#[test]
fn without_space_writes_are_refused_and_reads_go_on() {
    let Some(mut house) = House::new() else {
        return;
    };
    house.disk.fill();
    house.is_full();
    house.goes_on();
}

#[test]
fn without_inodes_writes_are_refused_and_reads_go_on() {
    let Some(mut house) = House::new() else {
        return;
    };
    house.disk.use_up_files();
    house.is_full();
    house.goes_on();
}

#[test]
fn where_nothing_may_be_written_it_is_refused_and_reads_go_on() {
    let Some(mut house) = House::new() else {
        return;
    };
    house.disk.becomes_read_only();
    house.is_full();
    house.disk.becomes_writable();
    house.goes_on();
}

#[test]
fn a_server_that_is_killed_on_a_full_disk_starts_on_it() {
    let Some(mut house) = House::new() else {
        return;
    };
    house.disk.fill();
    house.is_full();
    house.server.kill();
    house.server.start_again(&house.bench, None);
    house.is_full();
    house.goes_on();
}
