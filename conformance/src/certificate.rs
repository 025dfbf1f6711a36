//! An authority of one case, and a certificate of it for `localhost`.

use crate::workbench::Workbench;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use std::path::PathBuf;

/// Writes `authority.pem`, `certificate.pem` and `key.pem`; returns the authority's path.
///
/// # Panics
/// If no certificate can be made, which is a fault of the case.
pub fn write(bench: &Workbench) -> PathBuf {
    let mut of_authority = CertificateParams::default();
    // By the name alone a client finds out that the certificate is another's.
    of_authority
        .distinguished_name
        .push(DnType::CommonName, "an authority of this case");
    of_authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("the system has random bytes");
    let authority = CertifiedIssuer::self_signed(of_authority, key);
    let authority = authority.expect("the parameters are plain");
    let of_server = CertificateParams::new(["localhost".to_owned()]);
    let key = KeyPair::generate().expect("the system has random bytes");
    let certificate = of_server
        .and_then(|params| params.signed_by(&key, &authority))
        .expect("the parameters are plain");
    bench.write("authority.pem", authority.pem());
    bench.write("certificate.pem", certificate.pem());
    bench.write("key.pem", key.serialize_pem());
    bench.path("authority.pem")
}
