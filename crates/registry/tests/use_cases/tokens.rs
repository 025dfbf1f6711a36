//! Who may publish, yank and own: tokens of users before the use cases.

use super::nodes_tokens::{bearer, issue, publish, random, user, wish};
use super::package::Package;
use super::plan::Plan;
use super::world::{name, registry, version};
use crossdock_core::access::Act;
use crossdock_core::account::{TeamName, Unfit};
use crossdock_core::actor::Actor;
use crossdock_core::decision::Words;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::ports::Ledger;
use crossdock_registry::{Bearer, Holder, RefusalKind, TokenWish};

#[tokio::test]
async fn a_crate_is_its_first_publishers() {
    let world = Plan::usual().open().await;
    let all = "publish-new,publish-update,yank,owners on acme";
    let ann = issue(&world, "ann", &[all]).await;
    let bob = issue(&world, "Bob", &[all]).await;
    let petal = |number| Package::new("petal", number);
    publish(&world, "acme", &ann, &petal("1.0.0"))
        .await
        .unwrap();
    // Through the view, too: what counts is where it goes.
    let refused = publish(&world, "main", &bob, &petal("1.1.0")).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Forbidden);
    assert!(refused.detail.contains("neither an owner"), "{refused}");
    publish(&world, "main", &ann, &petal("1.1.0"))
        .await
        .unwrap();
    let (surface, krate) = (world.surface("acme"), name("petal"));
    let number = version("1.0.0");
    let federation = &world.federation;
    let yank = |token: &str| {
        let by = bearer(&world, token);
        let (surface, krate, number) = (surface.clone(), krate.clone(), number.clone());
        async move {
            federation
                .set_yanked(&surface, &krate, &number, true, &by)
                .await
        }
    };
    assert!(yank(&bob).await.is_err());
    // A team may publish and yank, but not say who owns the crate.
    let admin = Actor::admin();
    let core = TeamName::parse("core").unwrap();
    federation.make_team(&admin, &core).await.unwrap();
    let member = user("bob");
    let joined = federation.set_member(&admin, &core, &member, true);
    joined.await.unwrap();
    let team = [core.actor()];
    let by = bearer(&world, &ann);
    let owners = federation.change_owners(&surface, &krate, &team, &[], &by);
    assert_eq!(
        owners.await.unwrap(),
        [Actor::parse("ann").unwrap(), core.actor()]
    );
    publish(&world, "acme", &bob, &petal("1.2.0"))
        .await
        .unwrap();
    yank(&bob).await.unwrap();
    let by = bearer(&world, &bob);
    let myself = [Actor::parse("BOB").unwrap()];
    let refused = federation.change_owners(&surface, &krate, &myself, &[], &by);
    assert!(
        refused
            .await
            .unwrap_err()
            .detail
            .contains("no owner by name")
    );
    // Owners are users, in the spelling under which they were added.
    let by = bearer(&world, &ann);
    let owners = federation.change_owners(&surface, &krate, &myself, &team, &by);
    let owners = owners.await.unwrap();
    assert_eq!(
        owners,
        ["ann", "Bob"].map(|text| Actor::parse(text).unwrap())
    );
    let nobody = [Actor::parse("zoe").unwrap()];
    let refused = federation.change_owners(&surface, &krate, &nobody, &[], &by);
    assert!(refused.await.unwrap_err().detail.contains("user add zoe"));
}

#[tokio::test]
async fn a_token_may_what_it_says_and_no_more() {
    let world = Plan::usual().hosted("apps").open().await;
    let petal = Package::new("petal", "1.0.0");
    let rose = Package::new("rose", "1.0.0");
    for (grants, published) in [
        (vec!["read"], false),
        (vec!["publish-update on acme"], false),
        (vec!["publish-new on apps"], false),
        (vec!["publish-new on acme crates rose,pet-*"], false),
        (vec!["read", "publish-new on acme crates pet*"], true),
    ] {
        let token = issue(&world, "ann", &grants).await;
        let done = publish(&world, "acme", &token, &petal).await;
        assert_eq!(done.is_ok(), published, "{grants:?}: {done:?}");
        if let Err(refused) = done {
            assert_eq!(refused.kind, RefusalKind::Forbidden);
            assert!(refused.detail.contains("publish-new on acme"), "{refused}");
        }
    }
    // Nothing of a refused one is kept: rose is free for who may.
    let wide = issue(&world, "bob", &["publish-new on acme"]).await;
    publish(&world, "acme", &wide, &rose).await.unwrap();
    let update = Package::new("rose", "1.1.0");
    let any = issue(&world, "ann", &["publish-update on acme of-any-owner"]).await;
    publish(&world, "acme", &any, &update).await.unwrap();
    let admin = issue(&world, "zoe", &["admin on acme"]).await;
    let update = Package::new("rose", "1.2.0");
    publish(&world, "acme", &admin, &update).await.unwrap();
    let (acme, main) = (registry("acme"), registry("main"));
    let allow = |act| world.federation.allow(&bearer(&world, &admin), act);
    assert!(allow(Act::Administer(&acme)).is_ok());
    assert!(allow(Act::Administer(&main)).is_err());
    assert!(allow(Act::AdministerServer).is_err());
}

#[tokio::test]
async fn what_could_never_be_used_is_not_issued() {
    let world = Plan::usual().open().await;
    let federation = &world.federation;
    let admin = Actor::admin();
    federation.add_user(&admin, &user("ann")).await.unwrap();
    let refused = async |wish| {
        let issued = federation.issue_token(&admin, wish, random()).await;
        issued.unwrap_err().detail
    };
    let facts = world.facts().await.len();
    for (grant, why) in [
        ("read on nowhere", "no registry or view `nowhere`"),
        ("yank on main", "is a view"),
        ("publish-new on crates-io", "is a mirror"),
    ] {
        let told = refused(wish("ann", &[grant])).await;
        assert!(told.contains(why), "{told}");
    }
    assert!(
        refused(wish("zoe", &["read"]))
            .await
            .contains("user add zoe")
    );
    assert!(refused(wish("ann", &[])).await.contains("1 to 10"));
    let over = TokenWish {
        expires: Some(Timestamp::from_unix_seconds(1).unwrap()),
        ..wish("ann", &["read"])
    };
    assert!(refused(over).await.contains("expired already"));
    let endless = TokenWish {
        holder: Holder::Vouched {
            actor: Actor::parse("ci:web").unwrap(),
            issuer: Words::parse("a forge").unwrap(),
        },
        ..wish("ann", &["read"])
    };
    assert!(refused(endless).await.contains("must expire"));
    assert_eq!(world.facts().await.len(), facts);
}

#[tokio::test]
async fn a_token_ends_to_the_second_and_stays_ended_over_a_restart() {
    let mut world = Plan::usual().open().await;
    let now = world.ledger.now();
    let after = |seconds| Timestamp::from_unix_seconds(now.unix_seconds() + seconds).unwrap();
    let vouched = TokenWish {
        holder: Holder::Vouched {
            actor: Actor::parse("ci:web").unwrap(),
            issuer: Words::parse("forge.example acme/web").unwrap(),
        },
        expires: Some(after(1800)),
        ..wish("ann", &["publish-update on acme crates web of-any-owner"])
    };
    let admin = Actor::admin();
    let issued = world.federation.issue_token(&admin, vouched, random());
    let short = issued.await.unwrap().text;
    let long = issue(&world, "ann", &["read"]).await;
    let gone = issue(&world, "bob", &["read"]).await;
    let id = match bearer(&world, &long) {
        Bearer::Token(token) => token.id(),
        Bearer::Trusted(_) => unreachable!("a token of a user is not trusted"),
    };
    let revoked = world.federation.revoke_token(&admin, &id).await.unwrap();
    assert_eq!(revoked.revoked, Some(now));
    world.federation.revoke_token(&admin, &id).await.unwrap();
    let bob = user("BOB");
    world.federation.remove_user(&admin, &bob).await.unwrap();
    for restarts in 0..2 {
        if restarts > 0 {
            world.restart().await;
        }
        let fit = |token: &str| world.federation.bearer(token.as_bytes()).map(drop);
        world.clock.set(after(1799));
        assert_eq!(fit(&short), Ok(()));
        assert_eq!(fit(&long), Err(Unfit::Revoked(now)));
        assert_eq!(fit(&gone), Err(Unfit::Revoked(now)));
        assert_eq!(fit("cdk_never"), Err(Unfit::Unknown));
    }
    world.clock.set(after(1800));
    let ended = world.federation.bearer(short.as_bytes()).map(drop);
    assert_eq!(ended, Err(Unfit::Expired(after(1800))));
}

#[tokio::test]
async fn names_of_owners_are_notes_until_there_are_users() {
    let world = Plan::usual().open().await;
    let petal = Package::new("petal", "1.0.0");
    world.publish("acme", &petal).await.unwrap();
    let (surface, krate) = (world.surface("acme"), name("petal"));
    let carol = [Actor::parse("carol").unwrap()];
    let by = Bearer::admin();
    let federation = &world.federation;
    let owners = federation.change_owners(&surface, &krate, &carol, &[], &by);
    owners.await.unwrap();
    // Who is called so from now on is the owner.
    let grant = "publish-update on acme";
    let (carol, dora) = (
        issue(&world, "carol", &[grant]).await,
        issue(&world, "dora", &[grant]).await,
    );
    let petal = Package::new("petal", "1.1.0");
    assert!(publish(&world, "acme", &dora, &petal).await.is_err());
    publish(&world, "acme", &carol, &petal).await.unwrap();
}
