//! An object store that speaks S3, with one bucket, whose objects are files in a folder.
//!
//! It runs on a thread of its own within the test; `stop` closes its connections.

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// What all requests are to be signed with.
const KEY: &str = "test-key";
const SECRET: &str = "test-secret";

/// The one bucket.
const BUCKET: &str = "archives";

/// A store, as long as this is not dropped.
#[derive(Debug)]
pub struct Objects {
    folder: TempDir,
    address: SocketAddr,
    // Taken to stop it; dropped without waiting for anybody.
    running: Mutex<Option<Runtime>>,
}

impl Objects {
    /// Starts a store with an empty bucket.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("cdobjects").tempdir();
        let folder = folder.expect("a folder for objects can be made");
        std::fs::create_dir(folder.path().join(BUCKET)).expect("a bucket can be made");
        let listener = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let address = listener.local_addr().expect("a socket has an address");
        let running = Mutex::new(Some(serve(folder.path(), listener)));
        Self {
            folder,
            address,
            running,
        }
    }

    /// Stops the store and cuts off whoever is connected.
    pub fn stop(&self) {
        let running = self.running.lock();
        let running = running.unwrap_or_else(PoisonError::into_inner).take();
        if let Some(running) = running {
            running.shutdown_background();
        }
    }

    /// Starts it again after [`Self::stop`], at the same address.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn begin(&self) {
        let running = serve(self.folder.path(), bind(self.address));
        let before = self.running.lock();
        *before.unwrap_or_else(PoisonError::into_inner) = Some(running);
    }

    /// Where it is: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The name of its bucket.
    pub fn bucket(&self) -> &'static str {
        BUCKET
    }

    /// The key that requests are to be signed with, and its secret.
    pub fn credentials(&self) -> (&'static str, &'static str) {
        (KEY, SECRET)
    }

    /// The file that an object of the bucket is in.
    pub fn file(&self, key: &str) -> PathBuf {
        self.folder.path().join(BUCKET).join(key)
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        self.stop();
    }
}

fn bind(address: SocketAddr) -> TcpListener {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        match TcpListener::bind(address) {
            Ok(listener) => return listener,
            // What was stopped may still be on its way out.
            Err(error) => assert!(std::time::Instant::now() < deadline, "{address}: {error}"),
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

fn serve(folder: &Path, listener: TcpListener) -> Runtime {
    let files = s3s_fs::FileSystem::new(folder).expect("objects can be files");
    let mut service = S3ServiceBuilder::new(files);
    service.set_auth(SimpleAuth::from_single(KEY, SECRET));
    let service = service.build();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime can be had");
    let unblocked = listener.set_nonblocking(true);
    unblocked.expect("a socket of our own can be told not to block");
    runtime.spawn(accept(listener, service));
    runtime
}

async fn accept(listener: TcpListener, service: S3Service) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("it does not block");
    let mut connections = JoinSet::new();
    loop {
        let Ok((socket, _)) = listener.accept().await else {
            return;
        };
        let service = service.clone();
        connections.spawn(async move {
            let server = auto::Builder::new(TokioExecutor::new());
            // Whoever goes away is the test's business.
            let _ = server.serve_connection(TokioIo::new(socket), service).await;
        });
        while connections.try_join_next().is_some() {}
    }
}
