//! Which addresses of a credential file are believed.
//!
//! In: an address that a file names, and what it is for. Out: the same, or the emulator's in its place, or a refusal
//! before anything is read or sent. A file from elsewhere could name any server, or a page of Google's where anyone
//! may store something, and have secrets sent there: so a service has exact hosts and one exact path.
//! Believed beside them are metadata servers where a subject token is asked for, the emulator where one is chosen,
//! and what the program itself trusts.
//! Source: the patterns of Google's clients for AIP-4117; the validation its page on external credentials asks for.

use crate::endpoints::{Endpoints, TOKEN_ENDPOINTS};
use crate::error::{Error, ErrorKind};
use crate::formats::credential_file::CredentialFile;
use crate::http::address::{has_plain_authority, is_loopback};
use http::Uri;

/// Where machines of AWS and Azure ask for tokens of their own, by plain HTTP.
const METADATA: [&str; 2] = ["169.254.169.254", "[fd00:ec2::254]"];

/// Where GitHub gives its workflows their tokens.
const GITHUB: &str = ".actions.githubusercontent.com";

pub(crate) const UNIVERSE: &str = "googleapis.com";

/// A service of Google's that a credential file may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// Trades assertions and refresh tokens.
    Token,
    /// Trades tokens of other identity providers.
    Exchange,
    /// Refreshes the sign-ins of other identity providers' users.
    ExternalToken,
    /// Gives tokens of a service account to others.
    Impersonation,
}

impl Service {
    /// Says whether an address is the service's: no port, query or other spelling of host and path.
    fn is_at(self, address: &str, uri: &Uri) -> bool {
        let exact = address == format!("https://{}{}", host(uri), uri.path());
        exact
            && match self {
                Self::Token => TOKEN_ENDPOINTS.contains(&address),
                Self::Exchange | Self::ExternalToken => {
                    is_service(host(uri), "sts") && self.has_path(uri)
                }
                Self::Impersonation => {
                    is_service(host(uri), "iamcredentials") && self.has_path(uri)
                }
            }
    }

    fn has_path(self, uri: &Uri) -> bool {
        let path = uri.path();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte);
        match self {
            Self::Token => {
                let mut all = TOKEN_ENDPOINTS.iter();
                all.any(|endpoint| endpoint.ends_with(&format!(".com{path}")))
            }
            Self::Exchange => path == "/v1/token",
            Self::ExternalToken => path == "/v1/oauthtoken",
            Self::Impersonation => path
                .strip_prefix("/v1/projects/-/serviceAccounts/")
                .and_then(|rest| rest.strip_suffix(":generateAccessToken"))
                .is_some_and(|email| !email.is_empty() && email.bytes().all(plain)),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    pub(crate) endpoints: Endpoints,
    pub(crate) trusted: Vec<String>,
}

impl Hosts {
    /// Returns the address of a service of Google's; `file` is the name of the file that says so.
    pub(crate) fn google(
        &self,
        service: Service,
        address: &str,
        file: &str,
    ) -> Result<String, Error> {
        let uri = parse(address, file)?;
        if service.is_at(address, &uri) {
            return Ok(match service {
                Service::Token if !self.endpoints.are_googles() => self.endpoints.token.clone(),
                _ => self.endpoints.address(&uri),
            });
        }
        let emulated = self.is_emulated(&uri) && service.has_path(&uri) && uri.query().is_none();
        if emulated || self.trusts_at(&uri) {
            Ok(uri.to_string())
        } else {
            Err(untrusted(&uri, file))
        }
    }

    /// Returns the address of a service: the one in this field of the file, else Google's own.
    pub(crate) fn named(
        &self,
        service: Service,
        file: &CredentialFile,
        key: &str,
    ) -> Result<String, Error> {
        match (file.optional(key), service) {
            (Some(address), _) => self.google(service, address, file.name()),
            (None, Service::Exchange) => Ok(self.endpoints.token_exchange.clone()),
            (None, Service::ExternalToken) => Ok(self.endpoints.external_token.clone()),
            (None, Service::Token) => Ok(self.endpoints.token.clone()),
            (None, Service::Impersonation) => Err(file.malformed(&format!("has no `{key}`"))),
        }
    }

    /// Returns the address of a subject token.
    pub(crate) fn subject(&self, address: &str, file: &str) -> Result<String, Error> {
        let uri = parse(address, file)?;
        let metadata = METADATA.contains(&host(&uri)) && uri.scheme_str() == Some("http");
        let known = metadata || (https(&uri) && host(&uri).ends_with(GITHUB));
        if (known && uri.port().is_none()) || self.is_emulated(&uri) || self.trusts_at(&uri) {
            return Ok(address.to_owned());
        }
        Err(untrusted(&uri, file))
    }

    /// Returns the address of AWS's token service, in the one form that Google takes.
    pub(crate) fn aws(&self, address: &str, file: &str) -> Result<String, Error> {
        let uri = parse(address, file)?;
        let parts: Vec<&str> = host(&uri).split('.').collect();
        let amazons = matches!(
            parts.as_slice(),
            ["sts", "amazonaws", "com"]
                | ["sts", _, "amazonaws", "com"]
                | ["sts", _, "amazonaws", "com", "cn"]
                | ["sts", _, "api", "aws"]
        );
        if (amazons && https(&uri)) || self.is_emulated(&uri) || self.trusts_at(&uri) {
            return Ok(address.to_owned());
        }
        Err(untrusted(&uri, file))
    }

    /// Accepts a universe: another one is another operator's Google.
    pub(crate) fn universe(&self, domain: Option<&str>, file: &str) -> Result<(), Error> {
        match domain {
            None | Some(UNIVERSE) => Ok(()),
            Some(domain) if self.trusts(domain) => Ok(()),
            Some(domain) => Err(refused(domain, domain, file)),
        }
    }

    fn is_emulated(&self, uri: &Uri) -> bool {
        is_loopback(uri) && !self.endpoints.are_googles()
    }

    fn trusts_at(&self, uri: &Uri) -> bool {
        self.trusts(host(uri)) && (https(uri) || is_loopback(uri))
    }

    fn trusts(&self, host: &str) -> bool {
        self.trusted.iter().any(|trusted| {
            let rest = host.strip_suffix(trusted.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    }
}

fn parse(address: &str, file: &str) -> Result<Uri, Error> {
    let uri: Option<Uri> = address.parse().ok();
    // The parser takes a host alone for an address.
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

/// The global host of a service, its regional ones (`us-east1-sts`, `sts.us-east1.rep`), those of a private
/// network (`sts-NAME.p`) and those for client certificates (`….mtls`). What users store at Google is on hosts
/// below `googleapis.com`, too; none of these forms is one.
fn is_service(host: &str, service: &str) -> bool {
    let Some(labels) = host.strip_suffix(".googleapis.com") else { return false };
    let labels = labels.strip_suffix(".mtls").unwrap_or(labels);
    let name = |label: &str| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty() && label.bytes().all(plain) && !label.contains("storage")
    };
    match labels.split('.').collect::<Vec<_>>().as_slice() {
        [one] if *one == service => true,
        [one] => one.strip_suffix(service).and_then(|one| one.strip_suffix('-')).is_some_and(name),
        [one, "p"] => {
            one.strip_prefix(service).and_then(|one| one.strip_prefix('-')).is_some_and(name)
        }
        [one, place] | [one, place, "rep"] if *one == service => name(place),
        [place, one] if *one == service => name(place),
        _ => false,
    }
}

fn untrusted(uri: &Uri, file: &str) -> Error {
    refused(host(uri), &format!("{}{}", host(uri), uri.path()), file)
}

fn refused(host: &str, address: &str, file: &str) -> Error {
    let short = |text: &str| text.chars().filter(char::is_ascii_graphic).take(100).collect();
    let (host, address): (String, String) = (short(host), short(address));
    let what = format!("{file} names `{address}`, which is not trusted");
    Error::new(ErrorKind::UntrustedHost { host }, what).with_source(
        "secrets would be sent there; a credential file may name Google's token services alone",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(endpoints: Endpoints, trusted: &[&str]) -> Hosts {
        Hosts { endpoints, trusted: trusted.iter().map(|&host| host.to_owned()).collect() }
    }

    #[test]
    fn a_file_may_name_exact_addresses_of_googles_token_services_alone() {
        use Service::{Exchange, ExternalToken, Impersonation, Token};
        let hosts = hosts(Endpoints::google(), &["sso.example"]);
        let act =
            "/v1/projects/-/serviceAccounts/a-1@p.iam.gserviceaccount.com:generateAccessToken";
        let iam = format!("https://iamcredentials.googleapis.com{act}");
        let mtls = format!("https://iamcredentials.mtls.googleapis.com{act}");
        let regional = format!("https://iamcredentials.us-east1.rep.googleapis.com{act}");
        for (service, good) in [
            (Token, "https://oauth2.googleapis.com/token"),
            (Token, "https://www.googleapis.com/oauth2/v4/token"),
            (Token, "https://accounts.google.com/o/oauth2/token"),
            (Exchange, "https://sts.googleapis.com/v1/token"),
            (Exchange, "https://us-east1-sts.googleapis.com/v1/token"),
            (Exchange, "https://sts.us-east1.rep.googleapis.com/v1/token"),
            (Exchange, "https://sts-psc.p.googleapis.com/v1/token"),
            (ExternalToken, "https://sts.googleapis.com/v1/oauthtoken"),
            (Impersonation, &iam),
            (Impersonation, &mtls),
            (Impersonation, &regional),
            (Token, "https://sso.example/token"),
            (Exchange, "https://sts.sso.example/token?a=b"),
        ] {
            assert_eq!(hosts.google(service, good, "`f`").expect(good), good);
        }
        let services = [Token, Exchange, ExternalToken, Impersonation];
        for bad in [
            "https://www.googleapis.com/upload/storage/v1/b/bucket/o?uploadType=media&name=x",
            "https://www.googleapis.com/oauth2/v4/token?a=b",
            "https://www.googleapis.com/oauth2/v4/token/",
            "https://www.googleapis.com/oauth2%2fv4/token",
            "https://www.googleapis.com/v1/token",
            "https://oauth2.googleapis.com/token/../x",
            "https://oauth2.googleapis.com/token?",
            "https://oauth2.googleapis.com/token#a",
            "https://oauth2.googleapis.com:443/token",
            "https://oauth2.googleapis.com:8443/token",
            "https://OAuth2.googleapis.com/token",
            "HTTPS://oauth2.googleapis.com/token",
            "https://oauth2.googleapis.com./token",
            "https://user@oauth2.googleapis.com/token",
            "https://oauth2.googleapis.com//token",
            "https://oauth2.googleapis.com/revoke",
            "https://accounts.google.com/o/oauth2/v2/auth",
            "https://sts.googleapis.com/v1/token?a=b",
            "https://sts.googleapis.com/v1%2Ftoken",
            "https://sts.googleapis.com/v1/Token",
            "https://sts.googleapis.com:444/v1/token",
            "https://STS.googleapis.com/v1/token",
            "https://sts.googleapis.com./v1/token",
            "https://sts.googleapis.com.evil.example/v1/token",
            "https://sts.evilgoogleapis.com/v1/token",
            "https://sts.storage.googleapis.com/v1/token",
            "https://storage-sts.googleapis.com/v1/token",
            "https://sts.a.b.googleapis.com/v1/token",
            "https://storage.googleapis.com/v1/token",
            "https://notsts.googleapis.com/v1/token",
            "https://sts.googleapis.com@evil.example/v1/token",
            "https://sts.googleapis.com:(0/v1/token",
            "http://sts.googleapis.com/v1/token",
            "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a:generateIdToken",
            "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/:generateAccessToken",
            "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a/b:generateAccessToken",
            "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a%2Fb:generateAccessToken",
            "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a:generateAccessToken?b",
            "http://169.254.169.254/v1/token",
            "http://127.0.0.1:9099/token",
            "http://sso.example/token",
            "https://notsso.example/token",
            "/v1/token",
            "",
        ] {
            for service in services {
                assert!(hosts.google(service, bad, "`f`").is_err(), "{service:?} {bad}");
            }
        }
        for (service, good) in [
            (Token, "https://sts.googleapis.com/v1/token"),
            (Exchange, "https://oauth2.googleapis.com/token"),
            (Exchange, "https://sts.googleapis.com/v1/oauthtoken"),
            (Impersonation, "https://sts.googleapis.com/v1/token"),
            (ExternalToken, iam.as_str()),
        ] {
            assert!(hosts.google(service, good, "`f`").is_err(), "{service:?} {good}");
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
            "http://169.254.169.254:8080/",
            "https://169.254.169.254/",
            "https://run.actions.githubusercontent.com:8443/token",
            "https://storage.googleapis.com/bucket/token",
            "https://evil.example/",
        ] {
            let error = hosts.subject(bad, "`f.json`").expect_err(bad);
            assert!(error.to_string().starts_with("`f.json` names `"), "{error}");
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
        let moved = hosts
            .google(Service::Exchange, "https://sts.googleapis.com/v1/token", "`f`")
            .expect("moved");
        assert_eq!(moved, "http://127.0.0.1:9099/v1/token");
        assert!(hosts.google(Service::Token, "http://127.0.0.1:9099/token", "`f`").is_ok());
        assert!(hosts.google(Service::Token, "http://127.0.0.1:9099/upload", "`f`").is_err());
        assert!(hosts.google(Service::Token, "http://127.0.0.1:9099/token?a", "`f`").is_err());
        assert!(hosts.google(Service::Token, "https://evil.example/token", "`f`").is_err());
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
