//! What `serve` says when it is ready: where it is, who may come, what to do next.
//!
//! The first line is for programs that wait for it; the rest is for people, with
//! commands that can be pasted.
//!
//! Absent: printing.

use crate::admin_token;
use crate::settings::{
    Access, RegistrySettings, Settings, SettingsFile, UpstreamSettings, ViewSettings,
};
use crossdock_core::policy::MemberKind;
use crossdock_core::registry_name::RegistryName;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use url::Url;

/// What is announced.
pub(crate) struct Announcement<'a> {
    /// The address that clients use, without a final slash.
    pub(crate) url: &'a str,
    /// The settings that hold.
    pub(crate) settings: &'a Settings,
    /// Where they came from.
    pub(crate) file: &'a SettingsFile,
    /// The data folder, as an absolute path.
    pub(crate) data: &'a Path,
    /// How this program is called from a shell.
    pub(crate) program: &'a str,
}

/// Says that the server is ready; the one line that programs wait for.
pub(crate) fn ready(socket: SocketAddr, has_tls: bool) -> String {
    let scheme = if has_tls { "https" } else { "http" };
    format!("crossdock is listening on {scheme}://{socket}")
}

/// Says what is served, to whom, and what to do next.
pub(crate) fn told(announced: &Announcement<'_>) -> String {
    let mut text = String::new();
    let mut line = |line: String| {
        writeln!(text, "{line}").expect("writing to a string does not fail");
    };
    line(match announced.file {
        SettingsFile::None => "settings    none; the defaults hold".to_owned(),
        SettingsFile::At(path) => format!("settings    {}", path.display()),
    });
    line(format!("data        {}", announced.data.display()));
    let stores = &announced.settings.server.stores;
    if let Some(database) = &stores.database {
        line(format!("database    {database}"));
    }
    if let Some(objects) = &stores.objects {
        line(format!("objects     {}", objects.s3.address));
    }
    let token = admin_token::path(announced.data);
    line(format!("admin token {}", token.display()));
    for (name, registry) in &announced.settings.registries {
        line(format!("registry    {name}: {}", registry_told(registry)));
    }
    for (name, view) in &announced.settings.views {
        let members: Vec<_> = view
            .policy
            .members
            .keys()
            .map(RegistryName::as_str)
            .collect();
        let members = members.join(", ");
        line(format!(
            "view        {name}: {members}; {}",
            access_told(view.read)
        ));
    }
    for next in next(announced, &shell_word(&token.display().to_string())) {
        line(next);
    }
    text.truncate(text.trim_end().len());
    text
}

/// Says what others can do here, if others can come.
pub(crate) fn exposure(socket: SocketAddr, settings: &Settings, url: &Url) -> Option<String> {
    if socket.ip().is_loopback() {
        return None;
    }
    let open: Vec<_> = settings
        .registries
        .iter()
        .map(|(name, registry)| (name, registry.read()))
        .chain(settings.views.iter().map(|(name, view)| (name, view.read)))
        .filter(|(_, read)| *read == Access::Anyone)
        .map(|(name, _)| name.as_str())
        .collect();
    let reading = match open.as_slice() {
        [] => "everything is read with a token only".to_owned(),
        open => format!("whoever reaches it reads {}", open.join(", ")),
    };
    let in_clear = match url.scheme() {
        "https" => "",
        _ => {
            "; tokens cross the network in the clear unless TLS ends in front of it and \
              public-url says so"
        }
    };
    let told_elsewhere = match settings.server.public_url {
        Some(_) => String::new(),
        None => format!("; without public-url clients on other machines are sent to {url}"),
    };
    Some(format!(
        "{socket} is reachable from other machines: {reading}{in_clear}{told_elsewhere}"
    ))
}

/// How this program is called from a shell: by name if the shell finds it, else by path.
pub(crate) fn program() -> String {
    let name = env!("CARGO_PKG_NAME");
    let Ok(this) = std::env::current_exe() else {
        return name.to_owned();
    };
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    match found.and_then(|path| path.canonicalize().ok()) {
        Some(path) if path == this => name.to_owned(),
        _ => this.display().to_string(),
    }
}

/// The environment variable in which cargo looks for a registry's token.
pub(crate) fn token_variable(registry: &str) -> String {
    let name = registry.to_ascii_uppercase().replace('-', "_");
    format!("CARGO_REGISTRIES_{name}_TOKEN")
}

/// Writes a word so that a shell takes it as one.
pub(crate) fn shell_word(word: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/._-+:@%,=".contains(&b);
    match !word.is_empty() && word.bytes().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

fn next(announced: &Announcement<'_>, token_file: &str) -> Vec<String> {
    let views = &announced.settings.views;
    let Some((view, settings)) = suggested(views) else {
        return Vec::new();
    };
    let (program, url) = (shell_word(announced.program), announced.url);
    let mut lines = vec!["\nWhat to do next, in the folder of a project:\n".to_owned()];
    let needs_token = settings.read == Access::Token;
    if needs_token {
        lines.push(format!("  export CROSSDOCK_TOKEN=\"$(cat {token_file})\""));
    }
    lines.push(format!("  {program} setup --url {url} --view {view}"));
    let others = views.keys().filter(|other| *other != view);
    let others: Vec<_> = others.map(RegistryName::as_str).collect();
    if !others.is_empty() {
        lines.push(format!("  # or another view: {}", others.join(", ")));
    }
    if needs_token {
        let variable = token_variable(view.as_str());
        lines.push(format!("  export {variable}=\"$CROSSDOCK_TOKEN\""));
    }
    let is_hosted = |name: &&RegistryName| {
        matches!(
            announced.settings.registries.get(*name),
            Some(RegistrySettings::Hosted(_))
        )
    };
    if let Some(hosted) = settings.policy.members.keys().find(is_hosted) {
        let variable = token_variable(hosted.as_str());
        lines.push(format!("  export {variable}=\"$(cat {token_file})\""));
        lines.push(format!("  cargo publish --registry {hosted}"));
    }
    lines.push("  cargo build".to_owned());
    lines
}

/// Finds the view that most projects want: one that takes the place of crates.io if
/// there is one, and of these the one that brings most together, the first by name.
fn suggested(
    views: &BTreeMap<RegistryName, ViewSettings>,
) -> Option<(&RegistryName, &ViewSettings)> {
    let worth = |view: &ViewSettings| {
        let members = &view.policy.members;
        let is_crates_io = |kind: MemberKind| kind == MemberKind::CratesIo;
        let has_crates_io = members.values().any(|member| is_crates_io(member.kind));
        (has_crates_io, members.len())
    };
    // Of equals the last is the greatest, so they are looked at from behind.
    views.iter().rev().max_by_key(|(_, view)| worth(view))
}

fn registry_told(registry: &RegistrySettings) -> String {
    let access = access_told(registry.read());
    match registry {
        RegistrySettings::Hosted(_) => format!("hosted; {access}"),
        RegistrySettings::Directory(directory) => {
            format!("folder {}; {access}", directory.folder.display())
        }
        RegistrySettings::Mirror(mirror) => match &mirror.upstream {
            UpstreamSettings::CratesIo { via: None } => {
                format!("mirror of crates.io; {access}")
            }
            UpstreamSettings::CratesIo { via: Some(via) } => {
                format!("mirror of crates.io via {via}; {access}")
            }
            UpstreamSettings::Sparse(url) => format!("mirror of {url}; {access}"),
        },
    }
}

fn access_told(access: Access) -> &'static str {
    match access {
        Access::Anyone => "anyone reads it",
        Access::Token => "read with a token",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Surroundings;
    use crossdock_core::address::Address;
    use std::path::PathBuf;

    fn settings(text: &str) -> Settings {
        let around = Surroundings {
            crates_io: Address::parse("sparse+https://sparse.example/").unwrap(),
            folder: PathBuf::new(),
            listen: None,
            data: None,
        };
        Settings::read("crossdock.toml", text, &around).unwrap()
    }

    fn announced(text: &str, url: &str) -> String {
        let settings = settings(text);
        let announcement = Announcement {
            url,
            settings: &settings,
            file: &SettingsFile::None,
            data: Path::new("/srv/cross dock"),
            program: "crossdock",
        };
        told(&announcement)
    }

    #[test]
    fn the_default_installation_says_what_to_paste() {
        insta::assert_snapshot!(announced("", "http://127.0.0.1:7878"), @r#"
    settings    none; the defaults hold
    data        /srv/cross dock
    admin token /srv/cross dock/admin-token
    registry    crates-io: mirror of crates.io; anyone reads it
    registry    local: hosted; anyone reads it
    view        main: crates-io, local; anyone reads it

    What to do next, in the folder of a project:

      crossdock setup --url http://127.0.0.1:7878 --view main
      export CARGO_REGISTRIES_LOCAL_TOKEN="$(cat '/srv/cross dock/admin-token')"
      cargo publish --registry local
      cargo build
    "#);
    }

    #[test]
    fn a_closed_installation_says_where_tokens_go() {
        insta::assert_snapshot!(announced(
            "[server]\nlisten = '0.0.0.0:80'\npublic-url = 'https://crates.acme.example'\n\
             [registries.team-a]\n[registries.p]\nmirror = 'sparse+https://p.example/i'\n\
             [views.all]\nmembers = ['team-a', 'p']",
            "https://crates.acme.example"
        ), @r#"
    settings    none; the defaults hold
    data        /srv/cross dock
    admin token /srv/cross dock/admin-token
    registry    p: mirror of https://p.example/i/; read with a token
    registry    team-a: hosted; read with a token
    view        all: p, team-a; read with a token

    What to do next, in the folder of a project:

      export CROSSDOCK_TOKEN="$(cat '/srv/cross dock/admin-token')"
      crossdock setup --url https://crates.acme.example --view all
      export CARGO_REGISTRIES_ALL_TOKEN="$CROSSDOCK_TOKEN"
      export CARGO_REGISTRIES_TEAM_A_TOKEN="$(cat '/srv/cross dock/admin-token')"
      cargo publish --registry team-a
      cargo build
    "#);
    }

    #[test]
    fn the_next_step_is_with_a_view_that_has_crates_io() {
        let told = announced(
            "[registries.a]\n[registries.p]\nmirror = 'crates-io'\n\
             [views.alone]\nmembers = ['a']\n[views.whole]\nmembers = ['a', 'p']",
            "http://127.0.0.1:7878",
        );
        assert!(
            told.contains("setup --url http://127.0.0.1:7878 --view whole"),
            "{told}"
        );
    }

    #[test]
    fn what_others_can_do_is_said() {
        let told = |listen: &str, rest: &str, url: &str| {
            let settings = settings(&format!("[server]\nlisten = '{listen}'\n{rest}"));
            exposure(settings.server.listen, &settings, &Url::parse(url).unwrap())
        };
        assert_eq!(told("127.0.0.1:1", "", "http://127.0.0.1:1"), None);
        insta::assert_snapshot!(told("0.0.0.0:1", "", "http://192.0.2.1:1").unwrap(), @"0.0.0.0:1 is reachable from other machines: everything is read with a token only; tokens cross the network in the clear unless TLS ends in front of it and public-url says so; without public-url clients on other machines are sent to http://192.0.2.1:1/");
        insta::assert_snapshot!(told(
            "192.0.2.1:1", "[registries.a]\nread = 'anyone'\n[registries.b]", "https://h.example"
        ).unwrap(), @"192.0.2.1:1 is reachable from other machines: whoever reaches it reads a; without public-url clients on other machines are sent to https://h.example/");
    }

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(shell_word("/srv/a-b"), "/srv/a-b");
        assert_eq!(shell_word("/srv/a b"), "'/srv/a b'");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
        assert_eq!(shell_word(""), "''");
        assert_eq!(shell_word("$(x)"), "'$(x)'");
    }

    #[test]
    fn the_view_that_brings_most_together_is_suggested() {
        let registries = "[registries.a]\n[registries.b]\n[registries.c]\n\
                          [registries.public]\nmirror = 'crates-io'\n";
        for (views, suggested, others) in [
            (
                "[views.apps]\nmembers = ['a']\n[views.main]\nmembers = ['a', 'b']\n\
                 [views.more]\nmembers = ['b', 'c']\n",
                "main",
                "apps, more",
            ),
            (
                "[views.all]\nmembers = ['a', 'b', 'c']\n[views.few]\nmembers = ['public']\n\
                 [views.main]\nmembers = ['a', 'public']\n",
                "main",
                "all, few",
            ),
        ] {
            let text = announced(&format!("{registries}{views}"), "http://127.0.0.1:1");
            assert!(text.contains(&format!("--view {suggested}\n")), "{text}");
            let others = format!("  # or another view: {others}\n");
            assert!(text.contains(&others), "{text}");
        }
        let text = announced("", "http://127.0.0.1:1");
        assert!(!text.contains("another view"), "{text}");
    }
}
