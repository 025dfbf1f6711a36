//! HTTP in: indexes, downloads, the registry web API, a page.
//!
//! Decides nothing about the federation. A request is read, its asker is judged by
//! the token shown, one use case of `crossdock_registry` is asked, and the outcome
//! becomes a status, headers and a body.
//!
//! Absent: SQL, upstreams, settings files, signals, cargo's row format.

mod access;
mod api;
mod app;
mod at;
mod auth;
mod body;
mod caching;
mod client_address;
mod door;
mod download;
mod failures;
mod health;
mod index;
mod limits;
mod live_settings;
mod metrics;
mod negotiation;
mod pace;
mod page;
mod path;
mod patience;
mod problem;
mod respond;
mod route;
mod serve;
mod tls;
mod traffic;
mod upload;
mod upload_room;

pub use app::App;
pub use auth::{AdminToken, AdminTokenError};
pub use limits::Limits;
pub use live_settings::{Answer, Applied, LiveSettings, Wanted};
pub use pace::Pace;
pub use serve::{Answering, Drained, Socket, serve};
pub use tls::{Tls, TlsError};
