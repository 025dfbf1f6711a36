//! What settings files mean.
//!
//! Absent: what is refused, which the other files here show.

use super::super::hosted::Hosted;
use super::super::{Access, Mirror, RegistrySettings, Settings, UpstreamSettings, ViewSettings};
use super::{around, read};
use crate::settings::Surroundings;
use crossdock_core::pattern::NamePattern;
use crossdock_core::policy::{Identity, MemberKind, Side};
use crossdock_core::rebuilds::{Lockfile, Rebuilds};
use crossdock_core::registry_name::RegistryName;
use std::path::PathBuf;
use std::time::Duration;

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
hot-archives = "1GiB"
compact-every = "60s"
[registries.local]
compact = false
resolve-in = "main"
rebuilds = "same-content"
lockfile = "count"
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
rebuilds = "replace"
lockfile = "ignore"
[registries.apps]
read = "anyone"
[registries.crates-io]
mirror = "crates-io"
via = "sparse+http://127.0.0.1:8080"
revalidate-after = "0s"
[registries.partner]
mirror = "sparse+https://partner.example/index"
token-env = "PARTNER_TOKEN"
sync = "every 10m"
revalidate-after = "10m"
confirm-removals-after = "1h"
timeout = "5s"
retries = 0
proxy = "http://proxy.acme.example:3128"
public-names = "names.txt"

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
            rebuilds: Rebuilds::Replace,
            lockfile: Lockfile::Ignore,
            read: Access::Token
        }
    );
    let apps = hosted(&settings, "apps");
    assert_eq!(apps.read, Access::Anyone);
    assert_eq!(
        (apps.rebuilds, apps.lockfile),
        (Rebuilds::SameContent, Lockfile::Count)
    );
    let via = url::Url::parse("http://127.0.0.1:8080/").unwrap();
    let crates_io = mirror(&settings, "crates-io");
    assert_eq!(
        crates_io.upstream,
        UpstreamSettings::CratesIo { via: Some(via) }
    );
    assert_eq!(crates_io.revalidate_after, Duration::ZERO);
    let partner = mirror(&settings, "partner");
    assert_eq!(partner.token_env.as_deref(), Some("PARTNER_TOKEN"));
    assert_eq!(partner.sync, Some(Duration::from_secs(600)));
    assert_eq!(crates_io.sync, None);
    assert_eq!(partner.revalidate_after, Duration::from_secs(600));
    assert_eq!(partner.confirm_removals_after, Duration::from_secs(3600));
    assert_eq!(
        (partner.timeout, partner.retries),
        (Duration::from_secs(5), 0)
    );

    assert!(partner.proxy.is_some() && crates_io.proxy.is_none());
    assert_eq!(partner.public_names, Some("etc/names.txt".into()));

    let ViewSettings { policy, read, .. } = &settings.views["main"];
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
fn archives_are_packed_where_it_is_said() {
    let settings = read(
        "[server]\nhot-archives = '20GiB'\ncompact-every = '10m'\n\
         [registries.acme]\ncompact = true\n[registries.lab]\n\
         [registries.crates-io]\nmirror = 'crates-io'\ncompact = true\n\
         [views.main]\nmembers = ['acme', 'crates-io']\n",
    );
    let packed: Vec<_> = settings.compact.iter().map(RegistryName::as_str).collect();
    assert_eq!(packed, ["acme", "crates-io"]);
    assert_eq!(settings.server.compact.hot_bytes_max, 20 << 30);
    assert_eq!(settings.server.compact.every, Duration::from_secs(600));
}
