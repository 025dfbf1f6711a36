//! Requests that nobody should send (families 35 and 89 to 92, and what is sent to any
//! server): an answer below 500 or a closed connection, and others are served as before.

use crate::ask::{Back, send};
use crate::families::{FAMILIES, Group};
use crate::publish::ledger;
use crate::watch::Watch;
use crate::{Case, nothing_went};
use crossdock_conformance::krate::Krate;
use crossdock_conformance::server::Server;
use crossdock_conformance::workbench::Workbench;
use std::net::TcpStream;
use std::time::{Duration, Instant};

fn head(line: &str, headers: &str) -> Vec<u8> {
    format!("{line} HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\n{headers}\r\n").into_bytes()
}

fn get(path: &str, headers: &str) -> Vec<u8> {
    head(&format!("GET {path}"), headers)
}

fn case(what: impl Into<String>, bytes: Vec<u8>) -> Case {
    Case::new(what, bytes, "")
}

const NEW: &str = "PUT /used/api/v1/crates/new";

/// 35.
pub(crate) fn lengths() -> Vec<Case> {
    let with = |headers: &str, body: &[u8]| {
        let all = format!("authorization: @TOKEN@\r\n{headers}");
        [&head(NEW, &all)[..], body].concat()
    };
    let mut cases: Vec<Case> = [
        "content-length: 99\r\n",
        "content-length: 18446744073709551615\r\n",
        "content-length: 18446744073709551616\r\n",
        "content-length: -1\r\n",
        "content-length: +9\r\n",
        "content-length: 0x9\r\n",
        "content-length: 9 9\r\n",
        "content-length: nine\r\n",
        "content-length: \r\n",
        "content-length: 9\r\ncontent-length: 10\r\n",
        "content-length: 9, 10\r\n",
        "content-length: 9\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: xchunked\r\n",
        "transfer-encoding: chunked, gzip\r\n",
        "transfer-encoding: gzip, chunked\r\n",
        "transfer-encoding : chunked\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n",
        "content-length: 70000000\r\n",
        "content-length: 70000000\r\nexpect: 100-continue\r\n",
        "expect: 200-ok\r\ncontent-length: 9\r\n",
        "content-encoding: gzip\r\ncontent-length: 9\r\n",
        "",
    ]
    .map(|headers| case(headers.trim_end(), with(headers, b"nine bytes")))
    .into();
    let chunked = "transfer-encoding: chunked\r\n";
    for (what, body) in [
        ("a chunk of no size", &b"\r\nabc\r\n0\r\n\r\n"[..]),
        ("a chunk of words", b"words\r\nabc\r\n"),
        ("a chunk of 2^64", b"10000000000000000\r\nabc\r\n"),
        ("a negative chunk", b"-3\r\nabc\r\n0\r\n\r\n"),
        ("a chunk longer than it is", b"ff\r\nabc"),
        ("a chunk shorter than it is", b"1\r\nabc\r\n0\r\n\r\n"),
        ("a chunk without an end", b"3\r\nabc0\r\n\r\n"),
        ("an extension", b"3;a=b\r\nabc\r\n0\r\n\r\n"),
        ("no last chunk", b"3\r\nabc\r\n"),
        ("a trailer", b"3\r\nabc\r\n0\r\nx-a: b\r\n\r\n"),
        ("line feeds alone", b"3\nabc\n0\n\n"),
    ] {
        cases.push(case(what, with(chunked, body)));
    }
    let long = format!("3;{}\r\nabc\r\n0\r\n\r\n", "x".repeat(200_000));
    cases.push(case(
        "an extension of 200 kB",
        with(chunked, long.as_bytes()),
    ));
    let many = "1;x\r\na\r\n".repeat(100_000);
    cases.push(case(
        "100,000 chunks with extensions",
        with(chunked, many.as_bytes()),
    ));
    let trailers = format!("0\r\n{}\r\n", "x-a: b\r\n".repeat(10_000));
    cases.push(case("10,000 trailers", with(chunked, trailers.as_bytes())));
    let endless = [
        format!("{:x}\r\n", 66 << 20).as_bytes(),
        &vec![0; 66 << 20][..],
    ]
    .concat();
    cases.push(case("66 MiB in one chunk", with(chunked, &endless)));
    for path in [
        "PUT /used/api/v1/crates/n/owners",
        "POST /api/v1/none",
        "POST /used/api/v1/purge",
        "POST /used/api/v1/retire",
        "POST /used/api/v1/snapshots",
        "POST /used/api/v1/import",
        "PUT /used/api/v1/crates/batch",
    ] {
        let body = vec![b'['; 100_000];
        let headers = format!(
            "authorization: @TOKEN@\r\ncontent-length: {}\r\n",
            body.len()
        );
        cases.push(case(
            format!("100,000 brackets to {path}"),
            [&head(path, &headers)[..], &body].concat(),
        ));
    }
    cases
}

/// 89: not there, or not allowed.
pub(crate) fn yanks() -> Vec<Case> {
    let mut cases = Vec::new();
    for (method, end) in [("DELETE", "yank"), ("PUT", "unyank")] {
        for release in [
            "n/9.9.9",
            "nobody/1.0.0",
            "n/1.0",
            "n/latest",
            "N/1.0.0+x",
            "n/1.0.0-a",
        ] {
            let line = format!("{method} /used/api/v1/crates/{release}/{end}");
            cases.push(case(
                format!("{line} with the token"),
                head(&line, "authorization: @TOKEN@\r\n"),
            ));
        }
        for token in [
            "",
            "authorization: \r\n",
            "authorization: wrong\r\n",
            "authorization: Bearer @TOKEN@x\r\n",
        ] {
            let line = format!("{method} /used/api/v1/crates/n/1.0.0/{end}");
            cases.push(case(format!("{line} with {token:?}"), head(&line, token)));
        }
    }
    cases
}

/// 90.
pub(crate) fn paths() -> Vec<Case> {
    let paths = [
        "//",
        "///",
        "/used//index/config.json",
        "/used/./index/config.json",
        "/used/../used/index/config.json",
        "/..",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc/passwd",
        "/..;/x",
        "/used/index/..;/config.json",
        "/used/index/%2e%2e/config.json",
        "/used/index/config.json/",
        "/used/index/config.json%00",
        "/used/index/1/n%00",
        "/used/index/1/%6e%00",
        "/used/index/1/n%0d%0aset-cookie:a=b",
        "/used/index/1/n%0a",
        "/used/index/1\\n",
        "/used/index/1%5cn",
        "/used/index/1/%ff",
        "/used/index/1/%c0%af",
        "/used/index/1/%E4%BA%AC",
        "/used/index/1/%",
        "/used/index/1/%zz",
        "/used/index/1/%2",
        "/used/index/1/%252e",
        "/used/index/2/n",
        "/used/index/n",
        "/used/index/1/nn",
        "/used/index/no/bo/nobody",
        "/used/index/",
        "/used/index",
        "/used/dl/n/1.0.0/0",
        "/used/dl/n/1.0.0/../x",
        "/used/dl/n/1.0/aa",
        "/used/dl/../../../etc/passwd/aa",
        "/used/api/v1/crates/a%00b/1.0.0/download",
        "/used/api/v1/crates//1.0.0/download",
        "/used/api/v1/crates/n/..;/download",
        "/used/api/v1/crates/%2e%2e/1.0.0",
        "/used/api/v1/crates/n/1.0.0%2f..%2fx/download",
        "/used/at/99999999999999999999999/index/1/n",
        "/used/at/-1/index/1/n",
        "/used/at/0000-00-00T00:00:00Z/index/1/n",
        "/used/at/9999-12-31T23:59:59Z/index/1/n",
        "/used/at/%20/index/1/n",
        "/used/from/used/index/1/n",
        "/nobody/index/config.json",
        "/metrics/../used",
        "/healthz/x",
        "/\u{7f}",
        "/used?x",
        "/?q=../",
        "/used/index/1/n;x=y",
        "/used/index/1/n#x",
        "/.git/config",
        "/.env",
        "/admin-token",
        "/crossdock.toml",
        "/used/index/CON",
        "/used/index/con/con",
    ];
    let mut cases: Vec<_> = paths
        .iter()
        .map(|path| case(format!("{path:?}"), get(path, "")))
        .collect();
    for length in [1_025, 8_000, 60_000, 70_000, 1_000_000] {
        cases.push(case(
            format!("a path of {length} bytes"),
            get(&format!("/{}", "a".repeat(length)), ""),
        ));
    }
    cases.push(case("1,000 segments", get(&"/a".repeat(1_000), "")));
    cases.push(case(
        "10,000 encoded dots",
        get(&format!("/{}", "%2e".repeat(10_000)), ""),
    ));
    cases
}

/// 91.
pub(crate) fn conditions() -> Vec<Case> {
    let mut headers: Vec<String> = [
        "if-none-match: *",
        "if-none-match: ",
        "if-none-match: \"",
        "if-none-match: W/",
        "if-none-match: ,,,,",
        "if-none-match: \"a\", \"b",
        "if-none-match: \u{7f}",
        "if-modified-since: yesterday",
        "if-modified-since: Thu, 99 Foo 9999 99:99:99 GMT",
        "if-range: x",
        "range: bytes=-1,0-",
        "range: bytes=0-0,0-0,0-0",
        "range: bytes=9999999999999999999999-",
        "range: bytes=5-1",
        "range: lines=1-2",
        "range: bytes=",
        "accept-encoding: gzip;q=",
        "accept-encoding: gzip;q=2",
        "accept-encoding: *;q=0",
        "accept-encoding: identity;q=0, gzip;q=0",
        "accept-encoding: br, zstd",
        "accept: nothing/*",
        "content-type: ../",
        "x-forwarded-for: 1.2.3.4, ::, [",
        "forwarded: for=\"",
        "host: b.example",
        "upgrade: h2c",
        "connection: upgrade\r\nupgrade: websocket",
        "te: trailers",
        "cookie: a=b",
        "authorization: Basic !!!",
        "authorization: Basic Og==",
        "authorization: Bearer",
        "authorization: \u{1}",
    ]
    .map(str::to_owned)
    .into();
    headers.push(format!("if-none-match: \"{}\"", "x".repeat(10_000)));
    headers.push(format!("if-none-match: {}", "\"a\",".repeat(10_000)));
    headers.push(format!("range: bytes={}", "0-0,".repeat(10_000)));
    headers.push(format!("accept-encoding: {}", "gzip;q=0.1,".repeat(5_000)));
    headers.push(format!("authorization: {}", "x".repeat(50_000)));
    let mut cases = Vec::new();
    for header in headers {
        for path in ["/used/index/1/n", "/healthz"] {
            let what = format!("{path} with {header:.60}");
            cases.push(case(what, get(path, &format!("{header}\r\n"))));
        }
    }
    cases
}

/// 92.
pub(crate) fn searches() -> Vec<Case> {
    let mut queries: Vec<String> = [
        "'",
        "%27%20OR%201=1--",
        "%22",
        "%",
        "_",
        "%25%25%25",
        "*",
        "(a%2B)%2B%24",
        "%00",
        "%ff",
        "%f0%9f%98%80",
        "a%0d%0ab",
        "\\",
        ";drop%20table%20crates",
        "..%2f..%2f",
        "%E2%80%AE",
        "+",
        "a+b",
        "&q=b",
        "a&per_page=-1",
        "a&per_page=99999999999999999999",
        "a&per_page=0",
        "a&per_page=x",
        "a&page=-1",
        "a&page=18446744073709551615",
        "a&sort=%27",
        "a&q=b&q=c",
    ]
    .map(str::to_owned)
    .into();
    queries.extend(
        [
            ("a", 5_000),
            ("a", 60_000),
            ("%25", 10_000),
            ("a%20", 10_000),
        ]
        .map(|(part, times)| part.repeat(times)),
    );
    queries.push("a".repeat(100_000));
    let case = |query: &String| {
        case(
            format!("q={query:.60}"),
            get(&format!("/used/api/v1/crates?q={query}"), ""),
        )
    };
    queries.iter().map(case).collect()
}

/// Heads, request lines and bytes that are none (among families 35, 36 and 90 in spirit).
pub(crate) fn heads() -> Vec<Case> {
    let ok = get("/healthz", "");
    let mut cases = vec![
        case(
            "random bytes",
            (0..4096_u32)
                .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
                .collect(),
        ),
        case("NULs", vec![0; 4096]),
        case("line breaks", b"\r\n".repeat(5_000)),
        case(
            "a TLS handshake",
            b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03".to_vec(),
        ),
        case(
            "the preface of HTTP/2",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec(),
        ),
        case("HTTP/0.9", b"GET /healthz\r\n".to_vec()),
        case(
            "HTTP/3.7",
            b"GET /healthz HTTP/3.7\r\nhost: a\r\n\r\n".to_vec(),
        ),
        case("HTTP/1.0", b"GET /healthz HTTP/1.0\r\n\r\n".to_vec()),
        case(
            "no host",
            b"GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n".to_vec(),
        ),
        case(
            "line feeds alone",
            b"GET /healthz HTTP/1.1\nhost: a\nconnection: close\n\n".to_vec(),
        ),
        case("two hosts", get("/healthz", "host: b.example\r\n")),
        case("a head that ends early", ok[..ok.len() - 2].to_vec()),
        case("half a request line", b"GET /hea".to_vec()),
        case(
            "an absolute address",
            get("http://other.example/healthz", ""),
        ),
        case("an asterisk", head("OPTIONS *", "")),
        case("an authority", head("CONNECT 169.254.169.254:80", "")),
        case("a space in the path", get("/a b", "")),
        case("a folded header", get("/healthz", "x-a: b\r\n c\r\n")),
        case("a header without a colon", get("/healthz", "nonsense\r\n")),
        case("a space before the colon", get("/healthz", "x-a : b\r\n")),
        case("a header without a name", get("/healthz", ": b\r\n")),
        case("a NUL in a header", get("/healthz", "x-a: b\0c\r\n")),
        case(
            "a carriage return in a header",
            get("/healthz", "x-a: b\rc\r\n"),
        ),
        case("a name that is not ASCII", get("/healthz", "x-ä: b\r\n")),
        case(
            "two requests in one, the second a change",
            [
                &ok[..],
                &head("DELETE /used/api/v1/crates/n/1.0.0/yank", ""),
            ]
            .concat(),
        ),
    ];
    for method in [
        "TRACE", "OPTIONS", "PATCH", "POST", "DELETE", "PROPFIND", "get", "GE T", "G\0T",
        "<script>", "",
    ] {
        cases.push(case(
            format!("method {method:?}"),
            head(&format!("{method} /used/index/1/n"), ""),
        ));
    }
    cases.push(case(
        "a method of 100 kB",
        head(&format!("{} /healthz", "A".repeat(100_000)), ""),
    ));
    for count in [65, 100, 1_000] {
        cases.push(case(
            format!("{count} headers"),
            get("/healthz", &"x-a: b\r\n".repeat(count)),
        ));
    }
    for length in [60_000, 66_000, 1_000_000] {
        cases.push(case(
            format!("a header of {length} bytes"),
            get("/healthz", &format!("x-a: {}\r\n", "b".repeat(length))),
        ));
        cases.push(case(
            format!("a header's name of {length} bytes"),
            get("/healthz", &format!("{}: b\r\n", "a".repeat(length))),
        ));
    }
    cases
}

#[test]
fn no_request_breaks_anything() {
    let bench = Workbench::new();
    let server = Server::start(&bench, "[registries.used]\n");
    server.has("used", &Krate::new("n", "1.0.0"));
    let (rows, length) = (server.entry("used", "n").body, ledger(&server));
    let mut wrong = Vec::new();
    for family in FAMILIES {
        for group in family.groups {
            let Group::Requests(make) = group else {
                continue;
            };
            for case in make() {
                let watch = Watch::begin(&server);
                let (back, said) = send(&server, &case.bytes);
                let fine = match back {
                    Back::Status(500..) => Err(format!("answered {back:?}")),
                    Back::Silence => Err("no answer".to_owned()),
                    Back::Status(_) | Back::Closed => watch.end(case.bytes.len()),
                };
                if let Err(why) = fine {
                    wrong.push(format!(
                        "{}, {}: {why}\n{said:.400}",
                        family.number, case.what
                    ));
                }
            }
        }
        server.get("/healthz").expects(200);
        if ledger(&server) != length {
            wrong.push(format!("{}: something was recorded", family.number));
            break;
        }
    }
    nothing_went(&wrong);
    assert_eq!(server.entry("used", "n").body, rows);
    assert!(!server.log().contains("panic"), "a handler panicked");
}

/// 37, as many as the system lets one process open without asking; the bench has more.
#[test]
fn idle_strangers_keep_nobody_waiting() {
    const STRANGERS: usize = 700;
    let bench = Workbench::new();
    let server = Server::start(&bench, "[registries.used]\n");
    server.has("used", &Krate::new("n", "1.0.0"));
    let address = server.url().trim_start_matches("http://").to_owned();
    let idle: Vec<_> = (0..STRANGERS)
        .map(|_| TcpStream::connect(&address))
        .collect();
    assert!(
        idle.iter().all(Result::is_ok),
        "the system lets us open {STRANGERS}"
    );
    let mut took: Vec<Duration> = (0..200)
        .map(|_| {
            let began = Instant::now();
            server.entry("used", "n").expects(200);
            began.elapsed()
        })
        .collect();
    took.sort_unstable();
    assert!(took[197] < Duration::from_secs(1), "{:?}", &took[190..]);
}
