//! Where an entry may lie, in every place of a tar where a path can stand.

use crate::made::{
    BOTH, ROOT, Tar, entry_rule, header, inspected, patched, publish_rule, tar_fault,
};
use crossdock_archive::{EntryRule, TarFault};

/// The rule for a path, which must be the same however the tar says it.
fn rule_of(path: &[u8]) -> EntryRule {
    let plain = Tar::krate().member(path, b'0', b"x").krate_bytes();
    let long = Tar::krate()
        .long_name(path)
        .member("n-1.0.0/harmless", b'0', b"x");
    let pax = Tar::krate()
        .pax(&[("path", path)])
        .member("n-1.0.0/harmless", b'0', b"x");
    let rule = entry_rule(&plain);
    assert_eq!(rule, entry_rule(&long.krate_bytes()), "long name");
    assert_eq!(rule, entry_rule(&pax.krate_bytes()), "pax");
    rule
}

#[test]
fn a_path_that_leads_upwards_is_refused() {
    for path in [
        "n-1.0.0/../../evil",
        "n-1.0.0/..",
        "n-1.0.0/src/../../evil",
        "n-1.0.0/src/..",
        "../evil",
        "..",
        "n-1.0.0/..\\evil",
        "n-1.0.0\\..\\evil",
    ] {
        assert_eq!(rule_of(path.as_bytes()), EntryRule::Upwards, "{path}");
    }
}

#[test]
fn dots_that_lead_nowhere_are_names() {
    let tar = Tar::krate()
        .file("n-1.0.0/a..b", "")
        .file("n-1.0.0/...x", "");
    for scope in BOTH {
        inspected(&tar.clone().krate_bytes(), scope).unwrap();
    }
}

#[test]
fn an_absolute_path_is_refused() {
    for path in ["/etc/x", "//n-1.0.0/x", "/n-1.0.0/x", "\\n-1.0.0\\x"] {
        assert_eq!(rule_of(path.as_bytes()), EntryRule::Absolute, "{path}");
    }
}

#[test]
fn every_path_begins_with_name_and_version() {
    let other = EntryRule::OtherRoot(ROOT.to_owned());
    for path in [
        "other-9.9.9/x",
        "n-1.0.00/x",
        "n-1.0.0x",
        "N-1.0.0/x",
        "n-1.0/x",
        "./n-1.0.0/x",
        "x",
        "C:/n-1.0.0/x",
        "n-1.0.0\\x",
        ".",
    ] {
        assert_eq!(rule_of(path.as_bytes()), other, "{path}");
    }
    let empty = Tar::krate().member("", b'0', b"");
    assert_eq!(entry_rule(&empty.krate_bytes()), other);
}

#[test]
fn the_crate_folder_itself_is_a_folder() {
    assert_eq!(rule_of(ROOT.as_bytes()), EntryRule::FileForFolder);
    let tar = Tar::default().folder("n-1.0.0/").folder("n-1.0.0/src/");
    let tar = Tar([tar.0, Tar::krate().0].concat());
    for scope in BOTH {
        assert_eq!(
            inspected(&tar.clone().krate_bytes(), scope)
                .unwrap()
                .files
                .len(),
            2
        );
    }
}

#[test]
fn a_path_is_text_without_nul() {
    assert_eq!(rule_of(b"n-1.0.0/\xff\xfe"), EntryRule::NotText);
    assert_eq!(rule_of(b"n-1.0.0/\xed\xa0\x80"), EntryRule::NotText);
    let pax = Tar::krate().pax(&[("path", b"n-1.0.0/a\0b")]);
    let pax = pax.file("n-1.0.0/harmless", "");
    assert_eq!(entry_rule(&pax.krate_bytes()), EntryRule::Nul);
}

#[test]
fn a_path_is_bounded() {
    let path = |bytes: usize| format!("n-1.0.0/{}", "a/".repeat(bytes / 2));
    let longest = Tar::krate().long_name(path(1000)).folder("n-1.0.0/cut/");
    for scope in BOTH {
        inspected(&longest.clone().krate_bytes(), scope).unwrap();
    }
    let longer = Tar::krate().long_name(path(4100)).folder("n-1.0.0/cut/");
    assert_eq!(entry_rule(&longer.krate_bytes()), EntryRule::PathTooLong);
}

#[test]
fn cargos_own_mark_does_not_come_in_an_archive() {
    for path in [
        "n-1.0.0/.cargo-ok",
        "n-1.0.0/.Cargo-OK",
        "n-1.0.0/./.cargo-ok",
    ] {
        let bytes = Tar::krate().file(path, "ok").krate_bytes();
        assert_eq!(entry_rule(&bytes), EntryRule::CargoOk, "{path}");
    }
    let vendored = Tar::krate().file("n-1.0.0/vendor/a/.cargo-ok", "ok");
    assert_eq!(publish_rule(&vendored.krate_bytes()), EntryRule::CargoOk);
}

/// `tar`, which cargo unpacks with, reads a prefix only behind ustar's exact magic.
/// With another the file would be a second manifest, which only cargo sees.
#[test]
fn a_prefix_counts_where_every_reader_reads_it() {
    let name = header(b"n-1.0.0/Cargo.toml", b'0', 0);
    let prefixed = patched(&name, 345, b"n-1.0.0/hidden");
    let ustar = patched(&prefixed, 257, b"ustar\x0000");
    let files = |header: &[u8; 512]| -> Vec<String> {
        let bytes = Tar::krate().header(header).krate_bytes();
        let inspection = inspected(&bytes, crossdock_archive::Scope::Mirror).unwrap();
        inspection.files.into_iter().map(|file| file.path).collect()
    };
    assert!(files(&ustar).contains(&"hidden/n-1.0.0/Cargo.toml".to_owned()));
    assert_eq!(files(&prefixed), ["Cargo.toml", "src/lib.rs"]);
    let old = patched(&prefixed, 257, &[0; 8]);
    assert_eq!(files(&old), ["Cargo.toml", "src/lib.rs"]);
    for magic in [b"ustar\x0001", b"ustar\0  ", b"ustar 00", b"ustar  0"] {
        let odd = patched(&prefixed, 257, magic);
        let bytes = Tar::krate().header(&odd).krate_bytes();
        assert_eq!(tar_fault(&bytes), TarFault::Magic, "{magic:?}");
    }
}
