//! `crossdock doctor`: real cargo shows the trouble, doctor names it at its line, and the
//! cure as printed removes it.

mod configuration;
mod cures;
mod doors;
mod identities;
