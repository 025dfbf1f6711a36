//! What a view makes of a release that was just published to an overlay, told to its
//! publisher: what it stands for there, what is held because of it, or why it is not
//! shown.
//!
//! Judged by what is held, as all that a publisher is told.
//!
//! Absent: what overlays do (`overlays.rs`).

use crate::federation::Federation;
use crate::overlays::told_not_shown;
use crossdock_core::merge::Verdict;
use crossdock_core::overlay::{Note, Overlaid, Patch, line};
use crossdock_core::policy::ViewPolicy;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Release;
use crossdock_core::version::Version;

/// Held releases that are named; `crossdock overlay list` has the rest.
const HELD_MAX: usize = 5;

/// What there is to tell of an overlay's release.
pub(crate) struct PatchTold {
    pub(crate) is_shown: bool,
    pub(crate) told: Option<String>,
}

impl Federation {
    /// Tells what a view makes of a release of one of its overlays.
    pub(crate) async fn told_of_patch(
        &self,
        policy: &ViewPolicy,
        overlay: &RegistryName,
        release: &Release,
        verdict: &Verdict,
    ) -> PatchTold {
        let (name, version) = (&release.name, &release.version);
        let not_shown = |why: &str| PatchTold {
            is_shown: false,
            told: Some(format!(
                "view `{}` does not show `{name}` {version} of its overlay `{overlay}`: {why}",
                policy.view
            )),
        };
        let unknown = PatchTold {
            is_shown: false,
            told: None,
        };
        let merged = match verdict {
            Verdict::Served(merged) => merged,
            // Of a mirror nothing may be held that it has all the same.
            Verdict::Absent if !policy.members.values().any(|it| it.kind.is_mirror()) => {
                return not_shown("nobody there has the crate, so there is nothing to patch");
            }
            Verdict::Absent | Verdict::Refused(_) | Verdict::Undecided(_) => return unknown,
        };
        let rows = merged.releases.clone();
        let Ok((overlaid, _)) = self.overlaid(policy, &name.key(), rows).await else {
            return unknown;
        };
        let patch = Patch {
            overlay: overlay.clone(),
            version: version.clone(),
        };
        if let Some(why) = overlaid.not_shown.get(&patch) {
            return not_shown(told_not_shown(*why));
        }
        let told = overlaid.notes.get(version).map(|note| match note {
            Note::Patches(base) => format!(
                "instead of {base} of {}{}",
                owner(&overlaid, base),
                held(&overlaid, base)
            ),
            Note::Beside(base) => format!(
                "beside {base} of {} and in place of nothing, since it is a pre-release",
                owner(&overlaid, base)
            ),
            _ => "yanked: another patched release stands for the same version".to_owned(),
        });
        // Of a view that stands still is told that it does (`freeze.rs`).
        let stands_still = self
            .frozen(&policy.view)
            .is_some_and(|frozen| frozen.holds(&name.key()));
        PatchTold {
            is_shown: told.is_some(),
            told: told.filter(|_| !stands_still).map(|how| {
                let view = &policy.view;
                format!("view `{view}` shows `{name}` {version} of its overlay `{overlay}` {how}")
            }),
        }
    }
}

/// Says who has a version besides overlays.
fn owner(overlaid: &Overlaid, version: &Version) -> String {
    let mut rows = overlaid.rows.iter();
    let row = rows.find(|(_, row)| row.version == *version);
    row.map_or_else(
        || "its owner".to_owned(),
        |(member, _)| format!("`{member}`"),
    )
}

/// Says which newer releases wait because a version is patched.
fn held(overlaid: &Overlaid, base: &Version) -> String {
    let held = overlaid.notes.iter();
    let held = held.filter(|(version, note)| **note == Note::Held && line(version) == line(base));
    let held: Vec<String> = held.map(|(version, _)| version.to_string()).collect();
    let more = match held.len().saturating_sub(HELD_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    match &held[..held.len().min(HELD_MAX)] {
        [] => String::new(),
        named => format!(
            "; newer ones are held until `crossdock overlay accept` or `rebase`: {}{more}",
            named.join(", ")
        ),
    }
}
