//! Histories of publishes, yanks and reads on three nodes, some of which are killed: what
//! was acknowledged is never lost, hidden, or taken back, whichever node is asked.
//!
//! Every operation is noted with the moments at which it began and ended. What is checked
//! follows from there being one sequence that all operations are in, at a moment between
//! the two: no clock is compared with another, and an answer that never came may mean
//! either.
//!
//! `CROSSDOCK_HISTORIES` and `CROSSDOCK_OPERATIONS` ask for more and longer ones
//! (`cargo xtask soak`).

use crossdock_conformance::command::fail;
use crossdock_conformance::http::try_ask;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::nodes::Nodes;
use crossdock_conformance::upload;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const CLIENTS: usize = 6;
const NAMES: usize = 2;

/// What one client did and when.
#[derive(Debug)]
struct Done {
    began: Instant,
    ended: Instant,
    what: What,
}

#[derive(Debug)]
enum What {
    /// Whether it was taken (200), refused (409), or nobody knows.
    Published {
        place: Place,
        cksum: String,
        outcome: Outcome,
    },
    /// Only the client that published a version yanks it, one after the other.
    Yanked {
        place: Place,
        yanked: bool,
        is_known: bool,
    },
    /// What was shown: checksum and whether it was yanked, by version.
    Read {
        name: String,
        shown: BTreeMap<String, (String, bool)>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Taken,
    Refused,
    Unknown,
}

/// Name and version.
type Place = (String, String);

fn number(variable: &str, otherwise: usize) -> usize {
    let said = std::env::var(variable).ok();
    said.and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn histories_with_kills_have_no_anomaly() {
    let histories = number("CROSSDOCK_HISTORIES", 2);
    let operations = number("CROSSDOCK_OPERATIONS", 150);
    let mut nodes = Nodes::start(3);
    let mut all = 0;
    for history in 0..histories {
        let done = run(&mut nodes, history, operations);
        all += done.len();
        check(&done);
    }
    assert!(all >= histories * operations);
    println!("{histories} histories, {all} operations, no anomaly");
}

/// A small generator of its own: the same numbers for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

fn run(nodes: &mut Nodes, history: usize, operations: usize) -> Vec<Done> {
    let urls: Vec<String> = nodes
        .servers
        .iter()
        .map(|node| node.url().to_owned())
        .collect();
    let token = nodes.servers[0].token().to_owned();
    let done = Mutex::new(Vec::new());
    let left = AtomicUsize::new(operations);
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (urls, token, done, left) = (&urls, &token, &done, &left);
            scope.spawn(move || {
                let mut client = Client {
                    dice: Dice((history * CLIENTS + client) as u64),
                    number: client,
                    history,
                    urls,
                    token,
                    own: Vec::new(),
                };
                let take = |left: usize| left.checked_sub(1);
                while left
                    .fetch_update(Ordering::SeqCst, Ordering::SeqCst, take)
                    .is_ok()
                {
                    if let Some(one) = client.act() {
                        done.lock()
                            .expect("nobody panics while holding it")
                            .push(one);
                    } else {
                        // It reached nobody: another one in its place.
                        left.fetch_add(1, Ordering::SeqCst);
                        std::thread::sleep(Duration::from_millis(5));
                    }
                }
            });
        }
        let mut dice = Dice(history as u64 + 77);
        let before = operations;
        let mut killed_at = before;
        while left.load(Ordering::SeqCst) > 0 {
            let now = left.load(Ordering::SeqCst);
            if killed_at - now.min(killed_at) >= 50 {
                killed_at = now;
                let victim = dice.roll(nodes.servers.len());
                nodes.servers[victim].kill();
                let Nodes { servers, bench, .. } = &mut *nodes;
                servers[victim].start_again(bench, None);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    done.into_inner().expect("nobody panics while holding it")
}

struct Client<'h> {
    dice: Dice,
    number: usize,
    history: usize,
    urls: &'h [String],
    token: &'h str,
    /// What this client published for certain, and whether it is yanked.
    own: Vec<(Place, bool)>,
}

impl Client<'_> {
    fn ask(&mut self, method: &str, path: &str, body: &[u8]) -> Option<(u16, String)> {
        let url = &self.urls[self.dice.roll(self.urls.len())];
        let headers = [("authorization", self.token)];
        let answer = try_ask(method, &format!("{url}{path}"), &headers, body).ok()?;
        Some((
            answer.status,
            String::from_utf8_lossy(&answer.body).into_owned(),
        ))
    }

    fn act(&mut self) -> Option<Done> {
        let began = Instant::now();
        let what = match self.dice.roll(4) {
            0 => self.publish(),
            1 => self.yank(),
            _ => self.read()?,
        };
        let ended = Instant::now();
        Some(Done { began, ended, what })
    }

    fn name(&mut self) -> String {
        format!("h{}-{}", self.history, self.dice.roll(NAMES))
    }

    fn publish(&mut self) -> What {
        let name = self.name();
        // Few versions, so that clients collide.
        let version = format!("1.{}.0", self.dice.roll(40));
        let source = format!("pub const BY: usize = {};", self.number);
        let krate = Krate::new(&name, &version).lib(&source);
        let cksum = krate.row()["cksum"].as_str().unwrap_or_default().to_owned();
        let place = (name, version);
        if self.own.iter().any(|(own, _)| *own == place) {
            return self.yank();
        }
        let answer = self.ask("PUT", "/local/api/v1/crates/new", &upload::body(&krate));
        let outcome = match answer {
            Some((200, _)) => Outcome::Taken,
            Some((409, _)) => Outcome::Refused,
            Some((502..=599, _)) | None => Outcome::Unknown,
            Some((status, text)) => fail(&format!("a publish was answered {status}: {text}")),
        };
        if outcome == Outcome::Taken {
            self.own.push((place.clone(), false));
        }
        What::Published {
            place,
            cksum,
            outcome,
        }
    }

    fn yank(&mut self) -> What {
        if self.own.is_empty() {
            return self.publish();
        }
        let index = self.dice.roll(self.own.len());
        let (place, was) = self.own[index].clone();
        let yanked = !was;
        let (name, version) = &place;
        let path = format!("/local/api/v1/crates/{name}/{version}");
        let answer = match yanked {
            true => self.ask("DELETE", &format!("{path}/yank"), b""),
            false => self.ask("PUT", &format!("{path}/unyank"), b""),
        };
        let is_known = match answer {
            Some((200, _)) => true,
            Some((502..=599, _)) | None => false,
            Some((status, text)) => fail(&format!("a yank was answered {status}: {text}")),
        };
        match is_known {
            true => self.own[index].1 = yanked,
            // Nobody knows what it is now, so it is left alone from here on.
            false => drop(self.own.swap_remove(index)),
        }
        What::Yanked {
            place,
            yanked,
            is_known,
        }
    }

    fn read(&mut self) -> Option<What> {
        let name = self.name();
        let surface = ["local", "main"][self.dice.roll(2)];
        let path = format!("/{surface}/index/{}/{}/{name}", &name[..2], &name[2..4]);
        let (status, text) = self.ask("GET", &path, b"")?;
        let mut shown = BTreeMap::new();
        match status {
            200 => {
                for line in text.lines() {
                    let row: serde_json::Value = serde_json::from_str(line).expect("rows are JSON");
                    let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
                    shown.insert(text("vers"), (text("cksum"), row["yanked"] == true));
                }
            }
            404 => {}
            // A node that is starting or cannot; it told nothing.
            502..=599 => return None,
            _ => fail(&format!("a read was answered {status}: {text}")),
        }
        Some(What::Read { name, shown })
    }
}

/// Holds a history against what one sequence allows.
fn check(history: &[Done]) {
    let reads: Vec<_> = history
        .iter()
        .filter_map(|done| match &done.what {
            What::Read { name, shown } => Some((done, name, shown)),
            _ => None,
        })
        .collect();
    for done in history {
        let What::Published {
            place,
            cksum,
            outcome,
        } = &done.what
        else {
            continue;
        };
        for (read, name, shown) in &reads {
            if *name != &place.0 || read.began < done.ended {
                continue;
            }
            let now = shown.get(&place.1);
            match outcome {
                Outcome::Taken => assert_eq!(
                    now.map(|(cksum, _)| cksum),
                    Some(cksum),
                    "acknowledged before it was read: {done:?}, {read:?}"
                ),
                Outcome::Refused => assert!(
                    now.is_some_and(|(now, _)| now != cksum),
                    "refused because another was there: {done:?}, {read:?}"
                ),
                Outcome::Unknown => {}
            }
        }
    }
    let mut shown_as: BTreeMap<Place, &String> = BTreeMap::new();
    for (read, name, shown) in &reads {
        for (version, (cksum, yanked)) in *shown {
            let place = ((*name).clone(), version.clone());
            // One content for all readers, and somebody sent it before.
            assert_eq!(*shown_as.entry(place.clone()).or_insert(cksum), cksum);
            let was_sent = history.iter().any(|done| {
                matches!(&done.what, What::Published { place: at, cksum: sent, outcome }
                    if *at == place && sent == cksum && *outcome != Outcome::Refused)
                    && done.began < read.ended
            });
            assert!(was_sent, "{place:?} in {read:?}");
            check_yanked(history, read, &place, *yanked);
        }
        // What was shown once is not taken back.
        for (later, same, afterwards) in &reads {
            if same == name && later.began > read.ended {
                let kept = shown.keys().all(|version| afterwards.contains_key(version));
                assert!(kept, "{read:?} before {later:?}");
            }
        }
    }
}

/// Yanks of a version are made by one client, one after the other: what is read is what
/// the last one before said, or one that was under way, or one whose end nobody knows.
fn check_yanked(history: &[Done], read: &Done, place: &Place, shown: bool) {
    let of_it = history.iter().filter_map(|done| match &done.what {
        What::Yanked {
            place: of,
            yanked,
            is_known,
        } if of == place => Some((done, *yanked, *is_known)),
        _ => None,
    });
    let mut possible = vec![false];
    let mut sorted: Vec<_> = of_it.collect();
    sorted.sort_by_key(|(done, ..)| done.began);
    for (done, yanked, is_known) in sorted {
        if done.began > read.ended {
            break;
        }
        if is_known && done.ended < read.began {
            possible = vec![yanked];
        } else {
            possible.push(yanked);
        }
    }
    assert!(
        possible.contains(&shown),
        "{place:?} was read as yanked = {shown}, which nobody said: {read:?}"
    );
}
