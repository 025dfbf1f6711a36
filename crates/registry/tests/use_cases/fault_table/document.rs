//! Tables that tests find out, as `docs/faults.md` has them.
//!
//! Each stands between two comments that name it; all around is written by people.

use std::fs;
use std::path::Path;

/// Holds a table against the document, or writes it there if that is asked for.
pub(super) fn holds(of: &str, table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/faults.md");
    let document = fs::read_to_string(&path).unwrap();
    let (begin, end) = (format!("<!-- begin: {of} -->\n"), "<!-- end -->");
    let place = document.find(&begin).map(|at| at + begin.len());
    let place = place.unwrap_or_else(|| panic!("docs/faults.md has no {begin}"));
    let (head, rest) = document.split_at(place);
    let tail = &rest[rest.find(end).unwrap()..];
    if std::env::var_os("CROSSDOCK_WRITE_DOCS").is_some() {
        fs::write(&path, format!("{head}\n{table}\n{tail}")).unwrap();
        return;
    }
    assert_eq!(
        rest[..rest.len() - tail.len()].trim(),
        table.trim(),
        "docs/faults.md says otherwise; CROSSDOCK_WRITE_DOCS=1 writes what holds"
    );
}
