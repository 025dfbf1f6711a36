//! The encoders that deflated what is on crates.io, by generation.
//!
//! cargo takes the deflate it was built with, so an archive tells when it was made. Every
//! generation has a number for ever; what one of them writes is held by golden vectors
//! (`tests/golden.rs`), since a library may deflate otherwise from one version to the
//! next and still be the same to everybody else.
//!
//! Absent: trying them, which is `recipe.rs`.

mod miniz;
mod stock;
mod zlib_rs_0_5;
mod zlib_rs_0_6;

use crate::deflate::Deflating;

/// A generation of deflate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Encoder {
    /// miniz, up to about January 2019.
    Miniz,
    /// Stock zlib with `memLevel` 9, from then on.
    StockMem9,
    /// Stock zlib with `memLevel` 8, up to about June 2025.
    StockMem8,
    /// zlib-rs 0.5, from then on.
    ZlibRs05,
    /// zlib-rs 0.6, which packs what Crossdock packs.
    ZlibRs06,
}

/// 2019-02-01, when cargo had stock zlib for its archives.
const STOCK_SINCE: i64 = 1_548_979_200;

/// 2025-07-01, when cargo had zlib-rs.
const ZLIB_RS_SINCE: i64 = 1_751_328_000;

impl Encoder {
    /// All of them, oldest first.
    pub const ALL: [Self; 5] = [
        Self::Miniz,
        Self::StockMem9,
        Self::StockMem8,
        Self::ZlibRs05,
        Self::ZlibRs06,
    ];

    /// Returns the number by which a recipe names it, for ever.
    pub fn number(self) -> u8 {
        match self {
            Self::Miniz => 1,
            Self::StockMem9 => 2,
            Self::StockMem8 => 3,
            Self::ZlibRs05 => 4,
            Self::ZlibRs06 => 5,
        }
    }

    /// Finds the encoder of a number.
    pub fn numbered(number: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|encoder| encoder.number() == number)
    }

    /// All of them, the likeliest first for an archive published at `unix_seconds`.
    ///
    /// A guess that saves time: publishers update when they like.
    pub fn by_likelihood(published: Option<i64>) -> [Self; 5] {
        use Encoder::{Miniz, StockMem8, StockMem9, ZlibRs05, ZlibRs06};
        match published {
            Some(seconds) if seconds < STOCK_SINCE => {
                [Miniz, StockMem9, StockMem8, ZlibRs06, ZlibRs05]
            }
            Some(seconds) if seconds < ZLIB_RS_SINCE => {
                [StockMem8, StockMem9, Miniz, ZlibRs06, ZlibRs05]
            }
            _ => [ZlibRs06, ZlibRs05, StockMem8, StockMem9, Miniz],
        }
    }

    /// Begins to deflate, without any header, at a level from 1 to 9.
    pub(crate) fn begin(self, level: u8) -> Box<dyn Deflating> {
        match self {
            Self::Miniz => Box::new(miniz::Miniz::new(level)),
            Self::StockMem9 => Box::new(stock::Stock::new(level, 9)),
            Self::StockMem8 => Box::new(stock::Stock::new(level, 8)),
            Self::ZlibRs05 => Box::new(zlib_rs_0_5::ZlibRs::new(level)),
            Self::ZlibRs06 => Box::new(zlib_rs_0_6::ZlibRs::new(level)),
        }
    }
}
