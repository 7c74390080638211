//! The browser half of a sign-in on another machine: what gcloud's `--remote-bootstrap` does.
//!
//! In: the address that the other machine printed. Out: the address to open here; then the line to carry back.
//! Not here: the code is not traded; only the other machine has the verifier.

use crate::error::{Error, ErrorKind};
use crate::http::check_uri;
use crate::secret::Secret;
use crate::sign_in::loopback::{Expected, Loopback};
use crate::sign_in::parameters::Parameters;
use form_urlencoded::Serializer;
use std::time::Duration;

/// The browser half for a sign-in on another machine.
#[derive(Debug)]
pub struct RemoteHelper {
    loopback: Loopback,
    url: String,
    state: Secret,
}

impl RemoteHelper {
    /// Takes the address that the other machine printed, and binds a port for its answer; 0 is any free one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RemoteAddress`] for an address that is not one of these; [`ErrorKind::PortInUse`].
    pub async fn start(bootstrap_url: &str, port: u16) -> Result<Self, Error> {
        let state = state_of(bootstrap_url)?;
        let loopback = Loopback::bind_localhost(port).await?;
        let url = with_redirect(bootstrap_url, loopback.port());
        Ok(Self { loopback, url, state })
    }

    /// Returns the address to open in a browser of this machine.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Waits for the browser; returns the line for the other machine. Only the program there can use the code in
    /// it, since only that program has the verifier.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RedirectTimeout`].
    pub async fn finish(self, limit: Duration) -> Result<Secret, Error> {
        let port = self.loopback.port();
        let state = self.state;
        let expected = Expected::of_gcloud(port, move |target| {
            Parameters::of(target).one("state").is_some_and(|found| state.ct_eq(found))
        });
        let (target, tab) = self.loopback.receive_target(expected, limit).await?;
        let (heading, sentence) = if Parameters::of(&target).has("error") {
            ("Not signed in", "Nothing has changed; the program on the other machine says more.")
        } else {
            ("One step is left", "Copy the line that the program printed to the other machine.")
        };
        tab.show(heading, sentence).await;
        Ok(Secret::from(format!("https://localhost:{port}{target}")))
    }
}

/// Returns the `state` of an address that the other machine printed, or says why it is not one.
pub(crate) fn state_of(bootstrap_url: &str) -> Result<Secret, Error> {
    let address = |why: &str| {
        let what = "this is not an address that the other machine printed";
        Error::new(ErrorKind::RemoteAddress, what).with_source(why.to_owned())
    };
    check_uri(bootstrap_url)?;
    let (_, query) = bootstrap_url.split_once('?').ok_or_else(|| address("it has no query"))?;
    let parameters = Parameters::of(query);
    let fits = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
    if !bootstrap_url.bytes().all(fits) {
        return Err(address("it holds characters that its printer would have encoded"));
    }
    if parameters.one("response_type") != Some("code") || parameters.one("client_id").is_none() {
        return Err(address("it asks for no code"));
    }
    if parameters.has("redirect_uri") {
        return Err(address("it names a redirect URI already"));
    }
    let state = parameters.one("state").filter(|state| !state.is_empty());
    state.map(Secret::from).ok_or_else(|| address("it has no state"))
}

/// Returns that address with a redirect to this machine.
pub(crate) fn with_redirect(bootstrap_url: &str, port: u16) -> String {
    let redirect = Serializer::new(String::new())
        .append_pair("redirect_uri", &format!("http://localhost:{port}/"))
        .finish();
    format!("{bootstrap_url}&{redirect}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_other_machine_end_in_their_query() {
        let good = "https://accounts.google.com/a?response_type=code&client_id=1&state=s";
        assert_eq!(state_of(good).expect("good").expose(), "s");
        assert_eq!(
            with_redirect(good, 9),
            format!("{good}&redirect_uri=http%3A%2F%2Flocalhost%3A9%2F")
        );
        // Behind a `#` our redirect would be no parameter; the others could be shown as another address.
        for end in ["#x", "\u{202e}", "é"] {
            let error = state_of(&format!("{good}{end}")).expect_err(end);
            assert_eq!(*error.kind(), ErrorKind::RemoteAddress, "{end}");
        }
    }

    #[tokio::test]
    async fn only_addresses_of_another_machines_sign_in_are_helped() {
        let good =
            "https://accounts.google.com/o/oauth2/auth?response_type=code&client_id=c&state=s";
        assert!(RemoteHelper::start(good, 0).await.is_ok());
        for bad in [
            "https://accounts.google.com/o/oauth2/auth",
            "https://accounts.google.com/o/oauth2/auth?response_type=token&client_id=c&state=s",
            "https://accounts.google.com/o/oauth2/auth?response_type=code&client_id=c",
            "https://accounts.google.com/o/oauth2/auth?response_type=code&client_id=c&state=s&state=t",
            &format!("{good}&redirect_uri=https://evil.example"),
            "http://evil.example/auth?response_type=code&client_id=c&state=s",
            "javascript:alert(1)?response_type=code&client_id=c&state=s",
        ] {
            assert!(RemoteHelper::start(bad, 0).await.is_err(), "{bad}");
        }
    }
}
