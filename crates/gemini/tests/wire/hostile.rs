//! An API that means harm: each of its answers ends as an error that shows nothing of it, or as no answer.
//!
//! Not here: time limits; every request goes through the HTTP client of `hallpass`, whose tests have them.

use futures_util::TryStreamExt;
use hallpass_gemini::Model;
use hallpass_testbed::{Server, json};
use std::error::Error as _;

const MIB: usize = 1024 * 1024;

fn answers(elsewhere: &str) -> Vec<(&'static str, String)> {
    let deep = format!(r#"{{"name":{}{}}}"#, "[".repeat(500), "]".repeat(500));
    let words = "{\"error\":{\"code\":403,\"message\":\"\u{1b}]0;marked\u{7}\u{202e}evil\",\"status\":\"NO\u{1b}[2J\u{202e}\"}}";
    let whole = json("200 OK", r#"{"name":"models/aqa"}"#);
    let mut answers = vec![
        ("17 MiB", json("200 OK", &" ".repeat(17 * MIB))),
        (
            "1 GiB",
            "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n".to_owned()
                + &" ".repeat(17 * MIB),
        ),
        ("headers", "HTTP/1.1 200 OK\r\n".to_owned() + &"X-More: and more\r\n".repeat(100_000)),
        (
            "redirect",
            format!("HTTP/1.1 302 Found\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\n\r\n"),
        ),
        ("page", json("200 OK", "<html>marked</html>")),
        ("deep", json("200 OK", &deep)),
        ("gzip", json("200 OK\r\nContent-Encoding: gzip", "\u{1f}\u{8b}\u{8}marked")),
        ("control characters", json("403 Forbidden", words)),
    ];
    answers.extend((0..whole.len()).step_by(5).map(|end| ("cut", whole[..end].to_owned())));
    answers
}

#[tokio::test]
async fn every_way_of_meaning_harm_ends_as_an_error_that_shows_nothing() {
    let elsewhere = Server::in_order(&[json("200 OK", r#"{"name":"models/aqa"}"#)]).await;
    let answers = answers(elsewhere.origin());
    for (name, text) in answers {
        let server = Server::in_order(&[text]).await;
        let client = crate::client(server.origin());
        let error = client.models().get("aqa").await.expect_err(name);
        assert!(!server.requests().is_empty(), "{name}: the server was not asked");
        // A list takes an object without models for an empty page.
        match client.models().list().try_collect::<Vec<Model>>().await {
            Ok(models) => assert!(name == "deep" && models.is_empty(), "{name}"),
            Err(of_list) => assert_eq!(of_list.to_string(), error.to_string(), "{name}"),
        }
        let mut told = format!("{error} {error:?}");
        let mut cause = error.source();
        while let Some(why) = cause {
            told.push_str(&why.to_string());
            cause = why.source();
        }
        assert!(!told.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{name}: {told:?}");
    }
    assert_eq!(elsewhere.requests().len(), 0, "no redirect was followed");
}
