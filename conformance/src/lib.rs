//! Real cargo against the real program, as an outsider sees them.
//!
//! Everything here is made without our own crates: archives byte by byte, index
//! rows and publish bodies as JSON, HTTP over a socket. What passes here holds for
//! any implementation behind the same addresses.
//!
//! A case takes a [`workbench::Workbench`] (a folder, a cargo home, an
//! environment), most often within an [`installation::Installation`] (a public
//! registry that fails on command, the program, a view), writes a
//! [`project::Project`] and runs cargo in it. Each case has fresh data, its own
//! ports and its own folder, so that all of them run side by side.
//!
//! Absent: building the program. [`server::Server`] takes the one that is there.

pub mod bomb;
pub mod canary;
pub mod certificate;
pub mod clock;
pub mod command;
pub mod compiled;
pub mod configuration;
pub mod dependency;
pub mod http;
pub mod identity;
pub mod installation;
pub mod krate;
pub mod lock;
pub mod market;
pub mod no_network;
pub mod nodes;
pub mod outside;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub mod power;
pub mod project;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub mod recorder;
pub mod repacked;
pub mod server;
pub mod small_disk;
pub mod strange_archives;
pub mod tarball;
pub mod upload;
pub mod upstream;
pub mod workbench;
