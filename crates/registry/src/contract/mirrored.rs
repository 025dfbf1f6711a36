//! Rows that a mirror keeps: byte for byte, a fact for each change and for no other.

use super::subject::{Subject, by_etag, index_name, observe, registry};
use crate::ports::{AppendError, Applied, Change, Mirrored, SeenRows, Validators};
use crossdock_core::checksum::Checksum;
use crossdock_core::timestamp::Timestamp;

async fn kept(subject: &Subject, krate: &str) -> Option<Mirrored> {
    let (mirror, name) = (registry("public"), index_name(krate));
    let read = subject.ledger.mirrored(&mirror, &name).await;
    read.expect("rows can be read")
}

pub(super) async fn rows_are_read_back_whole(subject: &Subject) {
    assert!(kept(subject, "petal").await.is_none());
    let first = subject.done(observe("petal", "{\"v\":1}\n", "one")).await;
    assert!(matches!(first, Applied::Fact { sequence: 1, .. }));
    let more = "{\"v\":1}\n{\"v\":2}\n";
    let second = subject.done(observe("petal", more, "two")).await;
    assert!(matches!(second, Applied::Fact { sequence: 2, .. }));
    let read = kept(subject, "petal").await.expect("it is kept");
    assert_eq!(read.rows, more);
    assert_eq!(read.validators, by_etag("two"));
}

pub(super) async fn equal_rows_only_renew_validators(subject: &Subject) {
    subject.done(observe("petal", "rows", "one")).await;
    let again = subject.done(observe("petal", "rows", "two")).await;
    assert_eq!(again, Applied::Unchanged);
    let read = kept(subject, "petal").await.expect("it is kept");
    assert_eq!(
        (read.rows.as_ref(), read.validators),
        ("rows".as_bytes(), by_etag("two"))
    );
    let validators = Validators {
        etag: None,
        last_modified: Some("Sat, 21 Nov 2026 10:00:00 GMT".to_owned()),
    };
    for (krate, is_kept) in [("petal", true), ("rose", false)] {
        let revalidated = Change::Revalidated {
            registry: registry("public"),
            name: index_name(krate),
            validators: validators.clone(),
            seen: SeenRows::Whatever,
        };
        assert_eq!(subject.done(revalidated).await, Applied::Unchanged);
        let read = kept(subject, krate).await;
        assert_eq!(
            read.is_some(),
            is_kept,
            "nothing is kept for validators alone"
        );
        assert!(read.is_none_or(|read| read.validators == validators));
    }
    assert_eq!(subject.facts().await.len(), 1);
}

/// Two nodes read the same rows, and the second continues what is no longer kept.
pub(super) async fn rows_that_were_not_seen_are_not_replaced(subject: &Subject) {
    let over = |rows: &str, seen| match observe("petal", rows, rows) {
        Change::Observe {
            registry,
            name,
            rows,
            releases,
            validators,
            ..
        } => Change::Observe {
            registry,
            name,
            rows,
            releases,
            validators,
            seen,
        },
        other => other,
    };
    let these = |rows: &str| SeenRows::Rows(Checksum::of(rows.as_bytes()));
    subject.done(over("one", SeenRows::Nothing)).await;
    for (rows, seen) in [("two", SeenRows::Nothing), ("two", these("none"))] {
        let refused = subject.append([over(rows, seen)]).await;
        assert!(matches!(refused, Err(AppendError::RowsChanged)));
    }
    let again = subject.done(over("one", SeenRows::Nothing)).await;
    assert_eq!(again, Applied::Unchanged, "these are they");
    let next = subject.done(over("two", these("one"))).await;
    assert!(matches!(next, Applied::Fact { sequence: 2, .. }));
    for (seen, etag) in [(these("one"), "two"), (these("two"), "three")] {
        let revalidated = Change::Revalidated {
            registry: registry("public"),
            name: index_name("petal"),
            validators: by_etag("three"),
            seen,
        };
        subject.done(revalidated).await;
        let read = kept(subject, "petal").await.expect("it is kept");
        assert_eq!(read.validators, by_etag(etag));
    }
}

/// Real entries have up to 5 MB; these are as long and in part as unlike each other.
pub(super) async fn large_rows_come_back_byte_for_byte(subject: &Subject) {
    let mut rows = String::new();
    for number in 0..40_000_u64 {
        let unlike = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let row = format!(
            r#"{{"name":"petal","vers":"{number}.0.0","deps":[],"cksum":"{unlike:064x}"}}"#
        );
        rows.push_str(&row);
        rows.push('\n');
        // Sizes up to that of several pages, on both sides of any threshold.
        if number < 64 && number % 8 == 7 {
            subject.done(observe("petal", &rows, "growing")).await;
            assert_eq!(kept(subject, "petal").await.expect("it is kept").rows, rows);
        }
    }
    subject.done(observe("petal", &rows, "large")).await;
    assert_eq!(kept(subject, "petal").await.expect("it is kept").rows, rows);
    let again = subject.done(observe("petal", &rows, "large")).await;
    assert_eq!(again, Applied::Unchanged);
    rows.replace_range(..1, "[");
    let changed = subject.done(observe("petal", &rows, "large")).await;
    assert!(matches!(changed, Applied::Fact { .. }));
}

pub(super) async fn spellings_are_told_apart(subject: &Subject) {
    for krate in ["petal_rs", "petal-rs", "a"] {
        subject.done(observe(krate, krate, "one")).await;
    }
    for krate in ["petal_rs", "petal-rs"] {
        let read = kept(subject, krate).await.expect("it is kept");
        assert_eq!(read.rows, krate);
    }
    let names = subject.ledger.mirrored_names(&registry("public")).await;
    let sorted = ["a", "petal-rs", "petal_rs"].map(index_name);
    assert_eq!(names.expect("names can be read"), sorted);
    let others = subject.ledger.mirrored_names(&registry("other")).await;
    assert_eq!(others.expect("names can be read"), []);
}

pub(super) async fn the_last_confirmations_are_read_back(subject: &Subject) {
    let at = |seconds| Timestamp::from_unix_seconds(seconds).expect("of this century");
    let confirmed = async |mirror: &str| {
        let read = subject.ledger.confirmed(&registry(mirror)).await;
        read.expect("they can be read")
    };
    assert_eq!(confirmed("public").await, []);
    let many: Vec<_> = (0..2_500)
        .map(|number| (index_name(&format!("petal{number:04}")), at(number)))
        .collect();
    for (mirror, names) in [
        ("public", many[..3].to_vec()),
        ("other", many.clone()),
        ("public", many[2..4].to_vec()),
    ] {
        let registry = registry(mirror);
        let confirm = Change::Confirm { registry, names };
        assert_eq!(subject.done(confirm).await, Applied::Unchanged);
    }
    assert_eq!(confirmed("public").await, many[2..4]);
    assert_eq!(confirmed("other").await, many);
    assert!(subject.facts().await.is_empty());
}
