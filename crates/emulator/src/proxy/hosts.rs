//! The host names that the proxy answers for, all of them Google's; every other one is refused.

/// Google's hosts that OAuth clients and Gemini clients call.
pub(crate) const NAMES: &[&str] = &[
    "accounts.google.com",
    "cloudresourcemanager.googleapis.com",
    "generativelanguage.googleapis.com",
    "generativelanguage.mtls.googleapis.com",
    "iamcredentials.googleapis.com",
    "oauth2.googleapis.com",
    "oauth2.mtls.googleapis.com",
    "openidconnect.googleapis.com",
    "serviceusage.googleapis.com",
    "sts.googleapis.com",
    "www.googleapis.com",
];

/// The domains that the certificate authority may vouch for.
pub(super) const DOMAINS: [&str; 2] = ["accounts.google.com", "googleapis.com"];

/// The names in the certificate: those above, and those of APIs that are not imitated.
pub(super) fn certified() -> Vec<String> {
    let all = NAMES.iter().chain(&["*.googleapis.com", "*.mtls.googleapis.com"]);
    all.map(|name| (*name).to_owned()).collect()
}

/// Whether this is one of the names that are answered for.
pub(crate) fn is_google(host: &str) -> bool {
    NAMES.iter().any(|name| name.eq_ignore_ascii_case(host))
}

/// Whether this is the name of an API of Google's that the emulator does not imitate.
pub(crate) fn is_other_api(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let name = host.strip_suffix(".googleapis.com");
    let name = name.map(|name| name.strip_suffix(".mtls").unwrap_or(name));
    let is_label = |name: &str| !name.is_empty() && !name.contains('.');
    name.is_some_and(is_label) && !is_google(&host)
}

/// Checks a target of `CONNECT`, such as `oauth2.googleapis.com:443`.
///
/// # Errors
///
/// A sentence that says why there is no tunnel to this target.
pub(super) fn check(target: &str) -> Result<(), String> {
    let Some((host, port)) = target.rsplit_once(':') else {
        return Err(format!("the target of CONNECT is `host:port`, not `{target}`"));
    };
    if !is_google(host) && !is_other_api(host) {
        return Err(format!(
            "the emulator's proxy answers for Google's hosts alone, not for `{host}`; start it with \
             `--forward {host}` to pass connections to that host through"
        ));
    }
    if port != "443" {
        return Err(format!(
            "the emulator's proxy answers on port 443 alone, not on port `{port}`"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn googles_hosts_are_known_in_any_case() {
        assert_eq!(check("OAuth2.GoogleAPIs.com:443"), Ok(()));
        assert_eq!(check("people.googleapis.com:443"), Ok(()));
    }

    #[test]
    fn other_hosts_ports_and_shapes_are_refused_by_name() {
        for (target, word) in [
            ("example.com:443", "`example.com`"),
            ("oauth2.googleapis.com.evil.example:443", "`oauth2.googleapis.com.evil.example`"),
            ("a.b.googleapis.com:443", "`a.b.googleapis.com`"),
            (".googleapis.com:443", "`.googleapis.com`"),
            ("googleapis.com:443", "`googleapis.com`"),
            ("169.254.169.254:443", "`169.254.169.254`"),
            ("oauth2.googleapis.com:80", "port `80`"),
            ("oauth2.googleapis.com", "`host:port`"),
            ("", "`host:port`"),
        ] {
            assert!(check(target).is_err_and(|error| error.contains(word)), "{target}");
        }
    }
}
