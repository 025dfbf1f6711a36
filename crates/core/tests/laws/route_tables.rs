//! Where dependencies point to, as a table for `docs/federation.md`.

use crate::federation_document::hold_in_document;
use crate::world::{Member, World, registry};
use crossdock_core::address::Address;
use crossdock_core::ownership::Ownership;
use crossdock_core::pins::Pins;
use crossdock_core::rewrite::{Absolute, Route, route};
use std::collections::BTreeMap;
use std::fmt::Write;

#[test]
fn tables_of_routes() {
    hold_in_document("routes", &routes());
}

fn routes() -> String {
    let member = |name: &str| Absolute::Member(registry(name));
    let elsewhere = Address::parse("sparse+https://else.example/index/").unwrap();
    let mut text = String::from(
        "| whose `foo` the view shows | the row means `foo` of | `crates-io` view | `split` view | without crates.io |\n|---|---|---|---|---|\n",
    );
    for (owners, target) in [
        (&["acme"][..], member("acme")),
        (&["acme"], member("partner")),
        (&["acme"], member("crates-io")),
        (&["partner"], member("partner")),
        (&["partner"], member("acme")),
        (&["crates-io"], member("crates-io")),
        (&["crates-io"], member("partner")),
        (&["acme", "apps"], member("apps")),
        (&["crates-io", "partner"], member("partner")),
        (&[], member("acme")),
        (&["acme"], Absolute::CratesIo),
        (&["acme"], Absolute::Registry(registry("lab"))),
        (&["acme"], Absolute::Elsewhere(elsewhere)),
    ] {
        let needs_crates_io = owners.contains(&"crates-io") || target == member("crates-io");
        let no_mirror = target == Absolute::CratesIo;
        let written = |split: bool, crates_io: bool| {
            if (needs_crates_io && !crates_io) || (no_mirror && crates_io) {
                return "–".to_owned();
            }
            told(&reached(owners, &target, split, crates_io))
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            whose(owners),
            meant(&target),
            written(false, true),
            written(true, true),
            written(true, false),
        );
    }
    text
}

/// Two hosted registries inside, a partner's and crates.io's mirror outside.
fn reached(owners: &[&str], target: &Absolute, split: bool, crates_io: bool) -> Route {
    let members = [
        ("acme", true),
        ("apps", true),
        ("partner", false),
        ("crates-io", false),
    ];
    let members = members
        .into_iter()
        .filter(|(name, _)| crates_io || *name != "crates-io");
    let world = World {
        name: "foo".to_owned(),
        split,
        members: members
            .map(|(name, inside)| (name.to_owned(), Member { inside, only: None }))
            .collect(),
        claims: BTreeMap::new(),
        same_crate: Vec::new(),
        record: None,
        answers: BTreeMap::new(),
    };
    let ownership = Ownership::shared(owners.iter().map(|name| registry(name)).collect());
    route(
        &world.policy(),
        &Pins::default(),
        &world.key(),
        target.clone(),
        ownership.as_ref(),
    )
}

fn whose(owners: &[&str]) -> String {
    let side = |name: &str| match name {
        "acme" | "apps" => "inside",
        _ => "outside",
    };
    match owners {
        [] => "nobody's".to_owned(),
        [one] => format!("`{one}`'s, {}", side(one)),
        several => format!(
            "agreed by `{}`, {}",
            several.join("` and `"),
            side(several[0])
        ),
    }
}

fn meant(target: &Absolute) -> String {
    match target {
        Absolute::Member(name) => format!("`{name}`"),
        Absolute::CratesIo => "crates.io, which is no member".to_owned(),
        Absolute::Registry(name) => format!("`{name}`, hosted here, no member"),
        Absolute::Elsewhere(_) => "a registry elsewhere".to_owned(),
    }
}

fn told(route: &Route) -> String {
    match route {
        Route::CratesIo => "the crates.io identity".to_owned(),
        Route::View => "the view's address".to_owned(),
        Route::Face(member) => format!("the face of `{member}`"),
        Route::Registry(_) | Route::Elsewhere(_) => "its own address".to_owned(),
    }
}
