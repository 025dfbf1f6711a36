//! The vocabulary and the policy of a federating Cargo registry.
//!
//! Everything here is a value or a function from values to values. Decisions of
//! the federation (whose crate a name is, what a row says inside a view, what may
//! be published) are made here and nowhere else.
//!
//! Absent: async, I/O, clocks, environment, JSON, HTTP, logging.

pub mod access;
pub mod account;
pub mod actor;
pub mod address;
pub mod admission;
pub mod alias;
pub mod checksum;
pub mod contradiction;
pub mod decision;
pub mod directory;
pub mod entry;
pub mod epoch;
pub mod fact;
pub mod foresight;
pub mod freeze;
pub mod gate;
pub mod history;
pub mod merge;
pub mod name;
pub mod origin;
pub mod overlay;
pub mod owner;
pub mod ownership;
pub mod parting;
pub mod pattern;
pub mod pins;
pub mod policy;
pub mod policy_text;
pub mod rebuilds;
pub mod registry_name;
pub mod release;
pub mod removal;
pub mod rewrite;
pub mod settle;
pub mod shown;
pub mod timestamp;
pub mod version;
