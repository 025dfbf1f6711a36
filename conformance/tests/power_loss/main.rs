//! The real program on a disk that loses power: what it wrote is recorded call by call,
//! and every disk that could be left is looked at as a start does.
//!
//! `CROSSDOCK_POWER_SEEDS` asks for more disks (`cargo xtask soak power`). Each is left at
//! another moment; of what was not synced then, all is there, nothing, or some of it.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod story;

use crossdock_conformance::command;
use crossdock_conformance::installation;
use crossdock_conformance::power::{Disk, Left};
use crossdock_conformance::recorder::{Operation, Recorder};
use crossdock_conformance::server::{Server, program};
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use story::Story;

/// A second does; a machine that serves others first is given more.
const FSCK_LIMIT: Duration = Duration::from_secs(10 * 60);

const LEFT: [Left; 5] = [
    Left::Some,
    Left::Nothing,
    Left::Names,
    Left::Bytes,
    Left::All,
];

#[test]
fn what_was_acknowledged_is_there_when_the_power_was_lost() {
    let seeds = std::env::var("CROSSDOCK_POWER_SEEDS").ok();
    let seeds: usize = seeds.and_then(|text| text.parse().ok()).unwrap_or(15);
    let (bench, public) = (Workbench::new(), Upstream::start());
    let settings = settings(&public);
    let server = Server::start(&bench, &settings);
    Story::prepare(&server);
    let recorder = match Recorder::follow(server.id(), &server.data()) {
        Ok(recorder) => recorder,
        Err(error) => {
            eprintln!("programs cannot be followed here, so nothing is tried: {error}");
            return;
        }
    };
    let (disk, first) = seen(&recorder, &server.data());
    let story = Story::lived(&server, &public, &recorder);
    let (there, last) = seen(&recorder, &server.data());
    let mut operations = recorder.stop();
    operations.truncate(last);
    let whole = after(&disk, &operations[first..]);
    same(&whole.left(Left::All, 0), &there.left(Left::All, 0));
    let synced = |operation: &&Operation| {
        matches!(
            operation,
            Operation::FileSynced { .. } | Operation::FolderSynced { .. }
        )
    };
    let syncs = operations.iter().filter(synced).count();
    drop(server);
    let mut left_by = BTreeMap::new();
    for seed in 0..seeds {
        let left = LEFT[seed % LEFT.len()];
        // Spread over the whole, and at no step of it alone.
        let at = first + (seed * 7919 + 13 * (seed / 7)) % (operations.len() + 1 - first);
        let then = after(&disk, &operations[first..at]);
        let files = then.left(left, seed as u64);
        let folder = format!("left{seed}");
        bench.write(&format!("{folder}/crossdock.toml"), &settings);
        let data = bench.path(&format!("{folder}/data"));
        then.write(&files, &data).expect("there is room for it");
        is_sound(&bench, &data, seed, left, at);
        let server = Server::start_at(&bench, &folder, &settings, &[]);
        story.holds_at(
            &server,
            at,
            &format!("seed {seed}, {left:?}, after {at} calls"),
        );
        drop(server);
        fs::remove_dir_all(bench.path(&folder)).expect("it is ours");
        *left_by.entry(format!("{left:?}")).or_insert(0) += 1;
    }
    println!(
        "{} calls, {syncs} of them syncs; {seeds} disks {left_by:?}, no anomaly",
        operations.len()
    );
}

/// The folder as it is, and how much was noted by then: nothing was written meanwhile.
fn seen(recorder: &Recorder, data: &Path) -> (Disk, usize) {
    loop {
        let before = recorder.position();
        let disk = Disk::of(data);
        if recorder.position() == before {
            return (disk.expect("the data can be read"), before);
        }
    }
}

fn after(disk: &Disk, operations: &[Operation]) -> Disk {
    let mut then = disk.clone();
    operations.iter().for_each(|one| then.apply(one));
    then
}

/// What was recorded makes what is there: nothing was overlooked.
fn same(recorded: &BTreeMap<PathBuf, Vec<u8>>, there: &BTreeMap<PathBuf, Vec<u8>>) {
    assert!(recorded.keys().eq(there.keys()), "names were overlooked");
    for (path, bytes) in recorded {
        let shown = path.display();
        assert!(*bytes == there[path], "{shown} was recorded otherwise");
    }
}

fn is_sound(bench: &Workbench, data: &Path, seed: usize, left: Left, at: usize) {
    let mut fsck = bench.command(&program());
    fsck.args(["fsck", "--json", "--data"]).arg(data);
    fsck.arg("--config")
        .arg(data.with_file_name("crossdock.toml"));
    let out = bench.path("runs/fsck");
    let ran = command::run(fsck, &out, FSCK_LIMIT);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_default();
    assert_eq!(
        report["findings"],
        Value::Array(Vec::new()),
        "seed {seed}, {left:?}, after {at} calls: {}",
        ran.report()
    );
}

fn settings(public: &Upstream) -> String {
    let settings = format!(
        "[server]\n\
         hot-archives = \"0MiB\"\n\
         compact-every = \"1s\"\n\
         \n\
         [registries.local]\n\
         resolve-in = \"main\"\n\
         compact = true\n\
         \n\
         {}\
         [views.main]\n\
         members = [\"local\", \"crates-io\"]\n\
         identity = \"crates-io\"\n\
         publish-to = \"local\"\n",
        installation::crates_io(public),
    );
    installation::patient(&settings)
}
