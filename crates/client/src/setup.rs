//! What cargo's configuration has to say so that a project builds through a view.
//!
//! The server is asked, because it alone knows its public address and what the
//! view is made of. No secret is written: the file is meant to be committed.
//!
//! Absent: the text of the file (`cargo_config.rs`), its place (`config_file.rs`).

use crate::cargo_config::{Setting, Wanted, text_at};
use crate::pin::{self, Pin};
use crate::server::{AskError, Server};
use crossdock_core::address::Address;
use crossdock_core::registry_name::RegistryName;
use serde::Deserialize;

/// The name that cargo keeps for crates.io in `[registries]` and `[source]`.
const RESERVED_BY_CARGO: &str = "crates-io";

/// What a server says of one of its views.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SetupInfo {
    /// The view.
    pub view: String,
    /// How its rows name each other: `crates-io` or `split`.
    pub identity: String,
    /// Whether clients take the view for crates.io.
    pub replaces_crates_io: bool,
    /// The address of its index.
    pub view_index: String,
    /// The registries in it.
    pub registries: Vec<MemberInfo>,
    /// All views that the asker may read.
    #[serde(default)]
    pub views: Vec<String>,
    /// All hosted registries that the asker may read.
    #[serde(default)]
    pub hosted: Vec<HostedInfo>,
    /// The hosted registry that takes new names published to the view.
    #[serde(default)]
    pub publish_to: Option<String>,
    /// Whether reading needs a token.
    pub auth_required: bool,
}

/// What a server says of a registry that crates are published to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct HostedInfo {
    /// Its name.
    pub name: String,
    /// The address of its index.
    pub index: String,
}

/// What a server says of a member of a view.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MemberInfo {
    /// Its name.
    pub name: String,
    /// The address of its own index.
    pub index: String,
    /// The address of its face in the view.
    pub face: String,
    /// Whether crates are published to it here.
    pub hosted: bool,
    /// Whether it is a folder of the server's machine; an older server has none.
    #[serde(default)]
    pub directory: bool,
}

impl MemberInfo {
    /// Whether manifests name it by its own address, `registry = "NAME"`. A mirror is
    /// named by that of its upstream, if at all.
    pub fn is_named(&self) -> bool {
        self.hosted || self.directory
    }
}

/// What the person at the keyboard chose.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// What cargo calls the view; its own name if nothing is said.
    pub name: Option<String>,
    /// Replace crates.io even by a view that has no crates.io in it, so that cargo
    /// asks nobody but this server.
    pub strict: bool,
    /// Replace the address of each hosted registry and folder by its face in the view.
    ///
    /// Off by default: cargo 1.95 looks for crates that `publish --workspace` is
    /// about to upload beside the original address only (docs/decisions).
    pub faces: bool,
    /// Lead the sources to a moment.
    pub pin: Option<Pin>,
}

/// Why an answer cannot be written into a configuration.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// cargo or another entry has the name already.
    #[error("cargo's configuration cannot call the view `{name}`: {why}")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// A registry has a name that cargo keeps for itself.
    #[error("registry `{0}` cannot be set up: cargo keeps that name for crates.io")]
    Registry(String),
    /// The server names something that is no name or address.
    #[error("the server's answer cannot be written down: {0}")]
    Answer(String),
}

/// Asks a server about a view; about its first if none is named.
///
/// # Errors
/// [`AskError`].
pub async fn ask(server: &Server, view: Option<&str>) -> Result<SetupInfo, AskError> {
    let query: Vec<_> = view.map(|view| ("view", view)).into_iter().collect();
    server.ask(&["api", "v1", "setup"], &query).await
}

/// Lists what the configuration has to say.
///
/// # Errors
/// [`PlanError`] if a name or address cannot stand there.
pub fn plan(info: &SetupInfo, choice: &Choice) -> Result<Vec<Wanted>, PlanError> {
    let view = view_name(info, choice)?;
    let mut wanted = vec![index(&view, &info.view_index)?];
    for member in info.registries.iter().filter(|member| member.is_named()) {
        let name = registry_name(&member.name)?;
        if name == RESERVED_BY_CARGO {
            return Err(PlanError::Registry(name));
        }
        wanted.push(index(&name, &member.index)?);
        if choice.faces && choice.pin.is_none() {
            let face = format!("{view}-from-{name}");
            wanted.push(index(&face, &member.face)?);
            // cargo matches replaced sources by address, not by name.
            wanted.push(text(["source", &name], "registry", &member.index));
            wanted.push(text(["source", &name], "replace-with", &face));
        }
    }
    let crates_io = info.replaces_crates_io || choice.strict;
    if let Some(pin) = &choice.pin {
        wanted.extend(pin::plan(info, &view, crates_io, choice.faces, pin)?);
    } else if crates_io {
        wanted.push(text(["source", RESERVED_BY_CARGO], "replace-with", &view));
    }
    if info.auth_required {
        // Without it cargo does not use the token it has (cargo 1.95).
        wanted.push(Wanted {
            tables: vec!["registry".to_owned()],
            key: "global-credential-providers",
            value: Setting::ListIfAbsent(vec!["cargo:token".to_owned()]),
        });
    }
    Ok(wanted)
}

/// Lists what a configuration says that will not go well with the view.
pub fn warnings(config: &str, info: &SetupInfo) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(default) = text_at(config, &["registry"], "default")
        && info.replaces_crates_io
    {
        warnings.push(format!(
            "`registry.default = \"{default}\"` makes `cargo add` write registry = \"{default}\" beside \
             crates that come through the replacement of crates.io: such crates are built twice; \
             take the line out"
        ));
    }
    warnings
}

fn view_name(info: &SetupInfo, choice: &Choice) -> Result<String, PlanError> {
    let name = choice.name.as_ref().unwrap_or(&info.view);
    let refuse = |why: &str| PlanError::Name {
        name: name.clone(),
        why: why.to_owned(),
    };
    if RegistryName::parse(name).is_err() {
        return Err(refuse("a name is 1 to 63 of a-z, 0-9 and `-`"));
    }
    if name == RESERVED_BY_CARGO {
        return Err(refuse("cargo keeps that name for crates.io"));
    }
    let named = |member: &&MemberInfo| member.is_named() && member.name == *name;
    match info.registries.iter().find(named) {
        Some(_) => Err(refuse("a registry of the view is called so")),
        None => Ok(name.clone()),
    }
}

fn registry_name(name: &str) -> Result<String, PlanError> {
    RegistryName::parse(name)
        .map(|name| name.to_string())
        .map_err(|error| PlanError::Answer(error.to_string()))
}

pub(crate) fn index(name: &str, address: &str) -> Result<Wanted, PlanError> {
    match Address::parse(address) {
        // cargo refuses a sparse address without the final slash; ours has it.
        Ok(address @ Address::Sparse(_)) => {
            Ok(text(["registries", name], "index", &address.to_string()))
        }
        Ok(_) => Err(PlanError::Answer(format!("`{address}` is not sparse"))),
        Err(error) => Err(PlanError::Answer(error.to_string())),
    }
}

fn text(tables: [&str; 2], key: &'static str, value: &str) -> Wanted {
    Wanted {
        tables: tables.map(str::to_owned).into(),
        key,
        value: Setting::Text(value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cargo_config::merge;

    const ANSWER: &str = r#"{"view":"main","identity":"crates-io","replaces_crates_io":true,
        "view_index":"sparse+http://127.0.0.1:7878/main/index/","registries":[
        {"name":"crates-io","index":"sparse+http://127.0.0.1:7878/crates-io/index/","face":"sparse+http://127.0.0.1:7878/main/from/crates-io/index/","hosted":false},
        {"name":"local","index":"sparse+http://127.0.0.1:7878/local/index/","face":"sparse+http://127.0.0.1:7878/main/from/local/index/","hosted":true}],
        "views":["main"],"auth_required":false,"of_a_later_version":1}"#;

    fn pin_to(when: &str) -> Pin {
        Pin {
            when: when.to_owned(),
            anywhere: when.to_owned(),
        }
    }

    fn info() -> SetupInfo {
        serde_json::from_str(ANSWER).unwrap()
    }

    fn written(info: &SetupInfo, choice: &Choice) -> String {
        merge("", &plan(info, choice).unwrap(), false).unwrap()
    }

    #[test]
    fn the_default_installation() {
        insta::assert_snapshot!(written(&info(), &Choice::default()), @r#"
    [registries.main]
    index = "sparse+http://127.0.0.1:7878/main/index/"

    [registries.local]
    index = "sparse+http://127.0.0.1:7878/local/index/"

    [source.crates-io]
    replace-with = "main"
    "#);
    }

    #[test]
    fn everything_that_can_be_chosen() {
        let info = SetupInfo {
            replaces_crates_io: false,
            auth_required: true,
            ..info()
        };
        let choice = Choice {
            name: Some("acme".to_owned()),
            strict: true,
            faces: true,
            pin: None,
        };
        insta::assert_snapshot!(written(&info, &choice), @r#"
    [registries.acme]
    index = "sparse+http://127.0.0.1:7878/main/index/"

    [registries.local]
    index = "sparse+http://127.0.0.1:7878/local/index/"

    [registries.acme-from-local]
    index = "sparse+http://127.0.0.1:7878/main/from/local/index/"

    [source.local]
    registry = "sparse+http://127.0.0.1:7878/local/index/"
    replace-with = "acme-from-local"

    [source.crates-io]
    replace-with = "acme"

    [registry]
    global-credential-providers = ["cargo:token"]
    "#);
    }

    #[test]
    fn a_pin_leads_every_source_to_a_moment_and_back() {
        let choice = |pin| Choice {
            pin,
            ..Choice::default()
        };
        let live = written(&info(), &Choice::default());
        let at = pin_to("2026-11-01T00:00:00Z");
        let pinned = plan(&info(), &choice(Some(at))).unwrap();
        let pinned = merge(&live, &pinned, false).unwrap();
        insta::assert_snapshot!(pinned, @r#"
        [registries.main]
        index = "sparse+http://127.0.0.1:7878/main/index/"

        [registries.local]
        index = "sparse+http://127.0.0.1:7878/local/index/"

        [registries.main-at]
        index = "sparse+http://127.0.0.1:7878/main/at/2026-11-01T00:00:00Z/index/"

        [registries.main-at-from-crates-io]
        index = "sparse+http://127.0.0.1:7878/main/at/2026-11-01T00:00:00Z/from/crates-io/index/"

        [registries.main-at-from-local]
        index = "sparse+http://127.0.0.1:7878/main/at/2026-11-01T00:00:00Z/from/local/index/"

        [registries.main-at-alone-local]
        index = "sparse+http://127.0.0.1:7878/local/at/2026-11-01T00:00:00Z/index/"

        [source.crates-io]
        replace-with = "main-at"

        [source.main]
        registry = "sparse+http://127.0.0.1:7878/main/index/"
        replace-with = "main-at"

        [source.main-from-crates-io]
        registry = "sparse+http://127.0.0.1:7878/main/from/crates-io/index/"
        replace-with = "main-at-from-crates-io"

        [source.main-from-local]
        registry = "sparse+http://127.0.0.1:7878/main/from/local/index/"
        replace-with = "main-at-from-local"

        [source.local]
        registry = "sparse+http://127.0.0.1:7878/local/index/"
        replace-with = "main-at-alone-local"
        "#);
        let again = plan(&info(), &choice(Some(pin_to("7")))).unwrap();
        let again = merge(&pinned, &again, false).unwrap();
        assert!(again.contains("/main/at/7/index/") && !again.contains("2026"));
        assert_eq!(let_go(&info(), &again, &choice(None)), live);
    }

    /// Sets up without a pin, as the command does.
    fn let_go(info: &SetupInfo, old: &str, choice: &Choice) -> String {
        let called = choice.name.as_deref().unwrap_or(&info.view);
        let live = pin::let_go(old, &info.view, called).unwrap();
        merge(&live, &plan(info, choice).unwrap(), false).unwrap()
    }

    #[test]
    fn who_lets_go_has_the_file_as_if_it_had_never_been_pinned() {
        let with = |name: Option<&str>, faces, pin: Option<&str>| Choice {
            name: name.map(str::to_owned),
            strict: false,
            faces,
            pin: pin.map(pin_to),
        };
        let theirs = "# ours\n[build]\njobs = 2 # few\n\n[registries]\n\
             main-attic = { index = \"sparse+http://o/main/index/\" }\n\n\
             [source.x]\nregistry = \"sparse+http://x/\"\nreplace-with = \"main-attic\"\n";
        for old in ["", theirs, "registries = {}\nsource = {}\n"] {
            for (name, faces) in [(None, false), (None, true), (Some("acme"), true)] {
                let live = plan(&info(), &with(name, faces, None)).unwrap();
                let live = merge(old, &live, false).unwrap();
                let pinned = plan(&info(), &with(name, faces, Some("7"))).unwrap();
                let pinned = merge(&live, &pinned, true).unwrap();
                assert!(pinned.contains("/main/at/7/from/local/index/"), "{pinned}");
                let alone = pinned.contains("/local/at/7/index/");
                assert_eq!(alone, !faces, "{pinned}");
                let called = name.unwrap_or("main");
                assert_eq!(pin::uses_faces(&pinned, &info(), called), faces);
                let after = let_go(&info(), &pinned, &with(name, faces, None));
                assert_eq!(after, live);
                assert_eq!(let_go(&info(), &after, &with(name, faces, None)), live);
            }
        }
        // A view of that name is nobody's pin.
        let other = "[registries.main-at]\nindex = \"sparse+http://h:1/main-at/index/\"\n";
        assert_eq!(pin::let_go(other, "main", "main").unwrap(), other);
        assert!(pin::let_go("[", "main", "main").is_err());
    }

    /// Manifests name a folder by its own address, `registry = "lab"`, as a hosted
    /// registry; nothing is published to it.
    #[test]
    fn a_folder_is_named_and_pinned_like_a_hosted_registry() {
        let mut info = info();
        info.registries[1].name = "lab".to_owned();
        info.registries[1].index = info.registries[1].index.replace("/local/", "/lab/");
        (info.registries[1].hosted, info.registries[1].directory) = (false, true);
        let live = written(&info, &Choice::default());
        assert!(live.contains("[registries.lab]\n"), "{live}");
        let choice = Choice {
            pin: Some(pin_to("7")),
            ..Choice::default()
        };
        let pinned = merge(&live, &plan(&info, &choice).unwrap(), false).unwrap();
        let replaced = "[source.lab]\nregistry = \"sparse+http://127.0.0.1:7878/lab/index/\"\n\
            replace-with = \"main-at-alone-lab\"\n";
        assert!(pinned.contains(replaced), "{pinned}");
        assert!(pinned.contains("/lab/at/7/index/"), "{pinned}");
        assert_eq!(let_go(&info, &pinned, &Choice::default()), live);
    }

    #[test]
    fn split_views_without_crates_io_leave_it_alone() {
        let info = SetupInfo {
            replaces_crates_io: false,
            ..info()
        };
        assert!(!written(&info, &Choice::default()).contains("crates-io"));
    }

    #[test]
    fn names_that_cargo_or_the_view_keeps_are_refused() {
        for bad in ["crates-io", "local", "Main", "a.b", ""] {
            let choice = Choice {
                name: Some(bad.to_owned()),
                ..Choice::default()
            };
            assert!(plan(&info(), &choice).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_no_address_is_not_written() {
        for bad in [
            "",
            "sparse+file:///x",
            "https://h/index",
            "sparse+http://u:p@h/",
        ] {
            let info = SetupInfo {
                view_index: bad.to_owned(),
                ..info()
            };
            assert!(plan(&info, &Choice::default()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_default_registry_beside_a_replacement_is_warned_of() {
        let config = "[registry]\ndefault = \"main\"\n";
        assert_eq!(warnings(config, &info()).len(), 1);
        assert!(warnings("", &info()).is_empty());
        let split = SetupInfo {
            replaces_crates_io: false,
            ..info()
        };
        assert!(warnings(config, &split).is_empty());
    }
}
