//! `crossdock`: the program under its own name.

use std::process::ExitCode;

fn main() -> ExitCode {
    crossdock::run(std::env::args_os())
}
