//! A view's policy as text: what is kept of the settings for ever.
//!
//! Which answer a view gave at some moment follows from what was recorded and from
//! the policy of that moment; so the policy is recorded, too, as a text that people
//! read and that has one spelling only. It is line based: a version line, then one
//! `keyword words…` line per thing said, sorted where order means nothing. No word
//! can hold a blank or a line break, by its type.
//!
//! Absent: secrets, addresses of upstreams, timeouts and who may read: they do not
//! decide what a row says. Where the text is kept.

mod gates;

use crate::alias::AliasRules;
use crate::gate::Gates;
use crate::overlay::Overlays;
use crate::pattern::NamePattern;
use crate::policy::{Identity, Member, MemberKind, SameCrate, Side, ViewPolicy};
use crate::registry_name::RegistryName;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::iter;
use std::str::FromStr;

const VERSION_LINE: &str = "crossdock policy v1";

/// Why a text is no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyTextError {
    /// Another version of the text, or none of ours.
    #[error("policy does not begin with `{VERSION_LINE}`")]
    Version,
    /// A line that this version does not understand.
    #[error("policy has a line that makes no sense: `{0}`")]
    Line(String),
    /// A line that must be there is not.
    #[error("policy does not say its `{0}`")]
    Missing(&'static str),
    /// It reads, but is not what [`encode`] writes.
    #[error("policy is not in canonical form")]
    NotCanonical,
}

/// Writes the canonical text of a policy.
pub fn encode(policy: &ViewPolicy) -> String {
    // Taken apart whole, so that a field that is added cannot be forgotten here.
    let ViewPolicy {
        view,
        identity,
        members,
        claims,
        same_crate,
        publish_to,
        aliases,
        gates,
        overlays,
    } = policy;
    let mut lines = Lines(format!("{VERSION_LINE}\n"));
    lines.say("view", [view]);
    lines.say("identity", [identity_word(*identity)]);
    for (name, member) in members {
        let words = [side_word(member.side), kind_word(member.kind)];
        lines.say("member", [name.as_str(), words[0], words[1]]);
        for pattern in member.only.iter().flatten() {
            lines.say("only", [name.to_string(), pattern.to_string()]);
        }
        if member.only.as_ref().is_some_and(BTreeSet::is_empty) {
            lines.say("only", [name.as_str()]);
        }
    }
    if let Some(member) = publish_to {
        lines.say("publish-to", [member]);
    }
    for (pattern, member) in claims {
        lines.say("claim", [pattern.to_string(), member.to_string()]);
    }
    let declared: BTreeSet<Vec<String>> = same_crate.iter().map(declaration).collect();
    for words in declared {
        lines.say("same-crate", words);
    }
    for (name, provider) in aliases.iter() {
        lines.say("alias", [name.as_str(), provider.as_str()]);
    }
    for (member, names) in overlays.iter() {
        let names = names.iter().map(ToString::to_string);
        lines.say("overlay", iter::once(member.to_string()).chain(names));
    }
    for (keyword, rest) in gates::lines(gates) {
        lines.say(keyword, [rest]);
    }
    lines.0
}

/// Reads the canonical text of a policy.
///
/// # Errors
/// [`PolicyTextError`] for anything that [`encode`] does not write.
pub fn decode(text: &str) -> Result<ViewPolicy, PolicyTextError> {
    let mut lines = text.lines();
    if lines.next() != Some(VERSION_LINE) {
        return Err(PolicyTextError::Version);
    }
    let mut draft = Draft::default();
    for line in lines {
        draft
            .read(line)
            .ok_or_else(|| PolicyTextError::Line(line.escape_debug().to_string()))?;
    }
    let policy = ViewPolicy {
        view: draft.view.ok_or(PolicyTextError::Missing("view"))?,
        identity: draft.identity.ok_or(PolicyTextError::Missing("identity"))?,
        members: draft.members,
        claims: draft.claims,
        same_crate: draft.same_crate,
        publish_to: draft.publish_to,
        aliases: draft.aliases,
        gates: draft.gates,
        overlays: draft.overlays,
    };
    if encode(&policy) == text {
        Ok(policy)
    } else {
        Err(PolicyTextError::NotCanonical)
    }
}

/// Lists the lines that only one of two texts has: `- ` the old one's, `+ ` the new
/// one's, in the order in which they stand.
pub fn difference(old: &str, new: &str) -> Vec<String> {
    let (old_lines, new_lines): (BTreeSet<_>, BTreeSet<_>) =
        (old.lines().collect(), new.lines().collect());
    let gone = old.lines().filter(|line| !new_lines.contains(line));
    let come = new.lines().filter(|line| !old_lines.contains(line));
    gone.map(|line| format!("- {line}"))
        .chain(come.map(|line| format!("+ {line}")))
        .collect()
}

struct Lines(String);

impl Lines {
    fn say<T: Display>(&mut self, keyword: &str, words: impl IntoIterator<Item = T>) {
        self.0 += keyword;
        for word in words {
            self.0 += &format!(" {word}");
        }
        self.0 += "\n";
    }
}

#[derive(Default)]
struct Draft {
    view: Option<RegistryName>,
    identity: Option<Identity>,
    members: BTreeMap<RegistryName, Member>,
    claims: BTreeMap<NamePattern, RegistryName>,
    same_crate: Vec<SameCrate>,
    publish_to: Option<RegistryName>,
    aliases: AliasRules,
    gates: Gates,
    overlays: Overlays,
}

impl Draft {
    /// Reads one line; order and repetition are judged by the canonical form.
    fn read(&mut self, line: &str) -> Option<()> {
        let (keyword, rest) = line.split_once(' ')?;
        let words: Vec<&str> = rest.split(' ').collect();
        match (keyword, words.as_slice()) {
            ("view", [view]) => self.view = Some(parsed(view)?),
            ("identity", [word]) => self.identity = Some(identity_of(word)?),
            ("member", [name, side, kind]) => {
                let member = Member {
                    side: side_of(side)?,
                    kind: kind_of(kind)?,
                    only: None,
                };
                self.members.insert(parsed(name)?, member);
            }
            ("only", [member, patterns @ ..]) => {
                let member = self.members.get_mut(*member)?;
                let only = member.only.get_or_insert_default();
                for pattern in patterns {
                    only.insert(NamePattern::parse(pattern).ok()?);
                }
            }
            ("publish-to", [member]) => self.publish_to = Some(parsed(member)?),
            ("claim", [pattern, member]) => {
                let pattern = NamePattern::parse(pattern).ok()?;
                self.claims.insert(pattern, parsed(member)?);
            }
            ("same-crate", words) => self.same_crate.push(declaration_of(words)?),
            ("alias", [name, provider]) => {
                let (name, provider) = (parsed(name)?, parsed(provider)?);
                self.aliases.declare(&name, provider).ok()?;
            }
            ("overlay", [member, names @ ..]) => {
                let names = names.iter().map(|word| NamePattern::parse(word).ok());
                self.overlays
                    .declare(parsed(member)?, names.collect::<Option<_>>()?);
            }
            _ => return gates::read(&mut self.gates, keyword, rest),
        }
        Some(())
    }
}

fn parsed<T: FromStr>(word: &str) -> Option<T> {
    word.parse().ok()
}

/// The words of a declaration: its names, `=`, its members.
fn declaration(declared: &SameCrate) -> Vec<String> {
    let names = declared.names.iter().map(ToString::to_string);
    let members = declared.members.iter().map(ToString::to_string);
    names.chain(["=".to_owned()]).chain(members).collect()
}

fn declaration_of(words: &[&str]) -> Option<SameCrate> {
    let at = words.iter().position(|word| *word == "=")?;
    let names = words[..at].iter().map(|word| NamePattern::parse(word).ok());
    let members = words[at + 1..].iter().map(|word| parsed(word));
    Some(SameCrate {
        names: names.collect::<Option<_>>()?,
        members: members.collect::<Option<_>>()?,
    })
}

fn identity_word(identity: Identity) -> &'static str {
    match identity {
        Identity::CratesIo => "crates-io",
        Identity::Split => "split",
    }
}

fn identity_of(word: &str) -> Option<Identity> {
    let all = [Identity::CratesIo, Identity::Split];
    all.into_iter().find(|one| identity_word(*one) == word)
}

fn side_word(side: Side) -> &'static str {
    match side {
        Side::Inside => "inside",
        Side::Outside => "outside",
    }
}

fn side_of(word: &str) -> Option<Side> {
    let all = [Side::Inside, Side::Outside];
    all.into_iter().find(|one| side_word(*one) == word)
}

fn kind_word(kind: MemberKind) -> &'static str {
    match kind {
        MemberKind::Hosted => "hosted",
        MemberKind::CratesIo => "crates-io",
        MemberKind::Mirror => "mirror",
        MemberKind::Directory => "directory",
    }
}

fn kind_of(word: &str) -> Option<MemberKind> {
    let all = [
        MemberKind::Hosted,
        MemberKind::CratesIo,
        MemberKind::Mirror,
        MemberKind::Directory,
    ];
    all.into_iter().find(|one| kind_word(*one) == word)
}
