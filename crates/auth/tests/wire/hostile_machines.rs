//! Every other server that a credential leads to, meaning harm in every way: metadata, token exchange,
//! subject tokens, impersonation. The table of ways meets the table of servers; each meeting ends as an
//! error, soon, with little taken and nothing of it shown.
//!
//! Not here: the token endpoint (`hostile`).

use crate::adc::Machine;
use futures_util::future::join_all;
use hallpass::Error;
use hallpass::adc::Loader;
use hallpass::http::{HttpClient, Timeouts};
use hallpass::oauth::{Endpoints, Secret, revoke};
use hallpass::source::Early;
use hallpass::store::MemoryStore;
use hallpass_testbed::{Reply, Server};
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

/// A way to mean harm.
type Way = (&'static str, Reply);

/// Where the head says what a metadata server has to say.
fn reply(head: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {head}\r\nMetadata-Flavor: Google\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn ways(elsewhere: &str) -> Vec<Way> {
    let once = |name, bytes| (name, Reply::Bytes(bytes));
    let for_ever =
        |name, head: &str, more: &[u8]| (name, Reply::WithoutEnd(head.into(), more.into()));
    let json = "200 OK\r\nContent-Type: application/json";
    let deep = format!(r#"{{"access_token":{}{}}}"#, "[".repeat(500), "]".repeat(500));
    let twice = r#"{"access_token":"ya29.a","expires_in":3599,"access_token":"ya29.marked"}"#;
    let words = "{\"error\":\"ev\u{1b}[2Jil\u{202e}\",\"error_description\":\"\u{1b}]0;marked\u{7}\u{202e}\"}";
    let whole =
        reply(json, br#"{"access_token":"ya29.a","expires_in":3599,"token_type":"Bearer"}"#);
    let mut ways = vec![
        for_ever(
            "1 GiB",
            "HTTP/1.1 200 OK\r\nMetadata-Flavor: Google\r\nContent-Length: 1073741824\r\n\r\n",
            &[b' '; 4096],
        ),
        for_ever(
            "chunks",
            "HTTP/1.1 200 OK\r\nMetadata-Flavor: Google\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"10\r\n                \r\n",
        ),
        for_ever(
            "headers",
            "HTTP/1.1 200 OK\r\nMetadata-Flavor: Google\r\n",
            b"X-More: and more\r\n",
        ),
        for_ever("one header", "HTTP/1.1 200 OK\r\nX-Long: ", &[b'x'; 4096]),
        for_ever("100 Continue", "", b"HTTP/1.1 100 Continue\r\n\r\n"),
        ("silence", Reply::Silence),
        once("redirect", reply(&format!("302 Found\r\nLocation: {elsewhere}"), b"")),
        once(
            "redirect that repeats the POST",
            reply(&format!("307 Temporary Redirect\r\nLocation: {elsewhere}"), b""),
        ),
        once("page", reply("200 OK\r\nContent-Type: text/html", b"<html>marked</html>")),
        once("invalid UTF-8", reply(json, b"{\"access_token\":\"\xff\xfe\"}")),
        once("deep", reply(json, deep.as_bytes())),
        once("twice", reply(json, twice.as_bytes())),
        once(
            "gzip",
            reply(&format!("{json}\r\nContent-Encoding: gzip"), b"\x1f\x8b\x08\x00marked"),
        ),
        once(
            "control characters",
            reply("400 Bad Request\r\nContent-Type: application/json", words.as_bytes()),
        ),
        once(
            "a token of two lines",
            reply(json, br#"{"access_token":"a\r\nHost: marked","expires_in":3599}"#),
        ),
    ];
    ways.extend((0..whole.len()).step_by(7).map(|end| once("cut", whole[..end].to_vec())));
    ways
}

fn http() -> HttpClient {
    let timeouts = Timeouts::default().whole(Duration::from_millis(700));
    HttpClient::default().with_timeouts(timeouts)
}

fn loader(machine: &Machine) -> Loader {
    let env = |name: &str| machine.variables.get(name).cloned();
    Loader::new(&env, http(), Arc::new(MemoryStore::default()))
        .with_early(Early::Wait)
        .with_endpoints(Endpoints::emulator(machine.emulator.address()))
}

/// The servers, each by a credential that leads to it.
const SERVERS: [&str; 5] = ["metadata", "exchange", "subject", "impersonation", "revocation"];

async fn asked(server: &str, origin: &str) -> Result<(), Error> {
    if server == "revocation" {
        return revoke(&http(), &format!("{origin}/revoke"), &Secret::from("1//marked"))
            .await
            .map(drop);
    }
    let machine = machine(server, origin);
    let found = loader(&machine).load().await?;
    found.credential.headers().await.map(drop)
}

fn machine(server: &str, origin: &str) -> Machine {
    if server == "metadata" {
        let mut machine = Machine::new();
        machine.variables.remove("NO_GCE_CHECK");
        let host = origin.trim_start_matches("http://");
        machine.variables.insert("GCE_METADATA_HOST", host.into());
        return machine;
    }
    let machine = Machine::with_file("");
    let subject = machine.folder.path().join("subject");
    hallpass::store::write_private(&subject, b"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlLmNvbSIsInN1YiI6ImRlbW8tc3ViamVjdCIsImV4cCI6OTk5OTk5OTk5OTl9.c2lnbmF0dXJl").expect("write");
    let from_file = format!(r#"{{"file":{:?}}}"#, subject.display().to_string());
    let google = "https://sts.googleapis.com";
    let (exchange, source, more) = match server {
        "exchange" => (origin, from_file, String::new()),
        "subject" => (google, format!(r#"{{"url":"{origin}/subject"}}"#), String::new()),
        _ => (
            google,
            from_file,
            format!(
                r#","service_account_impersonation_url":"{origin}/v1/projects/-/serviceAccounts/a@b.iam.gserviceaccount.com:generateAccessToken""#
            ),
        ),
    };
    machine.write(&format!(
        r#"{{"type":"external_account","token_url":"{exchange}/v1/token","credential_source":{source},
        "audience":"//iam.googleapis.com/projects/710000000001/locations/global/workloadIdentityPools/demo-pool/providers/demo-provider",
        "subject_token_type":"urn:ietf:params:oauth:token-type:jwt"{more}}}"#
    ));
    machine
}

/// What a person would read, and what a log would hold.
fn told(error: &Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(why) = cause {
        text.push_str(&why.to_string());
        cause = why.source();
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_of_every_server_ends_as_an_error_soon_with_little_taken() {
    let elsewhere = Server::always("200 OK", "{}").await;
    let ways = ways(&elsewhere.url("/v1/token"));
    let meetings = ways.iter().flat_map(|way| SERVERS.map(|server| meet(way, server)));
    let attempts = join_all(meetings).await.len();
    assert_eq!(attempts, ways.len() * SERVERS.len());
    assert_eq!(elsewhere.connections(), 0, "no redirect was followed");
}

async fn meet((way, reply): &Way, name: &str) {
    let served = reply.clone();
    let server = Server::start(move |_, _| served.clone()).await;
    let ended = asked(name, server.origin()).await;
    // A revocation is asked for its status alone.
    let fine = name == "revocation"
        && matches!(reply, Reply::Bytes(bytes) if bytes.starts_with(b"HTTP/1.1 200"));
    match ended {
        Ok(()) => assert!(fine, "{name}, {way}: taken for good"),
        Err(error) => {
            let text = told(&error);
            let shown =
                text.contains("marked") || text.chars().any(|c| c == '\u{1b}' || c == '\u{202e}');
            assert!(!shown, "{name}, {way}: {text:?}");
        }
    }
    assert!(server.connections() > 0, "{name}, {way}: no request came");
    // Three attempts of a quarter of a mebibyte, and what lies in the buffers of both sockets.
    assert!(server.sent() < 48 * 1024 * 1024, "{name}, {way}: {} bytes", server.sent());
}
