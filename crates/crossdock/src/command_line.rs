//! What people type: commands, options, and the examples in their help.
//!
//! Absent: what a command does; each has a file of its own.

use crate::accept_removals::AcceptRemovals;
use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;
use url::Url;

/// One Cargo registry out of many.
#[derive(Debug, Parser)]
#[command(
    name = "crossdock",
    version,
    arg_required_else_help = true,
    after_help = "Exit codes: 0 done, 1 found something, 2 could not.\n\
                  `cargo crossdock …` is the same program."
)]
pub(crate) struct CommandLine {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves registries and views until it is told to stop.
    Serve(Serve),
    /// Writes cargo's configuration for a view.
    Setup(Setup),
    /// Keeps tokens of servers, and gives them to cargo.
    Credential(crate::credential::Credential),
    /// Looks for what will duplicate, confuse, leak or miss in configuration, manifests or lock.
    Doctor(crate::doctor::Doctor),
    /// Says why a view answers as it does for a crate.
    Explain(Explain),
    /// Tells which names were sent to other registries, and why.
    Egress(crate::egress::Egress),
    /// Tells what is kept how, and what that saves.
    Stats(crate::stats::Stats),
    /// Tells what the gates of a view stop or would stop.
    Gates(crate::gates::Gates),
    /// Lets releases in where a view shows what is approved.
    Approve(crate::approve::Approve),
    /// Lifts a gate for one release, for a time.
    Waive(crate::waive::Waive),
    /// Tells the hashes of releases: of the archive, the files, the sources.
    Identity(crate::identity::Identity),
    /// Tells how two releases differ.
    Diff(crate::diff::Diff),
    /// Packs canonical archives: the same files are the same bytes anywhere.
    Pack(crate::pack::Pack),
    /// Publishes crates, packages and workspaces, all or none.
    Publish(crate::publish::Publish),
    /// Copies releases from elsewhere into a hosted registry, under another name if so wished.
    Import(crate::import::Import),
    /// Exports what a lock needs, to build without a network.
    Export(crate::export::Export),
    /// Lists patched releases, and says of newer ones that they are fine.
    Overlay(crate::overlay::Overlay),
    /// Runs cargo with folders of crates, or a lock as it is, in place of a registry.
    Run(crate::run::Run),
    /// Holds Cargo.lock against its registries, and refreshes named checksums.
    Lock(crate::lock::Lock),
    /// Checks the settings, and the server for conflicts.
    Check(Check),
    /// Names an epoch of a view, or lists the names.
    Snapshot(crate::snapshot::Snapshot),
    /// Lets a view stand still, for the hour of an incident.
    Freeze(crate::freeze::Freeze),
    /// Lets a frozen view move again.
    Thaw(crate::freeze::Thaw),
    /// Brings what mirrors hold up to date.
    Sync(crate::sync::Sync),
    /// Accepts that what vanished from a mirror's upstream is gone.
    AcceptRemovals(AcceptRemovals),
    /// Holds the settings file's policy against what is in force.
    Apply(crate::apply::Apply),
    /// Gives a name to a member that has the same crate; nothing breaks.
    Transfer(crate::ownership::Transfer),
    /// Gives a name to another crate, and says what breaks.
    Reassign(crate::ownership::Reassign),
    /// Makes a mirror with a dead upstream what is held of it.
    Retire(crate::ownership::Retire),
    /// Adds, removes and lists the users of a server.
    User(crate::account::User),
    /// Makes, changes and lists teams of users.
    Team(crate::account::Team),
    /// Issues, revokes and lists tokens.
    Token(crate::account::Token),
    /// Holds everything that is kept against itself.
    Fsck(crate::fsck::FsckArguments),
    /// Takes away archives that nobody names.
    Gc(crate::gc::GcArguments),
    /// Keeps what came since the last time in a folder or an object store.
    Backup(crate::backup::BackupArguments),
    /// Makes a backup into a data folder, or a database and a bucket, again.
    Restore(crate::restore::RestoreArguments),
    /// Takes a release away for the law's demands.
    Purge(crate::ownership::Purge),
    /// Takes a data folder over into PostgreSQL and an object store.
    Migrate(crate::migrate::Migrate),
}

/// `crossdock serve`
#[derive(Debug, Args)]
#[command(after_help = "\
Without a settings file there are a hosted registry `local`, a mirror `crates-io`
and a view `main` of both, for this machine only.

Example:
  crossdock serve --listen 127.0.0.1:7878 --data ./crossdock-data

CROSSDOCK_LOG says what is logged to standard error: info (default), debug,
crossdock_upstream=debug, …; CROSSDOCK_LOG_FORMAT=json makes each line a JSON object.")]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) settings: SettingsArgument,
    /// Socket to listen on, instead of what the settings say; port 0 lets the system choose.
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// Folder for everything that is kept, instead of what the settings say.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Begin with an empty database though there are archives of a former one.
    #[arg(long)]
    pub(crate) empty_database: bool,
}

/// `crossdock setup`
#[derive(Debug, Args)]
#[command(after_help = "\
The server is asked what the view is made of. The difference is shown, comments
stay, and nothing secret is written: the project's file is meant to be committed.

Examples:
  crossdock setup
  crossdock setup --view main --url https://crates.acme.example --project ../shop
  crossdock setup --at 2026-11-01T00:00:00Z
  crossdock setup --dry-run")]
pub(crate) struct Setup {
    /// View to build through; if it is not named the one that cargo uses here, else the server's first one.
    #[arg(long, value_name = "VIEW")]
    pub(crate) view: Option<String>,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
    /// Project whose .cargo/config.toml is written.
    #[arg(long, value_name = "DIR", default_value = ".", conflicts_with = "user")]
    pub(crate) project: PathBuf,
    /// Write the user's configuration instead of a project's.
    #[arg(long)]
    pub(crate) user: bool,
    /// What cargo shall call the view; its own name if nothing is said.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Replace crates.io even if the view does not have it, so that cargo asks this server only.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Replace the own address of each hosted registry and folder by its face in the view;
    /// `cargo publish --workspace` does not work with it (cargo 1.95).
    #[arg(long)]
    pub(crate) faces: bool,
    /// Let cargo find a token for each address by itself, instead of one for all by
    /// `crossdock credential`; each member's face in the view gets a name for it.
    #[arg(long)]
    pub(crate) plain: bool,
    /// Build as of an epoch, a time such as 2026-11-01T00:00:00Z or a snapshot, by replacing
    /// every source, so that no lock mentions it; without it, a pin is let go.
    #[arg(long, value_name = "EPOCH|TIME|NAME", conflicts_with = "faces")]
    pub(crate) at: Option<String>,
    /// Make what manifests take from this registry the view's own crates, by a patch of each;
    /// without it, `registry = "REGISTRY"` is another crate than the view's.
    #[arg(long, value_name = "REGISTRY", conflicts_with = "user")]
    pub(crate) unify: Vec<String>,
    /// The same for all of the registry, by calling it by the address of crates.io; nothing
    /// can be published to crates.io from the project then.
    #[arg(long, value_name = "REGISTRY", conflicts_with = "user")]
    pub(crate) unify_by_alias: Vec<String>,
    /// Replace values that somebody else put there.
    #[arg(long)]
    pub(crate) force: bool,
    /// Show the difference and write nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// `crossdock explain`
#[derive(Debug, Args)]
#[command(after_help = "\
Exit code 1 if the view does not serve the crate, or a gate blocks the version.

Examples:
  crossdock explain petal
  crossdock explain petal@1.1.5 --view main --json")]
pub(crate) struct Explain {
    /// Crate, or one version of it.
    #[arg(value_name = "NAME[@VERSION]")]
    pub(crate) krate: String,
    /// View to explain; if it is not named the one that cargo uses here, else the server's first one.
    #[arg(long, value_name = "VIEW")]
    pub(crate) view: Option<String>,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
    /// Print the server's answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `crossdock check`
#[derive(Debug, Args)]
#[command(after_help = "\
An error without --deny are settings that `serve` would refuse, lists of names in
`public-names` included; a claim that contradicts what is on record; an owner on record
that is no longer a member; an identity of a view that was another; and settings that
contradict what was decided by command. What else is not denied is shown, if a server
answers; alarms only to who has a token that may write. Asked is the server of the settings unless --url names another.

Exit codes:
  0  the settings are valid, and nothing that is denied was found
  1  an error was found, or something that is denied
  2  the settings cannot be read, or a server would have to answer and does not

Examples:
  crossdock check --config crossdock.toml
  crossdock check --deny conflicts --deny alarms --json")]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) server: ServerArguments,
    /// What shall be an error beyond settings that are not valid.
    #[arg(long, value_name = "WHAT")]
    pub(crate) deny: Vec<Denied>,
    /// Print what was found as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `check` can be told to fail on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Denied {
    /// Names over which members of a view do not agree.
    Conflicts,
    /// What a server says somebody should look at.
    Alarms,
    /// Variables of `token-env` that are not set here: `serve` would not start.
    Secrets,
    /// A server that answers for other views or members than the settings have.
    Differences,
}

/// Where the settings are.
#[derive(Clone, Debug, Args)]
pub(crate) struct SettingsArgument {
    /// Settings file; else ./crossdock.toml if there is one, else the defaults.
    #[arg(long, global = true, value_name = "PATH", env = "CROSSDOCK_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

/// Where the server is and how to be let in.
#[derive(Clone, Debug, Args)]
pub(crate) struct ServerArguments {
    /// Address of the server; else what the settings file beside says, else http://127.0.0.1:7878.
    #[arg(long, global = true, value_name = "URL", env = "CROSSDOCK_URL", value_parser = crate::server_address::parse)]
    pub(crate) url: Option<Url>,
    /// Token to read with; without --url, else the admin token in the data folder.
    #[arg(
        long,
        global = true,
        value_name = "TOKEN",
        env = "CROSSDOCK_TOKEN",
        hide_env_values = true
    )]
    pub(crate) token: Option<String>,
    #[command(flatten)]
    pub(crate) settings: SettingsArgument,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn options_of_the_server_stand_before_and_behind_what_is_asked() {
        let server = ["--url", "http://h.example", "--token", "t"];
        for line in [
            [&["crossdock", "overlay", "list"][..], &server].concat(),
            [&["crossdock", "overlay"][..], &server, &["list"]].concat(),
        ] {
            let parsed = CommandLine::try_parse_from(&line);
            let Ok(Command::Overlay(overlay)) = parsed.map(|line| line.command) else {
                panic!("{line:?}");
            };
            let url = overlay.server.url.map(String::from);
            assert_eq!(url.as_deref(), Some("http://h.example/"), "{line:?}");
        }
    }

    #[test]
    fn every_command_has_an_example() {
        for command in CommandLine::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string);
            let name = command.get_name();
            let example = format!("\n  crossdock {name}");
            assert!(help.is_some_and(|help| help.contains(&example)), "{name}");
        }
    }
}
