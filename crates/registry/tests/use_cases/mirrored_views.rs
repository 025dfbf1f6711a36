//! Upstreams that say what they are: of another Crossdock a registry can be mirrored,
//! its views cannot, and neither can we ourselves.

use super::plan::Plan;
use super::row::Row;
use super::world::World;
use crossdock_core::origin::{Origin, Shows};
use crossdock_registry::RefusalKind;
use crossdock_registry::memory::MemoryUpstream;

impl World {
    fn partner(&self) -> &MemoryUpstream {
        self.upstream("partner")
    }

    fn partner_is(&self, shows: Shows, installation: &str) {
        let installation = installation.to_owned();
        self.partner().set_origin(Some(Origin {
            shows,
            installation,
        }));
    }

    fn alarms_of_kind(&self, kind: &str) -> Vec<String> {
        let (all, _) = self.federation.alarms().all();
        let of_kind = all.into_iter().filter(|alarm| alarm.kind == kind);
        of_kind.map(|alarm| alarm.text).collect()
    }
}

async fn world() -> World {
    let plan = Plan::usual().mirror("partner");
    let world = plan.view("main", &["acme", "partner"]).open().await;
    world.shows("partner", "petal", &[Row::new("petal", "1.0.0")]);
    world
}

#[tokio::test]
async fn a_registry_of_another_crossdock_is_mirrored() {
    let world = world().await;
    world.partner_is(Shows::Registry, "there");
    assert_eq!(world.versions("main", "petal").await, ["1.0.0"]);
    assert!(world.federation.unfit_mirrors().is_empty());
}

#[tokio::test]
async fn nothing_of_a_view_is_taken_over() {
    for (shows, installation, told) in [
        (Shows::View, "there", "is a view of another Crossdock"),
        (Shows::Face, "there", "is a face of a view"),
        (Shows::Other, "there", "something else than a registry"),
        (Shows::Registry, "here", "is this installation itself"),
        (Shows::View, "here", "is this installation itself"),
    ] {
        let world = world().await;
        world.partner_is(shows, installation);
        let before = world.facts().await;
        for name in ["petal", "never"] {
            let refused = world.index("main", name).await.unwrap_err();
            assert_eq!(refused.kind, RefusalKind::Unavailable, "{told}");
            assert!(refused.detail.contains(told), "{told}: {refused}");
        }
        assert_eq!(world.facts().await, before, "{told}");
        let unfit = world.federation.unfit_mirrors();
        assert_eq!(unfit.len(), 1);
        assert!(unfit[0].1.contains(told), "{unfit:?}");
        let alarms = world.alarms_of_kind("no-registry");
        assert_eq!(alarms.len(), 1, "{alarms:?}");
        assert!(alarms[0].contains(told), "{alarms:?}");
        // Once it is known, its upstream hears nothing more of us.
        world.asked("partner");
        let _ = world.index("main", "rose").await;
        assert_eq!(world.asked("partner"), [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_becomes_a_view_is_answered_for_by_what_is_held() {
    let world = world().await;
    world.partner_is(Shows::Registry, "there");
    assert_eq!(world.versions("main", "petal").await, ["1.0.0"]);
    world.partner_is(Shows::View, "there");
    world.shows("partner", "petal", &[Row::new("petal", "2.0.0")]);
    tokio::time::advance(std::time::Duration::from_secs(3601)).await;
    assert_eq!(world.versions("main", "petal").await, ["1.0.0"]);
    assert_eq!(world.alarms_of_kind("no-registry").len(), 1);

    // And once it is a registry again, after a while, it is asked again.
    world.partner_is(Shows::Registry, "there");
    tokio::time::advance(std::time::Duration::from_secs(61)).await;
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "2.0.0"]);
    assert!(world.alarms_of_kind("no-registry").is_empty());
    assert!(world.federation.unfit_mirrors().is_empty());
}

#[tokio::test]
async fn an_upstream_that_does_not_say_is_taken_as_it_is() {
    let world = world().await;
    assert_eq!(world.versions("main", "petal").await, ["1.0.0"]);
    assert!(world.federation.unfit_mirrors().is_empty());
}
