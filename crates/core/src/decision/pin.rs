//! Pins: what a served row rests on besides records of owners and faces.
//!
//! The server decides them itself, before it shows a row that could otherwise be
//! moved by tomorrow's settings. What follows from them is `pins.rs`.

use crate::address::Address;
use crate::fact::{FactError, Fields, Lines};
use crate::name::NameKey;
use crate::policy::Side;
use crate::registry_name::RegistryName;
use crate::rewrite::Route;

pub(super) const ROUTE: &str = "route-pinned";
pub(super) const SIDE: &str = "side-pinned";
pub(super) const SPELLING: &str = "spelling-pinned";

/// Something that a served row rests on, decided once in its view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pin {
    /// A row led to a crate on this way.
    Route {
        /// The crate depended on.
        name: NameKey,
        /// Whose crate is meant.
        meant: Meant,
        /// The way.
        route: Route,
    },
    /// A row named a crate of this member as one of this side.
    Side {
        /// The member.
        member: RegistryName,
        /// The side it was on.
        side: Side,
    },
    /// A row named crates of the view in this manner.
    Spelling(Spelling),
}

/// Whose crate a dependency means, members and others alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meant {
    /// A registry of this installation.
    Registry(RegistryName),
    /// One that is not.
    Elsewhere(Address),
}

/// How a view names its own crates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// All by the crates.io identity.
    CratesIo,
    /// Private ones by the view's address, public ones by the crates.io identity.
    Split,
    /// All by the view's address, since no member mirrors crates.io.
    View,
}

impl Spelling {
    /// The word for it, in encodings and for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::CratesIo => "crates-io",
            Self::Split => "split",
            Self::View => "view",
        }
    }
}

impl Pin {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Route { .. } => ROUTE,
            Self::Side { .. } => SIDE,
            Self::Spelling(_) => SPELLING,
        }
    }

    pub(super) fn subject(&self) -> Option<&NameKey> {
        match self {
            Self::Route { name, .. } => Some(name),
            Self::Side { .. } | Self::Spelling(_) => None,
        }
    }

    pub(super) fn once(&self) -> String {
        match self {
            Self::Route { name, meant, .. } => match meant {
                Meant::Registry(registry) => format!("{ROUTE} {name} {registry}"),
                Meant::Elsewhere(address) => format!("{ROUTE} {name} {address}"),
            },
            Self::Side { member, .. } => format!("{SIDE} {member}"),
            Self::Spelling(_) => SPELLING.to_owned(),
        }
    }

    pub(super) fn write(&self, lines: &mut Lines) {
        match self {
            Self::Route { name, meant, route } => {
                lines.field("name", name);
                match meant {
                    Meant::Registry(registry) => lines.field("registry", registry),
                    Meant::Elsewhere(address) => lines.field("address", address),
                }
                match route {
                    Route::CratesIo => lines.field("route", "crates-io"),
                    Route::View => lines.field("route", "view"),
                    Route::Face(member) => lines.field("route", format_args!("face {member}")),
                    Route::Registry(registry) => {
                        lines.field("route", format_args!("registry {registry}"));
                    }
                    Route::Elsewhere(address) => {
                        lines.field("route", format_args!("address {address}"));
                    }
                }
            }
            Self::Side { member, side } => {
                lines.field("member", member);
                let side = match side {
                    Side::Inside => "inside",
                    Side::Outside => "outside",
                };
                lines.field("side", side);
            }
            Self::Spelling(spelling) => lines.field("spelling", spelling.word()),
        }
    }

    pub(super) fn read(kind: &str, fields: &mut Fields<'_>) -> Option<Result<Self, FactError>> {
        Some(match kind {
            ROUTE => read_route(fields),
            SIDE => read_side(fields),
            SPELLING => {
                let all = [Spelling::CratesIo, Spelling::Split, Spelling::View];
                let of = |word: &str| all.into_iter().find(|one| one.word() == word);
                fields.value("spelling", of).map(Self::Spelling)
            }
            _ => return None,
        })
    }
}

fn read_route(fields: &mut Fields<'_>) -> Result<Pin, FactError> {
    let name = fields.key("name")?;
    let registry = |text: &str| RegistryName::parse(text).ok();
    let address = |text: &str| Address::parse(text).ok();
    let meant = match fields.value("registry", registry) {
        Ok(registry) => Meant::Registry(registry),
        Err(_) => Meant::Elsewhere(fields.value("address", address)?),
    };
    let route = fields.value("route", |text| match text.split_once(' ') {
        None if text == "crates-io" => Some(Route::CratesIo),
        None if text == "view" => Some(Route::View),
        Some(("face", member)) => registry(member).map(Route::Face),
        Some(("registry", name)) => registry(name).map(Route::Registry),
        Some(("address", text)) => address(text).map(Route::Elsewhere),
        _ => None,
    })?;
    Ok(Pin::Route { name, meant, route })
}

fn read_side(fields: &mut Fields<'_>) -> Result<Pin, FactError> {
    Ok(Pin::Side {
        member: fields.parsed("member")?,
        side: fields.value("side", |text| match text {
            "inside" => Some(Side::Inside),
            "outside" => Some(Side::Outside),
            _ => None,
        })?,
    })
}
