//! What was recorded is answered again, and holds no secret.

use crate::answer_stream::{A, END, frames};
use crate::generate::SKY;
use hallpass::http::HttpClient;
use hallpass_gemini::cassette::{Recorder, Replay};
use hallpass_gemini::{Client, Error};
use hallpass_testbed::{Server, json as answer};

async fn ask(client: &Client) -> Result<(String, String), Error> {
    let whole = client.generate("m", "Why?").await?.text()?;
    let stream = client.model("m").content("And?").stream().await?;
    Ok((whole, stream.finish().await?.text()?))
}

#[tokio::test]
async fn what_was_recorded_is_answered_again_without_a_server() {
    let server = Server::start(|_, request| match request.contains(":stream") {
        true => frames(&[A, END]),
        false => answer("200 OK\r\nSet-Cookie: marked=1", SKY),
    })
    .await;
    let recorder = Recorder::new(HttpClient::default().transport().clone());
    let http = HttpClient::builder().transport(recorder.clone()).build();
    let at = |http: HttpClient, origin: &str| {
        Client::builder(crate::credential()).base_url(origin).http(http).build()
    };
    let asked = ask(&at(http.clone(), server.origin())).await.expect("answers");
    let client = at(http, server.origin());
    client.request(http::Method::GET, "files/a?upload_id=marked").open().await.expect("a reply");
    let kept = recorder.to_json();
    for secret in ["ya29", "marked", "authorization", "127.0.0.1"] {
        assert!(!kept.contains(secret), "{secret} in {kept}");
    }

    let replay = Replay::parse(&kept).expect("a recording");
    let http = HttpClient::builder().transport(replay.clone()).build();
    let client = at(http, "https://generativelanguage.googleapis.com");
    assert_eq!(ask(&client).await.expect("answers"), asked);
    assert_eq!(replay.left(), 1);
    // Each reply is given once, and nothing is made up.
    let error = ask(&client).await.expect_err("nothing is left");
    let cause = error.connection().expect("the transport's").to_string();
    assert_eq!(cause, "nothing is left that was recorded of POST /v1beta/models/m:generateContent");
    assert!(Replay::parse("{}").expect_err("another form").is_invalid_setting());
}
