//! Which addresses a request may go to: `https`, and this machine.
//!
//! In: an address. Out: the same, or an error that shows no query.
//! Not here: which hosts may have a token (`signer`).

use crate::error::{Error, ErrorKind};
use http::Uri;
use std::net::IpAddr;

/// Refuses an address over which a secret would travel in the clear.
pub(crate) fn check_uri(uri: &str) -> Result<(), Error> {
    match uri.parse() {
        Ok(uri) => check_parsed(&uri),
        Err(_) => Err(insecure(uri)),
    }
}

pub(crate) fn check_parsed(uri: &Uri) -> Result<(), Error> {
    let plain = has_plain_authority(uri);
    match uri.scheme_str() {
        Some("https") if plain => Ok(()),
        Some("http") if plain && is_loopback(uri) => Ok(()),
        _ => Err(insecure(&uri.to_string())),
    }
}

/// Says whether a host, and perhaps a port, is all that stands before the path: the parser takes user names
/// too, and leaves out a port that is none.
pub(crate) fn has_plain_authority(uri: &Uri) -> bool {
    uri.authority().is_some_and(|authority| {
        let port = authority.as_str().strip_prefix(authority.host());
        // Rust reads `+80` as a number, too.
        let number = |port: &str| {
            port.parse::<u16>().is_ok() && port.bytes().all(|byte| byte.is_ascii_digit())
        };
        port.is_some_and(|port| port.is_empty() || port.strip_prefix(':').is_some_and(number))
    })
}

pub(crate) fn insecure(uri: &str) -> Error {
    let shown: String = uri.split('?').next().unwrap_or_default().chars().take(200).collect();
    let what =
        format!("`{}` is neither an https address nor on this machine", shown.escape_debug());
    Error::new(ErrorKind::InsecureUri, what)
}

pub(crate) fn is_loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        for good in
            ["https://a.example/x", "http://127.0.0.1:1/x", "http://[::1]:1", "http://localhost"]
        {
            assert!(check_uri(good).is_ok(), "{good}");
        }
        for bad in [
            "http://a.example",
            "http://127.0.0.1.evil.example",
            "http://127.0.0.1@evil.example",
            "https://user:pass@a.example",
            "http://[::1]:(0/",
            "http://[::1]:+80",
            "https://a.example:99999",
            "ftp://a.example",
            "/token",
            "",
            "https://",
        ] {
            assert!(check_uri(bad).is_err(), "{bad}");
        }
    }
}
