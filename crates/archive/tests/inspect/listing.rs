//! What an inspection tells of an honest archive.

use crate::made::{BOTH, MANIFEST, Tar, gzip, inspected};
use crossdock_archive::FileEntry;

/// Written as cargo writes it: GNU headers, sorted paths, modes 644 and 755.
fn packed() -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, mode, data) in [
        ("Cargo.toml", 0o644, MANIFEST),
        ("build.sh", 0o755, "#!/bin/sh\n"),
        ("src/lib.rs", 0o644, "//! n"),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(data.len() as u64);
        header.set_mode(mode);
        let path = format!("n-1.0.0/{path}");
        tar.append_data(&mut header, path, data.as_bytes()).unwrap();
    }
    gzip(&tar.into_inner().unwrap())
}

#[test]
fn files_are_listed_below_the_crates_folder() {
    for scope in BOTH {
        let inspection = inspected(&packed(), scope).unwrap();
        assert_eq!(inspection.manifest, MANIFEST);
        let file = |path: &str, size, executable| FileEntry {
            path: path.to_owned(),
            size,
            executable,
        };
        let manifest_bytes = MANIFEST.len() as u64;
        let expected = [
            file("Cargo.toml", manifest_bytes, false),
            file("build.sh", 10, true),
            file("src/lib.rs", 5, false),
        ];
        assert_eq!(inspection.files, expected);
        assert_eq!(inspection.unpacked_bytes, manifest_bytes + 15);
    }
}

#[test]
fn a_mirrored_archive_is_listed_as_cargo_would_write_it() {
    let tar = Tar::krate().file("n-1.0.0/./src//main.rs", "x");
    let inspection = inspected(&tar.krate_bytes(), crossdock_archive::Scope::Mirror).unwrap();
    assert!(
        inspection
            .files
            .iter()
            .any(|file| file.path == "src/main.rs")
    );
}
