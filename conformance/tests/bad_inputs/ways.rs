//! Where an upstream would like to send us (families 76 to 80): nobody leads further inside
//! the network than the registry lies, and the token stays at home.
//!
//! The registry is public by its address, and reached through a proxy, which is this
//! machine: so a way inside is refused by where the registry lies, and nothing leaves.

use crate::mirror::alarmed_at;
use crate::nothing_went;
use crossdock_conformance::http::Answer;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::server::Server;
use crossdock_conformance::tarball::checksum;
use crossdock_conformance::upstream::{Fault, On, Upstream};
use crossdock_conformance::workbench::Workbench;
use serde_json::json;

/// An address that anybody could have, and nobody here asks.
const PUBLIC: &str = "http://93.184.215.14";

const TOKEN: &str = "only-for-the-upstream";

/// Hosts that no public registry may lead to, in all spellings that addresses take; `@` is
/// where a port belongs.
const INSIDE: [&str; 46] = [
    "127.0.0.1@",
    "127.1@",
    "127.255.255.254@",
    "0x7f000001@",
    "2130706433@",
    "017700000001@",
    "0177.0.0.1@",
    "0x7f.1@",
    "[::1]@",
    "[0:0:0:0:0:0:0:1]@",
    "[::ffff:127.0.0.1]@",
    "[::ffff:7f00:1]@",
    "[64:ff9b::7f00:1]@",
    "[2002:7f00:1::]@",
    "１２７.0.0.1@",
    "127.0.0.1.@",
    "0.0.0.0@",
    "0@",
    "[::]@",
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "[fc00::1]",
    "[fd12:3456::1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:a00:1]",
    "[64:ff9b::a00:1]",
    "[2002:a00:1::]",
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "[::ffff:169.254.169.254]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "224.0.0.1",
    "[ff02::1]",
    "255.255.255.255",
    "240.0.0.1",
];

/// Addresses that are none to be followed.
const SCHEMES: [&str; 10] = [
    "file:///etc/passwd",
    "gopher://a.example/",
    "ftp://a.example/",
    "data:text/plain,x",
    "javascript:alert(1)",
    "ssh://a.example/x",
    "git://a.example/x",
    "ws://a.example/",
    "http://user:word@93.184.215.14/",
    "unix:/run/docker.sock",
];

/// How many variants there are, for the table: each host and scheme by `dl`, by a redirect
/// of an index file and by one of an archive.
pub(crate) fn count() -> usize {
    3 * (INSIDE.len() + SCHEMES.len())
}

/// All of them, those of this machine at `tap`.
fn targets(tap: &Upstream) -> Vec<String> {
    let port = tap.url();
    let port = port.rsplit(':').next().unwrap_or_default();
    let inside = INSIDE
        .iter()
        .map(|host| format!("http://{}", host.replace('@', &format!(":{port}"))));
    inside.chain(SCHEMES.map(str::to_owned)).collect()
}

fn silent(answer: &Answer) -> Result<(), String> {
    let rule = [
        "further inside the network",
        "scheme",
        "user name or password",
        "no address",
    ];
    let text = answer.text();
    match answer.status == 503 && rule.iter().any(|words| text.contains(words)) {
        true => Ok(()),
        false => Err(format!("is answered\n{answer}")),
    }
}

#[test]
fn no_redirect_leads_inside() {
    let (bench, proxy, tap) = (Workbench::new(), Upstream::start(), Upstream::start());
    let settings = format!(
        "[registries.up]\nmirror = \"sparse+{PUBLIC}/index/\"\nproxy = \"{}\"\nrevalidate-after = \"0s\"\n",
        proxy.url()
    );
    proxy.downloads_from(&format!("{PUBLIC}/dl"));
    let server = Server::start(&bench, &settings);
    let mut wrong = Vec::new();
    for (at, target) in targets(&tap).into_iter().enumerate() {
        let (krate, other) = (
            Krate::new(&format!("petal-{at}"), "1.0.0"),
            format!("rose-{at}"),
        );
        proxy.has(&krate);
        proxy.fails(
            On::Download(krate.name.clone()),
            Fault::Redirect(format!("{target}/x")),
        );
        proxy.fails(
            On::Index(other.clone()),
            Fault::Redirect(format!("{target}/x")),
        );
        server.entry("up", &krate.name).expects(200);
        let by_index =
            silent(&server.entry("up", &other)).and_then(|()| alarm(&server, "up", None));
        let path = format!("/up/dl/{}/1.0.0/{}", krate.name, checksum(&krate.archive()));
        let by_archive =
            silent(&server.get(&path)).and_then(|()| alarm(&server, "up", Some(&krate.name)));
        for (way, fine) in [("index", by_index), ("archive", by_archive)] {
            if let Err(why) = fine {
                wrong.push(format!("{target} by a redirect of an {way}: {why}"));
            }
        }
        // The next good answer takes the alarm of the index back.
        server.entry("up", "absent-for-sure").expects(404);
    }
    nothing_went(&wrong);
    assert_eq!(tap.requests().len(), 0, "somebody was sent there");
}

#[test]
fn no_config_leads_inside() {
    let (bench, proxy, tap) = (Workbench::new(), Upstream::start(), Upstream::start());
    let (krate, targets) = (Krate::new("petal", "1.0.0"), targets(&tap));
    let mut settings = String::new();
    for (at, target) in targets.iter().enumerate() {
        settings += &format!(
            "[registries.m{at}]\nmirror = \"sparse+{PUBLIC}/m{at}/\"\nproxy = \"{}\"\n",
            proxy.url()
        );
        let config = json!({ "dl": format!("{target}/{{crate}}") }).to_string();
        proxy.has_at(&format!("/m{at}/config.json"), config.into_bytes());
        let row = krate.row().to_string();
        proxy.has_at(&format!("/m{at}/pe/ta/petal"), row.into_bytes());
    }
    let server = Server::start(&bench, &settings);
    let mut wrong = Vec::new();
    for (at, target) in targets.iter().enumerate() {
        let path = format!("/m{at}/dl/petal/1.0.0/{}", checksum(&krate.archive()));
        let fine = silent(&server.get(&path))
            .and_then(|()| alarm(&server, &format!("m{at}"), Some("petal")));
        if let Err(why) = fine {
            wrong.push(format!("{target} by `dl`: {why}"));
        }
    }
    nothing_went(&wrong);
    assert_eq!(tap.requests().len(), 0, "somebody was sent there");
}

fn alarm(server: &Server, registry: &str, name: Option<&str>) -> Result<(), String> {
    match alarmed_at(server, registry, name, "refused-answer") {
        true => Ok(()),
        false => Err("nobody is alarmed".to_owned()),
    }
}

/// Archives elsewhere are fetched without the token, and so is what a redirect leads to.
#[test]
fn the_token_stays_at_home() {
    let (bench, home, tap) = (Workbench::new(), Upstream::start(), Upstream::start());
    home.requires_token(TOKEN);
    home.downloads_from(&format!("{}/dl", tap.url()));
    let settings = format!(
        "[registries.up]\nmirror = \"{}\"\ntoken-env = \"UP_TOKEN\"\nrevalidate-after = \"0s\"\n",
        home.index()
    );
    let server = Server::start_at(&bench, "server", &settings, &[("UP_TOKEN", TOKEN)]);
    let petal = Krate::new("petal", "1.0.0");
    home.has(&petal);
    tap.has(&petal);
    server.entry("up", "petal").expects(200);
    let path = format!("/up/dl/petal/1.0.0/{}", checksum(&petal.archive()));
    server.get(&path).expects(200);
    // Away by a redirect, and from there back home, where it is not shown either.
    let rose = Krate::new("rose", "1.0.0");
    home.has(&rose);
    tap.has(&rose);
    home.fails(
        On::index("rose"),
        Fault::Redirect(format!("{}/index/ro/se/rose", tap.url())),
    );
    server.entry("up", "rose").expects(200);
    home.mends();
    home.fails_times(
        On::index("rose"),
        Fault::Redirect(format!("{}/index/ro/se/rose", tap.url())),
        1,
    );
    tap.fails(
        On::index("rose"),
        Fault::Redirect(format!("{}/index/ro/se/rose", home.url())),
    );
    home.forget_requests();
    // 401 at home is silence, and what is held is served.
    server.entry("up", "rose").expects(200);
    let shown = |of: &Upstream| -> Vec<bool> {
        let requests = of.requests().into_iter();
        requests
            .map(|it| it.headers.iter().any(|(_, value)| value.contains(TOKEN)))
            .collect()
    };
    assert_eq!(shown(&home), [true, false]);
    assert_eq!(tap.requests().len(), 3, "{:?}", tap.requests());
    tap.never_heard_of(&[TOKEN]);
}

/// 79.
#[test]
fn circles_end_and_are_not_walked_again_at_once() {
    let (bench, upstream) = (Workbench::new(), Upstream::start());
    let server = Server::start(
        &bench,
        &format!("[registries.up]\nmirror = \"{}\"\n", upstream.index()),
    );
    let to = |path: &str| Fault::Redirect(format!("{}{path}", upstream.url()));
    upstream.fails(On::index("rose"), to("/index/ro/se/rose"));
    for _ in 0..3 {
        server
            .entry("up", "rose")
            .expects(503)
            .says("redirects more than 5 times");
    }
    assert_eq!(upstream.asked_for("rose").len(), 6);
    assert!(alarmed_at(&server, "up", None, "refused-answer"));
}
