//! Holds tables against `docs/federation.md`, so that a person learns the rules that
//! are really there.

use std::path::Path;
use std::sync::Mutex;

/// Held while the document is read and written: tests run side by side.
static DOCUMENT: Mutex<()> = Mutex::new(());

/// What to type after a change of the rules.
const UPDATE: &str =
    "UPDATE_DOCS=1 INSTA_UPDATE=always cargo test -p crossdock-core --test laws tables";

/// Compares a part of the document with what it should say, or writes it there.
pub(crate) fn hold_in_document(part: &str, text: &str) {
    let _held = DOCUMENT.lock();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/federation.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let begin = format!("<!-- {part}: written by `{UPDATE}` -->\n");
    let end = format!("<!-- end of {part} -->\n");
    let (before, rest) = document
        .split_once(&begin)
        .expect("the part has a beginning");
    let (_, after) = rest.split_once(&end).expect("the part has an end");
    let updated = format!("{before}{begin}\n{text}\n{end}{after}");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, updated).unwrap();
    } else {
        assert!(
            updated == document,
            "docs/federation.md does not say what the code does; see the difference with\n    {UPDATE}"
        );
    }
}
