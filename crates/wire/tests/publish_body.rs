//! The body of a publish: what cargo sends, and lengths and metadata that lie.

#![expect(
    clippy::unwrap_used,
    reason = "all of this program is test; a panic is how it says no"
)]

use crossdock_wire::publish_body::{Limits, PublishBodyError, PublishMetadata, parse};

fn body(json: &[u8], archive: &[u8]) -> Vec<u8> {
    let mut body = u32::try_from(json.len()).unwrap().to_le_bytes().to_vec();
    body.extend(json);
    body.extend(u32::try_from(archive.len()).unwrap().to_le_bytes());
    body.extend(archive);
    body
}

#[test]
fn what_cargo_sends_is_read() {
    let body = body(
        br#"{"name":"foo","vers":"1.0.0","deps":[{"x":1}],"badges":{}}"#,
        b"bytes",
    );
    let parsed = parse(&body, &Limits::default()).unwrap();
    assert_eq!(
        (parsed.metadata.name.as_str(), parsed.metadata.vers.as_str()),
        ("foo", "1.0.0")
    );
    assert_eq!(parsed.archive, b"bytes");
}

#[test]
fn lengths_that_lie_are_refused_unread() {
    let good = body(br#"{"name":"foo","vers":"1.0.0"}"#, b"bytes");
    for cut in 0..good.len() {
        assert!(
            parse(&good[..cut], &Limits::default()).is_err(),
            "cut at {cut}"
        );
    }
    let mut huge = good.clone();
    huge[..4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(parse(&huge, &Limits::default()).unwrap_err().is_too_large());
    let mut more = good;
    more.push(0);
    assert!(matches!(
        parse(&more, &Limits::default()),
        Err(PublishBodyError::Trailing(1))
    ));
}

#[test]
fn the_server_can_tell_too_much_from_wrong() {
    let limits = Limits {
        metadata_bytes_max: 40,
        archive_bytes_max: 5,
    };
    let json = br#"{"name":"foo","vers":"1.0.0"}"#;
    parse(&body(json, b"bytes"), &limits).unwrap();
    let long = format!(
        r#"{{"name":"foo","vers":"1.0.0","x":"{}"}}"#,
        "x".repeat(40)
    );
    for too_large in [body(json, b"bytes!"), body(long.as_bytes(), b"bytes")] {
        assert!(parse(&too_large, &limits).unwrap_err().is_too_large());
    }
    // A length that lies is too large by what it says, though nothing is there.
    for claimed in [41, 0x7fff_ffff, u32::MAX] {
        let lie = claimed.to_le_bytes();
        assert!(
            parse(&lie, &limits).unwrap_err().is_too_large(),
            "{claimed}"
        );
    }
    for wrong in [&b""[..], b"\0\0\0", &40u32.to_le_bytes()] {
        let refused = parse(wrong, &limits).unwrap_err();
        assert!(matches!(refused, PublishBodyError::Short("metadata")));
    }
}

fn metadata(json: &[u8]) -> Result<PublishMetadata, PublishBodyError> {
    parse(&body(json, b"x"), &Limits::default()).map(|parsed| parsed.metadata)
}

#[test]
fn null_says_as_much_as_nothing() {
    let json = br#"{"name":"a","vers":"1.0.0","keywords":null,"description":null,
        "categories":null,"authors":null,"license_file":null}"#;
    let read = metadata(json).unwrap();
    assert_eq!(read.keywords, [""; 0]);
    assert_eq!(read.description, None);
}

#[test]
fn a_key_occurs_once_even_if_nobody_reads_it() {
    for twice in [
        r#"{"name":"a","vers":"1.0.0","name":"b"}"#,
        r#"{"name":"a","vers":"1.0.0","cksum":"0","cksum":"1"}"#,
        r#"{"name":"a","vers":"1.0.0","cksum":"0","\u0063ksum":"1"}"#,
        r#"{"name":"a","vers":"1.0.0","":0,"":0}"#,
    ] {
        let refused = metadata(twice.as_bytes()).unwrap_err().to_string();
        assert!(refused.contains("occurs twice"), "{refused}");
    }
}

#[test]
fn a_refusal_quotes_little_and_escaped() {
    let evil = format!(
        r#"{{"name":"a","vers":"1.0.0","keywords":"\u001b[31m{}"}}"#,
        "x".repeat(100_000)
    );
    let refused = metadata(evil.as_bytes()).unwrap_err().to_string();
    assert!(refused.len() < 300, "{}", refused.len());
    assert!(!refused.contains('\u{1b}'), "{refused}");
}

#[test]
fn the_manifest_has_the_last_word() {
    let manifest = "[package]\nname = 'a'\nversion = '1.0.0'\nhomepage = 'https://a.example/'";
    let manifest = crossdock_wire::manifest::parse(manifest).unwrap();
    let json = br##"{"name":"a","vers":"1.0.0","homepage":"javascript:alert(1)",
        "description":"\u001b[2J","readme":"# a"}"##;
    let confirmed = metadata(json).unwrap().confirmed_by(&manifest);
    assert_eq!(confirmed.homepage.as_deref(), Some("https://a.example/"));
    assert_eq!(confirmed.description, None);
    assert_eq!(confirmed.readme.as_deref(), Some("# a"));
}

#[test]
fn metadata_that_is_no_plain_json_is_refused() {
    let deep = format!(
        r#"{{"name":"a","vers":"1.0.0","x":{}1{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let cases: [&[u8]; 12] = [
        b"",
        b"null",
        b"[]",
        br#"{"name":"a"}"#,
        br#"{"name":"a","vers":"1.0.0"}x"#,
        b"{\"name\":\"a\",\"vers\":\"1.0.0\",\"x\":\"\xff\"}",
        br#"{"name":5,"vers":"1.0.0"}"#,
        b"\xef\xbb\xbf{\"name\":\"a\",\"vers\":\"1.0.0\"}",
        br#"{"name":"a","name":"b","vers":"1.0.0"}"#,
        br#"{"name":"a","vers":"1.0.0","x":NaN}"#,
        b"{\0\"\0n\0",
        deep.as_bytes(),
    ];
    for json in cases {
        assert!(
            parse(&body(json, b"x"), &Limits::default()).is_err(),
            "{:?}",
            &json[..json.len().min(40)]
        );
    }
}
