//! Consent without a person: a thread that follows redirects as a browser does.
//!
//! In: the address of a consent page that approves by itself. Out: the requests of a browser.

use crate::context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use hallpass::http::HttpClient;

/// Pages are a few KiB.
const LARGEST_PAGE: usize = 1024 * 1024;

/// Opens an address on another thread.
pub(super) fn give(address: &str) {
    let address = address.to_owned();
    std::thread::spawn(move || {
        // When this fails, the sign-in itself reports that no redirect came.
        let _ = context::block_on(follow(HttpClient::default(), address));
    });
}

/// Opens an address and goes where it leads, as a browser does.
async fn follow(http: HttpClient, mut address: String) -> Outcome {
    // The consent page, the redirect to the listener, and one more.
    for _ in 0..4 {
        let request = http::Request::get(&address).body(Default::default());
        let request =
            request.map_err(|error| Failure::new(Case::Unexpected, "no address").because(error))?;
        let response = http.send(request, LARGEST_PAGE).await?;
        let location = response.headers().get(http::header::LOCATION);
        let Some(next) = location.and_then(|value| value.to_str().ok()) else { return Ok(()) };
        next.clone_into(&mut address);
    }
    Ok(())
}
