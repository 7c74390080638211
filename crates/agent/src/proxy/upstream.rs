//! Google's server, or the emulator in force: its address is read once, when the agent starts.
//!
//! In: the address of an API without version. Out: the address of each request there.

use super::headers;
use crate::refusal::{Refusal, Why};
use hallpass::http::Uri;
use http::uri::{Authority, Parts, PathAndQuery, Scheme};
use std::io;

/// Where requests go.
#[derive(Debug)]
pub(crate) struct Upstream {
    /// As replies name it in addresses of uploads.
    origin: String,
    scheme: Scheme,
    authority: Authority,
    /// What stands before each path; empty at Google's.
    before: String,
}

impl Upstream {
    /// # Errors
    ///
    /// A text that is no address of a server.
    pub(crate) fn new(address: &str) -> io::Result<Self> {
        let invalid = || {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("`{address}` is no address of an API"),
            )
        };
        let parts = address.parse::<Uri>().map_err(|_| invalid())?.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(invalid());
        };
        let before = parts.path_and_query.as_ref().map_or("", PathAndQuery::path);
        let before = before.trim_end_matches('/').to_owned();
        Ok(Self { origin: address.to_owned(), scheme, authority, before })
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns the address of a request that came as `uri`, and goes on with this path and without the caller's
    /// credentials.
    ///
    /// # Errors
    ///
    /// A path that cannot stand in an address.
    pub(crate) fn address(&self, uri: &Uri, path: &str) -> Result<Uri, Refusal> {
        let query = headers::query(uri);
        let is_same =
            self.before.is_empty() && path == uri.path() && query.as_deref() == uri.query();
        let path_and_query = match uri.path_and_query().filter(|_| is_same) {
            Some(same) => same.clone(),
            None => {
                let (mark, query) = query.as_ref().map_or(("", ""), |query| ("?", query));
                let text = format!("{}{path}{mark}{query}", self.before);
                text.try_into().map_err(|_| Refusal::from(Why::Path))?
            }
        };
        let mut parts = Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path_and_query);
        Uri::from_parts(parts).map_err(|_| Why::Path.into())
    }
}
