//! The account of a machine of Google's, asked of its metadata server.
//!
//! In: `GCE_METADATA_HOST`, what the firmware says, or an answer within a second. Out: a token.
//! Source: AIP-4115; every request and every answer carries `Metadata-Flavor: Google`.
//! Not here: other clouds' metadata servers (`subject`).

use super::Reach;
use crate::error::{Error, ErrorKind};
use crate::http::{OAUTH_REPLY, Timeouts};
use crate::scope::Scopes;
use crate::source::{Fetch, FetchFuture};
use crate::token::{AccessToken, TokenSet};
use crate::token_endpoint::object;
use bytes::Bytes;
use form_urlencoded::Serializer;
use http::{Request, Response, StatusCode};
use std::fs;
use std::time::{Duration, SystemTime};

/// Linux says here whose machine it is, without asking the network.
const PRODUCT: &str = "/sys/class/dmi/id/product_name";

/// The server is one hop away; elsewhere no server answers, and the user waits.
const PROBE: Duration = Duration::from_secs(1);

const FLAVOR: &str = "metadata-flavor";

#[derive(Debug)]
pub(crate) struct MetadataServer {
    host: String,
    scopes: Scopes,
    reach: Reach,
}

impl MetadataServer {
    /// Returns the server of this machine, if it has one.
    pub(crate) async fn find(scopes: &Scopes, reach: &Reach) -> Option<Self> {
        let named = reach.variables.text("GCE_METADATA_HOST");
        let host = named.or_else(|| reach.variables.text("GCE_METADATA_ROOT"));
        let at = |host: &str| Self {
            host: host.to_owned(),
            scopes: scopes.clone(),
            reach: reach.clone(),
        };
        if let Some(host) = host {
            return Some(at(host));
        }
        if reach.variables.text("NO_GCE_CHECK").is_some_and(|no| no.eq_ignore_ascii_case("true")) {
            return None;
        }
        let address = &reach.hosts.endpoints.metadata;
        let server = at(address.strip_prefix("http://").unwrap_or(address));
        if fs::read_to_string(PRODUCT).is_ok_and(|product| product.starts_with("Google")) {
            return Some(server);
        }
        let quick = reach.http.with_timeouts(Timeouts::default().whole(PROBE));
        let answered = quick.send_in_clear(server.request("/").ok()?, OAUTH_REPLY).await;
        answered.is_ok_and(|reply| is_googles(&reply)).then_some(server)
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    fn request(&self, path: &str) -> Result<Request<Bytes>, Error> {
        let uri = format!("http://{}{path}", self.host);
        let request = Request::get(uri).header(FLAVOR, "Google").body(Bytes::new());
        request.map_err(|_| {
            Error::new(ErrorKind::InsecureUri, "GCE_METADATA_HOST is not a host")
                .with_source("it is `host` or `host:port`, without a scheme")
        })
    }

    async fn token(&self) -> Result<AccessToken, Error> {
        let scopes = self.scopes.iter().collect::<Vec<_>>().join(",");
        let query = Serializer::new(String::new()).append_pair("scopes", &scopes).finish();
        let path = "/computeMetadata/v1/instance/service-accounts/default/token";
        let asked_at = self.reach.clock.now();
        let request = self.request(&format!("{path}?{query}"))?;
        let reply = self.reach.http.send_in_clear(request, OAUTH_REPLY).await?;
        read(&self.host, &reply, asked_at)
    }
}

/// Reads an answer of the server at this host.
pub(crate) fn read(
    host: &str,
    reply: &Response<Bytes>,
    asked_at: SystemTime,
) -> Result<AccessToken, Error> {
    let refused = |what: &str| {
        let kind = ErrorKind::ServerStatus(reply.status().as_u16());
        Error::new(kind, format!("the metadata server at `{host}` {what}"))
    };
    match reply.status() {
        StatusCode::OK if is_googles(reply) => {
            Ok(TokenSet::read(&object(reply)?, asked_at)?.access_token)
        }
        StatusCode::OK => Err(refused("is not Google's")),
        StatusCode::NOT_FOUND => Err(refused("knows no service account of this machine")),
        status => Err(refused(&format!("answered with status {}", status.as_u16()))),
    }
}

fn is_googles(reply: &Response<Bytes>) -> bool {
    reply.headers().get(FLAVOR).is_some_and(|flavor| flavor == "Google")
}

impl Fetch for MetadataServer {
    fn fetch(&self) -> FetchFuture<'_> {
        Box::pin(self.token())
    }
}
