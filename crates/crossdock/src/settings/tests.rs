//! What settings files mean, and what is said of those that mean nothing.
//!
//! The texts are snapshots: they are what an operator reads at three in the
//! morning, and a change to one is a change to the program.

mod aliases;
mod front;
mod gates;
mod overlays;
mod random;
mod refused_files;
mod refused_registries;
mod refused_views;
mod stores;
mod values;

use super::{Settings, Surroundings};
use crate::report::draw;
use crossdock_core::address::Address;
use std::path::PathBuf;

fn around() -> Surroundings {
    Surroundings {
        crates_io: Address::parse("sparse+https://sparse.example/").unwrap(),
        folder: PathBuf::from("etc"),
        listen: None,
        data: None,
    }
}

fn read(text: &str) -> Settings {
    Settings::read("crossdock.toml", text, &around())
        .unwrap_or_else(|error| panic!("{}", draw(&error, false)))
}

fn refused(text: &str) -> String {
    match Settings::read("crossdock.toml", text, &around()) {
        Ok(settings) => panic!("accepted: {settings:?}"),
        Err(error) => draw(&error, false),
    }
}
