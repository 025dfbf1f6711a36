//! The table as a page: `docs/bad-inputs.md` is what is sent, or this test fails.

use crate::families::{FAMILIES, Family, Group};
use std::fmt::Write as _;
use std::path::Path;

/// Set to write the page instead of comparing it.
const WRITE: &str = "CROSSDOCK_WRITE_DOCS";

const HEAD: &str = "\
# Bad inputs

For whoever asks what happens if somebody sends this: every family, how many variants the tests send, and what is answered.
The page is printed from the table that the tests send (`cargo test -p crossdock-conformance --test bad_inputs`), so it cannot promise what is not tried; after a change, write it with `CROSSDOCK_WRITE_DOCS=1`.

Scope **S**, safety, holds for what comes through mirrors too: what could write outside, hang or lie about identity.
Scope **A**, admission, holds for new releases alone: what exists elsewhere is shown as it is.
What is published is sent in turn to a registry that has the crate and to one that has not.
Of each variant the tests check the answer, that the reason names the rule, carries no control characters and is no longer than a screen, that it cost at most 2 s of processor time and 160 MiB of memory beyond four times its own size, that no file was left behind and no fact recorded.

| # | scope | what | variants | answer |
|---|---|---|---|---|
";

#[test]
fn the_page_is_what_is_sent() {
    let page = page();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/bad-inputs.md");
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, &page).expect("the work tree is writable");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/bad-inputs.md is not what is sent: run this test with {WRITE}=1"
    );
}

#[test]
fn every_family_is_there_once_and_a_thousand_variants_are_sent() {
    let numbers: Vec<u8> = FAMILIES.iter().map(|family| family.number).collect();
    assert_eq!(numbers, (1..=96).collect::<Vec<u8>>());
    assert!(FAMILIES.iter().all(|family| !family.groups.is_empty()));
    let sent: usize = FAMILIES
        .iter()
        .map(|family| counts(family).iter().sum::<usize>())
        .sum();
    assert!(sent >= 1_000, "{sent}");
}

/// Published, through a mirror, as requests.
fn counts(family: &Family) -> [usize; 3] {
    let (mut published, mut mirrored, mut asked) = (0, 0, 0);
    for group in family.groups {
        match group {
            Group::Archives(make) => {
                let count = make().len();
                published += count;
                mirrored += if family.is_safety() { count } else { 0 };
            }
            Group::Uploads(make) | Group::Taken(make) => published += make().len(),
            Group::Rows(make) | Group::NoIndex(make) => mirrored += make().len(),
            Group::Ways(count) => mirrored += count(),
            Group::Requests(make) => asked += make().len(),
            Group::Elsewhere(_) | Group::NotYet(_) => {}
        }
    }
    [published, mirrored, asked]
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    let mut sums = [0; 3];
    for family in FAMILIES {
        let counts = counts(family);
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += count;
        }
        let scope = if family.is_safety() { "S" } else { "A" };
        let (number, what, answer) = (family.number, family.what, family.answer);
        let variants = told(counts, family.groups);
        let _ = writeln!(
            page,
            "| {number} | {scope} | {what} | {variants} | {answer} |"
        );
    }
    let [published, mirrored, asked] = sums;
    let all = published + mirrored + asked;
    let _ = writeln!(
        page,
        "\nThat is {all} variants: {published} published, {mirrored} through a mirror, {asked} as requests."
    );
    page
}

fn told([published, mirrored, asked]: [usize; 3], groups: &[Group]) -> String {
    let counted = [
        (published, "published"),
        (mirrored, "mirrored"),
        (asked, "requests"),
    ];
    let counted = counted.iter().filter(|(count, _)| *count > 0);
    let mut parts: Vec<String> = counted
        .map(|(count, how)| format!("{count} {how}"))
        .collect();
    for group in groups {
        match group {
            Group::Elsewhere(file) => parts.push(format!("`{file}`")),
            Group::NotYet(what) => parts.push(format!("{what}: not built yet")),
            _ => {}
        }
    }
    parts.join(", ")
}
