//! Batches of publish bodies, and what is none.

#![expect(
    clippy::unwrap_used,
    reason = "a body that cannot be read fails the test"
)]

use crossdock_wire::publish_batch::{PublishBatchError, RELEASES_MAX, parse};
use crossdock_wire::publish_body::Limits;

fn body(name: &str, archive: &[u8]) -> Vec<u8> {
    let json = format!(r#"{{"name":"{name}","vers":"1.0.0"}}"#);
    let mut body = Vec::new();
    for part in [json.as_bytes(), archive] {
        body.extend(u32::try_from(part.len()).unwrap().to_le_bytes());
        body.extend(part);
    }
    body
}

#[test]
fn releases_come_in_the_order_in_which_they_were_sent() {
    let batch = [body("stem", b"one"), body("petal", b""), body("rose", b"3")].concat();
    let releases = parse(&batch, &Limits::default()).unwrap();
    let names: Vec<_> = releases.iter().map(|one| &one.metadata.name).collect();
    assert_eq!(names, ["stem", "petal", "rose"]);
    let archives: Vec<_> = releases.iter().map(|one| one.archive).collect();
    assert_eq!(archives, [&b"one"[..], b"", b"3"]);
}

#[test]
fn what_is_wrong_is_told_with_its_number() {
    let short = [body("stem", b"one"), body("petal", b"two")[..20].to_vec()].concat();
    let refused = parse(&short, &Limits::default()).unwrap_err();
    assert_eq!(
        refused.to_string().split(": ").next(),
        Some("release 2 of the batch")
    );
    assert!(!refused.is_too_large());
    let limits = Limits {
        archive_bytes_max: 2,
        ..Limits::default()
    };
    let one = body("stem", b"one");
    let large = parse(&one, &limits).unwrap_err();
    assert!(large.is_too_large(), "{large}");
}

#[test]
fn neither_nothing_nor_too_many() {
    let refused = parse(b"", &Limits::default());
    assert!(matches!(refused, Err(PublishBatchError::Empty)));
    let many = body("stem", b"").repeat(RELEASES_MAX);
    assert_eq!(
        parse(&many, &Limits::default()).unwrap().len(),
        RELEASES_MAX
    );
    let more = [many, body("stem", b"")].concat();
    let refused = parse(&more, &Limits::default());
    assert!(matches!(refused, Err(PublishBatchError::TooMany)));
}
