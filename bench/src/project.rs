//! The project that is locked and fetched: a service with a database, a client
//! and a command line, as thousands are written.
//!
//! Absent: a lock file. Requirements are open, so the number of crates drifts
//! as crates.io moves; it was 281 when the features were chosen and is printed
//! with the figures.

use std::fs;
use std::path::Path;

use anyhow::Result;

const MANIFEST: &str = r#"[workspace]
resolver = "3"

[package]
name = "service"
version = "0.1.0"
edition = "2024"
publish = false

[dependencies]
axum = "0.8"
clap = { version = "4", features = ["derive"] }
reqwest = { version = "0.12", features = ["json", "rustls-tls"] }
sqlx = { version = "0.8", features = ["runtime-tokio", "tls-rustls"] }
"#;

/// Writes the project into `folder`.
pub(crate) fn write(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("Cargo.toml"), MANIFEST)?;
    fs::write(folder.join("src/main.rs"), "fn main() {}\n")?;
    Ok(())
}

/// How many crates of a registry `lock` names.
pub(crate) fn crates_in(lock: &str) -> usize {
    lock.lines()
        .filter(|line| line.starts_with("checksum = "))
        .count()
}
