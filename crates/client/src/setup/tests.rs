//! What `setup` writes for an answer of a server, choice by choice.

use super::*;
use crate::cargo_config::merge;

const ANSWER: &str = r#"{"view":"main","identity":"crates-io","replaces_crates_io":true,
    "view_index":"sparse+http://127.0.0.1:7878/main/index/","registries":[
    {"name":"crates-io","index":"sparse+http://127.0.0.1:7878/crates-io/index/","face":"sparse+http://127.0.0.1:7878/main/from/crates-io/index/","hosted":false},
    {"name":"local","index":"sparse+http://127.0.0.1:7878/local/index/","face":"sparse+http://127.0.0.1:7878/main/from/local/index/","hosted":true}],
    "views":["main"],"auth_required":false,"of_a_later_version":1}"#;

fn pin_to(when: &str) -> Pin {
    Pin {
        when: when.to_owned(),
        anywhere: when.to_owned(),
    }
}

fn info() -> SetupInfo {
    serde_json::from_str(ANSWER).unwrap()
}

fn written(info: &SetupInfo, choice: &Choice) -> String {
    merge("", &plan(info, choice).unwrap(), false).unwrap()
}

#[test]
fn the_default_installation() {
    insta::assert_snapshot!(written(&info(), &Choice::default()), @r#"
[registries.main]
index = "sparse+http://127.0.0.1:7878/main/index/"

[registries.local]
index = "sparse+http://127.0.0.1:7878/local/index/"

[source.crates-io]
replace-with = "main"
"#);
}

#[test]
fn everything_that_can_be_chosen() {
    let info = SetupInfo {
        replaces_crates_io: false,
        auth_required: true,
        ..info()
    };
    let choice = Choice {
        name: Some("acme".to_owned()),
        strict: true,
        faces: true,
        ..Choice::default()
    };
    insta::assert_snapshot!(written(&info, &choice), @r#"
[registries.acme]
index = "sparse+http://127.0.0.1:7878/main/index/"

[registries.local]
index = "sparse+http://127.0.0.1:7878/local/index/"

[registries.acme-from-local]
index = "sparse+http://127.0.0.1:7878/main/from/local/index/"

[source.local]
registry = "sparse+http://127.0.0.1:7878/local/index/"
replace-with = "acme-from-local"

[source.crates-io]
replace-with = "acme"

[registry]
global-credential-providers = ["cargo:token", "crossdock credential http://127.0.0.1:7878"]
"#);
}

#[test]
fn without_the_provider_each_face_has_a_name() {
    let info = SetupInfo {
        auth_required: true,
        ..info()
    };
    let plain = Choice {
        tokens: Tokens::Plain,
        ..Choice::default()
    };
    let by_provider = written(&info, &Choice::default());
    let turned = merge(&by_provider, &plan(&info, &plain).unwrap(), false).unwrap();
    let tables = |text: &str| text.parse::<toml::Table>().unwrap();
    assert_eq!(tables(&turned), tables(&written(&info, &plain)));
    insta::assert_snapshot!(turned, @r#"
    [registries.main]
    index = "sparse+http://127.0.0.1:7878/main/index/"

    [registries.local]
    index = "sparse+http://127.0.0.1:7878/local/index/"

    [registries.main-from-crates-io]
    index = "sparse+http://127.0.0.1:7878/main/from/crates-io/index/"

    [registries.main-from-local]
    index = "sparse+http://127.0.0.1:7878/main/from/local/index/"

    [source.crates-io]
    replace-with = "main"

    [registry]
    global-credential-providers = ["cargo:token"]
    "#);
    assert!(!pin::uses_faces(&turned, &info, "main"));
    let back = merge(&turned, &plan(&info, &Choice::default()).unwrap(), false).unwrap();
    assert!(
        back.contains("crossdock credential http://127.0.0.1:7878\"]"),
        "{back}"
    );
}

#[test]
fn a_closed_member_of_an_open_view_wants_a_provider_too() {
    let mut info = info();
    info.registries[1].auth_required = true;
    assert!(written(&info, &Choice::default()).contains("crossdock credential"));
    info.registries[1].hosted = false;
    assert!(!written(&info, &Choice::default()).contains("crossdock credential"));
}

#[test]
fn a_pin_leads_every_source_to_a_moment_and_back() {
    let choice = |pin| Choice {
        pin,
        ..Choice::default()
    };
    let live = written(&info(), &Choice::default());
    let at = pin_to("2026-11-01T00:00:00Z");
    let pinned = plan(&info(), &choice(Some(at))).unwrap();
    let pinned = merge(&live, &pinned, false).unwrap();
    insta::assert_snapshot!(pinned, @r#"
    [registries.main]
    index = "sparse+http://127.0.0.1:7878/main/index/"

    [registries.local]
    index = "sparse+http://127.0.0.1:7878/local/index/"

    [registries.main-at]
    index = "sparse+http://127.0.0.1:7878/main/at/2026-11-01T00:00:00Z/index/"

    [registries.main-at-from-crates-io]
    index = "sparse+http://127.0.0.1:7878/main/at/2026-11-01T00:00:00Z/from/crates-io/index/"

    [registries.main-at-from-local]
    index = "sparse+http://127.0.0.1:7878/main/at/2026-11-01T00:00:00Z/from/local/index/"

    [registries.main-at-alone-local]
    index = "sparse+http://127.0.0.1:7878/local/at/2026-11-01T00:00:00Z/index/"

    [source.crates-io]
    replace-with = "main-at"

    [source.main]
    registry = "sparse+http://127.0.0.1:7878/main/index/"
    replace-with = "main-at"

    [source.main-from-crates-io]
    registry = "sparse+http://127.0.0.1:7878/main/from/crates-io/index/"
    replace-with = "main-at-from-crates-io"

    [source.main-from-local]
    registry = "sparse+http://127.0.0.1:7878/main/from/local/index/"
    replace-with = "main-at-from-local"

    [source.local]
    registry = "sparse+http://127.0.0.1:7878/local/index/"
    replace-with = "main-at-alone-local"
    "#);
    let again = plan(&info(), &choice(Some(pin_to("7")))).unwrap();
    let again = merge(&pinned, &again, false).unwrap();
    assert!(again.contains("/main/at/7/index/") && !again.contains("2026"));
    assert_eq!(let_go(&info(), &again, &choice(None)), live);
}

/// Sets up without a pin, as the command does.
fn let_go(info: &SetupInfo, old: &str, choice: &Choice) -> String {
    let called = choice.name.as_deref().unwrap_or(&info.view);
    let live = pin::let_go(old, &info.view, called).unwrap();
    merge(&live, &plan(info, choice).unwrap(), false).unwrap()
}

#[test]
fn who_lets_go_has_the_file_as_if_it_had_never_been_pinned() {
    let with = |name: Option<&str>, faces, pin: Option<&str>| Choice {
        name: name.map(str::to_owned),
        faces,
        pin: pin.map(pin_to),
        ..Choice::default()
    };
    let theirs = "# ours\n[build]\njobs = 2 # few\n\n[registries]\n\
         main-attic = { index = \"sparse+http://o/main/index/\" }\n\n\
         [source.x]\nregistry = \"sparse+http://x/\"\nreplace-with = \"main-attic\"\n";
    for old in ["", theirs, "registries = {}\nsource = {}\n"] {
        for (name, faces) in [(None, false), (None, true), (Some("acme"), true)] {
            let live = plan(&info(), &with(name, faces, None)).unwrap();
            let live = merge(old, &live, false).unwrap();
            let pinned = plan(&info(), &with(name, faces, Some("7"))).unwrap();
            let pinned = merge(&live, &pinned, true).unwrap();
            assert!(pinned.contains("/main/at/7/from/local/index/"), "{pinned}");
            let alone = pinned.contains("/local/at/7/index/");
            assert_eq!(alone, !faces, "{pinned}");
            let called = name.unwrap_or("main");
            assert_eq!(pin::uses_faces(&pinned, &info(), called), faces);
            let after = let_go(&info(), &pinned, &with(name, faces, None));
            assert_eq!(after, live);
            assert_eq!(let_go(&info(), &after, &with(name, faces, None)), live);
        }
    }
    // A view of that name is nobody's pin.
    let other = "[registries.main-at]\nindex = \"sparse+http://h:1/main-at/index/\"\n";
    assert_eq!(pin::let_go(other, "main", "main").unwrap(), other);
    assert!(pin::let_go("[", "main", "main").is_err());
}

/// Manifests name a folder by its own address, `registry = "lab"`, as a hosted
/// registry; nothing is published to it.
#[test]
fn a_folder_is_named_and_pinned_like_a_hosted_registry() {
    let mut info = info();
    info.registries[1].name = "lab".to_owned();
    info.registries[1].index = info.registries[1].index.replace("/local/", "/lab/");
    (info.registries[1].hosted, info.registries[1].directory) = (false, true);
    let live = written(&info, &Choice::default());
    assert!(live.contains("[registries.lab]\n"), "{live}");
    let choice = Choice {
        pin: Some(pin_to("7")),
        ..Choice::default()
    };
    let pinned = merge(&live, &plan(&info, &choice).unwrap(), false).unwrap();
    let replaced = "[source.lab]\nregistry = \"sparse+http://127.0.0.1:7878/lab/index/\"\n\
        replace-with = \"main-at-alone-lab\"\n";
    assert!(pinned.contains(replaced), "{pinned}");
    assert!(pinned.contains("/lab/at/7/index/"), "{pinned}");
    assert_eq!(let_go(&info, &pinned, &Choice::default()), live);
}

#[test]
fn split_views_without_crates_io_leave_it_alone() {
    let info = SetupInfo {
        replaces_crates_io: false,
        ..info()
    };
    assert!(!written(&info, &Choice::default()).contains("crates-io"));
}

#[test]
fn names_that_cargo_or_the_view_keeps_are_refused() {
    for bad in ["crates-io", "local", "Main", "a.b", ""] {
        let choice = Choice {
            name: Some(bad.to_owned()),
            ..Choice::default()
        };
        assert!(plan(&info(), &choice).is_err(), "{bad}");
    }
}

#[test]
fn what_is_no_address_is_not_written() {
    for bad in [
        "",
        "sparse+file:///x",
        "https://h/index",
        "sparse+http://u:p@h/",
    ] {
        let info = SetupInfo {
            view_index: bad.to_owned(),
            ..info()
        };
        assert!(plan(&info, &Choice::default()).is_err(), "{bad}");
    }
}

#[test]
fn a_default_registry_beside_a_replacement_is_warned_of() {
    let config = "[registry]\ndefault = \"main\"\n";
    assert_eq!(warnings(config, &info()).len(), 1);
    assert!(warnings("", &info()).is_empty());
    let split = SetupInfo {
        replaces_crates_io: false,
        ..info()
    };
    assert!(warnings(config, &split).is_empty());
}
