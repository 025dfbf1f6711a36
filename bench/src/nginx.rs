//! The peer: nginx with one worker, serving files as fast as it can.
//!
//! No setting is there to hold it back: `sendfile` with whole packets, open
//! files and absences remembered, compressed files made beforehand, no log,
//! connections that are never closed; `docs/bench.md` says which were tried.
//! Absent: anything computed while answering.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::server::{Server, command_on, found};

const CURE: &str = "on Debian, `apt-get install nginx-light`";

/// Serves the files under `docroot`, with its own files in `scratch`.
pub(crate) fn start(scratch: &Path, docroot: &Path, core: Option<usize>) -> Result<Server> {
    let program = found("nginx", CURE)?;
    let built_with = Command::new(&program).arg("-V").output()?.stderr;
    ensure!(
        String::from_utf8_lossy(&built_with).contains("http_gzip_static_module"),
        "this nginx has no gzip_static: {CURE}, which has it"
    );

    fs::create_dir_all(scratch)?;
    let port = free_port()?;
    let settings = scratch.join("nginx.conf");
    fs::write(&settings, settings_text(scratch, docroot, port))?;

    let mut command = command_on(core, &program);
    command
        .arg("-e")
        .arg(scratch.join("error.log"))
        .arg("-c")
        .arg(&settings);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    Server::start(command, &scratch.join("output.log"), || {
        Ok(TcpStream::connect(address).is_ok().then_some(address))
    })
}

/// nginx cannot choose a port and tell; between our letting go of this one and
/// nginx's taking it another program could, and then nginx says so and the run ends.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener
        .local_addr()
        .context("a bound socket has an address")?
        .port())
}

fn settings_text(scratch: &Path, docroot: &Path, port: u16) -> String {
    let scratch = scratch.display();
    let docroot = docroot.display();
    // The worker of an nginx started by root would be `nobody`, who may not
    // read our temporary folders; started by anyone else it ignores the line
    // with a warning, so the line is for root alone.
    let user = if rustix::process::geteuid().is_root() {
        "user root;"
    } else {
        ""
    };
    format!(
        "\
daemon off;
worker_processes 1;
{user}
pid {scratch}/nginx.pid;
error_log {scratch}/error.log warn;
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {scratch}/body;
    proxy_temp_path {scratch}/proxy;
    fastcgi_temp_path {scratch}/fastcgi;
    uwsgi_temp_path {scratch}/uwsgi;
    scgi_temp_path {scratch}/scgi;
    access_log off;
    log_not_found off;
    server_tokens off;
    sendfile on;
    sendfile_max_chunk 256k;
    tcp_nopush on;
    tcp_nodelay on;
    keepalive_timeout 1h;
    keepalive_requests 1000000000;
    open_file_cache max=10000 inactive=1h;
    open_file_cache_valid 1h;
    open_file_cache_errors on;
    etag on;
    gzip off;
    gzip_static on;
    gzip_vary on;
    types {{ }}
    default_type text/plain;
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        root {docroot};
        location ~ \"^/[^/]*/dl/\" {{
            default_type application/gzip;
            gzip_static off;
        }}
    }}
}}
"
    )
}
