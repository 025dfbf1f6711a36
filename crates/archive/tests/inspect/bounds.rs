//! How much an archive may cost, and how it may end.

use crate::made::{BOTH, MANIFEST, ROOT, Tar, gzip, header, inspected, tar_fault, within};
use crossdock_archive::{ArchiveError, Limits, Scope, TarFault};

const SMALL: Limits = Limits {
    unpacked_bytes_max: 16 * 1024,
    unpacked_ratio_max: 0,
    entries_max: 10,
    manifest_bytes_max: 1000,
};

#[test]
fn a_bomb_is_refused_by_what_its_header_announces() {
    let size = 600 * 1024 * 1024;
    let bomb = Tar::krate().header(&header(b"n-1.0.0/zeros", b'0', size));
    for scope in BOTH {
        // Only the announcement is there; nothing is inflated to find out.
        let refused = inspected(&bomb.clone().krate_bytes(), scope).unwrap_err();
        let bytes_max = 512 * 1024 * 1024;
        assert_eq!(refused, ArchiveError::TooLarge { bytes_max });
    }
}

#[test]
fn the_bound_holds_for_the_sum_of_all() {
    let tar = |kib: usize| {
        (0..kib / 2).fold(Tar::krate(), |tar, at| {
            tar.file(&format!("n-1.0.0/{at}"), &"x".repeat(1024))
        })
    };
    within(&tar(10).krate_bytes(), Scope::Publish, &SMALL).unwrap();
    for scope in BOTH {
        let limits = Limits {
            entries_max: 1000,
            ..SMALL
        };
        let refused = within(&tar(40).krate_bytes(), scope, &limits).unwrap_err();
        assert_eq!(
            refused,
            ArchiveError::TooLarge {
                bytes_max: 16 * 1024
            }
        );
    }
}

/// cargo lets a large archive unpack to a multiple of its size.
#[test]
fn a_large_archive_may_unpack_further() {
    let bytes = Tar::krate()
        .file("n-1.0.0/large", &"x".repeat(20_000))
        .krate_bytes();
    let times = |unpacked_ratio_max| Limits {
        unpacked_ratio_max,
        ..SMALL
    };
    within(&bytes, Scope::Mirror, &times(2)).unwrap();
    within(&bytes, Scope::Mirror, &times(0)).unwrap_err();
}

#[test]
fn entries_are_counted() {
    let tar = |count: usize| {
        (0..count).fold(Tar::krate(), |tar, at| {
            let long = format!("{ROOT}/{}/{at}", "long".repeat(30));
            tar.long_name(long).file("n-1.0.0/cut", "")
        })
    };
    let limits = Limits {
        unpacked_bytes_max: 1 << 20,
        ..SMALL
    };
    for scope in BOTH {
        // Long names are no entries of their own.
        within(&tar(8).krate_bytes(), scope, &limits).unwrap();
        let refused = within(&tar(9).krate_bytes(), scope, &limits).unwrap_err();
        assert_eq!(refused, ArchiveError::TooManyEntries { entries_max: 10 });
    }
}

#[test]
fn paths_are_bounded_together() {
    // 400 bytes for each of ten entries that may be there.
    let tar = |bytes: usize| {
        let long = format!("{ROOT}/{}", "a/".repeat(bytes / 2));
        Tar::krate().long_name(long).folder("n-1.0.0/cut/")
    };
    for scope in BOTH {
        within(&tar(3900).krate_bytes(), scope, &SMALL).unwrap();
        let refused = within(&tar(4000).krate_bytes(), scope, &SMALL).unwrap_err();
        assert_eq!(refused, ArchiveError::PathsTooLong { bytes_max: 4000 });
    }
}

#[test]
fn the_manifest_is_bounded_and_text() {
    let tar = |manifest: &[u8]| Tar::default().member("n-1.0.0/Cargo.toml", b'0', manifest);
    for scope in BOTH {
        let bytes = |manifest: &[u8]| tar(manifest).krate_bytes();
        within(&bytes(&[b'#'; 1000]), scope, &SMALL).unwrap();
        let refused = within(&bytes(&[b'#'; 1001]), scope, &SMALL).unwrap_err();
        assert_eq!(refused, ArchiveError::ManifestTooLarge { bytes_max: 1000 });
        let refused = inspected(&bytes(b"\xff"), scope).unwrap_err();
        assert_eq!(refused, ArchiveError::ManifestText);
    }
}

#[test]
fn nulls_without_a_member_are_not_inflated_to_their_end() {
    let nulls = gzip(&vec![0; 2 * 1024 * 1024]);
    let missing = ArchiveError::NoManifest("n-1.0.0/Cargo.toml".to_owned());
    assert_eq!(inspected(&nulls, Scope::Publish).unwrap_err(), missing);
    let padding = TarFault::Padding(1024 * 1024);
    let number = 0;
    let refused = inspected(&nulls, Scope::Mirror).unwrap_err();
    assert_eq!(
        refused,
        ArchiveError::Tar {
            number,
            fault: padding
        }
    );
}

#[test]
fn padding_is_zeros_and_bounded() {
    let ended = |rest: &[u8]| gzip(&[&Tar::krate().0[..], &[0; 1024], rest].concat());
    for rest in [&[][..], &[0; 9 * 1024], &[0; 1000], &[0; 1024 * 1024 - 512]] {
        for scope in BOTH {
            inspected(&ended(rest), scope).unwrap();
        }
    }
    let long = tar_fault(&ended(&[0; 1024 * 1024]));
    assert_eq!(long, TarFault::Padding(1024 * 1024));
    // Readers that ignore a block of zeros would go on with these.
    let hidden = Tar::default().file("n-1.0.0/hidden.rs", "").0;
    for rest in [&b"x"[..], &[&[0; 511][..], b"x"].concat(), &hidden] {
        assert_eq!(tar_fault(&ended(rest)), TarFault::AfterEndMark);
    }
    let after_one = gzip(&[&Tar::krate().0[..], &[0; 512], &hidden].concat());
    assert_eq!(tar_fault(&after_one), TarFault::AfterEndMark);
}

#[test]
fn an_archive_that_is_cut_within_its_gzip_is_refused() {
    let tar = Tar::krate().file("n-1.0.0/data", &"x".repeat(2000)).0;
    for cut in [1, 511, 513, 600, 1025, tar.len() - 1, tar.len() - 49] {
        let fault = tar_fault(&gzip(&tar[..cut]));
        assert_eq!(fault, TarFault::CutShort, "{cut} of {}", tar.len());
    }
}

/// cargo takes the end of the stream for the end mark.
#[test]
fn a_missing_end_mark_is_refused_at_publish() {
    let unmarked = gzip(&Tar::krate().0);
    let inspection = inspected(&unmarked, Scope::Mirror).unwrap();
    assert_eq!(inspection.manifest, MANIFEST);
    let fault = TarFault::NoEndMark;
    let refused = inspected(&unmarked, Scope::Publish).unwrap_err();
    assert_eq!(refused, ArchiveError::Tar { number: 2, fault });
}
