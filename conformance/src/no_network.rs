//! cargo on a machine without any network, not even to itself.
//!
//! Linux gives a process a network of its own, in which nothing is up. Where it is not
//! permitted to users (some containers), the case says so and goes on with a proxy that
//! refuses everything: weaker, since what ignores proxies is not stopped.
//!
//! Absent: what is built.

use crate::command::Outcome;
use crate::project::Project;
use crate::workbench::{Workbench, cargo};
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

impl Workbench {
    /// Runs cargo in a folder, without any network.
    #[track_caller]
    pub fn cargo_without_network(&self, folder: &Path, arguments: &[&str]) -> Outcome {
        let mut command = match has_networks_of_its_own() {
            true => {
                let mut command = self.command(Path::new("unshare"));
                command.args(["--map-root-user", "--net"]).arg(cargo());
                command
            }
            false => {
                eprintln!("this machine gives no process a network of its own: a proxy refuses");
                self.command(&cargo())
            }
        };
        let nowhere = "http://127.0.0.1:1";
        command.envs([("http_proxy", nowhere), ("CARGO_HTTP_PROXY", nowhere)]);
        command.current_dir(folder).args(arguments);
        self.run(command)
    }
}

impl Project<'_> {
    /// Runs cargo in the project with a configuration, without any network, on a machine
    /// that never built anything.
    #[track_caller]
    pub fn elsewhere(&self, bench: &Workbench, config: &Path, arguments: &[&str]) -> Outcome {
        bench.forget_cargo_home();
        let _ = std::fs::remove_dir_all(self.folder().join("target"));
        self.again(bench, config, arguments)
    }

    /// Runs cargo once more where [`Self::elsewhere`] did.
    #[track_caller]
    pub fn again(&self, bench: &Workbench, config: &Path, arguments: &[&str]) -> Outcome {
        let config = config.display().to_string();
        let mut all = vec!["--config", &config];
        all.extend(arguments);
        bench.cargo_without_network(self.folder(), &all)
    }
}

fn has_networks_of_its_own() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let mut command = Command::new("unshare");
        let status = command.args(["--map-root-user", "--net", "true"]).status();
        status.is_ok_and(|status| status.success())
    })
}
