//! What `overlay` of a member means, and what is said of one that makes no sense.

use super::{read, refused};
use crossdock_core::registry_name::RegistryName;

const REGISTRIES: &str = "[registries.patches]\n[registries.crates-io]\nmirror = 'crates-io'\n";

#[test]
fn an_overlay_names_what_it_patches() {
    let settings = read(&format!(
        "{REGISTRIES}[views.main]\n\
         members = [{{ name = 'patches', overlay = ['serde', 'hc-*'] }}, 'crates-io']\n"
    ));
    let policy = &settings.views[&RegistryName::parse("main").unwrap()].policy;
    let patches = RegistryName::parse("patches").unwrap();
    for (name, covered) in [("serde", true), ("HC_128", true), ("serde_json", false)] {
        let covers = policy.overlays.covers(&patches, &name.parse().unwrap());
        assert_eq!(covers, covered, "{name}");
    }
}

#[test]
fn an_overlay_is_hosted_and_names_something() {
    insta::assert_snapshot!(refused(&format!(
        "{REGISTRIES}[views.main]\n\
         members = [{{ name = 'patches', overlay = [] }}, {{ name = 'crates-io', overlay = ['serde'] }}]\n"
    )), @r#"
      × the settings are not valid: 2 faults

    Error: 
      × `overlay` of a member names nothing
       ╭─[crossdock.toml:5:42]
     4 │ [views.main]
     5 │ members = [{ name = 'patches', overlay = [] }, { name = 'crates-io', overlay = ['serde'] }]
       ·                                          ─┬
       ·                                           ╰── an overlay patches the crates it names
       ╰────
      help: list them: overlay = ["serde", "hc-*"]

    Error: 
      × an overlay must be a hosted registry
       ╭─[crossdock.toml:5:80]
     4 │ [views.main]
     5 │ members = [{ name = 'patches', overlay = [] }, { name = 'crates-io', overlay = ['serde'] }]
       ·                                                                                ────┬────
       ·                                                                                    ╰── `crates-io` is a mirror or a folder: no patched release is published to it here
       ╰────
      help: publish the patches to a hosted registry and make that the overlay
    "#);
}

#[test]
fn a_claim_for_the_overlay_of_the_name_is_a_fault() {
    let view = |claims: &str| {
        format!(
            "{REGISTRIES}[registries.acme]\n[views.main]\n\
             members = [{{ name = 'patches', overlay = ['lie', 'hc-*'] }}, 'acme', 'crates-io']\n\
             claims = {{ {claims} }}\n"
        )
    };
    for claims in [
        "lie = 'patches'",
        "hc-128 = 'patches'",
        "'h*' = 'patches'",
        "'*' = 'patches'",
    ] {
        let told = refused(&view(claims));
        for part in [
            "[crossdock.toml:7:",
            "claimed for its overlay",
            "never owns",
        ] {
            assert!(told.contains(part), "{claims}: {part}: {told}");
        }
    }
    for claims in [
        "lie = 'acme'",
        "'acme-*' = 'patches'",
        "'h*' = 'patches', 'hc-*' = 'crates-io'",
    ] {
        read(&view(claims));
    }
}
