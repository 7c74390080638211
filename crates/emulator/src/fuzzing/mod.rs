//! What must hold for everything that is sent to the emulator, whatever stands in it.
//!
//! In: any bytes, as a connection brings them. Out: nothing; a promise that is broken is a panic. The fuzz
//! targets (`fuzz/`) and the property tests of this crate call the same functions.
//! Not here: sockets; the connections are in memory, and time passes when all tasks wait.

use crate::clock::Clock;
use crate::connection;
use crate::message::{Parameters, Request};
use crate::proxy::{self, Authority, Proxy};
use crate::service::Service;
use crate::state::State;
use crate::{Approval, Config, route, snapshot};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::timeout;

/// A reply may be as long as a fault says; this much of it is enough.
const MOST_READ: u64 = 256 * 1024;

/// An idle HTTP/2 connection stays open; the time passes by itself, so no test waits for it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A state with one code, one access token and one refresh token whose values the seeds know.
pub const SIGNED_IN: &str = include_str!("signed_in.json");

/// Whole HTTP requests on one connection: the answer is HTTP, and nothing inside panics. Inputs of even
/// length meet an emulator that consents by itself.
pub fn emulator_request(data: &[u8]) {
    let mut state = State::new(Config::default());
    snapshot::import(&mut state, SIGNED_IN).expect("our own state");
    if data.len().is_multiple_of(2) {
        state.config.approve =
            Some(Approval { account: "ada@example.com".into(), ..Default::default() });
    }
    let service = Arc::new(Service::new("http://127.0.0.1:9099".to_owned(), state));
    let reply = converse(data, |stream| connection::serve(stream, Arc::clone(&service)));
    assert_eq!(service.panic_message(), None);
    // A client that opens with HTTP/2's preface is answered in frames.
    assert!(reply.is_empty() || reply.starts_with(b"HTTP/1.") || data.starts_with(b"PRI"));
}

/// The head of a request to the proxy: a tunnel is opened to Google's hosts alone, on port 443.
pub fn connect_request(data: &[u8]) {
    static PROXY: OnceLock<Proxy> = OnceLock::new();
    let proxy = PROXY.get_or_init(|| {
        let now = Clock::default().now();
        let authority = Authority::load_or_make(None, now).expect("an authority");
        let tls = authority.server_config(now).expect("a configuration").into();
        Proxy { tls, forward: Arc::new([]) }
    });
    let state = State::new(Config::default());
    let service = Arc::new(Service::new("http://127.0.0.1:9099".to_owned(), state));
    let reply = converse(data, |stream| proxy::serve(stream, proxy.clone(), Arc::clone(&service)));
    assert_eq!(service.panic_message(), None);
    if reply.starts_with(b"HTTP/1.1 200") || reply.starts_with(b"HTTP/1.0 200") {
        let head = String::from_utf8_lossy(data);
        let first = head.trim_start().split(['\r', '\n']).next().unwrap_or_default();
        let words: Vec<&str> = first.split(' ').collect();
        let target = words.get(1).copied().unwrap_or_default().to_ascii_lowercase();
        assert_eq!(words[0], "CONNECT");
        let host = target.strip_suffix(":443").expect("a target on port 443");
        assert!(host == "accounts.google.com" || host.ends_with(".googleapis.com"), "{host}");
    }
}

/// A configuration: what is accepted is written and read again the same.
pub fn emulator_config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(config) = Config::from_json(text) else { return };
    let written = serde_json::to_string(&config).expect("JSON");
    let again = Config::from_json(&written).expect("what we wrote");
    assert_eq!(serde_json::to_string(&again).expect("JSON"), written);
}

/// A state that a test puts in: it is given out the same, and the requests that follow find no trap in it.
pub fn emulator_state(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut state = State::new(Config::default());
    if snapshot::import(&mut state, text).is_err() {
        return;
    }
    let written = snapshot::export(&state);
    let mut again = State::new(Config::default());
    snapshot::import(&mut again, &written).expect("what we wrote");
    assert_eq!(snapshot::export(&again), written);
    state.config.approve =
        Some(Approval { account: "ada@example.com".into(), ..Approval::default() });
    for (path, parameters) in AFTER_IMPORT {
        let _ = route::answer(&mut state, &request(path, &format!("{parameters}&{CLIENT}")));
    }
    let _ = snapshot::export(&state);
}

/// The client of the default configuration.
const CLIENT: &str = "client_id=710000000001-hallpassemulatorquickstartdeskto.apps.googleusercontent.com\
     &client_secret=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";

/// What a program does with what [`SIGNED_IN`] holds, and a new sign-in.
const AFTER_IMPORT: [(&str, &str); 5] = [
    (
        "/token",
        "grant_type=authorization_code&code=4/0Amarked&redirect_uri=http://127.0.0.1:9/callback\
         &code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    ),
    ("/token", "grant_type=refresh_token&refresh_token=1//0marked"),
    ("/tokeninfo", "access_token=ya29.marked"),
    ("/revoke", "token=1//0marked"),
    (
        "/o/oauth2/v2/auth",
        "response_type=code&redirect_uri=http://127.0.0.1:9/callback&scope=openid&state=s\
         &access_type=offline",
    ),
];

/// A `GET` of the authorization endpoint, a form to any other.
fn request(path: &str, parameters: &str) -> Request {
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    let opened = path == "/o/oauth2/v2/auth";
    Request {
        method: if opened { Method::GET } else { Method::POST },
        host: "127.0.0.1:9099".to_owned(),
        origin: "http://127.0.0.1:9099".to_owned(),
        path: path.to_owned(),
        query: Parameters::parse(if opened { parameters.as_bytes() } else { b"" }),
        headers: HeaderMap::from_iter([(HeaderName::from_static("content-type"), kind)]),
        body: Bytes::copy_from_slice(parameters.as_bytes()),
        received: None,
    }
}

/// Sends the input, then nothing, and returns what comes back until the other side has waited long enough.
fn converse<F: Future<Output = ()> + Send + 'static>(
    data: &[u8],
    serve: impl FnOnce(DuplexStream) -> F,
) -> Vec<u8> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(async {
        let (ours, theirs) = tokio::io::duplex(MOST_READ as usize);
        let server = tokio::spawn(serve(theirs));
        let (from, mut to) = tokio::io::split(ours);
        // The other side may have had enough.
        let _ = to.write_all(data).await;
        let mut reply = Vec::new();
        let _ = timeout(PATIENCE, from.take(MOST_READ).read_to_end(&mut reply)).await;
        server.abort();
        if let Err(error) = server.await {
            assert!(error.is_cancelled(), "{error}");
        }
        reply
    })
}
