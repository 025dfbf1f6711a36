//! Reads a fact's canonical encoding, and nothing that only resembles it.

use super::{Event, FACT_BYTES_MAX, Fact, MirroredReleases, ReleaseId, VERSION_LINE};
use crate::decision::Decision;
use crate::name::{CrateName, IndexName, NameKey};
use crate::ownership::Ownership;
use crate::registry_name::RegistryName;
use crate::shown::Shown;
use crate::version::Version;
use std::fmt::Display;
use std::str::FromStr;

/// Why bytes are no canonical encoding of a fact.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FactError {
    /// Another version of the encoding, or none of ours.
    #[error("fact does not begin with `{VERSION_LINE}`")]
    Version,
    /// A field is missing, out of order or of the wrong type.
    #[error("fact has no valid field `{0}` where one must stand")]
    Field(String),
    /// A kind this version does not know.
    #[error("fact is of unknown kind `{0}`")]
    Kind(String),
    /// It decodes, but is not what [`Fact::encode`] writes.
    #[error("fact is not in canonical form")]
    NotCanonical,
}

impl Fact {
    /// Reads the canonical encoding.
    ///
    /// # Errors
    /// [`FactError`] for anything that [`Fact::encode`] does not write.
    pub fn decode(text: &str) -> Result<Self, FactError> {
        if text.len() > FACT_BYTES_MAX {
            return Err(FactError::NotCanonical);
        }
        let rest = text
            .strip_prefix(VERSION_LINE)
            .and_then(|rest| rest.strip_prefix('\n'));
        let mut fields = Fields {
            rest: rest.ok_or(FactError::Version)?,
        };
        let kind = fields.text("kind")?;
        let time = fields.value("time", |text| crate::timestamp::Timestamp::parse(text).ok())?;
        let actor = fields.value("actor", |text| crate::actor::Actor::parse(text).ok())?;
        let fact = Self {
            time,
            actor,
            event: event(kind, &mut fields)?,
        };
        if fact.encode() == text {
            Ok(fact)
        } else {
            Err(FactError::NotCanonical)
        }
    }
}

fn event(kind: &str, fields: &mut Fields<'_>) -> Result<Event, FactError> {
    Ok(match kind {
        "published" => Event::Published {
            registry: fields.parsed("registry")?,
            name: fields.parsed("name")?,
            version: fields.parsed("version")?,
            checksum: fields.parsed("checksum")?,
            row: fields.parsed("row")?,
        },
        "rebuilt" => Event::Rebuilt {
            registry: fields.parsed("registry")?,
            name: fields.parsed("name")?,
            version: fields.parsed("version")?,
            checksum: fields.parsed("checksum")?,
            row: fields.parsed("row")?,
        },
        "yanked" => Event::Yanked(release_id(fields)?),
        "unyanked" => Event::Unyanked(release_id(fields)?),
        "owners-changed" => Event::OwnersChanged {
            registry: fields.parsed("registry")?,
            name: fields.key("name")?,
            owners: fields.repeated("owner", |text| crate::actor::Actor::parse(text).ok())?,
        },
        "observed" => Event::Observed {
            registry: fields.parsed("registry")?,
            name: fields.value("name", |text| IndexName::parse(text).ok())?,
            rows: fields.parsed("rows")?,
            releases: fields.parsed("releases")?,
        },
        "vanished" => Event::Vanished(mirrored_releases(fields)?),
        "returned" => Event::Returned(mirrored_releases(fields)?),
        "owner-recorded" => {
            let (view, name, ownership) = ownership(fields)?;
            Event::OwnerRecorded {
                view,
                name,
                ownership,
            }
        }
        "face-named" => Event::FaceNamed {
            view: fields.parsed("view")?,
            member: fields.parsed("member")?,
            name: fields.key("name")?,
            dependent: fields.key("dependent")?,
        },
        "conflict-settled" => {
            let (view, name, ownership) = ownership(fields)?;
            Event::ConflictSettled {
                view,
                name,
                ownership,
            }
        }
        "versions-shown" => Event::VersionsShown {
            view: fields.parsed("view")?,
            name: fields.key("name")?,
            releases: Shown::read(fields)?,
        },
        kind => return decided(kind, fields),
    })
}

fn decided(kind: &str, fields: &mut Fields<'_>) -> Result<Event, FactError> {
    let scope = fields.value("scope", |text| match RegistryName::server() {
        server if server.as_str() == text => Some(server),
        _ => RegistryName::parse(text).ok(),
    });
    let decision = Decision::read(kind, fields)
        .ok_or_else(|| FactError::Kind(kind.escape_debug().to_string()))?;
    let (scope, decision) = (scope?, decision?);
    // What concerns the server is of no registry, and nothing else is the server's.
    let is_of_server = matches!(decision, Decision::Account(_));
    if is_of_server != (scope == RegistryName::server()) {
        return Err(FactError::Field("scope".to_owned()));
    }
    Ok(Event::Decided { scope, decision })
}

fn release_id(fields: &mut Fields<'_>) -> Result<ReleaseId, FactError> {
    Ok(ReleaseId {
        registry: fields.parsed("registry")?,
        name: fields.key("name")?,
        version: fields.value("version", |text| Version::parse(text).ok())?,
    })
}

fn mirrored_releases(fields: &mut Fields<'_>) -> Result<MirroredReleases, FactError> {
    Ok(MirroredReleases {
        registry: fields.parsed("registry")?,
        name: fields.value("name", |text| IndexName::parse(text).ok())?,
        versions: fields.repeated("version", |text| Version::parse(text).ok())?,
    })
}

fn ownership(fields: &mut Fields<'_>) -> Result<(RegistryName, NameKey, Ownership), FactError> {
    let view = fields.parsed("view")?;
    let name = fields.key("name")?;
    let owner = fields
        .repeated("owner", |text| RegistryName::parse(text).ok())?
        .into_iter()
        .next();
    let members = fields.repeated("member", |text| RegistryName::parse(text).ok())?;
    let shared = Ownership::shared(members.into_iter().collect());
    let ownership = match owner {
        Some(owner) => shared.and_then(|shared| shared.settled(owner)),
        None => shared,
    };
    let heirs = fields.repeated("heir", |text| RegistryName::parse(text).ok())?;
    let ownership = ownership.map(|ownership| ownership.with_heirs(heirs));
    Ok((
        view,
        name,
        ownership.ok_or_else(|| FactError::Field("member".to_owned()))?,
    ))
}

/// The fields of an encoding that are still to be read.
pub(crate) struct Fields<'t> {
    rest: &'t str,
}

impl<'t> Fields<'t> {
    /// Takes the value of the next field if it has this key.
    pub(crate) fn next(&mut self, key: &str) -> Option<&'t str> {
        let line = self.rest.strip_prefix(key)?.strip_prefix(' ')?;
        let (value, rest) = line.split_once('\n')?;
        self.rest = rest;
        Some(value)
    }

    /// Takes the value of the next field, which must have this key.
    pub(crate) fn text(&mut self, key: &str) -> Result<&'t str, FactError> {
        self.next(key)
            .ok_or_else(|| FactError::Field(key.to_owned()))
    }

    /// Takes the next field and reads its value.
    pub(crate) fn value<T>(
        &mut self,
        key: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, FactError> {
        parse(self.text(key)?).ok_or_else(|| FactError::Field(key.to_owned()))
    }

    /// Takes the next field, whose type reads itself.
    pub(crate) fn parsed<T: FromStr<Err: Display>>(&mut self, key: &str) -> Result<T, FactError> {
        self.value(key, |text| text.parse().ok())
    }

    /// Takes the next field, a crate's name.
    pub(crate) fn key(&mut self, key: &str) -> Result<NameKey, FactError> {
        self.value(key, |text| {
            CrateName::parse(text).ok().map(|name| name.key())
        })
    }

    /// Takes all fields that follow under this key.
    pub(crate) fn repeated<T>(
        &mut self,
        key: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, FactError> {
        let mut values = Vec::new();
        while let Some(text) = self.next(key) {
            values.push(parse(text).ok_or_else(|| FactError::Field(key.to_owned()))?);
        }
        Ok(values)
    }
}
