//! What decides a resolution besides versions: native libraries, yanks.

use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use std::path::Path;

for_both_identities!(
    two_libraries_of_one_name_are_found_without_downloading,
    yanked_in_house,
    yanked_in_public,
    a_yanked_version_is_avoided_and_its_lock_still_builds,
);

fn two_libraries_of_one_name_are_found_without_downloading(identity: Identity) {
    let installation = Installation::new(identity);
    installation
        .public
        .has(&Krate::new("z-sys", "1.0.0").links("z"));
    installation.has_private(&Krate::new("our-z-sys", "1.0.0").links("z"));
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("z-sys", "1"))
        .needs(installation.private("our-z-sys", "1"));
    let app = installation.project(&app);
    app.cargo(&["check"])
        .fails()
        .says("links to the native library `z`");
    assert_eq!(installation.public.downloads().len(), 0);
    assert_eq!(archives_below(&installation.bench.cargo_home()), 0);
}

fn yanked_in_house(identity: Identity) {
    let installation = Installation::new(identity);
    let token = [("CARGO_REGISTRIES_LOCAL_TOKEN", installation.server.token())];
    for version in ["1.0.0", "1.1.0"] {
        installation.has_private(&Krate::new("garden", version));
    }
    let locked = Krate::new("locked", "0.1.0").needs(installation.private("garden", "1"));
    let locked = installation.project(&locked);
    locked.cargo(&["check"]).succeeds();
    assert_eq!(locked.lock().versions("garden"), ["1.1.0"]);

    let yank = ["yank", "--registry", "local", "garden@1.1.0"];
    locked
        .cargo_with(&yank, &token)
        .succeeds()
        .says("Yank garden@1.1.0");
    installation.bench.forget_cargo_home();
    locked.cargo(&["check", "--locked"]).succeeds();
    let fresh = Krate::new("fresh", "0.1.0").needs(installation.private("garden", "1"));
    let fresh = installation.project(&fresh);
    fresh.cargo(&["generate-lockfile"]).succeeds();
    assert_eq!(fresh.lock().versions("garden"), ["1.0.0"]);

    let unyank = ["yank", "--undo", "--registry", "local", "garden@1.1.0"];
    locked.cargo_with(&unyank, &token).succeeds();
    fresh.cargo(&["update"]).succeeds();
    assert_eq!(fresh.lock().versions("garden"), ["1.1.0"]);
    locked
        .cargo_with(&["yank", "--registry", "local", "garden@7.0.0"], &token)
        .fails()
        .says("404");
    locked
        .cargo_with(&yank, &[("CARGO_REGISTRIES_LOCAL_TOKEN", "somebody")])
        .fails();
    fresh.cargo(&["update"]).succeeds();
    assert_eq!(
        fresh.lock().versions("garden"),
        ["1.1.0"],
        "a stranger yanks nothing"
    );
}

fn yanked_in_public(identity: Identity) {
    let installation = Installation::new(identity);
    let stem = Krate::new("stem", "1.1.0");
    installation
        .public
        .has_all([&Krate::new("stem", "1.0.0"), &stem]);
    let app = installation.project(&Krate::new("app", "0.1.0").needs(Dependency::on("stem", "1")));
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.lock().versions("stem"), ["1.1.0"]);
    installation
        .public
        .change_row("stem", "1.1.0", |row| row["yanked"] = true.into());
    app.cargo(&["check", "--locked"]).succeeds();
    app.remove("Cargo.lock");
    app.cargo(&["generate-lockfile"]).succeeds();
    assert_eq!(app.lock().versions("stem"), ["1.0.0"]);
    installation
        .public
        .change_row("stem", "1.1.0", |row| row["yanked"] = false.into());
    app.cargo(&["update"]).succeeds();
    assert_eq!(app.lock().versions("stem"), ["1.1.0"]);
}

fn a_yanked_version_is_avoided_and_its_lock_still_builds(identity: Identity) {
    let installation = Installation::new(identity);
    installation.public.has_all(&[
        Krate::new("stem", "1.0.0"),
        Krate::new("stem", "1.1.0").yanked(),
    ]);
    for exact in ["=1.1.0", "1"] {
        let app = Krate::new(&format!("app-{}", exact.len()), "0.1.0")
            .needs(Dependency::on("stem", exact));
        let app = installation.project(&app);
        let outcome = app.cargo(&["generate-lockfile"]);
        match exact {
            "1" => assert_eq!(
                outcome
                    .succeeds()
                    .code
                    .map(|_| app.lock().versions("stem") == ["1.0.0"]),
                Some(true)
            ),
            _ => drop(outcome.fails().says("yanked")),
        }
    }
}

/// Counts the archives in a cargo home.
fn archives_below(folder: &Path) -> usize {
    let Ok(found) = std::fs::read_dir(folder) else {
        return 0;
    };
    let count = |path: &Path| match path.is_dir() {
        true => archives_below(path),
        false => usize::from(
            path.extension()
                .is_some_and(|extension| extension == "crate"),
        ),
    };
    found.flatten().map(|one| count(&one.path())).sum()
}
