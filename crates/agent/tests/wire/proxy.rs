//! What goes on to Google, and what comes back.

use crate::world::{World, parts, token};
use hallpass::{Error, ErrorKind};
use hallpass_testbed::{Server, json};

/// The lines of a request's head, without the one that names the server, sorted.
fn head(request: &str) -> Vec<String> {
    let head = request.split("\r\n\r\n").next().expect("head");
    let mut lines: Vec<String> = head.lines().map(str::to_owned).collect();
    lines[1..].sort();
    lines.retain(|line| !line.starts_with("host:"));
    lines
}

#[tokio::test]
async fn the_ticket_becomes_the_sign_in_and_no_credential_of_the_caller_goes_on() {
    let google = Server::start(|_, _| json("200 OK", "{}")).await;
    let world = World::new(google.origin());
    let spellings = "X-GOOG-API-KEY: [TICKET]\r\nAuthorization: Bearer [TICKET]\r\nauthorization: Basic YTpi\r\n\
        Proxy-Authorization: Basic YTpi\r\nCookie: a=b\r\nX-Goog-User-Project: other\r\nx_goog_user_project: other\r\n\
        X-Api-Key: [TICKET]\r\nApi-Key: [TICKET]\r\nX-HTTP-Method-Override: DELETE\r\nX-Named: hop\r\n\
        Connection: close, X-Named\r\nTE: trailers\r\nExpect: 100-continue\r\nUser-Agent: sdk/1\r\nX-Goog-Api-Client: gl\r\n";
    let path = "/v1beta/models/a:streamGenerateContent?alt=sse&key=[TICKET]&%6Bey=b&access_token=c&$httpHeaders=d&x=%2F";
    let request =
        format!("POST {path} HTTP/1.1\r\nHost: [HOST]\r\n{spellings}Content-Length: 2\r\n\r\n{{}}");
    let reply = world.raw(&request).await;
    assert!(reply.contains("HTTP/1.1 200 OK"), "{reply}");
    let [request] = google.requests().try_into().expect("one request");
    assert_eq!(
        head(&request),
        [
            "POST /v1beta/models/a:streamGenerateContent?alt=sse&x=%2F HTTP/1.1",
            "authorization: Bearer ya29.first",
            "content-length: 2",
            "user-agent: sdk/1",
            "x-goog-api-client: gl",
            "x-goog-user-project: demo-project",
        ]
    );
    assert!(request.ends_with("\r\n\r\n{}"), "{request}");
}

#[tokio::test]
async fn each_place_of_a_key_is_a_place_of_a_ticket() {
    let google = Server::start(|_, _| json("200 OK", "{}")).await;
    let world = World::new(google.origin());
    for (path, headers) in [
        ("/v1beta/v1/models", "x-goog-api-key: [TICKET]\r\n"),
        ("/v1/models?key=[TICKET]", ""),
        ("/v1beta/v1/models?key=[TICKET]", "x-goog-api-key: other\r\n"),
        ("/v1beta/v1/models", "authorization: bearer [TICKET]\r\n"),
    ] {
        let reply = world.get(path, headers).await;
        assert_eq!(parts(&reply).0, 200, "{path} {headers}: {reply}");
        let request = google.requests().pop().expect("a request");
        assert!(request.starts_with("GET /v1/models HTTP/1.1\r\n"), "{request}");
        assert!(!request.contains("hpt_"), "{request}");
    }
}

#[tokio::test]
async fn the_address_of_an_upload_leads_to_the_agent_again() {
    let google = Server::start(|number, request| {
        let host = request.split("host: ").nth(1).and_then(|rest| rest.lines().next()).expect("host");
        let path = "/upload/v1beta/files?upload_id=abc&upload_protocol=resumable";
        match number {
            0 => format!(
                "HTTP/1.1 200 OK\r\nX-Goog-Upload-URL: http://{host}{path}\r\nX-Goog-Upload-Status: active\r\n\
                 Set-Cookie: a=b\r\nAlt-Svc: h3=\":443\"\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 0\r\n\r\n"
            ),
            _ => "HTTP/1.1 200 OK\r\nX-Goog-Upload-Status: final\r\nContent-Length: 2\r\n\r\n{}".to_owned(),
        }
    })
    .await;
    let world = World::new(google.origin());
    let start = "x-goog-api-key: [TICKET]\r\nX-Goog-Upload-Protocol: resumable\r\nX-Goog-Upload-Command: start\r\n";
    let reply = world.post("/upload/v1beta/files", start, "{\"file\":{}}").await;
    let (_, head, _) = parts(&reply);
    let url = head.lines().find_map(|line| line.strip_prefix("x-goog-upload-url: ")).expect(head);
    let path = url.strip_prefix(&world.agent.origin()).expect(url);
    assert_eq!(path, "/upload/v1beta/files?upload_id=abc&upload_protocol=resumable");
    for gone in ["set-cookie", "alt-svc", "access-control"] {
        assert!(!head.contains(gone), "{head}");
    }
    let chunk = "x-goog-api-key: [TICKET]\r\nX-Goog-Upload-Command: upload, finalize\r\nX-Goog-Upload-Offset: 0\r\n";
    let reply = world.post(path, chunk, "the file").await;
    assert!(reply.contains("x-goog-upload-status: final"), "{reply}");
    let sent = google.requests().pop().expect("a request");
    assert!(sent.starts_with(&format!("POST {path} HTTP/1.1\r\n")), "{sent}");
    assert!(
        sent.contains("x-goog-upload-offset: 0\r\n") && sent.ends_with("\r\n\r\nthe file"),
        "{sent}"
    );
}

#[tokio::test]
async fn the_rest_of_an_upload_needs_no_ticket_at_the_address_that_was_given_for_it() {
    let google = Server::start(|number, request| {
        let host = request.split("host: ").nth(1).and_then(|rest| rest.lines().next());
        let host = host.expect("host");
        match number {
            0 => format!(
                "HTTP/1.1 200 OK\r\nX-Goog-Upload-URL: http://{host}/upload/v1/files?upload_id=abc\r\n\
                 Content-Length: 0\r\n\r\n"
            ),
            _ => json("200 OK", "{}"),
        }
    })
    .await;
    let world = World::new(google.origin());
    let chunk = "X-Goog-Upload-Command: upload, finalize\r\nX-Goog-Upload-Offset: 0\r\n";
    let rest = "/upload/v1/files?upload_id=abc";
    assert_eq!(parts(&world.post(rest, chunk, "the file").await).0, 401, "not yet begun");
    let begun = world.post("/upload/v1/files", "x-goog-api-key: [TICKET]\r\n", "{}").await;
    assert_eq!(parts(&begun).0, 200, "{begun}");
    assert_eq!(parts(&world.post(rest, chunk, "the file").await).0, 200);
    let sent = google.requests().pop().expect("a request");
    assert!(sent.contains("authorization: Bearer ya29.first\r\n"), "{sent}");
    for other in ["/upload/v1/files?upload_id=abd", "/upload/v1/files", "/v1/files?upload_id=abc"] {
        assert_eq!(parts(&world.post(other, chunk, "the file").await).0, 401, "{other}");
    }
    let wrong = format!("{chunk}x-goog-api-key: other\r\n");
    assert_eq!(parts(&world.post(rest, &wrong, "the file").await).0, 401, "a wrong ticket is none");
    assert_eq!(world.agent.tickets().revoke_all(), 1);
    assert_eq!(parts(&world.post(rest, chunk, "the file").await).0, 401, "it ends with the ticket");
}

#[tokio::test]
async fn a_token_that_google_does_not_take_is_replaced_once_and_a_small_request_sent_again() {
    let refused = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{}".to_owned();
    let google = Server::start(move |_, request| {
        let good = request.contains("Bearer ya29.second");
        if good { json("200 OK", "{}") } else { refused.clone() }
    })
    .await;
    let tokens =
        || vec![token("ya29.first", 3600), token("ya29.second", 3600), token("ya29.third", 3600)];
    let world = World::with(google.origin(), tokens());
    let key = "x-goog-api-key: [TICKET]\r\n";
    let reply = world.post("/v1/models/a:generateContent", key, "{\"contents\":[]}").await;
    assert_eq!(parts(&reply).0, 200, "{reply}");
    let bodies: Vec<String> = google.requests();
    assert_eq!(bodies.len(), 2);
    assert!(bodies.iter().all(|request| request.ends_with("{\"contents\":[]}")), "{bodies:?}");

    // A large one cannot be: its caller gets the 401, and the next request has the new token.
    let world = World::with(google.origin(), tokens());
    let large = "x".repeat(1024 * 1024 + 1);
    assert_eq!(parts(&world.post("/upload/v1/files", key, &large).await).0, 401);
    assert_eq!(parts(&world.get("/v1/models", key).await).0, 200);
}

#[tokio::test]
async fn what_google_refuses_comes_back_as_google_said_it() {
    let body = "{\"error\":{\"code\":429,\"message\":\"Resource has been exhausted\",\"status\":\"RESOURCE_EXHAUSTED\"}}";
    let google = Server::start(move |_, _| json("429 Too Many Requests", body)).await;
    let reply = World::new(google.origin()).get("/v1/models", "x-goog-api-key: [TICKET]\r\n").await;
    assert_eq!((parts(&reply).0, parts(&reply).2), (429, body));
}

#[tokio::test]
async fn a_sign_in_that_has_ended_is_told_in_googles_form_with_the_command_that_mends_it() {
    let ended = || {
        vec![Err(Error::new(ErrorKind::InvalidGrant { subtype: None }, "the sign-in has ended"))]
    };
    let world = World::with("http://127.0.0.1:1", ended());
    let reply = world.get("/v1/models", "x-goog-api-key: [TICKET]\r\n").await;
    assert_eq!(parts(&reply).0, 401, "{reply}");
    assert!(
        reply.contains("\"status\":\"UNAUTHENTICATED\"") && reply.contains("run `hallpass login`"),
        "{reply}"
    );

    let reply = World::alone().get("/v1/models", "x-goog-api-key: [TICKET]\r\n").await;
    assert_eq!(parts(&reply).0, 503, "{reply}");
    assert!(reply.contains("\"status\":\"UNAVAILABLE\""), "{reply}");
}

#[tokio::test]
async fn a_web_socket_is_refused_in_words() {
    let world = World::alone();
    let upgrade = "x-goog-api-key: [TICKET]\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
    for path in [
        "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent",
        "/v1beta/live",
    ] {
        let reply = world.get(path, upgrade).await;
        assert_eq!(parts(&reply).0, 501, "{reply}");
        assert!(reply.contains("Live API") && reply.contains("streamGenerateContent"), "{reply}");
    }
}
