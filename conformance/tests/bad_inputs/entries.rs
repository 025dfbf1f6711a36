//! Archives whose entries are none: paths that lead elsewhere, links, devices, sizes that
//! lie, names that some systems cannot write (families 1 to 22).
//!
//! Each is a proper archive of `n` 1.0.1 but for one entry.

use crate::Case;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::tarball::{Header, Tarball, gzip};

pub(crate) fn good() -> Krate {
    Krate::new("n", "1.0.1")
}

pub(crate) fn tarball() -> Tarball {
    good().tarball()
}

fn header<'a>(path: &'a [u8], kind: u8, size: u64) -> Header<'a> {
    Header {
        path,
        kind,
        link: b"",
        mode: 0o644,
        size,
    }
}

fn with(header: &Header<'_>, data: &[u8]) -> Vec<u8> {
    let mut whole = tarball();
    whole.push(header, data);
    whole.gzip()
}

/// A path in each of the three places where tar keeps one, as a file and as a folder.
fn placed(what: &str, path: &str, says: &'static str) -> Vec<Case> {
    let mut cases = Vec::new();
    for (of, kind) in [("file", b'0'), ("folder", b'5')] {
        let path = path.as_bytes();
        if path.len() <= 100 && !path.contains(&0) {
            let bytes = with(&header(path, kind, 0), b"");
            cases.push(Case::new(
                format!("{what}: {of} in the header"),
                bytes,
                says,
            ));
        }
        if let Ok(text) = std::str::from_utf8(path) {
            let mut whole = tarball().pax(&[("path", text)]);
            whole.push(&header(b"n-1.0.1/ok", kind, 0), b"");
            cases.push(Case::new(
                format!("{what}: {of} by pax"),
                whole.gzip(),
                says,
            ));
        }
        let mut whole = tarball();
        let long = [path, b"\0"].concat();
        whole.push(&header(b"././@LongLink", b'L', long.len() as u64), &long);
        whole.push(&header(b"n-1.0.1/ok", kind, 0), b"");
        cases.push(Case::new(
            format!("{what}: {of} by a long name"),
            whole.gzip(),
            says,
        ));
    }
    cases
}

/// 1.
pub(crate) fn upwards() -> Vec<Case> {
    let mut cases = Vec::new();
    for root in ["n-1.0.1/", "n-1.0.1/src/", "n-1.0.1/./", "n-1.0.1//"] {
        for way in [
            "../../evil",
            "..",
            "a/../../../b",
            "../../../../../../etc/x",
            "..\\..\\x",
        ] {
            let path = format!("{root}{way}");
            cases.extend(placed(&path, &path, "`..`"));
        }
    }
    cases
}

/// 2.
pub(crate) fn absolute() -> Vec<Case> {
    let paths = [
        "/etc/x",
        "//etc/x",
        "/n-1.0.1/x",
        "\\etc\\x",
        "\\\\host\\share",
    ];
    let all = paths.iter().flat_map(|path| placed(path, path, "absolute"));
    all.collect()
}

/// 3.
pub(crate) fn other_root() -> Vec<Case> {
    let paths = [
        "other-9.9.9/x",
        "n-1.0.2/x",
        "N-1.0.1/x",
        "n-1.0.1x/x",
        "n-1.0.1 /x",
        " n-1.0.1/x",
        "n/x",
        "x",
        "./n-1.0.1/x",
        "C:/x",
        "n-1.0.1\\x",
        "~/x",
        "registry/src/n-1.0.1/x",
    ];
    let all = paths
        .iter()
        .flat_map(|path| placed(path, path, "not below `n-1.0.1/`"));
    all.collect()
}

const TARGETS: [&str; 8] = [
    "..",
    "/",
    "/etc/passwd",
    "src/lib.rs",
    ".",
    "",
    "../n-1.0.0",
    "a\\b",
];

/// 4.
pub(crate) fn symbolic_links() -> Vec<Case> {
    let mut cases = Vec::new();
    for target in TARGETS {
        for path in ["n-1.0.1/up", "n-1.0.1/src/deep/up"] {
            let plain = tarball().special(path, b'2', target).gzip();
            cases.push(Case::new(
                format!("{path} -> {target:?}"),
                plain,
                "symbolic link",
            ));
        }
        let by_pax = tarball().pax(&[("linkpath", target)]);
        let by_pax = by_pax.special("n-1.0.1/up", b'2', "ok").gzip();
        cases.push(Case::new(format!("pax linkpath {target:?}"), by_pax, ""));
    }
    cases
}

/// 5.
pub(crate) fn written_through() -> Vec<Case> {
    let mut cases = Vec::new();
    for target in ["..", "../..", "/tmp", "../n-1.0.0"] {
        for path in ["victim-1.0.0/pwned.txt", "src/lib.rs", "x"] {
            let whole = tarball().special("n-1.0.1/up", b'2', target);
            let whole = whole.file(&format!("n-1.0.1/up/{path}"), "pwned").gzip();
            cases.push(Case::new(
                format!("{path} through {target}"),
                whole,
                "symbolic link",
            ));
        }
    }
    cases
}

/// 6.
pub(crate) fn hard_links() -> Vec<Case> {
    let case = |target: &&str| {
        let whole = tarball().special("n-1.0.1/hard", b'1', target).gzip();
        Case::new(format!("to {target:?}"), whole, "hard link")
    };
    let mut cases: Vec<_> = TARGETS.iter().map(case).collect();
    cases.push(case(&"n-1.0.1/src/lib.rs"));
    cases
}

/// 7 and 8.
pub(crate) fn devices() -> Vec<Case> {
    let mut cases = Vec::new();
    for (what, kind) in [("character", b'3'), ("block", b'4'), ("pipe", b'6')] {
        for path in ["n-1.0.1/x", "n-1.0.1/src/lib.rs", "n-1.0.1/Cargo.toml"] {
            let whole = tarball().special(path, kind, "").gzip();
            cases.push(Case::new(
                format!("{what} {path}"),
                whole,
                "device or a pipe",
            ));
        }
    }
    cases
}

/// Every type flag that is neither a file, a folder, a link, a device, an extension nor
/// sparse: some readers take them for files.
pub(crate) fn odd_kinds() -> Vec<Case> {
    let known = b"\x000123456SxgLK5";
    let odd = (0..=255_u8).filter(|kind| !known.contains(kind));
    odd.map(|kind| {
        let whole = tarball().special("n-1.0.1/x", kind, "").gzip();
        Case::new(format!("type {kind:#04x}"), whole, "only files and folders")
    })
    .collect()
}

/// 9.
pub(crate) fn sparse() -> Vec<Case> {
    let mut cases = vec![Case::new(
        "GNU",
        tarball().special("n-1.0.1/s", b'S', "").gzip(),
        "sparse",
    )];
    for (key, value) in [
        ("GNU.sparse.major", "1"),
        ("GNU.sparse.size", "9"),
        ("GNU.sparse.map", "0,5"),
        ("GNU.sparse.name", "n-1.0.1/other"),
        ("GNU.sparse.realsize", "9999999"),
        ("SCHILY.realsize", "9999999"),
        ("SUN.holesdata", " 0 5"),
    ] {
        let whole = tarball().pax(&[(key, value)]).file("n-1.0.1/s", "").gzip();
        cases.push(Case::new(format!("pax {key}"), whole, "is not allowed"));
    }
    cases
}

/// 10.
pub(crate) fn two_sizes() -> Vec<Case> {
    let sizes = [
        "0",
        "1",
        "511",
        "512",
        "999",
        "1001",
        "1024",
        "99999999999999",
        "18446744073709551616",
        "-1",
        "",
        "x",
        "0x10",
        "1e3",
        " 1000",
        "+1000",
    ];
    let case = |size: &&str| {
        let whole = tarball().pax(&[("size", size)]);
        let whole = whole.file("n-1.0.1/two-sizes", "x".repeat(1000)).gzip();
        Case::new(format!("{size:?} for 1000"), whole, "")
    };
    sizes.iter().map(case).collect()
}

/// 11.
pub(crate) fn pax() -> Vec<Case> {
    let record = |what: &str, data: &[u8], kind: u8| {
        let mut whole = tarball();
        whole.push(&header(b"PaxHeader", kind, data.len() as u64), data);
        let whole = whole.file("n-1.0.1/ok", "").gzip();
        Case::new(what, whole, "")
    };
    let mut cases = vec![
        record("for all that follows", b"19 path=n-1.0.1/x\n", b'g'),
        record(
            "path twice",
            b"19 path=n-1.0.1/x\n19 path=n-1.0.1/y\n",
            b'x',
        ),
        record("a line break in a value", b"22 path=n-1.0.1/x\n/y\n", b'x'),
        record("a NUL in a value", b"21 path=n-1.0.1/x\0y\n", b'x'),
        record("not UTF-8", b"20 path=n-1.0.1/\xff\xfe\n", b'x'),
        record("no length", b"path=n-1.0.1/x\n", b'x'),
        record("too short a length", b"5 path=n-1.0.1/x\n", b'x'),
        record("too long a length", b"99 path=n-1.0.1/x\n", b'x'),
        record(
            "an endless length",
            b"99999999999999999999999 path=x\n",
            b'x',
        ),
        record("no line break", b"18 path=n-1.0.1/x", b'x'),
        record("no equals", b"10 nothin\n", b'x'),
        record("a negative length", b"-19 path=n-1.0.1/x\n", b'x'),
        record("a zero length", b"0 path=n-1.0.1/x\n", b'x'),
        record("zeros", &[0; 512], b'x'),
    ];
    let twice = tarball()
        .pax(&[("path", "n-1.0.1/a")])
        .pax(&[("path", "n-1.0.1/b")]);
    let twice = twice.file("n-1.0.1/ok", "").gzip();
    cases.push(Case::new(
        "two headers for one entry",
        twice,
        "two extended headers",
    ));
    let alone = tarball().pax(&[("path", "n-1.0.1/a")]).gzip();
    cases.push(Case::new("no entry after it", alone, "no entry after it"));
    cases
}

/// 12.
pub(crate) fn long_names() -> Vec<Case> {
    let names: [(&str, &[u8]); 8] = [
        ("NUL within", b"n-1.0.1/a\0../../evil\0"),
        ("NUL first", b"\0n-1.0.1/a\0"),
        ("not UTF-8", b"n-1.0.1/\xff\xfe\0"),
        ("half a character", b"n-1.0.1/\xe4\xba\0"),
        ("surrogate", b"n-1.0.1/\xed\xa0\x80\0"),
        ("overlong slash", b"n-1.0.1/\xc0\xaf\0"),
        ("empty", b"\0"),
        ("nothing at all", b""),
    ];
    let long = |(what, name): (&str, &[u8])| {
        let mut whole = tarball();
        whole.push(&header(b"././@LongLink", b'L', name.len() as u64), name);
        let whole = whole.file("n-1.0.1/short", "").gzip();
        Case::new(what, whole, "")
    };
    names.into_iter().map(long).collect()
}

/// 14.
pub(crate) fn two_manifests() -> Vec<Case> {
    let spellings = [
        "CARGO.TOML",
        "cargo.toml",
        "Cargo.TOML",
        "CARGO.toml",
        "cArGo.ToMl",
        "Cargo.Toml",
    ];
    let case = |spelling: &&str| {
        let whole = tarball().file(&format!("n-1.0.1/{spelling}"), "[package]\n");
        Case::new(*spelling, whole.gzip(), "two manifests")
    };
    spellings.iter().map(case).collect()
}

/// 15.
pub(crate) fn manifest_case() -> Vec<Case> {
    let spellings = [
        "CARGO.TOML",
        "cargo.toml",
        "Cargo.TOML",
        "CARGO.toml",
        "cArGo.ToMl",
        "Cargo.Toml",
    ];
    let case = |spelling: &&str| {
        let whole = Tarball::default().file(&format!("n-1.0.1/{spelling}"), "[package]\n");
        let whole = whole.file("n-1.0.1/src/lib.rs", "");
        Case::new(*spelling, whole.gzip(), "rename it to `Cargo.toml`")
    };
    spellings.iter().map(case).collect()
}

/// 16. Mirrors take a tar without its end, as cargo does.
pub(crate) fn no_manifest() -> Vec<Case> {
    let lib = || Tarball::default().file("n-1.0.1/src/lib.rs", "");
    let below = lib().file("n-1.0.1/sub/Cargo.toml", "[package]\n");
    let folder = lib().special("n-1.0.1/Cargo.toml/", b'5', "");
    let whole = tarball().finish();
    let no_end = gzip(&whole[..whole.len() - 1024]);
    vec![
        Case::new("none", lib().gzip(), "Cargo.toml"),
        Case::new("below", below.gzip(), "Cargo.toml"),
        Case::new("a folder", folder.gzip(), "Cargo.toml"),
        Case::new("no entry at all", Tarball::default().gzip(), "Cargo.toml"),
        Case::new("no end", no_end, "end mark"),
    ]
}

/// 17.
pub(crate) fn case_clash() -> Vec<Case> {
    let paths = [
        "Src/Lib.rs",
        "src/LIB.rs",
        "SRC/lib.rs",
        "src/lib.RS",
        "CARGO.toml.orig",
    ];
    let case = |path: &&str| {
        let whole = tarball().file(&format!("n-1.0.1/{path}"), "");
        Case::new(*path, whole.gzip(), "")
    };
    paths.iter().map(case).collect()
}

/// 18.
pub(crate) fn unportable() -> Vec<Case> {
    let devices = [
        "con", "prn", "aux", "nul", "CON", "Aux", "conin$", "conout$", "com¹",
    ];
    let numbered = (0..=9).flat_map(|n| [format!("com{n}"), format!("LPT{n}")]);
    let devices = devices.iter().map(|it| (*it).to_owned()).chain(numbered);
    let mut cases = Vec::new();
    for device in devices {
        for path in [
            device.clone(),
            format!("{device}.rs"),
            format!("{device}/x"),
            format!("src/{device} .a.b"),
        ] {
            let whole = tarball().file(&format!("n-1.0.1/{path}"), "");
            cases.push(Case::new(&path, whole.gzip(), "device name of Windows"));
        }
    }
    for end in ["a.", "a ", "a..", "a. ", ".. .", "dir./x", "dir /x"] {
        let whole = tarball().file(&format!("n-1.0.1/{end}"), "");
        cases.push(Case::new(end, whole.gzip(), ""));
    }
    let controls = (1..32).chain([127]).filter_map(char::from_u32);
    for character in "<>:\"|?*\\".chars().chain(controls) {
        let whole = tarball().file(&format!("n-1.0.1/a{character}b"), "");
        cases.push(Case::new(
            format!("{character:?}"),
            whole.gzip(),
            "cannot be written on every system",
        ));
    }
    cases
}

/// 19.
pub(crate) fn twice() -> Vec<Case> {
    let paths = [
        "src/lib.rs",
        "Cargo.toml",
        "Cargo.toml.orig",
        "./src/lib.rs",
        "src//lib.rs",
    ];
    let case = |path: &&str| {
        let whole = tarball().file(&format!("n-1.0.1/{path}"), "other");
        Case::new(*path, whole.gzip(), "")
    };
    paths.iter().map(case).collect()
}

/// 20.
pub(crate) fn file_and_folder() -> Vec<Case> {
    let a = |first: &str, second: &str| {
        let whole = tarball()
            .file(&format!("n-1.0.1/{first}"), "")
            .file(&format!("n-1.0.1/{second}"), "");
        Case::new(format!("{first} then {second}"), whole.gzip(), "")
    };
    let mut cases = vec![
        a("a", "a/b"),
        a("a/b", "a"),
        a("a", "a/b/c/d"),
        a("src/lib.rs/x", "y"),
        a("A", "a/b"),
    ];
    let folder = tarball().special("n-1.0.1/src/lib.rs/", b'5', "").gzip();
    cases.push(Case::new("a folder where a file is", folder, ""));
    cases
}

/// 21.
pub(crate) fn cargo_ok() -> Vec<Case> {
    let case = |name: &&str| {
        let whole = tarball().file(&format!("n-1.0.1/{name}"), "ok");
        Case::new(*name, whole.gzip(), "cargo's own mark")
    };
    [
        ".cargo-ok",
        ".CARGO-OK",
        ".Cargo-Ok",
        "./.cargo-ok",
        ".cargo-ok/x",
    ]
    .iter()
    .map(case)
    .collect()
}

/// 22.
pub(crate) fn modes() -> Vec<Case> {
    let modes = [
        0o6777, 0o4755, 0o2755, 0o1777, 0o7777, 0o4000, 0o2000, 0o1000,
    ];
    let case = |mode: &u32| {
        let head = Header {
            mode: *mode,
            ..header(b"n-1.0.1/run.sh", b'0', 0)
        };
        Case::new(
            format!("{mode:o}"),
            with(&head, b""),
            "setuid, setgid or sticky",
        )
    };
    modes.iter().map(case).collect()
}
