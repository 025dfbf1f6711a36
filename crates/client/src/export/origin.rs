//! Where the rows of an identity are read, and what its folder is called.
//!
//! An address in a lock is read where it says, and crates.io through the view; as of a
//! moment, each at the same as it was, as `setup --at` has it (`pin.rs`). A member's own
//! address may have been led to its face when the lock was made (`setup --faces`); which
//! of them it was is told by the rows, so both are named.
//!
//! Folders have the names that `setup` gives to sources, because cargo refuses a second
//! name for a source that a project's own configuration names already.
//!
//! Absent: asking anybody.

use crate::setup::SetupInfo;
use crossdock_core::address::Address;
use crossdock_core::checksum::Checksum;
use crossdock_core::registry_name::RegistryName;
use std::collections::BTreeMap;
use url::Url;

/// What cargo calls crates.io.
pub const CRATES_IO: &str = "crates-io";

/// Where an export is taken from.
#[derive(Clone, Debug)]
pub struct Origins {
    /// The view or registry that is taken for crates.io.
    through: String,
    /// The members of the view; none for a registry.
    members: Vec<String>,
    /// The server's address as it stands in locks.
    public: String,
    /// The server's address as it is asked.
    asked: Url,
    /// The moment as of which it is asked, as it is said anywhere on the server.
    at: Option<String>,
    /// What projects call the addresses of the server.
    registries: BTreeMap<String, String>,
}

/// Where one identity is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// What its source and folder are called.
    pub called: String,
    /// The address of its index, with a slash at the end.
    pub index: Url,
    /// The same of its face in the view, if it is a member's own.
    pub face: Option<Url>,
}

/// Why an identity cannot be exported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// The server's address makes no sense.
    #[error("the server says that its index is at `{0}`, which is no address of an index")]
    Server(String),
    /// The lock has an address that is none.
    #[error("the lock has a source `{source_text}`, which cannot be read: {why}")]
    Source {
        /// As in the lock.
        source_text: String,
        /// What is wrong.
        why: String,
    },
}

impl Origins {
    /// Takes a view for crates.io.
    ///
    /// # Errors
    /// [`OriginError::Server`].
    pub fn view(info: &SetupInfo, asked: &Url, at: Option<&str>) -> Result<Self, OriginError> {
        let refuse = || OriginError::Server(info.view_index.clone());
        let public = info.view_index.strip_prefix("sparse+").ok_or_else(refuse)?;
        let own = format!("{}/index/", info.view);
        let public = public.strip_suffix(&own).ok_or_else(refuse)?;
        let named = info.registries.iter().filter(|member| member.is_named());
        let mut registries: BTreeMap<_, _> = named
            .map(|member| (member.name.clone(), member.index.clone()))
            .collect();
        // Those in no view are named by manifests all the same.
        let hosted = info.hosted.iter();
        registries.extend(hosted.map(|it| (it.name.clone(), it.index.clone())));
        registries.insert(info.view.clone(), info.view_index.clone());
        // cargo keeps that name for the real one.
        registries.remove(CRATES_IO);
        Ok(Self {
            through: info.view.clone(),
            members: info.registries.iter().map(|it| it.name.clone()).collect(),
            public: public.to_owned(),
            asked: slashed(asked),
            at: at.map(str::to_owned),
            registries,
        })
    }

    /// Takes a registry by itself for crates.io; `info` tells the server's address.
    ///
    /// # Errors
    /// [`OriginError::Server`].
    pub fn registry(
        name: &str,
        info: &SetupInfo,
        asked: &Url,
        at: Option<&str>,
    ) -> Result<Self, OriginError> {
        let view = Self::view(info, asked, at)?;
        Ok(Self {
            through: name.to_owned(),
            members: Vec::new(),
            ..view
        })
    }

    /// Returns the view or registry that is taken for crates.io.
    pub fn through(&self) -> &str {
        &self.through
    }

    /// Returns what projects call the addresses of the server.
    pub fn registries(&self) -> &BTreeMap<String, String> {
        &self.registries
    }

    /// Says where an identity is read.
    ///
    /// # Errors
    /// [`OriginError::Source`].
    pub fn of(&self, identity: &str) -> Result<Origin, OriginError> {
        let refuse = |why: &str| OriginError::Source {
            source_text: identity.to_owned(),
            why: why.to_owned(),
        };
        match Address::parse(identity).map_err(|error| refuse(&error.to_string()))? {
            Address::CratesIo => Ok(Origin {
                called: CRATES_IO.to_owned(),
                index: self
                    .index(&self.through, None)
                    .ok_or_else(|| refuse("no URL"))?,
                face: None,
            }),
            Address::Git(_) => Err(refuse(
                "it has a git index, and only sparse ones can be read",
            )),
            Address::Sparse(url) => match self.of_the_server(&url) {
                Some(origin) => Ok(origin),
                None => Ok(Origin {
                    called: made_up(&url),
                    index: url,
                    face: None,
                }),
            },
        }
    }

    /// Finds an address of the server itself: `R/index/`, `V/from/M/index/`, and both
    /// below `at/`, which stands in no lock unless somebody wrote it there.
    fn of_the_server(&self, url: &Url) -> Option<Origin> {
        let path = url.as_str().strip_prefix(&self.public)?;
        let segments: Vec<_> = path.trim_end_matches('/').split('/').collect();
        // What is called by it becomes a folder.
        let is_name = |name: &&str| RegistryName::parse(name).is_ok();
        let mut face = None;
        let (called, index) = match segments.as_slice() {
            [surface, "index"] if is_name(surface) => {
                if self.is_member(surface) {
                    face = self.index(&self.through, Some(surface));
                }
                ((*surface).to_owned(), self.index(surface, None)?)
            }
            [view, "from", member, "index"] if is_name(view) && is_name(member) => (
                format!("{view}-from-{member}"),
                self.index(view, Some(member))?,
            ),
            _ => (made_up(url), self.asked.join(path).ok()?),
        };
        Some(Origin {
            called,
            index,
            face,
        })
    }

    fn is_member(&self, name: &str) -> bool {
        self.members.iter().any(|member| member == name)
    }

    fn index(&self, surface: &str, face: Option<&str>) -> Option<Url> {
        let at = self.at.as_ref().map(|at| format!("at/{at}/"));
        let from = face.map(|member| format!("from/{member}/"));
        let (at, from) = (at.unwrap_or_default(), from.unwrap_or_default());
        self.asked.join(&format!("{surface}/{at}{from}index/")).ok()
    }

    /// Returns an address that the server gave, such as one of an archive, as it is to be
    /// asked.
    ///
    /// # Errors
    /// If it is no address.
    pub fn asked(&self, given: &str) -> Result<Url, url::ParseError> {
        match given.strip_prefix(&self.public) {
            Some(path) => self.asked.join(path),
            None => Url::parse(given),
        }
    }
}

fn slashed(url: &Url) -> Url {
    let mut url = url.clone();
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    url
}

/// Calls somebody else's registry by its host and what tells it from others there.
fn made_up(url: &Url) -> String {
    let plain = |c: char| match c {
        'a'..='z' | '0'..='9' => c,
        _ => '-',
    };
    let host: String = url
        .host_str()
        .unwrap_or_default()
        .chars()
        .map(plain)
        .collect();
    let sum = Checksum::of(url.as_str().as_bytes()).to_string();
    format!("{:.40}-{:.8}", host.trim_matches('-'), sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::MemberInfo;

    fn info() -> SetupInfo {
        let member = |name: &str, hosted| MemberInfo {
            directory: name == "lab",
            auth_required: false,
            name: name.to_owned(),
            index: format!("sparse+https://c.example/x/{name}/index/"),
            face: format!("sparse+https://c.example/x/main/from/{name}/index/"),
            hosted,
        };
        SetupInfo {
            view: "main".to_owned(),
            identity: "split".to_owned(),
            replaces_crates_io: true,
            view_index: "sparse+https://c.example/x/main/index/".to_owned(),
            registries: ["local", "lab", "crates-io"]
                .map(|it| member(it, it == "local"))
                .to_vec(),
            views: vec!["main".to_owned()],
            auth_required: false,
            hosted: Vec::new(),
            publish_to: None,
        }
    }

    fn of(origins: &Origins, identity: &str) -> (String, String) {
        let origin = origins.of(identity).unwrap();
        (origin.called, origin.index.to_string())
    }

    const CASES: [(&str, &str); 4] = [
        ("https://github.com/rust-lang/crates.io-index", "crates-io"),
        ("sparse+https://c.example/x/main/index/", "main"),
        ("sparse+https://c.example/x/local/index/", "local"),
        (
            "sparse+https://c.example/x/main/from/local/index/",
            "main-from-local",
        ),
    ];

    #[test]
    fn addresses_are_asked_where_the_server_is() {
        let asked = Url::parse("http://127.0.0.1:7878").unwrap();
        let live = Origins::view(&info(), &asked, None).unwrap();
        let paths = ["main", "main", "local", "main/from/local"];
        for ((identity, called), path) in CASES.into_iter().zip(paths) {
            let index = format!("http://127.0.0.1:7878/{path}/index/");
            assert_eq!(of(&live, identity), (called.to_owned(), index));
        }
        let given = "https://c.example/x/main/dl/a/1.0.0/b";
        let asked = live.asked(given).unwrap();
        assert_eq!(asked.as_str(), "http://127.0.0.1:7878/main/dl/a/1.0.0/b");
        assert_eq!(live.registries().len(), 3);
    }

    #[test]
    fn as_of_an_epoch_each_leads_to_itself_as_it_was() {
        let asked = Url::parse("https://c.example/x/").unwrap();
        let past = Origins::view(&info(), &asked, Some("7")).unwrap();
        let paths = [
            "main/at/7",
            "main/at/7",
            "local/at/7",
            "main/at/7/from/local",
        ];
        for ((identity, called), path) in CASES.into_iter().zip(paths) {
            let index = format!("https://c.example/x/{path}/index/");
            assert_eq!(of(&past, identity), (called.to_owned(), index));
        }
        let face = past.of(CASES[2].0).unwrap().face.map(String::from);
        let expected = "https://c.example/x/main/at/7/from/local/index/";
        assert_eq!(face.as_deref(), Some(expected));
        assert_eq!(past.of(CASES[1].0).unwrap().face, None);
        let mirror = Origins::registry("crates-io", &info(), &asked, Some("7")).unwrap();
        let (_, index) = of(&mirror, CASES[0].0);
        assert_eq!(index, "https://c.example/x/crates-io/at/7/index/");
    }

    #[test]
    fn other_servers_are_asked_where_they_are() {
        let asked = Url::parse("http://h:1").unwrap();
        let origins = Origins::view(&info(), &asked, Some("7")).unwrap();
        let (one, index) = of(&origins, "sparse+https://partner.example/i/");
        assert_eq!(index, "https://partner.example/i/");
        let (other, _) = of(&origins, "sparse+https://partner.example/j/");
        assert_ne!(one, other);
        assert!(one.starts_with("partner-example-"), "{one}");
        let (odd, _) = of(&origins, "sparse+https://c.example/x/A%20B/index/");
        assert!(odd.starts_with("c-example-"), "{odd}");
        assert!(origins.of("registry+https://git.example/index").is_err());
        assert!(origins.of("sparse+file:///etc/").is_err());
    }
}
