//! Which aliases hold for which release: the fold of what was recorded of aliases.
//!
//! An alias holds for the releases that were published while it was declared. If no
//! row that a view served ever led to the aliased name, it holds for older ones too:
//! then there is no lock that it could break. What a row was served with stays.
//!
//! A hole: a release without `pubtime` counts as old. If its upstream fills in a
//! `pubtime` that is later than the declaration, its row changes; upstreams fill in
//! times of old releases, which are before it.

use super::LeftAlone;
use crate::decision::{AliasDecision, Decision, Made};
use crate::name::{CrateName, NameKey};
use crate::release::Release;
use crate::timestamp::Timestamp;
use crate::version::Version;
use std::collections::BTreeMap;

/// The aliases of a view as recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aliases {
    /// Oldest first; spans of one name follow each other in time.
    spans: BTreeMap<NameKey, Vec<Span>>,
    spared: BTreeMap<Spared, LeftAlone>,
}

/// A dependent's release that was served without the alias, for good.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spared {
    /// The aliased name it depends on.
    pub name: NameKey,
    /// The dependent.
    pub dependent: NameKey,
    /// Its version.
    pub version: Version,
}

/// One time over which a name had a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Span {
    provider: CrateName,
    /// Releases up to then are left alone; nothing if there are no such.
    after: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Aliases {
    /// Folds the decisions of a view, in their order.
    pub fn fold(made: &[Made]) -> Self {
        let mut aliases = Self::default();
        for Made { time, decision, .. } in made {
            let Decision::Alias(decision) = decision else {
                continue;
            };
            match decision {
                AliasDecision::Declared {
                    name,
                    provider,
                    leaves_older,
                } => {
                    let after = leaves_older.then_some(*time);
                    aliases.begin(name, provider, after);
                }
                AliasDecision::Withdrawn { name, leaves_older } => {
                    let until = leaves_older.then_some(*time);
                    aliases.end(name, until);
                }
                AliasDecision::Spared { spared, why } => {
                    aliases.spared.entry(spared.clone()).or_insert(*why);
                }
            }
        }
        aliases
    }

    /// Two nodes may declare one alias; the first counts.
    fn begin(&mut self, name: &NameKey, provider: &CrateName, after: Option<Timestamp>) {
        let spans = self.spans.entry(name.clone()).or_default();
        if spans.last().is_none_or(|span| span.until.is_some()) {
            spans.push(Span {
                provider: provider.clone(),
                after,
                until: None,
            });
        }
    }

    /// An alias that no row was served with ends as if it had never been.
    fn end(&mut self, name: &NameKey, until: Option<Timestamp>) {
        let Some(spans) = self.spans.get_mut(name) else {
            return;
        };
        match (spans.last_mut(), until) {
            (Some(span), Some(_)) if span.until.is_none() => span.until = until,
            (Some(span), None) if span.until.is_none() => drop(spans.pop()),
            _ => {}
        }
    }

    /// Tells whether there never was an alias.
    pub fn is_empty(&self) -> bool {
        self.spans.values().all(Vec::is_empty)
    }

    /// Finds the provider of a name for a dependent's release, unless it is spared.
    pub fn provider(&self, name: &NameKey, dependent: &Release) -> Option<&CrateName> {
        let published = dependent.pubtime;
        let holds = |span: &&Span| {
            let is_later = span
                .after
                .is_none_or(|after| published.is_some_and(|time| time > after));
            let is_earlier = span
                .until
                .is_none_or(|until| published.is_none_or(|time| time <= until));
            is_later && is_earlier
        };
        let span = self.spans.get(name)?.iter().find(holds)?;
        let spared = Spared {
            name: name.clone(),
            dependent: dependent.name.key(),
            version: dependent.version.clone(),
        };
        (!self.spared.contains_key(&spared)).then_some(&span.provider)
    }

    /// Lists the aliases that are declared now, and whether older releases are left
    /// alone and since when.
    pub fn declared(&self) -> impl Iterator<Item = (&NameKey, &CrateName, Option<Timestamp>)> {
        self.spans.iter().filter_map(|(name, spans)| {
            let span = spans.last().filter(|span| span.until.is_none())?;
            Some((name, &span.provider, span.after))
        })
    }

    /// Says which aliased names a release goes without for good, and why.
    pub fn spared_of(&self, dependent: &Release) -> BTreeMap<NameKey, LeftAlone> {
        let of = self.spared.iter().filter(|(spared, _)| {
            spared.version == dependent.version && spared.dependent == dependent.name.key()
        });
        of.map(|(spared, why)| (spared.name.clone(), *why))
            .collect()
    }

    /// Lists the releases that were served without an alias, and why.
    pub fn spared(&self) -> impl Iterator<Item = (&Spared, LeftAlone)> {
        self.spared.iter().map(|(spared, why)| (spared, *why))
    }
}
