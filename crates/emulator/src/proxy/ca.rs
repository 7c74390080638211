//! A certificate authority of this emulator alone, and one leaf for all of Google's host names.
//!
//! In: a folder that may hold an earlier `ca.pem` and `ca-key.pem`. Out: the CA's PEM for clients,
//! and a TLS configuration (h2 and HTTP/1.1) for the proxy.
//! Whoever holds the key can pose as Google to a client that trusts this CA: the key is 0600, is
//! made here, and is never a constant.

use super::hosts;
use crate::dir::{self, CERTIFICATE_FILE};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

const KEY_FILE: &str = "ca-key.pem";

/// Five years: a folder kept with `--dir` is trusted by hand in some clients.
const CA_YEARS: i32 = 5;

/// Some clients refuse leaves that live longer than 398 days (CA/Browser Forum, ballot SC31).
const LEAF_DAYS: i64 = 397;

/// The authority and what it signs with.
pub(crate) struct Authority {
    /// The certificate, for `ca.pem`.
    pub(crate) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Takes the authority of an earlier run in `folder`, or makes one and keeps it there.
    pub(crate) fn load_or_make(folder: Option<&Path>, now: SystemTime) -> io::Result<Self> {
        let Some(folder) = folder else { return Self::make(now) };
        let (certificate, key) = (folder.join(CERTIFICATE_FILE), folder.join(KEY_FILE));
        if certificate.exists() && key.exists() {
            let key =
                KeyPair::from_pem(&std::fs::read_to_string(&key)?).map_err(io::Error::other)?;
            let pem = std::fs::read_to_string(&certificate)?;
            return Ok(Self { pem, issuer: Issuer::new(parameters(now)?, key) });
        }
        let authority = Self::make(now)?;
        std::fs::create_dir_all(folder)?;
        dir::replace(folder, CERTIFICATE_FILE, &authority.pem)?;
        dir::replace(folder, KEY_FILE, &authority.issuer.key().serialize_pem())?;
        Ok(authority)
    }

    fn make(now: SystemTime) -> io::Result<Self> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let parameters = parameters(now)?;
        let pem = parameters.self_signed(&key).map_err(io::Error::other)?.pem();
        Ok(Self { pem, issuer: Issuer::new(parameters, key) })
    }

    /// Returns a TLS configuration with a fresh leaf for every name of [`hosts::NAMES`].
    pub(crate) fn server_config(&self, now: SystemTime) -> io::Result<Arc<ServerConfig>> {
        let names: Vec<String> = hosts::NAMES.iter().map(|name| (*name).to_owned()).collect();
        let mut leaf = CertificateParams::new(names).map_err(io::Error::other)?;
        leaf.distinguished_name.push(DnType::CommonName, "hallpass emulator, not Google");
        leaf.use_authority_key_identifier_extension = true;
        let (first, last) = (date(now, -1)?, date(now, LEAF_DAYS - 1)?);
        leaf.not_before = rcgen::date_time_ymd(first.0, first.1, first.2);
        leaf.not_after = rcgen::date_time_ymd(last.0, last.1, last.2);
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = leaf.signed_by(&key, &self.issuer).map_err(io::Error::other)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

/// The same for each run, so that a key of an earlier run goes on fitting its `ca.pem`.
fn parameters(now: SystemTime) -> io::Result<CertificateParams> {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, "hallpass emulator CA, for tests only");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
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
