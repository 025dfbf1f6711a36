//! Archives: what may be published may be mirrored, what was inspected is what is unpacked,
//! and what is packed again has the same content.
//!
//! Behind gzip nothing could be mutated: the first byte says whether the rest is a `.crate`,
//! a tar, or a tar whose headers get right sums.

use crossdock_archive::{Content, Limits, Scope, content, inspect, named, pack, unpack};
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

const LIMITS: Limits = Limits {
    unpacked_bytes_max: 256 * 1024,
    unpacked_ratio_max: 0,
    entries_max: 50,
    manifest_bytes_max: 16 * 1024,
};

pub(crate) fn take(bytes: &[u8]) {
    let Some((form, rest)) = bytes.split_first() else {
        return;
    };
    let archive = match form % 3 {
        0 => rest.to_vec(),
        1 => gzip(rest),
        _ => gzip(&summed(rest)),
    };
    let name = CrateName::parse("petal").expect("the name is one");
    let version = Version::parse("1.0.0").expect("the version is one");
    // What is said of any archive, whoever it is of.
    let _ = named(&archive, &LIMITS);
    let [published, mirrored] = [Scope::Publish, Scope::Mirror]
        .map(|scope| inspect(&archive, &name, &version, scope, &LIMITS));
    for refused in [&published, &mirrored]
        .into_iter()
        .filter_map(|it| it.as_ref().err())
    {
        let told = refused.to_string();
        assert!(
            told.len() < 4_096 && !told.contains(char::is_control),
            "{told:?}"
        );
    }
    let Ok(mirrored) = mirrored else {
        assert!(published.is_err(), "published, and not mirrored");
        return;
    };
    let tree = unpack(&archive, &name, &version, &LIMITS).expect("what was inspected unpacks");
    let listed: Vec<_> = mirrored
        .files
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    let unpacked: Vec<_> = tree.keys().map(String::as_str).collect();
    assert_eq!(listed, unpacked);
    for path in &unpacked {
        assert!(
            !path.starts_with('/') && !path.split(['/', '\\']).any(|part| part == ".."),
            "{path}"
        );
    }
    let before = content(&archive, &name, &version, &LIMITS).expect("what unpacks has content");
    assert_eq!(before.exact(), Content::of(&tree).exact());
    if published.is_ok() {
        let again = pack(&name, &version, &tree).expect("what was published is packed again");
        let limits = Limits::default();
        inspect(&again, &name, &version, Scope::Publish, &limits).expect("and published again");
        let after = content(&again, &name, &version, &limits).expect("and read again");
        assert_eq!(before.exact(), after.exact());
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.expect("writing into memory does not fail")
}

/// Gives every block that looks like a header the sum that readers look at first.
pub(crate) fn summed(tar: &[u8]) -> Vec<u8> {
    let mut tar = tar.to_vec();
    for block in tar.chunks_exact_mut(512) {
        if &block[257..262] == b"ustar" {
            block[148..156].copy_from_slice(b"        ");
            let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
            block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
    }
    tar
}
