//! Publish bodies and metadata no registry may take.
//!
//! Absent: what is wrong with the archive inside, which is `refused_archives.rs`.

use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::server::Server;
use crossdock_conformance::upload;
use crossdock_conformance::workbench::Workbench;
use serde_json::{Value, json};

fn hosted(bench: &Workbench) -> Server {
    Server::start(bench, "[registries.local]\n")
}

#[test]
fn bodies_that_are_not_what_they_say() {
    let bench = Workbench::new();
    let server = hosted(&bench);
    let good = upload::body(&Krate::new("garden", "1.0.0"));
    let length = |bytes: [u8; 4]| [&bytes[..], &good[4..]].concat();
    let deep = format!(
        "{{\"name\":\"garden\",\"vers\":\"1.0.0\",\"deps\":[],\"x\":{}{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    for (what, body, statuses) in [
        ("nothing", Vec::new(), &[400][..]),
        ("three bytes", vec![1, 0, 0], &[400]),
        ("4 GiB of JSON announced", length([0xff; 4]), &[400, 413]),
        (
            "more JSON announced than there is",
            length([0, 0, 0x10, 0]),
            &[400, 413],
        ),
        (
            "no JSON",
            [&[4, 0, 0, 0][..], b"nope", &[0; 4]].concat(),
            &[400],
        ),
        (
            "bytes behind the archive",
            [&good[..], b"more"].concat(),
            &[400],
        ),
        (
            "half of the archive",
            good[..good.len() - 30].to_vec(),
            &[400],
        ),
        ("100,000 levels of JSON", raw(deep.as_bytes()), &[400]),
        (
            "JSON with a byte order mark",
            raw(b"\xef\xbb\xbf{}"),
            &[400],
        ),
    ] {
        let answer = server.upload("local", &body);
        assert!(statuses.contains(&answer.status), "{what}: {answer}");
        assert!(
            answer.json()["errors"][0]["detail"].is_string(),
            "{what}: {answer}"
        );
    }
    server.entry("local", "garden").expects(404);
    server.upload("local", &good).expects(200);
}

fn raw(json: &[u8]) -> Vec<u8> {
    let archive = Krate::new("garden", "1.0.0").archive();
    let part = |bytes: &[u8]| {
        [
            &u32::try_from(bytes.len()).unwrap_or_default().to_le_bytes(),
            bytes,
        ]
        .concat()
    };
    [part(json), part(&archive)].concat()
}

#[test]
fn names_and_versions_that_are_none() {
    let bench = Workbench::new();
    let server = hosted(&bench);
    let names = [
        "", "1a", "-a", "a.b", "a b", "京", "ѕerde", "../../x", "a/b", "a\\b", "a%2fb", "std",
        "con", "lpt9", "Nul",
    ];
    let long = "a".repeat(65);
    for name in names.into_iter().chain([long.as_str()]) {
        refused(&server, &Krate::new(name, "1.0.0"), name);
    }
    let long = format!("1.0.0-{}", "a".repeat(150));
    for version in [
        "1.0",
        "01.0.0",
        "1.0.0\n{}",
        "latest",
        "",
        "1.0.0/../..",
        long.as_str(),
    ] {
        refused(&server, &Krate::new("garden", version), version);
    }
    server.entry("local", "garden").expects(404);
}

#[track_caller]
fn refused(server: &Server, krate: &Krate, what: &str) {
    let answer = server.upload("local", &upload::body(krate)).expects(400);
    let detail = answer.json()["errors"][0]["detail"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(detail.len() > 10, "{what}: {detail}");
}

#[test]
fn the_manifest_is_what_counts() {
    let bench = Workbench::new();
    let server = hosted(&bench);
    let garden = Krate::new("garden", "1.0.0").needs(Dependency::on("stem", "1"));
    let with = |change: &dyn Fn(&mut Value)| {
        let mut metadata = upload::metadata(&garden);
        change(&mut metadata);
        upload::body_of(&metadata, &garden.archive())
    };
    // Another name or version in front than inside.
    server
        .upload(
            "local",
            &with(&|metadata| metadata["name"] = json!("other")),
        )
        .expects(400);
    server
        .upload(
            "local",
            &with(&|metadata| metadata["vers"] = json!("2.0.0")),
        )
        .expects(400);
    server.entry("local", "garden").expects(404);
    server.entry("local", "other").expects(404);
    // Other dependencies in front than inside: the row says what is inside, and whoever
    // sent it is told.
    let answer = server
        .upload("local", &with(&|metadata| metadata["deps"] = json!([])))
        .expects(200);
    let row = server.entry("local", "garden").rows().remove(0);
    assert_eq!(row["deps"][0]["name"], "stem");
    let warnings = answer.json()["warnings"]["other"].to_string();
    assert!(
        warnings.contains("dependency `stem` is in the archive only"),
        "{warnings}"
    );
}

#[test]
fn dependencies_that_lead_nowhere_good() {
    let bench = Workbench::new();
    let server = hosted(&bench);
    for address in [
        "file:///etc",
        "git+ssh://a.example/x",
        "not a url",
        "sparse+file:///x",
        "sparse+http://user:word@a.example/",
    ] {
        refused(
            &server,
            &Krate::new("garden", "1.0.0").needs(Dependency::on("stem", "1").from("x", address)),
            address,
        );
    }
    for requirement in [">>1", "one", ""] {
        refused(
            &server,
            &Krate::new("garden", "1.0.0").needs(Dependency::on("stem", requirement)),
            requirement,
        );
    }
    let target = Dependency::on("stem", "1").target("cfg(((");
    refused(
        &server,
        &Krate::new("garden", "1.0.0").needs(target),
        "cfg(((",
    );
    refused(
        &server,
        &Krate::new("garden", "1.0.0").feature("a", &["nope/x"]),
        "nope/x",
    );
    server.entry("local", "garden").expects(404);
    // Features may refer to each other in a circle: that is legal.
    server.has(
        "local",
        &Krate::new("garden", "1.0.0")
            .feature("a", &["b"])
            .feature("b", &["a"]),
    );
}
