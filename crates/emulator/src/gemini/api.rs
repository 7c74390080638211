//! The APIs that the emulator serves, as their errors name them, and where in one a call was refused.

/// One of Google's APIs.
#[derive(Debug)]
pub(crate) struct Api {
    /// The host name, by which projects enable it.
    pub(crate) service: &'static str,
    /// The name on the console's page.
    pub(crate) title: &'static str,
    /// The scopes that open it, as its `WWW-Authenticate` header lists them.
    pub(crate) scopes: &'static [&'static str],
}

/// Where a call was refused.
#[derive(Debug)]
pub(crate) struct Site<'a> {
    pub(crate) api: &'static Api,
    /// The method's full name.
    pub(crate) method: String,
    pub(crate) version: &'a str,
}

impl Api {
    pub(crate) fn in_metadata(&self) -> (&'static str, String) {
        ("service", self.service.into())
    }
}

impl Site<'_> {
    pub(crate) fn in_metadata(&self) -> (&'static str, String) {
        ("method", self.method.clone())
    }
}
