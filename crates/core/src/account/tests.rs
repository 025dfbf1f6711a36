//! Users, teams and tokens after some decisions.

use super::*;
use crate::decision::Words;

fn at(second: i64) -> Timestamp {
    Timestamp::from_unix_seconds(second).unwrap()
}

fn user(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

fn team(text: &str) -> TeamName {
    TeamName::parse(text).unwrap()
}

fn issued(text: &str, holder: &str, expires: Option<i64>) -> TokenIssued {
    TokenIssued {
        digest: Checksum::of(text.as_bytes()),
        holder: Actor::parse(holder).unwrap(),
        grants: vec!["read".parse().unwrap()],
        expires: expires.map(at),
        label: None,
        issuer: None,
    }
}

fn after(decisions: &[(i64, AccountDecision)]) -> Accounts {
    let mut accounts = Accounts::default();
    for (second, decision) in decisions {
        accounts.learn(decision, &Actor::admin(), at(*second));
    }
    accounts
}

#[test]
fn a_token_counts_until_its_second_comes_or_it_is_revoked() {
    let digest = Checksum::of(b"one");
    let mut accounts = after(&[
        (1, AccountDecision::UserAdded { user: user("ann") }),
        (
            2,
            AccountDecision::TokenIssued(issued("one", "ann", Some(9))),
        ),
    ]);
    assert!(accounts.token(&digest, at(8)).is_ok());
    assert_eq!(accounts.token(&digest, at(9)), Err(Unfit::Expired(at(9))));
    let other = Checksum::of(b"two");
    assert_eq!(accounts.token(&other, at(8)), Err(Unfit::Unknown));
    let revoked = AccountDecision::TokenRevoked { digest };
    for second in [5, 6] {
        accounts.learn(&revoked, &Actor::admin(), at(second));
        assert_eq!(accounts.token(&digest, at(8)), Err(Unfit::Revoked(at(5))));
    }
}

#[test]
fn who_was_removed_comes_back_without_the_old_tokens() {
    let removed = AccountDecision::UserRemoved { user: user("ann") };
    let joined = AccountDecision::TeamJoined {
        team: team("core"),
        user: user("ANN"),
    };
    let mut accounts = after(&[
        (1, AccountDecision::UserAdded { user: user("Ann") }),
        (2, AccountDecision::TeamMade { team: team("core") }),
        (3, joined),
        (4, AccountDecision::TokenIssued(issued("one", "Ann", None))),
        (4, AccountDecision::UserAdded { user: user("bob") }),
        (4, AccountDecision::TokenIssued(issued("two", "bob", None))),
    ]);
    let owners = [team("core").actor()];
    let ann = Actor::parse("ann").unwrap();
    assert_eq!(accounts.standing(&ann, &owners), Standing::InTeam);
    accounts.learn(&removed, &Actor::admin(), at(5));
    assert!(accounts.user(&user("ann")).is_none());
    let late = AccountDecision::TokenIssued(issued("three", "ann", None));
    accounts.learn(&late, &Actor::admin(), at(5));
    let digest = Checksum::of(b"three");
    assert_eq!(accounts.token(&digest, at(5)), Err(Unfit::Revoked(at(5))));
    assert_eq!(accounts.standing(&ann, &owners), Standing::Stranger);
    let again = AccountDecision::UserAdded { user: user("ann") };
    accounts.learn(&again, &Actor::admin(), at(6));
    assert_eq!(accounts.user(&user("ann")).unwrap().as_str(), "Ann");
    let digest = Checksum::of(b"one");
    assert_eq!(accounts.token(&digest, at(8)), Err(Unfit::Revoked(at(5))));
    assert!(accounts.token(&Checksum::of(b"two"), at(8)).is_ok());
    assert_eq!(accounts.standing(&ann, &owners), Standing::Stranger);
}

#[test]
fn an_owner_on_record_before_there_were_users_is_who_is_called_so() {
    let accounts = after(&[(1, AccountDecision::UserAdded { user: user("ann") })]);
    let owners = ["admin", "Ann", "team:core"].map(|text| Actor::parse(text).unwrap());
    let standing = |who: &str| accounts.standing(&Actor::parse(who).unwrap(), &owners);
    assert_eq!(standing("ann"), Standing::Owner);
    assert_eq!(standing("bob"), Standing::Stranger);
    // A team is owner as a team alone, whoever calls themselves so.
    assert_eq!(standing("team:core"), Standing::Stranger);
}

#[test]
fn what_an_issuer_vouched_for_needs_no_user_and_is_forgotten_when_it_is_over() {
    let of = |n: u32, expires| TokenIssued {
        issuer: Some(Words::parse("a workflow").unwrap()),
        ..issued(&n.to_string(), "ci:web", Some(expires))
    };
    let mut accounts = after(&[(1, AccountDecision::TokenIssued(of(0, 100)))]);
    let digest = Checksum::of(b"0");
    assert!(accounts.token(&digest, at(99)).is_ok());
    let later = 100 + ENDED_KEPT_SECS;
    for n in 1..SWEEP_EVERY {
        let issued = AccountDecision::TokenIssued(of(n, later + 60));
        accounts.learn(&issued, &Actor::admin(), at(later));
    }
    assert_eq!(accounts.token(&digest, at(later)), Err(Unfit::Unknown));
    assert_eq!(accounts.tokens().len() as u32, SWEEP_EVERY - 1);
}
