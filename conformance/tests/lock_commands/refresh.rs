//! `lock refresh` changes the named checksums and nothing else, and one crate is rebuilt.

use super::{Lab, built, leaf, prints};
use crossdock_conformance::compiled::{names, petal};
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::tarball::checksum;

#[test]
fn a_refresh_with_clean_compiles_one_crate_and_what_needs_it() {
    let lab = Lab::new();
    let project = lab.project();
    assert_eq!(built(&project, &[]), names(&["app", "leaf", "petal"]));
    prints(&project, "red");
    let old = project.read("Cargo.lock");

    lab.lab.has(&petal("blue"));
    project
        .cargo(&["update"])
        .fails()
        .says("changed between lock files");
    let told = project.crossdock(&["lock", "refresh", "petal", "--clean"]);
    let (red, blue) = (
        checksum(&petal("red").archive()),
        checksum(&petal("blue").archive()),
    );
    told.succeeds().prints(&red).prints(&blue);
    let new = project.read("Cargo.lock");
    assert_eq!(new, old.replace(&red, &blue));
    assert_eq!(built(&project, &["--locked"]), names(&["app", "petal"]));
    prints(&project, "blue");
    assert_eq!(project.read("Cargo.lock"), new);
    assert_eq!(built(&project, &["--locked"]), names(&[]));
}

#[test]
fn without_clean_cargo_builds_the_old_bytes_and_clean_works_afterwards() {
    let lab = Lab::new();
    let project = lab.project();
    built(&project, &[]);
    lab.lab.has(&petal("blue"));
    // No cargo saw the new row yet: what it keeps of the index is older than the lock.
    project
        .crossdock(&["lock", "refresh"])
        .exits(2)
        .says("no package is named")
        .says("--all");
    project
        .crossdock(&["lock", "refresh", "petal", "--dry-run"])
        .succeeds()
        .says("cargo still has the old archive of petal 1.0.0");
    project
        .crossdock(&["lock", "refresh", "--all"])
        .succeeds()
        .says("cargo still has the old archive of petal 1.0.0")
        .never_says("leaf");
    project.cargo(&["build"]).succeeds();
    prints(&project, "red");
    // A new lock in a home that once had the version does not help.
    project.remove("Cargo.lock");
    project.cargo(&["build"]).succeeds();
    prints(&project, "red");
    project
        .crossdock(&["lock", "verify"])
        .succeeds()
        .prints("note: petal 1.0.0: cargo still has another archive of petal 1.0.0")
        .prints("0 wrong");
    project
        .crossdock(&["lock", "verify", "--deny", "old-archive"])
        .exits(1)
        .prints("crossdock lock refresh petal@1.0.0 --clean");
    for all in [
        &["lock", "refresh", "petal", "--clean"][..],
        &["lock", "refresh", "--all", "--clean"],
    ] {
        let told = project.crossdock(all).succeeds().prints("0 changed");
        told.never_says("old archive");
        built(&project, &["--locked"]);
        prints(&project, "blue");
    }
    assert_eq!(
        built(&project, &["--locked"]),
        names(&[]),
        "nothing stale, nothing cleaned by --all"
    );
    project
        .crossdock(&["lock", "verify", "--deny", "old-archive"])
        .succeeds();
}

#[test]
fn every_version_of_the_lock_keeps_its_form() {
    let lab = Lab::new();
    let project = lab.project();
    project.cargo(&["generate-lockfile"]).succeeds();
    let fourth = project.read("Cargo.lock");
    let (red, blue) = (
        checksum(&petal("red").archive()),
        checksum(&petal("blue").archive()),
    );
    let checksum_of_leaf = checksum(&leaf().archive());
    let source = lab.lab.index();
    let first = {
        let lines = fourth.lines();
        let lines =
            lines.filter(|line| !line.starts_with("checksum") && !line.starts_with("version = 4"));
        let packages = lines.collect::<Vec<_>>().join("\n");
        format!(
            "{packages}\n\n[metadata]\n\"checksum leaf 1.0.0 ({source})\" = \"{checksum_of_leaf}\"\n\
             \"checksum petal 1.0.0 ({source})\" = \"{red}\"\n"
        )
    };
    let third = fourth.replace("version = 4", "version = 3");
    let second = fourth.replace("version = 4\n\n", "");
    let windows = fourth.replace('\n', "\r\n");
    let touched = format!("# by hand\n{fourth}\n\n# the end");
    lab.lab.has(&petal("blue"));
    for text in [first, second, third, windows, touched, fourth] {
        project.write("Cargo.lock", &text);
        project
            .crossdock(&["lock", "refresh", "petal@1.0.0", "--dry-run"])
            .succeeds()
            .prints("1 would change");
        assert_eq!(project.read("Cargo.lock"), text);
        project
            .crossdock(&["lock", "refresh", "petal@1.0.0"])
            .succeeds()
            .prints("1 changed");
        let new = project.read("Cargo.lock");
        assert_eq!(new, text.replace(&red, &blue));
        lab.bench.forget_cargo_home();
        project.cargo(&["fetch"]).succeeds();
        project.crossdock(&["lock", "verify"]).succeeds();
    }
}

#[test]
fn a_name_that_occurs_twice_wants_its_version() {
    let lab = Lab::new();
    lab.lab.has_all(&[Krate::new("petal", "2.0.0")]);
    let from_lab =
        |requirement: &str| Dependency::on("petal", requirement).from("lab", &lab.lab.index());
    let app = Krate::new("app", "0.1.0")
        .needs(from_lab("1"))
        .needs(from_lab("2").renamed("petal2"))
        .lib("");
    let project = Project::create(&lab.bench, &app);
    project.cargo(&["generate-lockfile"]).succeeds();
    lab.lab.has(&petal("blue"));
    project
        .crossdock(&["lock", "refresh", "petal"])
        .exits(2)
        .says("`petal` is ambiguous")
        .says("petal@2.0.0")
        .says("NAME@VERSION");
    project
        .crossdock(&["lock", "refresh", "petal@1.0.0"])
        .succeeds()
        .prints("1 changed");
    project.cargo(&["fetch"]).succeeds();
}

#[test]
fn another_dependency_changes_no_more_than_the_checksum_and_is_told() {
    let lab = Lab::new();
    let project = lab.project();
    built(&project, &[]);
    let lock = project.read("Cargo.lock");
    let needing = petal("blue").needs(Dependency::on("fnv", "1"));
    lab.lab
        .has_all(&[needing.clone(), Krate::new("fnv", "1.0.0")]);
    let red = checksum(&petal("red").archive());
    let new = lock.replace(&red, &checksum(&needing.archive()));
    for _again in 0..2 {
        project
            .crossdock(&["lock", "refresh", "petal", "--clean"])
            .exits(1)
            .prints("petal 1.0.0 has other dependencies than the lock has for it: it needs fnv ^1")
            .prints("cargo update -p petal@1.0.0");
        assert_eq!(project.read("Cargo.lock"), new);
    }
    project.cargo(&["update", "-p", "petal@1.0.0"]).succeeds();
    assert_eq!(
        built(&project, &["--locked"]),
        names(&["app", "fnv", "petal"])
    );
    prints(&project, "blue");
    project.crossdock(&["lock", "refresh", "petal"]).succeeds();
    // And back again: nothing needs it any more.
    lab.lab.has(&petal("green"));
    project
        .crossdock(&["lock", "refresh", "petal"])
        .exits(1)
        .prints("it no longer needs fnv");
}

#[test]
fn what_changed_is_told_whatever_cargos_home_permits() {
    let lab = Lab::new();
    let project = lab.project();
    built(&project, &[]);
    lab.lab.has(&petal("blue"));
    let (red, blue) = (
        checksum(&petal("red").archive()),
        checksum(&petal("blue").archive()),
    );
    // A folder in its place can be written by nobody, not by root either.
    let held = lab.bench.cargo_home().join(".package-cache");
    std::fs::remove_file(&held).expect("cargo left it");
    std::fs::create_dir(&held).expect("it is ours");
    project
        .crossdock(&["lock", "refresh", "petal"])
        .succeeds()
        .prints(&format!("old {red}"))
        .prints(&format!("new {blue}"))
        .prints("1 changed")
        .says("cargo keeps an older answer")
        .says("changed between lock files");
    project
        .crossdock(&["lock", "refresh", "petal", "--clean"])
        .exits(2)
        .prints("0 changed")
        .says("the lock is as told above");
}

#[test]
fn a_line_without_checksum_gets_it() {
    let lab = Lab::new();
    let project = lab.project();
    project.cargo(&["generate-lockfile"]).succeeds();
    let lock = project.read("Cargo.lock");
    let red = checksum(&petal("red").archive());
    let without = lock.replace(&format!("checksum = \"{red}\"\n"), "");
    assert_ne!(without, lock);
    project.write("Cargo.lock", &without);
    project
        .crossdock(&["lock", "verify"])
        .exits(1)
        .prints("the lock has no checksum");
    project
        .crossdock(&["lock", "refresh", "petal"])
        .succeeds()
        .prints("old none")
        .prints("1 changed");
    assert_eq!(project.read("Cargo.lock"), lock);
}
