//! A command in a project asks the server and means the view that cargo uses there.

use crossdock_conformance::installation::crates_io;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::Server;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;

#[test]
fn the_view_of_the_project_is_meant_else_the_first_of_the_settings() {
    let (bench, public) = (Workbench::new(), Upstream::start());
    // By name the other one comes first.
    let settings = format!(
        "[registries.roses]\nresolve-in = \"garden\"\n[registries.ferns]\nresolve-in = \"arbour\"\n{}\
         [views.garden]\nmembers = [\"roses\", \"crates-io\"]\n\
         [views.arbour]\nmembers = [\"ferns\", \"crates-io\"]\n",
        crates_io(&public)
    );
    let server = Server::start(&bench, &settings);
    server.has("ferns", &Krate::new("frond", "1.0.0"));
    let explain = ["explain", "frond"];
    server
        .command(&bench, &explain)
        .exits(1)
        .prints("in view `garden`");

    let app = Krate::new("app", "0.1.0");
    let project = Project::create_at(&bench, "app", &app);
    project
        .crossdock(&["setup", "--url", server.url(), "--view", "arbour"])
        .succeeds();
    project
        .crossdock(&explain)
        .exits(0)
        .prints("in view `arbour`");
    project
        .crossdock(&["explain", "frond", "--url", server.url()])
        .exits(0);
    project
        .crossdock(&["explain", "frond", "--view", "garden"])
        .exits(1)
        .prints("in view `garden`");
    // A pin is let go of for the view that it pins.
    let pin = ["setup", "--at", "1"];
    project.crossdock(&pin).succeeds();
    project.crossdock(&explain).prints("in view `arbour`");
    project.crossdock(&["setup"]).succeeds();
    let written = project.read(".cargo/config.toml");
    assert!(!written.contains("garden"), "{written}");
    assert!(!written.contains("/at/"), "{written}");
}
