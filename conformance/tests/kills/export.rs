//! An export that is killed is done by the next one, and never taken for a whole one.

use crate::Dice;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::server::program;
use std::process::{Command, Stdio};
use std::time::Duration;

const CRATES: usize = 24;

#[test]
fn an_export_that_is_killed_is_done_by_the_next() {
    let house = Installation::new(Identity::CratesIo);
    let names: Vec<String> = (0..CRATES).map(|number| format!("leaf{number}")).collect();
    let mut app = Krate::new("app", "0.1.0").main("fn main() {}");
    for name in &names {
        house.public.has(&Krate::new(name, "1.0.0"));
        app = app.needs(Dependency::on(name, "1"));
    }
    let app = house.project(&app);
    app.cargo(&["generate-lockfile"]).succeeds();
    let lock = app.folder().join("Cargo.lock");
    let out = house.bench.path("export");
    let export = || -> Command {
        let mut command = house.bench.command(&program());
        command.args(["export", "--format", "local-registry", "--lock"]);
        command.arg(&lock).arg("--out").arg(&out);
        command.env("CROSSDOCK_URL", house.server.url());
        command.env("CROSSDOCK_TOKEN", house.server.token());
        command
    };
    let verify = || {
        let mut command = house.bench.command(&program());
        command.args(["export", "--verify", "--out"]).arg(&out);
        house.bench.run(command)
    };
    let mut dice = Dice(5);
    let mut before = false;
    for round in 0..12 {
        let mut child = export().stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = child.as_mut().expect("it was built");
        // Later and later, until it has the time to end; the moment is what is tried.
        std::thread::sleep(Duration::from_millis(round * 15 + dice.roll(30) as u64));
        let _ = child.kill();
        child.wait().expect("it was started here");
        let whole = verify().code == Some(0);
        // One that was whole once is not taken back by a later one that is killed.
        assert!(whole || !before, "round {round}");
        before = whole;
    }
    house.bench.run(export()).succeeds();
    verify().succeeds();
    let config = out.join("config.toml");
    let build = ["build", "--locked", "--offline"];
    app.elsewhere(&house.bench, &config, &build).succeeds();
}
