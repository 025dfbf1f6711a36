//! Ready is who can write, not only read.

use super::plan::Plan;
use crossdock_registry::RefusalKind;
use crossdock_registry::ports::StoreError;

#[tokio::test]
async fn a_store_that_takes_no_writes_is_not_ready() {
    let full = || StoreError::Full("no space".to_owned());
    let world = Plan::usual().open().await;
    assert_eq!(world.federation.ready().await.unwrap(), 0);
    let world = Plan::usual().open().await;
    world.ledger.fail_next_append(full());
    let refused = world.federation.ready().await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Unavailable);
    assert!(refused.detail.contains("takes no writes"), "{refused}");
    // Believed for a second, so that many who ask cost one try.
    assert!(world.federation.ready().await.is_err());
    let world = Plan::usual().open().await;
    world.blobs.fail_next_keep(full());
    assert!(world.federation.ready().await.is_err());
}
