//! Raw HTTP/1.1 over a socket, and the few steps that most tests begin with.

use hallpass_emulator::Emulator;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

pub(crate) const CLIENT_ID: &str =
    "710000000001-hallpassemulatorquickstartdeskto.apps.googleusercontent.com";
pub(crate) const CLIENT_SECRET: &str = "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";
pub(crate) const RETRIEVER: &str = "https://www.googleapis.com/auth/generative-language.retriever";
pub(crate) const CLOUD: &str = "https://www.googleapis.com/auth/cloud-platform";
// The pair of RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A reply as it came over the socket.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").expect("a head ends with an empty line");
        let status = head.split(' ').nth(1).expect("a status line").parse().expect("a status");
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn location(&self) -> &str {
        self.header("location").unwrap_or_else(|| panic!("no location in {self:?}"))
    }

    /// The text of a JSON string field, found as text.
    pub(crate) fn field(&self, name: &str) -> String {
        let start = format!("\"{name}\": \"");
        let at = self.body.find(&start).unwrap_or_else(|| panic!("no {name} in {}", self.body));
        let rest = &self.body[at + start.len()..];
        rest[..rest.find('"').expect("a closing quote")].to_owned()
    }
}

/// Sends these bytes and reads until the server closes.
pub(crate) fn exchange(emulator: &Emulator, request: &str) -> Reply {
    Reply::parse(&exchange_bytes(emulator, request.as_bytes()))
}

pub(crate) fn exchange_bytes(emulator: &Emulator, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(emulator.address()).expect("the emulator listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout can be set");
    stream.write_all(request).expect("the request is sent");
    let mut reply = Vec::new();
    // A cut connection may end in a reset; what came before it is the reply.
    let _ = stream.read_to_end(&mut reply);
    reply
}

pub(crate) fn get(emulator: &Emulator, target: &str, headers: &str) -> Reply {
    let host = emulator.address();
    exchange(
        emulator,
        &format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n"),
    )
}

pub(crate) fn send(emulator: &Emulator, line: &str, headers: &str, body: &str) -> Reply {
    send_bytes(emulator, line, headers, body.as_bytes())
}

pub(crate) fn send_bytes(emulator: &Emulator, line: &str, headers: &str, body: &[u8]) -> Reply {
    let host = emulator.address();
    let length = body.len();
    let head = format!(
        "{line} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    Reply::parse(&exchange_bytes(emulator, &[head.as_bytes(), body].concat()))
}

pub(crate) fn post_form(emulator: &Emulator, path: &str, body: &str) -> Reply {
    send(
        emulator,
        &format!("POST {path}"),
        "Content-Type: application/x-www-form-urlencoded\r\n",
        body,
    )
}

pub(crate) fn approving() -> Emulator {
    Emulator::builder().approve("ada@example.com").start().expect("the emulator starts")
}

/// The query of an authorization request for the page's two scopes.
pub(crate) fn authorize_query(scope: &str) -> String {
    format!(
        "response_type=code&client_id={CLIENT_ID}&redirect_uri=http%3A%2F%2F127.0.0.1%3A8085%2F&scope={}\
         &state=xyz&code_challenge={CHALLENGE}&code_challenge_method=S256&access_type=offline",
        encoded(scope)
    )
}

pub(crate) fn encoded(text: &str) -> String {
    text.replace('%', "%25")
        .replace(':', "%3A")
        .replace('/', "%2F")
        .replace(' ', "%20")
        .replace('+', "%2B")
}

/// The value of a parameter of a redirect, percent-decoded.
pub(crate) fn parameter(location: &str, name: &str) -> String {
    let query = location.split_once('?').expect("a query").1;
    let value = query
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
        .unwrap_or_else(|| panic!("no {name} in {location}"));
    value.replace("%2F", "/").replace("%3A", ":").replace("%20", " ")
}

pub(crate) fn code(emulator: &Emulator, scope: &str) -> String {
    let reply = get(emulator, &format!("/o/oauth2/v2/auth?{}", authorize_query(scope)), "");
    parameter(reply.location(), "code")
}

pub(crate) fn exchange_form(code: &str) -> String {
    format!(
        "grant_type=authorization_code&code={}&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}\
         &redirect_uri=http%3A%2F%2F127.0.0.1%3A8085%2F&code_verifier={VERIFIER}",
        encoded(code)
    )
}

pub(crate) fn refresh_form(refresh_token: &str) -> String {
    format!(
        "grant_type=refresh_token&refresh_token={}&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}",
        encoded(refresh_token)
    )
}

/// Signs in and returns the reply of the token endpoint.
pub(crate) fn sign_in(emulator: &Emulator, scope: &str) -> Reply {
    let reply = post_form(emulator, "/token", &exchange_form(&code(emulator, scope)));
    assert_eq!(reply.status, 200, "{reply:?}");
    reply
}

pub(crate) fn list_models(emulator: &Emulator, access_token: &str) -> Reply {
    get(emulator, "/v1/models", &format!("Authorization: Bearer {access_token}\r\n"))
}
