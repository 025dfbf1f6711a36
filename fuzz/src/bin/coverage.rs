//! One target under libFuzzer, named by `CROSSDOCK_FUZZ_TARGET`; the folder in
//! `CROSSDOCK_FUZZ_SEEDS` gets its seeds first.
//!
//! Built by `cargo xtask soak fuzz`, which says how it has to be instrumented.

#![no_main]

use crossdock_fuzz::target::{TARGETS, Target};
use libfuzzer_sys::fuzz_target;
use std::path::PathBuf;
use std::sync::OnceLock;

static TARGET: OnceLock<&'static Target> = OnceLock::new();

fuzz_target!(
    init: {
        let name = std::env::var("CROSSDOCK_FUZZ_TARGET").unwrap_or_default();
        let found = TARGETS.iter().find(|target| target.name == name);
        let target = *TARGET.get_or_init(|| found.expect("CROSSDOCK_FUZZ_TARGET names a target"));
        if let Some(folder) = std::env::var_os("CROSSDOCK_FUZZ_SEEDS").map(PathBuf::from) {
            for (number, seed) in (target.seeds)().into_iter().enumerate() {
                std::fs::write(folder.join(format!("seed-{number}")), seed).expect("the folder is there");
            }
        }
    },
    |bytes: &[u8]| {
        let target = TARGET.get().expect("set before anything comes");
        (target.take)(bytes);
    }
);
