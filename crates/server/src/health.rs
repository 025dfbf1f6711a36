//! Two questions of whoever runs the server: does it live, may it get requests.

use crate::respond::{self, Routed};

/// `GET /healthz`: the process answers. Restart it if this fails.
pub(crate) async fn alive() -> Routed {
    respond::text("ok\n")
}

/// `GET /readyz`: requests may be sent here.
///
/// The federation was opened before the socket, so there is nothing to wait for. An
/// upstream that is silent does not make a server unready: what is held is served.
pub(crate) async fn ready() -> Routed {
    respond::text("ready\n")
}
