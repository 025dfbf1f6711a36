//! Mutations of seeds, the same for the same number: bytes flipped, words put in, parts cut
//! out, doubled, moved and mixed with another seed's.
//!
//! Not led by coverage: it is what a few seconds in every test run are worth. What it finds
//! is found again by its number.

use crate::target::Target;
use std::time::{Duration, Instant};

/// Longest input; what needs more to go wrong is a matter of limits, which have tests.
const BYTES_MAX: usize = 32 * 1024;

/// Longest that one input may take in a debug build on a busy machine.
const SLOW: Duration = Duration::from_secs(5);

/// Numbers that look random and are not: xorshift64* (Vigna, 2016).
#[derive(Clone, Debug)]
pub struct Numbers(u64);

impl Numbers {
    /// Starts at a number.
    pub fn new(start: u64) -> Self {
        Self(start.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`; 0 if there is none.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap_or(0)
    }
}

/// Mutates seeds for so long, and gives each to the target; returns how many there were.
///
/// # Panics
/// If the target does, or takes too long, with the number of the input.
pub fn run(target: &Target, long: Duration) -> u64 {
    let seeds = (target.seeds)();
    for seed in &seeds {
        (target.take)(seed);
    }
    let began = Instant::now();
    let mut number = 0;
    while began.elapsed() < long {
        number += 1;
        let input = mutated(&seeds, target.words, &mut Numbers::new(number));
        let _named = Named {
            target: target.name,
            number,
        };
        let begun = Instant::now();
        (target.take)(&input);
        let took = begun.elapsed();
        assert!(took < SLOW, "{} number {number} took {took:?}", target.name);
    }
    number
}

/// Says which input it was if the target panics.
struct Named {
    target: &'static str,
    number: u64,
}

impl Drop for Named {
    #[expect(
        clippy::print_stderr,
        reason = "it is told beside the panic that it is about"
    )]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "it was mutation number {} of `{}`",
                self.number, self.target
            );
        }
    }
}

/// Makes one input of the seeds.
pub fn mutated(seeds: &[Vec<u8>], words: &[&str], numbers: &mut Numbers) -> Vec<u8> {
    let mut input = seeds[numbers.below(seeds.len())].clone();
    for _ in 0..=numbers.below(6) {
        mutate(&mut input, seeds, words, numbers);
        input.truncate(BYTES_MAX);
    }
    input
}

fn mutate(input: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[&str], numbers: &mut Numbers) {
    let at = numbers.below(input.len() + 1);
    let end = at + numbers.below((input.len() - at).min(64) + 1);
    match numbers.below(9) {
        0 if at < input.len() => input[at] ^= 1 << numbers.below(8),
        1 if at < input.len() => input[at] = numbers.below(256) as u8,
        2 => drop(input.drain(at..end)),
        3 => input.truncate(at),
        4 => {
            let word = words[numbers.below(words.len())];
            input.splice(at..at, word.bytes());
        }
        5 => {
            let word = words[numbers.below(words.len())];
            input.splice(at..end, word.bytes());
        }
        6 => {
            // Doubled many times: nesting and counts.
            let part = input[at..end].to_vec();
            let times = 1 << numbers.below(9);
            input.splice(at..at, part.repeat(times));
        }
        7 => {
            let part = input[at..end].to_vec();
            let to = numbers.below(input.len() + 1);
            input.splice(to..to, part);
        }
        _ => {
            let other = &seeds[numbers.below(seeds.len())];
            let from = numbers.below(other.len() + 1);
            input.truncate(at);
            input.extend(&other[from..]);
        }
    }
}
