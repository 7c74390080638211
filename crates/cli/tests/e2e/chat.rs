//! `chat`: a conversation through a pipe, and at a terminal of 80 columns.

use crate::answers::{at, piped, stream};
use crate::elsewhere::Talk;
use hallpass_testbed::{Reply, Server, World};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

const MODEL: &str = "gemini-flash-latest";

fn bodies(server: &Server) -> Vec<Value> {
    let requests = server.requests();
    let bodies = requests.iter().map(|request| request.split_once("\r\n\r\n").expect("a body").1);
    bodies.map(|body| serde_json::from_str(body).expect("JSON")).collect()
}

#[test]
fn each_line_is_a_turn_and_the_model_is_told_what_was_said_before() {
    let world = World::signed_in();
    world.emulator.reply(MODEL, "One.");
    world.emulator.reply(MODEL, "Two.");
    let run = piped(&world, &["chat"], b"first\n\n/help\nsecond\n/exit\nthird\n").done();
    assert_eq!(run.stdout, "One.\nTwo.\n");
    assert!(run.stderr.contains("`/exit` or Ctrl-D ends the conversation"), "{}", run.stderr);
    assert!(!run.stderr.contains("> "), "no prompt where nobody types: {}", run.stderr);

    world.emulator.reply(MODEL, "One.");
    world.emulator.reply(MODEL, "Two.");
    let run = piped(&world, &["chat", "--format", "json"], b"first\n/new\nsecond\n");
    let history: Value = serde_json::from_str(&run.stdout()).expect("JSON");
    let said = history["contents"].as_array().expect("turns").iter();
    let said: Vec<_> = said.map(|turn| (&turn["role"], &turn["parts"][0]["text"])).collect();
    let (user, model) = (json!("user"), json!("model"));
    assert_eq!(said, [(&user, &json!("second")), (&model, &json!("Two."))]);
    assert_eq!(history["model"], MODEL);
}

#[test]
fn the_conversation_is_sent_with_its_settings() {
    let world = World::signed_in();
    let server = Server::on_thread(|_, _| stream("Yes.", Some("STOP")));
    let line = format!(
        "printf 'one\\ntwo\\n' | {} chat --system 'Be brief' --search",
        env!("CARGO_BIN_EXE_hallpass")
    );
    let mut command = world.command_of("sh", &["-c", &line]);
    command.env("HALLPASS_EMULATOR_HOST", "").env("GOOGLE_GEMINI_BASE_URL", server.origin());
    assert_eq!(world.finish(command.output().expect("run")).stdout(), "Yes.\nYes.\n");
    let bodies = bodies(&server);
    let texts = |body: &Value| body["contents"].as_array().map(Vec::len);
    assert_eq!((texts(&bodies[0]), texts(&bodies[1])), (Some(1), Some(3)));
    for body in bodies {
        assert_eq!(body["systemInstruction"]["parts"][0]["text"], "Be brief");
        assert_eq!(body["tools"], json!([{"googleSearch": {}}]));
    }
}

#[test]
fn without_a_terminal_a_refusal_ends_the_conversation() {
    let world = World::signed_in();
    let server = Server::on_thread(|_, _| {
        hallpass_testbed::json("400 Bad Request", r#"{"error":{"code":400}}"#)
    });
    assert_eq!(at(&world, server.origin(), &["chat"]).code, Some(0), "nothing was said");
    let words = piped(&world, &["chat", "-m", "gemini-2.0-flash"], b"one\ntwo\n").failed_with(3);
    assert!(words.contains("hint: name `gemini-2.5-flash`"), "{words}");
}

#[test]
fn at_a_terminal_ctrl_c_stops_an_answer_and_the_conversation_goes_on_without_it() {
    let world = World::signed_in();
    let asked = AtomicUsize::new(0);
    let server = Server::on_thread(move |_, _| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::ThenSilence(stream("Once upon\n", None).into_bytes()),
        _ => stream("Yes.\n", Some("STOP")).into(),
    });
    let variables = format!("HALLPASS_EMULATOR_HOST= GOOGLE_GEMINI_BASE_URL={}", server.origin());
    let mut talk = Talk::on_terminal_with(&variables, &world, "chat");
    talk.until("ends the conversation");
    talk.says("first");
    talk.until("Once upon");
    talk.says("\u{3}");
    talk.until("stopped: what you said and this answer are not in the conversation");
    talk.says("second");
    talk.until("Yes.");
    talk.says("/exit");
    talk.end(&world);
    let bodies = bodies(&server);
    assert_eq!(bodies.len(), 2);
    assert_eq!(bodies[1]["contents"], json!([{"role": "user", "parts": [{"text": "second"}]}]));
}

#[test]
fn a_line_that_is_typed_during_an_answer_is_the_next_turn() {
    let world = World::signed_in();
    let server = Server::on_thread(|_, _| stream("Yes.\n", Some("STOP")));
    let variables = format!("HALLPASS_EMULATOR_HOST= GOOGLE_GEMINI_BASE_URL={}", server.origin());
    let mut talk = Talk::on_terminal_with(&variables, &world, "chat");
    for line in ["first", "second", "/exit"] {
        talk.says(line);
    }
    talk.end(&world);
    let said = bodies(&server);
    assert_eq!(said.len(), 2);
    assert_eq!(said[1]["contents"][2]["parts"][0]["text"], "second");
}

#[test]
fn at_a_terminal_a_conversation_goes_on_after_a_refused_turn_and_ends_with_ctrl_d() {
    let world = World::signed_in();
    let asked = AtomicUsize::new(0);
    let server = Server::on_thread(move |_, _| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => stream("It goes", Some("MAX_TOKENS")),
        _ => stream("Yes.\n", Some("STOP")),
    });
    let variables = format!("HALLPASS_EMULATOR_HOST= GOOGLE_GEMINI_BASE_URL={}", server.origin());
    let mut talk = Talk::on_terminal_with(&variables, &world, "chat; echo code=$?");
    talk.until("ends the conversation");
    talk.says("first");
    talk.until("the answer stopped at a limit");
    talk.says("second");
    talk.until("Yes.");
    talk.says("\u{4}");
    let run = talk.end(&world);
    assert!(run.stderr.contains("code=0"), "{run:?}");
}
