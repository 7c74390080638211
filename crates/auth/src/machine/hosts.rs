//! Which addresses of a credential file are believed.
//!
//! In: an address that a file names. Out: the same, or the emulator's in its place, or a refusal.
//! A file from somewhere else may name anybody's server and have tokens sent there. Believed are Google's
//! token services over https, metadata servers where a subject token is asked for, the emulator where one
//! is chosen, and what the program itself trusts.
//! Source: the patterns of Google's clients for AIP-4117; the validation its page on external credentials asks for.

use crate::endpoints::Endpoints;
use crate::error::{Error, ErrorKind};
use crate::http::{has_plain_authority, is_loopback};
use http::Uri;

/// Where Google trades tokens, with or without a region: `sts`, `us-east1-sts`, `sts.us-east1.rep`.
const SERVICES: [&str; 4] = ["sts", "iamcredentials", "oauth2", "www"];

/// Where machines of AWS and Azure ask for tokens of their own.
const METADATA: [&str; 2] = ["169.254.169.254", "[fd00:ec2::254]"];

/// Where GitHub gives its workflows their tokens.
const GITHUB: &str = ".actions.githubusercontent.com";

pub(crate) const UNIVERSE: &str = "googleapis.com";

#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    pub(crate) endpoints: Endpoints,
    pub(crate) trusted: Vec<String>,
}

impl Hosts {
    /// Returns the address of a service of Google's; `file` is the name of the file that says so.
    pub(crate) fn google(&self, address: &str, file: &str) -> Result<String, Error> {
        let uri = parse(address, file)?;
        if uri.scheme_str() == Some("https") && is_google(&uri) {
            return Ok(self.at_emulator(&uri));
        }
        self.other(&uri, file)
    }

    /// Returns the address of a subject token.
    pub(crate) fn subject(&self, address: &str, file: &str) -> Result<String, Error> {
        let uri = parse(address, file)?;
        let host = host(&uri);
        if METADATA.contains(&host) || (https(&uri) && (host.ends_with(GITHUB) || is_google(&uri)))
        {
            return Ok(address.to_owned());
        }
        self.other(&uri, file)
    }

    /// Returns the address of AWS's token service, in the one form that Google takes.
    pub(crate) fn aws(&self, address: &str, file: &str) -> Result<String, Error> {
        let uri = parse(address, file)?;
        let parts: Vec<&str> = host(&uri).split('.').collect();
        match parts.as_slice() {
            ["sts", "amazonaws", "com"]
            | ["sts", _, "amazonaws", "com"]
            | ["sts", _, "amazonaws", "com", "cn"]
            | ["sts", _, "api", "aws"]
                if https(&uri) =>
            {
                Ok(address.to_owned())
            }
            _ => self.other(&uri, file),
        }
    }

    /// Accepts a universe: another one is another operator's Google.
    pub(crate) fn universe(&self, domain: Option<&str>, file: &str) -> Result<(), Error> {
        match domain {
            None | Some(UNIVERSE) => Ok(()),
            Some(domain) if self.trusts(domain) => Ok(()),
            Some(domain) => Err(untrusted(domain, file)),
        }
    }

    fn other(&self, uri: &Uri, file: &str) -> Result<String, Error> {
        let emulated = is_loopback(uri) && self.endpoints != Endpoints::google();
        if emulated || (self.trusts(host(uri)) && (https(uri) || is_loopback(uri))) {
            return Ok(uri.to_string());
        }
        Err(untrusted(host(uri), file))
    }

    fn trusts(&self, host: &str) -> bool {
        self.trusted.iter().any(|trusted| {
            let rest = host.strip_suffix(trusted.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    }

    /// With an emulator, every service of Google's is there.
    pub(crate) fn at_emulator(&self, uri: &Uri) -> String {
        if self.endpoints == Endpoints::google() {
            return uri.to_string();
        }
        let token = self.endpoints.token.as_str();
        let origin = token.strip_suffix("/token").unwrap_or(token);
        let path = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        format!("{origin}{path}")
    }
}

fn parse(address: &str, file: &str) -> Result<Uri, Error> {
    let uri: Option<Uri> = address.parse().ok();
    // A host alone is an address to the parser, and to nobody else.
    let named = uri
        .filter(|uri| uri.scheme().is_some() && has_plain_authority(uri) && !host(uri).is_empty());
    named.ok_or_else(|| {
        let what = format!("{file} names an address that is not one");
        Error::new(ErrorKind::CredentialFileMalformed, what)
    })
}

fn host(uri: &Uri) -> &str {
    uri.host().unwrap_or_default()
}

fn https(uri: &Uri) -> bool {
    uri.scheme_str() == Some("https")
}

/// What users keep at Google is on Google's hosts, too: buckets are not services.
fn is_google(uri: &Uri) -> bool {
    let host = host(uri);
    if host == "accounts.google.com" {
        return true;
    }
    let Some(labels) = host.strip_suffix(".googleapis.com") else { return false };
    let regional = |label: &str, service: &str| {
        label.strip_suffix(service).is_some_and(|rest| rest.is_empty() || rest.ends_with('-'))
            || label.strip_prefix(service).is_some_and(|rest| rest.starts_with('-'))
    };
    let is_service = |label: &str| SERVICES.iter().any(|service| regional(label, service));
    labels.split('.').any(is_service) && !labels.contains("storage")
}

fn untrusted(host: &str, file: &str) -> Error {
    let host: String = host.chars().filter(char::is_ascii_graphic).take(100).collect();
    let what = format!("{file} names the host `{host}`, which is not trusted");
    Error::new(ErrorKind::UntrustedHost { host }, what)
        .because("tokens would be sent there; a credential file may name Google's hosts alone")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(endpoints: Endpoints, trusted: &[&str]) -> Hosts {
        Hosts { endpoints, trusted: trusted.iter().map(|&host| host.to_owned()).collect() }
    }

    #[test]
    fn a_file_may_name_googles_token_services_alone() {
        let hosts = hosts(Endpoints::google(), &["sso.example"]);
        for good in [
            "https://oauth2.googleapis.com/token",
            "https://sts.googleapis.com/v1/token",
            "https://us-east1-sts.googleapis.com/v1/token",
            "https://sts.us-east1.rep.googleapis.com/v1/token",
            "https://sts-psc.p.googleapis.com/v1/token",
            "https://iamcredentials.mtls.googleapis.com/v1/x:generateAccessToken",
            "https://accounts.google.com/o/oauth2/token",
            "https://sso.example/token",
            "https://sts.sso.example/token",
        ] {
            assert_eq!(hosts.google(good, "`f`").expect(good), good);
        }
        for bad in [
            "https://sts.googleapis.com.evil.example/v1/token",
            "https://evilgoogleapis.com/",
            "https://sts.evilgoogleapis.com/",
            "https://sts.storage.googleapis.com/a-bucket-of-anybody",
            "https://storage.googleapis.com/bucket",
            "https://notsts.googleapis.com/",
            "https://sts.googleapis.com@evil.example/",
            "https://sts.googleapis.com:(0/",
            "http://sts.googleapis.com/v1/token",
            "http://169.254.169.254/",
            "http://127.0.0.1:9099/token",
            "http://sso.example/token",
            "https://notsso.example/token",
            "/v1/token",
            "",
        ] {
            assert!(hosts.google(bad, "`f`").is_err(), "{bad}");
        }
    }

    #[test]
    fn a_subject_token_is_asked_for_at_metadata_servers_and_nowhere_unknown() {
        let hosts = hosts(Endpoints::google(), &[]);
        for good in [
            "http://169.254.169.254/metadata/identity/oauth2/token",
            "http://[fd00:ec2::254]/latest/meta-data",
            "https://run.actions.githubusercontent.com/token",
        ] {
            assert_eq!(hosts.subject(good, "`f`").expect(good), good);
        }
        for bad in [
            "http://169.254.169.253/",
            // A name server would say where that is.
            "http://metadata.google.internal/",
            "http://127.0.0.1:1/",
            "https://evil.example/",
        ] {
            let error = hosts.subject(bad, "`f.json`").expect_err(bad);
            assert!(error.to_string().starts_with("`f.json` names the host `"), "{error}");
        }
        for no_address in
            ["http://[fd00:ec2::254]et/alst", "169.254.169.254", "http://169.254.169.254:+80/"]
        {
            let error = hosts.subject(no_address, "`f`").expect_err(no_address);
            assert_eq!(*error.kind(), ErrorKind::CredentialFileMalformed, "{no_address}");
        }
        assert!(hosts.aws("https://sts.eu-west-1.amazonaws.com?Action=A", "`f`").is_ok());
        assert!(hosts.aws("https://ec2.eu-west-1.amazonaws.com?Action=A", "`f`").is_err());
        assert!(hosts.aws("https://sts.evil.example?Action=A", "`f`").is_err());
    }

    #[test]
    fn an_emulator_stands_in_for_every_service_of_googles() {
        let emulator = Endpoints::emulator("127.0.0.1:9099".parse().expect("address"));
        let hosts = hosts(emulator, &[]);
        let moved = hosts.google("https://sts.googleapis.com/v1/token", "`f`").expect("moved");
        assert_eq!(moved, "http://127.0.0.1:9099/v1/token");
        assert!(hosts.google("http://127.0.0.1:9099/token", "`f`").is_ok());
        assert!(hosts.google("https://evil.example/token", "`f`").is_err());
    }

    #[test]
    fn another_universe_is_trusted_by_name() {
        let hosts = hosts(Endpoints::google(), &["cloud.example"]);
        assert!(hosts.universe(None, "`f`").is_ok());
        assert!(hosts.universe(Some("googleapis.com"), "`f`").is_ok());
        assert!(hosts.universe(Some("cloud.example"), "`f`").is_ok());
        assert!(hosts.universe(Some("evil.example"), "`f`").is_err());
    }
}
