//! What is said of registries and the server that make no sense.
//!
//! Absent: what is accepted (`values.rs`).

use super::{read, refused};

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
       ·      ╰── nothing is published to a mirror or a folder
     7 │ mirror = 'crates-io'
       ╰────
      help: take `resolve-in` out; what dependencies mean is settled by its upstream, or in the view
            that has the folder
    "#);
}

#[test]
fn the_server_mirrors_itself_under_no_name() {
    for (listen, own) in [
        ("127.0.0.1:7878", "http://127.0.0.1:7878/main/index/"),
        ("127.0.0.1:7878", "http://localhost:7878/main/index/"),
        ("0.0.0.0:80", "http://127.0.0.1/main/index/"),
        ("[::]:7878", "http://[::1]:7878/main/index/"),
    ] {
        let server = format!("[server]\nlisten = '{listen}'\n[registries.d]\n");
        for mirrored in [
            format!("mirror = 'sparse+{own}'\n"),
            format!("mirror = 'crates-io'\nvia = 'sparse+{own}'\n"),
        ] {
            let said = refused(&format!("{server}{mirrored}"));
            assert!(
                said.contains("is an address of this installation"),
                "{said}"
            );
        }
        read(&format!("{server}mirror = 'sparse+http://127.0.0.1:9/'\n"));
    }
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
     8 │ mirror = 'sparse+https://user:******@c.example/'
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
        ·     ╰── this registry mirrors nothing: it has no upstream
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
fn what_becomes_of_rebuilds_is_said_of_hosted_registries_in_known_words() {
    insta::assert_snapshot!(refused(
        "[registries.a]\nrebuilds = 'always'\nlockfile = true\n\
         [registries.c]\nrebuilds = 'replace'\nlockfile = 'ignore'\nmirror = 'crates-io'\n\
         [views.main]\nmembers = ['a', 'c']\n"
    ), @r#"
      × the settings are not valid: 4 faults

    Error: 
      × `rebuilds` in [registries.a] must be "refuse", "same-content", "replace" or "mint"
       ╭─[crossdock.toml:2:12]
     1 │ [registries.a]
     2 │ rebuilds = 'always'
       ·            ────┬───
       ·                ╰── this is the string "always"
     3 │ lockfile = true
       ╰────
      help: see docs/settings.md for what each key means

    Error: 
      × `lockfile` in [registries.a] must be a string
       ╭─[crossdock.toml:3:12]
     2 │ rebuilds = 'always'
     3 │ lockfile = true
       ·            ──┬─
       ·              ╰── this is the boolean true
     4 │ [registries.c]
       ╰────
      help: see docs/settings.md for what each key means

    Error: 
      × `rebuilds` in [registries.c] is for hosted registries only
       ╭─[crossdock.toml:5:1]
     4 │ [registries.c]
     5 │ rebuilds = 'replace'
       · ────┬───
       ·     ╰── nothing is published to a mirror or a folder
     6 │ lockfile = 'ignore'
       ╰────
      help: take `rebuilds` out; what an upstream shows otherwise than before is refused, with an
            alarm, and a folder always shows what lies in it

    Error: 
      × `lockfile` in [registries.c] is for hosted registries only
       ╭─[crossdock.toml:6:1]
     5 │ rebuilds = 'replace'
     6 │ lockfile = 'ignore'
       · ────┬───
       ·     ╰── nothing is published to a mirror or a folder
     7 │ mirror = 'crates-io'
       ╰────
      help: take `lockfile` out; a mirror keeps what its upstream has, byte for byte, and packages of
            a folder are packed without a lock
    "#);
}

#[test]
fn packing_is_for_what_is_kept_and_room_has_a_unit() {
    insta::assert_snapshot!(refused(
        "[server]\nhot-archives = '1GB'\ncompact-every = '0s'\n[registries.lab]\ndirectory = '/srv'\ncompact = true\n[registries.acme]\ncompact = 'yes'\n[views.main]\nmembers = ['lab', 'acme']\n"
    ), @r#"
      × the settings are not valid: 4 faults

    Error: 
      × `hot-archives` in [server] is no number of bytes
       ╭─[crossdock.toml:2:16]
     1 │ [server]
     2 │ hot-archives = '1GB'
       ·                ──┬──
       ·                  ╰── archives that are at hand take room on the disk
     3 │ compact-every = '0s'
       ╰────
      help: write a whole number and one of MiB, GiB, TiB: "512MiB", "20GiB"; "0MiB" for none

    Error: 
      × `compact-every` in [server] is no span of time
       ╭─[crossdock.toml:3:17]
     2 │ hot-archives = '1GB'
     3 │ compact-every = '0s'
       ·                 ──┬─
       ·                   ╰── from 1 s to 30 days
     4 │ [registries.lab]
       ╰────
      help: write a whole number and one of s, m, h, d: "60s", "10m"

    Error: 
      × `compact` in [registries.lab] is for what is kept here
       ╭─[crossdock.toml:6:1]
     5 │ directory = '/srv'
     6 │ compact = true
       · ───┬───
       ·    ╰── a folder's archives are packed anew as its files change
     7 │ [registries.acme]
       ╰────
      help: take `compact` out

    Error: 
      × `compact` in [registries.acme] must be true or false
       ╭─[crossdock.toml:8:11]
     7 │ [registries.acme]
     8 │ compact = 'yes'
       ·           ──┬──
       ·             ╰── this is the string "yes"
     9 │ [views.main]
       ╰────
      help: see docs/settings.md for what each key means
    "#);
}
