//! Exchange, refresh and revoke, byte by byte, against every way of failing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hallpass::http::{HttpClient, Timeouts};
use hallpass::oauth::{AuthorizationRequest, Revoked, Secret, TokenEndpoint, TokenSet, revoke};
use hallpass::time::ManualClock;
use hallpass::{Error, ErrorKind, OAuthClient, Scopes};
use hallpass_testbed::{Reply, Server, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

const GOOD: &str = r#"{"access_token":"ya29.a","expires_in":3599,"token_type":"Bearer"}"#;

fn client(server: &Server) -> OAuthClient {
    OAuthClient::new("1-a.apps.googleusercontent.com", "GOCSPX-marked")
        .with_uris(server.url("/auth"), server.url("/token"))
}

fn endpoint(server: &Server, http: HttpClient) -> TokenEndpoint {
    let clock = Arc::new(ManualClock::new(SystemTime::UNIX_EPOCH));
    TokenEndpoint::new(http, client(server), clock)
}

async fn refresh(server: &Server, http: HttpClient) -> Result<TokenSet, Error> {
    endpoint(server, http).refresh(&Secret::from("1//0marked"), None).await
}

#[tokio::test]
async fn refresh_request_is_this_text() {
    let server = Server::always("200 OK", GOOD).await;
    let tokens = refresh(&server, HttpClient::default()).await.expect("tokens");
    assert_eq!(
        tokens.access_token.expires_at(),
        SystemTime::UNIX_EPOCH + Duration::from_secs(3599)
    );
    let requests = server.requests();
    let head = requests[0].to_lowercase();
    assert!(head.starts_with("post /token http/1.1\r\n"), "{head}");
    assert!(head.contains("\r\ncontent-type: application/x-www-form-urlencoded\r\n"), "{head}");
    assert!(!head.contains("authorization:"), "the client secret is sent once: {head}");
    assert_eq!(
        server.only_body(),
        "grant_type=refresh_token&client_id=1-a.apps.googleusercontent.com\
         &client_secret=GOCSPX-marked&refresh_token=1%2F%2F0marked"
    );
}

#[tokio::test]
async fn narrowed_refresh_names_its_scopes() {
    let server = Server::always("200 OK", GOOD).await;
    let scopes = Scopes::parse("openid email").expect("scopes");
    let endpoint = endpoint(&server, HttpClient::default());
    endpoint.refresh(&Secret::from("r"), Some(&scopes)).await.expect("tokens");
    let expected = "&scope=openid+https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fuserinfo.email";
    assert!(server.only_body().ends_with(expected), "{}", server.only_body());
}

#[tokio::test]
async fn exchange_request_proves_the_challenge_and_repeats_the_redirect_uri() {
    let server = Server::always("200 OK", GOOD).await;
    let request = AuthorizationRequest::new(
        &client(&server),
        &Scopes::quickstart(),
        "http://127.0.0.1:9/callback",
    );
    let url = request.url();
    let parameter = |name: &str| {
        let (_, rest) = url.split_once(&format!("&{name}=")).expect(name);
        rest.split('&').next().expect(name).to_owned()
    };
    let redirect = format!("state={}&code=4%2F0Ab", parameter("state"));
    let code = request.accept(&redirect).expect("code");
    endpoint(&server, HttpClient::default()).exchange(&code, &request).await.expect("tokens");
    let body = server.only_body();
    let (fixed, verifier) = body.split_once("&code_verifier=").expect("a verifier");
    assert_eq!(
        fixed,
        "grant_type=authorization_code&client_id=1-a.apps.googleusercontent.com\
         &client_secret=GOCSPX-marked&code=4%2F0Ab&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcallback"
    );
    assert_eq!(URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)), parameter("code_challenge"));
}

#[tokio::test]
async fn refusals_are_told_apart_by_googles_code() {
    let oauth = |code: &str, status| ErrorKind::OAuth { code: code.to_owned(), status };
    for (status, body, kind) in [
        (
            "400 Bad Request",
            r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#,
            ErrorKind::InvalidGrant { subtype: None },
        ),
        (
            "400 Bad Request",
            r#"{"error":"invalid_grant","error_subtype":"invalid_rapt"}"#,
            ErrorKind::InvalidGrant { subtype: Some("invalid_rapt".to_owned()) },
        ),
        ("401 Unauthorized", r#"{"error":"invalid_client"}"#, oauth("invalid_client", 401)),
        ("403 Forbidden", r#"{"error":"access_denied"}"#, oauth("access_denied", 403)),
        ("403 Forbidden", "<html>", ErrorKind::ServerStatus(403)),
        ("404 Not Found", r#"{"error":{"code":404}}"#, ErrorKind::ServerStatus(404)),
        ("429 Too Many Requests", "", ErrorKind::ServerStatus(429)),
        ("500 Internal Server Error", "<html>", ErrorKind::ServerStatus(500)),
        (
            "503 Service Unavailable",
            r#"{"error":"internal_failure"}"#,
            oauth("internal_failure", 503),
        ),
        ("307 Temporary Redirect", "", ErrorKind::ServerStatus(307)),
        ("200 OK", "<html>marked", ErrorKind::NotJson),
        ("200 OK", r#"["marked"]"#, ErrorKind::NotJson),
        ("200 OK", r#"{"id_token":"marked"}"#, ErrorKind::NoAccessToken),
    ] {
        let server = Server::always(status, body).await;
        let error = refresh(&server, HttpClient::default()).await.expect_err(body);
        assert_eq!(*error.kind(), kind, "{status} {body}");
        assert!(!format!("{error:?}").contains("marked"), "{error:?}");
        assert_eq!(server.requests().len(), 1, "the endpoint itself tries once");
    }
}

#[tokio::test]
async fn broken_connections_are_told_apart() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"access_token\":\"marked";
    let large = format!(r#"{{"access_token":"{}"}}"#, "x".repeat(300 * 1024));
    for (reply, kind) in [
        (cut, ErrorKind::Connect),
        ("", ErrorKind::Connect),
        ("nonsense\r\n\r\n", ErrorKind::Connect),
    ] {
        let server = Server::start(move |_, _| reply.to_owned()).await;
        let error = refresh(&server, HttpClient::default()).await.expect_err(reply);
        assert_eq!(*error.kind(), kind, "{reply}");
        assert!(error.is_transient());
        assert!(!format!("{error:?}").contains("marked"), "{error:?}");
    }
    let server = Server::always("200 OK", large).await;
    let error = refresh(&server, HttpClient::default()).await.expect_err("too large");
    assert_eq!(*error.kind(), ErrorKind::TooLarge);
}

#[tokio::test]
async fn silence_ends_with_the_timeout() {
    let server = Server::start(|_, _| Reply::Silence).await;
    let timeouts = Timeouts::default().whole(Duration::from_millis(50));
    let error =
        refresh(&server, HttpClient::default().with_timeouts(timeouts)).await.expect_err("silence");
    assert_eq!(*error.kind(), ErrorKind::Timeout);
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_server_that_is_down_is_named() {
    let server = Server::always("200 OK", GOOD).await;
    let url = server.url("");
    let gone = endpoint(&server, HttpClient::default());
    drop(server);
    // The task that held the port has to be seen off first.
    tokio::task::yield_now().await;
    let error = gone.refresh(&Secret::from("r"), None).await.expect_err("down");
    assert_eq!(*error.kind(), ErrorKind::Connect);
    let host = url.trim_start_matches("http://");
    assert_eq!(error.to_string(), format!("cannot reach `{host}`"));
}

#[tokio::test]
async fn revoke_sends_the_token_in_the_body() {
    let server = Server::always("200 OK", "{}").await;
    let (http, token) = (HttpClient::default(), Secret::from("1//0marked"));
    let revoked = revoke(&http, &server.url("/revoke"), &token).await.expect("revoked");
    assert_eq!(revoked, Revoked::Now);
    assert_eq!(server.only_body(), "token=1%2F%2F0marked");
    assert!(server.requests()[0].starts_with("POST /revoke HTTP/1.1\r\n"));
}

#[tokio::test]
async fn revoking_again_is_no_error_but_a_failure_is() {
    for (status, body, expected) in [
        ("400 Bad Request", r#"{"error":"invalid_token"}"#, Ok(Revoked::Already)),
        ("400 Bad Request", r#"{"error":"invalid_request"}"#, Err(false)),
        ("503 Service Unavailable", "", Err(true)),
    ] {
        let server = Server::start(move |_, _| json(status, body)).await;
        let result =
            revoke(&HttpClient::default(), &server.url("/revoke"), &Secret::from("r")).await;
        assert_eq!(result.map_err(|error| error.is_transient()), expected, "{status} {body}");
    }
}
