//! Golden texts of users, teams and tokens, whose scope is the server itself.

use super::{fact, registry};
use crossdock_core::account::{TeamName, UserName};
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::{AccountDecision, Decision, Snapshot, TokenIssued, Words};
use crossdock_core::fact::{Event, Fact, FactError};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;

fn encoded(decision: AccountDecision) -> String {
    let fact = fact(Event::Decided {
        scope: RegistryName::server(),
        decision: Decision::Account(decision),
    });
    let encoded = fact.encode();
    assert_eq!(Fact::decode(&encoded), Ok(fact));
    encoded
}

fn head(kind: &str) -> String {
    format!("crossdock fact v1\nkind {kind}\ntime 2026-11-21T10:00:09Z\nactor admin\nscope api\n")
}

#[test]
fn golden_users_and_teams() {
    let user = UserName::parse("Ann.b@acme.example").unwrap();
    let team = TeamName::parse("core-1").unwrap();
    for (decision, expected) in [
        (
            AccountDecision::UserAdded { user: user.clone() },
            head("user-added") + "user Ann.b@acme.example\n",
        ),
        (
            AccountDecision::UserRemoved { user: user.clone() },
            head("user-removed") + "user Ann.b@acme.example\n",
        ),
        (
            AccountDecision::TeamMade { team: team.clone() },
            head("team-made") + "team core-1\n",
        ),
        (
            AccountDecision::TeamRemoved { team: team.clone() },
            head("team-removed") + "team core-1\n",
        ),
        (
            AccountDecision::TeamJoined {
                team: team.clone(),
                user: user.clone(),
            },
            head("team-joined") + "team core-1\nuser Ann.b@acme.example\n",
        ),
        (
            AccountDecision::TeamLeft { team, user },
            head("team-left") + "team core-1\nuser Ann.b@acme.example\n",
        ),
    ] {
        assert_eq!(encoded(decision), expected);
    }
}

#[test]
fn golden_tokens() {
    let digest = Checksum::of(b"cdk_x");
    let issued = TokenIssued {
        digest,
        holder: Actor::parse("ann").unwrap(),
        grants: vec!["read on main".parse().unwrap()],
        expires: None,
        label: None,
        issuer: None,
    };
    let token = format!("token {digest}\n");
    assert_eq!(
        encoded(AccountDecision::TokenIssued(issued.clone())),
        head("token-issued") + &token + "holder ann\ngrant read on main\n"
    );
    let full = TokenIssued {
        grants: vec![
            "read".parse().unwrap(),
            "publish-new,publish-update on acme crates web,acme-* of-any-owner"
                .parse()
                .unwrap(),
        ],
        expires: Some(Timestamp::parse("2026-12-01T00:00:01Z").unwrap()),
        label: Some(Words::parse("the nightly build").unwrap()),
        issuer: Some(Words::parse("forge.example acme/web deploy.yml").unwrap()),
        ..issued
    };
    assert_eq!(
        encoded(AccountDecision::TokenIssued(full)),
        head("token-issued")
            + &token
            + "holder ann\ngrant read\n\
               grant publish-new,publish-update on acme crates web,acme-* of-any-owner\n\
               expires 2026-12-01T00:00:01Z\nlabel the nightly build\n\
               issuer forge.example acme/web deploy.yml\n"
    );
    assert_eq!(
        encoded(AccountDecision::TokenRevoked { digest }),
        head("token-revoked") + &token
    );
}

#[test]
fn what_concerns_the_server_is_of_no_registry_and_nothing_else_is_the_servers() {
    let user = UserName::parse("ann").unwrap();
    let of_registry = fact(Event::Decided {
        scope: registry("main"),
        decision: Decision::Account(AccountDecision::UserAdded { user }),
    });
    let of_server = fact(Event::Decided {
        scope: RegistryName::server(),
        decision: Decision::Snapshot(Snapshot {
            name: registry("spring"),
            epoch: 1,
        }),
    });
    for fact in [of_registry, of_server] {
        let refused = Err(FactError::Field("scope".to_owned()));
        assert_eq!(Fact::decode(&fact.encode()), refused);
    }
}
