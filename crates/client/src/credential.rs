//! A credential provider of cargo for every address of one server.
//!
//! Apart from `setup`, which only names it: cargo starts it, talks to it in JSON over its
//! standard streams, and asks it with addresses that no configuration has, such as the
//! faces and epochs that rows lead to. So one token opens all that a server has, and is
//! given for no other address.
//!
//! Cargo Book, "Credential Provider Protocol": "Cargo will always execute the credential
//! provider with the `--cargo-plugin` argument. […] Additional arguments are included in
//! the JSON via the args field." [So the server's address comes with each request.]
//!
//! Absent: what a token allows, which the server knows; the protocol's own spelling,
//! which is `cargo-credential`'s.

mod answer;
mod kept;
mod reach;

pub use answer::{Given, Provider};
pub use kept::{Kept, KeptError};
pub use reach::{Reach, ReachError};

/// The argument that tells a provider from any other call (Cargo Book).
pub const CALLED_BY_CARGO: &str = "--cargo-plugin";

/// The first word after the program in cargo's configuration.
pub const COMMAND: &str = "credential";

/// In place of an address: a provider that gives nothing to anybody, the guard of an
/// alias.
pub const REFUSE: &str = "refuse";

/// Answers cargo until it has no more to ask.
pub fn serve(provider: Provider) {
    cargo_credential::main(provider);
}

/// Returns how cargo's configuration names the provider for a server, in the one string
/// of `registry.global-credential-providers`.
pub fn named(reach: &Reach) -> String {
    format!("crossdock {COMMAND} {reach}")
}
