//! What settings files mean, and what is said of those that mean nothing.
//!
//! The texts are snapshots: they are what an operator reads at three in the
//! morning, and a change to one is a change to the program.

use super::registries::Hosted;
use super::{
    Access, Mirror, RegistrySettings, Settings, Surroundings, UpstreamSettings, ViewSettings,
};
use crate::report::draw;
use crossdock_core::address::Address;
use crossdock_core::pattern::NamePattern;
use crossdock_core::policy::{Identity, MemberKind, Side};
use crossdock_core::registry_name::RegistryName;
use std::path::PathBuf;
use std::time::Duration;

fn around() -> Surroundings {
    Surroundings {
        crates_io: Address::parse("sparse+https://sparse.example/").unwrap(),
        folder: PathBuf::from("etc"),
        listen: None,
        data: None,
    }
}

fn read(text: &str) -> Settings {
    Settings::read("crossdock.toml", text, &around())
        .unwrap_or_else(|error| panic!("{}", draw(&error, false)))
}

fn refused(text: &str) -> String {
    match Settings::read("crossdock.toml", text, &around()) {
        Ok(settings) => panic!("accepted: {settings:?}"),
        Err(error) => draw(&error, false),
    }
}

fn name(text: &str) -> RegistryName {
    RegistryName::parse(text).unwrap()
}

fn hosted<'s>(settings: &'s Settings, registry: &str) -> &'s Hosted {
    match &settings.registries[registry] {
        RegistrySettings::Hosted(hosted) => hosted,
        other => panic!("{other:?}"),
    }
}

fn mirror<'s>(settings: &'s Settings, registry: &str) -> &'s Mirror {
    match &settings.registries[registry] {
        RegistrySettings::Mirror(mirror) => mirror,
        other => panic!("{other:?}"),
    }
}

/// What docs/settings.md says the defaults are.
const DEFAULTS_WRITTEN_OUT: &str = r#"
[server]
listen = "127.0.0.1:7878"
data = "crossdock-data"
[registries.local]
resolve-in = "main"
[registries.crates-io]
mirror = "crates-io"
revalidate-after = "60s"
timeout = "30s"
retries = 2
[views.main]
members = ["local", "crates-io"]
identity = "crates-io"
"#;

#[test]
fn the_defaults_written_out_are_the_defaults() {
    let defaults = Settings::defaults(&around());
    assert_eq!(read(DEFAULTS_WRITTEN_OUT), defaults);
    assert_eq!(read(""), defaults);
    assert_eq!(read("[server]\n"), defaults);
}

#[test]
fn everything_that_can_be_said() {
    let settings = read(
        r#"
[server]
listen = "0.0.0.0:80"
public-url = "https://crates.acme.example"
former-urls = ["http://old.acme.example:7878/c"]
data = "/srv/crossdock"

[registries.acme]
resolve-in = "main"
[registries.apps]
read = "anyone"
[registries.crates-io]
mirror = "crates-io"
via = "sparse+http://127.0.0.1:8080"
revalidate-after = "0s"
[registries.partner]
mirror = "sparse+https://partner.example/index"
token-env = "PARTNER_TOKEN"
revalidate-after = "10m"
timeout = "5s"
retries = 0
proxy = "http://proxy.acme.example:3128"

[views.main]
members = [
  "crates-io",
  { name = "partner", only = ["petal", "hc-*"], side = "inside" },
  { name = "apps", side = "outside" },
  "acme",
]
identity = "split"
publish-to = "acme"
claims = { "acme-*" = "acme", petal = "apps" }
same-crate = [{ names = ["petal"], members = ["partner", "crates-io"] }]

[views.bare]
members = ["apps"]
"#,
    );
    assert_eq!(settings.server.listen.to_string(), "0.0.0.0:80");
    assert_eq!(settings.server.former_urls.len(), 1);
    assert_eq!(settings.server.data, PathBuf::from("/srv/crossdock"));
    assert_eq!(
        *hosted(&settings, "acme"),
        Hosted {
            resolve_in: Some(name("main")),
            read: Access::Token
        }
    );
    assert_eq!(hosted(&settings, "apps").read, Access::Anyone);
    let via = url::Url::parse("http://127.0.0.1:8080/").unwrap();
    let crates_io = mirror(&settings, "crates-io");
    assert_eq!(
        crates_io.upstream,
        UpstreamSettings::CratesIo { via: Some(via) }
    );
    assert_eq!(crates_io.revalidate_after, Duration::ZERO);
    let partner = mirror(&settings, "partner");
    assert_eq!(partner.token_env.as_deref(), Some("PARTNER_TOKEN"));
    assert_eq!(partner.revalidate_after, Duration::from_secs(600));
    assert_eq!(
        (partner.timeout, partner.retries),
        (Duration::from_secs(5), 0)
    );

    assert!(partner.proxy.is_some() && crates_io.proxy.is_none());

    let ViewSettings { policy, read } = &settings.views["main"];
    assert_eq!(*read, Access::Token);
    assert_eq!(policy.identity, Identity::Split);
    assert_eq!(policy.publish_to, Some(name("acme")));
    let petal = NamePattern::parse("petal").unwrap();
    assert_eq!(policy.claims[&petal], name("apps"));
    assert_eq!(policy.claims.len(), 2);
    assert_eq!(policy.same_crate[0].members.len(), 2);
    let member = &policy.members["partner"];
    assert_eq!(
        (member.side, member.kind),
        (Side::Inside, MemberKind::Mirror)
    );
    assert_eq!(member.only.as_ref().unwrap().len(), 2);
    assert_eq!(policy.members["apps"].side, Side::Outside);
    assert_eq!(policy.members["acme"].side, Side::Inside);
    assert_eq!(policy.members["crates-io"].kind, MemberKind::CratesIo);
    assert_eq!(settings.views["bare"].policy.identity, Identity::Split);
}

#[test]
fn the_command_line_outranks_the_file() {
    let around = Surroundings {
        listen: Some("0.0.0.0:1".parse().unwrap()),
        data: Some(PathBuf::from("elsewhere")),
        ..around()
    };
    let text = "[server]\nlisten = \"127.0.0.1:2\"\ndata = \"here\"\n";
    let settings = Settings::read("crossdock.toml", text, &around).unwrap();
    assert_eq!(settings.server.listen.port(), 1);
    assert_eq!(settings.server.data, PathBuf::from("elsewhere"));
    assert_eq!(hosted(&settings, "local").read, Access::Token);
}

#[test]
fn members_are_the_same_in_any_order() {
    let of = |members: &str| {
        read(&format!(
            "[registries]\na = {{}}\nb = {{}}\nc = {{ mirror = \"crates-io\" }}\n\
             [views.main]\nmembers = [{members}]"
        ))
    };
    assert_eq!(of("'a', 'b', 'c'"), of("'c', { name = 'b' }, 'a'"));
}

#[test]
fn only_an_address_that_nobody_else_reaches_is_open() {
    let read_of = |server: &str| {
        let settings = read(&format!("[server]\n{server}"));
        let open = hosted(&settings, "local").read;
        assert_eq!(open, settings.views["main"].read, "{server}");
        open
    };
    for (server, access) in [
        ("", Access::Anyone),
        ("listen = '[::1]:7878'", Access::Anyone),
        ("public-url = 'http://localhost:7878'", Access::Anyone),
        ("listen = '192.0.2.1:7878'", Access::Token),
        ("listen = '[::]:7878'", Access::Token),
        // A proxy in front of loopback brings everyone.
        ("public-url = 'https://crates.acme.example'", Access::Token),
    ] {
        assert_eq!(read_of(server), access, "{server}");
    }
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

#[test]
fn an_unknown_key_is_compared_with_the_known_ones() {
    insta::assert_snapshot!(refused(
        "[server]\npublic_url = 'http://localhost'\nworkers = 4\n"
    ), @r#"
      × the settings are not valid: 2 faults

    Error: 
      × unknown key `public_url` in [server]
       ╭─[crossdock.toml:2:1]
     1 │ [server]
     2 │ public_url = 'http://localhost'
       · ─────┬────
       ·      ╰── no setting has this name
     3 │ workers = 4
       ╰────
      help: did you mean `public-url`?

    Error: 
      × unknown key `workers` in [server]
       ╭─[crossdock.toml:3:1]
     2 │ public_url = 'http://localhost'
     3 │ workers = 4
       · ───┬───
       ·    ╰── no setting has this name
       ╰────
      help: known here: listen, public-url, former-urls, data
    "#);
}

#[test]
fn the_singular_is_pointed_at() {
    insta::assert_snapshot!(refused(
        "[registry]\ndefault = 'local'\n[view.main]\nmembers = []\n"
    ), @r#"
      × the settings are not valid: 2 faults

    Error: 
      × `[registry]` is not a section of the settings
       ╭─[crossdock.toml:1:2]
     1 │ [registry]
       ·  ────┬───
       ·      ╰── this belongs to cargo's configuration or is a slip
     2 │ default = 'local'
       ╰────
      help: write `[registries.NAME]`, one section for each

    Error: 
      × `[view]` is not a section of the settings
       ╭─[crossdock.toml:3:2]
     2 │ default = 'local'
     3 │ [view.main]
       ·  ──┬─
       ·    ╰── this belongs to cargo's configuration or is a slip
     4 │ members = []
       ╰────
      help: write `[views.NAME]`, one section for each
    "#);
}

#[test]
fn what_comes_later_is_not_ignored() {
    insta::assert_snapshot!(refused(
        "[server]\ndatabase = 'postgres://db'\nobjects = 's3://b'\n\
         [registries.lab]\ndirectory = '/srv/built'\nrebuilds = 'same-content'\n\
         [views.main]\nmembers = ['lab']\naliases = { rand_hc128 = 'hc128' }\n\
         [views.main.gates]\nmin-age = { days = 3 }\n"
    ), @r#"
      × the settings are not valid: 6 faults

    Error: 
      × `database` in [server] is not supported by this version
       ╭─[crossdock.toml:2:1]
     1 │ [server]
     2 │ database = 'postgres://db'
       · ────┬───
       ·     ╰── PostgreSQL for several nodes will come in a later version
     3 │ objects = 's3://b'
       ╰────
      help: take the key out; ignoring it would promise what is not kept

    Error: 
      × `objects` in [server] is not supported by this version
       ╭─[crossdock.toml:3:1]
     2 │ database = 'postgres://db'
     3 │ objects = 's3://b'
       · ───┬───
       ·    ╰── an object store for archives will come in a later version
     4 │ [registries.lab]
       ╰────
      help: take the key out; ignoring it would promise what is not kept

    Error: 
      × `directory` in [registries.lab] is not supported by this version
       ╭─[crossdock.toml:5:1]
     4 │ [registries.lab]
     5 │ directory = '/srv/built'
       · ────┬────
       ·     ╰── a registry made of a folder will come in a later version
     6 │ rebuilds = 'same-content'
       ╰────
      help: take the key out; ignoring it would promise what is not kept

    Error: 
      × `rebuilds` in [registries.lab] is not supported by this version
       ╭─[crossdock.toml:6:1]
     5 │ directory = '/srv/built'
     6 │ rebuilds = 'same-content'
       · ────┬───
       ·     ╰── publishing a version again with equal content will come in a later version
     7 │ [views.main]
       ╰────
      help: take the key out; ignoring it would promise what is not kept

    Error: 
      × `aliases` in [views.main] is not supported by this version
        ╭─[crossdock.toml:9:1]
      8 │ members = ['lab']
      9 │ aliases = { rand_hc128 = 'hc128' }
        · ───┬───
        ·    ╰── one crate in place of another will come in a later version
     10 │ [views.main.gates]
        ╰────
      help: take the key out; ignoring it would promise what is not kept

    Error: 
      × `gates` in [views.main] is not supported by this version
        ╭─[crossdock.toml:10:13]
      9 │ aliases = { rand_hc128 = 'hc128' }
     10 │ [views.main.gates]
        ·             ──┬──
        ·               ╰── gates for mirrored releases will come in a later version
     11 │ min-age = { days = 3 }
        ╰────
      help: take the key out; ignoring it would promise what is not kept
    "#);
}

#[test]
fn names_are_names_of_their_own() {
    insta::assert_snapshot!(refused(
        "[registries.Acme]\n[registries.metrics]\n[registries.main]\n[views.main]\nmembers = ['main']\n"
    ), @r#"
      × the settings are not valid: 3 faults

    Error: 
      × `Acme` is no registry name: use 1 to 63 of a-z, 0-9 and `-`, not starting with `-`
       ╭─[crossdock.toml:1:13]
     1 │ [registries.Acme]
       ·             ──┬─
       ·               ╰── registries and views are served under their names
     2 │ [registries.metrics]
       ╰────
      help: choose a name such as `acme` or `team-a`

    Error: 
      × `metrics` is a word of the server's own paths; choose another name
       ╭─[crossdock.toml:2:13]
     1 │ [registries.Acme]
     2 │ [registries.metrics]
       ·             ───┬───
       ·                ╰── registries and views are served under their names
     3 │ [registries.main]
       ╰────
      help: choose a name such as `acme` or `team-a`

    Error: 
      × `main` is both a registry and a view
       ╭─[crossdock.toml:4:8]
     3 │ [registries.main]
     4 │ [views.main]
       ·        ──┬─
       ·          ╰── both would be served under one address
     5 │ members = ['main']
       ╰────
      help: give one of them another name
    "#);
}

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
       ·               ╰── `m` is a mirror: nothing is published to it here
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
fn resolve_in_names_a_view_that_has_it() {
    insta::assert_snapshot!(refused(
        "[registries.a]\nresolve-in = 'main'\n[registries.b]\nresolve-in = 'there'\n\
         [registries.c]\nresolve-in = 'main'\nmirror = 'crates-io'\n\
         [views.main]\nmembers = ['b', 'c']\n"
    ), @r#"
      × the settings are not valid: 3 faults

    Error: 
      × `resolve-in` in [registries.a] names a view without it
       ╭─[crossdock.toml:2:14]
     1 │ [registries.a]
     2 │ resolve-in = 'main'
       ·              ───┬──
       ·                 ╰── `a` is no member of [views.main]
     3 │ [registries.b]
       ╰────
      help: add "a" to its members, or name a view that has it

    Error: 
      × `resolve-in` in [registries.b] names no view
       ╭─[crossdock.toml:4:14]
     3 │ [registries.b]
     4 │ resolve-in = 'there'
       ·              ───┬───
       ·                 ╰── there is no [views.there]
     5 │ [registries.c]
       ╰────
      help: views are: main

    Error: 
      × `resolve-in` in [registries.c] is for hosted registries only
       ╭─[crossdock.toml:6:1]
     5 │ [registries.c]
     6 │ resolve-in = 'main'
       · ─────┬────
       ·      ╰── nothing is published to a mirror
     7 │ mirror = 'crates-io'
       ╰────
      help: take `resolve-in` out; its upstream has settled what dependencies mean
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
fn mirrors_are_addressed_as_cargo_would() {
    insta::assert_snapshot!(refused(
        "[server]\npublic-url = 'https://crates.acme.example'\n\
         [registries.a]\nmirror = 'https://github.com/rust-lang/crates.io-index'\n\
         [registries.b]\nmirror = 'sparse+https://sparse.example/'\n\
         [registries.c]\nmirror = 'sparse+https://user:secret@c.example/'\n\
         [registries.d]\nmirror = 'sparse+https://crates.acme.example/main/index/'\n\
         [registries.e]\nmirror = 'sparse+https://e.example/'\nvia = 'sparse+https://f.example/'\n"
    ), @r#"
      × the settings are not valid: 5 faults

    Error: 
      × `mirror` in [registries.a] is no sparse address
       ╭─[crossdock.toml:4:10]
     3 │ [registries.a]
     4 │ mirror = 'https://github.com/rust-lang/crates.io-index'
       ·          ───────────────────────┬──────────────────────
       ·                                 ╰── this is crates.io's identity
     5 │ [registries.b]
       ╰────
      help: write "crates-io" for crates.io, else "sparse+https://…/" as in cargo's configuration

    Error: 
      × `mirror` in [registries.b] is the address of crates.io
       ╭─[crossdock.toml:6:10]
     5 │ [registries.b]
     6 │ mirror = 'sparse+https://sparse.example/'
       ·          ────────────────┬───────────────
       ·                          ╰── crates.io has an identity of its own, which an address does not say
     7 │ [registries.c]
       ╰────
      help: write mirror = "crates-io"

    Error: 
      × `mirror` in [registries.c] is no sparse address
       ╭─[crossdock.toml:8:10]
     7 │ [registries.c]
     8 │ mirror = 'sparse+https://user:secret@c.example/'
       ·          ───────────────────┬───────────────────
       ·                             ╰── registry address on host `c.example` must not carry a user name or password
     9 │ [registries.d]
       ╰────
      help: write "crates-io" for crates.io, else "sparse+https://…/" as in cargo's configuration

    Error: 
      × `mirror` in [registries.d] is an address of this installation
        ╭─[crossdock.toml:10:10]
      9 │ [registries.d]
     10 │ mirror = 'sparse+https://crates.acme.example/main/index/'
        ·          ────────────────────────┬───────────────────────
        ·                                  ╰── a mirror of itself would ask itself without end
     11 │ [registries.e]
        ╰────
      help: name another registry; a view brings registries of this one together

    Error: 
      × `via` in [registries.e] is for the mirror of crates.io only
        ╭─[crossdock.toml:13:1]
     12 │ mirror = 'sparse+https://e.example/'
     13 │ via = 'sparse+https://f.example/'
        · ─┬─
        ·  ╰── another registry has the one address that `mirror` says
        ╰────
      help: take `via` out, or write mirror = "crates-io"
    "#);
}

#[test]
fn values_are_held_to_their_kind() {
    insta::assert_snapshot!(refused(
        "[server]\nlisten = 7878\npublic-url = 'crates.acme.example'\ndata = ''\nformer-urls = 'http://x'\n\
         [registries.a]\nmirror = 'crates-io'\ntoken-env = 'cio-1234'\nrevalidate-after = '1 minute'\n\
         timeout = '0s'\nretries = 99\nread = 'everyone'\n\
         [registries.b]\ntoken-env = 'B'\n[registries]\nc = 1\n"
    ), @r#"
      × the settings are not valid: 11 faults

    Error: 
      × `listen` in [server] must be a string
       ╭─[crossdock.toml:2:10]
     1 │ [server]
     2 │ listen = 7878
       ·          ──┬─
       ·            ╰── this is the number 7878
     3 │ public-url = 'crates.acme.example'
       ╰────
      help: see docs/settings.md for what each key means

    Error: 
      × `public-url` in [server] is no plain http or https address
       ╭─[crossdock.toml:3:14]
     2 │ listen = 7878
     3 │ public-url = 'crates.acme.example'
       ·              ──────────┬──────────
       ·                        ╰── it is used and shown as it is
     4 │ data = ''
       ╰────
      help: write "https://crates.acme.example": no user name, no query, no fragment

    Error: 
      × `data` in [server] must be the path of a folder
       ╭─[crossdock.toml:4:8]
     3 │ public-url = 'crates.acme.example'
     4 │ data = ''
       ·        ─┬
       ·         ╰── this is the string ""
     5 │ former-urls = 'http://x'
       ╰────
      help: see docs/settings.md for what each key means

    Error: 
      × `former-urls` in [server] must be an array
       ╭─[crossdock.toml:5:15]
     4 │ data = ''
     5 │ former-urls = 'http://x'
       ·               ─────┬────
       ·                    ╰── this is the string "http://x"
     6 │ [registries.a]
       ╰────
      help: see docs/settings.md for what each key means

    Error: 
      × `token-env` in [registries.a] is no name of an environment variable
       ╭─[crossdock.toml:8:13]
     7 │ mirror = 'crates-io'
     8 │ token-env = 'cio-1234'
       ·             ─────┬────
       ·                  ╰── the token itself must not stand in the settings
     9 │ revalidate-after = '1 minute'
       ╰────
      help: write the name of the variable that holds it, such as "PARTNER_TOKEN"

    Error: 
      × `revalidate-after` in [registries.a] is no span of time
        ╭─[crossdock.toml:9:20]
      8 │ token-env = 'cio-1234'
      9 │ revalidate-after = '1 minute'
        ·                    ─────┬────
        ·                         ╰── from 0 s to 30 days
     10 │ timeout = '0s'
        ╰────
      help: write a whole number and one of s, m, h, d: "60s", "10m"

    Error: 
      × `timeout` in [registries.a] is no span of time
        ╭─[crossdock.toml:10:11]
      9 │ revalidate-after = '1 minute'
     10 │ timeout = '0s'
        ·           ──┬─
        ·             ╰── from 1 s to 30 days
     11 │ retries = 99
        ╰────
      help: write a whole number and one of s, m, h, d: "60s", "10m"

    Error: 
      × `retries` in [registries.a] must be at most 10
        ╭─[crossdock.toml:11:11]
     10 │ timeout = '0s'
     11 │ retries = 99
        ·           ─┬
        ·            ╰── this is the number 99
     12 │ read = 'everyone'
        ╰────
      help: see docs/settings.md for what each key means

    Error: 
      × `read` in [registries.a] must be "anyone" or "token"
        ╭─[crossdock.toml:12:8]
     11 │ retries = 99
     12 │ read = 'everyone'
        ·        ─────┬────
        ·             ╰── this is the string "everyone"
     13 │ [registries.b]
        ╰────
      help: see docs/settings.md for what each key means

    Error: 
      × `token-env` in [registries.b] is for mirrors only
        ╭─[crossdock.toml:14:1]
     13 │ [registries.b]
     14 │ token-env = 'B'
        · ────┬────
        ·     ╰── this registry is hosted: it has no upstream
     15 │ [registries]
        ╰────
      help: take the key out, or say what is mirrored: mirror = "sparse+https://…/"

    Error: 
      × [registries.c] must be a table
        ╭─[crossdock.toml:16:5]
     15 │ [registries]
     16 │ c = 1
        ·     ┬
        ·     ╰── this is the number 1
        ╰────
      help: see docs/settings.md for what each key means
    "#);
}

#[test]
fn what_is_not_toml_is_pointed_at_too() {
    insta::assert_snapshot!(refused("[server]\nlisten = 127.0.0.1:7878\n"), @r#"
      × the settings are not valid: 1 fault

    Error: 
      × this is not TOML
       ╭─[crossdock.toml:2:15]
     1 │ [server]
     2 │ listen = 127.0.0.1:7878
       ·               ────┬────
       ·                   ╰── invalid float, expected nothing
       ╰────
      help: see docs/settings.md for an example
    "#);
}
