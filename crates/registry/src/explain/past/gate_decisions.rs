//! What was decided about gates, in words: what it was about, why, and until when.
//!
//! Absent: what follows from it, which `core::gate` folds.

use crossdock_core::decision::GateDecision;
use crossdock_core::gate::Versions;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;

/// Tells a decision that was made at `made`, if it is about the version that is asked
/// for.
pub(super) fn told(
    scope: &RegistryName,
    decision: &GateDecision,
    made: Timestamp,
    wanted: Option<&Version>,
) -> Option<String> {
    let is = |version: &Version| wanted.is_none_or(|wanted| wanted == version);
    let covered = |versions: &Versions| wanted.is_none_or(|wanted| versions.covers(wanted));
    Some(match decision {
        GateDecision::Approved { versions, .. } if covered(versions) => {
            format!("`{versions}` was approved in `{scope}`")
        }
        GateDecision::Revoked { versions, .. } if covered(versions) => {
            format!("the approval of `{versions}` in `{scope}` was taken back")
        }
        GateDecision::Requested { version, .. } if is(version) => {
            format!("an approval of {version} in `{scope}` was asked for")
        }
        GateDecision::Waived {
            version,
            gate,
            reason,
            until,
            ..
        } if is(version) => match *until > made {
            true => {
                format!("gate {gate} was waived for {version} in `{scope}` until {until}: {reason}")
            }
            false => {
                format!("the waiver of gate {gate} for {version} in `{scope}` was ended: {reason}")
            }
        },
        GateDecision::LicenceFound {
            version, licence, ..
        } if is(version) => {
            format!("the archive of {version} was read: its licence is {licence}")
        }
        GateDecision::LookedAlike { like, .. } => {
            format!("when `{scope}` first served it, it looked like the private `{like}`")
        }
        GateDecision::Approved { .. }
        | GateDecision::Revoked { .. }
        | GateDecision::Requested { .. }
        | GateDecision::Waived { .. }
        | GateDecision::LicenceFound { .. } => return None,
    })
}
