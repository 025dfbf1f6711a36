//! The use cases of a federating registry, over ports.
//!
//! Absent: HTTP, SQL, files, sockets, settings files. Decisions are in `core`;
//! here they are fed with what members answered and their outcome is recorded.

pub mod ports;
