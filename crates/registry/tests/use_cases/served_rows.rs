//! Law 7 over time: a row that was served never changes, whatever the settings say
//! later.
//!
//! A history is a few publishes, releases upstream, changes of the settings, and
//! reads in between. Every row that any read showed is kept; a later read shows it
//! again as it was, or is refused. The world is small, so that names collide: three
//! crates that depend on each other, in five registries.
//!
//! Absent: who owns a name, which the laws of `core` say; here it only must not move
//! a row.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{CRATES_IO, World, address, registry};
use crossdock_core::pattern::NamePattern;
use crossdock_core::policy::{Identity, SameCrate, Side};
use crossdock_registry::RefusalKind;
use crossdock_registry::ports::Ledger as _;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const HOSTED: [&str; 3] = ["acme", "apps", "lab"];
const MIRRORS: [&str; 2] = ["crates-io", "partner"];
const MEMBERS: [&str; 5] = ["acme", "apps", "crates-io", "lab", "partner"];
const NAMES: [&str; 3] = ["bloom", "petal", "stem"];

/// What the settings say of the view `main`; the registries are always the same.
#[derive(Clone, Debug)]
struct Settings {
    members: BTreeSet<&'static str>,
    /// Members on the other side than they usually are.
    other_side: BTreeSet<&'static str>,
    limited: BTreeSet<&'static str>,
    claims: BTreeMap<&'static str, &'static str>,
    same_crate: BTreeMap<&'static str, BTreeSet<&'static str>>,
}

#[derive(Clone, Debug)]
enum Step {
    /// A hosted registry gets the next version of a name, which depends on another.
    Publish(&'static str, &'static str, Needs),
    /// An upstream gets it.
    Appears(&'static str, &'static str, Needs),
    Read(&'static str),
    Change(Change),
}

/// A dependency: a name, of whose registry, written how.
#[derive(Clone, Debug)]
struct Needs {
    name: &'static str,
    of: &'static str,
    form: Form,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Plain,
    Renamed,
    Optional,
    Dev,
    Build,
    Platform,
    Featured,
}

#[derive(Clone, Debug)]
enum Change {
    Joins(&'static str),
    Leaves(&'static str),
    ChangesSide(&'static str),
    IsLimited(&'static str),
    Claim(&'static str, &'static str),
    Unclaim(&'static str),
    Declare(&'static str, Vec<&'static str>),
    Withdraw(&'static str),
}

fn settings() -> impl Strategy<Value = Settings> {
    // crates.io is always one: without it a view has another identity.
    let members = subsequence(vec!["acme", "apps", "lab", "partner"], 1..=4);
    members.prop_map(|members| Settings {
        members: members.into_iter().chain(["crates-io"]).collect(),
        other_side: BTreeSet::new(),
        limited: BTreeSet::new(),
        claims: BTreeMap::new(),
        same_crate: BTreeMap::new(),
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (select(&HOSTED[..]), select(&NAMES[..]), needs()).prop_map(|(at, name, needs)| Step::Publish(at, name, needs)),
        3 => (select(&MIRRORS[..]), select(&NAMES[..]), needs()).prop_map(|(at, name, needs)| Step::Appears(at, name, needs)),
        5 => select(&NAMES[..]).prop_map(Step::Read),
        4 => change().prop_map(Step::Change),
    ]
}

fn needs() -> impl Strategy<Value = Needs> {
    let form = select(vec![
        Form::Plain,
        Form::Renamed,
        Form::Optional,
        Form::Dev,
        Form::Build,
        Form::Platform,
        Form::Featured,
    ]);
    // Most dependencies are of the registry itself; `elsewhere` is nobody's here.
    let of = prop_oneof![
        4 => Just("own"),
        2 => Just("crates-io"),
        3 => select(vec!["acme", "apps", "lab", "partner", "elsewhere"]),
    ];
    (select(&NAMES[..]), of, form).prop_map(|(name, of, form)| Needs { name, of, form })
}

fn change() -> impl Strategy<Value = Change> {
    let member = || select(vec!["acme", "apps", "lab", "partner"]);
    let name = || select(&NAMES[..]);
    prop_oneof![
        member().prop_map(Change::Joins),
        member().prop_map(Change::Leaves),
        select(&MEMBERS[..]).prop_map(Change::ChangesSide),
        member().prop_map(Change::IsLimited),
        (name(), select(&MEMBERS[..])).prop_map(|(name, member)| Change::Claim(name, member)),
        name().prop_map(Change::Unclaim),
        (name(), subsequence(MEMBERS.to_vec(), 2..=3))
            .prop_map(|(name, members)| Change::Declare(name, members)),
        name().prop_map(Change::Withdraw),
    ]
}

impl Settings {
    fn change(&mut self, change: &Change) {
        match change {
            Change::Joins(member) => drop(self.members.insert(member)),
            Change::Leaves(member) => drop(self.members.remove(member)),
            Change::ChangesSide(member) => toggle(&mut self.other_side, member),
            Change::IsLimited(member) => toggle(&mut self.limited, member),
            Change::Claim(name, member) => drop(self.claims.insert(name, member)),
            Change::Unclaim(name) => drop(self.claims.remove(name)),
            Change::Declare(name, members) => {
                let members = members.iter().copied().collect();
                self.same_crate.insert(name, members);
            }
            Change::Withdraw(name) => drop(self.same_crate.remove(name)),
        }
    }

    /// What the settings file would say; lines about who is no member are left out,
    /// as the file's rules want it.
    fn plan(&self, identity: Identity) -> Plan {
        let members: Vec<&str> = self.members.iter().copied().collect();
        let plan = HOSTED
            .iter()
            .fold(Plan::new(), |plan, name| plan.hosted(name));
        let plan = plan.crates_io().mirror("partner").view("main", &members);
        plan.policy("main", |policy| {
            policy.identity = identity;
            for member in &self.other_side {
                if let Some(member) = policy.members.get_mut(*member) {
                    member.side = match member.side {
                        Side::Inside => Side::Outside,
                        Side::Outside => Side::Inside,
                    };
                }
            }
            for member in &self.limited {
                if let Some(member) = policy.members.get_mut(*member) {
                    member.only = Some([NamePattern::parse("other-*").unwrap()].into());
                }
            }
            let is_member = |member: &&&str| self.members.contains(**member);
            for (name, member) in &self.claims {
                if self.members.contains(member) {
                    let pattern = NamePattern::parse(name).unwrap();
                    policy.claims.insert(pattern, registry(member));
                }
            }
            for (name, members) in &self.same_crate {
                let members: BTreeSet<_> = members
                    .iter()
                    .filter(is_member)
                    .map(|name| registry(name))
                    .collect();
                if members.len() > 1 {
                    let names = [NamePattern::parse(name).unwrap()].into();
                    policy.same_crate.push(SameCrate { names, members });
                }
            }
        })
    }
}

fn toggle(set: &mut BTreeSet<&'static str>, member: &'static str) {
    if !set.remove(member) {
        set.insert(member);
    }
}

impl Needs {
    /// The registry as an index address; nothing for a registry's own.
    fn address(&self) -> Option<String> {
        match self.of {
            "own" => None,
            "crates-io" => Some(CRATES_IO.to_owned()),
            "partner" => Some("sparse+https://partner.example/".to_owned()),
            "elsewhere" => Some("sparse+https://elsewhere.example/".to_owned()),
            hosted => Some(address(hosted)),
        }
    }

    /// As a manifest in a registry's upload has it: own is said by address there.
    fn in_manifest(&self, registry: &str) -> String {
        let address = self.address().unwrap_or_else(|| address(registry));
        let (name, of) = (
            self.name,
            format!("version = \"1\", registry-index = \"{address}\""),
        );
        match self.form {
            Form::Plain => format!("[dependencies.{name}]\n{}", lines(&of, "")),
            Form::Renamed => {
                format!(
                    "[dependencies.other]\n{}",
                    lines(&of, &format!("package = \"{name}\""))
                )
            }
            Form::Optional => format!("[dependencies.{name}]\n{}", lines(&of, "optional = true")),
            Form::Dev => format!("[dev-dependencies.{name}]\n{}", lines(&of, "")),
            Form::Build => format!("[build-dependencies.{name}]\n{}", lines(&of, "")),
            Form::Platform => {
                format!(
                    "[target.'cfg(unix)'.dependencies.{name}]\n{}",
                    lines(&of, "")
                )
            }
            Form::Featured => format!(
                "[features]\nwith = [\"{name}/std\"]\n[dependencies.{name}]\n{}",
                lines(&of, "features = [\"alloc\"]\ndefault-features = false")
            ),
        }
    }

    /// Whose crate is meant, if that member is one of its owners and another speaks for it
    /// by now.
    async fn of_another(&self, world: &World, registry: &'static str) -> Option<&'static str> {
        // crates.io's identity is no evidence, and is settled for whoever speaks.
        let means = match self.of {
            "own" => registry,
            "elsewhere" | "crates-io" => return None,
            other => other,
        };
        let main = super::world::registry("main");
        let records = world.ledger.ownerships(&main).await.unwrap();
        let (_, record) = records.iter().find(|(of, _)| of.as_str() == self.name)?;
        let is_owner = record.members().iter().any(|it| it.as_str() == means);
        (is_owner && record.owner().is_some_and(|it| it.as_str() != means)).then_some(means)
    }

    /// As an upstream's row has it.
    fn in_row(&self) -> Value {
        let mut dependency = json!({
            "name": self.name, "req": "^1", "features": [], "optional": false,
            "default_features": true, "target": null, "kind": "normal",
            "registry": self.address(),
        });
        match self.form {
            Form::Plain => {}
            Form::Renamed => {
                dependency["name"] = "other".into();
                dependency["package"] = self.name.into();
            }
            Form::Optional => dependency["optional"] = true.into(),
            Form::Dev => dependency["kind"] = "dev".into(),
            Form::Build => dependency["kind"] = "build".into(),
            Form::Platform => dependency["target"] = "cfg(unix)".into(),
            Form::Featured => dependency["features"] = json!(["alloc"]),
        }
        dependency
    }
}

fn lines(inline: &str, more: &str) -> String {
    format!("{}\n{more}", inline.replace(", ", "\n"))
}

/// Rows by surface, name and version, as they were first shown.
#[derive(Default)]
struct Seen {
    rows: BTreeMap<(String, String, String), Value>,
    /// Rows that came in while another member spoke for what they depend on: by name and
    /// version, the member whose crate they mean.
    apart: BTreeMap<(String, String), &'static str>,
}

/// A row without what may change: a yank shows, and a time may be backfilled.
fn pinned(mut row: Value) -> Value {
    let fields = row.as_object_mut().unwrap();
    fields.remove("yanked");
    fields.remove("pubtime");
    row
}

/// Reads a name at the view and at every face; compares with what was seen before.
async fn read(
    world: &World,
    settings: &Settings,
    name: &str,
    seen: &mut Seen,
) -> Result<(), TestCaseError> {
    let faces = MEMBERS.iter().map(|member| format!("main/from/{member}"));
    for path in faces.chain(["main".to_owned()]) {
        let is_member = path
            .strip_prefix("main/from/")
            .is_none_or(|member| settings.members.contains(member));
        if !is_member {
            continue;
        }
        let rows = match world.index(&path, name).await {
            Ok(file) => rows_of(file.plain()),
            Err(refused) => {
                let was_seen = seen
                    .rows
                    .keys()
                    .any(|(at, of, _)| *at == path && of == name);
                // cargo throws its copy away on "no such crate".
                prop_assert!(
                    !was_seen || refused.kind != RefusalKind::Absent,
                    "{} of {}: {}",
                    name,
                    path,
                    refused
                );
                continue;
            }
        };
        for row in rows {
            let version = row["vers"].as_str().unwrap().to_owned();
            let key = (path.clone(), name.to_owned(), version);
            let row = pinned(row);
            if let Some(means) = seen.apart.get(&(key.1.clone(), key.2.clone())) {
                let face = address(&format!("main/from/{means}"));
                prop_assert_eq!(&row["deps"][0]["registry"], &face, "{:?}", key);
            }
            let first = seen.rows.entry(key.clone()).or_insert_with(|| row.clone());
            prop_assert_eq!(&*first, &row, "{:?}", key);
        }
    }
    Ok(())
}

fn rows_of(text: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(text).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

async fn live(
    identity: Identity,
    mut settings: Settings,
    steps: Vec<Step>,
) -> Result<(), TestCaseError> {
    let mut world = settings.plan(identity).open().await;
    let (mut seen, mut shelves) = (Seen::default(), BTreeMap::<_, Vec<Row>>::new());
    for (number, step) in steps.into_iter().enumerate() {
        let version = format!("1.{number}.0");
        match step {
            Step::Publish(at, name, needs) => {
                let package = Package::new(name, &version).with(&needs.in_manifest(at));
                let apart = needs.of_another(&world, at).await;
                // A name that is somebody else's is refused, which moves no row either.
                if world.publish(at, &package).await.is_ok() {
                    let place = (name.to_owned(), version);
                    seen.apart.extend(apart.map(|means| (place, means)));
                }
            }
            Step::Appears(at, name, needs) => {
                let rows = shelves.entry((at, name)).or_default();
                rows.push(Row::new(name, &version).with("deps", json!([needs.in_row()])));
                world.shows(at, name, rows);
            }
            Step::Read(name) => read(&world, &settings, name, &mut seen).await?,
            Step::Change(change) => {
                settings.change(&change);
                world.restart_with(settings.plan(identity)).await;
                for name in NAMES {
                    read(&world, &settings, name, &mut seen).await?;
                }
            }
        }
    }
    world.restart().await;
    for name in NAMES {
        read(&world, &settings, name, &mut seen).await?;
    }
    Ok(())
}

/// More often by `PROPTEST_CASES`; each is a dozen restarts.
fn trials() -> ProptestConfig {
    let config = ProptestConfig::default();
    ProptestConfig {
        cases: config.cases,
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..config
    }
}

proptest! {
    #![proptest_config(trials())]

    #[test]
    fn a_served_row_never_changes_whatever_the_settings_say_later(
        split in any::<bool>(),
        settings in settings(),
        steps in prop::collection::vec(step(), 4..24),
    ) {
        let identity = if split { Identity::Split } else { Identity::CratesIo };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(live(identity, settings, steps))?;
    }
}
