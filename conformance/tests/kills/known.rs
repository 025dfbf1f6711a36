//! What clients know: what was acknowledged, and what may be either way.

use crossdock_conformance::server::Server;
use crossdock_conformance::tarball::checksum;
use crossdock_conformance::upstream::index_path;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Releases that are looked at again long after they came, each time.
const OLD_ONES: usize = 12;

/// Name and version, in `local`.
pub(crate) type Place = (String, String);

/// What was sent as one.
pub(crate) struct Sent {
    /// Each with its body and the checksum of its archive.
    pub(crate) releases: Vec<(Place, String)>,
    pub(crate) body: Vec<u8>,
    /// Nobody knows, if not.
    pub(crate) acknowledged: bool,
}

/// What clients know.
#[derive(Default)]
pub(crate) struct Known {
    /// Operations that were answered with 200.
    pub(crate) acknowledged: usize,
    /// Publishes and batches, in no order that matters.
    pub(crate) sent: Vec<Sent>,
    /// What yanks may have left: of one that was not answered, both.
    pub(crate) yanked: BTreeMap<Place, BTreeSet<bool>>,
    /// Names that were transferred to `crates-io`, or may have been.
    pub(crate) transferred: BTreeMap<String, bool>,
    /// Mirrored archives that were given, with their checksums.
    pub(crate) fetched: Vec<(Place, String)>,
    /// Counts names that nobody used before.
    pub(crate) names: usize,
    /// How much of `sent` and `fetched` was looked at at least once.
    looked_at: (usize, usize),
    looks: usize,
}

impl Known {
    /// Holds a server against all this; what is not known is known afterwards.
    pub(crate) fn hold_against(&mut self, server: &Server) {
        let (sent, fetched) = self.looked_at;
        self.looks += 1;
        let mut entries = Entries::new(server);
        let old = (0..OLD_ONES).map(|n| (self.looks * OLD_ONES + n * 7919) % sent.max(1));
        let indices: BTreeSet<usize> = old
            .filter(|index| *index < sent)
            .chain(sent..self.sent.len())
            .collect();
        for index in indices {
            let one = &mut self.sent[index];
            let there = one.releases.iter().map(|(place, cksum)| {
                let is_there = entries.has(place, cksum, self.yanked.get(place));
                if is_there {
                    is_given(server, "local", place, cksum);
                }
                is_there
            });
            let there: Vec<bool> = there.collect();
            let all = there.iter().all(|is| *is);
            assert!(
                all || !one.acknowledged && there.iter().all(|is| !is),
                "acknowledged: {}, there: {there:?} of {:?}",
                one.acknowledged,
                one.releases
            );
            if !one.acknowledged {
                // Whoever got no answer tries again, and then knows.
                let again = server.send("PUT", route(&one.releases), &one.body);
                again.expects(200);
                one.acknowledged = true;
            }
        }
        for (place, cksum) in &self.fetched[fetched..] {
            is_given(server, "crates-io", place, cksum);
        }
        for (name, is_known) in &mut self.transferred {
            let owner = owner(server, name);
            assert!(
                owner == "crates-io" || !*is_known && owner == "partner",
                "{name} is {owner}'s, known: {is_known}"
            );
            *is_known = owner == "crates-io";
        }
        self.transferred.retain(|_, is_known| *is_known);
        for (place, possible) in &mut self.yanked {
            if possible.len() > 1 {
                *possible = BTreeSet::from([entries.yanked(place)]);
            }
        }
        self.looked_at = (self.sent.len(), self.fetched.len());
    }
}

/// Index files that were read once.
struct Entries<'s> {
    server: &'s Server,
    read: BTreeMap<String, BTreeMap<String, (String, bool)>>,
}

impl<'s> Entries<'s> {
    fn new(server: &'s Server) -> Self {
        let read = BTreeMap::new();
        Self { server, read }
    }

    fn of(&mut self, name: &str) -> &BTreeMap<String, (String, bool)> {
        let server = self.server;
        self.read.entry(name.to_owned()).or_insert_with(|| {
            let [local, main] = ["local", "main"].map(|surface| rows(server, surface, name));
            assert_eq!(local, main, "{name} is one in its registry and in the view");
            local
        })
    }

    /// Whether a release is there: as it was sent, or not at all.
    fn has(&mut self, place: &Place, cksum: &str, yanked: Option<&BTreeSet<bool>>) -> bool {
        let Some((shown, is_yanked)) = self.of(&place.0).get(&place.1) else {
            return false;
        };
        assert_eq!(shown, cksum, "{place:?}");
        let may_be = yanked.map_or(!is_yanked, |possible| possible.contains(is_yanked));
        assert!(
            may_be,
            "{place:?}: yanked is {is_yanked}, may be {yanked:?}"
        );
        true
    }

    fn yanked(&mut self, place: &Place) -> bool {
        self.of(&place.0)[&place.1].1
    }
}

/// Checksum and whether it is yanked, by version.
fn rows(server: &Server, surface: &str, name: &str) -> BTreeMap<String, (String, bool)> {
    let answer = server.get(&format!("/{surface}/index/{}", index_path(name)));
    if answer.status == 404 {
        return BTreeMap::new();
    }
    let rows = answer.expects(200).rows().into_iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let shown = rows.map(|row| {
        let shown = (text(&row["cksum"]), row["yanked"] == true);
        (text(&row["vers"]), shown)
    });
    shown.collect()
}

/// Downloads an archive and compares it.
fn is_given(server: &Server, registry: &str, (name, version): &Place, cksum: &str) {
    let path = format!("/{registry}/dl/{name}/{version}/{cksum}");
    let given = server.get(&path).expects(200).body;
    assert_eq!(checksum(&given), cksum, "{name} {version}");
}

/// Whose a name is in `main`, as the view says itself.
fn owner(server: &Server, name: &str) -> String {
    let told = server.send("GET", &format!("/main/api/v1/explain/{name}"), b"");
    let told: Value = serde_json::from_str(&told.expects(200).text()).expect("it answers JSON");
    told["owners"][0].as_str().unwrap_or_default().to_owned()
}

/// Where one release is sent to, or several together.
pub(crate) fn route(releases: &[(Place, String)]) -> &'static str {
    match releases.len() {
        1 => "/local/api/v1/crates/new",
        _ => "/local/api/v1/crates/batch",
    }
}
