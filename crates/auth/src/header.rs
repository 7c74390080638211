//! Makes the request headers of an access token.
//!
//! In: a token and a quota project. Out: `Authorization` and `x-goog-user-project`.
//! Specification: RFC 6750, section 2.1; Google's "Set the quota project".
//! Not here: which hosts may have them; `Signer` decides that.

use crate::error::{Error, ErrorKind};
use crate::token::AccessToken;
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Names the project that is charged for a request and has to have the API enabled.
const X_GOOG_USER_PROJECT: HeaderName = HeaderName::from_static("x-goog-user-project");

/// Returns the headers; the token's is marked sensitive, so that it is not shown or indexed.
///
/// # Errors
///
/// A quota project that cannot stand in a header.
pub fn headers(token: &AccessToken, quota_project: Option<&str>) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::with_capacity(2);
    let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose())).map_err(|_| {
        Error::new(ErrorKind::NoAccessToken, "the access token is not one that can be sent")
    })?;
    bearer.set_sensitive(true);
    headers.insert(header::AUTHORIZATION, bearer);
    if let Some(project) = quota_project {
        let project = HeaderValue::try_from(project).map_err(|_| {
            let what = "the quota project cannot stand in a header";
            Error::new(ErrorKind::CredentialFileMalformed, what)
        })?;
        headers.insert(X_GOOG_USER_PROJECT, project);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    #[test]
    fn token_and_quota_project_become_two_headers() {
        let token = AccessToken::new("ya29.a", SystemTime::UNIX_EPOCH).expect("token");
        let headers = headers(&token, Some("demo-project")).expect("headers");
        assert_eq!(headers["authorization"], "Bearer ya29.a");
        assert_eq!(headers["x-goog-user-project"], "demo-project");
        assert!(!format!("{headers:?}").contains("ya29"), "{headers:?}");
        assert!(super::headers(&token, Some("a\r\nb")).is_err());
        assert_eq!(super::headers(&token, None).expect("headers").len(), 1);
    }
}
