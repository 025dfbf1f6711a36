//! A folder looked at again: what changed is packed anew, and nothing else.

#![expect(
    clippy::unwrap_used,
    reason = "a folder that cannot be made fails the test"
)]

use crossdock_folder::{Live, Options, Packed, Seen};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

struct World {
    place: TempDir,
    live: Live,
    given: Vec<Packed>,
}

impl World {
    fn new() -> Self {
        let place = TempDir::new().unwrap();
        fs::create_dir(place.path().join("folder")).unwrap();
        let live = Live::new(
            place.path().join("folder"),
            Options::new(place.path().join("scratch")),
        );
        let given = Vec::new();
        Self { place, live, given }
    }

    /// Puts a cargo in place that notes each of its runs; tells how many there were.
    fn counted(&mut self) -> impl Fn() -> usize + use<> {
        let notes = self.place.path().join("runs");
        let script = self.place.path().join("noting-cargo");
        let text = format!(
            "#!/bin/sh\necho >>'{}'\nexec cargo \"$@\"\n",
            notes.display()
        );
        fs::write(&script, text).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        let mut options = Options::new(self.place.path().join("scratch"));
        options.cargo.program = script.into_os_string();
        self.live = Live::new(self.place.path().join("folder"), options);
        move || fs::read(&notes).map_or(0, |notes| notes.len())
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.place.path().join("folder").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn package(&self, folder: &str, name: &str, version: &str) {
        let manifest =
            format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2021\"\n");
        self.write(&format!("{folder}/Cargo.toml"), &manifest);
        self.write(&format!("{folder}/src/lib.rs"), "");
    }

    /// Looks; gives what was seen, and the names that were given.
    fn look(&mut self) -> (Seen, Vec<String>) {
        let mut given = Vec::new();
        let seen = self.live.look(&mut |packed| given.push(packed)).unwrap();
        let names = given.iter().map(|packed| packed.name.to_string()).collect();
        self.given.extend(given);
        (seen, names)
    }
}

fn names(seen: &Seen) -> Vec<String> {
    let named = seen
        .releases
        .iter()
        .map(|one| format!("{} {}", one.name, one.version));
    named.collect()
}

#[test]
fn what_changed_is_given_again_and_nothing_else() {
    let mut world = World::new();
    assert_eq!(names(&world.look().0), [""; 0]);
    world.package("petal", "petal", "1.0.0");
    world.package("stem", "stem", "1.0.0");
    let (seen, given) = world.look();
    assert_eq!(
        (names(&seen).len(), given),
        (2, vec!["petal".to_owned(), "stem".to_owned()])
    );
    assert_eq!(world.look().1, [""; 0]);
    // The same size, at once after the look: times of one tick must not hide it.
    world.write("stem/src/lib.rs", "a");
    assert_eq!(world.look().1, ["stem"]);
    world.write("stem/src/lib.rs", "b");
    assert_eq!(world.look().1, ["stem"]);
    world.package("petal", "petal", "1.0.1");
    let (seen, given) = world.look();
    assert_eq!(
        (names(&seen), given),
        (
            vec!["petal 1.0.1".to_owned(), "stem 1.0.0".to_owned()],
            vec!["petal".to_owned()]
        )
    );
    fs::remove_dir_all(world.place.path().join("folder/stem")).unwrap();
    assert_eq!(names(&world.look().0), ["petal 1.0.1"]);
}

/// A look at what does not change costs no run of cargo, once the last change is so old
/// that a later one would have another time.
#[test]
fn what_does_not_change_is_not_packed_again() {
    let mut world = World::new();
    let runs = world.counted();
    world.package("petal", "petal", "1.0.0");
    world.package("broken", "broken", "1.0");
    world.write("garden/Cargo.toml", "[workspace]\nmembers = [\"a\"]\n");
    world.package("garden/a", "a", "1.0.0");
    assert_eq!(names(&world.look().0).len(), 2);
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let before = runs();
        let (seen, _) = world.look();
        assert_eq!((names(&seen).len(), seen.problems.len()), (2, 1));
        if runs() == before {
            break;
        }
        assert!(Instant::now() < deadline, "cargo ran at every look");
    }
    world.write("petal/src/lib.rs", "pub fn more() {}");
    let before = runs();
    assert_eq!(world.look().1, ["petal"]);
    assert!(runs() > before);
}

#[test]
fn members_that_come_and_versions_that_are_inherited_are_seen() {
    let mut world = World::new();
    let root = "[workspace]\nmembers = [\"crates/*\"]\n[workspace.package]\nversion = \"0.1.0\"\n\
        [package]\nname = \"root\"\nversion.workspace = true\n";
    world.write("Cargo.toml", root);
    world.write("src/lib.rs", "");
    world.package("crates/petal", "petal", "1.0.0");
    assert_eq!(names(&world.look().0), ["root 0.1.0", "petal 1.0.0"]);
    world.package("crates/stem", "stem", "1.0.0");
    world.write("Cargo.toml", &root.replace("0.1.0", "0.2.0"));
    assert_eq!(
        names(&world.look().0),
        ["root 0.2.0", "petal 1.0.0", "stem 1.0.0"]
    );
}

#[test]
fn what_broke_stays_as_it_was_last_good() {
    let mut world = World::new();
    world.package("petal", "petal", "1.0.0");
    world.package("deep/stem", "stem", "1.0.0");
    let first = world.look().0;
    world.write("petal/Cargo.toml", "[package");
    world.write(
        "deep/stem/Cargo.toml",
        "[package]\nname = \"stem\"\nversion = \"x\"\n",
    );
    let (seen, given) = world.look();
    assert_eq!((names(&seen), given), (names(&first), vec![]));
    assert_eq!(seen.problems.len(), 2, "{:?}", seen.problems);
    world.package("petal", "petal", "1.0.0");
    world.package("deep/stem", "stem", "1.0.0");
    assert_eq!(world.look().0.problems, []);
    fs::remove_dir_all(world.place.path().join("folder")).unwrap();
    assert!(world.live.look(&mut |_| ()).is_err());
}

/// Told when run with `--nocapture`; the bounds are far above what was measured.
#[test]
fn two_thousand_files_are_looked_at_quickly() {
    let mut world = World::new();
    world.package("petal", "petal", "1.0.0");
    world.look();
    let petal = world.given.pop().unwrap();
    let limits = crossdock_archive::Limits::default();
    for number in 0..2000 {
        let name = crossdock_core::name::CrateName::parse(&format!("petal-{number}")).unwrap();
        let archive =
            crossdock_archive::rename(&petal.bytes, &petal.name, &petal.version, &name, &limits)
                .unwrap();
        let path = world.place.path().join(format!("folder/{number:04}.crate"));
        fs::write(path, archive).unwrap();
    }
    let took = |world: &mut World| {
        let began = Instant::now();
        let (seen, given) = world.look();
        (began.elapsed(), seen.releases.len(), given.len())
    };
    let (first, releases, given) = took(&mut world);
    assert_eq!((releases, given), (2001, 2000));
    // Files of the last ticks are read again until times can tell a change.
    let deadline = Instant::now() + Duration::from_secs(30);
    let again = loop {
        let (again, releases, given) = took(&mut world);
        assert_eq!((releases, given), (2001, 0));
        if again * 3 < first || Instant::now() > deadline {
            break again;
        }
    };
    println!("2,000 files: first look {first:?}, again {again:?}");
    assert!(again < Duration::from_secs(2), "{again:?}");
    assert!(again * 3 < first, "{again:?} after {first:?}");
}

#[test]
fn a_file_in_place_of_a_file_is_another() {
    let mut world = World::new();
    world.package("petal", "petal", "1.0.0");
    world.look();
    let petal = world.given.pop().unwrap();
    let path = world.place.path().join("folder/any.crate");
    replace(&path, &petal.bytes);
    assert_eq!(world.look().1, ["petal"]);
    replace(&path, b"torn");
    let (seen, given) = world.look();
    assert_eq!(
        (names(&seen).len(), given.len(), seen.problems.len()),
        (2, 0, 1)
    );
}

fn replace(path: &Path, bytes: &[u8]) {
    let beside = path.with_extension("part");
    fs::write(&beside, bytes).unwrap();
    fs::rename(&beside, path).unwrap();
}
