//! `GET /`: one plain page that says what is served here and how to use it.
//!
//! It is also the address in every 401, so it says where a token comes from.
//! Only what the asker may read is listed. No scripts, no forms, nothing loaded.
//!
//! Absent: browsing crates.

use crate::app::App;
use crate::respond::{self, Routed};
use axum::extract::State;
use crossdock_core::registry_name::RegistryName;
use crossdock_registry::SetupInfo;
use crossdock_registry::configuration::RegistryKind;
use http::HeaderMap;
use std::fmt::Write;

const HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width\">\n\
    <meta name=\"color-scheme\" content=\"light dark\">\n<title>Crossdock</title>\n\
    <style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
    pre,td,th{padding:.3rem .8rem .3rem 0;text-align:left}pre{overflow:auto}</style>\n\
    <h1>Crossdock</h1>\n<p>A Cargo registry that federates others.</p>\n";

const TOKENS: &str = "<h2>Tokens</h2>\n\
    <p>Publishing, yanking and changing owners need the admin token. It is in the file \
    <code>admin-token</code> in the server's data folder; give it to \
    <code>cargo login --registry NAME</code>.</p>\n";

/// Answers with the page.
pub(crate) async fn page(State(app): State<App>, headers: HeaderMap) -> Routed {
    let is_shown = |name: &RegistryName| app.access.surface(name.as_str(), &headers).is_ok();
    respond::page(html(&app, is_shown))
}

fn html(app: &App, is_shown: impl Fn(&RegistryName) -> bool) -> String {
    let configuration = app.federation.configuration();
    let base = escaped(configuration.base());
    let mut html = HEAD.to_owned();
    let mut rows = String::new();
    for view in configuration.views.keys().filter(|name| is_shown(name)) {
        if let Some(setup) = app.federation.setup(view) {
            describe_setup(&mut html, &setup, &base);
        }
        row(&mut rows, view, "view", &base);
    }
    for (name, registry) in &configuration.registries {
        let kind = match registry.kind {
            RegistryKind::Hosted { .. } => "hosted registry",
            RegistryKind::Mirror { .. } => "mirror",
            RegistryKind::Directory => "folder",
        };
        if is_shown(name) {
            row(&mut rows, name, kind, &base);
        }
    }
    html.push_str("<h2>Addresses</h2>\n");
    if rows.is_empty() {
        html.push_str("<p>Nothing here is readable without a token.</p>\n");
    } else {
        html.push_str("<table>\n<tr><th>name<th>what it is<th>index\n");
        html.push_str(&rows);
        html.push_str("</table>\n");
    }
    html.push_str(TOKENS);
    html
}

/// Tells how a project is set up to use a view.
fn describe_setup(html: &mut String, setup: &SetupInfo, base: &str) {
    let SetupInfo {
        view, view_index, ..
    } = setup;
    let view_index = escaped(view_index);
    let replacement = if setup.replaces_crates_io {
        format!("\n[source.crates-io]\nreplace-with = \"{view}\"\n")
    } else {
        String::new()
    };
    // Writing into a string does not fail.
    let _ = write!(
        html,
        "<h2>Use <code>{view}</code></h2>\n<pre>crossdock setup --url {base} --view {view}</pre>\n\
        <p>writes this into a project's <code>.cargo/config.toml</code>, and what publishing \
        needs:</p>\n<pre>[registries.{view}]\nindex = \"{view_index}\"\n{replacement}</pre>\n",
    );
}

fn row(rows: &mut String, name: &RegistryName, kind: &str, base: &str) {
    // Writing into a string does not fail.
    let _ = writeln!(
        rows,
        "<tr><td>{name}<td>{kind}<td><code>sparse+{base}/{name}/index/</code>"
    );
}

/// Writes text so that HTML reads it as text. Names need none of it, a URL may.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
