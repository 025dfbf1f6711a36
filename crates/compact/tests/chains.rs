//! Chains give back what was put into them, or nothing.

#![expect(clippy::unwrap_used, reason = "what a test made can be read")]

#[path = "support/gzip.rs"]
mod gzip;
#[path = "support/texts.rs"]
mod texts;

use crossdock_compact::{
    Chain, ChainError, Encoder, Header, HeaderError, Limits, MEMBERS_MAX, Reproduced, archive,
    reproduce,
};
use crossdock_core::checksum::Checksum;
use crossdock_core::name::IndexName;
use crossdock_core::version::Version;
use std::collections::BTreeSet;
use std::io::Write as _;

/// The `n`th version of a crate: most of it is that of the one before.
fn tar(n: usize) -> Vec<u8> {
    let mut tar = texts::tar(1, 60_000);
    for change in 0..n {
        let at = 500 + change * 1_000;
        tar.splice(at..at + 80, texts::tar(change as u64 + 2, 120));
    }
    tar
}

fn packed(n: usize) -> Vec<u8> {
    let level = flate2::Compression::best();
    let mut deflating = flate2::write::DeflateEncoder::new(gzip::header("petal.crate"), level);
    deflating.write_all(&tar(n)).unwrap();
    gzip::with_trailer(deflating.finish().unwrap(), &tar(n))
}

fn reproduced(archive: &[u8]) -> Reproduced {
    reproduce(archive, None, &Limits::default()).expect("an encoder of ours made it")
}

fn version(n: usize) -> Version {
    format!("1.0.{n}").parse().unwrap()
}

fn chain_of(versions: impl IntoIterator<Item = usize>) -> Chain {
    let name = IndexName::parse("petal").unwrap();
    let mut chain = Chain::new("acme".parse().unwrap(), name);
    for n in versions {
        chain.push(version(n), &reproduced(&packed(n))).unwrap();
    }
    chain
}

#[test]
fn every_member_comes_out_and_a_difference_is_small() {
    let chain = chain_of([0, 5, 2, 9, 1]);
    for (member, n) in [0, 5, 2, 9, 1].into_iter().enumerate() {
        assert_eq!(chain.archive(member).unwrap(), packed(n));
    }
    let bases: Vec<_> = chain.header().members.iter().map(|m| m.base).collect();
    assert_eq!(bases, [None, Some(0), Some(0), Some(1), Some(0)]);
    let whole = chain.header().members[0].delta_bytes;
    assert!(chain.header().members[4].delta_bytes * 20 < whole);
    assert_eq!(chain.header().members[0].recipe.encoder, Encoder::ZlibRs06);
    assert_eq!(Chain::decode(&chain.encode()).unwrap(), chain);
}

#[test]
fn only_what_an_archive_needs_is_read() {
    let chain = chain_of([0, 5, 2, 9]);
    let bytes = chain.encode();
    let (header, header_bytes) = Header::decode(&bytes).unwrap();
    let mut read = Vec::new();
    let made = archive(&header, 3, |place| {
        let (start, end) = (place.start as usize, place.end as usize);
        read.push(place);
        Ok(bytes[header_bytes..][start..end].to_vec())
    });
    assert_eq!(made.unwrap(), packed(9));
    assert_eq!(read, [header.place(0), header.place(1), header.place(3)]);
}

#[test]
fn a_chain_is_full_at_its_bound() {
    let mut chain = chain_of(0..MEMBERS_MAX - 1);
    assert!(!chain.is_full());
    let last = MEMBERS_MAX - 1;
    chain
        .push(version(last), &reproduced(&packed(last)))
        .unwrap();
    assert!(chain.is_full());
    assert_eq!(chain.archive(last).unwrap(), packed(last));
}

#[test]
fn what_leans_on_a_member_goes_with_it_and_the_rest_stays() {
    // 2 and 1 lean on 0; 9 leans on 5, which leans on 0.
    let chain = chain_of([0, 5, 2, 9, 1]);
    let gone = BTreeSet::from([Checksum::of(&packed(5))]);
    let leaning = BTreeSet::from([Checksum::of(&packed(5)), Checksum::of(&packed(9))]);
    assert_eq!(chain.leaning(&gone), leaning);
    let rest = chain.without(&gone);
    assert_eq!(rest.header().members.len(), 3);
    for n in [0, 2, 1] {
        let member = rest.header().position(&Checksum::of(&packed(n))).unwrap();
        assert_eq!(rest.archive(member).unwrap(), packed(n));
    }
}

#[test]
fn a_byte_that_changed_anywhere_never_gives_another_archive() {
    let chain = chain_of([0, 1, 2]);
    let bytes = chain.encode();
    // Every byte of the header and of the two small differences; some of the whole tar.
    let (_, header_bytes) = Header::decode(&bytes).unwrap();
    let whole = chain.header().place(0).end as usize;
    let places = (0..header_bytes)
        .chain((header_bytes..header_bytes + whole).step_by(97))
        .chain(header_bytes + whole..bytes.len());
    for place in places {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0x10;
        let Ok(chain) = Chain::decode(&damaged) else {
            continue;
        };
        assert!(place >= header_bytes, "a changed header was believed");
        for n in 0..3 {
            match chain.archive(n) {
                Ok(archive) => assert_eq!(archive, packed(n), "byte {place}"),
                Err(ChainError::Delta { .. } | ChainError::Restore(_)) => {}
                Err(other) => panic!("byte {place}: {other}"),
            }
        }
    }
}

#[test]
fn a_chain_that_ends_early_is_told_from_a_damaged_one() {
    let bytes = chain_of([0, 1]).encode();
    let (_, header_bytes) = Header::decode(&bytes).unwrap();
    for end in 0..header_bytes {
        let told = Header::decode(&bytes[..end]);
        assert!(matches!(told, Err(HeaderError::Short { needed }) if needed > end));
    }
    let told = Chain::decode(&bytes[..bytes.len() - 1]);
    assert!(matches!(told, Err(ChainError::Delta { .. })));
    let mut newer = bytes;
    newer[7] = 2;
    assert_eq!(Header::decode(&newer).unwrap_err(), HeaderError::Unknown);
}

#[test]
fn a_chain_of_the_first_encoding_is_read_for_ever() {
    let bytes = include_bytes!("vectors/chain-1");
    let chain = Chain::decode(bytes).unwrap();
    assert_eq!(chain, chain_of([3, 4]));
    assert_eq!(chain.archive(1).unwrap(), packed(4));
}

#[test]
fn what_cannot_be_made_again_has_no_recipe() {
    let limits = Limits::default();
    let archive = packed(0);
    let tries: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("no gzip", b"petal".to_vec()),
        ("a header that ends", archive[..12].to_vec()),
        ("no trailer", archive[..archive.len() - 8].to_vec()),
        ("something behind", [&archive[..], b"x"].concat()),
        ("two members", [&archive[..], &archive[..]].concat()),
        ("a comment in the header", {
            let mut other = archive.clone();
            other[3] |= 16;
            other
        }),
        ("a name beyond the bound", {
            let long = gzip::header(&"p".repeat(limits.header_bytes_max));
            [&long, &archive[gzip::header("petal.crate").len()..]].concat()
        }),
        ("another level", {
            let level = flate2::Compression::fast();
            let header = gzip::header("petal.crate");
            let mut deflating = flate2::write::DeflateEncoder::new(header, level);
            deflating.write_all(&tar(0)).unwrap();
            gzip::with_trailer(deflating.finish().unwrap(), &tar(0))
        }),
    ];
    for (what, bytes) in tries {
        assert_eq!(reproduce(&bytes, None, &limits), None, "{what}");
    }
    let small = Limits {
        tar_bytes_max: tar(0).len() as u64 - 1,
        ..limits
    };
    assert_eq!(reproduce(&archive, None, &small), None, "too large");
    assert!(reproduce(&archive, None, &limits).is_some());
}
