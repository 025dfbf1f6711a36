//! Index files: what is taken of a row is written again and read back the same.

use crossdock_core::address::{Address, AddressError};
use crossdock_core::name::IndexName;
use crossdock_core::release::Target;
use crossdock_wire::index_file::{self, QUARANTINED_MAX};
use crossdock_wire::index_line;

const CRATES_IO: &str = "https://github.com/rust-lang/crates.io-index";

const ELSEWHERE: &str = "sparse+https://elsewhere.example/index/";

/// As a mirror reads: null is itself, an address what it says.
fn target_of(registry: Option<&str>) -> Result<Target, AddressError> {
    match registry.map(Address::parse).transpose()? {
        None => Ok(Target::Own),
        Some(Address::CratesIo) => Ok(Target::CratesIo),
        Some(address) => Ok(Target::Elsewhere(address)),
    }
}

pub(crate) fn take(bytes: &[u8]) {
    let name = IndexName::parse("petal").expect("the name is one");
    let file = index_file::decode(bytes, &name, &target_of);
    assert!(file.quarantined.len() <= QUARANTINED_MAX + 1);
    for bad in &file.quarantined {
        let told = bad.reason.to_string();
        assert!(
            told.len() < 4_096,
            "a reason is as long as what it tells of"
        );
    }
    for (text, release) in file.rows {
        assert_eq!(release.name.index_name(), name);
        let written = index_line::encode(&release, &mut |dependency| match dependency.target {
            Target::Own => None,
            Target::CratesIo => Some(CRATES_IO),
            Target::Registry(_) | Target::Elsewhere(_) => Some(ELSEWHERE),
        });
        assert!(!written.contains('\n'), "a row is one line");
        let read = index_line::decode(&written, &target_of).expect("what we write is read");
        assert_eq!(read.version, release.version);
        assert_eq!(read.checksum, release.checksum);
        assert_eq!(read.features, release.features);
        assert_eq!(read.dependencies.len(), release.dependencies.len());
        let yanked = index_line::with_yanked(&text, true).expect("a good row can be yanked");
        let read = index_line::decode(&yanked, &target_of).expect("a yanked row is a row");
        assert!(read.yanked && read.checksum == release.checksum);
    }
}
