//! Bodies of a publish and batches: parts lie where their lengths say, and nothing that is
//! told of them carries control characters.

use crossdock_wire::contradictions::contradictions;
use crossdock_wire::publish_body::{self, Limits};
use crossdock_wire::{manifest, publish_batch};

const LIMITS: Limits = Limits {
    metadata_bytes_max: 64 * 1024,
    archive_bytes_max: 64 * 1024,
};

const MANIFEST: &str = "[package]\nname = \"petal\"\nversion = \"1.0.0\"\n[dependencies]\nstem = \"1\"\n[features]\na = [\"stem/x\"]\n";

pub(crate) fn take(bytes: &[u8]) {
    match publish_body::parse(bytes, &LIMITS) {
        Ok(body) => {
            assert_eq!(8 + body.json.len() + body.archive.len(), bytes.len());
            let manifest = manifest::parse(MANIFEST).expect("the manifest is one");
            for told in contradictions(body.json, &manifest) {
                assert!(!told.contains(char::is_control), "{told:?}");
                assert!(told.len() < 4_096);
            }
            let batch = publish_batch::parse(bytes, &LIMITS).expect("one is a batch");
            assert_eq!(batch.len(), 1);
            let metadata = body.metadata.confirmed_by(&manifest);
            assert_eq!(metadata.name, "petal");
        }
        Err(error) => {
            let told = error.to_string();
            assert!(
                told.len() < 4_096 && !told.contains(char::is_control),
                "{told:?}"
            );
        }
    }
    // Others follow the first, or it is refused with its number.
    if let Ok(releases) = publish_batch::parse(bytes, &LIMITS) {
        let parts = releases
            .iter()
            .map(|it| 8 + it.json.len() + it.archive.len());
        assert_eq!(parts.sum::<usize>(), bytes.len());
    }
}
