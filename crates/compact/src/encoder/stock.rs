//! Stock zlib, the one in C.
//!
//! No wrapper in Rust lets `memLevel` be chosen, which decides where blocks end and so
//! every byte. This is the one file with `unsafe` in it: three functions of a library
//! that has had the same interface for thirty years.

#![expect(
    unsafe_code,
    reason = "zlib's own interface: no safe wrapper lets memLevel be chosen"
)]

use crate::deflate::{Deflating, Step, Stuck};
use libz_sys::{
    Z_DEFAULT_STRATEGY, Z_DEFLATED, Z_FINISH, Z_NO_FLUSH, Z_OK, Z_STREAM_END, deflate, deflateEnd,
    deflateInit2_, z_stream, zlibVersion,
};
use std::ffi::{c_int, c_uint};
use std::mem::{MaybeUninit, size_of};

/// The largest window, and by its sign: no header.
const RAW_WINDOW_BITS: c_int = -15;

/// One stream of zlib's; nothing if zlib had no memory for it.
///
/// In a box, since zlib keeps the address and refuses a stream that moved.
pub(super) struct Stock(Option<Box<z_stream>>);

impl Stock {
    pub(super) fn new(level: u8, mem_level: c_int) -> Self {
        let mut stream = Box::new(MaybeUninit::<z_stream>::zeroed());
        let stream_bytes = c_int::try_from(size_of::<z_stream>());
        let stream_bytes = stream_bytes.expect("a stream has some hundred bytes");
        // SAFETY: zlib asks for a stream whose allocators, input and message are zero, and
        // writes the rest, its own allocators included, if it answers Z_OK.
        let begun = unsafe {
            deflateInit2_(
                stream.as_mut_ptr(),
                c_int::from(level),
                Z_DEFLATED,
                RAW_WINDOW_BITS,
                mem_level,
                Z_DEFAULT_STRATEGY,
                zlibVersion(),
                stream_bytes,
            )
        };
        // SAFETY: after Z_OK every field is set, pointers to functions among them; the
        // rest are plain numbers and pointers, for which zero is a value.
        Self((begun == Z_OK).then(|| unsafe { stream.assume_init() }))
    }
}

impl Deflating for Stock {
    fn step(&mut self, input: &[u8], output: &mut [u8], last: bool) -> Result<Step, Stuck> {
        let stream = self.0.as_deref_mut().ok_or(Stuck)?;
        stream.next_in = input.as_ptr().cast_mut();
        stream.avail_in = c_uint::try_from(input.len()).map_err(|_| Stuck)?;
        stream.next_out = output.as_mut_ptr();
        stream.avail_out = c_uint::try_from(output.len()).map_err(|_| Stuck)?;
        let flush = match last {
            true => Z_FINISH,
            false => Z_NO_FLUSH,
        };
        // SAFETY: the stream was begun and has not moved; zlib reads `avail_in` bytes of
        // `input`, never writing there, and writes at most `avail_out` into `output`.
        // It keeps no address of either between steps, since both are set at each.
        let answer = unsafe { deflate(stream, flush) };
        if answer != Z_OK && answer != Z_STREAM_END {
            return Err(Stuck);
        }
        Ok(Step {
            taken: input.len() - stream.avail_in as usize,
            given: output.len() - stream.avail_out as usize,
            ended: answer == Z_STREAM_END,
        })
    }
}

impl Drop for Stock {
    fn drop(&mut self) {
        if let Some(stream) = self.0.as_deref_mut() {
            // SAFETY: it was begun, and is ended here only.
            unsafe { deflateEnd(stream) };
        }
    }
}
