//! The table: every family of bad inputs, what is sent of it, by whom, and what is answered.
//!
//! It is printed into `docs/bad-inputs.md` with the numbers (`printed.rs`). A family whose
//! point is something else than an answer names the test that has it.

use crate::{Case, bodies, entries, manifests, names, requests, rows, streams, taken, ways};
use Group::{Archives, Elsewhere, NoIndex, NotYet, Requests, Rows, Taken, Uploads, Ways};
use Scope::{Admission, Safety};

/// For whom a family is bad.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Could write outside, hang, or lie about identity: mirrors too.
    Safety,
    /// Limits and taste, for new releases alone.
    Admission,
}

/// How a part of a family is sent.
pub(crate) enum Group {
    /// Archives: published, and of a mirror's upstream if the family is one of safety.
    Archives(fn() -> Vec<Case>),
    /// Whole bodies of a publish.
    Uploads(fn() -> Vec<Case>),
    /// Bodies of a publish that are taken.
    Taken(fn() -> Vec<Case>),
    /// Index files of an upstream with two good rows.
    Rows(fn() -> Vec<Case>),
    /// Answers of an upstream in which nothing can be read, or too much.
    NoIndex(fn() -> Vec<Case>),
    /// Ways that an upstream leads; how many.
    Ways(fn() -> usize),
    /// Requests, byte by byte.
    Requests(fn() -> Vec<Case>),
    /// The file with the test of it.
    Elsewhere(&'static str),
    /// Nothing here takes it yet.
    NotYet(&'static str),
}

/// A family.
pub(crate) struct Family {
    pub(crate) number: u8,
    pub(crate) scope: Scope,
    pub(crate) what: &'static str,
    pub(crate) answer: &'static str,
    pub(crate) groups: &'static [Group],
}

impl Family {
    pub(crate) fn is_safety(&self) -> bool {
        self.scope == Safety
    }
}

const REFUSED: &str = "400, and the detail names the rule";
const QUARANTINED: &str = "400; of a mirror 403, alarm `unsafe-archive`";
const LEFT_OUT: &str = "the row is left out, the others stay, alarm `refused-rows`";
const SILENCE: &str = "silence: 503 or what is held, never 404; alarm `no-index`";
const TOO_LONG: &str = "silence, cut off at 64 MiB; alarm `refused-answer`";
const NOT_LED: &str = "not followed, 503; alarm `refused-answer`";
const BOUNDED: &str = "below 500 or closed, at once";

const fn family(
    number: u8,
    scope: Scope,
    what: &'static str,
    answer: &'static str,
    groups: &'static [Group],
) -> Family {
    Family {
        number,
        scope,
        what,
        answer,
        groups,
    }
}

fn names_otherwise() -> Vec<Case> {
    names::otherwise_inside("name")
}

fn versions_otherwise() -> Vec<Case> {
    names::otherwise_inside("vers")
}

/// All of them; the numbers are those by which the code and the issues name them.
#[rustfmt::skip]
pub(crate) const FAMILIES: &[Family] = &[
    family(1, Safety, "an entry that leads upwards", QUARANTINED, &[Archives(entries::upwards)]),
    family(2, Safety, "an entry with an absolute path", QUARANTINED, &[Archives(entries::absolute)]),
    family(3, Safety, "an entry below another folder than the crate's", QUARANTINED, &[Archives(entries::other_root)]),
    family(4, Safety, "symbolic links", QUARANTINED, &[Archives(entries::symbolic_links)]),
    family(5, Safety, "a symbolic link and files through it", QUARANTINED, &[Archives(entries::written_through)]),
    family(6, Safety, "hard links", QUARANTINED, &[Archives(entries::hard_links)]),
    family(7, Safety, "pipes and devices", QUARANTINED, &[Archives(entries::devices)]),
    family(8, Safety, "every other type of entry", QUARANTINED, &[Archives(entries::odd_kinds)]),
    family(9, Safety, "sparse files", QUARANTINED, &[Archives(entries::sparse)]),
    family(10, Safety, "a size by pax that is not the header's", QUARANTINED, &[Archives(entries::two_sizes)]),
    family(11, Safety, "pax headers that readers read differently", QUARANTINED, &[Archives(entries::pax)]),
    family(12, Safety, "long names that are none", QUARANTINED, &[Archives(entries::long_names)]),
    family(13, Safety, "extended headers of up to 1 GiB", QUARANTINED, &[Archives(streams::extensions)]),
    family(14, Admission, "two manifests", REFUSED, &[Archives(entries::two_manifests)]),
    family(15, Admission, "a manifest in the wrong case", REFUSED, &[Archives(entries::manifest_case)]),
    family(16, Admission, "no manifest, or no end", REFUSED, &[Archives(entries::no_manifest)]),
    family(17, Admission, "paths that differ in case only", REFUSED, &[Archives(entries::case_clash)]),
    family(18, Admission, "names that some systems cannot write", REFUSED, &[Archives(entries::unportable)]),
    family(19, Admission, "one path twice", REFUSED, &[Archives(entries::twice)]),
    family(20, Admission, "a file where a folder is", REFUSED, &[Archives(entries::file_and_folder)]),
    family(21, Safety, "cargo's own mark `.cargo-ok`", QUARANTINED, &[Archives(entries::cargo_ok)]),
    family(22, Admission, "setuid, setgid and sticky bits", REFUSED, &[Archives(entries::modes)]),
    family(23, Safety, "600 MiB in a small archive", QUARANTINED, &[Archives(streams::large_members)]),
    family(24, Safety, "up to 600 MiB of NULs and no entry", QUARANTINED, &[Archives(streams::nothing_at_all)]),
    family(25, Safety, "200,000 entries", QUARANTINED, &[Archives(streams::many_members)]),
    family(26, Safety, "gzip cut short", QUARANTINED, &[Archives(streams::truncated)]),
    family(27, Safety, "something behind the gzip", QUARANTINED, &[Archives(streams::trailing)]),
    family(28, Safety, "gzip with a wrong sum, or damaged", QUARANTINED, &[Archives(streams::wrong_sums)]),
    family(29, Safety, "no gzip, or no tar inside", QUARANTINED, &[Archives(streams::other_formats)]),
    family(30, Admission, "a body of a few bytes", REFUSED, &[Uploads(bodies::empty)]),
    family(31, Safety, "JSON announced with up to 4 GiB", "413, nothing allocated", &[Uploads(bodies::long_json)]),
    family(32, Admission, "parts announced longer than the body", REFUSED, &[Uploads(bodies::short_rest)]),
    family(33, Admission, "an archive announced beyond the limit", "413 before it is read", &[Uploads(bodies::long_archive)]),
    family(34, Admission, "bytes behind the archive", REFUSED, &[Uploads(bodies::more_behind)]),
    family(35, Admission, "lengths and chunks that lie, bodies without end", BOUNDED, &[Requests(requests::lengths), Requests(requests::heads)]),
    family(36, Admission, "a byte now and then", "cut off after 30 s, the room is free at once for others", &[Elsewhere("crates/server/src/upload.rs"), Elsewhere("crates/server/tests/contract/connections.rs")]),
    family(37, Admission, "idle connections", "others are served within a second", &[Elsewhere("conformance/tests/bad_inputs/requests.rs")]),
    family(38, Safety, "JSON of 100,000 levels", "400; of a mirror the row is left out", &[Uploads(bodies::deep), Rows(rows::deep)]),
    family(39, Safety, "one key of JSON twice", "400; of a mirror the row is left out", &[Uploads(bodies::twice), Rows(rows::twice)]),
    family(40, Admission, "no JSON, in all encodings", REFUSED, &[Uploads(bodies::no_json)]),
    family(41, Admission, "names against the grammar", REFUSED, &[Uploads(names::grammar)]),
    family(42, Admission, "names that look like others", REFUSED, &[Uploads(names::scripts)]),
    family(43, Admission, "names that are paths", REFUSED, &[Uploads(names::paths)]),
    family(44, Admission, "reserved names", REFUSED, &[Uploads(names::reserved)]),
    family(45, Admission, "another spelling of a name that is there", "400, and names the other", &[Elsewhere("crates/registry/tests/use_cases/publishing.rs")]),
    family(46, Safety, "versions that are none", "400; of a mirror the row is left out", &[Uploads(names::versions), Rows(rows::versions)]),
    family(47, Admission, "a version that is there with other content", "409 with what differs", &[Elsewhere("conformance/tests/rebuilds.rs"), Elsewhere("conformance/tests/publishing.rs")]),
    family(48, Admission, "a version that is there with equal content", "200, the first bytes stay", &[Elsewhere("conformance/tests/rebuilds.rs")]),
    family(49, Safety, "another name in the manifest than in front", REFUSED, &[Uploads(names_otherwise)]),
    family(50, Safety, "another version in the manifest than in front", REFUSED, &[Uploads(versions_otherwise)]),
    family(51, Admission, "other dependencies in front than in the manifest", "200, the manifest counts, and it is told", &[Taken(taken::other_dependencies), Elsewhere("conformance/tests/refused_uploads.rs")]),
    family(52, Admission, "requirements that are none", "400; of a mirror the row is left out", &[Uploads(manifests::requirements), Rows(rows::dependencies)]),
    family(53, Admission, "the requirement `*`", "400 (sent with 52)", &[Elsewhere("crates/wire/tests/manifest/admission.rs")]),
    family(54, Admission, "a kind of dependency that is none", "200, passed over (sent with 51)", &[Elsewhere("crates/wire/tests/contradictions.rs")]),
    family(55, Admission, "platforms that are none", REFUSED, &[Uploads(manifests::platforms)]),
    family(56, Admission, "registries that are none", "400 (sent with 57)", &[Elsewhere("conformance/tests/refused_uploads.rs")]),
    family(57, Safety, "registries at other than http and https", "400; of a mirror the row is left out (sent with 52)", &[Uploads(manifests::registries)]),
    family(58, Admission, "a release that needs itself", REFUSED, &[Uploads(manifests::itself)]),
    family(59, Admission, "too many dependencies or features, too much nesting", REFUSED, &[Uploads(manifests::counts)]),
    family(60, Admission, "features against the grammar", REFUSED, &[Uploads(manifests::features)]),
    family(61, Admission, "features in a circle", "200, which is legal", &[Taken(taken::feature_cycles)]),
    family(62, Admission, "features of what is not there", "400 (sent with 60)", &[Elsewhere("conformance/tests/refused_uploads.rs")]),
    family(63, Admission, "what packing never leaves in a manifest", REFUSED, &[Uploads(manifests::never_packed)]),
    family(64, Admission, "fields of another type, manifests that are none", REFUSED, &[Uploads(manifests::fields)]),
    family(65, Admission, "a time of publishing that the client says", "200, the server's clock counts", &[Taken(taken::times)]),
    family(66, Safety, "rows of a schema to come, or of none", LEFT_OUT, &[Rows(rows::schemas)]),
    family(67, Safety, "rows with `v` 0", "as above (sent with 66)", &[Elsewhere("crates/wire/tests/index_refusals/release.rs")]),
    family(68, Safety, "checksums that are none", LEFT_OUT, &[Rows(rows::checksums)]),
    family(69, Safety, "one version with two checksums", "the first stays, alarm", &[Rows(rows::equivocation), Elsewhere("conformance/tests/upstream_history.rs")]),
    family(70, Safety, "rows of another crate", LEFT_OUT, &[Rows(rows::other_names)]),
    family(71, Safety, "junk among good rows", LEFT_OUT, &[Rows(rows::junk)]),
    family(72, Safety, "200 and no index", SILENCE, &[NoIndex(rows::no_index)]),
    family(73, Safety, "200 and nothing", "as above (sent with 72)", &[Elsewhere("conformance/tests/upstream_faults.rs")]),
    family(74, Safety, "an upstream that drops versions", "kept, marked, alarm `vanished`", &[Elsewhere("conformance/tests/removals.rs")]),
    family(75, Safety, "an index file of more than 64 MiB", TOO_LONG, &[NoIndex(rows::too_long)]),
    family(76, Safety, "`dl` or a redirect into the network, in all spellings", NOT_LED, &[Ways(ways::count)]),
    family(77, Safety, "`dl` or a redirect of another scheme", "as above (sent with 76)", &[Elsewhere("conformance/tests/bad_inputs/ways.rs")]),
    family(78, Safety, "names that resolve to inside, or to something else later", NOT_LED, &[Elsewhere("crates/upstream/src/fetch.rs"), Elsewhere("crates/upstream/src/reach.rs")]),
    family(79, Safety, "redirects in circles, too many, from https to http", "not followed, nor asked again for a minute", &[Elsewhere("conformance/tests/bad_inputs/ways.rs"), Elsewhere("crates/upstream/src/route.rs")]),
    family(80, Safety, "`dl` or a redirect to another host, with our token", "the token stays at home", &[Elsewhere("conformance/tests/bad_inputs/ways.rs"), Elsewhere("crates/upstream/tests/sparse/download.rs")]),
    family(81, Admission, "READMEs with scripts", "200, never rendered; pages may load nothing", &[Taken(taken::readmes)]),
    family(82, Admission, "READMEs with images inside the network", "200, never fetched (sent with 81)", &[Elsewhere("conformance/tests/bad_inputs/taken.rs")]),
    family(83, Admission, "READMEs without end", "200, never rendered (sent with 81)", &[Elsewhere("conformance/tests/bad_inputs/taken.rs")]),
    family(84, Admission, "links that a browser should not follow, texts that turn around", REFUSED, &[Uploads(manifests::shown)]),
    family(85, Admission, "descriptions with escapes, or too long", "400 (sent with 84)", &[Elsewhere("crates/wire/tests/manifest/admission.rs")]),
    family(86, Admission, "tokens of another scope or crate, expired, revoked", "401 or 403", &[Elsewhere("crates/server/tests/contract.rs")]),
    family(87, Admission, "tokens of an identity provider that lie", "refused", &[NotYet("trusted publishing")]),
    family(88, Admission, "keys of an identity provider without end", "refused", &[NotYet("trusted publishing")]),
    family(89, Admission, "yanks of what is not there, or not theirs", BOUNDED, &[Requests(requests::yanks)]),
    family(90, Admission, "paths that can be read twice", BOUNDED, &[Requests(requests::paths)]),
    family(91, Admission, "conditions, ranges and headers that are none", BOUNDED, &[Requests(requests::conditions)]),
    family(92, Admission, "searches for anything", BOUNDED, &[Requests(requests::searches)]),
    family(93, Admission, "checkpoints and tiles that lie", "refused", &[NotYet("the logs")]),
    family(94, Admission, "leaves that are too long", "refused", &[NotYet("the logs")]),
    family(95, Admission, "audits in circles", "refused", &[NotYet("audits")]),
    family(96, Admission, "mirrors of mirrors of themselves", "refused, alarm `no-registry`", &[Elsewhere("conformance/tests/mirrored_views.rs")]),
];
