//! The HTTP surface, as scripts that a Cargo developer can read.
//!
//! Every `contract/*.txt` runs against the real server on a loopback socket, over
//! a federation in memory. A new case is a new line or a new file. The language is
//! described in `contract/script.rs`, the worlds in `contract/world.rs`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "this is all test code; the lints see that only inside of #[test]"
)]

#[path = "contract/connections.rs"]
mod connections;
#[path = "contract/exchange.rs"]
mod exchange;
#[path = "contract/package.rs"]
mod package;
#[path = "contract/script.rs"]
mod script;
#[path = "contract/tokens.rs"]
mod tokens;
#[path = "contract/world.rs"]
mod world;

use crossdock_server::Drained;
use exchange::Answer;
use script::{Body, Exchange, Expected};
use std::path::{Path, PathBuf};
use world::{TOKEN, World};

#[test]
fn every_script_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut scripts: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    scripts.sort();
    assert!(!scripts.is_empty());
    let failures: Vec<String> = scripts.iter().flat_map(|path| run(path)).collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// Runs a script in a world of its own and tells what did not hold.
fn run(path: &Path) -> Vec<String> {
    let script = script::read(path);
    let mut world = World::start(&script.world);
    let mut words = Words::default();
    let mut failures = Vec::new();
    for exchange in &script.exchanges {
        for event in &exchange.events {
            world.happen(event);
        }
        let answer = send(&world, exchange, &mut words);
        for (expected, found) in broken(exchange, &answer, &words) {
            failures.push(format!(
                "{}:{}: {}\n    expected {expected}\n    found    {found}",
                path.file_name().unwrap_or_default().display(),
                exchange.line,
                exchange.head[0],
            ));
        }
        if let Some(etag) = answer.header("etag") {
            etag.clone_into(&mut words.etag);
        }
    }
    assert_eq!(world.stop(), Drained { cut: 0 });
    failures
}

/// What stands for the words with a `$`.
#[derive(Default)]
struct Words {
    etag: String,
    checksum: String,
}

impl Words {
    fn fill(&self, text: &str) -> String {
        text.replace("$TOKEN", TOKEN)
            .replace("$ETAG", &self.etag)
            .replace("$SHA", &self.checksum)
    }
}

fn send(world: &World, exchange: &Exchange, words: &mut Words) -> Answer {
    let body = match &exchange.body {
        Body::None => Vec::new(),
        Body::Text(text) => words.fill(text).into_bytes(),
        Body::Publish { name, version } => {
            let archive = package::archive(name, version);
            words.checksum = package::checksum(&archive);
            package::publish_body(name, version, &archive)
        }
    };
    let head: Vec<String> = exchange.head.iter().map(|line| words.fill(line)).collect();
    exchange::exchange(world.address(), &head, &body)
}

fn broken(exchange: &Exchange, answer: &Answer, words: &Words) -> Vec<(String, String)> {
    let body = String::from_utf8_lossy(&answer.body);
    let check = |expected: &Expected| {
        let (holds, said, found) = match expected {
            Expected::Status(status) => (
                answer.status == *status,
                status.to_string(),
                format!(
                    "{} {}",
                    answer.status,
                    body.chars().take(400).collect::<String>()
                ),
            ),
            Expected::Header(name, value) => {
                let (value, found) = (words.fill(value), answer.header(name));
                (
                    found == Some(&value),
                    format!("{name}: {value}"),
                    format!("{found:?}"),
                )
            }
            Expected::NoHeader(name) => (
                answer.header(name).is_none(),
                format!("no {name}"),
                format!("{:?}", answer.header(name)),
            ),
            Expected::Contains(text) => {
                let text = words.fill(text);
                (
                    body.contains(&text),
                    format!("… {text} …"),
                    body.to_string(),
                )
            }
            Expected::Is(text) => {
                let text = words.fill(text);
                (
                    body.strip_suffix('\n').unwrap_or(&body) == text,
                    text,
                    body.to_string(),
                )
            }
            Expected::Empty => (body.is_empty(), "no body".to_owned(), body.to_string()),
        };
        (!holds).then_some((said, found))
    };
    exchange.expected.iter().filter_map(check).collect()
}
