//! The program: command line, settings, and the place where ports meet adapters.
//!
//! A library, so that it is one program under two names (`crossdock` and
//! `cargo-crossdock`) and built once.
//!
//! Absent: decisions of the federation (`core`), use cases (`registry`), protocols.

mod accept_removals;
mod account;
mod admin_token;
mod announce;
mod apply;
mod approve;
mod asked_backup;
mod asked_server;
mod backup;
mod certificate;
mod check;
mod command_line;
mod configuration;
mod credential;
mod diff;
mod doctor;
mod egress;
mod egress_keeper;
mod exempt;
mod explain;
mod export;
mod folders;
mod freeze;
mod fsck;
mod gates;
mod gc;
mod identity;
mod import;
mod import_from;
mod installation;
mod kept_line;
mod local_releases;
mod lock;
mod logging;
mod migrate;
mod other_server;
mod overlay;
mod ownership;
mod pack;
mod progress;
mod public_lists;
mod publish;
mod report;
mod restore;
mod run;
mod runtime;
mod scratch;
mod secrets;
mod serve;
mod server_address;
mod settings;
mod setup;
mod signals;
mod snapshot;
mod stats;
mod stores;
mod sync;
mod upkeep;
mod vaults;
mod waive;

use clap::Parser as _;
use command_line::{Command, CommandLine};
use std::ffi::OsString;
use std::process::ExitCode;

/// Does what the arguments say, the program's name first, and says how it ended.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if credential::answer_cargo(&arguments) {
        return report::conclude(Ok(report::Outcome::Done), false);
    }
    if let Some(ended) = run::in_place_of_cargo(&arguments) {
        return report::conclude(ended, false);
    }
    // What stands after `--` is for another program.
    let mut own = arguments.iter().take_while(|argument| *argument != "--");
    let json = own.any(|argument| argument == "--json");
    let command = match CommandLine::try_parse_from(arguments) {
        Ok(CommandLine { command }) => command,
        Err(usage) => return report::usage(&usage),
    };
    // What `run` tells goes to standard error: the other is its command's.
    let json = json && !matches!(command, Command::Run(_));
    let ended = match command {
        Command::Serve(arguments) => serve::serve(arguments),
        Command::Setup(arguments) => setup::setup(arguments),
        Command::Credential(arguments) => credential::credential(&arguments),
        Command::Doctor(arguments) => doctor::doctor(&arguments),
        Command::Egress(arguments) => egress::egress(arguments),
        Command::Explain(arguments) => explain::explain(arguments),
        Command::Stats(arguments) => stats::stats(&arguments),
        Command::Gates(arguments) => gates::gates(&arguments),
        Command::Approve(arguments) => approve::approve(&arguments),
        Command::Waive(arguments) => waive::waive(&arguments),
        Command::Identity(arguments) => identity::identity_of(&arguments),
        Command::Diff(arguments) => diff::diff(&arguments),
        Command::Pack(arguments) => pack::pack(&arguments),
        Command::Publish(arguments) => publish::publish(&arguments),
        Command::Import(arguments) => import::import(arguments),
        Command::Export(arguments) => export::export(&arguments),
        Command::Overlay(arguments) => overlay::overlay(arguments),
        Command::Check(arguments) => check::check(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Lock(arguments) => lock::lock(&arguments),
        Command::Snapshot(arguments) => snapshot::snapshot(&arguments),
        Command::User(arguments) => account::user(&arguments),
        Command::Team(arguments) => account::team(&arguments),
        Command::Token(arguments) => account::token(&arguments),
        Command::Freeze(arguments) => freeze::freeze(&arguments),
        Command::Sync(arguments) => sync::sync(&arguments),
        Command::Thaw(arguments) => freeze::thaw(&arguments),
        Command::AcceptRemovals(arguments) => accept_removals::accept_removals(&arguments),
        Command::Apply(arguments) => apply::apply(&arguments),
        Command::Transfer(arguments) => ownership::transfer(&arguments),
        Command::Reassign(arguments) => ownership::reassign(&arguments),
        Command::Retire(arguments) => ownership::retire(&arguments),
        Command::Purge(arguments) => ownership::purge(&arguments),
        Command::Migrate(arguments) => migrate::migrate(arguments),
        Command::Fsck(arguments) => fsck::fsck(arguments),
        Command::Gc(arguments) => gc::gc(arguments),
        Command::Backup(arguments) => backup::backup(arguments),
        Command::Restore(arguments) => restore::restore(arguments),
    };
    report::conclude(ended, json)
}
