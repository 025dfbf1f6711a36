//! Tokens of users over HTTP, and that nothing tells unknown from forbidden.

use crate::exchange::{Answer, exchange};
use crate::package;
use crate::world::{TOKEN, World};
use serde_json::{Value, json};

/// Every path that begins with a registry or view, which `{}` stands for, and its method.
const OF_A_SURFACE: &[(&str, &str)] = &[
    ("GET", "/{}/index/config.json"),
    ("GET", "/{}/index/pe/ta/petal"),
    ("GET", "/{}/index/le/af/leaf"),
    ("GET", "/{}/dl/petal/1.0.0/{sha}"),
    ("GET", "/{}/from/vault/index/config.json"),
    ("GET", "/{}/from/vault/index/pe/ta/petal"),
    ("GET", "/{}/from/vault/dl/petal/1.0.0/{sha}"),
    ("GET", "/{}/at/1/index/config.json"),
    ("GET", "/{}/at/1/index/pe/ta/petal"),
    ("GET", "/{}/at/1/from/vault/index/pe/ta/petal"),
    ("GET", "/{}/at/1/dl/petal/1.0.0/{sha}"),
    ("GET", "/{}/at/1/from/vault/dl/petal/1.0.0/{sha}"),
    ("GET", "/{}/api/v1/at/1"),
    ("GET", "/{}/api/v1/snapshots"),
    ("POST", "/{}/api/v1/snapshots"),
    ("GET", "/{}/api/v1/freeze"),
    ("POST", "/{}/api/v1/freeze"),
    ("POST", "/{}/api/v1/thaw"),
    ("GET", "/{}/api/v1/sync"),
    ("POST", "/{}/api/v1/sync"),
    ("GET", "/{}/api/v1/crates?q=petal"),
    ("PUT", "/{}/api/v1/crates/new"),
    ("GET", "/{}/api/v1/crates/new"),
    ("PUT", "/{}/api/v1/crates/batch"),
    ("GET", "/{}/api/v1/crates/petal"),
    ("GET", "/{}/api/v1/crates/petal/1.0.0"),
    ("GET", "/{}/api/v1/crates/petal/1.0.0/download"),
    ("DELETE", "/{}/api/v1/crates/petal/1.0.0/yank"),
    ("PUT", "/{}/api/v1/crates/petal/1.0.0/unyank"),
    ("GET", "/{}/api/v1/crates/petal/owners"),
    ("PUT", "/{}/api/v1/crates/petal/owners"),
    ("GET", "/{}/api/v1/explain/petal"),
    ("GET", "/{}/api/v1/explain/petal/1.0.0"),
    ("GET", "/{}/api/v1/conflicts"),
    ("GET", "/{}/api/v1/aliases"),
    ("GET", "/{}/api/v1/missing"),
    ("POST", "/{}/api/v1/accept-removals"),
    ("GET", "/{}/api/v1/gates"),
    ("POST", "/{}/api/v1/approve"),
    ("POST", "/{}/api/v1/waive"),
    ("POST", "/{}/api/v1/import"),
    ("GET", "/{}/api/v1/overlays"),
    ("POST", "/{}/api/v1/transfer"),
    ("GET", "/{}/api/v1/policy"),
    ("POST", "/{}/api/v1/retire"),
    ("GET", "/api/v1/setup?view={}"),
];

fn ask(world: &World, method: &str, path: &str, token: Option<&str>, body: &[u8]) -> Answer {
    let mut head = vec![format!("{method} {path}")];
    head.extend(token.map(|token| format!("Authorization: {token}")));
    exchange(world.address(), &head, body)
}

fn told(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

/// Adds a user and issues a token with these grants.
fn issue(world: &World, user: &str, grants: &[&str]) -> (String, String) {
    let send = |path: &str, body: Value| {
        let answer = ask(
            world,
            "POST",
            path,
            Some(TOKEN),
            body.to_string().as_bytes(),
        );
        assert_eq!(answer.status, 200, "{path}: {}", told(&answer));
        told(&answer)
    };
    send("/api/v1/users", json!({ "name": user }));
    let issued = send(
        "/api/v1/tokens",
        json!({ "user": user, "grants": grants, "label": "a test" }),
    );
    let text = |key: &str| issued[key].as_str().unwrap().to_owned();
    (text("token"), text("id"))
}

fn publish(world: &World, token: &str, name: &str, version: &str) -> u16 {
    let body = package::publish_body(name, version, &package::archive(name, version));
    ask(world, "PUT", "/vault/api/v1/crates/new", Some(token), &body).status
}

/// What an answer says, without the name that was asked for.
fn said(answer: &Answer, name: &str) -> (u16, Vec<(String, String)>, String) {
    let mut headers = answer.headers.clone();
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case("date"));
    let body = String::from_utf8_lossy(&answer.body).replace(name, "{}");
    (answer.status, headers, body)
}

#[test]
fn nothing_tells_unknown_from_forbidden() {
    let world = World::start("closed");
    assert_eq!(publish(&world, TOKEN, "petal", "1.0.0"), 200);
    let sha = package::checksum(&package::archive("petal", "1.0.0"));
    // In memory by now, where nobody asks the router.
    for path in ["/vault/index/pe/ta/petal", "/secret/index/pe/ta/petal"] {
        assert_eq!(ask(&world, "GET", path, Some(TOKEN), b"").status, 200);
    }
    let (other, _) = issue(&world, "ann", &["admin on local"]);
    for token in [None, Some(other.as_str())] {
        for &(method, path) in OF_A_SURFACE {
            let path = path.replace("{sha}", &sha);
            let asked = |name: &str| {
                let answer = ask(&world, method, &path.replace("{}", name), token, b"{}");
                said(&answer, name)
            };
            // Of one length, or the length of the answer would differ by the name's.
            let unknown = asked("nosuch");
            assert_eq!(asked("secret"), unknown, "{method} {path} {token:?}");
            assert!(
                matches!(unknown.0, 401 | 403),
                "{method} {path} {token:?}: {unknown:?}"
            );
            let (vault, unknown) = (asked("vault"), asked("nouse"));
            // A face of a member of that name is in both paths, and is not said.
            if !path.contains("/from/vault") {
                assert_eq!(vault, unknown, "{method} {path} {token:?}");
            }
        }
    }
    // A checksum is no key: what is open does not show it.
    for path in [
        format!("/local/dl/petal/1.0.0/{sha}"),
        format!("/crates-io/dl/petal/1.0.0/{sha}"),
    ] {
        let answer = ask(&world, "GET", &path, Some(&other), b"");
        assert_eq!(answer.status, 404, "{path}");
    }
    world.stop();
}

#[test]
fn a_token_reads_what_it_says() {
    let world = World::start("closed");
    assert_eq!(publish(&world, TOKEN, "petal", "1.0.0"), 200);
    let (view, _) = issue(&world, "ann", &["read on secret"]);
    let sha = package::checksum(&package::archive("petal", "1.0.0"));
    for (path, status) in [
        ("/secret/index/config.json".to_owned(), 200),
        ("/secret/index/pe/ta/petal".to_owned(), 200),
        ("/secret/from/vault/index/pe/ta/petal".to_owned(), 200),
        (format!("/secret/dl/petal/1.0.0/{sha}"), 200),
        ("/secret/api/v1/explain/petal".to_owned(), 200),
        ("/vault/index/config.json".to_owned(), 403),
        (format!("/vault/dl/petal/1.0.0/{sha}"), 403),
        ("/metrics".to_owned(), 403),
        ("/api/v1/egress".to_owned(), 403),
        ("/api/v1/users".to_owned(), 403),
        ("/local/index/config.json".to_owned(), 200),
    ] {
        // Twice: from the federation, and from memory.
        for _ in 0..2 {
            let answer = ask(&world, "GET", &path, Some(&view), b"");
            assert_eq!(answer.status, status, "{path}");
        }
    }
    let bearer = format!("Bearer {view}");
    let answer = ask(&world, "GET", "/api/v1/me", Some(&bearer), b"");
    assert_eq!(told(&answer)["user"], "ann");
    assert_eq!(publish(&world, &view, "rose", "1.0.0"), 403);
    world.stop();
}

#[test]
fn a_revoked_token_is_told_so_and_who_fails_too_often_waits() {
    let world = World::start("closed");
    let (token, id) = issue(&world, "ann", &["read", "publish-new on vault"]);
    let (valid, _) = issue(&world, "bob", &["read"]);
    assert_eq!(publish(&world, &token, "petal", "1.0.0"), 200);
    // An update of one's own needs the scope for it all the same.
    assert_eq!(publish(&world, &token, "petal", "1.1.0"), 403);
    let path = format!("/api/v1/tokens/{id}");
    assert_eq!(ask(&world, "DELETE", &path, Some(&valid), b"").status, 403);
    assert_eq!(ask(&world, "DELETE", &path, Some(&token), b"").status, 200);
    let index = "/vault/index/pe/ta/petal";
    let refused = ask(&world, "GET", index, Some(&token), b"");
    assert_eq!(refused.status, 401);
    let text = String::from_utf8_lossy(&refused.body).into_owned();
    assert!(text.contains("was revoked at"), "{text}");
    let waits = (0..40).find_map(|_| {
        let answer = ask(&world, "GET", index, Some(&token), b"");
        (answer.status == 429).then_some(answer)
    });
    let waits = waits.expect("who fails again and again is told to wait");
    assert!(waits.header("retry-after").is_some());
    // What checks itself and counts is never locked out; what may be a guess is.
    assert_eq!(ask(&world, "GET", index, Some(&valid), b"").status, 200);
    world.stop();
}
