//! Settings files that are nearly right: read or refused, never a panic, and what is
//! refused is drawn at its line.

use super::around;
use crate::report::draw;
use crate::settings::Settings;
use crossdock_fuzz::mutation;
use crossdock_fuzz::target::Target;
use std::time::Duration;

/// Every section and most keys.
const RICH: &str = r#"[server]
listen = "127.0.0.1:7878"
public-url = "https://crates.acme.example"
former-urls = ["https://old.acme.example"]
data = "./data"
hot-archives = "1GiB"
compact-every = "60s"
tls = { certificate = "chain.pem", key = "key.pem" }
trusted-proxies = ["10.0.0.0/8", "127.0.0.1"]
requests-per-second = 100
burst = 1000
[registries.acme]
resolve-in = "main"
rebuilds = "same-content"
lockfile = "count"
read = "token"
[registries.crates-io]
mirror = "crates-io"
revalidate-after = "60s"
sync = "every 10m"
confirm-removals-after = "10m"
timeout = "30s"
retries = 2
[registries.partner]
mirror = "sparse+https://crates.partner.example/index/"
token-env = "PARTNER_TOKEN"
proxy = "http://proxy.example:3128"
[registries.lab]
directory = "built"
[views.main]
members = ["acme", { name = "partner", only = ["petal", "hc-*"] }, "crates-io", { name = "lab", side = "inside" }]
identity = "crates-io"
publish-to = "acme"
claims = { "acme-*" = "acme", petal = "partner" }
same-crate = [{ names = ["petal"], members = ["partner", "crates-io"] }]
aliases = { rand_hc128 = "hc128" }
[views.main.gates]
min-age = { days = 3, mode = "audit" }
deny = { releases = { "time@<0.2.23" = "RUSTSEC-2020-0071" }, effect = "block" }
licences = { allow = ["MIT", "Apache-2.0"], clarify = { "ring@<0.17" = "ISC AND MIT" } }
typo-squats = true
closed = true
"#;

const PLAIN: &str = "[registries.local]\n[views.main]\nmembers = [\"local\"]\n";

const WORDS: &[&str] = &[
    "[server]\n",
    "[registries.x]\n",
    "[views.x]\n",
    "[views.main.gates]\n",
    "[registry]\n",
    "[[views]]\n",
    "listen = ",
    "mirror = ",
    "members = ",
    "claims = ",
    "aliases = ",
    "only = ",
    "overlay = ",
    "days = ",
    "\"crates-io\"",
    "\"main\"",
    "\"acme\"",
    "\"*\"",
    "\"a-*\"",
    "\"-1s\"",
    "\"99999999999d\"",
    "\"sparse+file:///x\"",
    "\"https://u:p@h/\"",
    "\"::\"",
    "\"10.0.0.0/99\"",
    "true",
    "-1",
    "18446744073709551616",
    "nan",
    "[]",
    "{}",
    "[[",
    "'''",
    "\"\"\"",
    "\\u0000",
    "\u{feff}",
    "\r\n",
    "#",
    "ä",
    "京",
    "=",
    ".",
];

fn take(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Err(error) = Settings::read("crossdock.toml", text, &around()) {
        assert!(!draw(&error, false).is_empty());
    }
}

#[test]
fn what_is_nearly_right_is_read_or_refused() {
    let settings = Target {
        name: "settings",
        take,
        seeds: || vec![RICH.into(), PLAIN.into()],
        words: WORDS,
    };
    let seconds = std::env::var("CROSSDOCK_FUZZ_SECONDS").ok();
    let seconds = seconds.and_then(|text| text.parse().ok()).unwrap_or(2);
    assert!(mutation::run(&settings, Duration::from_secs(seconds)) > 10);
}
