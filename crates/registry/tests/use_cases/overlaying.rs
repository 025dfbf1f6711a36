//! What the publisher of a patched release hears of the views that it is for.

use super::package::Package;
use super::plan::Plan;
use super::world::World;

/// `pa` has `ovt` 1.0.0 and 1.1.0, which `patch` overlays.
async fn house() -> World {
    let plan = Plan::new().hosted("pa").hosted("patch");
    let plan = plan.view("main", &["pa", "patch"]);
    let world = plan.overlay("main", "patch", "ovt").open().await;
    for number in ["1.0.0", "1.1.0"] {
        world
            .publish("pa", &Package::new("ovt", number))
            .await
            .unwrap();
    }
    world
}

async fn told(world: &World, number: &str) -> String {
    let patch = Package::new("ovt", number).library("// patched");
    let published = world.publish("patch", &patch).await.unwrap();
    assert_eq!(published.warnings.len(), 1, "{published:?}");
    published.warnings[0].clone()
}

#[tokio::test]
async fn a_patched_release_is_said_to_be_shown_instead_of_the_one_it_patches() {
    let world = house().await;
    assert_eq!(
        told(&world, "1.0.0+acme.1").await,
        "view `main` shows `ovt` 1.0.0+acme.1 of its overlay `patch` instead of 1.0.0 of `pa`; newer ones \
         are held until `crossdock overlay accept` or `rebase`: 1.1.0"
    );
    let shown = ["1.0.0!", "1.0.0+acme.1", "1.1.0!"];
    assert_eq!(world.versions("main", "ovt").await, shown);
}

#[tokio::test]
async fn a_release_that_the_view_never_shows_is_told_with_the_reason() {
    let world = house().await;
    let told = told(&world, "0.1.0").await;
    for part in ["view `main` does not show `ovt` 0.1.0", "first two numbers"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(world.versions("main", "ovt").await, ["1.0.0", "1.1.0"]);
}

#[tokio::test]
async fn a_pre_release_is_said_to_be_shown_beside() {
    let world = house().await;
    assert!(
        told(&world, "1.0.1-beta.1")
            .await
            .contains("beside 1.0.0 of `pa`")
    );
    let shown = ["1.0.0", "1.0.1-beta.1", "1.1.0"];
    assert_eq!(world.versions("main", "ovt").await, shown);
}

#[tokio::test]
async fn a_patch_of_a_crate_that_nobody_has_is_told() {
    let plan = Plan::new().hosted("pa").hosted("patch");
    let plan = plan.view("main", &["pa", "patch"]);
    let world = plan.overlay("main", "patch", "ovt").open().await;
    assert!(told(&world, "1.0.0").await.contains("nothing to patch"));
}

#[tokio::test]
async fn an_overlay_is_explained_as_one() {
    let world = house().await;
    told(&world, "1.0.1").await;
    let explained = world.explain("ovt").await;
    let patch = &explained.members["patch"];
    assert_eq!(
        patch,
        "is an overlay over it, which never owns it: 1 patched release"
    );
}
