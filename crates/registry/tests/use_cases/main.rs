//! The use cases over the ports in memory: no disk, no network, no waiting.
//!
//! A world (`world.rs`) is a configuration, its ports and the federation that stands
//! on them. What cargo sends and upstreams show is made in `package.rs` and `row.rs`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "all of this program is test; a panic is how it says no"
)]

mod absences;
mod archives;
mod backups;
mod batches;
mod builds;
mod confirmed;
mod conflicts;
mod directories;
mod epochs;
mod epochs_again;
mod epochs_dead;
mod epochs_held;
mod explaining;
mod faces;
mod fault_table;
mod faults;
mod gates;
mod history;
mod importing;
mod minted;
mod mirrored_views;
mod nodes;
mod nodes_in_memory;
mod nodes_law;
mod nodes_owners;
mod nodes_tokens;
mod overlaying;
mod ownership;
mod package;
mod partings;
mod plan;
mod prefetching;
mod privacy;
mod publish_told;
mod publishing;
mod purges;
mod readiness;
mod removals;
mod row;
mod served_rows;
mod settled_targets;
mod silence;
mod succession;
mod syncing;
mod taken_along;
mod taken_names;
mod tokens;
mod world;
mod yanks_and_owners;
