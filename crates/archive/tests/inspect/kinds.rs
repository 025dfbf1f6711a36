//! What is neither a plain file nor a folder does not come in.

use crate::made::{BOTH, ROOT, Tar, entry_rule, header, inspected, publish_rule};
use crossdock_archive::EntryRule;

fn of_kind(kind: u8) -> EntryRule {
    let path = format!("{ROOT}/x");
    entry_rule(&Tar::krate().member(path, kind, b"").krate_bytes())
}

#[test]
fn links_are_refused_whatever_they_point_at() {
    for target in ["..", "src", "/etc/passwd", "n-1.0.0/src/lib.rs", ""] {
        for (kind, rule) in [(b'1', EntryRule::HardLink), (b'2', EntryRule::SymbolicLink)] {
            let mut link = tar::Header::new_gnu();
            link.set_path("n-1.0.0/up").unwrap();
            link.as_mut_bytes()[157..157 + target.len()].copy_from_slice(target.as_bytes());
            link.set_size(0);
            link.set_mode(0o777);
            link.set_entry_type(tar::EntryType::new(kind));
            link.set_cksum();
            let tar = Tar::krate()
                .header(link.as_bytes())
                .file("n-1.0.0/up/pwned.txt", "x");
            assert_eq!(entry_rule(&tar.krate_bytes()), rule, "{target}");
        }
    }
}

#[test]
fn a_long_link_name_is_half_of_a_link() {
    let link = Tar::krate().member("././@LongLink", b'K', b"../../elsewhere\0");
    let link = link.member("n-1.0.0/up", b'2', b"");
    assert_eq!(entry_rule(&link.krate_bytes()), EntryRule::SymbolicLink);
}

#[test]
fn devices_and_pipes_are_refused() {
    for kind in *b"346" {
        assert_eq!(of_kind(kind), EntryRule::Device);
    }
}

#[test]
fn sparse_files_are_refused() {
    assert_eq!(of_kind(b'S'), EntryRule::Sparse);
}

#[test]
fn a_global_header_is_refused() {
    assert_eq!(of_kind(b'g'), EntryRule::GlobalHeader);
}

#[test]
fn every_other_type_flag_is_refused() {
    for kind in 1..=u8::MAX {
        if !b"01234567SLKxg".contains(&kind) {
            let rule = of_kind(kind);
            assert!(matches!(rule, EntryRule::Kind(_)), "{kind}: {rule}");
        }
    }
    assert_eq!(of_kind(b'7'), EntryRule::Kind("`7`".to_owned()));
}

#[test]
fn the_file_flag_of_old_tars_is_a_file() {
    let tar = Tar::krate().member("n-1.0.0/old", 0, b"data");
    for scope in BOTH {
        let inspection = inspected(&tar.clone().krate_bytes(), scope).unwrap();
        assert!(inspection.files.iter().any(|file| file.path == "old"));
    }
}

#[test]
fn a_folder_has_no_data_and_a_file_no_slash() {
    let folder = Tar::krate().member("n-1.0.0/x/", b'5', b"data");
    assert_eq!(entry_rule(&folder.krate_bytes()), EntryRule::FolderWithData);
    let file = Tar::krate().member("n-1.0.0/x/", b'0', b"");
    assert_eq!(entry_rule(&file.krate_bytes()), EntryRule::FileForFolder);
}

#[test]
fn special_bits_are_refused_at_publish() {
    for (mode, digits) in [
        (0o6777, *b"0006777\0"),
        (0o4755, *b"0004755\0"),
        (0o2644, *b"0002644\0"),
        (0o1644, *b"0001644\0"),
    ] {
        let mut setuid = header(b"n-1.0.0/run", b'0', 0);
        setuid[100..108].copy_from_slice(&digits);
        let setuid = crate::made::summed(&setuid);
        let bytes = Tar::krate().header(&setuid).krate_bytes();
        assert_eq!(publish_rule(&bytes), EntryRule::Mode(mode));
    }
    let odd = crate::made::patched(&header(b"n-1.0.0/run", b'0', 0), 100, b"rwxrwxr\0");
    let bytes = Tar::krate().header(&odd).krate_bytes();
    assert_eq!(publish_rule(&bytes), EntryRule::ModeText);
}
