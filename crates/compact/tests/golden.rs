//! What every generation of encoder writes, held for ever.
//!
//! If one of these fails, a library deflates otherwise than the archives that were kept
//! as differences: they would still be refused rather than given wrongly, but nobody could
//! read them. The pin in the workspace's manifest goes back, or the new output becomes a
//! generation of its own beside the old one.
//!
//! That the generations are the ones that packed crates.io is shown with real archives by
//! `crossdock-bench compact`; here no test reaches beyond this machine.

#[path = "support/gzip.rs"]
mod gzip;
#[path = "support/texts.rs"]
mod texts;

use crossdock_compact::{Encoder, Limits, Recipe, RestoreError, reproduce};
use crossdock_core::checksum::Checksum;

/// Encoder, bytes and SHA-256 of the archive that it makes of `texts::tar(22, 400_000)` at level 9.
/// Of most texts the last two make the same; this is one of which they do not.
const VECTORS: [(Encoder, u64, &str); 5] = [
    (
        Encoder::Miniz,
        125_582,
        "ae058cccf7fa18ed30f4955aa65a05f62f9b04b54cecbf16e38e3a8f5f698efd",
    ),
    (
        Encoder::StockMem9,
        125_558,
        "39317bd957047112c0b8d6da48d2d527fed7121732d6fd0586b19af7f3cce099",
    ),
    (
        Encoder::StockMem8,
        125_657,
        "71074baf31f03a565ede79519b61f5523aafbfda6589a57f2a42391e58dd7b61",
    ),
    (
        Encoder::ZlibRs05,
        125_859,
        "0269b03905019fce458753cfba124dc2ca6e5e77f210f7405eb175b1634bbc54",
    ),
    (
        Encoder::ZlibRs06,
        125_859,
        "8f21031b90390cd935760aa9598618617fba8b90fe2be126bacefdfb82a313cb",
    ),
];

/// The archive that a recipe makes, found without knowing its checksum beforehand.
fn made(encoder: Encoder, tar: &[u8]) -> Vec<u8> {
    let recipe = Recipe {
        encoder,
        level: 9,
        header: gzip::header("petal-1.0.0.crate"),
        archive_bytes: u64::MAX,
        checksum: Checksum::of(b"not known yet"),
    };
    let mut pieces = Vec::new();
    let told = recipe.restore(tar, |piece| pieces.extend_from_slice(piece));
    assert_eq!(told, Err(RestoreError::Other(recipe.checksum)));
    // The last piece, the trailer, was held back: another archive is never given whole.
    gzip::with_trailer(pieces, tar)
}

#[test]
fn every_encoder_writes_what_it_always_wrote() {
    let tar = texts::tar(22, 400_000);
    assert_eq!(
        Checksum::of(&tar).to_string(),
        "615d0566c6ea67ab59414c58f91086d7b0627add82ab38919144eb040cdccd3f",
        "the input is another one, so nothing is said of encoders"
    );
    let seen = Encoder::ALL.map(|encoder| {
        let archive = made(encoder, &tar);
        let checksum = Checksum::of(&archive).to_string();
        (encoder, archive.len() as u64, checksum)
    });
    let held = VECTORS.map(|(encoder, bytes, checksum)| (encoder, bytes, checksum.to_owned()));
    assert_eq!(seen, held);
}

#[test]
fn the_encoder_of_an_archive_is_found_whatever_is_tried_first() {
    let tar = texts::tar(22, 400_000);
    for encoder in Encoder::ALL {
        let archive = made(encoder, &tar);
        for published in [None, Some(0), Some(1_600_000_000), Some(i64::MAX)] {
            let found = reproduce(&archive, published, &Limits::default());
            let found = found.expect("one of ours made it");
            assert_eq!(found.recipe.encoder, encoder);
            assert_eq!(found.tar, tar);
            assert_eq!(
                found.recipe.restored(&found.tar).as_deref(),
                Ok(&archive[..])
            );
        }
    }
}

#[test]
fn numbers_of_encoders_stay() {
    let numbers = Encoder::ALL.map(Encoder::number);
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    for encoder in Encoder::ALL {
        assert_eq!(Encoder::numbered(encoder.number()), Some(encoder));
    }
    assert_eq!(Encoder::numbered(0), None);
    assert_eq!(Encoder::numbered(6), None);
}
