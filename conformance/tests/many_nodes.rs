//! Three nodes on one PostgreSQL and one object store are one registry.

use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::http::try_ask;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::nodes::Nodes;
use crossdock_conformance::project::Project;
use crossdock_conformance::tarball::checksum;
use crossdock_conformance::upload;
use std::time::{Duration, Instant};

/// How long something that must come by itself may take on a busy machine.
const SOON: Duration = Duration::from_secs(30);

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < SOON, "{what} took longer than {SOON:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_one_node_took_every_other_shows_at_once() {
    let nodes = Nodes::start(3);
    // All of them know that there is no such crate.
    for node in &nodes.servers {
        node.entry("main", "garden").expects(404);
    }
    for minor in 0..12 {
        let krate = Krate::new("garden", &format!("1.{minor}.0"));
        nodes.servers[minor % 3].has("local", &krate);
        // No waiting: the first answer after the publish has it, in registry and view.
        for node in &nodes.servers {
            for surface in ["main", "local"] {
                let versions = node.entry(surface, "garden").expects(200).versions();
                assert_eq!(versions.len(), minor + 1, "{surface} at {}", node.url());
            }
        }
    }
    nodes.servers[1]
        .yank("local", "garden", "1.3.0")
        .expects(200);
    for node in &nodes.servers {
        let rows = node.entry("main", "garden").rows();
        let yanked = rows.iter().filter(|row| row["yanked"] == true);
        assert_eq!(yanked.count(), 1);
        let cksum = rows[0]["cksum"].as_str().unwrap_or_default().to_owned();
        let bytes = node.get(&format!("/main/dl/garden/1.0.0/{cksum}"));
        assert_eq!(checksum(&bytes.expects(200).body), cksum);
    }
}

#[test]
fn cargo_publishes_and_builds_through_whichever_node() {
    let nodes = Nodes::start(3);
    Configuration::default()
        .registry("main", &nodes.index("main"))
        .registry("local", &nodes.index("local"))
        .instead_of_crates_io("main")
        .write(&nodes.bench);
    nodes.public.has(&Krate::new("leaf", "1.0.0"));
    for round in 0..3 {
        let name = format!("garden-{round}");
        let krate = Krate::new(&name, "1.0.0").needs(Dependency::on("leaf", "1"));
        let project = Project::create_at(&nodes.bench, &name, &krate);
        // Cargo asks the index until what it published is there, here and there.
        project
            .publish("local", nodes.servers[0].token())
            .succeeds();
        let app = Krate::new("app", "0.1.0").needs(Dependency::on(&name, "1"));
        let app = Project::create_at(&nodes.bench, &format!("app-{round}"), &app);
        app.cargo(&["check"]).succeeds();
    }
}

#[test]
fn of_eight_writers_over_three_nodes_one_wins() {
    let nodes = Nodes::start(3);
    for round in 0..3 {
        let name = format!("garden-{round}");
        let bodies: Vec<_> = (0..8)
            .map(|number| {
                Krate::new(&name, "1.0.0").lib(&format!("pub const NUMBER: u8 = {number};"))
            })
            .collect();
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let sent: Vec<_> = bodies
                .iter()
                .enumerate()
                .map(|(number, krate)| {
                    let node = &nodes.servers[number % 3];
                    scope.spawn(move || node.upload("local", &upload::body(krate)).status)
                })
                .collect();
            sent.into_iter()
                .map(|one| one.join().expect("each of them was answered"))
                .collect()
        });
        let taken: Vec<_> = (0..8).filter(|number| statuses[*number] == 200).collect();
        assert_eq!(taken.len(), 1, "{statuses:?}");
        assert!(
            statuses.iter().all(|status| matches!(status, 200 | 409)),
            "{statuses:?}"
        );
        for node in &nodes.servers {
            let rows = node.entry("main", &name).rows();
            assert_eq!(rows.len(), 1);
            assert_eq!(rows[0]["cksum"], bodies[taken[0]].row()["cksum"]);
        }
    }
}

#[test]
fn a_node_that_is_killed_is_missed_by_nobody_and_knows_all_when_it_is_back() {
    let mut nodes = Nodes::start(3);
    nodes.servers[0].has("local", &Krate::new("garden", "1.0.0"));
    nodes.servers[0].kill();
    nodes.servers[1].has("local", &Krate::new("garden", "1.1.0"));
    nodes.servers[2].has("local", &Krate::new("garden", "1.2.0"));
    nodes.servers[2]
        .yank("local", "garden", "1.0.0")
        .expects(200);
    let Nodes { servers, bench, .. } = &mut nodes;
    servers[0].start_again(bench, None);
    let rows = servers[0].entry("main", "garden").expects(200).rows();
    assert_eq!(rows, servers[1].entry("main", "garden").rows());
    assert_eq!(rows.len(), 3);
}

#[test]
fn a_node_without_its_database_reads_refuses_and_recovers() {
    let nodes = Nodes::start(2);
    let node = &nodes.servers[0];
    let garden = Krate::new("garden", "1.0.0");
    node.has("local", &garden);
    let cksum = garden.row()["cksum"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let archive = format!("/main/dl/garden/1.0.0/{cksum}");
    node.entry("main", "garden").expects(200);
    node.get(&archive).expects(200);
    node.get("/readyz").expects(200);

    nodes.database.stop();
    let began = Instant::now();
    assert_eq!(
        node.entry("main", "garden").expects(200).versions(),
        ["1.0.0"]
    );
    node.get(&archive).expects(200);
    let refused = node.upload("local", &upload::body(&Krate::new("garden", "1.1.0")));
    let text = refused.expects(503).text();
    assert!(text.contains("storage is unavailable"), "{text}");
    assert!(!text.contains("crossdock@"), "{text}");
    node.get("/readyz").expects(503);
    node.get("/healthz").expects(200);
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    // From then on at once.
    let began = Instant::now();
    node.entry("main", "garden").expects(200);
    assert!(began.elapsed() < Duration::from_secs(2));

    nodes.database.begin();
    until("publishing again", || {
        let body = upload::body(&Krate::new("garden", "1.1.0"));
        node.upload("local", &body).status == 200
    });
    until("showing it on another node", || {
        nodes.servers[1].entry("main", "garden").versions().len() == 2
    });
    until("being ready", || node.get("/readyz").status == 200);
}

#[test]
fn a_node_without_its_objects_says_so_and_recovers() {
    let nodes = Nodes::start(1);
    let node = &nodes.servers[0];
    node.has("local", &Krate::new("garden", "1.0.0"));
    nodes.objects.stop();
    let refused = node.upload("local", &upload::body(&Krate::new("garden", "1.1.0")));
    let text = refused.expects(503).text();
    assert!(text.contains("object store s3://archives/team"), "{text}");
    assert!(!text.contains("X-Amz"), "{text}");
    node.get("/readyz").expects(503);
    node.entry("main", "garden").expects(200);
    nodes.objects.begin();
    until("publishing again", || {
        let body = upload::body(&Krate::new("garden", "1.1.0"));
        node.upload("local", &body).status == 200
    });
    until("being ready", || node.get("/readyz").status == 200);
}

#[test]
fn nothing_secret_is_told() {
    let nodes = Nodes::start(1);
    let told = || {
        let said = std::fs::read_to_string(nodes.bench.path("node0/stdout"));
        said.unwrap_or_default() + &nodes.servers[0].log()
    };
    until("saying where archives are", || {
        told().contains("objects     s3://archives/team")
    });
    let told = told();
    assert!(!told.contains(nodes.objects.credentials().1), "{told}");
    // Without the right credentials nothing is there to be had either.
    let url = format!("{}/archives?list-type=2", nodes.objects.endpoint());
    let status = try_ask("GET", &url, &[], b"").map(|answer| answer.status);
    assert!(!matches!(status, Ok(200)), "{status:?}");
}
