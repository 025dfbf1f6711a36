//! Servers that tests have for themselves: a PostgreSQL, and an object store.
//!
//! They are real, they listen where only this machine reaches them, and they end with
//! the process that started them, however that ends.
//!
//! Absent: fakes. What cannot be started is said, and the test fails.

#![expect(
    clippy::panic,
    reason = "all of this is for tests; a panic is how they say no"
)]

mod objects;
mod postgres;

pub use objects::Objects;
pub use postgres::Postgres;
