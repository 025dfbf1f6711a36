//! A registry on this machine that serves crates defined in a case, and fails on command.
//!
//! It stands in for crates.io and for partners. It speaks the sparse protocol with
//! ETags, with Last-Modified or with neither, and writes down every request, so
//! that a case can say what must not have been asked.
//!
//! Absent: publishing over HTTP. A case puts crates on the shelf.

mod conversation;
mod fault;
mod listening;
mod shelf;

pub use fault::{Fault, On};
pub use shelf::Validators;

use crate::command::fail;
use crate::krate::Krate;
use fault::Faults;
use listening::Listening;
use serde_json::Value;
use shelf::Shelf;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// How long a case waits for something the server does on its own, like prefetching.
const WAIT_LIMIT: Duration = Duration::from_secs(15);

/// A registry on this machine.
#[derive(Debug)]
pub struct Upstream {
    address: SocketAddr,
    listening: Option<Listening>,
    shared: Arc<Shared>,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// Method.
    pub method: String,
    /// Path with query.
    pub path: String,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// When its head was read.
    pub at: Instant,
    /// The status it was answered with; absent if it was not answered.
    pub status: Option<u16>,
}

/// What the threads of an upstream share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// Held for a moment each time; answers are written without it.
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    shelf: Shelf,
    faults: Faults,
    requests: Vec<Request>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no thread panics while it holds the state")
    }
}

impl Upstream {
    /// Starts an empty one.
    ///
    /// # Panics
    /// If no port is free.
    pub fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let listening = Listening::start(any, shared.clone()).expect("the machine has free ports");
        let address = listening.address();
        shared.state().shelf.locate(address);
        Self {
            address,
            listening: Some(listening),
            shared,
        }
    }

    /// Returns its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the address of its index as cargo and settings write it.
    pub fn index(&self) -> String {
        format!("sparse+http://{}/index/", self.address)
    }

    /// Puts a crate on the shelf.
    pub fn has(&self, krate: &Krate) {
        self.shared
            .state()
            .shelf
            .add(&krate.name, &krate.version, krate.row(), krate.archive());
    }

    /// Puts several crates on the shelf.
    pub fn has_all<'k>(&self, krates: impl IntoIterator<Item = &'k Krate>) {
        for krate in krates {
            self.has(krate);
        }
    }

    /// Puts an archive on the shelf under a row that may say anything of it.
    pub fn has_row(&self, name: &str, version: &str, row: Value, archive: Vec<u8>) {
        self.shared.state().shelf.add(name, version, row, archive);
    }

    /// Changes the row of a version.
    pub fn change_row(&self, name: &str, version: &str, change: impl FnOnce(&mut Value)) {
        self.shared.state().shelf.change(name, version, change);
    }

    /// Takes a version out of the index; its archive stays.
    pub fn withdraw(&self, name: &str, version: &str) {
        self.shared.state().shelf.withdraw(name, version);
    }

    /// Serves this text as index file of a name, whatever is on the shelf.
    pub fn writes_index(&self, name: &str, text: &str) {
        self.shared.state().shelf.overwrite(name, text);
    }

    /// Says where downloads are: the `dl` of its config.json.
    pub fn downloads_from(&self, template: &str) {
        self.shared.state().shelf.download_template = template.to_owned();
    }

    /// Serves bytes at a path of its own.
    pub fn has_at(&self, path: &str, bytes: Vec<u8>) {
        self.shared.state().shelf.place(path, bytes);
    }

    /// Chooses how it lets others ask again.
    pub fn validates_by(&self, validators: Validators) {
        self.shared.state().shelf.validators = validators;
    }

    /// Answers nobody but who has this token.
    pub fn requires_token(&self, token: &str) {
        self.shared.state().shelf.token = Some(token.to_owned());
    }

    /// Fails from now on.
    pub fn fails(&self, on: On, fault: Fault) {
        self.shared.state().faults.add(on, fault, usize::MAX);
    }

    /// Fails the next so many times.
    pub fn fails_times(&self, on: On, fault: Fault, times: usize) {
        self.shared.state().faults.add(on, fault, times);
    }

    /// Fails no more.
    pub fn mends(&self) {
        self.shared.state().faults.clear();
    }

    /// Goes away: connections are refused.
    pub fn goes_down(&mut self) {
        self.listening = None;
    }

    /// Comes back at the same address.
    ///
    /// # Panics
    /// If somebody took the port meanwhile.
    pub fn comes_back(&mut self) {
        let began = Instant::now();
        while self.listening.is_none() {
            match Listening::start(self.address, self.shared.clone()) {
                Ok(listening) => self.listening = Some(listening),
                Err(error) if began.elapsed() > WAIT_LIMIT => fail(&format!(
                    "{} was taken by another program: {error}",
                    self.address
                )),
                Err(_) => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    /// Lists the requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.state().requests.clone()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        self.shared.state().requests.clear();
    }

    /// Lists the requests for the index file of a name.
    pub fn asked_for(&self, name: &str) -> Vec<Request> {
        let path = format!("/index/{}", index_path(name));
        self.requests()
            .into_iter()
            .filter(|request| request.path == path)
            .collect()
    }

    /// Lists the requests for archives.
    pub fn downloads(&self) -> Vec<Request> {
        self.requests()
            .into_iter()
            .filter(|request| request.path.starts_with("/dl/"))
            .collect()
    }

    /// Expects that no request mentioned any of these words, `-` and `_` alike, anywhere.
    #[track_caller]
    pub fn never_heard_of(&self, words: &[&str]) {
        let flat = |text: &str| text.to_ascii_lowercase().replace('_', "-");
        for request in self.requests() {
            let said = flat(&format!("{request:?}"));
            if let Some(word) = words.iter().find(|word| said.contains(&flat(word))) {
                fail(&format!("the outside heard of `{word}`:\n  {request:#?}"));
            }
        }
    }

    /// Waits until the index file of a name was asked for.
    #[track_caller]
    pub fn awaits_request_for(&self, name: &str) {
        let began = Instant::now();
        while self.asked_for(name).is_empty() {
            if began.elapsed() > WAIT_LIMIT {
                fail(&format!(
                    "nobody asked for `{name}` in {WAIT_LIMIT:?}; asked was {:#?}",
                    self.requests()
                ));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Returns the path of a name's file below an index (Cargo Book, "Index Files").
pub fn index_path(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    match name.len() {
        0 => String::new(),
        1 => format!("1/{name}"),
        2 => format!("2/{name}"),
        3 => format!("3/{}/{name}", &name[..1]),
        _ => format!("{}/{}/{name}", &name[..2], &name[2..4]),
    }
}
