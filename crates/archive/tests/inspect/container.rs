//! The gzip stream around the tar: one member, whole, with the right checksum.

use crate::made::{BOTH, Tar, gzip, inspected};
use crossdock_archive::{ArchiveError, Scope};

fn refusal(bytes: &[u8]) -> ArchiveError {
    let publish = inspected(bytes, Scope::Publish).unwrap_err();
    assert_eq!(publish, inspected(bytes, Scope::Mirror).unwrap_err());
    publish
}

#[test]
fn an_honest_archive_passes() {
    for scope in BOTH {
        inspected(&Tar::krate().krate_bytes(), scope).unwrap();
    }
}

#[test]
fn other_formats_are_no_gzip() {
    let tar = Tar::krate().0;
    let zip = b"PK\x03\x04\x14\0\0\0\x08\0";
    let xz = b"\xfd7zXZ\0\0\x04";
    for bytes in [&tar[..], zip, xz, b"", b"\x1f", b"<html>"] {
        assert_eq!(refusal(bytes), ArchiveError::NotGzip, "{bytes:.8?}");
    }
}

#[test]
fn a_stream_that_is_cut_anywhere_is_refused() {
    let whole = Tar::krate().krate_bytes();
    for cut in 2..whole.len() {
        let refused = refusal(&whole[..cut]);
        assert_eq!(refused, ArchiveError::Truncated, "{cut} of {}", whole.len());
    }
}

#[test]
fn nothing_may_follow_the_first_member() {
    let one = Tar::krate().krate_bytes();
    let empty = gzip(b"");
    for rest in [&b"\0"[..], b"garbage", &[0; 512], &empty, &one] {
        let bytes = rest.len();
        let refused = refusal(&[&one[..], rest].concat());
        assert_eq!(refused, ArchiveError::Trailing { bytes });
    }
}

#[test]
fn a_wrong_checksum_or_length_is_damage() {
    let good = Tar::krate().krate_bytes();
    for at in 1..=8 {
        let mut bytes = good.clone();
        let at = bytes.len() - at;
        bytes[at] ^= 1;
        assert_eq!(refusal(&bytes), ArchiveError::Damaged, "byte {at}");
    }
}

#[test]
fn what_does_not_inflate_is_damage() {
    let mut bytes = Tar::krate().krate_bytes();
    // A deflate block of the reserved type.
    bytes[10] = 0b111;
    assert_eq!(refusal(&bytes), ArchiveError::Damaged);
    // A method that is not deflate.
    bytes[2] = 7;
    assert_eq!(refusal(&bytes), ArchiveError::Damaged);
}
