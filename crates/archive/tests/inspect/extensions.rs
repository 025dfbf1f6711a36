//! Extended headers: what would be read in two ways is refused.

use crate::made::{BOTH, Tar, entry_rule, header, inspected, patched, record, tar_fault};
use crossdock_archive::{EntryRule, Scope, TarFault};

fn paths(tar: Tar) -> Vec<String> {
    let [publish, mirror] = BOTH.map(|scope| -> Vec<String> {
        let inspection = inspected(&tar.clone().krate_bytes(), scope).unwrap();
        inspection.files.into_iter().map(|file| file.path).collect()
    });
    assert_eq!(publish, mirror);
    publish
}

fn fault_before_a_file(extended: Tar) -> TarFault {
    tar_fault(&extended.file("n-1.0.0/x", "").krate_bytes())
}

#[test]
fn long_paths_come_in_both_notations() {
    let long = format!("n-1.0.0/{}", "a".repeat(200));
    let gnu = Tar::krate().long_name(&long).file("n-1.0.0/aaa", "");
    let pax = Tar::krate()
        .pax(&[("mtime", b"1.5"), ("path", long.as_bytes()), ("uid", b"0")])
        .file("n-1.0.0/aaa", "");
    for tar in [gnu, pax] {
        assert_eq!(
            paths(tar),
            ["Cargo.toml", &long["n-1.0.0/".len()..], "src/lib.rs"]
        );
    }
}

#[test]
fn an_extension_describes_one_entry_only() {
    let tar = Tar::krate()
        .long_name("n-1.0.0/named")
        .file("n-1.0.0/x", "");
    let tar = tar.file("n-1.0.0/y", "");
    assert_eq!(paths(tar), ["Cargo.toml", "named", "src/lib.rs", "y"]);
}

#[test]
fn sizes_that_differ_are_refused() {
    for (pax, header) in [(0, 5), (5, 0), (513, 5), (1 << 40, 5)] {
        let size = u64::to_string(&pax);
        let tar = Tar::krate().pax(&[("size", size.as_bytes())]);
        let tar = tar.file("n-1.0.0/x", &"x".repeat(header));
        let header = header as u64;
        assert_eq!(
            entry_rule(&tar.krate_bytes()),
            EntryRule::Size { header, pax }
        );
    }
    let equal = Tar::krate()
        .pax(&[("size", b"5")])
        .file("n-1.0.0/x", "12345");
    assert_eq!(paths(equal).len(), 3);
    for odd in ["-1", "+5", "5 ", "", "0x5", "99999999999999999999"] {
        let tar = Tar::krate().pax(&[("size", odd.as_bytes())]);
        assert_eq!(
            fault_before_a_file(tar),
            TarFault::Number("pax size"),
            "{odd}"
        );
    }
}

#[test]
fn a_long_name_holds_no_nul() {
    for name in [&b"n-1.0.0/a\0b"[..], b"n-1.0.0/a\0", b"\0n-1.0.0/a"] {
        let tar = Tar::krate().long_name(name);
        assert_eq!(fault_before_a_file(tar), TarFault::LongNameNul);
    }
}

#[test]
fn what_is_said_twice_is_refused() {
    let (long, path) = ("n-1.0.0/a", [("path", &b"n-1.0.0/b"[..])]);
    for tar in [
        Tar::krate().long_name(long).long_name(long),
        Tar::krate().pax(&path).pax(&path),
        Tar::krate().long_name(long).pax(&path),
        Tar::krate().pax(&path).long_name(long),
    ] {
        assert_eq!(fault_before_a_file(tar), TarFault::ExtensionTwice);
    }
    let keys = Tar::krate().pax(&[("path", b"n-1.0.0/a"), ("path", b"n-1.0.0/b")]);
    let twice = TarFault::PaxKeyTwice("path".to_owned());
    assert_eq!(fault_before_a_file(keys), twice);
    // One of each that do not contradict is what some writers write.
    let both = Tar::krate()
        .pax(&[("mtime", b"1")])
        .long_name("n-1.0.0/named");
    assert!(paths(both.file("n-1.0.0/x", "")).contains(&"named".to_owned()));
}

#[test]
fn an_extension_without_an_entry_is_refused() {
    for tar in [
        Tar::krate().long_name("n-1.0.0/a"),
        Tar::krate().pax(&[("mtime", b"1")]),
    ] {
        assert_eq!(tar_fault(&tar.krate_bytes()), TarFault::ExtensionAlone);
    }
}

#[test]
fn pax_keys_that_change_the_entry_are_refused() {
    for key in [
        "linkpath",
        "hdrcharset",
        "GNU.sparse.major",
        "GNU.sparse.name",
        "SCHILY.realsize",
        "SUN.holesdata",
    ] {
        let tar = Tar::krate().pax(&[(key, b"1")]);
        assert_eq!(fault_before_a_file(tar), TarFault::PaxKey(key.to_owned()));
    }
}

/// Readers that split at line breaks would find a second record in the value.
#[test]
fn a_record_hidden_in_a_value_is_refused() {
    let hidden = [&b"harmless\n"[..], &record("path", b"n-1.0.0/../../evil")].concat();
    let hidden = hidden.strip_suffix(b"\n").unwrap();
    let tar = Tar::krate().pax(&[("comment", hidden)]);
    assert_eq!(fault_before_a_file(tar), TarFault::PaxRecord);
}

#[test]
fn malformed_records_are_refused() {
    for data in [
        &b"x"[..],
        b"6 a=b",
        b"7 a=b\n",
        b"5 a=b\n",
        b"6 abc\n",
        b"6 =bc\n",
        b" 6 a=b\n",
        b"+6 a=b\n",
        b"06 a=b",
        b"18446744073709551616 a=b\n",
        b"18446744073709551615 a=b\n",
        b"6 a=b\n\0",
        b"\n",
        b"0 a=b\n",
        b"2 \n",
    ] {
        let tar = Tar::krate().member("PaxHeaders/x", b'x', data);
        let fault = fault_before_a_file(tar);
        assert_eq!(fault, TarFault::PaxRecord, "{}", data.escape_ascii());
    }
}

#[test]
fn a_huge_extension_is_refused_by_its_announcement() {
    for kind in *b"xL" {
        for size in [64 * 1024 + 1, 1 << 30, 0o77_777_777_777] {
            let tar = Tar::krate().header(&header(b"x", kind, size));
            // Not one byte of it follows.
            assert_eq!(tar_fault(&tar.krate_bytes()), TarFault::ExtensionTooLong);
        }
    }
}

/// `tar` takes an extension behind an old header for a file.
#[test]
fn an_extension_needs_a_format_that_has_extensions() {
    for kind in *b"xL" {
        let old = patched(&header(b"n-1.0.0/x", kind, 0), 257, &[0; 8]);
        let tar = Tar::krate().header(&old);
        assert_eq!(fault_before_a_file(tar), TarFault::Magic);
    }
}

#[test]
fn a_size_is_octal_and_no_other() {
    let file = header(b"n-1.0.0/x", b'0', 0);
    for field in [
        *b"\x80\0\0\0\0\0\0\0\0\0\0\0",
        *b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        *b"0000000000-1",
        *b"00000000008\0",
        *b"0x0000000010",
        *b"\0\0\0\0\0\0\0\0\0\0\0\0",
        *b"            ",
    ] {
        let bytes = Tar::krate()
            .header(&patched(&file, 124, &field))
            .krate_bytes();
        assert_eq!(tar_fault(&bytes), TarFault::Number("size"), "{field:?}");
    }
    // Spaces before and after, as old writers have them.
    let spaced = patched(&file, 124, b"          0 ");
    for scope in [Scope::Publish, Scope::Mirror] {
        inspected(&Tar::krate().header(&spaced).krate_bytes(), scope).unwrap();
    }
}

#[test]
fn a_headers_checksum_counts() {
    let mut file = header(b"n-1.0.0/x", b'0', 0);
    file[0] = b'm';
    let bytes = Tar::krate().header(&file).krate_bytes();
    assert_eq!(tar_fault(&bytes), TarFault::Checksum);
}
