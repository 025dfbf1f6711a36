//! Clients that do everything that writes, until nobody answers any more.
//!
//! Each has names of its own, so that what is to be seen of them follows from what that
//! one client did.

use crate::Dice;
use crate::house::House;
use crate::known::{Place, Sent, route};
use crossdock_conformance::http::try_ask;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::tarball::{as_cargo_packs, checksum};
use crossdock_conformance::upload;
use crossdock_conformance::upstream::index_path;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const CLIENTS: usize = 6;

/// Lets clients work, and kills the server after a while.
pub(crate) fn until_killed(house: &mut House, after: Duration) {
    let dead = AtomicBool::new(false);
    let killer = house.server.killer();
    std::thread::scope(|scope| {
        let house = &*house;
        for number in 0..CLIENTS {
            let dead = &dead;
            scope.spawn(move || Client::new(house, number).works_until(dead));
        }
        // The moment is what is tried here, so it is slept until.
        std::thread::sleep(after);
        killer.kill();
        dead.store(true, Ordering::SeqCst);
    });
    house.server.kill();
}

struct Client<'h> {
    house: &'h House,
    number: usize,
    dice: Dice,
}

/// Nobody answered: the server is dead.
struct Dead;

impl<'h> Client<'h> {
    fn new(house: &'h House, number: usize) -> Self {
        let sent = house.known().sent.len();
        let seed = (house.seed * 31 + sent) * CLIENTS + number;
        let dice = Dice(seed as u64);
        Self {
            house,
            number,
            dice,
        }
    }

    fn works_until(mut self, dead: &AtomicBool) {
        while !dead.load(Ordering::SeqCst) {
            let done = match self.dice.roll(10) {
                0..=3 => self.publishes(),
                4 => self.publishes_together(),
                5 | 6 => self.yanks(),
                7 | 8 => self.fetches(),
                _ => self.transfers(),
            };
            match done {
                Ok(()) => {}
                Err(Dead) if dead.load(Ordering::SeqCst) => return,
                // The kill is on its way, or this goes on for ever and the test with it.
                Err(Dead) => std::thread::sleep(Duration::from_millis(2)),
            }
        }
    }

    /// Asks and says whether it was done; what is refused is a finding.
    fn ask(&self, method: &str, path: &str, body: &[u8]) -> Result<Vec<u8>, Dead> {
        let url = format!("{}{path}", self.house.server.url());
        let headers = [("authorization", self.house.server.token())];
        let answer = try_ask(method, &url, &headers, body).map_err(|_| Dead)?;
        Ok(answer.expects(200).body)
    }

    fn done(&self) {
        self.house.known().acknowledged += 1;
    }

    fn publishes(&mut self) -> Result<(), Dead> {
        let name = format!("k{}-{}", self.number, self.dice.roll(2));
        self.sends(&[name])
    }

    fn publishes_together(&mut self) -> Result<(), Dead> {
        let names = ["x", "y", "z"].map(|which| format!("b{}-{which}", self.number));
        self.sends(&names)
    }

    fn sends(&self, names: &[String]) -> Result<(), Dead> {
        let (mut releases, mut body) = (Vec::new(), Vec::new());
        let index = {
            let mut known = self.house.known();
            for name in names {
                let version = format!("1.0.{}", known.sent.len());
                let krate = grown(name, &version, known.sent.len());
                let archive = as_cargo_packs(&krate.archive());
                body.extend(upload::body_of(&upload::metadata(&krate), &archive));
                releases.push(((name.clone(), version), checksum(&archive)));
            }
            known.sent.push(Sent {
                releases: releases.clone(),
                body: body.clone(),
                acknowledged: false,
            });
            known.sent.len() - 1
        };
        self.ask("PUT", route(&releases), &body)?;
        self.house.known().sent[index].acknowledged = true;
        self.done();
        Ok(())
    }

    fn yanks(&mut self) -> Result<(), Dead> {
        let Some((place, was)) = self.own_release() else {
            return self.publishes();
        };
        let now = !was;
        let possible = BTreeSet::from([was, now]);
        self.house.known().yanked.insert(place.clone(), possible);
        let path = format!("/local/api/v1/crates/{}/{}", place.0, place.1);
        match now {
            true => self.ask("DELETE", &format!("{path}/yank"), b"")?,
            false => self.ask("PUT", &format!("{path}/unyank"), b"")?,
        };
        let certain = BTreeSet::from([now]);
        self.house.known().yanked.insert(place, certain);
        self.done();
        Ok(())
    }

    /// A release that was acknowledged to this client, and whether it is yanked, if it
    /// is known.
    fn own_release(&mut self) -> Option<(Place, bool)> {
        let known = self.house.known();
        let mine = format!("k{}-", self.number);
        let own = known.sent.iter().filter(|sent| sent.acknowledged);
        let own = own.flat_map(|sent| &sent.releases).map(|(place, _)| place);
        let own: Vec<_> = own.filter(|(name, _)| name.starts_with(&mine)).collect();
        if own.is_empty() {
            return None;
        }
        let place = own[self.dice.roll(own.len())].clone();
        match known.yanked.get(&place) {
            Some(possible) if possible.len() > 1 => None,
            Some(possible) => Some((place, possible.contains(&true))),
            None => Some((place, false)),
        }
    }

    /// Reads a name of a mirror that nobody asked for before, and its archive.
    fn fetches(&mut self) -> Result<(), Dead> {
        let name = self.new_name("m");
        let krate = Krate::new(&name, "1.0.0");
        self.house.public.has(&krate);
        self.ask("GET", &format!("/main/index/{}", index_path(&name)), b"")?;
        let cksum = checksum(&krate.archive());
        let path = format!("/main/dl/{name}/1.0.0/{cksum}");
        let given = self.ask("GET", &path, b"")?;
        assert_eq!(checksum(&given), cksum, "{name}");
        let place = (name, "1.0.0".to_owned());
        self.house.known().fetched.push((place, cksum));
        self.done();
        Ok(())
    }

    /// Lets a name of one mirror go to another that has the same crate.
    fn transfers(&mut self) -> Result<(), Dead> {
        let name = self.new_name("t");
        let krate = Krate::new(&name, "1.0.0");
        self.house.partner.has(&krate);
        self.ask("GET", &format!("/main/index/{}", index_path(&name)), b"")?;
        self.house.public.has(&krate);
        let public = format!("/crates-io/index/{}", index_path(&name));
        self.ask("GET", &public, b"")?;
        let wish = format!(r#"{{"name":"{name}","from":"partner","to":"crates-io"}}"#);
        self.house.known().transferred.insert(name.clone(), false);
        self.ask("POST", "/main/api/v1/transfer", wish.as_bytes())?;
        self.house.known().transferred.insert(name, true);
        self.done();
        Ok(())
    }

    fn new_name(&self, kind: &str) -> String {
        let mut known = self.house.known();
        known.names += 1;
        format!("{kind}{}-{}", self.number, known.names)
    }
}

/// A version with most of what those before it have, so that packing pays.
fn grown(name: &str, version: &str, number: usize) -> Krate {
    let function = |i| format!("/// Says {i}.\npub fn f{i}() -> u32 {{ {i} }}\n");
    let source: String = (0..100 + number % 50).map(function).collect();
    Krate::new(name, version).lib(&source)
}
