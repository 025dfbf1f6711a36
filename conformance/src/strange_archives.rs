//! Archives no registry may take, in families, each with a word of the reason.
//!
//! They are all sent as `n` 1.0.1. Most of them cargo 1.95 would unpack; some let it
//! write outside its folder.
//!
//! Absent: sending them.

use crate::bomb::gzip_with_zeros;
use crate::krate::Krate;
use crate::tarball::{Header, Tarball, gzip};

/// What is refused, and a word of the reason.
pub type Case = (&'static str, Vec<u8>, &'static str);

/// What they are sent as.
pub fn good() -> Krate {
    Krate::new("n", "1.0.1")
}

fn file<'a>(path: &'a [u8], size: u64) -> Header<'a> {
    Header {
        path,
        kind: b'0',
        link: b"",
        mode: 0o644,
        size,
    }
}

fn pushed(mut tarball: Tarball, header: &Header<'_>, data: &[u8]) -> Tarball {
    tarball.push(header, data);
    tarball
}

/// Entries that lead elsewhere.
pub fn paths() -> Vec<Case> {
    let t = || good().tarball();
    vec![
        ("parent", t().file("n-1.0.1/../../evil", "").gzip(), "evil"),
        (
            "parent at the end",
            t().file("n-1.0.1/src/..", "").gzip(),
            "..",
        ),
        ("absolute", t().file("/etc/x", "").gzip(), "/etc/x"),
        (
            "another root",
            t().file("other-9.9.9/x", "").gzip(),
            "other-9.9.9",
        ),
        (
            "another version",
            t().file("n-1.0.2/x", "").gzip(),
            "n-1.0.2",
        ),
        ("no root", t().file("x", "").gzip(), "`x`"),
        (
            "backslash",
            t().file("n-1.0.1\\..\\..\\evil", "").gzip(),
            "evil",
        ),
        (
            "pax path",
            t().pax(&[("path", "n-1.0.1/../../evil")])
                .file("n-1.0.1/ok", "")
                .gzip(),
            "evil",
        ),
        (
            "pax linkpath",
            t().pax(&[("linkpath", "..")])
                .special("n-1.0.1/up", b'2', "ok")
                .gzip(),
            "link",
        ),
        ("long name", long_name(b"n-1.0.1/../../evil\0"), "evil"),
        (
            "long name with NUL",
            long_name(b"n-1.0.1/a\0../../evil\0"),
            "NUL",
        ),
        (
            "long name not UTF-8",
            long_name(b"n-1.0.1/\xff\xfe\0"),
            "UTF-8",
        ),
        (
            "name not UTF-8",
            pushed(t(), &file(b"n-1.0.1/\xff\xfe", 0), b"").gzip(),
            "UTF-8",
        ),
        (
            ".cargo-ok",
            t().file("n-1.0.1/.cargo-ok", "ok").gzip(),
            ".cargo-ok",
        ),
    ]
}

/// A GNU long name for the entry behind it.
fn long_name(name: &[u8]) -> Vec<u8> {
    let header = Header {
        path: b"././@LongLink",
        kind: b'L',
        link: b"",
        mode: 0o644,
        size: name.len() as u64,
    };
    pushed(good().tarball(), &header, name)
        .file("n-1.0.1/short", "")
        .gzip()
}

/// Entries that are no files.
pub fn kinds() -> Vec<Case> {
    let t = || good().tarball();
    let write_through = t()
        .special("n-1.0.1/up", b'2', "..")
        .file("n-1.0.1/up/victim-1.0.0/pwned.txt", "pwned");
    vec![
        (
            "symlink",
            t().special("n-1.0.1/up", b'2', "..").gzip(),
            "link",
        ),
        (
            "symlink within",
            t().special("n-1.0.1/alias.rs", b'2', "src/lib.rs").gzip(),
            "link",
        ),
        ("write through a symlink", write_through.gzip(), "link"),
        (
            "hard link",
            t().special("n-1.0.1/hard", b'1', "n-1.0.1/src/lib.rs")
                .gzip(),
            "link",
        ),
        (
            "FIFO",
            t().special("n-1.0.1/pipe", b'6', "").gzip(),
            "n-1.0.1/pipe",
        ),
        (
            "character device",
            t().special("n-1.0.1/tty", b'3', "").gzip(),
            "n-1.0.1/tty",
        ),
        (
            "block device",
            t().special("n-1.0.1/disk", b'4', "").gzip(),
            "n-1.0.1/disk",
        ),
        (
            "GNU sparse",
            t().special("n-1.0.1/sparse", b'S', "").gzip(),
            "n-1.0.1/sparse",
        ),
        (
            "pax sparse",
            t().pax(&[("GNU.sparse.major", "1"), ("GNU.sparse.size", "9")])
                .file("n-1.0.1/s", "")
                .gzip(),
            "sparse",
        ),
    ]
}

/// Archives that say one thing and are another, or too much.
pub fn sizes() -> Vec<Case> {
    let t = || good().tarball();
    let head = |size: u64, kind: u8, path: &[u8]| {
        let header = Header {
            kind,
            ..file(path, size)
        };
        let whole = pushed(t(), &header, b"").finish();
        whole[..whole.len() - 1024].to_vec()
    };
    let zeros = |mib: u64| mib * 1024 * 1024;
    let many = (0..20_050).fold(t(), |tarball, number| {
        tarball.file(&format!("n-1.0.1/f{number}"), "")
    });
    let pax_size = t()
        .pax(&[("size", "5")])
        .file("n-1.0.1/two-sizes", "x".repeat(1000))
        .gzip();
    vec![
        ("pax size is another", pax_size, "size"),
        (
            "600 MiB file",
            gzip_with_zeros(&head(zeros(600), b'0', b"n-1.0.1/big"), 600, &[0; 1024]),
            "unpacks to more than",
        ),
        ("600 MiB of nothing", gzip_with_zeros(b"", 600, b""), ""),
        (
            "1 GiB pax header",
            gzip_with_zeros(&head(zeros(1024), b'x', b"PaxHeader"), 1024, &[0; 1024]),
            "",
        ),
        ("too many files", many.gzip(), "20000"),
        (
            "longer than it is",
            gzip_with_zeros(&head(zeros(3), b'0', b"n-1.0.1/short"), 1, b""),
            "",
        ),
    ]
}

/// What is no gzip, or more or less than one.
pub fn streams() -> Vec<Case> {
    let whole = good().archive();
    let mut wrong_sum = whole.clone();
    let at = wrong_sum.len() - 8;
    wrong_sum[at] ^= 0xff;
    let mut wrong_length = whole.clone();
    let at = wrong_length.len() - 4;
    wrong_length[at] ^= 0xff;
    let zip = b"PK\x03\x04\x14\x00\x00\x00\x00\x00".to_vec();
    let xz = b"\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4\x46".to_vec();
    vec![
        ("truncated", whole[..whole.len() - 20].to_vec(), "gzip"),
        (
            "without its trailer",
            whole[..whole.len() - 8].to_vec(),
            "gzip",
        ),
        ("garbage behind", [&whole[..], b"garbage"].concat(), "gzip"),
        (
            "a second member",
            [&whole[..], &gzip(b"more")].concat(),
            "gzip",
        ),
        ("wrong CRC", wrong_sum, "gzip"),
        ("wrong length", wrong_length, "gzip"),
        ("plain tar", good().tarball().finish(), "gzip"),
        ("zip", zip, "gzip"),
        ("xz", xz, "gzip"),
        ("nothing", Vec::new(), ""),
        (
            "gzip of no tar",
            gzip(&b"no tar at all, but some text that is repeated. ".repeat(40)),
            "tar",
        ),
        ("half a tar", gzip(&good().tarball().finish()[..700]), "tar"),
    ]
}

/// What nobody means to publish.
pub fn contents() -> Vec<Case> {
    let lib = |tarball: Tarball| tarball.file("n-1.0.1/src/lib.rs", "");
    let manifest = |text: &str| lib(Tarball::default().file("n-1.0.1/Cargo.toml", text)).gzip();
    let t = || good().tarball();
    vec![
        ("no manifest", lib(Tarball::default()).gzip(), "Cargo.toml"),
        (
            "manifest in the wrong case",
            lib(Tarball::default().file("n-1.0.1/cargo.toml", "")).gzip(),
            "Cargo.toml",
        ),
        (
            "two manifests",
            t().file("n-1.0.1/CARGO.TOML", "").gzip(),
            "CARGO.TOML",
        ),
        (
            "case clash",
            t().file("n-1.0.1/Src/Lib.rs", "").gzip(),
            "Src",
        ),
        (
            "twice the same",
            t().file("n-1.0.1/src/lib.rs", "other").gzip(),
            "src/lib.rs",
        ),
        (
            "a file and a folder",
            t().file("n-1.0.1/a", "").file("n-1.0.1/a/b", "").gzip(),
            "`a` is a file",
        ),
        ("no TOML", manifest("[package\n"), "Cargo.toml"),
        (
            "another name",
            manifest("[package]\nname = \"m\"\nversion = \"1.0.1\"\n"),
            "m 1.0.1",
        ),
        (
            "another version",
            manifest("[package]\nname = \"n\"\nversion = \"1.0.2\"\n"),
            "1.0.2",
        ),
    ]
}
