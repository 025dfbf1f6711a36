//! Names and spellings that a publish may not have and a mirror passes on.

use crate::made::{MANIFEST, Tar, inspected, publish_rule};
use crossdock_archive::{ArchiveError, EntryRule, Scope};

fn refused(tar: Tar) -> ArchiveError {
    let bytes = tar.krate_bytes();
    inspected(&bytes, Scope::Mirror).unwrap();
    inspected(&bytes, Scope::Publish).unwrap_err()
}

#[test]
fn there_is_one_manifest_and_cargo_finds_it() {
    for other in ["CARGO.TOML", "cargo.toml", "Cargo.TOML"] {
        let path = format!("n-1.0.0/{other}");
        let beside = Tar::krate().file(&path, MANIFEST);
        assert_eq!(
            refused(beside),
            ArchiveError::TwoManifests(other.to_owned())
        );
        let alone = Tar::default().file(&path, MANIFEST);
        assert_eq!(refused(alone), ArchiveError::ManifestCase(other.to_owned()));
    }
    for tar in [
        Tar::default().file("n-1.0.0/src/lib.rs", ""),
        Tar::default().file("n-1.0.0/src/Cargo.toml", MANIFEST),
        Tar::default().folder("n-1.0.0/Cargo.toml/"),
        Tar::default(),
    ] {
        let missing = ArchiveError::NoManifest("n-1.0.0/Cargo.toml".to_owned());
        assert_eq!(refused(tar), missing);
    }
}

#[test]
fn manifests_of_other_folders_are_plain_files() {
    let tar = Tar::krate().file("n-1.0.0/examples/Cargo.toml", "");
    let tar = tar.file("n-1.0.0/tests/cargo.toml", "");
    let inspection = inspected(&tar.krate_bytes(), Scope::Publish).unwrap();
    assert_eq!(inspection.manifest, MANIFEST);
}

#[test]
fn paths_that_differ_in_case_only_clash() {
    for other in ["n-1.0.0/Src/Lib.rs", "n-1.0.0/src/LIB.RS"] {
        let rule = publish_rule(&Tar::krate().file(other, "").krate_bytes());
        assert_eq!(rule, EntryRule::CaseClash("src/lib.rs".to_owned()));
    }
    let umlauts = Tar::krate().file("n-1.0.0/Ä", "").file("n-1.0.0/ä", "");
    let rule = publish_rule(&umlauts.krate_bytes());
    assert_eq!(rule, EntryRule::CaseClash("Ä".to_owned()));
    // Folders become one, and nothing is lost.
    let folders = Tar::krate().file("n-1.0.0/Src/other.rs", "");
    inspected(&folders.krate_bytes(), Scope::Publish).unwrap();
}

#[test]
fn a_path_occurs_once() {
    let twice = Tar::krate().file("n-1.0.0/src/lib.rs", "other");
    assert_eq!(publish_rule(&twice.krate_bytes()), EntryRule::Twice);
    let manifests = Tar::krate().file("n-1.0.0/Cargo.toml", "other");
    assert_eq!(publish_rule(&manifests.krate_bytes()), EntryRule::Twice);
    let folders = Tar::krate().folder("n-1.0.0/src/").folder("n-1.0.0/src/");
    inspected(&folders.krate_bytes(), Scope::Publish).unwrap();
}

/// As it is when cargo unpacks; archives of 2015 have their manifest twice.
#[test]
fn of_a_mirrored_path_that_occurs_twice_the_last_counts() {
    let twice = Tar::krate().file("n-1.0.0/Cargo.toml", "last");
    let inspection = inspected(&twice.krate_bytes(), Scope::Mirror).unwrap();
    assert_eq!(inspection.manifest, "last");
    assert_eq!(inspection.files.len(), 2);
    assert_eq!(inspection.unpacked_bytes, 4);
}

#[test]
fn a_path_is_a_file_or_a_folder() {
    let needs = |path: &str| EntryRule::FileAndFolder(path.to_owned());
    for (tar, rule) in [
        (Tar::krate().file("n-1.0.0/src", ""), needs("src/lib.rs")),
        (Tar::krate().file("n-1.0.0/SRC", ""), needs("src/lib.rs")),
        (
            Tar::krate().file("n-1.0.0/src/lib.rs/x", ""),
            needs("src/lib.rs/x"),
        ),
        (
            Tar::krate().folder("n-1.0.0/src/lib.rs/"),
            needs("src/lib.rs"),
        ),
        (
            // `-` sorts before `/`: what lies between must not hide the folder.
            Tar::krate()
                .file("n-1.0.0/a", "")
                .file("n-1.0.0/a-b", "")
                .file("n-1.0.0/a/b", ""),
            needs("a/b"),
        ),
    ] {
        assert_eq!(publish_rule(&tar.krate_bytes()), rule);
    }
    let siblings = Tar::krate()
        .file("n-1.0.0/src.rs", "")
        .file("n-1.0.0/sr", "");
    inspected(&siblings.krate_bytes(), Scope::Publish).unwrap();
}

fn rule_of(below: &str) -> EntryRule {
    let path = format!("n-1.0.0/{below}");
    publish_rule(&Tar::krate().file(&path, "").krate_bytes())
}

#[test]
fn device_names_of_windows_are_refused_in_any_part() {
    for part in [
        "aux.rs",
        "con",
        "CON",
        "Nul.txt",
        "prn.tar.gz",
        "com1",
        "lpt9.x",
        "COM¹",
        "con .rs",
        "conin$",
        "com0",
    ] {
        let rule = EntryRule::DeviceName(part.to_owned());
        assert_eq!(rule_of(part), rule);
        assert_eq!(rule_of(&format!("src/{part}")), rule);
        assert_eq!(rule_of(&format!("{part}/mod.rs")), rule);
    }
    let near = [
        "console.rs",
        "auxiliary",
        "com10",
        "com",
        "lpt",
        "null",
        "xcon",
    ];
    for part in near {
        let tar = Tar::krate().file(&format!("n-1.0.0/{part}"), "");
        inspected(&tar.krate_bytes(), Scope::Publish).unwrap();
    }
}

#[test]
fn parts_that_windows_would_rename_are_refused() {
    for part in ["a.", "a ", "a./b", "a /b", "...", " "] {
        assert_eq!(rule_of(part), EntryRule::PartEnd, "{part}");
    }
}

#[test]
fn characters_that_not_every_system_writes_are_refused() {
    for (part, shown) in [
        ("a:b", "`:`"),
        ("a\\b", "`\\\\`"),
        ("a<b", "`<`"),
        ("a>b", "`>`"),
        ("a\"b", "`\\\"`"),
        ("a|b", "`|`"),
        ("a?b", "`?`"),
        ("a*b", "`*`"),
        ("a\nb", "`\\n`"),
        ("Icon\r", "`\\r`"),
        ("a\u{1b}[31m", "`\\u{1b}`"),
        ("a\u{85}b", "`\\u{85}`"),
    ] {
        assert_eq!(rule_of(part), EntryRule::Character(shown.to_owned()));
    }
}

#[test]
fn a_path_is_written_in_its_shortest_form() {
    for part in ["src//x", "./x", "src/./x"] {
        assert_eq!(rule_of(part), EntryRule::NotNormal, "{part}");
    }
    let folder = Tar::krate().folder("n-1.0.0/src//");
    assert_eq!(publish_rule(&folder.krate_bytes()), EntryRule::NotNormal);
}

#[test]
fn a_part_fits_a_file_system() {
    let tar = |bytes: usize| {
        let path = format!("n-1.0.0/{}", "a".repeat(bytes));
        Tar::krate().long_name(&path).file("n-1.0.0/cut", "")
    };
    inspected(&tar(255).krate_bytes(), Scope::Publish).unwrap();
    assert_eq!(
        publish_rule(&tar(256).krate_bytes()),
        EntryRule::PartTooLong
    );
}

#[test]
fn a_refusal_names_the_entry_escaped_and_cut() {
    let evil = format!("n-1.0.0/\u{1b}[31m\u{202e}{}", "x".repeat(1000));
    let bytes = Tar::krate()
        .long_name(&evil)
        .file("n-1.0.0/x", "")
        .krate_bytes();
    let message = inspected(&bytes, Scope::Publish).unwrap_err().to_string();
    assert!(
        message.starts_with("archive entry `n-1.0.0/\\u{1b}[31m\\u{202e}xxx"),
        "{message}"
    );
    assert!(message.len() < 300, "{message}");
    assert!(
        message.chars().all(|c| c == ' ' || c.is_ascii_graphic()),
        "{message}"
    );
}
