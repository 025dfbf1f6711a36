//! `database` and `objects` in `[server]`: where ledger and archives are, if not in the
//! data folder.
//!
//! Absent: passwords and secrets in clear, but for one in the address of a database,
//! which is not shown; and opening any of it (`crates/crossdock/src/stores.rs`).

use super::Surroundings;
use super::fault::Faults;
use super::section::{Item, Section};
use super::server::origin;
use crossdock_store::{PostgresUrl, S3Address, S3Settings};
use std::path::PathBuf;
use toml::de::DeValue;

/// What requests are signed for where no region is said; Amazon's first, and what
/// others take for any.
const REGION: &str = "us-east-1";

/// Where ledger and archives are, if not in the data folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StoreSettings {
    /// The database of the ledger.
    pub(crate) database: Option<PostgresUrl>,
    /// The object store of archives.
    pub(crate) objects: Option<ObjectSettings>,
}

/// An object store, and where its credentials are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ObjectSettings {
    /// How it is reached.
    pub(crate) s3: S3Settings,
    /// The file with the credentials; none means the environment.
    pub(crate) credentials: Option<PathBuf>,
}

/// Reads the keys of the section that are about stores.
pub(super) fn read(
    section: &mut Section<'_>,
    around: &Surroundings,
    faults: &mut Faults,
) -> StoreSettings {
    let database = section.take("database");
    let url = database.as_ref().and_then(|item| url(item, faults));
    let objects = section.take("objects");
    let further = [
        section.take("objects-endpoint"),
        section.take("objects-region"),
        section.take("objects-path-style"),
        section.take("objects-credentials"),
    ];
    let Some(objects) = objects else {
        for item in further.iter().flatten() {
            faults.note(
                format!("{} belongs to no object store", item.title),
                item.key.clone(),
                "there is no `objects`",
                "write objects = \"s3://BUCKET/PREFIX\", or take this out",
            );
        }
        if let Some(item) = database {
            faults.note(
                format!("{} wants `objects` beside it", item.title),
                item.key,
                "a node that answers from this database needs the archives it names",
                "write objects = \"s3://BUCKET/PREFIX\": a folder of one node is not the others'",
            );
        }
        return StoreSettings::default();
    };
    let [endpoint, region, path_style, credentials] = further;
    let endpoint = endpoint.and_then(|item| origin(&item, faults));
    let path_style = path_style.and_then(|item| truth(&item, faults));
    let region = region.and_then(|item| word(&item, faults));
    let credentials = credentials.and_then(|item| Some(around.folder.join(item.text(faults)?)));
    let address = address(&objects, faults);
    StoreSettings {
        database: url,
        objects: address.map(|address| ObjectSettings {
            s3: S3Settings {
                address,
                // Who has a server of his own seldom has a name for each bucket.
                path_style: path_style.unwrap_or(endpoint.is_some()),
                endpoint,
                region: region.unwrap_or_else(|| REGION.to_owned()),
            },
            credentials,
        }),
    }
}

fn url(item: &Item<'_>, faults: &mut Faults) -> Option<PostgresUrl> {
    match PostgresUrl::parse(item.text(faults)?) {
        Ok(url) => Some(url),
        Err(error) => {
            faults.note(
                format!("{} is no address of a PostgreSQL database", item.title),
                item.key.clone(),
                error.to_string(),
                "the password may be in PGPASSWORD or ~/.pgpass",
            );
            None
        }
    }
}

fn address(item: &Item<'_>, faults: &mut Faults) -> Option<S3Address> {
    match S3Address::parse(item.text(faults)?) {
        Ok(address) => Some(address),
        Err(error) => {
            faults.note(
                format!("{} is no place in an object store", item.title),
                item.key.clone(),
                error.to_string(),
                "the server goes into objects-endpoint, keys into the environment",
            );
            None
        }
    }
}

fn truth(item: &Item<'_>, faults: &mut Faults) -> Option<bool> {
    match item.value.get_ref() {
        DeValue::Boolean(truth) => Some(*truth),
        _ => item.expected("true or false", faults),
    }
}

fn word(item: &Item<'_>, faults: &mut Faults) -> Option<String> {
    let text = item.text(faults)?;
    let is_one = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    match !text.is_empty() && text.bytes().all(is_one) {
        true => Some(text.to_owned()),
        false => item.expected("a region such as \"eu-central-1\" or \"garage\"", faults),
    }
}
