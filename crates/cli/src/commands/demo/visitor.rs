//! What stands in for a person: the browser that follows redirects, and the ear for a command's output.
//!
//! In: an address, or bytes. Out: the requests of a browser, or text.

use crate::context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use hallpass::HttpClient;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

/// Pages are a few KiB.
const LARGEST_PAGE: usize = 1024 * 1024;

/// Opens an address on a thread of its own, as a browser would.
pub(super) fn visit(address: &str) {
    let address = address.to_owned();
    std::thread::spawn(move || {
        // When this fails, the sign-in itself reports that nobody came.
        let _ = context::block_on(follow(HttpClient::default(), address));
    });
}

/// Opens an address and goes where it leads, as a browser does.
async fn follow(http: HttpClient, mut address: String) -> Outcome {
    // The consent page, the redirect to the listener, and room for one more.
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

/// A stream that remembers.
#[derive(Clone, Default)]
pub(super) struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    pub(super) fn text(&self) -> String {
        self.0
            .lock()
            .map_or_else(|_| String::new(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().map_err(|_| io::Error::other("poisoned"))?.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
