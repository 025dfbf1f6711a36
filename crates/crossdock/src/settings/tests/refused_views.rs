//! What is said of views that make no sense.
//!
//! Absent: what is accepted (`values.rs`).

use super::super::Access;
use super::{read, refused};

#[test]
fn members_must_be_registries() {
    insta::assert_snapshot!(refused(
        "[registries.acme]\n[registries.crates-io]\nmirror = 'crates-io'\n\
         [views.main]\nmembers = ['acmee', 'crates-io', 'crates-io', 'zoo', { only = ['a'] }, \
         { name = 'acme', only = [], side = 'left' }]\n[views.none]\n"
    ), @r#"
      × the settings are not valid: 8 faults

    Error: 
      × member `acmee` is no registry
       ╭─[crossdock.toml:5:12]
     4 │ [views.main]
     5 │ members = ['acmee', 'crates-io', 'crates-io', 'zoo', { only = ['a'] }, { name = 'acme', only = [], side = 'left' }]
       ·            ───┬───
       ·               ╰── there is no [registries.acmee]
     6 │ [views.none]
       ╰────
      help: did you mean `acme`?

    Error: 
      × [views.main] has two mirrors of crates.io
       ╭─[crossdock.toml:5:34]
     4 │ [views.main]
     5 │ members = ['acmee', 'crates-io', 'crates-io', 'zoo', { only = ['a'] }, { name = 'acme', only = [], side = 'left' }]
       ·                                  ─────┬─────
       ·                                       ╰── both would speak for the one crates.io identity
     6 │ [views.none]
       ╰────
      help: keep one of them

    Error: 
      × `crates-io` is listed twice in the members of [views.main]
       ╭─[crossdock.toml:5:34]
     4 │ [views.main]
     5 │ members = ['acmee', 'crates-io', 'crates-io', 'zoo', { only = ['a'] }, { name = 'acme', only = [], side = 'left' }]
       ·                                  ─────┬─────
       ·                                       ╰── the second entry would replace the first
     6 │ [views.none]
       ╰────
      help: keep one of them

    Error: 
      × member `zoo` is no registry
       ╭─[crossdock.toml:5:47]
     4 │ [views.main]
     5 │ members = ['acmee', 'crates-io', 'crates-io', 'zoo', { only = ['a'] }, { name = 'acme', only = [], side = 'left' }]
       ·                                               ──┬──
       ·                                                 ╰── there is no [registries.zoo]
     6 │ [views.none]
       ╰────
      help: registries are: acme, crates-io

    Error: 
      × an element of `members` in [views.main] must be a member with a `name`
       ╭─[crossdock.toml:5:54]
     4 │ [views.main]
     5 │ members = ['acmee', 'crates-io', 'crates-io', 'zoo', { only = ['a'] }, { name = 'acme', only = [], side = 'left' }]
       ·                                                      ────────┬───────
       ·                                                              ╰── this is a table
     6 │ [views.none]
       ╰────
      help: see docs/settings.md for what each key means

    Error: 
      × `only` of a member names nothing
       ╭─[crossdock.toml:5:96]
     4 │ [views.main]
     5 │ members = ['acmee', 'crates-io', 'crates-io', 'zoo', { only = ['a'] }, { name = 'acme', only = [], side = 'left' }]
       ·                                                                                                ─┬
       ·                                                                                                 ╰── a member limited to nothing takes no part
     6 │ [views.none]
       ╰────
      help: list the names it may have, or take the member out

    Error: 
      × `side` in a member must be "inside" or "outside"
       ╭─[crossdock.toml:5:107]
     4 │ [views.main]
     5 │ members = ['acmee', 'crates-io', 'crates-io', 'zoo', { only = ['a'] }, { name = 'acme', only = [], side = 'left' }]
       ·                                                                                                           ───┬──
       ·                                                                                                              ╰── this is the string "left"
     6 │ [views.none]
       ╰────
      help: see docs/settings.md for what each key means

    Error: 
      × [views.none] has no members
       ╭─[crossdock.toml:6:8]
     5 │ members = ['acmee', 'crates-io', 'crates-io', 'zoo', { only = ['a'] }, { name = 'acme', only = [], side = 'left' }]
     6 │ [views.none]
       ·        ──┬─
       ·          ╰── a view shows what its members have
       ╰────
      help: write members = ["acme", "crates-io"]
    "#);
}

#[test]
fn a_view_has_members() {
    insta::assert_snapshot!(refused("[registries.acme]\n[views.main]\nmembers = []\n"), @r#"
      × the settings are not valid: 1 fault

    Error: 
      × [views.main] has no members
       ╭─[crossdock.toml:3:11]
     2 │ [views.main]
     3 │ members = []
       ·           ─┬
       ·            ╰── a view shows what its members have
       ╰────
      help: write members = ["acme", "crates-io"], or take the view out
    "#);
}

#[test]
fn claims_and_declarations_speak_of_members() {
    insta::assert_snapshot!(refused(
        "[registries.a]\n[registries.b]\n[registries.c]\n[registries.m]\nmirror = 'sparse+https://m.example/'\n\
         [views.main]\nmembers = ['a', 'b', 'm']\npublish-to = 'm'\n\
         claims = { 'acme_*' = 'a', 'Acme-*' = 'b', 'x' = 'c', '*y' = 'a' }\n\
         same-crate = [{ names = ['petal'], members = ['a', 'c'] }]\n"
    ), @r#"
      × the settings are not valid: 5 faults

    Error: 
      × `publish-to` in [views.main] must be a hosted registry
       ╭─[crossdock.toml:8:14]
     7 │ members = ['a', 'b', 'm']
     8 │ publish-to = 'm'
       ·              ─┬─
       ·               ╰── `m` is a mirror or a folder: nothing is published to it here
     9 │ claims = { 'acme_*' = 'a', 'Acme-*' = 'b', 'x' = 'c', '*y' = 'a' }
       ╰────
      help: hosted members are: a, b

    Error: 
      × `acme-*` is claimed twice
        ╭─[crossdock.toml:9:12]
      8 │ publish-to = 'm'
      9 │ claims = { 'acme_*' = 'a', 'Acme-*' = 'b', 'x' = 'c', '*y' = 'a' }
        ·            ────┬───
        ·                ╰── in another spelling it is claimed for `b`
     10 │ same-crate = [{ names = ['petal'], members = ['a', 'c'] }]
        ╰────
      help: names are compared without regard to case and `-` or `_`; keep one claim

    Error: 
      × the claim on `x` names no member of this view
        ╭─[crossdock.toml:9:50]
      8 │ publish-to = 'm'
      9 │ claims = { 'acme_*' = 'a', 'Acme-*' = 'b', 'x' = 'c', '*y' = 'a' }
        ·                                                  ─┬─
        ·                                                   ╰── `c` is not among its members
     10 │ same-crate = [{ names = ['petal'], members = ['a', 'c'] }]
        ╰────
      help: members are: a, b, m

    Error: 
      × `*y` is no name pattern: write a crate name, or the beginning of one and a final `*`
        ╭─[crossdock.toml:9:55]
      8 │ publish-to = 'm'
      9 │ claims = { 'acme_*' = 'a', 'Acme-*' = 'b', 'x' = 'c', '*y' = 'a' }
        ·                                                       ──┬─
        ·                                                         ╰── patterns stand for crate names
     10 │ same-crate = [{ names = ['petal'], members = ['a', 'c'] }]
        ╰────
      help: write "petal" for one crate, "acme-*" for all that begin so

    Error: 
      × an element of `members` in an entry of same-crate names no member of this view
        ╭─[crossdock.toml:10:52]
      9 │ claims = { 'acme_*' = 'a', 'Acme-*' = 'b', 'x' = 'c', '*y' = 'a' }
     10 │ same-crate = [{ names = ['petal'], members = ['a', 'c'] }]
        ·                                                    ─┬─
        ·                                                     ╰── `c` is not among its members
        ╰────
      help: members are: a, b, m
    "#);
}

#[test]
fn the_crates_io_identity_needs_crates_io() {
    insta::assert_snapshot!(refused(
        "[registries.a]\n[registries.x]\nmirror = 'crates-io'\n[registries.y]\nmirror = 'crates-io'\n\
         [views.v]\nmembers = ['a']\nidentity = 'crates-io'\n\
         [views.w]\nmembers = ['x', 'y']\nidentity = 'both'\n"
    ), @r#"
      × the settings are not valid: 3 faults

    Error: 
      × `identity` in [views.v] needs a mirror of crates.io
       ╭─[crossdock.toml:8:12]
     7 │ members = ['a']
     8 │ identity = 'crates-io'
       ·            ─────┬─────
       ·                 ╰── no member of this view mirrors crates.io, so no client may take it for crates.io
     9 │ [views.w]
       ╰────
      help: add a member with mirror = "crates-io", or write identity = "split"

    Error: 
      × [views.w] has two mirrors of crates.io
        ╭─[crossdock.toml:10:17]
      9 │ [views.w]
     10 │ members = ['x', 'y']
        ·                 ─┬─
        ·                  ╰── both would speak for the one crates.io identity
     11 │ identity = 'both'
        ╰────
      help: keep one of them

    Error: 
      × `identity` in [views.w] must be "crates-io" or "split"
        ╭─[crossdock.toml:11:12]
     10 │ members = ['x', 'y']
     11 │ identity = 'both'
        ·            ───┬──
        ·               ╰── this is the string "both"
        ╰────
      help: see docs/settings.md for what each key means
    "#);
}

#[test]
fn a_view_is_read_like_its_strictest_member() {
    let settings = read(
        "[registries.a]\nread = 'token'\n[registries.b]\n[views.v]\nmembers = ['a', 'b']\n\
         [views.w]\nmembers = ['b']",
    );
    assert_eq!(settings.views["v"].read, Access::Token);
    assert_eq!(settings.views["w"].read, Access::Anyone);
    insta::assert_snapshot!(refused(
        "[registries.a]\nread = 'token'\n[views.v]\nmembers = ['a']\nread = 'anyone'"
    ), @r#"
      × the settings are not valid: 1 fault

    Error: 
      × a view must not be read more widely than its members
       ╭─[crossdock.toml:5:8]
     4 │ members = ['a']
     5 │ read = 'anyone'
       ·        ────┬───
       ·            ╰── member `a` is read with a token only
       ╰────
      help: write read = "token" here, or read = "anyone" in [registries.a] as well
    "#);
}
