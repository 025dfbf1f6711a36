//! Index files of an upstream with lines that cargo could not use, or that lie (families
//! 38, 39, 46, 57 and 66 to 73), written of the crate `NAME`.

use crate::Case;
use serde_json::{Value, json};

fn sum(digit: char) -> String {
    digit.to_string().repeat(64)
}

fn row(version: &str, digit: char) -> Value {
    json!({"name": "NAME", "vers": version, "deps": [], "features": {}, "cksum": sum(digit), "yanked": false})
}

/// A file with one line between two good ones, which stay: 1.0.0 and 3.0.0.
fn between(what: impl Into<String>, line: &[u8]) -> Case {
    let (first, last) = (row("1.0.0", 'a').to_string(), row("3.0.0", 'c').to_string());
    let bytes = [first.as_bytes(), b"\n", line, b"\n", last.as_bytes(), b"\n"].concat();
    Case::new(what, bytes, "")
}

fn changed(what: impl Into<String>, key: &str, value: Value) -> Case {
    let mut bad = row("2.0.0", 'b');
    bad[key] = value;
    between(what, bad.to_string().as_bytes())
}

/// 38.
pub(crate) fn deep() -> Vec<Case> {
    let mut cases = Vec::new();
    for depth in [100, 100_000] {
        for (what, open, close) in [("lists", "[", "]"), ("objects", "{\"a\":", "}")] {
            for key in ["x", "deps", "pubtime", "features"] {
                let mut bad = row("2.0.0", 'b');
                if let Value::Object(map) = &mut bad {
                    map.remove(key);
                }
                let mut text = bad.to_string();
                text.truncate(text.len() - 1);
                let text = format!(
                    "{text},\"{key}\":{}1{}}}",
                    open.repeat(depth),
                    close.repeat(depth)
                );
                cases.push(between(
                    format!("{depth} {what} in `{key}`"),
                    text.as_bytes(),
                ));
            }
        }
    }
    cases
}

/// 39.
pub(crate) fn twice() -> Vec<Case> {
    [
        "name",
        "vers",
        "deps",
        "features",
        "cksum",
        "yanked",
        "links",
        "rust_version",
        "pubtime",
        "v",
        "unknown",
    ]
    .map(|key| {
        let mut text = row("2.0.0", 'b').to_string();
        text.truncate(text.len() - 1);
        between(
            key,
            format!("{text},\"{key}\":null,\"{key}\":null}}").as_bytes(),
        )
    })
    .into()
}

/// 46.
pub(crate) fn versions() -> Vec<Case> {
    [
        "",
        "1",
        "1.0",
        "01.0.0",
        "v2.0.0",
        "2.0.0 ",
        "2.0.0\n{}",
        "2.0.0/..",
        "latest",
        "2.0.0-",
        "99999999999999999999.0.0",
    ]
    .iter()
    .map(|version| changed(format!("{version:?}"), "vers", json!(version)))
    .chain([changed(
        "151 bytes",
        "vers",
        json!(format!("2.0.0-{}", "a".repeat(146))),
    )])
    .collect()
}

/// 52, 55 to 57, 62 and 64, as far as cargo would lose the version by them.
pub(crate) fn dependencies() -> Vec<Case> {
    let of = |field: &str, value: Value| {
        let mut dependency = json!({"name": "stem", "req": "^1", "features": [], "optional": false, "default_features": true, "target": null, "kind": "normal"});
        let what = format!("{field} {value}");
        dependency[field] = value;
        changed(what, "deps", json!([dependency]))
    };
    let mut cases = vec![
        of("req", json!(">>1")),
        of("req", json!(1)),
        of("req", json!(null)),
        of("target", json!("cfg(((")),
        of("name", json!("../x")),
        of("name", json!("")),
        of("package", json!("a/b")),
        of("features", json!("all")),
        of("optional", json!("yes")),
    ];
    for address in [
        "not a url",
        "file:///etc",
        "sparse+file:///etc",
        "git+ssh://a.example/x",
        "git+file:///x",
        "javascript:alert(1)",
        "sparse+http://u:p@a.example/",
        "",
    ] {
        cases.push(of("registry", json!(address)));
    }
    cases.push(changed("links 5", "links", json!(5)));
    cases.push(changed(
        "rust_version nightly",
        "rust_version",
        json!("nightly"),
    ));
    cases.push(changed("deps null", "deps", json!(null)));
    cases.push(changed("features of a text", "features", json!("all")));
    cases
}

/// 66 and 67.
pub(crate) fn schemas() -> Vec<Case> {
    [
        json!(0),
        json!(3),
        json!(4),
        json!(255),
        json!(u32::MAX),
        json!(4_294_967_296_u64),
        json!(-1),
        json!("2"),
        json!(1.5),
    ]
    .into_iter()
    .map(|v| changed(format!("v = {v}"), "v", v))
    .collect()
}

/// 68.
pub(crate) fn checksums() -> Vec<Case> {
    let texts = [
        sum('B'),
        sum('b')[1..].to_owned(),
        sum('b') + "b",
        String::new(),
        "z".repeat(64),
        format!("sha256:{}", sum('b')),
        format!(" {}", sum('b')),
        format!("0x{}", &sum('b')[2..]),
        "é".repeat(32),
    ];
    let mut cases: Vec<_> = texts
        .iter()
        .map(|text| changed(format!("{text:?}"), "cksum", json!(text)))
        .collect();
    cases.push(changed("null", "cksum", json!(null)));
    cases.push(changed("a number", "cksum", json!(1)));
    cases.push(changed("a list", "cksum", json!([sum('b')])));
    cases
}

/// 69: the first line stays, as if the second were not there.
pub(crate) fn equivocation() -> Vec<Case> {
    ["1.0.0", "3.0.0"]
        .iter()
        .flat_map(|version| ['b', 'd', '0'].map(|digit| (version, digit)))
        .map(|(version, digit)| {
            // Behind both, so that the good rows are the first.
            let good = [row("1.0.0", 'a').to_string(), row("3.0.0", 'c').to_string()];
            let text = format!("{}\n{}\n{}\n", good[0], good[1], row(version, digit));
            Case::new(format!("{version} as {digit}"), text.into_bytes(), "")
        })
        .collect()
}

/// 70.
pub(crate) fn other_names() -> Vec<Case> {
    [
        "other",
        "",
        "../x",
        "NAME-",
        "NAMEx",
        "京",
        "a b",
        "config.json",
        "NAME/NAME",
    ]
    .iter()
    .map(|name| changed(format!("{name:?}"), "name", json!(name)))
    .chain([
        changed("null", "name", json!(null)),
        changed("a number", "name", json!(1)),
    ])
    .collect()
}

/// 71.
pub(crate) fn junk() -> Vec<Case> {
    let lines: [(&str, &[u8]); 16] = [
        ("words", b"junk"),
        ("a NUL", b"\0"),
        ("NULs", &[0; 4096]),
        ("not UTF-8", b"\xff\xfe\x80"),
        ("half a row", b"{\"name\":\"NAME\",\"vers\""),
        ("a list", b"[]"),
        ("null", b"null"),
        ("an empty object", b"{}"),
        ("a text", b"\"row\""),
        ("HTML", b"<html>"),
        ("a byte order mark", b"\xef\xbb\xbf{}"),
        ("a diff", b"<<<<<<< HEAD"),
        ("a comment", b"# comment"),
        ("NaN", b"NaN"),
        ("two rows", b"{}{}"),
        ("a form feed", b"\x0c"),
    ];
    let mut cases: Vec<_> = lines
        .iter()
        .map(|(what, line)| between(*what, line))
        .collect();
    cases.push(between("a line of 4 MiB", &vec![b'x'; 4 * 1024 * 1024]));
    cases.push(between(
        "100,000 lines",
        "junk\n".repeat(100_000).as_bytes(),
    ));
    let many = (0..200_000).map(|at| (format!("f{at}"), json!([])));
    let mut features = row("01.0.0", 'b');
    features["features"] = many.collect::<serde_json::Map<_, _>>().into();
    cases.push(between("200,000 features", features.to_string().as_bytes()));
    let half = row("4.0.0", 'd').to_string();
    let mut cut = between("the last line cut off", b"");
    cut.bytes.extend(&half.as_bytes()[..half.len() / 2]);
    cases.push(cut);
    let mut crlf = between("CR LF and blank lines", b"\r\n\r\n  \t\r\njunk");
    crlf.bytes = crlf
        .bytes
        .into_iter()
        .flat_map(|byte| match byte {
            b'\n' => vec![b'\r', b'\n'],
            other => vec![other],
        })
        .collect();
    cases.push(crlf);
    cases
}

/// 72 and 73: nothing in it that can be read; silence, not absence.
pub(crate) fn no_index() -> Vec<Case> {
    let texts: [(&str, &[u8]); 18] = [
        ("a login page", b"<!DOCTYPE html><html><head><title>Welcome</title></head><body>Accept.</body></html>\n"), ("nothing", b""), ("a line break", b"\n"), ("spaces", b"   \n\t\n"), ("NULs", &[0; 4096]), ("a JSON error", b"{\"errors\":[{\"detail\":\"not now\"}]}"), ("null", b"null"), ("a list of rows", b"[{\"name\":\"NAME\",\"vers\":\"1.0.0\"}]"), ("XML", b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>"), ("gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x03\0\0\0\0\0\0\0\0\0"), ("a git object", b"tree 0\0"), ("a pointer", b"version https://git-lfs.example/spec/v1\noid sha256:0\nsize 1\n"), ("words", b"Service Unavailable"), ("404 in words", b"404 Not Found"), ("rows of another crate", b"{\"name\":\"other\",\"vers\":\"1.0.0\",\"deps\":[],\"features\":{},\"cksum\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"yanked\":false}\n"), ("UTF-16", b"\xff\xfe{\0}\0"), ("JavaScript", b"window.location='/login'"), ("half a row", b"{\"name\":\"NAME\",\"vers\":\"1.0.0\",\"deps\":[],\"feat"),
    ];
    texts
        .iter()
        .map(|(what, text)| Case::new(*what, text.to_vec(), ""))
        .collect()
}

/// 75.
pub(crate) fn too_long() -> Vec<Case> {
    let line = row("1.0.0", 'a').to_string() + "\n";
    let times = 65 * 1024 * 1024 / line.len();
    vec![
        Case::new("65 MiB of one row", line.repeat(times).into_bytes(), ""),
        Case::new("65 MiB of junk", vec![b'x'; 65 * 1024 * 1024], ""),
        Case::new("65 MiB of line breaks", vec![b'\n'; 65 * 1024 * 1024], ""),
    ]
}
