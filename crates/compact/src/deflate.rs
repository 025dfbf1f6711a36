//! Deflating a tar piece by piece, with any of the encoders.
//!
//! Absent: which encoder, and what becomes of the pieces.

use crate::encoder::Encoder;
use std::ops::ControlFlow;

/// Bytes that are deflated, and given on, at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// An encoder at work.
pub(crate) trait Deflating {
    /// Takes some of `input` and fills some of `output`; `last` says that nothing comes
    /// after `input`.
    fn step(&mut self, input: &[u8], output: &mut [u8], last: bool) -> Result<Step, Stuck>;
}

/// What a step did.
pub(crate) struct Step {
    /// Bytes taken of the input.
    pub(crate) taken: usize,
    /// Bytes given into the output.
    pub(crate) given: usize,
    /// Whether that was all.
    pub(crate) ended: bool,
}

/// The encoder does not go on: it had no memory.
#[derive(Debug)]
pub(crate) struct Stuck;

/// Deflates `tar` and gives the pieces to `sink`, until that breaks off.
///
/// Says whether all was given.
pub(crate) fn deflate(
    encoder: Encoder,
    level: u8,
    tar: &[u8],
    mut sink: impl FnMut(&[u8]) -> ControlFlow<()>,
) -> Result<bool, Stuck> {
    let mut deflating = encoder.begin(level);
    let mut output = vec![0; PIECE_BYTES];
    let mut rest = tar;
    loop {
        let (input, after) = rest.split_at(rest.len().min(PIECE_BYTES));
        let step = deflating.step(input, &mut output, after.is_empty())?;
        if sink(&output[..step.given]).is_break() {
            return Ok(false);
        }
        if step.ended {
            return Ok(true);
        }
        if step.taken == 0 && step.given == 0 {
            return Err(Stuck);
        }
        rest = &rest[step.taken..];
    }
}
