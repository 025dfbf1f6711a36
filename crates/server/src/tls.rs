//! TLS on the socket: a certificate and its key, from files that may be replaced.
//!
//! Whoever renews a certificate writes new files over the old ones; they are read again
//! when they changed, for connections made from then on, and nothing is restarted. Files
//! that cannot be read then are told, and what was read before goes on being shown.
//!
//! Absent: getting certificates, and asking clients for theirs.

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use tokio_rustls::TlsAcceptor;

/// What is spoken after the handshake, best first (RFC 7301, ALPN).
const PROTOCOLS: [&[u8]; 2] = [HTTP_2, b"http/1.1"];

/// HTTP/2's name in a handshake (RFC 9113, section 3.1).
pub(crate) const HTTP_2: &[u8] = b"h2";

/// A certificate, and when it was written.
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    current: Mutex<(Arc<ServerConfig>, Stamp)>,
}

/// When files were last written, and how long they are.
type Stamp = Vec<Option<(SystemTime, u64)>>;

/// Why there is no TLS with some files.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or holds nothing of what it should.
    #[error("{} holds no {what}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What it should hold, for people.
        what: &'static str,
        /// The cause.
        source: pem::Error,
    },
    /// Certificate and key do not make an identity.
    #[error("the certificate in {} cannot be used with that key: {source}", path.display())]
    Unfit {
        /// The certificate's file.
        path: PathBuf,
        /// The cause.
        source: rustls::Error,
    },
}

impl Tls {
    /// Reads a certificate, with those that lead to its root after it, and its key, both
    /// in PEM.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let stamp = stamp(certificate, key);
        let config = config(certificate, key)?;
        Ok(Self {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            current: Mutex::new((Arc::new(config), stamp)),
        })
    }

    /// Reads the files again if they changed, and says whether there is something new.
    ///
    /// # Errors
    /// [`TlsError`]; what was read before is still shown.
    pub fn renew(&self) -> Result<bool, TlsError> {
        let now = stamp(&self.certificate, &self.key);
        let known = |current: &(Arc<ServerConfig>, Stamp)| current.1 == now;
        if known(&self.current.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(false);
        }
        // Two files are not written at once: what does not fit is looked at again.
        let config = Arc::new(config(&self.certificate, &self.key)?);
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = (config, now);
        Ok(true)
    }

    /// Makes handshakes with what is read now.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(Arc::clone(&current.0))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

fn stamp(certificate: &Path, key: &Path) -> Stamp {
    let written = |path: &Path| {
        let file = fs::metadata(path).ok()?;
        Some((file.modified().ok()?, file.len()))
    };
    [certificate, key].map(written).into()
}

fn config(certificate: &Path, key: &Path) -> Result<ServerConfig, TlsError> {
    let unreadable = |path: &Path, what| {
        let path = path.to_owned();
        move |source| TlsError::File { path, what, source }
    };
    let told = unreadable(certificate, "certificate in PEM");
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(|chain| chain.collect::<Result<Vec<_>, _>>())
        .and_then(|chain| match chain.is_empty() {
            true => Err(pem::Error::NoItemsFound),
            false => Ok(chain),
        })
        .map_err(told)?;
    let key_read =
        PrivateKeyDer::from_pem_file(key).map_err(unreadable(key, "private key in PEM"))?;
    let unfit = |source| TlsError::Unfit {
        path: certificate.to_owned(),
        source,
    };
    let provider = Arc::new(ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unfit)?
        .with_no_client_auth()
        .with_single_cert(chain, key_read)
        .map_err(unfit)?;
    config.alpn_protocols = PROTOCOLS.map(Vec::from).into();
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertifiedKey, generate_simple_self_signed};
    use rustls::pki_types::ServerName;
    use rustls::{ClientConfig, RootCertStore};
    use tokio_rustls::TlsConnector;

    /// Writes a certificate and its key, and returns the certificate.
    fn write(folder: &Path) -> CertificateDer<'static> {
        let names = vec!["localhost".to_owned()];
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
        fs::write(folder.join("certificate.pem"), cert.pem()).unwrap();
        fs::write(folder.join("key.pem"), signing_key.serialize_pem()).unwrap();
        cert.der().clone()
    }

    /// Tells whether a client that trusts `certificate` alone comes in.
    async fn is_shown(tls: &Tls, certificate: &CertificateDer<'static>) -> bool {
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).unwrap();
        let client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let (near, far) = tokio::io::duplex(16 * 1024);
        let name = ServerName::try_from("localhost").unwrap();
        let connecting = TlsConnector::from(Arc::new(client)).connect(name, near);
        let (accepted, connected) = tokio::join!(tls.acceptor().accept(far), connecting);
        connected.is_ok() && accepted.is_ok()
    }

    #[tokio::test]
    async fn a_new_certificate_is_shown_and_a_broken_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = (
            folder.path().join("certificate.pem"),
            folder.path().join("key.pem"),
        );
        let first = write(folder.path());
        let tls = Tls::read(&certificate, &key).unwrap();
        assert!(!tls.renew().unwrap());
        assert!(is_shown(&tls, &first).await);
        // Half of a renewal: the key is there already, the certificate is not.
        let old = fs::read(&certificate).unwrap();
        let second = write(folder.path());
        let new = fs::read(&certificate).unwrap();
        fs::write(&certificate, old).unwrap();
        assert!(matches!(tls.renew(), Err(TlsError::Unfit { .. })));
        fs::write(&certificate, "half a li").unwrap();
        assert!(matches!(tls.renew(), Err(TlsError::File { .. })));
        assert!(is_shown(&tls, &first).await);
        fs::write(&certificate, new).unwrap();
        assert!(tls.renew().unwrap());
        assert!(is_shown(&tls, &second).await && !is_shown(&tls, &first).await);
    }
}
