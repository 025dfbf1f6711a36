//! The use cases of a federating registry, over ports.
//!
//! Each use case is a file that adds a method to [`Federation`]. Decisions are
//! `core`'s; here members are asked, what they said is weighed there, and the
//! outcome is recorded before it is shown.
//!
//! Absent: HTTP, SQL, files, sockets, settings files.

mod abreast;
mod absences;
mod accept_removals;
mod accounts;
mod adopt_policy;
mod alarms;
mod aliases;
mod approve;
mod approve_lock;
mod asking;
mod at;
mod backup;
mod budget;
mod builds;
mod change_crate;
mod compact;
pub mod configuration;
mod conflicts;
mod consequences;
#[cfg(feature = "testing")]
pub mod contract;
mod decisions;
mod deflate;
mod difference;
mod directories;
mod drop_served;
mod explain;
mod faces;
mod federation;
mod fetch_crate;
mod first_seen;
mod flight;
mod follow;
mod freeze;
mod fsck;
mod gate_reports;
mod gates;
mod gc;
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
mod named;
mod observed_names;
mod overlays;
mod partings;
mod past;
pub mod ports;
mod prefetch;
mod privacy;
mod publish;
mod publish_batch;
mod publish_name;
mod publish_needs;
mod publish_patch;
mod publish_public;
mod publish_told;
mod publish_unheard;
mod purge;
mod read_index;
mod readiness;
mod rebuild;
mod records;
mod refusal;
mod render;
mod restore;
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
mod succession;
mod surface;
mod sync;
mod take_uploads;
mod taken_along;
mod tokens;
mod turn_owner;
mod under_way;
mod upkeep;
mod upload;
mod users;
mod view_rows;
mod waive;

pub use accept_removals::MissingName;
pub use accounts::Bearer;
pub use adopt_policy::PolicyReport;
pub use alarms::{ALARMS_MAX, Alarm, AlarmKind, Alarms};
pub use aliases::{AliasReport, DeclaredAlias, LeftAloneRelease};
pub use approve::{Approved, Approving, NotApproved};
pub use backup::{
    BackupError, BackupReport, BackupSource, Head, HeadError, LedgerSource, SegmentError, Standing,
    Verified, back_up, decode_facts, encode_facts, verify,
};
pub use compact::{COMPACT_EVERY, Compacted, KeptOf, Packer, PackerState};
pub use conflicts::{ConflictKind, ConflictReport};
pub use decisions::Decided;
pub use deflate::zlib;
pub use difference::ContentDifference;
pub use explain::{Explanation, Since};
pub use federation::{Federation, Ports};
pub use follow::{FOLLOW_EVERY, Followed};
pub use fsck::{Derived, Finding, FindingKind, Fsck, FsckReport, Mended, Repairs};
pub use gate_reports::{GateReport, GateVerdict};
pub use gc::{GRACE, GRACE_MIN, Gc, GcError, GcReport, Orphan};
pub use import_crate::{Import, ImportedRelease, Versions};
pub use mirror::UpstreamHealth;
pub use named::checksums_in;
pub use overlays::OverlaidCrate;
pub use publish::Published;
pub use publish_batch::{BatchCrate, BatchRefused};
pub use purge::{DecidedPurge, Purge};
pub use rebuild::{RebuildError, Text, Texts, Told, rebuild};
pub use refusal::{Refusal, RefusalKind};
pub use render::IndexFile;
pub use restore::{RestoreError, RestoreReport, restore};
pub use retire::Retirement;
pub use search::{Found, KrateInfo, SearchAnswer};
pub use setup_info::SetupInfo;
pub use snapshots::NamedEpoch;
pub use surface::Surface;
pub use sync::{ChangedName, SilentName, SyncReport};
pub use tokens::{Holder, NewToken, TokenWish};
pub use turn_owner::{Reassignment, RewrittenRow, Transfer};
pub use upkeep::{Job, UpkeepState};
pub use waive::Waived;
