//! The language of the contract scripts: what is sent, what must come back.
//!
//! One exchange is a block of lines; blocks are parted by blank lines. The first
//! letters of a line say what it is:
//!
//! ```text
//! # a comment, or what the next exchange shows
//! > GET /main/index/config.json     request line, then header lines
//! >> {"users":["eve"]}              a line of the request's body
//! >@ petal 1.0.0                    the body cargo sends to publish this release
//! < 404                             status of the answer
//! < Content-Type: text/plain        a header it has, with exactly this value
//! <! Retry-After                    a header it does not have
//! << no such crate                  text that its body contains
//! <<= ok                            its whole body, but for the last line break
//! <<0                               its body is empty
//! ! upstream is silent              something happens to the world
//! ```
//!
//! In requests and expectations `$TOKEN` is the admin token, `$ETAG` the last ETag
//! that came back, `$SHA` the checksum of the archive published last.

use std::path::Path;

/// One exchange, or one event in the world.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    /// Line of the script where it begins, from 1.
    pub(crate) line: usize,
    /// What happens to the world before the request is sent.
    pub(crate) events: Vec<String>,
    /// Request line and headers.
    pub(crate) head: Vec<String>,
    /// The request's body.
    pub(crate) body: Body,
    /// What must hold of the answer.
    pub(crate) expected: Vec<Expected>,
}

/// The body of a request.
#[derive(Debug, Default)]
pub(crate) enum Body {
    /// None, and no `Content-Length` either.
    #[default]
    None,
    /// Text.
    Text(String),
    /// What `cargo publish` sends for a package without dependencies.
    Publish {
        /// The package's name.
        name: String,
        /// Its version.
        version: String,
    },
}

/// One thing that must hold of an answer.
#[derive(Debug)]
pub(crate) enum Expected {
    /// The status.
    Status(u16),
    /// A header with this value.
    Header(String, String),
    /// No such header.
    NoHeader(String),
    /// The body contains this text.
    Contains(String),
    /// The body is this text, but for the last line break.
    Is(String),
    /// There is no body.
    Empty,
}

/// A script: the world it runs in, and what happens there.
#[derive(Debug)]
pub(crate) struct Script {
    /// The word after `world:` on the first line.
    pub(crate) world: String,
    /// The exchanges in order.
    pub(crate) exchanges: Vec<Exchange>,
}

/// Reads a script.
pub(crate) fn read(path: &Path) -> Script {
    let text = std::fs::read_to_string(path).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    let world = first
        .strip_prefix("world: ")
        .expect("a script's first line is `world: NAME`");
    let mut exchanges = vec![Exchange::default()];
    for (number, line) in (2..).zip(rest.lines()) {
        if line.trim().is_empty() {
            exchanges.push(Exchange::default());
            continue;
        }
        let exchange = exchanges.last_mut().expect("there is always one");
        if exchange.line == 0 {
            exchange.line = number;
        }
        read_line(exchange, line)
            .unwrap_or_else(|| panic!("{}:{number}: what is `{line}`?", path.display()));
    }
    exchanges.retain(|exchange| !exchange.head.is_empty());
    Script {
        world: world.to_owned(),
        exchanges,
    }
}

fn read_line(exchange: &mut Exchange, line: &str) -> Option<()> {
    let (mark, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    match mark {
        "#" => {}
        "!" => exchange.events.push(rest.to_owned()),
        ">" => exchange.head.push(rest.to_owned()),
        ">>" => match &mut exchange.body {
            Body::Text(text) => text.push_str(&format!("\n{rest}")),
            body => *body = Body::Text(rest.to_owned()),
        },
        ">@" => {
            let (name, version) = rest.split_once(' ')?;
            exchange.body = Body::Publish {
                name: name.to_owned(),
                version: version.to_owned(),
            };
        }
        "<" => exchange.expected.push(match rest.split_once(": ") {
            Some((name, value)) => Expected::Header(name.to_ascii_lowercase(), value.to_owned()),
            None => Expected::Status(rest.parse().ok()?),
        }),
        "<!" => exchange
            .expected
            .push(Expected::NoHeader(rest.to_ascii_lowercase())),
        "<<" => exchange.expected.push(Expected::Contains(rest.to_owned())),
        "<<=" => exchange.expected.push(Expected::Is(rest.to_owned())),
        "<<0" => exchange.expected.push(Expected::Empty),
        _ => return None,
    }
    Some(())
}
