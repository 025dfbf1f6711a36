//! A byte of a stored archive changes: `crossdock fsck` finds every one, and no answer
//! is a whole archive with other bytes.
//!
//! Archives are small and large, raw and packed. A chain has few bytes on which no
//! archive depends, such as unused bits in the heads of zstd frames: of those nothing is
//! found, and every archive of the chain has to be given as it was. Every round changes one byte in each
//! file, examines them, and asks the real server for all. `CROSSDOCK_CORRUPTIONS` asks
//! for more (`cargo xtask soak corruptions`), `CROSSDOCK_CORRUPTIONS_SEED` for others.

use crossdock_conformance::http::try_ask;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::server::program;
use crossdock_conformance::tarball::checksum;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A minute is many times what a loaded machine needs to pack a dozen archives.
const DEADLINE: Duration = Duration::from_secs(60);

/// Crates of which five versions are packed.
const PACKED: [&str; 3] = ["garden", "hedge", "lawn"];

/// Crates with one version, which stay raw; of the large ones some 700 kB.
const SMALL: usize = 8;
const LARGE: usize = 2;

/// One file, and what fsck has to name if a byte of it changes.
struct Stored {
    path: PathBuf,
    named: Vec<String>,
    is_chain: bool,
}

fn number(variable: &str, usual: u64) -> u64 {
    let said = std::env::var(variable).ok();
    said.and_then(|said| said.parse().ok()).unwrap_or(usual)
}

/// The next of a row of numbers that look like chance (splitmix64).
fn chance(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[test]
fn every_byte_that_changed_is_found_and_none_is_given() {
    let wanted = number("CROSSDOCK_CORRUPTIONS", 39);
    let mut seed = number("CROSSDOCK_CORRUPTIONS_SEED", 1);
    let (mut house, archives) = filled(&mut seed);
    let blobs = house.server.data().join("blobs");
    let whole = house.bench.path("whole");
    copy(&blobs, &whole);
    let stored = stored(&blobs, &archives);
    assert_eq!(stored.len(), SMALL + LARGE + PACKED.len());
    let (mut done, mut found, mut given, mut idle) = (0, 0, 0, 0);
    while done < wanted {
        for one in &stored {
            let mut bytes = fs::read(&one.path).expect("it is stored");
            let many = bytes.len() as u64;
            let place = usize::try_from(chance(&mut seed) % many).expect("it fits");
            let change = u8::try_from(1 + chance(&mut seed) % 255).expect("it fits");
            bytes[place] ^= change;
            fs::write(&one.path, bytes).expect("it is ours");
            done += 1;
        }
        let report = examined(&house);
        // What has to be given as it was, because nothing was found of it.
        let mut whole_still = Vec::new();
        for one in &stored {
            if one.named.iter().any(|name| report.contains(name)) {
                found += 1;
                continue;
            }
            assert!(
                one.is_chain,
                "{} is not found: {report}",
                one.path.display()
            );
            whole_still.extend(one.named.iter().cloned());
            idle += 1;
        }
        // What the last run had in memory would hide what is on the disk.
        let _ = fs::remove_file(house.server.data().join("served-files"));
        house.server.start_again(&house.bench, None);
        for (path, bytes) in &archives {
            let url = format!("{}{path}", house.server.url());
            let is_whole = whole_still.iter().any(|sum| path.ends_with(sum));
            let answer = try_ask("GET", &url, &[], b"");
            assert!(answer.is_ok() || !is_whole, "{path} was not given");
            // Cut off, refused, or the archive as it was.
            if let Ok(answer) = answer
                && (answer.status < 500 || is_whole)
            {
                assert_eq!(answer.status, 200, "{path}: {}", answer.text());
                assert!(answer.body == *bytes, "{path} was given with other bytes");
                given += 1;
            }
        }
        house.server.stop();
        fs::remove_dir_all(&blobs).expect("it is ours");
        copy(&whole, &blobs);
    }
    assert_eq!(found + idle, done);
    println!(
        "{done} bytes changed, {found} found, {idle} of chains that no archive depends on; \
         {given} times an archive was given, as it was"
    );
    let report = examined(&house);
    assert!(report.contains("\"findings\": []"), "{report}");
}

/// A server that was stopped, and its archives by their addresses.
fn filled(seed: &mut u64) -> (Installation, BTreeMap<String, Vec<u8>>) {
    let mut house = Installation::new(Identity::CratesIo);
    let plain = fs::read_to_string(house.server.settings()).expect("it has settings");
    let compact = plain.replace("[registries.local]", "[registries.local]\ncompact = true");
    let every = |time: &str| {
        format!("[server]\nhot-archives = \"0MiB\"\ncompact-every = \"{time}\"\n{compact}")
    };
    house.server.start_again(&house.bench, Some(&every("1s")));
    for name in PACKED {
        for version in 0..5 {
            let function = |i| format!("/// Says {i} of {name}.\npub fn f{i}() -> u32 {{ {i} }}\n");
            let source: String = (0..200 + version).map(function).collect();
            let krate = Krate::new(name, &format!("1.0.{version}")).lib(&source);
            // By cargo itself: such bytes can be made again.
            let project = house.project(&krate);
            let token = house.server.token();
            let arguments = [
                "publish",
                "--no-verify",
                "--registry",
                "local",
                "--token",
                token,
            ];
            project.cargo(&arguments).succeeds();
        }
    }
    for number in 0..SMALL + LARGE {
        let words = if number < SMALL { 10 } else { 40_000 };
        let source: String = (0..words)
            .map(|_| format!("// {:016x}\n", chance(seed)))
            .collect();
        let krate = Krate::new(&format!("raw-{number}"), "1.0.0").lib(&source);
        house.server.has("local", &krate);
    }
    let archives = archives(&house);
    let chains = house.server.data().join("blobs/chains");
    let begun = Instant::now();
    let many = |folder: &Path| fs::read_dir(folder).expect("it is there").count();
    let raw_of = |sum: &str| {
        house
            .server
            .data()
            .join("blobs")
            .join(&sum[..2])
            .join(&sum[2..])
    };
    let packed = || {
        let sums = archives.values().map(|bytes| checksum(bytes));
        sums.filter(|sum| !raw_of(sum).exists()).count()
    };
    while many(&chains) < PACKED.len() || packed() < 5 * PACKED.len() {
        assert!(begun.elapsed() < DEADLINE, "not packed within a minute");
        std::thread::sleep(Duration::from_millis(100));
    }
    house.server.start_again(&house.bench, Some(&every("1d")));
    house.server.stop();
    (house, archives)
}

fn archives(house: &Installation) -> BTreeMap<String, Vec<u8>> {
    let raw = (0..SMALL + LARGE).map(|number| format!("raw-{number}"));
    let names = PACKED.iter().map(|name| (*name).to_owned()).chain(raw);
    let mut archives = BTreeMap::new();
    for name in names {
        for row in house.server.entry("local", &name).rows() {
            let (vers, cksum) = (row["vers"].as_str(), row["cksum"].as_str());
            let (vers, cksum) = (vers.unwrap_or_default(), cksum.unwrap_or_default());
            let path = format!("/local/dl/{name}/{vers}/{cksum}");
            let body = house.server.get(&path).expects(200).body;
            assert_eq!(checksum(&body), cksum);
            archives.insert(path, body);
        }
    }
    archives
}

/// All files that hold archives.
fn stored(blobs: &Path, archives: &BTreeMap<String, Vec<u8>>) -> Vec<Stored> {
    let mut stored = Vec::new();
    for bytes in archives.values() {
        let sum = checksum(bytes);
        let path = blobs.join(&sum[..2]).join(&sum[2..]);
        if path.exists() {
            let named = vec![sum];
            let is_chain = false;
            stored.push(Stored {
                path,
                named,
                is_chain,
            });
        }
    }
    for chain in fs::read_dir(blobs.join("chains")).expect("it is there") {
        let path = chain.expect("it is ours").path();
        let file = path.file_name().expect("a file").to_string_lossy();
        let name = file.split('.').nth(1).expect("a crate's name").to_owned();
        let of_it = archives
            .iter()
            .filter(|(path, _)| path.starts_with(&format!("/local/dl/{name}/")));
        let named = of_it.map(|(_, bytes)| checksum(bytes)).collect();
        let is_chain = true;
        stored.push(Stored {
            path,
            named,
            is_chain,
        });
    }
    stored
}

/// The findings of an examination, as text.
fn examined(house: &Installation) -> String {
    let mut command = house.bench.command(&program());
    command.args(["fsck", "--json", "--data"]);
    command.arg(house.server.data());
    command.arg("--config").arg(house.server.settings());
    let report = house.bench.run(command).stdout;
    let mut report: Value = serde_json::from_str(&report).expect("JSON");
    // What nobody names is told with checksums, too.
    report["orphans"].take();
    format!("{report:#}")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("it is ours");
    for entry in fs::read_dir(from).expect("it is there") {
        let entry = entry.expect("it is ours");
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        match from.is_dir() {
            true => copy(&from, &to),
            false => {
                fs::copy(&from, &to).expect("it is ours");
            }
        }
    }
}
