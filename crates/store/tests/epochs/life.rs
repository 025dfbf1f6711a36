//! A life with facts of every kind: ordinary hours by the dice, which fall the same each
//! time, and between them what people decide.

use super::package::Package;
use super::place::Place;
use super::plan::Plan;
use super::row::Row;
use super::world::{ann, name, registry, version};
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::Words;
use crossdock_core::gate::{Effect, Licences, MinAge, Mode, Rule};
use crossdock_core::registry_name::RegistryName;
use crossdock_registry::configuration::Configuration;
use crossdock_registry::{Approving, Bearer, Import, Versions};
use std::sync::LazyLock;

/// Ordinary hours between two decisions; with them the life has some 150 facts.
const HOURS: usize = 6;

/// Registries of every kind that needs no folder, and a view with every gate.
fn plan() -> Plan {
    Plan::new()
        .hosted("acme")
        .hosted("apps")
        .hosted("patch")
        .replacing("lab")
        .mirror("partner")
        .crates_io()
        .view(
            "main",
            &["acme", "apps", "patch", "lab", "partner", "crates-io"],
        )
        .overlay("main", "patch", "ovt")
        .policy("main", |policy| {
            let yank = Rule::new(Mode::Enforce, Effect::Yank);
            let mut licences = Licences::default();
            licences.allow("MIT").unwrap();
            policy.gates.min_age = Some((yank.clone(), MinAge::of_seconds(86_400).unwrap()));
            policy.gates.admit = Some(Rule::new(Mode::Audit, Effect::Yank));
            policy.gates.licences = Some((yank.clone(), licences));
            policy.gates.typo_squats = Some(yank.clone());
            policy.gates.closed = Some(yank);
        })
}

pub(crate) fn first_settings() -> Configuration {
    plan().configuration
}

fn with_alias() -> Configuration {
    let alias = |policy: &mut crossdock_core::policy::ViewPolicy| {
        policy.aliases.declare(&name("bark"), name("leaf")).unwrap();
    };
    plan().policy("main", alias).configuration
}

fn with_claim() -> Configuration {
    plan().claim("main", "shared", "partner").configuration
}

/// Lives through some months.
pub(crate) async fn live(place: &mut Place) {
    let mut hours = Hours::default();
    // Public rows name this one, which nobody may have published first.
    place
        .publish("acme", &Package::new("petal", "0.1.0"))
        .await
        .unwrap();
    hours.pass(place).await;
    publications(place, &mut hours).await;
    gates(place, &mut hours).await;
    copies(place, &mut hours).await;
    overlay(place, &mut hours).await;
    upstreams(place, &mut hours).await;
    settings(place, &mut hours).await;
    owners(place, &mut hours).await;
    ends(place).await;
}

/// Everything changes once more, after all was asked for.
pub(crate) async fn live_on(place: &mut Place) {
    place.later();
    for public in ["serde", "leaf"] {
        place.shows("crates-io", public, &rows(public, 30, 3));
        let _ = place.look("main", public).await;
    }
    for private in ["petal", "rose"] {
        place
            .publish("acme", &Package::new(private, "9.0.0"))
            .await
            .unwrap();
    }
    place.publish("lab", &built(9)).await.unwrap();
}

/// The view, and who decides everything.
static MAIN: LazyLock<RegistryName> = LazyLock::new(|| registry("main"));
static ANN: LazyLock<Actor> = LazyLock::new(ann);
static BEARER: LazyLock<Bearer> = LazyLock::new(|| Bearer::Trusted(ann()));

fn built(number: u8) -> Package {
    Package::new("tool", "1.0.0").library(&format!("pub const BUILD: u8 = {number};\n"))
}

async fn publications(place: &mut Place, hours: &mut Hours) {
    for number in 1..=3 {
        place.publish("lab", &built(number)).await.unwrap();
        let _ = place.look("main", "tool").await;
        hours.pass(place).await;
    }
    let (acme, petal) = (place.surface("acme"), name("petal"));
    let bob = [Actor::parse("bob").unwrap()];
    let changed = place
        .federation
        .change_owners(&acme, &petal, &bob, &[], &BEARER);
    changed.await.unwrap();
    for yanked in [true, false] {
        let number = version("0.1.0");
        let done = place
            .federation
            .set_yanked(&acme, &petal, &number, yanked, &BEARER);
        done.await.unwrap();
        hours.pass(place).await;
    }
    place.federation.thaw(&ANN, &MAIN).await.unwrap();
    let day = registry("day-one");
    place
        .federation
        .snapshot(&ANN, &MAIN, &day, None)
        .await
        .unwrap();
}

async fn gates(place: &mut Place, hours: &mut Hours) {
    let leaf = ["leaf@1.0.0".to_owned()];
    for action in [Approving::Request, Approving::Approve, Approving::Revoke] {
        place
            .federation
            .approve(&ANN, &MAIN, action, &leaf)
            .await
            .unwrap();
        hours.pass(place).await;
    }
    let told = ("min-age", "we wrote it", "2027-06-01");
    place
        .federation
        .waive(&ANN, &MAIN, "serde@1.0.0", told)
        .await
        .unwrap();
    place.shows("crates-io", "pteal", &[Row::new("pteal", "1.0.0")]);
    place.look("main", "pteal").await.unwrap();
    // Of its archive it is learnt under which licence it is.
    place.shows("crates-io", "serde", &rows("serde", 3, 9));
    place.has_archive("crates-io", &Package::new("serde", "1.0.0"));
    place.look("main", "serde").await.unwrap();
    place
        .fetch("main", &Package::new("serde", "1.0.0"))
        .await
        .unwrap();
    hours.pass(place).await;
}

async fn copies(place: &mut Place, hours: &mut Hours) {
    let import = Import {
        from: place.surface("crates-io"),
        name: name("serde"),
        versions: Some(Versions::Exactly(version("1.0.0"))),
        rename: Some(name("copied")),
        into_existing: false,
    };
    let acme = registry("acme");
    place
        .federation
        .import(&acme, &import, &ANN, false)
        .await
        .unwrap();
    hours.pass(place).await;
}

async fn overlay(place: &mut Place, hours: &mut Hours) {
    place.federation.thaw(&ANN, &MAIN).await.unwrap();
    for number in ["1.0.0", "1.1.0", "1.2.0"] {
        place
            .publish("apps", &Package::new("ovt", number))
            .await
            .unwrap();
    }
    for patched in ["1.0.0+acme.1", "1.1.0+acme.1"] {
        let package = Package::new("ovt", patched).library("// patched");
        place.publish("patch", &package).await.unwrap();
        hours.pass(place).await;
        place.federation.thaw(&ANN, &MAIN).await.unwrap();
        let _ = place.look("main", "ovt").await;
    }
    let (ovt, newer) = (name("ovt"), version("1.2.0"));
    let rebased = place.federation.rebase_overlay(&ANN, &MAIN, &ovt);
    rebased.await.unwrap();
    hours.pass(place).await;
    let accepted = place
        .federation
        .accept_overlaid(&ANN, &MAIN, &ovt, &newer, false);
    accepted.await.unwrap();
    hours.pass(place).await;
}

/// What vanishes upstream, comes back, and is accepted to be gone.
async fn upstreams(place: &mut Place, hours: &mut Hours) {
    place.federation.thaw(&ANN, &MAIN).await.unwrap();
    let stems = [Row::new("stem", "1.0.0"), Row::new("stem", "1.1.0")];
    for shown in [2, 1, 1, 2, 1] {
        place.later();
        place.shows("partner", "stem", &stems[..shown]);
        // Somebody else's answer shows that the upstream is well.
        place.shows("partner", "twig", &[Row::new("twig", "1.0.0")]);
        place.look("partner", "stem").await.unwrap();
        place.look("partner", "twig").await.unwrap();
        let _ = place.look("main", "stem").await;
    }
    let partner = registry("partner");
    let accepted = place.federation.accept_removals(&ANN, &partner, &[]).await;
    assert!(!accepted.unwrap().is_empty());
    hours.pass(place).await;
}

/// Settings that come and go: an alias, and a claim that settles a conflict.
async fn settings(place: &mut Place, hours: &mut Hours) {
    place.federation.thaw(&ANN, &MAIN).await.unwrap();
    let (same, other) = (Row::new("shared", "1.0.0"), Row::new("shared", "1.1.0"));
    place.shows("partner", "shared", &[same.clone(), other]);
    place.shows("crates-io", "shared", &[same]);
    place.look("main", "shared").await.unwrap();
    hours.pass(place).await;
    place.restart(with_alias()).await;
    place.federation.thaw(&ANN, &MAIN).await.unwrap();
    place.shows("crates-io", "bark", &[Row::new("bark", "1.0.0")]);
    let both = Row::new("both", "1.0.0")
        .needs("bark", "^1")
        .needs("leaf", "^1");
    place.shows("crates-io", "both", &[both]);
    let needs = Row::new("bush", "1.0.0").needs("bark", "^1");
    place.shows("crates-io", "bush", &[needs]);
    for dependent in ["both", "bush"] {
        place.look("main", dependent).await.unwrap();
    }
    hours.pass(place).await;
    place.restart(with_claim()).await;
    place.federation.thaw(&ANN, &MAIN).await.unwrap();
    place.look("main", "shared").await.unwrap();
    hours.pass(place).await;
}

/// Names that go to another owner by command.
async fn owners(place: &mut Place, hours: &mut Hours) {
    place.federation.thaw(&ANN, &MAIN).await.unwrap();
    let moving = [Row::new("moving", "1.0.0"), Row::new("moving", "1.1.0")];
    place.shows("partner", "moving", &moving);
    place.look("main", "moving").await.unwrap();
    hours.pass(place).await;
    place.shows("crates-io", "moving", &moving);
    place.look("crates-io", "moving").await.unwrap();
    let (moving, partner, public) = (name("moving"), registry("partner"), registry("crates-io"));
    let transferred = place
        .federation
        .transfer(&MAIN, &moving, &partner, &public, &ANN);
    transferred.await.unwrap();
    hours.pass(place).await;
    place.federation.thaw(&ANN, &MAIN).await.unwrap();
    let another = Row::new("moving", "1.0.0").checksum(Checksum::of(b"another"));
    place.shows("partner", "moving", &[another, Row::new("moving", "2.0.0")]);
    let _ = place.look("partner", "moving").await;
    let reassigned = place
        .federation
        .reassign(&MAIN, &moving, &partner, true, &ANN);
    assert!(reassigned.await.unwrap().done);
    hours.pass(place).await;
}

/// A purge, a retirement, and a view that moves at last.
async fn ends(place: &mut Place) {
    let (acme, petal, number) = (registry("acme"), name("petal"), version("0.1.0"));
    let reason = Words::parse("the law says so").unwrap();
    let purged = place.federation.purge(&acme, &petal, &number, reason, &ANN);
    purged.await.unwrap();
    place.later();
    place
        .federation
        .retire(&registry("partner"), &ANN)
        .await
        .unwrap();
    let frozen = place
        .federation
        .freeze(&ANN, &MAIN, None, [name("rose").key()].into());
    frozen.await.unwrap();
    place.later();
    place.federation.thaw(&ANN, &MAIN).await.unwrap();
    let _ = place.look("main", "petal").await;
}

/// Rows of a public crate, of which some were yanked and some depend on others.
fn rows(krate: &str, count: u64, yanked: u64) -> Vec<Row> {
    let row = |number: u64| {
        let row = Row::new(krate, &format!("1.{number}.0"));
        let day = number % 28 + 1;
        let row = row.with("pubtime", format!("2026-11-{day:02}T00:00:00Z"));
        let row = match number % 3 {
            1 => row.needs("petal", "^1"),
            2 => row.needs("leaf", "^1"),
            _ => row,
        };
        if number == yanked { row.yanked() } else { row }
    };
    (0..count).map(row).collect()
}

/// Hours in which nothing is decided, by dice that fall the same each time.
struct Hours {
    dice: u64,
    published: u64,
    shown: u64,
}

impl Default for Hours {
    fn default() -> Self {
        let dice = 0x2545_f491_4f6c_dd1d;
        let (published, shown) = (0, 3);
        Self {
            dice,
            published,
            shown,
        }
    }
}

impl Hours {
    fn roll(&mut self, sides: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice % sides
    }

    async fn pass(&mut self, place: &Place) {
        for _ in 0..HOURS {
            place.later();
            match self.roll(6) {
                0 => {
                    let private = ["petal", "rose"][usize::from(self.roll(2) == 0)];
                    let package = Package::new(private, &format!("1.{}.0", self.published));
                    self.published += 1;
                    place.publish("acme", &package).await.unwrap();
                }
                1 | 2 => {
                    self.shown += self.roll(2);
                    let public = ["serde", "leaf", "bloom"][usize::try_from(self.roll(3)).unwrap()];
                    let shown = rows(public, self.shown, self.roll(8));
                    place.shows("crates-io", public, &shown);
                }
                3 if self.roll(4) == 0 => {
                    let except = [name("rose").key()].into();
                    let frozen = place.federation.freeze(&ANN, &MAIN, None, except);
                    frozen.await.unwrap();
                }
                4 => drop(place.federation.thaw(&ANN, &MAIN).await.unwrap()),
                _ => {}
            }
            let path = ["main", "acme", "crates-io", "main/from/crates-io"];
            let path = path[usize::try_from(self.roll(4)).unwrap()];
            let file = ["petal", "rose", "serde", "leaf", "bloom"];
            // Absent or not: what it records is what counts.
            let file = file[usize::try_from(self.roll(5)).unwrap()];
            let _ = place.look(path, file).await;
        }
    }
}
