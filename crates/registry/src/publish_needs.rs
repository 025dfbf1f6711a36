//! Dependencies of a published release that nothing a view shows would meet.
//!
//! Judged by what is held, as all that a publisher is told. A mirror of which nothing
//! is held may have everything, so its silence says nothing; and that a mirrored owner
//! lacks a version is told only if another member has it, which is where the publisher
//! saw it.
//!
//! Absent: what a dependency means (`settle_upload.rs`).

use crate::conflicts::told;
use crate::federation::Federation;
use crate::publish_told::{HeldVerdict, narrowed};
use crossdock_core::merge::{Answer, Verdict};
use crossdock_core::name::CrateName;
use crossdock_core::policy::{Member, ViewPolicy};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Dependency;
use crossdock_core::rewrite::{Absolute, Route, absolute};
use crossdock_core::version::Version;
use semver::VersionReq;

/// What a dependency can be resolved from.
struct Reach {
    versions: Vec<Version>,
    /// The members that they are from.
    from: Vec<RegistryName>,
}

impl Federation {
    /// Tells of a dependency whose requirement is met by nothing that a view shows.
    pub(crate) async fn unmet(
        &self,
        policy: &ViewPolicy,
        registry: &RegistryName,
        dependency: &Dependency,
        name: &CrateName,
    ) -> Option<String> {
        let req = VersionReq::parse(&dependency.req).ok()?;
        let fits = |version: &Version| req.matches(version.as_semver());
        let (view, key) = (&policy.view, name.key());
        let held = self.held_verdict(policy, name).await;
        let (conflict, ownership) = match &held.verdict {
            Verdict::Served(merged) => (merged.withheld.as_ref(), Some(&merged.ownership)),
            Verdict::Refused(conflict) => (Some(conflict), None),
            Verdict::Absent | Verdict::Undecided(_) => return None,
        };
        let target = absolute(policy, registry, &dependency.target);
        if target == Absolute::CratesIo {
            return None;
        }
        let pins = self.held_routes.of(view);
        // What is published now comes after whatever settled the name.
        let route = match self.led_apart(policy, &key, &target).await.ok()? {
            Some(face) => Route::Face(face),
            None => self.route_of(policy, &pins, &key, &target, ownership),
        };
        let reach = self.reach(policy, name, &route, &held).await?;
        if reach.versions.iter().any(fits) {
            return None;
        }
        let is_view = matches!(route, Route::CratesIo | Route::View);
        if let Some(conflict) = conflict.filter(|_| is_view)
            && let Some(conflict) = narrowed(conflict, fits)
        {
            return Some(format!(
                "dependency `{name}` needs {}, which view `{view}` withholds: nothing that needs this \
                 release builds there. {}",
                dependency.req,
                told(policy, key.as_str(), &conflict).trim_end()
            ));
        }
        let has = |(member, answer): (&RegistryName, &Answer)| match answer {
            Answer::Has(entry) if !reach.from.contains(member) => {
                let mut versions = entry.releases().iter().map(|row| &row.version);
                versions.any(fits).then(|| format!("`{member}`"))
            }
            _ => None,
        };
        let others: Vec<String> = held.answers.iter().filter_map(has).collect();
        let is_mirror = |member: &RegistryName| policy.members.get(member).is_none_or(mirrors);
        if others.is_empty() && reach.from.iter().any(is_mirror) {
            return None;
        }
        Some(unmet_as(view, name, &dependency.req, &reach, &others))
    }

    /// Finds what a route leads to; nothing if that is not known here.
    async fn reach(
        &self,
        policy: &ViewPolicy,
        name: &CrateName,
        route: &Route,
        held: &HeldVerdict,
    ) -> Option<Reach> {
        match (route, &held.verdict) {
            (Route::Face(member), _) => {
                // The row leads past the view, to whatever its upstream has by now.
                if policy.members.get(member).is_none_or(mirrors) {
                    return None;
                }
                let versions = match held.answers.get(member)? {
                    Answer::Has(entry) => entry.releases().iter(),
                    Answer::Absent => [].iter(),
                    Answer::Silent => return None,
                };
                Some(Reach {
                    versions: versions.map(|row| row.version.clone()).collect(),
                    from: vec![member.clone()],
                })
            }
            (Route::CratesIo | Route::View, Verdict::Served(merged)) => {
                let rows = merged.releases.clone();
                let (overlaid, _) = self.overlaid(policy, &name.key(), rows).await.ok()?;
                let rows = overlaid.rows.into_iter();
                Some(Reach {
                    versions: rows.map(|(_, row)| row.version).collect(),
                    from: merged.ownership.speakers().cloned().collect(),
                })
            }
            (Route::CratesIo | Route::View, _) => Some(Reach {
                versions: Vec::new(),
                from: Vec::new(),
            }),
            (Route::Registry(_) | Route::Elsewhere(_), _) => None,
        }
    }
}

fn mirrors(member: &Member) -> bool {
    member.kind.is_mirror()
}

fn unmet_as(
    view: &RegistryName,
    name: &CrateName,
    req: &str,
    reach: &Reach,
    others: &[String],
) -> String {
    let from: Vec<String> = reach.from.iter().map(|it| format!("`{it}`")).collect();
    let from = from.join(", ");
    let shown = match reach.versions.iter().max() {
        Some(highest) => format!("of {from} up to {highest}"),
        None => format!("of {from}, which has none"),
    };
    let others = match others {
        [] => String::new(),
        others => format!("; {} has it, which is not shown there", others.join(", ")),
    };
    format!(
        "dependency `{name}` needs {req}, which nothing meets that view `{view}` leads to ({shown}){others}: \
         nothing that needs this release builds there"
    )
}
