//! Texts that are alike in the way of source code: the same on every machine, for ever.
//!
//! Absent: a real tar. Encoders and differences see bytes.

/// Words that lines are made of.
const WORDS: &[&str] = &[
    "pub", "fn", "let", "mut", "self", "impl", "struct", "return", "match", "Some", "None", "Ok",
    "Err", "(", ")", "{", "}", ";", "=", "=>", "&", "::", "Vec<u8>", "usize", "// why", "0x1f",
];

/// Some `bytes` of lines, the same for the same `seed`; a part of them is noise.
pub(crate) fn tar(seed: u64, bytes: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2) | 1;
    let mut next = move || {
        // PCG's multiplier; the high bits are the good ones.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits")
    };
    let mut text = Vec::with_capacity(bytes + 64);
    while text.len() < bytes {
        for _word in 0..next() % 12 {
            text.extend_from_slice(WORDS[next() % WORDS.len()].as_bytes());
            text.push(b' ');
        }
        if next() % 7 == 0 {
            text.extend_from_slice(format!("name_{:x}", next() % 4096).as_bytes());
        }
        if next() % 31 == 0 {
            text.extend((0..40).map(|_| u8::try_from(next() % 256).expect("a byte")));
        }
        text.push(b'\n');
    }
    text.truncate(bytes);
    text
}
