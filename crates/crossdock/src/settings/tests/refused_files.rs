//! What is said of a file as a whole: unknown keys, later ones, no TOML.
//!
//! Absent: what is accepted (`values.rs`).

use super::refused;

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
      help: known here: listen, public-url, former-urls, data, database, objects, objects-endpoint,
            objects-region, objects-path-style, objects-credentials, tls, trusted-proxies, requests-
            per-second, burst, hot-archives, compact-every
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
        "[server]\n[registries.lab]\nshown-in = ['main']\n\
         [views.main]\nmembers = ['lab']\n"
    ), @r#"
      × the settings are not valid: 1 fault

    Error: 
      × `shown-in` in [registries.lab] is not supported by this version
       ╭─[crossdock.toml:3:1]
     2 │ [registries.lab]
     3 │ shown-in = ['main']
       · ────┬───
       ·     ╰── showing a registry more widely than it is read will come in a later version
     4 │ [views.main]
       ╰────
      help: take the key out; ignoring it would promise what is not kept
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
