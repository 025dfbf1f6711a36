//! Locks: changed checksums are read back, and nothing else changed.

use crossdock_core::checksum::Checksum;
use crossdock_wire::lockfile;
use std::collections::BTreeMap;

pub(crate) fn take(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let lock = match lockfile::decode(text) {
        Ok(lock) => lock,
        Err(error) => {
            let told = error.to_string();
            assert!(told.len() < 4_096, "a reason of {} bytes", told.len());
            return;
        }
    };
    assert_eq!(lock.with_checksums(text, &BTreeMap::new()), text);
    let other = Checksum::of(b"another");
    let places = lock.packages.iter().enumerate();
    let changed: BTreeMap<usize, Checksum> = places
        .filter(|(_, package)| package.takes_checksum())
        .map(|(place, _)| (place, other))
        .collect();
    let edited = lock.with_checksums(text, &changed);
    let again = lockfile::decode(&edited).expect("an edited lock is a lock");
    assert_eq!(again.packages.len(), lock.packages.len());
    for (place, (before, after)) in lock.packages.iter().zip(&again.packages).enumerate() {
        assert_eq!(
            (&before.name, &before.version),
            (&after.name, &after.version)
        );
        assert_eq!(
            (&before.source, &before.dependencies),
            (&after.source, &after.dependencies)
        );
        let expected = changed.get(&place).copied().or(before.checksum);
        assert_eq!(after.checksum, expected);
    }
}
