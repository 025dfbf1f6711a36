//! Several nodes on one PostgreSQL and one object store, with a balancer in front.
//!
//! The balancer hands each connection to the next node and knows nothing else, so that
//! cargo's requests go here and there as they would in earnest.
//!
//! Absent: what is asked of them.

use crate::identity::Identity;
use crate::installation;
use crate::server::Server;
use crate::upstream::Upstream;
use crate::workbench::Workbench;
use crossdock_test_servers::{Objects, Postgres};
use std::fs;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// The admin token of all nodes.
const TOKEN: &str = "cdk_of_all_nodes";

/// The name that all nodes have together.
const INSTALLATION: &str = "0123456789abcdef0123456789abcdef";

/// Nodes, what they stand on, and what stands in front of them.
#[derive(Debug)]
pub struct Nodes {
    /// The programs.
    pub servers: Vec<Server>,
    /// What stands in for crates.io.
    pub public: Upstream,
    /// The database they share.
    pub database: Postgres,
    /// The archives they share.
    pub objects: Objects,
    /// The user's machine.
    pub bench: Workbench,
    balancer: Balancer,
}

impl Nodes {
    /// Starts so many.
    #[track_caller]
    pub fn start(count: usize) -> Self {
        let (bench, public) = (Workbench::new(), Upstream::start());
        let (database, objects) = (Postgres::start(), Objects::start());
        let balancer = Balancer::start();
        let (key, secret) = objects.credentials();
        bench.write(
            "keys",
            format!("[default]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n"),
        );
        let settings = format!(
            "[server]\npublic-url = \"{}\"\ndatabase = \"{}\"\nobjects = \"s3://{}/team\"\n\
             objects-endpoint = \"{}\"\nobjects-credentials = \"{}\"\n\n{}",
            balancer.url(),
            database.database(),
            objects.bucket(),
            objects.endpoint(),
            bench.path("keys").display(),
            installation::settings(Identity::CratesIo, &public, ""),
        );
        let start = |number: usize| {
            let token = format!("node{number}/data/admin-token");
            bench.write(&token, format!("{TOKEN}\n"));
            let closed = fs::Permissions::from_mode(0o600);
            fs::set_permissions(bench.path(&token), closed).expect("our own file can be closed");
            bench.write(
                &format!("node{number}/data/installation"),
                format!("{INSTALLATION}\n"),
            );
            Server::start_at(&bench, &format!("node{number}"), &settings, &[])
        };
        let servers: Vec<Server> = (0..count).map(start).collect();
        balancer.hand_to(&servers);
        Self {
            servers,
            public,
            database,
            objects,
            bench,
            balancer,
        }
    }

    /// The address that clients know.
    pub fn url(&self) -> String {
        self.balancer.url()
    }

    /// The index of a surface behind that address, as cargo writes it.
    pub fn index(&self, surface: &str) -> String {
        format!("sparse+{}/{surface}/index/", self.url())
    }
}

/// Hands each connection to the next node.
#[derive(Debug)]
struct Balancer {
    address: SocketAddr,
    // Held for a look or a change.
    nodes: Arc<Mutex<Vec<SocketAddr>>>,
}

impl Balancer {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a socket can be had");
        let address = listener.local_addr().expect("it has an address");
        let nodes: Arc<Mutex<Vec<SocketAddr>>> = Arc::default();
        let handing = nodes.clone();
        let next = AtomicUsize::new(0);
        // Ends with the process of the test.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let nodes = handing.lock().unwrap_or_else(PoisonError::into_inner);
                if nodes.is_empty() {
                    continue;
                }
                let node = nodes[next.fetch_add(1, Ordering::Relaxed) % nodes.len()];
                drop(nodes);
                let Ok(server) = TcpStream::connect(node) else {
                    continue;
                };
                let halves = (client.try_clone(), server.try_clone());
                let (Ok(from_client), Ok(from_server)) = halves else {
                    continue;
                };
                thread::spawn(move || pass_on(from_client, server));
                thread::spawn(move || pass_on(from_server, client));
            }
        });
        Self { address, nodes }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn hand_to(&self, servers: &[Server]) {
        let address = |server: &Server| server.url().trim_start_matches("http://").parse().ok();
        let nodes = servers.iter().filter_map(address).collect();
        *self.nodes.lock().unwrap_or_else(PoisonError::into_inner) = nodes;
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream) {
    // Whoever is cut off notices at the other end.
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}
