//! Cargo's formats: bytes to values and back.
//!
//! Each file is one format of the Cargo Book. Reading follows what cargo really
//! does, measured where the Book is silent.
//!
//! Absent: async, I/O, clocks, and any decision about what a value means.

pub mod api;
pub mod config_json;
pub mod contradictions;
pub mod download_template;
pub mod index_file;
pub mod index_line;
pub mod index_path;
mod json_depth;
pub mod lockfile;
pub mod manifest;
pub mod publish_batch;
pub mod publish_body;
pub mod vendored_checksum;
