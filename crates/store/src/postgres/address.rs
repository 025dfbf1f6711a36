//! Where a PostgreSQL database is, as an operator writes it; its password is not shown.
//!
//! Across a network the server must prove who it is, unless the address says otherwise:
//! a database that anybody may pretend to be is nobody's truth.

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::fmt;
use std::str::FromStr;
use url::{Host, Url};

/// What may stand behind the `?`; PostgreSQL's own names.
const PARAMETERS: [&str; 5] = ["host", "sslmode", "sslrootcert", "sslcert", "sslkey"];

/// The address of a PostgreSQL database:
/// `postgres://USER[:PASSWORD]@HOST[:PORT]/DATABASE[?sslmode=…]`.
///
/// A host that begins with `%2F` is the folder of a socket. A password may as well be in
/// `PGPASSWORD` or in a `.pgpass` file. Shown without password and parameters.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl {
    url: Url,
}

/// Why a text is no address of a PostgreSQL database. It does not repeat the text, which
/// may have a password in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostgresUrlError {
    /// It is not of the form.
    #[error("an address like postgres://crossdock@db.acme.example/crossdock is needed")]
    Form,
    /// It names no database.
    #[error("the name of the database is missing behind the host")]
    NoDatabase,
    /// There is a parameter that is not known.
    #[error("behind the `?`, only host, sslmode, sslrootcert, sslcert and sslkey are known")]
    Parameter,
    /// A parameter has a value that it cannot have.
    #[error("a parameter behind the `?` has a value that it cannot have")]
    Value,
}

impl PostgresUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// [`PostgresUrlError`] if it is none.
    pub fn parse(text: &str) -> Result<Self, PostgresUrlError> {
        let url = Url::parse(text).map_err(|_| PostgresUrlError::Form)?;
        let is_postgres = matches!(url.scheme(), "postgres" | "postgresql");
        if !is_postgres || url.fragment().is_some() {
            return Err(PostgresUrlError::Form);
        }
        if url.path().trim_matches('/').is_empty() {
            return Err(PostgresUrlError::NoDatabase);
        }
        let is_known = |name: &str| PARAMETERS.contains(&name);
        if !url.query_pairs().all(|(name, _)| is_known(&name)) {
            return Err(PostgresUrlError::Parameter);
        }
        PgConnectOptions::from_str(url.as_str()).map_err(|_| PostgresUrlError::Value)?;
        Ok(Self { url })
    }

    /// What a connection is made with.
    pub(super) fn options(&self) -> PgConnectOptions {
        let options = PgConnectOptions::from_str(self.url.as_str())
            .expect("it was read as options when it was parsed");
        let says_mode = self.url.query_pairs().any(|(name, _)| name == "sslmode");
        match says_mode || options.get_socket().is_some() || self.is_loopback() {
            true => options,
            false => options.ssl_mode(PgSslMode::VerifyFull),
        }
    }

    fn is_loopback(&self) -> bool {
        match self.url.host() {
            // Not a special scheme: addresses are not told from names by the parser.
            Some(Host::Domain(name)) => {
                let ip = name.parse::<std::net::IpAddr>();
                name == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
            }
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => true,
        }
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.url.clone();
        shown.set_query(None);
        // Refused only of addresses that cannot have one.
        let _ = shown.set_password(None);
        formatter.write_str(shown.as_str())
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PostgresUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_used_and_not_shown() {
        let text = "postgres://ann:s3cret@db.acme.example:6432/crates?sslmode=require";
        let url = PostgresUrl::parse(text).unwrap();
        assert_eq!(
            url.to_string(),
            "postgres://ann@db.acme.example:6432/crates"
        );
        assert!(!format!("{url:?}").contains("s3cret"));
        let other = PostgresUrl::parse(&text.replace("s3cret", "other")).unwrap();
        assert_ne!(url, other);
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_it() {
        use PostgresUrlError::{Form, NoDatabase, Parameter, Value};
        for (text, refused) in [
            ("", Form),
            ("mysql://ann:s3cret@db/crates", Form),
            ("postgres://ann:s3cret@db", NoDatabase),
            ("postgres://ann:s3cret@db/", NoDatabase),
            ("postgres://ann@db/crates?password=s3cret", Parameter),
            ("postgres://ann:s3cret@db/crates?sslmode=maybe", Value),
        ] {
            let error = PostgresUrl::parse(text).unwrap_err();
            assert_eq!(error, refused, "{text}");
            assert!(!format!("{error} {error:?}").contains("s3cret"));
        }
    }

    #[test]
    fn across_a_network_the_server_proves_who_it_is_unless_told_otherwise() {
        for (text, mode) in [
            ("postgres://ann@db.acme.example/crates", "VerifyFull"),
            ("postgres://ann@192.0.2.7/crates", "VerifyFull"),
            (
                "postgres://ann@db.acme.example/crates?sslmode=require",
                "Require",
            ),
            (
                "postgres://ann@db.acme.example/crates?sslmode=disable",
                "Disable",
            ),
            ("postgres://ann@localhost/crates", "Prefer"),
            ("postgres://ann@127.0.0.1/crates", "Prefer"),
            ("postgres://ann@[::1]/crates", "Prefer"),
            ("postgres://ann@%2Frun%2Fpostgresql/crates", "Prefer"),
        ] {
            let options = PostgresUrl::parse(text).unwrap().options();
            assert_eq!(format!("{:?}", options.get_ssl_mode()), mode, "{text}");
        }
    }
}
