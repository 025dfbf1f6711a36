//! Many at once: whoever was first is first for all, and nobody sees half of it.

use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::server::Server;
use crossdock_conformance::tarball::checksum;
use crossdock_conformance::upload;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;
use std::sync::atomic::{AtomicBool, Ordering};

/// Sends all bodies at once and returns the statuses.
fn at_once(server: &Server, uploads: &[(String, Vec<u8>)]) -> Vec<u16> {
    std::thread::scope(|scope| {
        let sent: Vec<_> = uploads
            .iter()
            .map(|(to, body)| scope.spawn(|| server.upload(to, body).status))
            .collect();
        sent.into_iter()
            .map(|one| one.join().expect("each of them was answered"))
            .collect()
    })
}

#[test]
fn of_one_version_one_upload_is_taken() {
    let installation = Installation::new(Identity::CratesIo);
    for round in 0..4 {
        let name = format!("garden-{round}");
        let uploads: Vec<_> = (0..8)
            .map(|number| {
                Krate::new(&name, "1.0.0").lib(&format!("pub const NUMBER: u8 = {number};"))
            })
            .map(|krate| ("local".to_owned(), upload::body(&krate)))
            .collect();
        let statuses = at_once(&installation.server, &uploads);
        let taken: Vec<_> = (0..8).filter(|number| statuses[*number] == 200).collect();
        assert_eq!(taken.len(), 1, "{statuses:?}");
        assert!(
            statuses.iter().all(|status| matches!(status, 200 | 409)),
            "{statuses:?}"
        );
        let rows = installation.server.entry("main", &name).rows();
        assert_eq!(rows.len(), 1);
        let cksum = rows[0]["cksum"].as_str().unwrap_or_default().to_owned();
        let bytes = installation
            .server
            .get(&format!("/main/dl/{name}/1.0.0/{cksum}"))
            .expects(200)
            .body;
        assert_eq!(checksum(&bytes), cksum);
        let winner =
            Krate::new(&name, "1.0.0").lib(&format!("pub const NUMBER: u8 = {};", taken[0]));
        assert_eq!(
            winner.row()["cksum"],
            cksum.as_str(),
            "who was told 200 is who is served"
        );
    }
}

#[test]
fn many_versions_at_once_are_all_there() {
    let installation = Installation::new(Identity::Split);
    let uploads: Vec<_> = (0..12)
        .map(|number| {
            (
                "local".to_owned(),
                upload::body(&Krate::new("garden", &format!("1.{number}.0"))),
            )
        })
        .collect();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut seen = 0;
            while !done.load(Ordering::Relaxed) {
                let answer = installation.server.entry("main", "garden");
                let now = if answer.status == 200 {
                    answer.versions().len()
                } else {
                    0
                };
                assert!(
                    now >= seen,
                    "what was seen is not unseen: {seen} versions, then {now}"
                );
                seen = now;
            }
        });
        let statuses = at_once(&installation.server, &uploads);
        assert_eq!(statuses, [200; 12]);
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(
        installation.server.entry("main", "garden").versions().len(),
        12
    );
}

#[test]
fn of_two_registries_in_one_view_one_gets_the_name() {
    let bench = Workbench::new();
    let teams = ["team-a", "team-b", "team-c", "team-d"];
    let registries: String = teams
        .iter()
        .map(|team| format!("[registries.{team}]\nresolve-in = \"main\"\n"))
        .collect();
    let server = Server::start(
        &bench,
        &format!("{registries}[views.main]\nmembers = {teams:?}\n"),
    );
    for round in 0..4 {
        let name = format!("garden-{round}");
        let uploads: Vec<_> = teams
            .iter()
            .map(|team| {
                (
                    team.to_string(),
                    upload::body(&Krate::new(&name, "1.0.0").lib(&format!("// {team}\n"))),
                )
            })
            .collect();
        let statuses = at_once(&server, &uploads);
        assert_eq!(
            statuses.iter().filter(|status| **status == 200).count(),
            1,
            "{statuses:?}"
        );
        let winner = statuses
            .iter()
            .position(|status| *status == 200)
            .unwrap_or_default();
        let shown = server.entry("main", &name).rows();
        assert_eq!(
            shown[0]["cksum"],
            server.entry(teams[winner], &name).rows()[0]["cksum"]
        );
        for (team, _) in teams
            .iter()
            .zip(&statuses)
            .filter(|(_, status)| **status != 200)
        {
            server.entry(team, &name).expects(404);
        }
    }
}

#[test]
fn a_spelling_is_taken_once() {
    let installation = Installation::new(Identity::CratesIo);
    let spellings = ["Garden-Bed", "garden_bed", "garden-bed", "GARDEN_BED"];
    let uploads: Vec<_> = spellings
        .iter()
        .map(|name| ("local".to_owned(), upload::body(&Krate::new(name, "1.0.0"))))
        .collect();
    let statuses = at_once(&installation.server, &uploads);
    assert_eq!(
        statuses.iter().filter(|status| **status == 200).count(),
        1,
        "{statuses:?}"
    );
}

#[test]
fn a_publish_and_a_first_look_agree_on_the_owner() {
    // Somebody looks a name up in public while it is published in house.
    for _ in 0..6 {
        let (bench, public) = (Workbench::new(), Upstream::start());
        public.has(&Krate::new("garden", "9.9.9"));
        let settings =
            crossdock_conformance::installation::settings(Identity::CratesIo, &public, "");
        let server = Server::start(&bench, &settings);
        let body = upload::body(&Krate::new("garden", "1.0.0"));
        let (looked, published) = std::thread::scope(|scope| {
            let looking = scope.spawn(|| server.entry("main", "garden"));
            let publishing = scope.spawn(|| server.upload("local", &body));
            (
                looking.join().expect("it was answered"),
                publishing.join().expect("it was answered"),
            )
        });
        let now = server.entry("main", "garden").versions();
        if published.status == 200 {
            assert_eq!(now, ["1.0.0"]);
            assert!(
                !looked.text().contains("9.9.9"),
                "shown once, it would be the owner: {looked}"
            );
        } else {
            assert_eq!(now, ["9.9.9"], "{published}");
        }
    }
}
