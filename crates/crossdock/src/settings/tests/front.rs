//! What `[server]` says of those who come.

use super::{read, refused};

#[test]
fn everything_about_who_comes() {
    let front = read(
        "[server]\npublic-url = 'https://crates.acme.example'\n\
         trusted-proxies = ['10.0.0.0/8', '::1']\nrequests-per-second = 50\n\
         [server.tls]\ncertificate = 'tls/chain.pem'\nkey = '/run/key.pem'\n",
    )
    .server
    .front;
    let files = front.tls.as_ref();
    let paths = files.map(|files| (files.certificate.display(), files.key.display()));
    let paths = paths.map(|(certificate, key)| (certificate.to_string(), key.to_string()));
    let said = ("etc/tls/chain.pem".to_owned(), "/run/key.pem".to_owned());
    assert_eq!(paths, Some(said));
    let proxies: Vec<_> = front
        .trusted_proxies
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(proxies, ["10.0.0.0/8", "::1/128"]);
    let pace = front
        .pace
        .map(|pace| (pace.per_second.get(), pace.burst.get()));
    assert_eq!(pace, Some((50, 500)));
    assert_eq!(read("").server.front, super::super::front::Front::default());
}

#[test]
fn what_would_not_hold_is_refused() {
    insta::assert_snapshot!(refused(
        "[server]\ntls = { certificate = 'chain.pem' }\ntrusted-proxies = ['proxy.example']\n\
         requests-per-second = 0\nburst = 5\n"
    ), @r#"
      × the settings are not valid: 3 faults

    Error: 
      × `key` is missing in [server.tls]
       ╭─[crossdock.toml:2:7]
     1 │ [server]
     2 │ tls = { certificate = 'chain.pem' }
       ·       ──────────────┬──────────────
       ·                     ╰── TLS needs a certificate and its key, both as files in PEM
     3 │ trusted-proxies = ['proxy.example']
       ╰────
      help: write key = "/etc/crossdock/key.pem"

    Error: 
      × an element of `trusted-proxies` in [server] is neither an address nor a network
       ╭─[crossdock.toml:3:20]
     2 │ tls = { certificate = 'chain.pem' }
     3 │ trusted-proxies = ['proxy.example']
       ·                    ───────┬───────
       ·                           ╰── proxies are known by where their connections come from
     4 │ requests-per-second = 0
       ╰────
      help: write for example "10.0.0.0/8" or "127.0.0.1"

    Error: 
      × `requests-per-second` in [server] must be a number of requests, at least 1
       ╭─[crossdock.toml:4:23]
     3 │ trusted-proxies = ['proxy.example']
     4 │ requests-per-second = 0
       ·                       ┬
       ·                       ╰── this is the number 0
     5 │ burst = 5
       ╰────
      help: see docs/settings.md for what each key means
    "#);
    let alone = refused("[server]\nburst = 5\n");
    assert!(
        alone.contains("bounds nothing without `requests-per-second`"),
        "{alone}"
    );
    insta::assert_snapshot!(refused(
        "[server]\npublic-url = 'http://crates.acme.example'\n\
         tls = { certificate = 'chain.pem', key = 'key.pem', ca = 'x' }\n"
    ), @r#"
      × the settings are not valid: 2 faults

    Error: 
      × `tls` in [server] needs a `public-url` that begins with https
       ╭─[crossdock.toml:3:1]
     2 │ public-url = 'http://crates.acme.example'
     3 │ tls = { certificate = 'chain.pem', key = 'key.pem', ca = 'x' }
       · ─┬─
       ·  ╰── a certificate is for a name, and clients have to be sent to that name
       ╰────
      help: write public-url = "https://crates.acme.example"

    Error: 
      × unknown key `ca` in [server.tls]
       ╭─[crossdock.toml:3:53]
     2 │ public-url = 'http://crates.acme.example'
     3 │ tls = { certificate = 'chain.pem', key = 'key.pem', ca = 'x' }
       ·                                                     ─┬
       ·                                                      ╰── no setting has this name
       ╰────
      help: known here: certificate, key
    "#);
}
