//! Every way in which a member can fail, and what a view answers then: one table.
//!
//! The table is what is executed, with a member that fails inside and outside of a
//! view, and it is what `docs/federation.md` shows, so that a person reads what
//! really happens. Silence is not absence, and what was served stays.
//!
//! Absent: what cargo makes of it (`upstream_faults.rs`), what is believed after a
//! while (`removals.rs`).

use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::http::Answer;
use crossdock_conformance::installation::{crates_io, mirror};
use crossdock_conformance::krate::Krate;
use crossdock_conformance::server::Server;
use crossdock_conformance::upstream::{Fault, On, Upstream};
use crossdock_conformance::workbench::Workbench;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// One way to fail.
struct Line {
    what: &'static str,
    /// What the names are made of with which it is tried.
    word: &'static str,
    happens: Happens,
    /// The index file of a name that was never seen.
    unseen: Said,
    /// The index file of a name that was seen before.
    seen: Said,
    /// An archive that was never fetched, of a name that was seen.
    archive: Said,
}

/// What goes wrong.
enum Happens {
    /// Answers for a name, its archives included; given are the upstream's address
    /// and the name.
    To(fn(&str, &str) -> Fault),
    /// Answers for a name, and its archives are as they should be.
    ToIndex(fn(&str) -> String),
    /// The config.json, of an upstream that was not asked for it before.
    ToConfig(fn() -> Fault),
    /// All, because nobody is there.
    Down,
}

/// What is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    /// The same bytes as before.
    Kept,
    /// The rows that the member shows, as far as they are whole.
    Shown,
    /// The right bytes.
    Bytes,
    /// The rows of before, with what was absent of them.
    Filled,
    /// 503 with `Retry-After: 1` and a reason.
    Unavailable,
    /// 404.
    Absent,
    /// It is not tried, because it would only be slow.
    Untried,
}

use Happens::{Down, To, ToConfig, ToIndex};
use Said::{Absent, Bytes, Filled, Kept, Shown, Unavailable, Untried};

macro_rules! table {
    ($($what:literal, $word:literal, $happens:expr, $unseen:expr, $seen:expr, $archive:expr;)*) => {
        &[$(Line { what: $what, word: $word, happens: $happens, unseen: $unseen, seen: $seen, archive: $archive }),*]
    };
}

/// What goes wrong; then the answers for a name never seen, a name seen before, and
/// an archive never fetched.
#[rustfmt::skip]
const TABLE: &[Line] = table![
    "the connection is closed without a word", "cut", To(|_, _| Fault::CutOff), Unavailable, Kept, Unavailable;
    "the connection is reset", "reset", To(|_, _| Fault::Reset), Unavailable, Kept, Unavailable;
    "nothing comes", "hang", To(|_, _| Fault::Hang), Unavailable, Kept, Untried;
    "a byte comes now and then", "drip", To(|_, _| Fault::Drip(Duration::from_millis(25))), Unavailable, Kept, Untried;
    "400", "s400", To(|_, _| Fault::Status(400)), Unavailable, Kept, Unavailable;
    "401, it wants another token", "s401", To(|_, _| Fault::Status(401)), Unavailable, Kept, Unavailable;
    "402", "s402", To(|_, _| Fault::Status(402)), Unavailable, Kept, Unavailable;
    "403, which object stores say of missing files", "s403", To(|_, _| Fault::Status(403)), Unavailable, Kept, Unavailable;
    "405", "s405", To(|_, _| Fault::Status(405)), Unavailable, Kept, Unavailable;
    "408", "s408", To(|_, _| Fault::Status(408)), Unavailable, Kept, Unavailable;
    "418", "s418", To(|_, _| Fault::Status(418)), Unavailable, Kept, Unavailable;
    "429, asked too often", "s429", To(|_, _| Fault::Status(429)), Unavailable, Kept, Unavailable;
    "404", "s404", To(|_, _| Fault::Status(404)), Absent, Kept, Unavailable;
    "410", "s410", To(|_, _| Fault::Status(410)), Absent, Kept, Unavailable;
    "451", "s451", To(|_, _| Fault::Status(451)), Absent, Kept, Unavailable;
    "500", "s500", To(|_, _| Fault::Status(500)), Unavailable, Kept, Unavailable;
    "502", "s502", To(|_, _| Fault::Status(502)), Unavailable, Kept, Unavailable;
    "503", "s503", To(|_, _| Fault::Status(503)), Unavailable, Kept, Unavailable;
    "504", "s504", To(|_, _| Fault::Status(504)), Unavailable, Kept, Unavailable;
    "204", "s204", To(|_, _| Fault::Status(204)), Unavailable, Kept, Unavailable;
    "300 without an address", "s300", To(|_, _| Fault::Status(300)), Unavailable, Kept, Unavailable;
    "redirects in a circle", "loop", To(|url, name| Fault::Redirect(format!("{url}/index/{}", crossdock_conformance::upstream::index_path(name)))), Unavailable, Kept, Unavailable;
    "200 with a page in HTML", "html", To(|_, _| Fault::Html), Unavailable, Kept, Unavailable;
    "200 with nothing", "void", To(|_, _| Fault::Empty), Unavailable, Kept, Unavailable;
    "200 with bytes that mean nothing", "junk", To(|_, _| Fault::Garbage), Unavailable, Kept, Unavailable;
    "200 with JSON that is no row", "json", To(|_, _| Fault::Says(b"{\"errors\":[{\"detail\":\"overloaded\"}]}\n".to_vec())), Unavailable, Kept, Unavailable;
    "the body breaks off before its length", "half", To(|_, _| Fault::Half), Unavailable, Kept, Unavailable;
    "a body in parts breaks off", "part", To(|_, _| Fault::PartOnly), Unavailable, Kept, Unavailable;
    "a body without a length breaks off in its last row", "short", To(|_, _| Fault::Short), Shown, Kept, Unavailable;
    "it is older than before", "older", ToIndex(|name| rows(&[Krate::new(name, "1.0.0")])), Shown, Kept, Bytes;
    "the rows in front are missing", "front", ToIndex(|name| rows(&[Krate::new(name, "1.1.0")])), Shown, Kept, Bytes;
    "a dependency more in its rows", "deps", ToIndex(needy), Shown, Kept, Bytes;
    "a field that was absent is there", "filled", ToIndex(|name| rows(&[Krate::new(name, "1.0.0"), Krate::new(name, "1.1.0")]).replace("\"links\":null", "\"links\":null,\"pubtime\":\"2020-01-02T03:04:05Z\"")), Shown, Filled, Bytes;
    "all rows are of another crate", "other", ToIndex(|_| rows(&[Krate::new("somebody-else", "1.1.0")])), Unavailable, Kept, Bytes;
    "the checksum is another one", "rebuilt", ToIndex(|name| rows(&[rebuilt(name, "1.0.0"), rebuilt(name, "1.1.0")])), Shown, Kept, Bytes;
    "config.json is gone", "config-404", ToConfig(|| Fault::Status(404)), Shown, Kept, Unavailable;
    "config.json is a page in HTML", "config-html", ToConfig(|| Fault::Html), Shown, Kept, Unavailable;
    "config.json means nothing", "config-junk", ToConfig(|| Fault::Garbage), Shown, Kept, Unavailable;
    "config.json is empty", "config-void", ToConfig(|| Fault::Empty), Shown, Kept, Unavailable;
    "nobody is there", "down", Down, Unavailable, Kept, Unavailable;
];

fn rows(krates: &[Krate]) -> String {
    let lines = krates.iter().map(|krate| format!("{}\n", krate.row()));
    lines.collect()
}

/// The same versions and contents, with a dependency more in each row.
fn needy(name: &str) -> String {
    let line = |version: &str| {
        let krate = Krate::new(name, version);
        let mut row = krate.row();
        row["deps"] = krate.needs(Dependency::on("worm", "1")).row()["deps"].clone();
        format!("{row}\n")
    };
    ["1.0.0", "1.1.0"].map(line).concat()
}

/// The same version with another content.
fn rebuilt(name: &str, version: &str) -> Krate {
    Krate::new(name, version).lib("pub struct Rebuilt;")
}

#[test]
fn a_member_inside_that_fails() {
    execute("inside");
}

#[test]
fn a_member_outside_that_fails() {
    execute("outside");
}

/// Tries every line with a member of one side; all that is wrong is told at once.
fn execute(side: &str) {
    let mut wrong = Vec::new();
    let (to_config, to_others): (Vec<_>, Vec<_>) = TABLE
        .iter()
        .partition(|line| matches!(line.happens, ToConfig(_)));
    // Who goes down does so for all that come after.
    let (down, to_one): (Vec<_>, Vec<_>) = to_others
        .into_iter()
        .partition(|line| matches!(line.happens, Down));
    let order: Vec<&Line> = to_one.into_iter().chain(down).collect();
    wrong.extend(World::open(side, &order).execute(side, &order));
    for line in to_config {
        wrong.extend(World::open(side, &[line]).execute(side, &[line]));
    }
    assert!(wrong.is_empty(), "{side}:\n{}", wrong.join("\n"));
}

/// A view of a hosted registry, a member that fails and a healthy crates.io.
struct World {
    partner: Upstream,
    public: Upstream,
    server: Server,
    bench: Workbench,
}

/// A line, and what was shown before anything went wrong.
struct Before {
    seen: Vec<u8>,
    archive: String,
}

impl World {
    fn open(side: &str, lines: &[&Line]) -> Self {
        let (bench, partner, public) = (Workbench::new(), Upstream::start(), Upstream::start());
        partner.has(&Krate::new("alive", "1.0.0"));
        for line in lines {
            for kind in ["unseen", "seen", "archive"] {
                let name = format!("{kind}-{}", line.word);
                partner.has_all(&[Krate::new(&name, "1.0.0"), Krate::new(&name, "1.1.0")]);
            }
        }
        let settings = format!(
            "[registries.local]\n\n{}{}[views.main]\nmembers = [\"local\", {{ name = \"partner\", side = \"{side}\" }}, \"crates-io\"]\n",
            crates_io(&public),
            mirror("partner", &partner),
        );
        let server = Server::start(&bench, &settings);
        Self {
            partner,
            public,
            server,
            bench,
        }
    }

    fn execute(mut self, side: &str, lines: &[&Line]) -> Vec<String> {
        let before: Vec<Before> = lines.iter().map(|line| self.looked(line)).collect();
        let mut wrong = Vec::new();
        for (line, before) in lines.iter().zip(before) {
            self.goes_wrong(line);
            let mut held_to = |case: &str, said: Said, answer: Option<Answer>, before: &[u8]| {
                let Some(answer) = answer else { return };
                if !holds(said, &answer, before) {
                    wrong.push(format!(
                        "{}, {case}: expected {}, got\n{answer}",
                        line.what,
                        told(said)
                    ));
                }
            };
            let unseen = format!("unseen-{}", line.word);
            held_to("unseen", line.unseen, Some(self.entry(&unseen)), b"");
            let seen = self.entry(&format!("seen-{}", line.word));
            held_to("seen", line.seen, Some(seen), &before.seen);
            let fetched = (line.archive != Untried).then(|| self.server.get(&before.archive));
            let right = Krate::new(&format!("archive-{}", line.word), "1.1.0").archive();
            held_to("archive", line.archive, fetched, &right);
            if side == "inside" && line.unseen == Unavailable {
                // Who cannot say keeps the name in.
                self.public.never_heard_of(&[&unseen]);
            }
        }
        wrong
    }

    /// Looks at what has to be seen before.
    fn looked(&self, line: &Line) -> Before {
        let seen = self.server.entry("main", &format!("seen-{}", line.word));
        let name = format!("archive-{}", line.word);
        let rows = self.server.entry("main", &name).rows();
        let checksum = rows[1]["cksum"].as_str().unwrap_or_default();
        Before {
            seen: seen.expects(200).body,
            archive: format!("/main/dl/{name}/1.1.0/{checksum}"),
        }
    }

    fn goes_wrong(&mut self, line: &Line) {
        let (partner, url) = (&self.partner, self.partner.url());
        for kind in ["unseen", "seen", "archive"] {
            let name = format!("{kind}-{}", line.word);
            match line.happens {
                To(fault) => {
                    partner.fails(On::index(&name), fault(&url, &name));
                    partner.fails(On::Download(name.clone()), fault(&url, &name));
                }
                ToIndex(text) => partner.writes_index(&name, &text(&name)),
                ToConfig(fault) => partner.fails(On::Config, fault()),
                Down => {}
            }
        }
        if matches!(line.happens, Down) {
            self.partner.goes_down();
        }
        if matches!(line.happens, ToConfig(_)) {
            // What was read of it before is good for an hour: here it never was.
            self.server.start_again(&self.bench, None);
        }
    }

    /// Asks for a name, and for another one after that, so that one silent path does
    /// not pass for an upstream that is down.
    fn entry(&self, name: &str) -> Answer {
        let answer = self.server.entry("main", name);
        self.server.entry("main", "alive");
        answer
    }
}

fn holds(said: Said, answer: &Answer, before: &[u8]) -> bool {
    match said {
        Kept | Bytes => answer.status == 200 && answer.body == before,
        Shown => answer.status == 200 && !answer.rows().is_empty(),
        Filled => {
            let said = answer.text();
            let pubtime = ",\"pubtime\":\"2020-01-02T03:04:05Z\"";
            answer.status == 200
                && said.matches(pubtime).count() == 2
                && said.replace(pubtime, "").as_bytes() == before
        }
        Unavailable => {
            answer.status == 503
                && answer.header("retry-after") == Some("1")
                && !answer.body.is_empty()
        }
        Absent => answer.status == 404,
        Untried => true,
    }
}

fn told(said: Said) -> &'static str {
    match said {
        Kept => "as before",
        Shown => "the rows that are whole",
        Bytes => "the right bytes",
        Filled => "as before, with the field",
        Unavailable => "503",
        Absent => "404",
        Untried => "–",
    }
}

/// What to type after a change of the table.
const UPDATE: &str =
    "UPDATE_DOCS=1 cargo test -p crossdock-conformance --test silence_table document";

#[test]
fn the_document_shows_the_table() {
    let mut text = String::from(
        "| what goes wrong | a name never seen | a name seen before | an archive never fetched |\n|---|---|---|---|\n",
    );
    for line in TABLE {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            line.what,
            told(line.unseen),
            told(line.seen),
            told(line.archive)
        );
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/federation.md");
    let document = std::fs::read_to_string(&path).unwrap_or_default();
    let begin = format!("<!-- silence: written by `{UPDATE}` -->\n");
    let end = "<!-- end of silence -->\n";
    let (before, rest) = document
        .split_once(&begin)
        .unwrap_or_else(|| panic!("docs/federation.md has no line {begin}"));
    let (_, after) = rest.split_once(end).unwrap_or((rest, ""));
    let updated = format!("{before}{begin}\n{text}\n{end}{after}");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, updated).unwrap_or_else(|error| panic!("{error}"));
    } else {
        assert!(
            updated == document,
            "docs/federation.md does not show what is executed; write it with\n    {UPDATE}"
        );
    }
}
