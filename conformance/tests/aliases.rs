//! Aliases with real cargo: dependents build one crate, under the name their code
//! has for it, and no lock breaks.

use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::{Installation, settings};
use crossdock_conformance::krate::Krate;

for_both_identities!(
    dependents_build_one_crate,
    a_private_crate_provides_a_public_one,
    optional_dependencies_and_their_features_keep_their_names,
    a_dependent_that_names_both_builds_as_before,
    what_the_provider_lacks_is_left_alone_for_good,
    old_locks_build_and_new_releases_follow,
    a_withdrawn_alias_stays_in_rows_that_had_it,
);

const ALIAS: &str = "aliases = { rand_hc128 = \"hc128\" }";

fn generator(name: &str, version: &str) -> Krate {
    Krate::new(name, version)
        .feature("std", &[])
        .lib("pub struct Generator;")
}

/// A dependent, whose code knows the crate as `rand_hc128`.
fn rand(version: &str) -> Krate {
    Krate::new("rand", version)
        .needs(Dependency::on("rand_hc128", "1"))
        .lib("pub fn generator() -> rand_hc128::Generator { rand_hc128::Generator }")
}

/// Code that compiles only if both names are one crate.
fn crossing(dependencies: [Dependency; 2]) -> Krate {
    let [rand, hc128] = dependencies;
    Krate::new("app", "0.1.0")
        .needs(rand)
        .needs(hc128)
        .lib("pub fn generator() -> hc128::Generator { rand::generator() }")
}

fn public() -> [Dependency; 2] {
    [Dependency::on("rand", "1"), Dependency::on("hc128", "1")]
}

fn dependents_build_one_crate(identity: Identity) {
    let house = Installation::with(identity, ALIAS);
    house.public.has_all(&[
        generator("hc128", "1.0.0"),
        generator("rand_hc128", "1.0.0"),
        rand("1.0.0"),
    ]);
    let app = house.project(&crossing(public()));
    app.cargo(&["check"]).succeeds();
    let lock = app.lock();
    lock.one_of_each();
    assert!(lock.of("rand_hc128").is_empty(), "{}", lock.text);
    app.cargo(&["check", "--locked", "--offline"]).succeeds();
    house
        .server
        .command(&house.bench, &["explain", "rand@1.0.0", "--view", "main"])
        .prints("rand_hc128")
        .prints("provided by hc128");
    // Who asks for the aliased crate by itself gets it.
    let direct = Krate::new("direct", "0.1.0").needs(Dependency::on("rand_hc128", "1"));
    let direct = house.project(&direct);
    direct.cargo(&["check"]).succeeds();
    direct.lock().one("rand_hc128");
}

/// Where private crates have an identity of their own, cargo reads the view's address
/// in a public row as crates.io; the row stays as it is instead of building a third.
fn a_private_crate_provides_a_public_one(identity: Identity) {
    let house = Installation::with(identity, "aliases = { rand_hc128 = \"keystream\" }");
    house
        .public
        .has_all(&[generator("rand_hc128", "1.0.0"), rand("1.0.0")]);
    house.has_private(&generator("keystream", "1.4.0"));
    house.has_private(
        &Krate::new("dice", "1.0.0")
            .needs(Dependency::on("rand_hc128", "1"))
            .lib("pub fn generator() -> rand_hc128::Generator { rand_hc128::Generator }"),
    );
    let app = Krate::new("app", "0.1.0")
        .needs(house.private("dice", "1"))
        .needs(house.private("keystream", "1"))
        .lib("pub fn generator() -> keystream::Generator { dice::generator() }");
    let app = house.project(&app);
    app.cargo(&["check"]).succeeds();
    app.lock().one_of_each();
    assert_eq!(app.lock().one("keystream"), house.private_source());
    assert!(app.lock().of("rand_hc128").is_empty());

    let app = Krate::new("all", "0.1.0")
        .needs(Dependency::on("rand", "1"))
        .needs(house.private("keystream", "1"));
    let app = house.project(&app);
    app.cargo(&["check"]).succeeds();
    let lock = app.lock();
    lock.one_of_each();
    let provided = lock.of("rand_hc128").is_empty();
    assert_eq!(provided, identity == Identity::CratesIo, "{}", lock.text);
    house.public.never_heard_of(&["keystream", "dice"]);
}

fn optional_dependencies_and_their_features_keep_their_names(identity: Identity) {
    let house = Installation::with(identity, ALIAS);
    let rand = Krate::new("rand", "1.0.0")
        .needs(Dependency::on("rand_hc128", "1").renamed("rng").optional())
        .feature("strong", &["dep:rng"])
        .feature("std", &["rng?/std"])
        .lib(
            "#[cfg(feature = \"strong\")] pub fn generator() -> rng::Generator { rng::Generator }",
        );
    house.public.has_all(&[
        generator("hc128", "1.0.0"),
        generator("rand_hc128", "1.0.0"),
        rand,
    ]);
    let [rand, hc128] = public();
    let app = house.project(&crossing([rand.feature("strong").feature("std"), hc128]));
    app.cargo(&["check"]).succeeds();
    app.lock().one_of_each();
    assert!(app.lock().of("rand_hc128").is_empty());
}

fn a_dependent_that_names_both_builds_as_before(identity: Identity) {
    let house = Installation::with(identity, ALIAS);
    let both = Krate::new("rand", "1.0.0")
        .needs(Dependency::on("rand_hc128", "1"))
        .needs(Dependency::on("hc128", "1").target("cfg(unix)").build())
        .lib("pub fn generator() -> rand_hc128::Generator { rand_hc128::Generator }");
    house.public.has_all(&[
        generator("hc128", "1.0.0"),
        generator("rand_hc128", "1.0.0"),
        both,
    ]);
    let app = Krate::new("app", "0.1.0").needs(Dependency::on("rand", "1"));
    let app = house.project(&app);
    app.cargo(&["check"]).succeeds();
    app.lock().one("rand_hc128");
    app.lock().one("hc128");
    let check = ["check", "--deny", "conflicts"];
    house
        .server
        .command(&house.bench, &check)
        .exits(0)
        .prints("rand 1.0.0 keeps its dependency on rand-hc128")
        .prints("under another name too");
    house
        .server
        .command(&house.bench, &["explain", "rand@1.0.0"])
        .prints("not provided by an alias: it depends on the provider under another name too");
}

fn what_the_provider_lacks_is_left_alone_for_good(identity: Identity) {
    let house = Installation::with(identity, ALIAS);
    house.public.has_all(&[
        generator("hc128", "0.9.0"),
        generator("rand_hc128", "1.0.0"),
        rand("1.0.0"),
    ]);
    let app = Krate::new("app", "0.1.0").needs(Dependency::on("rand", "1"));
    let app = house.project(&app);
    app.cargo(&["check"]).succeeds();
    app.lock().one("rand_hc128");
    let row = house.server.entry("main", "rand").text();
    // The row does not turn when the provider catches up, nor after a restart.
    house.public.has(&generator("hc128", "1.0.0"));
    let mut house = house;
    house.server.start_again(&house.bench, None);
    assert_eq!(house.server.entry("main", "rand").text(), row);
    house.bench.forget_cargo_home();
    let app = crossdock_conformance::project::Project::create(
        &house.bench,
        &Krate::new("app", "0.1.0").needs(Dependency::on("rand", "1")),
    );
    app.cargo(&["check", "--locked"]).succeeds();
}

fn old_locks_build_and_new_releases_follow(identity: Identity) {
    let mut house = Installation::new(identity);
    house.public.has_all(&[
        generator("hc128", "1.0.0"),
        generator("rand_hc128", "1.0.0"),
        rand("1.0.0"),
    ]);
    let app = || {
        Krate::new("app", "0.1.0")
            .needs(Dependency::on("rand", "1"))
            .needs(Dependency::on("hc128", "1"))
    };
    house.project(&app()).cargo(&["check"]).succeeds();
    house.project(&app()).lock().one("rand_hc128");
    let row = house.server.entry("main", "rand").text();

    let aliased = settings(identity, &house.public, ALIAS);
    house.server.start_again(&house.bench, Some(&aliased));
    assert_eq!(house.server.entry("main", "rand").text(), row);
    house.bench.forget_cargo_home();
    let project = house.project(&app());
    project.cargo(&["check", "--locked"]).succeeds();

    // Published after the alias was declared.
    house
        .public
        .has(&rand("1.0.1").published("2100-01-01T00:00:00Z"));
    project.cargo(&["update", "-p", "rand"]).succeeds();
    project.cargo(&["check"]).succeeds();
    assert_eq!(project.lock().versions("rand"), ["1.0.1"]);
    assert!(project.lock().of("rand_hc128").is_empty());
    let rows = house.server.entry("main", "rand").text();
    assert!(
        rows.starts_with(&row),
        "{rows}\nno longer begins with\n{row}"
    );
}

fn a_withdrawn_alias_stays_in_rows_that_had_it(identity: Identity) {
    let mut house = Installation::with(identity, ALIAS);
    house.public.has_all(&[
        generator("hc128", "1.0.0"),
        generator("rand_hc128", "1.0.0"),
        rand("1.0.0"),
    ]);
    house
        .project(&crossing(public()))
        .cargo(&["check"])
        .succeeds();
    let row = house.server.entry("main", "rand").text();
    let plain = settings(identity, &house.public, "");
    house.server.start_again(&house.bench, Some(&plain));
    house.bench.forget_cargo_home();
    house
        .project(&crossing(public()))
        .cargo(&["check", "--locked"])
        .succeeds();
    house
        .public
        .has(&rand("1.0.1").published("2100-01-01T00:00:00Z"));
    let rows = house.server.entry("main", "rand").text();
    assert!(
        rows.starts_with(&row),
        "{rows}\nno longer begins with\n{row}"
    );
    assert_eq!(rows.matches("\"hc128\"").count(), 1, "{rows}");
}
