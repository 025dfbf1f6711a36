//! miniz, by its descendant in Rust.

use crate::deflate::{Deflating, Step, Stuck};
use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, TDEFLStatus, compress, create_comp_flags_from_zip_params,
};

/// No header of its own, the default strategy.
const RAW: i32 = 0;
const STRATEGY: i32 = 0;

pub(super) struct Miniz(Box<CompressorOxide>);

impl Miniz {
    pub(super) fn new(level: u8) -> Self {
        let flags = create_comp_flags_from_zip_params(i32::from(level), RAW, STRATEGY);
        Self(Box::new(CompressorOxide::new(flags)))
    }
}

impl Deflating for Miniz {
    fn step(&mut self, input: &[u8], output: &mut [u8], last: bool) -> Result<Step, Stuck> {
        let flush = match last {
            true => TDEFLFlush::Finish,
            false => TDEFLFlush::None,
        };
        let (status, taken, given) = compress(&mut self.0, input, output, flush);
        let ended = match status {
            TDEFLStatus::Done => true,
            TDEFLStatus::Okay => false,
            TDEFLStatus::BadParam | TDEFLStatus::PutBufFailed => return Err(Stuck),
        };
        Ok(Step {
            taken,
            given,
            ended,
        })
    }
}
