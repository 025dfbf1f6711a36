//! What was decided about a name, in words: from whom to whom, which version, and why.
//!
//! Absent: what follows from it, which `core` folds; gates (`gate_decisions.rs`).

use super::gate_decisions;
use crate::aliases::told as told_why;
use crossdock_core::alias::Spared;
use crossdock_core::decision::{
    AliasDecision, Decision, Imported, Meant, OverlayDecision, OwnerTurned, Pin, Purged,
};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::rewrite::Route;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;

/// Tells a decision that was made at `made`, if it is about the version that is asked
/// for.
pub(super) fn told(
    scope: &RegistryName,
    decision: &Decision,
    made: Timestamp,
    wanted: Option<&Version>,
) -> Option<String> {
    let is = |version: &Version| wanted.is_none_or(|wanted| wanted == version);
    Some(match decision {
        Decision::Gate(decision) => return gate_decisions::told(scope, decision, made, wanted),
        Decision::Overlay(decision) => return overlay(scope, decision, wanted),
        Decision::Transferred(OwnerTurned { from, to, .. }) => {
            format!("transferred in `{scope}` from `{from}` to `{to}`, which has the same crate")
        }
        Decision::Reassigned(OwnerTurned { from, to, .. }) => {
            format!("reassigned in `{scope}` from `{from}` to `{to}`, which has another crate")
        }
        Decision::Imported(imported) if is(&imported.version) => {
            let Imported {
                version,
                from,
                original,
                original_checksum,
                ..
            } = imported;
            format!(
                "{version} in `{scope}` is a copy of `{original}` {version} of `{from}` (checksum {:.12})",
                original_checksum.to_string()
            )
        }
        Decision::Purged(Purged {
            version, reason, ..
        }) if is(version) => {
            format!("{version} was purged from `{scope}`: {reason}")
        }
        Decision::Alias(alias) => alias_told(scope, alias),
        Decision::Pin(Pin::Route { meant, route, .. }) => pinned(scope, meant, route),
        // About another version, or about more than this name.
        Decision::Imported(_)
        | Decision::Purged(_)
        | Decision::Pin(_)
        | Decision::Freeze(_)
        | Decision::Snapshot(_)
        | Decision::Account(_)
        | Decision::AcceptRemovals(_)
        | Decision::Policy(_)
        | Decision::Retired(_) => return None,
    })
}

fn overlay(
    scope: &RegistryName,
    decision: &OverlayDecision,
    wanted: Option<&Version>,
) -> Option<String> {
    let is = |version: &Version| wanted.is_none_or(|wanted| wanted == version);
    match decision {
        OverlayDecision::Patched { patch, base, .. } if is(&patch.version) || is(base) => {
            let (overlay, version) = (&patch.overlay, &patch.version);
            Some(format!(
                "`{overlay}`'s {version} is shown in `{scope}` in place of {base}, which it patches"
            ))
        }
        OverlayDecision::Accepted { version, later, .. }
            if is(version) || *later && wanted.is_some_and(|wanted| wanted > version) =>
        {
            let later = match later {
                true => ", and later ones that a requirement takes in its place,",
                false => "",
            };
            Some(format!(
                "{version}{later} was accepted in `{scope}` without the patch"
            ))
        }
        OverlayDecision::Rebased { onto, .. } => Some(format!(
            "the newest patch in `{scope}`, on {onto}, replaced the earlier ones"
        )),
        OverlayDecision::Patched { .. } | OverlayDecision::Accepted { .. } => None,
    }
}

fn alias_told(scope: &RegistryName, alias: &AliasDecision) -> String {
    let older = |leaves_older: bool| match leaves_older {
        true => ", but not in releases from before",
        false => "",
    };
    match alias {
        AliasDecision::Declared {
            provider,
            leaves_older,
            ..
        } => format!(
            "`{provider}` provides it in `{scope}` from here on{}",
            older(*leaves_older)
        ),
        AliasDecision::Withdrawn { leaves_older, .. } => format!(
            "it is provided by itself again in `{scope}`{}",
            older(*leaves_older)
        ),
        AliasDecision::Spared {
            spared: Spared {
                dependent, version, ..
            },
            why,
        } => format!(
            "`{dependent}` {version} in `{scope}` goes on depending on it, not on its alias: {}",
            told_why(*why)
        ),
    }
}

fn pinned(scope: &RegistryName, meant: &Meant, route: &Route) -> String {
    let meant = match meant {
        Meant::Registry(registry) => format!("`{registry}`"),
        Meant::Elsewhere(address) => address.to_string(),
    };
    let way = match route {
        Route::CratesIo => "by the crates.io identity".to_owned(),
        Route::View => "at the view's address".to_owned(),
        Route::Face(member) => format!("through the face of `{member}`"),
        Route::Registry(registry) => format!("at the address of `{registry}`"),
        Route::Elsewhere(address) => format!("at {address}"),
    };
    format!("rows of `{scope}` that mean the crate of {meant} lead to it {way}, for good")
}
