//! Every kind of dependency a manifest can write, through the view.

use crossdock_conformance::dependency::{CRATES_IO_IDENTITY, Dependency};
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use serde_json::Value;

for_both_identities!(
    names_of_any_length,
    a_name_in_its_own_spelling,
    renamed,
    optional_and_features,
    weak_features,
    for_another_platform,
    for_build_scripts,
    for_tests_only,
    without_default_features,
    every_row_says_where_its_dependencies_are,
);

fn names_of_any_length(identity: Identity) {
    let installation = Installation::new(identity);
    let mut app = Krate::new("app", "0.1.0");
    let names = [
        "p", "pq", "pqr", "pqrs", "pqrst", "x", "xy", "xyz", "xyzw", "xyzwv",
    ];
    for (place, name) in names.iter().enumerate() {
        let krate = Krate::new(name, "1.0.0").lib("pub struct It;");
        if place < 5 {
            installation.public.has(&krate);
            app = app.needs(Dependency::on(name, "1"));
        } else {
            installation.has_private(&krate);
            app = app.needs(installation.private(name, "1"));
        }
    }
    let uses: String = names
        .iter()
        .map(|name| format!("pub type T{name} = {name}::It;\n"))
        .collect();
    let app = installation.project(&app.lib(&format!("#![allow(non_camel_case_types)]\n{uses}")));
    app.cargo(&["check"]).succeeds();
    app.lock().one_of_each();
    assert_eq!(app.lock().packages.len(), names.len() + 1);
    installation.public.never_heard_of(&["/x", "xyz"]);
}

fn a_name_in_its_own_spelling(identity: Identity) {
    let installation = Installation::new(identity);
    installation
        .public
        .has(&Krate::new("Pressed_Flower", "1.0.0").lib("pub struct It;"));
    installation.has_private(&Krate::new("Garden_Tools", "1.0.0").lib("pub struct It;"));
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("Pressed_Flower", "1"))
        .needs(installation.private("Garden_Tools", "1"))
        .lib("pub type A = Pressed_Flower::It; pub type B = Garden_Tools::It;");
    let app = installation.project(&app);
    app.cargo(&["check"]).succeeds();
    assert_eq!(
        app.lock().one("Garden_Tools"),
        installation.private_source()
    );
    // Another spelling is the same name to the registry: nobody can take it beside.
    let other = Krate::new("garden-tools", "1.0.0");
    let answer = installation
        .server
        .upload("local", &crossdock_conformance::upload::body(&other));
    assert!((400..500).contains(&answer.status), "{answer}");
    assert!(
        answer.text().contains("Garden_Tools"),
        "it names the one that is there: {answer}"
    );
}

fn renamed(identity: Identity) {
    let installation = Installation::new(identity);
    installation
        .public
        .has(&Krate::new("stem", "1.0.0").lib("pub struct Stem;"));
    installation.has_private(&Krate::new("seed", "1.0.0").lib("pub struct Seed;"));
    let garden = Krate::new("garden", "1.0.0")
        .needs(Dependency::on("stem", "1").renamed("stalk"))
        .needs(installation.private("seed", "1").renamed("grain"))
        .lib("pub fn grow(_: grain::Seed) -> stalk::Stem { stalk::Stem }");
    installation
        .project(&garden)
        .publish("local", installation.server.token())
        .succeeds();
    let app = Krate::new("app", "0.1.0")
        .needs(installation.private("garden", "1").renamed("plot"))
        .needs(installation.private("seed", "1"))
        .needs(Dependency::on("stem", "1"))
        .lib("pub fn grow() -> stem::Stem { plot::grow(seed::Seed) }");
    let app = installation.project(&app);
    app.cargo(&["check"]).succeeds();
    app.lock().one_of_each();
    let row = installation.server.entry("main", "garden").rows().remove(0);
    assert_eq!(dependency(&row, "stalk")["package"], "stem");
    assert_eq!(dependency(&row, "grain")["package"], "seed");
}

fn optional_and_features(identity: Identity) {
    let installation = Installation::new(identity);
    installation.public.has(
        &Krate::new("stem", "1.0.0")
            .feature("long", &[])
            .lib("#[cfg(feature = \"long\")] pub struct Long;"),
    );
    installation.has_private(&Krate::new("seed", "1.0.0"));
    let garden = Krate::new("garden", "1.0.0")
        .needs(Dependency::on("stem", "1").optional())
        .needs(installation.private("seed", "1").optional())
        .feature("default", &[])
        .feature("tall", &["dep:stem", "stem/long"])
        .feature("wild", &["seed"])
        .lib("#[cfg(feature = \"tall\")] pub use stem::Long;");
    // `seed` is named without `dep:`, so the feature of that name is implied.
    installation
        .project(&garden)
        .publish("local", installation.server.token())
        .succeeds();

    let plain = Krate::new("plain", "0.1.0").needs(installation.private("garden", "1"));
    let plain = installation.project(&plain);
    plain.cargo(&["check"]).succeeds();
    assert_eq!(plain.lock().packages.len(), 2);
    let tall = Krate::new("tall", "0.1.0")
        .needs(installation.private("garden", "1").feature("tall"))
        .lib("pub use garden::Long;");
    let tall = installation.project(&tall);
    tall.cargo(&["check"]).succeeds();
    assert_eq!(tall.lock().packages.len(), 3);
    let wild =
        Krate::new("wild", "0.1.0").needs(installation.private("garden", "1").feature("seed"));
    let wild = installation.project(&wild);
    wild.cargo(&["check"]).succeeds();
    assert_eq!(wild.lock().one("seed"), installation.private_source());
}

fn weak_features(identity: Identity) {
    let installation = Installation::new(identity);
    installation.public.has_all(&[
        Krate::new("stem", "1.0.0")
            .feature("long", &[])
            .lib("#[cfg(feature = \"long\")] pub struct Long;"),
        Krate::new("bush", "1.0.0")
            .needs(Dependency::on("stem", "1").optional())
            .feature("tall", &["stem?/long"])
            .feature("stemmed", &["dep:stem"])
            .lib("#[cfg(all(feature = \"tall\", feature = \"stemmed\"))] pub use stem::Long;"),
    ]);
    let garden = Krate::new("garden", "1.0.0")
        .needs(Dependency::on("bush", "1").optional())
        .feature("tall", &["bush?/tall"])
        .feature("bushy", &["dep:bush", "bush/stemmed"])
        .lib("#[cfg(all(feature = \"tall\", feature = \"bushy\"))] pub use bush::Long;");
    installation
        .project(&garden)
        .publish("local", installation.server.token())
        .succeeds();
    let weak =
        Krate::new("weak", "0.1.0").needs(installation.private("garden", "1").feature("tall"));
    let weak = installation.project(&weak);
    weak.cargo(&["check"]).succeeds();
    let strong = Krate::new("strong", "0.1.0")
        .needs(
            installation
                .private("garden", "1")
                .feature("tall")
                .feature("bushy"),
        )
        .lib("pub use garden::Long;");
    let strong = installation.project(&strong);
    strong.cargo(&["check"]).succeeds();
    strong.lock().one_of_each();
}

fn for_another_platform(identity: Identity) {
    let installation = Installation::new(identity);
    installation.public.has(&Krate::new("ivy", "1.0.0"));
    installation.has_private(&Krate::new("wall", "1.0.0"));
    let garden = Krate::new("garden", "1.0.0")
        .needs(Dependency::on("ivy", "1").target("cfg(windows)"))
        .needs(
            installation
                .private("wall", "1")
                .target("aarch64-apple-darwin"),
        );
    installation
        .project(&garden)
        .publish("local", installation.server.token())
        .succeeds();
    let app = Krate::new("app", "0.1.0").needs(installation.private("garden", "1"));
    let app = installation.project(&app);
    app.cargo(&["check"]).succeeds();
    let lock = app.lock();
    lock.one_of_each();
    assert_eq!(lock.packages.len(), 4, "the lock is for all platforms");
    assert_eq!(
        installation.public.downloads().len(),
        0,
        "the build is for this one"
    );
}

fn for_build_scripts(identity: Identity) {
    let installation = Installation::new(identity);
    installation.public.has(
        &Krate::new("shears", "1.0.0")
            .lib("pub fn cut() -> &'static str { \"cargo::rustc-cfg=cut\" }"),
    );
    installation.has_private(&Krate::new("rake", "1.0.0").lib("pub fn rake() {}"));
    let garden = Krate::new("garden", "1.0.0")
        .needs(Dependency::on("shears", "1").build())
        .needs(installation.private("rake", "1").build())
        .file(
            "build.rs",
            "fn main() { rake::rake(); println!(\"{}\", shears::cut()); }",
        )
        .lib("#![allow(unexpected_cfgs)]\n#[cfg(cut)] pub struct Cut;");
    installation
        .project(&garden)
        .publish("local", installation.server.token())
        .succeeds();
    let app = Krate::new("app", "0.1.0")
        .needs(installation.private("garden", "1"))
        .lib("pub use garden::Cut;");
    let app = installation.project(&app);
    app.cargo(&["check"]).succeeds();
    app.lock().one_of_each();
}

fn for_tests_only(identity: Identity) {
    let installation = Installation::new(identity);
    installation.public.has(&Krate::new("ruler", "1.0.0"));
    installation.has_private(&Krate::new("scales", "1.0.0"));
    let garden = Krate::new("garden", "1.0.0")
        .needs(Dependency::on("ruler", "1").dev())
        .needs(installation.private("scales", "1").dev());
    installation
        .project(&garden)
        .publish("local", installation.server.token())
        .succeeds();
    let app = Krate::new("app", "0.1.0").needs(installation.private("garden", "1"));
    let app = installation.project(&app);
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.lock().packages.len(), 2);
    let row = installation.server.entry("main", "garden").rows().remove(0);
    assert_eq!(dependency(&row, "ruler")["kind"], "dev");
}

fn without_default_features(identity: Identity) {
    let installation = Installation::new(identity);
    installation.public.has(
        &Krate::new("stem", "1.0.0")
            .feature("default", &["thorns"])
            .feature("thorns", &[])
            .lib("#[cfg(feature = \"thorns\")] compile_error!(\"thorns\");"),
    );
    let garden =
        Krate::new("garden", "1.0.0").needs(Dependency::on("stem", "1").without_default_features());
    installation
        .project(&garden)
        .publish("local", installation.server.token())
        .succeeds();
    let app = Krate::new("app", "0.1.0").needs(installation.private("garden", "1"));
    installation.project(&app).cargo(&["check"]).succeeds();
}

fn every_row_says_where_its_dependencies_are(identity: Identity) {
    let installation = Installation::new(identity);
    installation.public.has_all(&[
        Krate::new("stem", "1.0.0"),
        Krate::new("leaf", "1.0.0").needs(Dependency::on("stem", "1")),
    ]);
    installation.has_private(&Krate::new("seed", "1.0.0"));
    let garden = Krate::new("garden", "1.0.0")
        .needs(installation.private("seed", "1"))
        .needs(Dependency::on("leaf", "1"));
    installation.has_private(&garden);
    let main_index = installation.server.index("main");
    let private = identity.private_address(&main_index);
    let view = |name: &str| installation.server.entry("main", name).rows().remove(0);
    assert_eq!(
        dependency(&view("garden"), "seed")["registry"],
        private.as_str()
    );
    assert_eq!(
        dependency(&view("garden"), "leaf")["registry"],
        CRATES_IO_IDENTITY
    );
    assert_eq!(
        dependency(&view("leaf"), "stem")["registry"],
        CRATES_IO_IDENTITY
    );
    // A registry alone names its own by nothing and crates.io by its identity.
    let alone = installation
        .server
        .entry("local", "garden")
        .rows()
        .remove(0);
    assert_eq!(dependency(&alone, "seed")["registry"], Value::Null);
    assert_eq!(dependency(&alone, "leaf")["registry"], CRATES_IO_IDENTITY);
}

/// Finds a dependency of a row by the name it has in the manifest.
fn dependency<'r>(row: &'r Value, name: &str) -> &'r Value {
    let found = row["deps"]
        .as_array()
        .and_then(|all| all.iter().find(|one| one["name"] == name));
    found.expect("the row has the dependency its manifest has")
}
