//! `cargo crossdock`: the same program as a cargo subcommand.
//!
//! cargo starts `cargo-crossdock crossdock ARGUMENTS…`: the word that named the
//! subcommand comes once more and is dropped (Cargo Book, "Custom subcommands").

use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    crossdock::run(without_repeated_name(std::env::args_os()))
}

fn without_repeated_name(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<_> = arguments.into_iter().collect();
    if arguments.get(1).is_some_and(|word| word == "crossdock") {
        arguments.remove(1);
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_dropped_once() {
        let of = |words: &[&str]| without_repeated_name(words.iter().map(OsString::from));
        assert_eq!(of(&["x", "crossdock", "serve"]), ["x", "serve"]);
        assert_eq!(of(&["x", "serve"]), ["x", "serve"]);
        assert_eq!(of(&["x", "crossdock", "crossdock"]), ["x", "crossdock"]);
        assert_eq!(of(&["x"]), ["x"]);
    }
}
