//! Which redirect URIs a client may use.
//!
//! Desktop clients: `http`, a loopback host, any port and path; gcloud's have a page of theirs beside. Web clients: a registered string, exactly.
//! Source: "OAuth 2.0 for mobile and desktop apps" and "… for web server applications"; the two kinds of
//! refusal are rows 5 and 6 of the error pages in docs/emulator/oauth.md.

use crate::{Client, ClientKind};

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accepted,
    /// Against Google's policy for every client: out-of-band, `0.0.0.0`.
    AgainstPolicy,
    /// Not one of this client's.
    Mismatch,
}

pub(crate) fn judge(client: &Client, uri: &str) -> Verdict {
    let out_of_band = ["urn:ietf:wg:oauth:2.0:oob", "urn:ietf:wg:oauth:2.0:oob:auto", "oob"];
    if out_of_band.contains(&uri) || host(uri) == Some("0.0.0.0") {
        return Verdict::AgainstPolicy;
    }
    let is_registered = client.redirect_uris.iter().any(|registered| registered == uri);
    let accepted = match client.kind {
        ClientKind::Desktop => {
            let is_loopback = matches!(host(uri), Some("127.0.0.1" | "[::1]" | "localhost"));
            is_loopback && !uri.contains('#') || is_registered
        }
        ClientKind::Web => is_registered,
        ClientKind::LimitedInput => false,
    };
    if accepted { Verdict::Accepted } else { Verdict::Mismatch }
}

/// The host of an `http` URI without user information; a port must be a number.
fn host(uri: &str) -> Option<&str> {
    let authority = authority(uri.strip_prefix("http://")?);
    if authority.contains('@') || uri.contains(char::is_whitespace) {
        return None;
    }
    let (host, port) = match authority.rfind(':') {
        Some(colon) if !authority[colon..].contains(']') => {
            (&authority[..colon], &authority[colon + 1..])
        }
        _ => (authority, ""),
    };
    (port.is_empty() || port.parse::<u16>().is_ok()).then_some(host)
}

fn authority(after_scheme: &str) -> &str {
    after_scheme.split(['/', '?', '#', '\\']).next().unwrap_or_default()
}

/// The origin of a URI in the form that a Content-Security-Policy takes.
///
/// That grammar has no IPv6 literals, so `[::1]` widens to the scheme.
pub(crate) fn csp_source(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once("://") else { return String::new() };
    let authority = authority(rest);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".:-".contains(&byte);
    if authority.bytes().all(plain) {
        format!("{scheme}://{authority}")
    } else {
        format!("{scheme}:")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(uri: &str) -> Verdict {
        judge(&Client::default(), uri)
    }

    #[test]
    fn desktop_client_may_use_any_loopback_port_and_path() {
        for uri in [
            "http://127.0.0.1:1",
            "http://localhost:65535/",
            "http://[::1]:8085/oauth2/callback",
            "http://localhost",
        ] {
            assert_eq!(verdict(uri), Verdict::Accepted, "{uri}");
        }
    }

    #[test]
    fn desktop_client_may_use_nothing_else() {
        for uri in [
            "https://127.0.0.1:1",
            "http://127.0.0.1.evil.example",
            "http://127.0.0.1@evil.example",
            "http://localhost:1#x",
            "http://localhost:99999",
            "http://evil.example\\@127.0.0.1",
            "http://10.0.0.1",
        ] {
            assert_eq!(verdict(uri), Verdict::Mismatch, "{uri}");
        }
    }

    #[test]
    fn out_of_band_and_unspecified_address_are_against_policy() {
        assert_eq!(verdict("urn:ietf:wg:oauth:2.0:oob"), Verdict::AgainstPolicy);
        assert_eq!(verdict("http://0.0.0.0:8080/"), Verdict::AgainstPolicy);
    }

    #[test]
    fn web_client_must_repeat_a_registered_string() {
        let client = Client {
            kind: ClientKind::Web,
            redirect_uris: vec!["https://app.example/cb".into()],
            ..Client::default()
        };
        assert_eq!(judge(&client, "https://app.example/cb"), Verdict::Accepted);
        assert_eq!(judge(&client, "https://app.example/cb/"), Verdict::Mismatch);
        assert_eq!(judge(&client, "http://127.0.0.1:1/"), Verdict::Mismatch);
    }

    #[test]
    fn policy_source_of_an_ipv6_literal_is_its_scheme() {
        assert_eq!(csp_source("http://[::1]:9/x"), "http:");
        assert_eq!(csp_source("http://127.0.0.1:9/x?y"), "http://127.0.0.1:9");
    }
}
