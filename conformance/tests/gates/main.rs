//! Gates as cargo meets them: what is held back is not chosen for a new lock, an old
//! lock goes on building, and where an archive is refused cargo prints why.
//!
//! Here: what the stories share. Below: age, what people decide, what is judged.

mod age;
mod decided;
mod judged;

use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::installation::{Installation, settings};
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;

/// Long ago.
const OLD: &str = "2020-02-02T02:02:02Z";

/// Nobody will live to see it come of age; no test depends on today's date.
const YOUNG: &str = "2999-01-01T00:00:00Z";

fn stems() -> [Krate; 2] {
    [
        Krate::new("stem", "1.0.0")
            .published(OLD)
            .lib("pub struct Old;"),
        Krate::new("stem", "1.1.0")
            .published(YOUNG)
            .lib("pub struct Old; pub struct Young;"),
    ]
}

fn app<'i>(installation: &'i Installation, source: &str) -> Project<'i> {
    let app = Krate::new("app", "0.1.0").needs(Dependency::on("stem", "1"));
    installation.project(&app.lib(source))
}

fn gates(lines: &str) -> String {
    format!("[views.main.gates]\n{lines}\n")
}

fn start_again_with(installation: &mut Installation, view_lines: &str) {
    let settings = settings(installation.identity, &installation.public, view_lines);
    installation
        .server
        .start_again(&installation.bench, Some(&settings));
}

fn yanked(installation: &Installation, surface: &str, name: &str) -> Vec<bool> {
    let rows = installation.server.entry(surface, name).rows();
    rows.iter().map(|row| row["yanked"] == true).collect()
}
