//! Versions minted for builds: each other content is a version that cargo orders rightly.

use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::crates_io;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::Server;
use crossdock_conformance::upload;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;

fn build(number: u8) -> Krate {
    Krate::new("petal", "1.0.3")
        .needs(Dependency::on("stem", "1"))
        .lib(&format!("pub const NUMBER: u8 = {number};\n"))
}

#[test]
fn cargo_takes_the_newest_build_and_an_old_lock_goes_on() {
    let (bench, public) = (Workbench::new(), Upstream::start());
    public.has(&Krate::new("stem", "1.0.0"));
    let settings = format!(
        "[registries.lab]\nresolve-in = \"main\"\nrebuilds = \"mint\"\n{}\
         [views.main]\nmembers = [\"lab\", \"crates-io\"]\npublish-to = \"lab\"\n",
        crates_io(&public)
    );
    let server = Server::start(&bench, &settings);
    Configuration::default()
        .registry("main", &server.index("main"))
        .instead_of_crates_io("main")
        .write(&bench);
    server.has("lab", &build(0));
    let petal = Identity::CratesIo.private(Dependency::on("petal", "1"), &server.index("main"));
    let app = Krate::new("app", "0.1.0")
        .needs(petal)
        .main("fn main() { println!(\"number {}\", petal::NUMBER); }\n");
    let project = Project::create(&bench, &app);
    project.cargo(&["run", "-q"]).prints("number 0");
    for number in 1..=10 {
        let answer = server.upload("lab", &upload::body(&build(number)));
        let told = answer.expects(200).json()["warnings"]["other"].to_string();
        let minted = format!("this build is 1.0.3+{number} ");
        assert!(told.contains(&minted), "{told}");
    }
    project.cargo(&["run", "-q", "--locked"]).prints("number 0");
    bench.forget_cargo_home();
    let elsewhere = ["run", "-q", "--locked", "--target-dir", "target-2"];
    project.cargo(&elsewhere).prints("number 0");
    // Of ten builds the tenth is the newest, and its manifest says so.
    project.cargo(&["update"]).succeeds();
    assert_eq!(project.lock().versions("petal"), ["1.0.3+10"]);
    project.cargo(&["run", "-q"]).prints("number 10");
    let again = server.upload("lab", &upload::body(&build(10))).expects(200);
    let told = again.json()["warnings"]["other"].to_string();
    assert!(told.contains("1.0.3+10 already is in `lab`"), "{told}");
    assert_eq!(server.entry("lab", "petal").versions().len(), 11);
    // Published by us, it is told what it became.
    let archive = |number| build(number).archive();
    bench.write("eleventh.crate", archive(11));
    let told = server.command(&bench, &["publish", "eleventh.crate", "--to", "lab"]);
    told.exits(0)
        .prints("petal 1.0.3: published as 1.0.3+11 to lab");
    bench.write("twelfth.crate", archive(12));
    let told = ["publish", "twelfth.crate", "--to", "lab", "--json"];
    let told = server.command(&bench, &told).exits(0).stdout;
    assert!(told.contains("\"minted\": \"1.0.3+12\""), "{told}");
}
