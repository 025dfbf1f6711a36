//! Archives that are no gzip, more or less than one, or unpack to more than anybody wants
//! (families 13 and 23 to 29).

use crate::Case;
use crate::entries::{good, tarball};
use crossdock_conformance::bomb::gzip_with_zeros;
use crossdock_conformance::tarball::{Header, gzip};

/// The tar of [`good`] without its end, and a header behind it that announces `mib`.
fn before(kind: u8, path: &[u8], mib: u64) -> Vec<u8> {
    let mut whole = tarball();
    let size = mib * 1024 * 1024;
    let link = b"";
    whole.push(
        &Header {
            path,
            kind,
            link,
            mode: 0o644,
            size,
        },
        b"",
    );
    let whole = whole.finish();
    whole[..whole.len() - 1024].to_vec()
}

/// 13.
pub(crate) fn extensions() -> Vec<Case> {
    let mut cases = Vec::new();
    for (what, kind) in [
        ("pax", b'x'),
        ("long name", b'L'),
        ("long link", b'K'),
        ("global pax", b'g'),
    ] {
        for mib in [1_usize, 64, 1024] {
            let head = before(kind, b"PaxHeader", mib as u64);
            let bytes = gzip_with_zeros(&head, mib, &[0; 1024]);
            cases.push(Case::new(format!("{what} of {mib} MiB"), bytes, ""));
        }
    }
    cases
}

/// 23.
pub(crate) fn large_members() -> Vec<Case> {
    [513_u64, 600]
        .map(|mib| {
            let head = before(b'0', b"n-1.0.1/big", mib);
            let bytes = gzip_with_zeros(&head, mib as usize, &[0; 1024]);
            Case::new(format!("{mib} MiB"), bytes, "unpacks to more than")
        })
        .into()
}

/// 24.
pub(crate) fn nothing_at_all() -> Vec<Case> {
    [2, 64, 600]
        .map(|mib| Case::new(format!("{mib} MiB"), gzip_with_zeros(b"", mib, b""), ""))
        .into()
}

/// 25.
pub(crate) fn many_members() -> Vec<Case> {
    let files = |count: usize, kind: u8| {
        let many = (0..count).fold(tarball(), |whole, number| match kind {
            b'5' => whole.special(&format!("n-1.0.1/d{number}/"), kind, ""),
            _ => whole.file(&format!("n-1.0.1/f{number}"), ""),
        });
        many.gzip()
    };
    vec![
        Case::new(
            "20,050 files",
            files(20_050, b'0'),
            "more than 20000 entries",
        ),
        Case::new(
            "20,050 folders",
            files(20_050, b'5'),
            "more than 20000 entries",
        ),
        Case::new(
            "200,000 files",
            files(200_000, b'0'),
            "more than 20000 entries",
        ),
    ]
}

/// 26.
pub(crate) fn truncated() -> Vec<Case> {
    let whole = good().archive();
    let mut ends: Vec<usize> = (0..48).map(|step| whole.len() * step / 48).collect();
    ends.extend((1..=24).map(|off| whole.len() - off));
    ends.sort_unstable();
    ends.dedup();
    let case = |end: usize| {
        Case::new(
            format!("the first {end} of {}", whole.len()),
            whole[..end].to_vec(),
            "gzip",
        )
    };
    ends.into_iter().map(case).collect()
}

/// 27.
pub(crate) fn trailing() -> Vec<Case> {
    let whole = good().archive();
    let behind: [(&str, Vec<u8>); 8] = [
        ("a NUL", vec![0]),
        ("512 NULs", vec![0; 512]),
        ("garbage", b"garbage".to_vec()),
        ("half a header", vec![0x1f, 0x8b]),
        ("an empty member", gzip(b"")),
        (
            "a second archive",
            tarball().file("n-1.0.1/evil", "").gzip(),
        ),
        ("itself", whole.clone()),
        ("a large second member", gzip_with_zeros(b"", 600, b"")),
    ];
    let case =
        |(what, more): (&str, Vec<u8>)| Case::new(what, [&whole[..], &more].concat(), "gzip");
    behind.into_iter().map(case).collect()
}

/// 28.
pub(crate) fn wrong_sums() -> Vec<Case> {
    let whole = good().archive();
    let mut cases = Vec::new();
    for off in 1..=8 {
        for bit in [0x01_u8, 0x80, 0xff] {
            let mut wrong = whole.clone();
            let at = wrong.len() - off;
            wrong[at] ^= bit;
            cases.push(Case::new(
                format!("byte {off} from the end ^ {bit:#04x}"),
                wrong,
                "gzip",
            ));
        }
    }
    // What is inside damaged: the sums are right no more, or nothing inflates.
    for part in 1..16 {
        let mut wrong = whole.clone();
        let at = 10 + (wrong.len() - 20) * part / 16;
        wrong[at] ^= 0x10;
        cases.push(Case::new(format!("byte {at} damaged"), wrong, ""));
    }
    cases
}

/// 29.
pub(crate) fn other_formats() -> Vec<Case> {
    let tar = tarball().finish();
    let heads: [(&str, &[u8]); 10] = [
        ("zip", b"PK\x03\x04\x14\0\0\0\0\0"),
        ("xz", b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46"),
        ("zstd", b"\x28\xb5\x2f\xfd\x04\0\x01\0\0"),
        ("bzip2", b"BZh91AY&SY"),
        ("lz4", b"\x04\x22\x4d\x18\x64\x40\xa7"),
        ("compress", b"\x1f\x9d\x90"),
        ("7z", b"7z\xbc\xaf\x27\x1c\0\x04"),
        ("an ELF program", b"\x7fELF\x02\x01\x01"),
        ("HTML", b"<!DOCTYPE html><html></html>"),
        ("nothing", b""),
    ];
    let mut cases: Vec<_> = heads
        .iter()
        .map(|(what, head)| Case::new(*what, [*head, &[0; 64][..]].concat(), "gzip"))
        .collect();
    cases.push(Case::new("a plain tar", tar.clone(), "gzip"));
    for method in [0_u8, 7, 9, 255] {
        let mut bytes = good().archive();
        bytes[2] = method;
        cases.push(Case::new(format!("gzip of method {method}"), bytes, "gzip"));
    }
    cases.push(Case::new(
        "gzip of no tar",
        gzip(&b"no tar, but text. ".repeat(60)),
        "tar",
    ));
    // Half a header, a header without its data, an end mark of one block.
    for end in [100, 511, 513, 700, 1023] {
        cases.push(Case::new(
            format!("gzip of {end} bytes of tar"),
            gzip(&tar[..end]),
            "tar",
        ));
    }
    for (what, at, byte) in [
        ("a checksum", 148, b'9'),
        ("a size", 124, b'z'),
        ("a magic", 257, b'x'),
    ] {
        let mut wrong = tar.clone();
        wrong[at] = byte;
        cases.push(Case::new(
            format!("{what} of a header damaged"),
            gzip(&wrong),
            "tar",
        ));
    }
    let behind = [&tar[..], b"more behind the end"].concat();
    cases.push(Case::new(
        "data behind the tar's end",
        gzip(&behind),
        "end mark",
    ));
    cases
}
