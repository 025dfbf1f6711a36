//! The canonical encoding of facts: golden texts, and the law that one fact has
//! one encoding. The golden texts must never change: they are Merkle leaves.

#![expect(
    clippy::unwrap_used,
    reason = "a golden value that cannot be built fails the test"
)]

mod golden;
mod golden_accounts;
mod golden_decisions;
mod laws;

use crossdock_core::actor::Actor;
use crossdock_core::fact::{Event, Fact};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;

fn fact(event: Event) -> Fact {
    Fact {
        time: Timestamp::parse("2026-11-21T10:00:09Z").unwrap(),
        actor: Actor::admin(),
        event,
    }
}

fn registry(text: &str) -> RegistryName {
    RegistryName::parse(text).unwrap()
}
