//! Tokens of users on several nodes, and the short words for issuing and showing them.

use super::nodes::{Two, plan};
use super::package::Package;
use super::world::World;
use crossdock_core::access::TOKEN_RANDOM_BYTES;
use crossdock_core::account::UserName;
use crossdock_core::actor::Actor;
use crossdock_registry::memory::Clock;
use crossdock_registry::ports::Ledger;
use crossdock_registry::{Bearer, Holder, Refusal, RefusalKind, TokenWish};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// Other randomness each time.
pub(crate) fn random() -> [u8; TOKEN_RANDOM_BYTES] {
    static NEXT: AtomicU8 = AtomicU8::new(0);
    let first = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut random = [7; TOKEN_RANDOM_BYTES];
    random[0] = first % 62;
    random[1] = first / 62;
    random
}

pub(crate) fn user(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

pub(crate) fn wish(who: &str, grants: &[&str]) -> TokenWish {
    TokenWish {
        holder: Holder::User(user(who)),
        grants: grants.iter().map(|text| text.parse().unwrap()).collect(),
        expires: None,
        label: None,
    }
}

/// Issues a token to a user, who is added if need be; returns its text.
pub(crate) async fn issue<L: Ledger + 'static>(
    world: &World<L>,
    who: &str,
    grants: &[&str],
) -> String {
    let admin = Actor::admin();
    let federation = &world.federation;
    federation.add_user(&admin, &user(who)).await.unwrap();
    let issued = federation.issue_token(&admin, wish(who, grants), random());
    issued.await.unwrap().text
}

pub(crate) fn bearer<L: Ledger + 'static>(world: &World<L>, token: &str) -> Bearer {
    world.federation.bearer(token.as_bytes()).unwrap()
}

pub(crate) async fn publish<L: Ledger + 'static>(
    world: &World<L>,
    path: &str,
    token: &str,
    package: &Package,
) -> Result<(), Refusal> {
    let surface = world.surface(path);
    let bearer = bearer(world, token);
    let published = world.federation.publish(&surface, package.body(), &bearer);
    published.await.map(drop)
}

/// Of two who publish a new crate at once on two nodes, one is its owner and the other
/// is refused: nobody's update gets in under the right to bring something new.
pub(crate) async fn a_new_crate_is_one_publishers<L: Ledger + 'static>(
    open: &impl AsyncFn(Clock) -> Arc<L>,
) {
    let two = Two::open(plan(), open).await;
    let grant = "publish-new,publish-update on acme";
    let ann = issue(&two.a, "ann", &[grant]).await;
    let bob = issue(&two.a, "bob", &[grant]).await;
    two.b.federation.catch_up().await.unwrap();
    for krate in ["rose", "tulip", "stem", "leaf"] {
        let (one, other) = (Package::new(krate, "1.0.0"), Package::new(krate, "2.0.0"));
        let (first, second) = tokio::join!(
            publish(&two.a, "acme", &ann, &one),
            publish(&two.b, "acme", &bob, &other),
        );
        assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
        let refused = first.err().or(second.err()).unwrap();
        assert_eq!(refused.kind, RefusalKind::Forbidden, "{refused}");
    }
}

/// What is issued and revoked on one node counts on another.
pub(crate) async fn tokens_are_known_everywhere<L: Ledger + 'static>(
    open: &impl AsyncFn(Clock) -> Arc<L>,
) {
    let two = Two::open(plan(), open).await;
    let token = issue(&two.a, "ann", &["publish-new on acme"]).await;
    two.b.federation.catch_up().await.unwrap();
    let petal = Package::new("petal", "1.0.0");
    publish(&two.b, "acme", &token, &petal).await.unwrap();
    let Bearer::Token(known) = bearer(&two.b, &token) else {
        unreachable!("a token of a user is not trusted");
    };
    let (admin, id) = (Actor::admin(), known.id());
    two.b.federation.revoke_token(&admin, &id).await.unwrap();
    assert!(two.a.federation.bearer(token.as_bytes()).is_ok());
    two.a.federation.catch_up().await.unwrap();
    assert!(two.a.federation.bearer(token.as_bytes()).is_err());
}
