//! Bodies of a publish that are not what they say (families 30 to 34 and 38 to 40).

use crate::Case;
use crate::entries::good;
use crossdock_conformance::upload;

/// A body of any two parts, with their true lengths.
fn of(json: &[u8], archive: &[u8]) -> Vec<u8> {
    let part = |bytes: &[u8]| [&length(bytes.len()), bytes].concat();
    [part(json), part(archive)].concat()
}

fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes()
}

fn json() -> String {
    upload::metadata(&good()).to_string()
}

fn with_json(what: impl Into<String>, json: &[u8], says: &'static str) -> Case {
    Case::new(what, of(json, &good().archive()), says)
}

/// 30.
pub(crate) fn empty() -> Vec<Case> {
    (0..8_usize)
        .map(|bytes| Case::new(format!("{bytes} bytes"), vec![0; bytes], "publish"))
        .collect()
}

/// 31.
pub(crate) fn long_json() -> Vec<Case> {
    [
        0xffff_ffff,
        0x8000_0000,
        0x7fff_ffff,
        0x1000_0000,
        1024 * 1024 + 1,
    ]
    .map(|announced: usize| {
        let rest = of(json().as_bytes(), &good().archive());
        let bytes = [&length(announced), &rest[4..]].concat();
        Case::new(
            format!("{announced} bytes announced"),
            bytes,
            "allowed are 1048576",
        )
    })
    .into()
}

/// 32.
pub(crate) fn short_rest() -> Vec<Case> {
    let whole = of(json().as_bytes(), &good().archive());
    let mut cases = Vec::new();
    for more in [1, 2, 100, 100_000] {
        let announced = whole.len() - 4 + more;
        let bytes = [&length(announced), &whole[4..]].concat();
        cases.push(Case::new(
            format!("JSON {more} bytes longer than all"),
            bytes,
            "ends within",
        ));
    }
    for end in [
        5,
        40,
        json().len() + 4,
        json().len() + 6,
        whole.len() - 30,
        whole.len() - 1,
    ] {
        let what = format!("the first {end} of {} bytes", whole.len());
        cases.push(Case::new(what, whole[..end].to_vec(), "ends within"));
    }
    cases
}

/// 33.
pub(crate) fn long_archive() -> Vec<Case> {
    [64 * 1024 * 1024 + 1, 0x7fff_ffff, 0xffff_ffff]
        .map(|announced: usize| {
            let json = json();
            let bytes = [
                &length(json.len())[..],
                json.as_bytes(),
                &length(announced),
                b"x",
            ]
            .concat();
            Case::new(
                format!("{announced} bytes announced"),
                bytes,
                "allowed are 67108864",
            )
        })
        .into()
}

/// 34.
pub(crate) fn more_behind() -> Vec<Case> {
    let whole = of(json().as_bytes(), &good().archive());
    [vec![0], vec![0; 4], b"more".to_vec(), whole.clone()]
        .map(|more| {
            let what = format!("{} bytes behind the archive", more.len());
            Case::new(what, [&whole[..], &more].concat(), "after the archive")
        })
        .into()
}

/// 38.
pub(crate) fn deep() -> Vec<Case> {
    let mut cases = Vec::new();
    for depth in [64, 65, 128, 1_000, 100_000] {
        for (what, open, close) in [("lists", "[", "]"), ("objects", "{\"a\":", "}")] {
            let inner = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            for key in ["x", "badges", "deps", "readme"] {
                let mut text = json();
                text.truncate(text.len() - 1);
                text = text.replacen(&format!("\"{key}\":"), "\"was\":", 1);
                let text = format!("{text},\"{key}\":{inner}}}");
                let what = format!("{depth} {what} in `{key}`");
                cases.push(with_json(what, text.as_bytes(), "nests deeper"));
            }
        }
    }
    let open = format!(
        "{{\"name\":\"n\",\"vers\":\"1.0.1\",\"x\":{}",
        "[".repeat(500_000)
    );
    cases.push(with_json(
        "500,000 lists that never close",
        open.as_bytes(),
        "nests deeper",
    ));
    cases
}

/// 39.
pub(crate) fn twice() -> Vec<Case> {
    let keys = [
        "name",
        "vers",
        "deps",
        "features",
        "authors",
        "description",
        "readme",
        "license",
        "license_file",
        "repository",
        "links",
        "rust_version",
        "keywords",
        "categories",
        "badges",
        "homepage",
        "documentation",
        "cksum",
        "nobody-knows-it",
    ];
    keys.map(|key| {
        let mut text = json();
        text.truncate(text.len() - 1);
        let text = format!("{text},\"{key}\":null,\"{key}\":null}}");
        with_json(key, text.as_bytes(), "twice")
    })
    .into()
}

/// 40.
pub(crate) fn no_json() -> Vec<Case> {
    let text = json();
    let wide = |units: Vec<[u8; 2]>, mark: [u8; 2]| [&mark[..], &units.concat()].concat();
    let little = wide(
        text.encode_utf16().map(u16::to_le_bytes).collect(),
        [0xff, 0xfe],
    );
    let big = wide(
        text.encode_utf16().map(u16::to_be_bytes).collect(),
        [0xfe, 0xff],
    );
    let changed = |from: &str, to: &str| text.replacen(from, to, 1).into_bytes();
    let mut cases: Vec<(&str, Vec<u8>)> = vec![
        ("NaN", changed("\"badges\":{}", "\"badges\":NaN")),
        ("Infinity", changed("\"badges\":{}", "\"badges\":-Infinity")),
        (
            "an endless number",
            changed(
                "\"badges\":{}",
                &format!("\"badges\":1{}.", "0".repeat(9999)),
            ),
        ),
        (
            "a byte order mark",
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        ),
        ("UTF-16, little endian", little),
        ("UTF-16, big endian", big),
        (
            "Latin 1",
            [b"{\"name\":\"n\",\"vers\":\"1.0.1\",\"description\":\"caf\xe9\"}".to_vec()].concat(),
        ),
        (
            "a lone surrogate",
            changed("\"n for a test\"", "\"\\ud800\""),
        ),
        ("single quotes", text.replace('"', "'").into_bytes()),
        ("a comment", [b"/* hello */", text.as_bytes()].concat()),
        ("a comma at the end", changed("}", ",}")),
        ("nothing", Vec::new()),
        ("spaces", vec![b' '; 100]),
        ("NULs", vec![0; 100]),
        ("two objects", [text.as_bytes(), text.as_bytes()].concat()),
        (
            "a control character in a string",
            changed("\"n for a test\"", "\"a\u{1}b\""),
        ),
        (
            "a raw line break in a string",
            changed("\"n for a test\"", "\"a\nb\""),
        ),
        (
            "an object that never closes",
            text.as_bytes()[..text.len() - 1].to_vec(),
        ),
        ("TOML", b"name = \"n\"".to_vec()),
        ("HTML", b"<html></html>".to_vec()),
    ];
    for value in ["null", "[]", "\"n\"", "1", "true", "{}", "[{}]"] {
        cases.push((value, value.as_bytes().to_vec()));
    }
    for (what, from, to) in [
        ("a name that is a number", "\"name\":\"n\"", "\"name\":1"),
        ("a name that is null", "\"name\":\"n\"", "\"name\":null"),
        (
            "a version that is a list",
            "\"vers\":\"1.0.1\"",
            "\"vers\":[\"1.0.1\"]",
        ),
        (
            "authors that are a text",
            "\"authors\":[]",
            "\"authors\":\"me\"",
        ),
        ("keywords of numbers", "\"keywords\":[]", "\"keywords\":[1]"),
    ] {
        cases.push((what, changed(from, to)));
    }
    let of_case = |(what, json): (&str, Vec<u8>)| with_json(what, &json, "publish metadata");
    cases.into_iter().map(of_case).collect()
}
