//! OpenAI's dialect as a program meets it: bytes on the agent's socket, and what the server in Google's place is asked.

use hallpass::Credential;
use hallpass::oauth::{AccessToken, Endpoints};
use hallpass::source::{TokenFuture, TokenSource};
use hallpass_agent::{Agent, NewTicket};
use hallpass_testbed::{Server, json};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// Gives out `ya29.first`, and `ya29.second` once the first has been rejected.
#[derive(Debug, Default)]
struct TwoTokens(AtomicBool);

impl TokenSource for TwoTokens {
    fn token(&self) -> TokenFuture<'_> {
        let text = if self.0.load(Ordering::SeqCst) { "ya29.second" } else { "ya29.first" };
        Box::pin(async move { Ok(Arc::new(AccessToken::new(text, SystemTime::UNIX_EPOCH)?)) })
    }

    fn reject(&self, _token: &AccessToken) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// An agent before this server, and a ticket of it.
fn agent(google: &str) -> (Agent, String) {
    let address = google.trim_start_matches("http://").parse().expect("an address");
    let agent = Agent::builder().endpoints(Endpoints::emulator(address)).start().expect("an agent");
    let credential = Credential::new(TwoTokens::default()).with_quota_project("demo-project");
    let ticket = agent.tickets().issue(NewTicket::new("test", credential)).expect("a ticket");
    let text = ticket.expose().to_owned();
    (agent, text)
}

/// Sends a request and returns the connection.
async fn opened(agent: &Agent, ticket: &str, line: &str, body: &str) -> TcpStream {
    let host = agent.address();
    let mut stream = TcpStream::connect(host).await.expect("the agent");
    let length = body.len();
    let request = format!(
        "{line} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {ticket}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\nx-stainless-lang: python\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.expect("a request");
    stream
}

/// Returns the head of the whole answer in small letters, and its body.
async fn answer(mut stream: TcpStream) -> (String, String) {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("an answer");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    (head.to_ascii_lowercase(), body.to_owned())
}

async fn asked(agent: &Agent, ticket: &str, line: &str, body: &str) -> (String, Value) {
    let (head, body) = answer(opened(agent, ticket, line, body).await).await;
    let value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{head}\n{body}"));
    (head, value)
}

const CHAT: &str = "POST /openai/v1/chat/completions";
const QUESTION: &str =
    r#"{"model":"gemini-3.5-flash","messages":[{"role":"user","content":"Hello"}]}"#;
const ANSWER: &str = r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"Hi."}]},"finishReason":"STOP"}],"responseId":"r1"}"#;

#[tokio::test]
async fn a_question_goes_to_google_with_the_sign_in_and_without_the_ticket() {
    let google = Server::always("200 OK", ANSWER).await;
    let (agent, ticket) = agent(google.origin());
    let (head, got) = asked(&agent, &ticket, CHAT, QUESTION).await;
    assert!(head.starts_with("http/1.1 200 ok\r\n") && head.contains("no-store"), "{head}");
    assert_eq!(got["choices"][0]["message"]["content"], "Hi.");
    assert_eq!((&got["id"], &got["object"]), (&"chatcmpl-r1".into(), &"chat.completion".into()));
    let request = google.requests().pop().expect("a request");
    let (head, body) = request.split_once("\r\n\r\n").expect("a head");
    let line = "POST /v1beta/models/gemini-3.5-flash:generateContent HTTP/1.1\r\n";
    assert!(head.starts_with(line), "{head}");
    let head = head.to_ascii_lowercase();
    assert!(head.contains("\r\nauthorization: bearer ya29.first"), "{head}");
    assert!(head.contains("\r\nx-goog-user-project: demo-project"), "{head}");
    assert!(!request.contains(&ticket) && !head.contains("stainless"), "{request}");
    assert_eq!(body, r#"{"contents":[{"role":"user","parts":[{"text":"Hello"}]}]}"#);
}

#[tokio::test]
async fn a_token_that_google_refuses_is_replaced_and_the_question_is_sent_again() {
    let google = Server::in_order(&[json("401 Unauthorized", "{}"), json("200 OK", ANSWER)]).await;
    let (agent, ticket) = agent(google.origin());
    let (_, got) = asked(&agent, &ticket, CHAT, QUESTION).await;
    assert_eq!(got["choices"][0]["finish_reason"], "stop");
    let requests = google.requests();
    assert!(requests[1].to_ascii_lowercase().contains("bearer ya29.second"), "{}", requests[1]);
    assert!(requests[1].ends_with(r#"{"contents":[{"role":"user","parts":[{"text":"Hello"}]}]}"#));
}

#[tokio::test]
async fn what_is_not_translated_is_refused_and_google_is_asked_nothing() {
    let google = Server::always("200 OK", ANSWER).await;
    let (agent, ticket) = agent(google.origin());
    let body = r#"{"model":"m","messages":[{"role":"user","content":"a"}],"logit_bias":{"1":1}}"#;
    let (head, got) = asked(&agent, &ticket, CHAT, body).await;
    assert!(head.starts_with("http/1.1 400"), "{head}");
    assert_eq!(got["error"]["param"], "logit_bias");
    let (head, got) = asked(&agent, &ticket, "POST /openai/v1/responses", "{}").await;
    assert!(head.starts_with("http/1.1 404"), "{head}");
    assert_eq!(got["error"]["type"], "invalid_request_error");
    let (head, got) = asked(&agent, "sk-no-ticket", CHAT, QUESTION).await;
    assert!(head.starts_with("http/1.1 401"), "{head}");
    assert!(
        got["error"]["message"].as_str().is_some_and(|text| text.contains("hallpass")),
        "{got}"
    );
    assert_eq!(google.requests().len(), 0);
}

#[tokio::test]
async fn a_refusal_of_googles_keeps_its_status_and_its_time_to_wait() {
    let error = r#"{"error":{"code":429,"message":"Slow down.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.2s"}]}}"#;
    let google = Server::always("429 Too Many Requests", error).await;
    let (agent, ticket) = agent(google.origin());
    for stream in ["false", "true"] {
        let body = QUESTION.replace("{\"model\"", &format!("{{\"stream\":{stream},\"model\""));
        let (head, got) = asked(&agent, &ticket, CHAT, &body).await;
        assert!(head.starts_with("http/1.1 429") && head.contains("\r\nretry-after: 2"), "{head}");
        assert_eq!(got["error"]["message"], "Slow down.");
        assert_eq!(got["error"]["code"], "RESOURCE_EXHAUSTED");
    }
}

/// Two frames of one answer.
const FRAMES: [&str; 2] = [
    "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"one\"}]}}],\"responseId\":\"r1\"}\r\n\r\n",
    "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"two\"}]},\"finishReason\":\"STOP\"}]}\r\n\r\n",
];

/// Sends one frame, then waits to be told to go on: `true` for the other frame, `false` to break off.
async fn halting() -> (String, oneshot::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    let (go_on, told) = oneshot::channel();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("the agent");
        let mut request = Vec::new();
        while !request.ends_with(b"}]}]}") {
            stream.read_buf(&mut request).await.expect("a request");
        }
        let text = String::from_utf8_lossy(&request).into_owned();
        assert!(text.contains("models/gemini-3.5-flash:streamGenerateContent?alt=sse "), "{text}");
        let length = FRAMES.concat().len();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all((head + FRAMES[0]).as_bytes()).await.expect("a frame");
        if told.await.expect("the test") {
            stream.write_all(FRAMES[1].as_bytes()).await.expect("a frame");
        }
    });
    (origin, go_on)
}

/// Waits no longer than any machine needs, so that a broken agent fails the test instead of stopping it.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), what).await.expect("an answer at all")
}

async fn to_the_end(stream: &mut TcpStream) -> String {
    let mut rest = String::new();
    soon(stream.read_to_string(&mut rest)).await.expect("the end");
    rest
}

/// Reads until this stands in what has come, and returns it all.
async fn until(stream: &mut TcpStream, words: &str) -> String {
    let mut bytes = Vec::new();
    while !String::from_utf8_lossy(&bytes).contains(words) {
        assert!(
            soon(stream.read_buf(&mut bytes)).await.expect("the answer") > 0,
            "{}",
            bytes.escape_ascii()
        );
    }
    String::from_utf8(bytes).expect("text")
}

const STREAMED: &str =
    r#"{"model":"gemini-3.5-flash","stream":true,"messages":[{"role":"user","content":"Hello"}]}"#;

#[tokio::test]
async fn a_chunk_leaves_before_the_next_frame_has_come() {
    let (google, go_on) = halting().await;
    let (agent, ticket) = agent(&google);
    let mut stream = opened(&agent, &ticket, CHAT, STREAMED).await;
    // The server in Google's place sends no more before this has been read.
    let first = until(&mut stream, "\n\n\r\n").await;
    assert!(first.to_ascii_lowercase().contains("\r\ncontent-type: text/event-stream"), "{first}");
    assert!(first.contains(r#""content":"one""#) && !first.contains("two"), "{first}");
    go_on.send(true).expect("the server");
    let rest = until(&mut stream, "data: [DONE]\n\n").await;
    assert!(
        rest.contains(r#""content":"two""#) && rest.contains(r#""finish_reason":"stop""#),
        "{rest}"
    );
}

#[tokio::test]
async fn a_stream_that_breaks_off_ends_with_an_error_and_not_with_done() {
    let (google, go_on) = halting().await;
    let (agent, ticket) = agent(&google);
    let mut stream = opened(&agent, &ticket, CHAT, STREAMED).await;
    until(&mut stream, "\n\n\r\n").await;
    go_on.send(false).expect("the server");
    let rest = to_the_end(&mut stream).await;
    assert!(rest.contains("data: {\"error\":{\"code\":\"upstream\""), "{rest}");
    assert!(!rest.contains("[DONE]") && rest.ends_with("0\r\n\r\n"), "{rest}");
}

#[tokio::test]
async fn a_ticket_that_is_revoked_ends_its_streams() {
    let (google, _go_on) = halting().await;
    let (agent, ticket) = agent(&google);
    let mut stream = opened(&agent, &ticket, CHAT, STREAMED).await;
    until(&mut stream, "\n\n\r\n").await;
    assert_eq!(agent.tickets().revoke_all(), 1);
    let rest = to_the_end(&mut stream).await;
    assert!(rest.contains("ticket_revoked") && !rest.contains("[DONE]"), "{rest}");
}

#[tokio::test]
async fn many_texts_are_embedded_by_several_requests() {
    let vectors = |count| vec![r#"{"values":[0.5]}"#; count].join(",");
    let reply = |count| json("200 OK", &format!(r#"{{"embeddings":[{}]}}"#, vectors(count)));
    let google = Server::in_order(&[reply(100), reply(50)]).await;
    let (agent, ticket) = agent(google.origin());
    let texts = vec!["\"a\""; 150].join(",");
    let body = format!(r#"{{"model":"e","input":[{texts}],"encoding_format":"base64"}}"#);
    let (_, got) = asked(&agent, &ticket, "POST /v1beta/openai/embeddings", &body).await;
    assert_eq!(got["data"].as_array().map(Vec::len), Some(150));
    assert_eq!(
        (&got["data"][149]["index"], &got["data"][149]["embedding"]),
        (&149.into(), &"AAAAPw==".into())
    );
    assert_eq!(google.requests().len(), 2);
}

#[tokio::test]
async fn models_are_listed() {
    let google = Server::always("200 OK", r#"{"models":[{"name":"models/a"}]}"#).await;
    let (agent, ticket) = agent(google.origin());
    let (_, got) = asked(&agent, &ticket, "GET /openai/v1/models", "").await;
    assert_eq!(got["data"][0]["id"], "models/a");
    assert!(google.requests()[0].starts_with("GET /v1beta/models?pageSize=1000 HTTP/1.1\r\n"));
}

#[tokio::test]
async fn a_request_that_is_larger_than_any_is_refused() {
    let google = Server::always("200 OK", ANSWER).await;
    let (agent, ticket) = agent(google.origin());
    let host = agent.address();
    let mut stream = TcpStream::connect(host).await.expect("the agent");
    let head = format!(
        "{CHAT} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {ticket}\r\nContent-Length: 70000000\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("a head");
    let piece = vec![b' '; 1_000_000];
    for _ in 0..70 {
        // The agent may have answered, and closed, before the end.
        if stream.write_all(&piece).await.is_err() {
            break;
        }
    }
    let mut answer = [0; 12];
    // A reset may have taken the answer with it; then nothing was sent on all the same.
    if stream.read_exact(&mut answer).await.is_ok() {
        assert_eq!(&answer, b"HTTP/1.1 413");
    }
    assert_eq!(google.requests().len(), 0);
}
