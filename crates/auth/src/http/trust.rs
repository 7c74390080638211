//! Whom a TLS connection trusts: the system's roots, and a file of the user's.
//!
//! In: the path of that file. Out: a TLS configuration whose refusal of a certificate names who signed
//! it, because a company's proxy that signs Google's name is by far the most frequent one.
//! Not here: any way to trust less.

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore,
    SignatureScheme,
};
use std::error::Error as StdError;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use webpki::EndEntityCert;

type BoxError = Box<dyn StdError + Send + Sync>;

/// DER of the object identifiers 2.5.4.3 (common name) and 2.5.4.10 (organisation).
const COMMON_NAME: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x03];
const ORGANISATION: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x0a];

/// Reads the system's certificates, which takes over 2 ms, and those of `ca_file`.
pub(super) fn config(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, BoxError> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if let Some(path) = ca_file {
        add(&mut roots, path).map_err(|error| NoTrust(format!("`{}`: {error}", path.display())))?;
    }
    if roots.is_empty() {
        let why = found.errors.first().map_or_else(String::new, |error| format!(": {error}"));
        return Err(NoTrust(format!("this machine trusts no certificates{why}")).into());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Naming(verifier.build()?)))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn add(roots: &mut RootCertStore, path: &Path) -> Result<(), BoxError> {
    for certificate in CertificateDer::pem_file_iter(path)? {
        roots.add(certificate?)?;
    }
    Ok(())
}

/// Without a trusted certificate no connection is secure.
#[derive(Debug)]
pub(super) struct NoTrust(String);

impl fmt::Display for NoTrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for NoTrust {}

/// Judges as rustls does, to the letter, and adds to one refusal who signed the certificate.
#[derive(Debug)]
struct Naming(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for Naming {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verdict =
            self.0.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        verdict.map_err(|error| match error {
            // A bad signature is an issuer of a known name with another key: a company's old certificate.
            rustls::Error::InvalidCertificate(
                CertificateError::UnknownIssuer | CertificateError::BadSignature,
            ) => {
                let issuer = issuer(intermediates.last().unwrap_or(end_entity));
                let why = NoTrust(format!(
                    "its certificate is signed by {issuer}, whom this machine does not trust"
                ));
                CertificateError::Other(OtherError(Arc::new(why))).into()
            }
            other => other,
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// Returns who signed the topmost certificate that was sent: its common name, else its organisation.
fn issuer(certificate: &CertificateDer<'_>) -> String {
    let named = EndEntityCert::try_from(certificate).ok().and_then(|certificate| {
        let name = certificate.issuer();
        attribute(name, COMMON_NAME).or_else(|| attribute(name, ORGANISATION))
    });
    named.map_or_else(|| "an authority without a name".to_owned(), |name| format!("`{name}`"))
}

/// Finds one attribute in a DER name (X.501): its identifier, then a tag, a length below 128, the text.
fn attribute(name: &[u8], identifier: &[u8]) -> Option<String> {
    let at = name.windows(identifier.len()).position(|window| window == identifier)?;
    let (_tag, rest) = name.get(at + identifier.len()..)?.split_first()?;
    let (length, rest) = rest.split_first()?;
    let text = String::from_utf8_lossy(rest.get(..usize::from(*length))?);
    Some(text.chars().filter(|character| !character.is_control()).take(100).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_from_its_der_and_cannot_lead_out_of_it() {
        // SET { SEQUENCE { 2.5.4.10, UTF8String "Acme" } } SET { SEQUENCE { 2.5.4.3, UTF8String "Acme CA" } }
        let name = b"\x31\x0d\x30\x0b\x06\x03\x55\x04\x0a\x0c\x04Acme\
                     \x31\x10\x30\x0e\x06\x03\x55\x04\x03\x0c\x07Acme CA";
        assert_eq!(attribute(name, COMMON_NAME).as_deref(), Some("Acme CA"));
        assert_eq!(attribute(name, ORGANISATION).as_deref(), Some("Acme"));
        assert_eq!(attribute(&name[..16], COMMON_NAME), None);
        assert_eq!(attribute(b"\x06\x03\x55\x04\x03\x0c\x7fshort", COMMON_NAME), None);
        let tricky = attribute(b"\x06\x03\x55\x04\x03\x0c\x05a\x1b[2J", COMMON_NAME);
        assert_eq!(tricky.as_deref(), Some("a[2J"));
    }
}
