//! What runs beside cargo: its configuration, and questions to a server.
//!
//! Absent: settings of a server, stores, the command line. What a federation
//! decides is asked for, never decided here.

pub mod accounts;
pub mod alarms;
pub mod aliases;
pub mod backup;
pub mod batch;
pub mod cargo_config;
pub mod cargo_sources;
pub mod comparison;
pub mod config_file;
pub mod conflicts;
pub mod credential;
pub mod difference;
pub mod directory_source;
pub mod doctor;
pub mod egress;
pub mod explain;
pub mod export;
pub mod gates;
pub mod gather;
pub mod identity;
pub mod import;
pub mod import_name;
pub mod import_releases;
pub mod led_to;
mod left_behind;
pub mod local_registry;
pub mod lock;
pub mod needs;
pub mod offered;
pub mod overlays;
pub mod ownership;
pub mod pin;
pub mod policy;
pub mod publish;
pub mod publish_order;
pub mod released;
pub mod removals;
pub mod run;
pub mod server;
pub mod setup;
pub mod sparse_index;
pub mod sparse_source;
pub mod standing;
pub mod stats;
pub mod sync;
pub mod unify;
pub mod unpacked;
pub mod upkeep;
pub mod whole_file;
