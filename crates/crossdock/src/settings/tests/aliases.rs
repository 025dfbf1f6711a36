//! What `aliases` of a view mean, and what is said of those that make no sense.

use super::{read, refused};
use crossdock_core::registry_name::RegistryName;

#[test]
fn an_alias_names_its_provider() {
    let settings = read(
        "[registries.crates-io]\nmirror = 'crates-io'\n[views.main]\nmembers = ['crates-io']\n\
         aliases = { rand_hc128 = 'hc128', Other = 'hc128' }\n",
    );
    let view = &settings.views[&RegistryName::parse("main").unwrap()];
    let said: Vec<String> = view
        .policy
        .aliases
        .iter()
        .map(|(name, provider)| format!("{name} = {provider}"))
        .collect();
    assert_eq!(said, ["other = hc128", "rand-hc128 = hc128"]);
}

#[test]
fn aliases_lead_one_step_to_another_crate() {
    insta::assert_snapshot!(refused(
        "[registries.crates-io]\nmirror = 'crates-io'\n[views.main]\nmembers = ['crates-io']\n\
         [views.main.aliases]\na = 'b'\nb = 'c'\n'B' = 'd'\ne = 'E'\n'f*' = 'g'\nh = 1\n"
    ), @r#"
      × the settings are not valid: 5 faults

    Error: 
      × `b` is an alias and provides `a`
       ╭─[crossdock.toml:6:1]
     5 │ [views.main.aliases]
     6 │ a = 'b'
       · ┬
       · ╰── aliases lead one step, so that no chain and no cycle can arise
     7 │ b = 'c'
       ╰────
      help: let each name lead to the crate that provides it in the end

    Error: 
      × `b` is an alias of `d` already
       ╭─[crossdock.toml:7:1]
     6 │ a = 'b'
     7 │ b = 'c'
       · ┬
       · ╰── names are compared without regard to case and `-` or `_`
     8 │ 'B' = 'd'
       ╰────
      help: keep one of them

    Error: 
      × `e` cannot provide itself
        ╭─[crossdock.toml:9:1]
      8 │ 'B' = 'd'
      9 │ e = 'E'
        · ┬
        · ╰── an alias leads to another crate
     10 │ 'f*' = 'g'
        ╰────
      help: take the line out, or name the crate that provides it

    Error: 
      × crate name `f*` may contain only ASCII letters, digits, `-` and `_`
        ╭─[crossdock.toml:10:1]
      9 │ e = 'E'
     10 │ 'f*' = 'g'
        · ──┬─
        ·   ╰── an alias is one crate in place of another; patterns make no sense here
     11 │ h = 1
        ╰────
      help: write aliases = { rand_hc128 = "hc128" }

    Error: 
      × the provider of `h` must be a string
        ╭─[crossdock.toml:11:5]
     10 │ 'f*' = 'g'
     11 │ h = 1
        ·     ┬
        ·     ╰── this is the number 1
        ╰────
      help: see docs/settings.md for what each key means
    "#);
}
