//! Addresses that a file names, and scopes that a person or a server names.

use super::{check_error, is_plain};
use crate::endpoints::Endpoints;
use crate::http::check_uri;
use crate::machine::hosts::{Hosts, Service};
use crate::scope::Scopes;
use std::net::Ipv6Addr;

/// An address that secrets go to: https, or this machine; nothing before the host.
pub fn client_address(data: &[u8]) {
    let Ok(address) = std::str::from_utf8(data) else { return };
    if let Err(error) = check_uri(address) {
        return check_error(&error, data);
    }
    let (scheme, host) = parts(address);
    let six = host.trim_start_matches('[').trim_end_matches(']').parse::<Ipv6Addr>();
    let local = host == "localhost" || host.starts_with("127.") || six == Ok(Ipv6Addr::LOCALHOST);
    assert!(scheme.eq_ignore_ascii_case("https") || local, "{address:?}");
}

/// An address in a credential file: tokens go to Google's services, and are asked of the metadata servers
/// of clouds, of GitHub, and of AWS's token service; of no other server.
pub fn credential_address(data: &[u8]) {
    let Ok(address) = std::str::from_utf8(data) else { return };
    let hosts = Hosts { endpoints: Endpoints::google(), trusted: Vec::new() };
    for (service, ends) in [
        (Service::Token, "/token"),
        (Service::Exchange, "googleapis.com/v1/token"),
        (Service::ExternalToken, "googleapis.com/v1/oauthtoken"),
        (Service::Impersonation, ":generateAccessToken"),
    ] {
        match hosts.google(service, address, "`file`") {
            Ok(found) => {
                let (scheme, host) = parts(&found);
                let google = host == "accounts.google.com" || host.ends_with(".googleapis.com");
                assert!(found == address && scheme == "https" && google, "{found:?}");
                assert!(found.ends_with(ends) && !found.contains(['?', '#', '%']), "{found:?}");
            }
            Err(error) => check_error(&error, data),
        }
    }
    if let Ok(address) = hosts.subject(address, "`file`") {
        let (scheme, host) = parts(&address);
        let cloud = ["169.254.169.254", "[fd00:ec2::254]"].contains(&host);
        let github = host.ends_with(".actions.githubusercontent.com");
        let https = scheme.eq_ignore_ascii_case("https");
        assert!(cloud || (https && github), "{address:?}");
    }
    if let Ok(address) = hosts.aws(address, "`file`") {
        let (scheme, host) = parts(&address);
        let amazon = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"];
        let service = host.starts_with("sts.") && amazon.iter().any(|end| host.ends_with(end));
        assert!(scheme.eq_ignore_ascii_case("https") && service, "{address:?}");
    }
    let _ = hosts.universe(Some(address), "`file`").map_err(|error| check_error(&error, data));
}

/// Scopes: those of a person are legal, each once, and read again the same; what is missing was asked for.
pub fn scopes(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let granted = Scopes::from_response(text);
    assert_eq!(Scopes::from_response(&granted.join()), granted);
    match Scopes::parse(text) {
        Ok(asked) => {
            assert!(!asked.is_empty() && is_plain(&asked.join()) && asked.join().is_ascii());
            assert_eq!(Scopes::parse(&asked.join()).expect("what we wrote"), asked);
            let missing = asked.missing_from(&granted);
            assert!(missing.iter().all(|scope| asked.iter().any(|one| one == scope)));
            assert_eq!(granted.covers(&asked), missing.is_empty());
            assert!(asked.covers(&missing));
        }
        Err(error) => check_error(&error, data),
    }
}

/// Scheme and host, read the slow way.
fn parts(address: &str) -> (&str, &str) {
    let (scheme, rest) = address.split_once("://").expect("a scheme");
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    assert!(!authority.contains('@'), "{address:?}");
    let host = authority.rsplit_once(':').map_or(authority, |(host, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { host } else { authority }
    });
    (scheme, host)
}
