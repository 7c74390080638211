//! The calls that wait: the same answers, and no deadlock inside a task.

use crate::answer_stream::{A, B, END, frames};
use crate::generate::SKY;
use hallpass_gemini::blocking::Client;
use hallpass_gemini::generate::Event;
use hallpass_testbed::{Server, json as answer};

fn client(server: &Server) -> Client {
    crate::client(server.origin()).into()
}

#[test]
fn answers_streams_and_conversations_wait() {
    let server = Server::on_thread(|_, request| match request.contains(":stream") {
        true => frames(&[A, B, END]),
        false => answer("200 OK", SKY),
    });
    let client = client(&server);
    assert_eq!(client.generate("m", "x").expect("answer").text().expect("text"), "Rayleigh.");
    let mut stream =
        client.stream("m", |question| question.system("s").content("x")).expect("a stream");
    let first = stream.next().expect("an event").expect("an event");
    assert_eq!(first, Event::Text("a".to_owned()));
    assert_eq!(stream.by_ref().count(), 1);
    assert_eq!(stream.finish().expect("the whole").text().expect("text"), "ab");
    let mut chat = client.chat("m").with(|turn| turn.system("s"));
    chat.send("one").expect("answer");
    chat.send("two").expect("answer");
    assert_eq!(chat.into_async().expect("the conversation").history().contents().len(), 4);
    let counted =
        client.call(|client| async move { client.generate("m", "x").await }).expect("answer");
    assert_eq!(counted.usage_metadata.expect("usage").total_token_count, Some(8));
}

#[test]
fn a_failed_call_is_the_error_of_the_call_and_inside_a_task_there_is_none() {
    let server = Server::on_thread(|_, _| answer("404 Not Found", "{}"));
    let client = client(&server);
    assert_eq!(client.generate("m", "x").expect_err("refused").status(), Some(404));
    assert!(client.generate("m", "").expect_err("empty").is_not_sent());
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    let asked = server.requests().len();
    let error = runtime.block_on(async { client.generate("m", "x") }).expect_err("inside a task");
    assert!(error.auth().is_some(), "{error}");
    assert_eq!(server.requests().len(), asked);
}
