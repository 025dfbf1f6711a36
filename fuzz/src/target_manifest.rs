//! Manifests: what is admitted makes a row that is read back, and what is refused says why
//! on one screen.

use crossdock_core::checksum::Checksum;
use crossdock_core::release::Target;
use crossdock_wire::index_line;
use crossdock_wire::manifest::{admission, parse};
use std::convert::Infallible;

pub(crate) fn take(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let manifest = match parse(text) {
        Ok(manifest) => manifest,
        Err(error) => return told(&error.to_string()),
    };
    if let Err(error) = admission::admit(&manifest) {
        told(&error.to_string());
    }
    let release = manifest.into_row(Checksum::of(b""), |_| Ok::<_, Infallible>(Target::Own));
    let Ok(release) = release;
    let row = index_line::encode(&release, &mut |_| None);
    let read = index_line::decode(&row, &|_| Ok(Target::Own)).expect("our rows are read");
    assert_eq!(read, release);
}

fn told(error: &str) {
    assert!(error.len() < 4_096, "a reason of {} bytes", error.len());
    assert!(
        !error.contains(|c: char| c.is_control() && c != '\n'),
        "{error:?}"
    );
}
