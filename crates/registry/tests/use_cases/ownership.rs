//! Names that go to another owner by command, and what was shown before.
//!
//! Here: the world of it. Below: names that are handed over, what stays or goes, and
//! what others record at the same time.

mod at_once;
mod handed_over;
mod what_stays;

use super::plan::Plan;
use super::row::Row;
use super::world::{World, ann, name, registry};
use crossdock_registry::{Reassignment, Refusal, Transfer};

fn plan() -> Plan {
    let plan = Plan::usual().hosted("apps").mirror("partner");
    plan.view("main", &["acme", "apps", "partner", "crates-io"])
}

impl World {
    async fn transfer(&self, of: &str, from: &str, to: &str) -> Result<Transfer, Refusal> {
        let (view, of) = (registry("main"), name(of));
        let (from, to) = (registry(from), registry(to));
        self.federation
            .transfer(&view, &of, &from, &to, &ann())
            .await
    }

    async fn reassign(&self, of: &str, to: &str, breaks: bool) -> Result<Reassignment, Refusal> {
        let (view, of, to) = (registry("main"), name(of), registry(to));
        let actor = ann();
        let reassigned = self.federation.reassign(&view, &of, &to, breaks, &actor);
        reassigned.await
    }

    async fn text(&self, path: &str, name: &str) -> String {
        let file = self.index(path, name).await.unwrap();
        String::from_utf8(file.plain().to_vec()).unwrap()
    }
}

/// `petal` of partner, on record, with a dependant there.
async fn partners_petal(plan: Plan) -> World {
    let world = plan.open().await;
    let petals = [
        Row::new("petal", "1.0.0"),
        Row::new("petal", "1.1.0").needs("stem", "1"),
    ];
    world.shows("partner", "petal", &petals);
    world.shows("partner", "stem", &[Row::new("stem", "1.0.0")]);
    let rose = Row::new("rose", "1.0.0").needs("petal", "1");
    world.shows("partner", "rose", &[rose]);
    world.versions("main", "rose").await;
    world.versions("main", "petal").await;
    world.versions("main", "stem").await;
    world
}
