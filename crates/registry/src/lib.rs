//! The use cases of a federating registry, over ports.
//!
//! Each use case is a file that adds a method to [`Federation`]. Decisions are
//! `core`'s; here members are asked, what they said is weighed there, and the
//! outcome is recorded before it is shown.
//!
//! Absent: HTTP, SQL, files, sockets, settings files.

mod absences;
mod accept_removals;
mod adopt_policy;
mod alarms;
mod aliases;
mod approve;
mod approve_lock;
mod asking;
mod at;
mod budget;
mod builds;
mod change_crate;
pub mod configuration;
mod conflicts;
mod consequences;
#[cfg(feature = "testing")]
pub mod contract;
mod decisions;
mod deflate;
mod difference;
mod directories;
mod explain;
mod faces;
mod federation;
mod fetch_crate;
mod first_seen;
mod flight;
mod follow;
mod freeze;
mod gate_reports;
mod gates;
mod held_routes;
mod hosted;
mod import_crate;
mod import_target;
mod licences;
mod look_alikes;
#[cfg(feature = "testing")]
pub mod memory;
mod mint;
mod mirror;
mod observed_names;
mod overlays;
mod past;
pub mod ports;
mod prefetch;
mod privacy;
mod publish;
mod publish_batch;
mod publish_name;
mod publish_public;
mod publish_told;
mod purge;
mod read_index;
mod readiness;
mod rebuild;
mod records;
mod refusal;
mod render;
mod retire;
mod routes;
mod search;
mod served;
mod settle_upload;
mod setup_info;
mod shown;
mod shown_held;
mod snapshots;
mod spelling;
mod stamps;
mod standing;
mod stored_target;
mod surface;
mod sync;
mod take_uploads;
mod turn_owner;
mod under_way;
mod upload;
mod view_rows;
mod waive;

pub use accept_removals::MissingName;
pub use adopt_policy::PolicyReport;
pub use alarms::{ALARMS_MAX, Alarm, AlarmKind, Alarms};
pub use aliases::{AliasReport, DeclaredAlias, LeftAloneRelease};
pub use approve::{Approved, Approving, NotApproved};
pub use conflicts::{ConflictKind, ConflictReport};
pub use decisions::Decided;
pub use deflate::zlib;
pub use difference::ContentDifference;
pub use explain::Explanation;
pub use federation::{Federation, Ports};
pub use follow::{FOLLOW_EVERY, Followed};
pub use gate_reports::{GateReport, GateVerdict};
pub use import_crate::{Import, ImportedRelease, Versions};
pub use mirror::UpstreamHealth;
pub use overlays::OverlaidCrate;
pub use publish::Published;
pub use publish_batch::{BatchCrate, BatchRefused};
pub use purge::{DecidedPurge, Purge};
pub use rebuild::{RebuildError, rebuild};
pub use refusal::{Refusal, RefusalKind};
pub use render::IndexFile;
pub use retire::Retirement;
pub use search::{Found, KrateInfo, SearchAnswer};
pub use setup_info::SetupInfo;
pub use snapshots::NamedEpoch;
pub use surface::Surface;
pub use sync::{ChangedName, SilentName, SyncReport};
pub use turn_owner::{Reassignment, RewrittenRow, Transfer};
pub use waive::Waived;
