//! Which gates a view has, whom they concern, and what follows from a finding.

use super::age::MinAge;
use super::licence::Licences;
use super::releases::ReleaseList;
use crate::policy::ViewPolicy;
use crate::registry_name::RegistryName;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// The gates of a view; a gate that is not there finds nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gates {
    /// Releases younger than this are found.
    pub min_age: Option<(Rule, MinAge)>,
    /// Releases on this list are found.
    pub deny: Option<(Rule, ReleaseList)>,
    /// Releases that are not on this list are found.
    pub allow: Option<(Rule, ReleaseList)>,
    /// Releases that nobody approved are found.
    pub admit: Option<Rule>,
    /// Releases under other licences are found, once their archive was seen.
    pub licences: Option<(Rule, Licences)>,
    /// Public crates whose name is easily taken for a private one are found.
    pub typo_squats: Option<Rule>,
    /// Releases that depend on what is no member of the view are found.
    pub closed: Option<Rule>,
}

/// What a gate looks at. The words are those of the settings and of `--gate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gate {
    /// `min-age`: how long ago the release was published.
    MinAge,
    /// `deny`: whether it is on a list of what is not wanted.
    Deny,
    /// `allow`: whether it is on a list of what alone is wanted.
    Allow,
    /// `admit`: whether somebody approved it.
    Admit,
    /// `licences`: under which licence it is.
    Licences,
    /// `typo-squats`: whether its name is easily taken for a private one.
    TypoSquats,
    /// `closed`: whether all it depends on is of members.
    Closed,
}

/// How a gate acts, and on whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Whether findings have an effect.
    pub mode: Mode,
    /// Which effect.
    pub effect: Effect,
    /// Members it concerns besides the mirrors, whom it always does.
    pub applies_to: BTreeSet<RegistryName>,
}

/// Whether the findings of a gate have an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is not asked.
    Off,
    /// What it finds is reported and nothing more.
    Audit,
    /// What it finds is yanked or blocked.
    Enforce,
}

/// What a gate does with what it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Rows are shown yanked: new locks avoid them, old ones go on building.
    Yank,
    /// Rows are shown yanked and archives refused with the reason.
    Block,
}

/// The word names no gate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no gate `{0}`; gates are: {all}", all = Gate::ALL.map(Gate::word).join(", "))]
pub struct GateError(String);

impl Gates {
    /// Returns the rule of a gate that is there and not off.
    pub fn rule(&self, gate: Gate) -> Option<&Rule> {
        let rule = match gate {
            Gate::MinAge => self.min_age.as_ref().map(|(rule, _)| rule),
            Gate::Deny => self.deny.as_ref().map(|(rule, _)| rule),
            Gate::Allow => self.allow.as_ref().map(|(rule, _)| rule),
            Gate::Admit => self.admit.as_ref(),
            Gate::Licences => self.licences.as_ref().map(|(rule, _)| rule),
            Gate::TypoSquats => self.typo_squats.as_ref(),
            Gate::Closed => self.closed.as_ref(),
        };
        rule.filter(|rule| rule.mode != Mode::Off)
    }

    /// Tells whether no gate is asked at all.
    pub fn is_open(&self) -> bool {
        Gate::ALL.iter().all(|gate| self.rule(*gate).is_none())
    }

    /// Tells whether an archive may be refused by any gate.
    pub fn may_block(&self) -> bool {
        let blocks = |rule: &Rule| rule.mode == Mode::Enforce && rule.effect == Effect::Block;
        Gate::ALL
            .iter()
            .any(|gate| self.rule(*gate).is_some_and(blocks))
    }
}

impl Rule {
    /// Makes a rule that concerns mirrors alone.
    pub fn new(mode: Mode, effect: Effect) -> Self {
        Self {
            mode,
            effect,
            applies_to: BTreeSet::new(),
        }
    }

    /// Tells whether releases of a member are looked at.
    pub fn concerns(&self, policy: &ViewPolicy, member: &RegistryName) -> bool {
        let mirrored = || {
            let member = policy.members.get(member);
            member.is_some_and(|member| member.kind.is_mirror())
        };
        self.applies_to.contains(member) || mirrored()
    }
}

impl Gate {
    /// All gates, in the order in which findings are told.
    pub const ALL: [Self; 7] = [
        Self::MinAge,
        Self::Deny,
        Self::Allow,
        Self::Admit,
        Self::Licences,
        Self::TypoSquats,
        Self::Closed,
    ];

    /// Returns the word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::MinAge => "min-age",
            Self::Deny => "deny",
            Self::Allow => "allow",
            Self::Admit => "admit",
            Self::Licences => "licences",
            Self::TypoSquats => "typo-squats",
            Self::Closed => "closed",
        }
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Gate {
    type Err = GateError;
    fn from_str(text: &str) -> Result<Self, GateError> {
        let found = Self::ALL.into_iter().find(|gate| gate.word() == text);
        found.ok_or_else(|| GateError(text.chars().take(40).flat_map(char::escape_debug).collect()))
    }
}
