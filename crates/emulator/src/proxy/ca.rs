//! A certificate authority of this emulator alone, and one leaf for all of Google's host names.
//!
//! In: a folder that may hold an earlier `ca.pem` and `ca-key.pem`. Out: the CA's PEM for clients,
//! and a TLS configuration (h2 and HTTP/1.1) for the proxy.
//! With the key one can pose as Google to a client that trusts this CA: the key is 0600, is
//! made here, is never a constant, and can sign for Google's names alone (RFC 5280, section 4.2.1.10).

use super::hosts;
use crate::dir::{self, CERTIFICATE_FILE};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints,
};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::{RootCertStore, ServerConfig};
use std::fs::Metadata;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

const KEY_FILE: &str = "ca-key.pem";

/// Five years: a folder kept with `--dir` is trusted by hand in some clients.
const CA_YEARS: i32 = 5;

/// Some clients refuse leaves that live longer than 398 days (CA/Browser Forum, ballot SC31).
const LEAF_DAYS: i64 = 397;

/// A certificate or key is a few kilobytes.
const LARGEST_FILE: u64 = 64 * 1024;

/// A name that a usable authority cannot vouch for.
const FOREIGN_NAME: &str = "foreign.example";

/// The authority and what it signs with.
pub(crate) struct Authority {
    /// The certificate, for `ca.pem`.
    pub(crate) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Takes the authority of an earlier run in `folder`, or makes one and keeps it there.
    ///
    /// # Errors
    /// `InvalidData` for files that are not of an earlier run of this user; the folder cannot be used then.
    pub(crate) fn load_or_make(folder: Option<&Path>, now: SystemTime) -> io::Result<Self> {
        let Some(folder) = folder else { return Self::make(now) };
        std::fs::create_dir_all(folder)?;
        let is_there = |name: &str| folder.join(name).symlink_metadata().is_ok();
        match (is_there(CERTIFICATE_FILE), is_there(KEY_FILE)) {
            (true, true) => Self::load(folder, now),
            (true, false) => Err(refused(CERTIFICATE_FILE, "is there without `ca-key.pem`")),
            (false, true) => Err(refused(KEY_FILE, "is there without `ca.pem`")),
            (false, false) => {
                let authority = Self::make(now)?;
                dir::replace(folder, CERTIFICATE_FILE, &authority.pem)?;
                dir::replace(folder, KEY_FILE, &authority.issuer.key().serialize_pem())?;
                Ok(authority)
            }
        }
    }

    fn load(folder: &Path, now: SystemTime) -> io::Result<Self> {
        let pem = read(folder, CERTIFICATE_FILE, 0o022)?;
        let key = read(folder, KEY_FILE, 0o077)?;
        let key = KeyPair::from_pem(&key).map_err(|_| refused(KEY_FILE, "holds no usable key"))?;
        let authority = Self { pem, issuer: Issuer::new(parameters(now)?, key) };
        if authority.vouches_for(hosts::NAMES[0], now) && !authority.vouches_for(FOREIGN_NAME, now)
        {
            return Ok(authority);
        }
        Err(refused(CERTIFICATE_FILE, "was not made by this emulator, or its time is over"))
    }

    fn make(now: SystemTime) -> io::Result<Self> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let parameters = parameters(now)?;
        let pem = parameters.self_signed(&key).map_err(io::Error::other)?.pem();
        Ok(Self { pem, issuer: Issuer::new(parameters, key) })
    }

    /// Whether a client that trusts `pem` accepts a leaf of ours for this name.
    fn vouches_for(&self, name: &str, now: SystemTime) -> bool {
        let verified = || {
            let (leaf, _) = self.leaf(vec![name.to_owned()], now).ok()?;
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(self.pem.as_bytes()).ok()?).ok()?;
            let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider());
            let verifier = verifier.build().ok()?;
            let name = ServerName::try_from(name).ok()?;
            let now = UnixTime::since_unix_epoch(now.duration_since(UNIX_EPOCH).ok()?);
            verifier.verify_server_cert(leaf.der(), &[], &name, &[], now).ok()
        };
        verified().is_some()
    }

    fn leaf(&self, names: Vec<String>, now: SystemTime) -> io::Result<(Certificate, KeyPair)> {
        let mut leaf = CertificateParams::new(names).map_err(io::Error::other)?;
        leaf.distinguished_name.push(DnType::CommonName, "hallpass emulator, not Google");
        leaf.use_authority_key_identifier_extension = true;
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let (first, last) = (date(now, -1)?, date(now, LEAF_DAYS - 1)?);
        leaf.not_before = rcgen::date_time_ymd(first.0, first.1, first.2);
        leaf.not_after = rcgen::date_time_ymd(last.0, last.1, last.2);
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = leaf.signed_by(&key, &self.issuer).map_err(io::Error::other)?;
        Ok((certificate, key))
    }

    /// Returns a TLS configuration with a fresh leaf for [`hosts::certified`].
    pub(crate) fn server_config(&self, now: SystemTime) -> io::Result<Arc<ServerConfig>> {
        let (certificate, key) = self.leaf(hosts::certified(), now)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn refused(name: &str, why: &str) -> io::Error {
    let text = format!("`{name}` {why}; use another folder, or remove `ca.pem` and `ca-key.pem`");
    io::Error::new(io::ErrorKind::InvalidData, text)
}

/// A file of an earlier run: regular, this user's, and without these bits of its mode.
fn read(folder: &Path, name: &str, forbidden: u32) -> io::Result<String> {
    let path = folder.join(name);
    let metadata = path.symlink_metadata()?;
    if !metadata.is_file() {
        return Err(refused(name, "is not a regular file"));
    }
    if let Some(why) = foreign(folder, &metadata, forbidden)? {
        return Err(refused(name, why));
    }
    let mut text = String::new();
    std::fs::File::open(path)?.take(LARGEST_FILE).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(unix)]
fn foreign(folder: &Path, metadata: &Metadata, forbidden: u32) -> io::Result<Option<&'static str>> {
    use std::os::unix::fs::MetadataExt;
    let our_uid = tempfile::NamedTempFile::new_in(folder)?.as_file().metadata()?.uid();
    Ok(match metadata.mode() & forbidden {
        _ if metadata.uid() != our_uid => Some("belongs to another user"),
        0 => None,
        _ => Some("can be read or written by other users"),
    })
}

#[cfg(not(unix))]
fn foreign(_: &Path, _: &Metadata, _: u32) -> io::Result<Option<&'static str>> {
    Ok(None)
}

/// The same for each run, so that a key of an earlier run goes on fitting its `ca.pem`.
fn parameters(now: SystemTime) -> io::Result<CertificateParams> {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, "hallpass emulator CA, for tests only");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    parameters.name_constraints = Some(NameConstraints {
        permitted_subtrees: hosts::DOMAINS.map(|name| GeneralSubtree::DnsName(name.into())).into(),
        excluded_subtrees: Vec::new(),
    });
    let (year, month, day) = date(now, -1)?;
    parameters.not_before = rcgen::date_time_ymd(year, month, day);
    parameters.not_after = rcgen::date_time_ymd(year + CA_YEARS, 1, 1);
    Ok(parameters)
}

/// The year, month and day that is so many days from now.
fn date(now: SystemTime, offset: i64) -> io::Result<(i32, u8, u8)> {
    let now = jiff::Timestamp::try_from(now).map_err(io::Error::other)?;
    let today = jiff::tz::TimeZone::UTC.to_datetime(now).date();
    let date = today.checked_add(jiff::Span::new().days(offset)).map_err(io::Error::other)?;
    let number = |value: i8| u8::try_from(value).map_err(io::Error::other);
    Ok((i32::from(date.year()), number(date.month())?, number(date.day())?))
}
