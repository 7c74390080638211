//! The HTTP client at servers that would lead it astray.

use bytes::Bytes;
use hallpass::http::{HttpClient, HttpClientBuilder, Proxies};
use hallpass::store::write_private;
use hallpass::{Error, ErrorKind};
use hallpass_testbed::{Authority, Server, Validity, json};
use http::{Request, Response};
use std::path::PathBuf;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Any certificate, so that these tests need none of this machine's.
const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBiDCCAS2gAwIBAgIUVipFp7YqMYZToGc6s75yV3xG1h4wCgYIKoZIzj0EAwIw\n\
GDEWMBQGA1UEAwwNaGFsbHBhc3MtdGVzdDAgFw0yNjExMjMwMjAxMjVaGA8yMTI2\n\
MTAzMDAyMDEyNVowGDEWMBQGA1UEAwwNaGFsbHBhc3MtdGVzdDBZMBMGByqGSM49\n\
AgEGCCqGSM49AwEHA0IABPfEO2StOt1n7oc5UKi9vXf7pvzoj4HiD/vedZw2DTxD\n\
EU/iBxxYbCRzoDjEm35ujEMu47NuuZ78umt/HrK8buajUzBRMB0GA1UdDgQWBBSq\n\
DfdoSrcNzWDK4XpjZ5aGCeLKaDAfBgNVHSMEGDAWgBSqDfdoSrcNzWDK4XpjZ5aG\n\
CeLKaDAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQCPSt+KZGKC\n\
W76f+X3O4KK4Cp24h61IuHS4/OMFfZ6EdwIhAKc9NrYf2kpEKXzuHkpsTebvvFF9\n\
doxkjKmxiIZN0+se\n\
-----END CERTIFICATE-----\n";

async fn post(http: HttpClientBuilder, url: &str) -> Result<Response<Bytes>, Error> {
    let request = Request::post(url).body(Bytes::from_static(b"token=marked")).expect("request");
    http.build().send(request, 1024).await
}

fn trusting(ca_file: PathBuf) -> HttpClientBuilder {
    HttpClient::builder().ca_file(ca_file)
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Server::always("200 OK", "{}").await;
    let location = elsewhere.url("/token");
    for status in ["301 Moved Permanently", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let reply =
            format!("HTTP/1.1 {status}\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        let server = Server::start(move |_, _| reply.clone()).await;
        let reply = post(HttpClient::builder(), &server.url("/")).await.expect("a reply");
        assert!(reply.status().is_redirection());
    }
    assert_eq!(elsewhere.requests().len(), 0);
}

#[tokio::test]
async fn plain_http_does_not_leave_this_machine() {
    let error = post(HttpClient::builder(), "http://oauth2.example/token?code=marked").await;
    let error = error.expect_err("plain http");
    assert_eq!(*error.kind(), ErrorKind::InsecureUri);
    assert!(!format!("{error:?}").contains("marked"), "{error:?}");
}

#[tokio::test]
async fn a_server_without_tls_is_not_a_secure_one() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
    let url = format!("https://{}/token", listener.local_addr().expect("address"));
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.expect("write");
        let mut seen = Vec::new();
        let _ = stream.read_to_end(&mut seen).await;
        String::from_utf8_lossy(&seen).into_owned()
    });
    let folder = tempfile::tempdir().expect("folder");
    let ca_file = folder.path().join("ca.pem");
    write_private(&ca_file, CERTIFICATE.as_bytes()).expect("write");
    let error = post(trusting(ca_file), &url).await.expect_err("no TLS");
    assert_eq!(*error.kind(), ErrorKind::Tls);
    assert!(!error.is_transient());
    assert!(!server.await.expect("server").contains("marked"), "nothing is sent in the clear");
}

#[tokio::test]
async fn certificates_that_cannot_be_read_are_named() {
    let ca_file = PathBuf::from("no/such/ca.pem");
    let error = post(trusting(ca_file), "https://127.0.0.1:9/").await.expect_err("no certificates");
    assert_eq!(*error.kind(), ErrorKind::Tls);
    assert!(format!("{error:?}").contains("`no/such/ca.pem`"), "{error:?}");
}

#[tokio::test]
async fn a_proxy_is_asked_for_a_tunnel_and_sees_nothing_else() {
    let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
    let proxy = Server::start(move |_, _| refusal.to_owned()).await;
    let folder = tempfile::tempdir().expect("folder");
    let ca_file = folder.path().join("ca.pem");
    write_private(&ca_file, CERTIFICATE.as_bytes()).expect("write");
    let address = proxy.url("").replace("http://", "http://ada:pass-marked@");
    let http = trusting(ca_file).proxies(Proxies::from_env(&|name| {
        (name == "HTTPS_PROXY").then(|| address.clone().into())
    }));
    assert!(!format!("{http:?}").contains("marked"), "{http:?}");

    let error = post(http, "https://oauth2.example/token").await.expect_err("refused");
    assert_eq!(*error.kind(), ErrorKind::Proxy);
    let proxy_address = proxy.url("");
    assert_eq!(
        error.to_string(),
        format!("the proxy `{proxy_address}` opens no way to `oauth2.example`")
    );
    assert_eq!(source(&error), "tunnel error: proxy authorization required");
    assert!(!format!("{error:?}").contains("marked"), "{error:?}");
    let [request] = &proxy.requests()[..] else { panic!("one request") };
    assert!(request.starts_with("CONNECT oauth2.example:443 HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("YWRhOnBhc3MtbWFya2Vk"), "base64 of ada:pass-marked: {request}");
    assert!(!request.contains("token="), "{request}");
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named() {
    for (address, cause) in [
        ("http://ada:pass-marked@127.0.0.1:1", "Connection refused (os error 111)"),
        ("https://127.0.0.1:1", "only proxies with an http:// address are supported"),
    ] {
        let folder = tempfile::tempdir().expect("folder");
        let ca_file = folder.path().join("ca.pem");
        write_private(&ca_file, CERTIFICATE.as_bytes()).expect("write");
        let proxies = Proxies::from_env(&|name| (name == "ALL_PROXY").then(|| address.into()));
        let error = post(trusting(ca_file).proxies(proxies), "https://oauth2.example/token").await;
        let error = error.expect_err("no proxy");
        assert_eq!(*error.kind(), ErrorKind::Proxy);
        let shown = address.replace("ada:pass-marked@", "");
        assert_eq!(error.to_string(), format!("cannot connect to the proxy `{shown}`"));
        if cfg!(target_os = "linux") {
            assert_eq!(source(&error), cause);
        }
        assert!(!format!("{error:?}").contains("marked"), "{error:?}");
    }
}

fn source(error: &Error) -> String {
    std::error::Error::source(error).expect("a cause").to_string()
}

#[tokio::test]
async fn who_signed_an_untrusted_certificate_is_named() {
    // The emulator's proxy poses as Google, as a company's proxy does.
    let google =
        hallpass_emulator::Emulator::builder().proxy("127.0.0.1:0".parse().expect("address"));
    let google = google.start().expect("emulator");
    let folder = tempfile::tempdir().expect("folder");
    let ca_file = folder.path().join("ca.pem");
    write_private(&ca_file, CERTIFICATE.as_bytes()).expect("write");
    let proxy = format!("http://{}", google.proxy_address().expect("a proxy"));
    let http = trusting(ca_file)
        .proxies(Proxies::from_env(&|name| (name == "HTTPS_PROXY").then(|| proxy.clone().into())));
    let error = post(http, "https://oauth2.googleapis.com/token").await.expect_err("not trusted");
    assert_eq!(*error.kind(), ErrorKind::Tls);
    assert_eq!(
        source(&error),
        "its certificate is signed by `hallpass emulator CA, for tests only`, whom this machine does not trust"
    );
}

#[tokio::test]
async fn a_certificate_of_another_name_or_another_time_gets_no_request() {
    let authority = Authority::default();
    let folder = tempfile::tempdir().expect("folder");
    let ca_file = folder.path().join("ca.pem");
    write_private(&ca_file, authority.pem().as_bytes()).expect("write");
    let ask = async |name: &str, validity| {
        let reply = |_, _: &str| json("200 OK", "{}");
        let server = Server::start_tls(&authority, name, validity, reply).await;
        let ended = post(trusting(ca_file.clone()), &server.url("/token")).await;
        (ended.map(|reply| reply.status()), server.requests().len(), server.connections())
    };
    assert_eq!(ask("127.0.0.1", Validity::Now).await.0.expect("a reply"), 200);
    for (name, validity) in [
        ("oauth2.googleapis.com", Validity::Now),
        ("127.0.0.2", Validity::Now),
        ("127.0.0.1", Validity::Over),
        ("127.0.0.1", Validity::ToCome),
    ] {
        let (ended, requests, connections) = ask(name, validity).await;
        let error = ended.expect_err("refused");
        assert_eq!(*error.kind(), ErrorKind::Tls, "{name} {validity:?}");
        assert!(!error.is_transient(), "{name} {validity:?}");
        assert_eq!((requests, connections), (0, 1), "{name} {validity:?}: nothing was sent");
    }
}
