//! An authority of one case, and certificates of it.

use crate::workbench::Workbench;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use std::path::PathBuf;

/// A certificate, and the authority to trust for it.
pub(crate) struct Issued {
    pub(crate) authority: String,
    pub(crate) certificate: rcgen::Certificate,
    pub(crate) key: KeyPair,
}

/// Writes `authority.pem`, `certificate.pem` and `key.pem`; returns the authority's path.
///
/// # Panics
/// If no certificate can be made, which is a fault of the case.
pub fn write(bench: &Workbench) -> PathBuf {
    let issued = issue(&["localhost"]);
    bench.write("authority.pem", issued.authority);
    bench.write("certificate.pem", issued.certificate.pem());
    bench.write("key.pem", issued.key.serialize_pem());
    bench.path("authority.pem")
}

/// Makes an authority and a certificate of it.
///
/// # Panics
/// If none can be made, which is a fault of the case.
pub(crate) fn issue(hosts: &[&str]) -> Issued {
    let mut of_authority = CertificateParams::default();
    // By the name alone a client finds out that the certificate is another's.
    of_authority
        .distinguished_name
        .push(DnType::CommonName, "an authority of this case");
    of_authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("the system has random bytes");
    let authority = CertifiedIssuer::self_signed(of_authority, key);
    let authority = authority.expect("the parameters are plain");
    let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
    let of_server = CertificateParams::new(hosts);
    let key = KeyPair::generate().expect("the system has random bytes");
    let certificate = of_server
        .and_then(|params| params.signed_by(&key, &authority))
        .expect("the parameters are plain");
    Issued {
        authority: authority.pem(),
        certificate,
        key,
    }
}
