//! `generate`, `count-tokens` and `embed`: answers, what is no answer, and what is not sent.

#[cfg(unix)]
use crate::elsewhere::Talk;
#[cfg(unix)]
use crate::terminal::{at_80_columns, plain};
use hallpass_emulator::ScriptedReply;
#[cfg(unix)]
use hallpass_testbed::Reply;
use hallpass_testbed::{Run, Server, World};
use serde_json::{Value, json};
use snapbox::{assert_data_eq, str};
use std::io::Write as _;
use std::process::Stdio;

const MODEL: &str = "gemini-flash-latest";

/// Runs a command with this on standard input.
pub(crate) fn piped(world: &World, arguments: &[&str], input: &[u8]) -> Run {
    let mut command = world.command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("start");
    // A command that refuses what it was told does not read.
    let _ = child.stdin.take().expect("stdin").write_all(input);
    world.finish(child.wait_with_output().expect("end"))
}

/// Has the emulator give this response once.
fn scripted(world: &World, response: Value) {
    world.emulator.reply(MODEL, ScriptedReply::Response(response));
}

fn candidate(text: &str, reason: &str) -> Value {
    json!({"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": reason}]})
}

#[cfg(unix)]
fn paths(world: &World) -> Vec<String> {
    let requests = world.emulator.requests();
    let asked = requests.iter().filter(|request| request.path.contains("/v1beta/"));
    asked.map(|request| request.path.clone()).collect()
}

#[test]
#[cfg(unix)]
fn an_answer_is_whole_in_a_pipe_and_comes_in_pieces_on_a_terminal() {
    let world = World::signed_in();
    let text = world.run(&["generate", "Why is", "the sky blue?"]).stdout();
    assert!(text.ends_with("ends: Why is the sky blue?\n"), "{text}");
    let shown = plain(&at_80_columns(&world, "", "generate 'Why is the sky blue?'"));
    assert!(shown.ends_with("ends: Why is the sky blue?\n"), "{shown}");
    assert_eq!(
        paths(&world),
        [
            format!("/v1beta/models/{MODEL}:generateContent"),
            format!("/v1beta/models/{MODEL}:streamGenerateContent"),
        ]
    );
    // The model that is asked where none is named is one that the list has.
    let list = world.run(&["models", "list"]).stdout();
    assert!(list.lines().any(|line| line == format!("models/{MODEL}")), "{list}");
}

#[test]
fn what_is_piped_in_is_the_prompt_or_follows_it() {
    let world = World::signed_in();
    for (words, input, end) in [
        (&["generate"][..], "from the pipe", "ends: from the pipe\n"),
        (&["generate", "-"], "from the pipe", "ends: from the pipe\n"),
        (
            &["generate", "Translate:", "-", "Thanks"],
            "Hallo",
            "ends: Translate:\n\nHallo\n\nThanks\n",
        ),
    ] {
        let text = piped(&world, words, input.as_bytes()).stdout();
        assert!(text.ends_with(end), "{words:?}: {text}");
    }
}

#[test]
fn bad_input_is_refused_before_anything_is_sent() {
    let world = World::signed_in();
    world.write("empty.txt", "");
    world.write("unknown.bin", "a\0b");
    world.write("list.json", "[]");
    world.write("mill.docx", "PK\u{3}\u{4}");
    world.write("bad.json", r#"{"properties": {"a": {"type": "strin"}}}"#);
    let sent = world.emulator.requests().len();
    let bytes: &[u8] = &[0xff, 0xfe];
    let endless = vec![b'a'; 17 * 1024 * 1024];
    for (words, input, what) in [
        (&["generate", ""][..], &b""[..], "the prompt is empty"),
        (&["generate", " \n"], b"", "the prompt is empty"),
        (&["generate", "-"], b"", "the prompt is empty"),
        (&["generate"], bytes, "standard input is not text (UTF-8)"),
        (&["generate"], &endless, "standard input has more than 16 MiB"),
        (&["generate", "--file", "nowhere.txt", "x"], b"", "`nowhere.txt` is not there"),
        (&["generate", "--file", "empty.txt", "x"], b"", "`empty.txt` is empty"),
        (&["generate", "--file", "unknown.bin", "x"], b"", "`unknown.bin` is of an unknown type"),
        (&["generate", "--file", ".", "x"], b"", "`.` is a folder; name its files"),
        (
            &["generate", "--file", "mill.docx", "x"],
            b"",
            "`mill.docx` is not of a type that Gemini reads in a prompt\nhint: save it as PDF, or put it into a store: \
             `hallpass file-search add STORE mill.docx`\n",
        ),
        (
            &["generate", "--schema", "nowhere.json", "x"],
            b"",
            "cannot use `nowhere.json`: it cannot be read",
        ),
        (
            &["generate", "--schema", "unknown.bin", "x"],
            b"",
            "cannot use `unknown.bin`: it is not JSON",
        ),
        (&["generate", "--schema", "list.json", "x"], b"", "the schema is no JSON object"),
        (&["generate", "--schema", "bad.json", "x"], b"", "`type` is `strin`, not one of string"),
        (&["generate", "-m", "../files/a", "x"], b"", "`../files/a` is not the name of a model"),
        (&["count-tokens", ""], b"", "the prompt is empty"),
        (&["count-tokens", "-m", "a b", "x"], b"", "`a b` is not the name of a model"),
        (&["embed", "a", ""], b"", "text 2 is empty"),
        (&["embed", "-"], b"", "there is no text"),
        (&["embed", "-m", "a/b/c", "x"], b"", "`a/b/c` is not the name of a model"),
        (&["chat", "-m", "a b"], b"", "`a b` is not the name of a model"),
    ] {
        let words = piped(&world, words, input).failed_with(2);
        assert!(words.contains(what), "{words}");
        assert!(words.contains("\nhint: "), "{words}");
    }
    // 2 GiB and a byte; it takes no room on the disk.
    let large = std::fs::OpenOptions::new().append(true).open(world.path("empty.txt"));
    let large = large.expect("file");
    large.set_len(2 * 1024 * 1024 * 1024 + 1).expect("length");
    let words = world.run(&["generate", "--file", "empty.txt", "x"]).failed_with(2);
    assert!(words.contains("`empty.txt` is larger than 2 GiB"), "{words}");
    large.set_len(0).expect("length");
    assert_eq!(world.emulator.requests().len(), sent);
}

#[test]
#[cfg(unix)]
fn a_closed_standard_input_is_an_empty_prompt() {
    let world = World::signed_in();
    let line = format!("{} generate - <&-", env!("CARGO_BIN_EXE_hallpass"));
    let output = world.command_of("sh", &["-c", &line]).output().expect("run");
    assert!(world.finish(output).failed_with(2).contains("the prompt is empty"));
}

#[test]
#[cfg(unix)]
fn what_is_no_answer_says_why_and_ends_with_its_code() {
    let world = World::signed_in();
    for (response, code, printed, words) in [
        (
            json!({"promptFeedback": {"blockReason": "SAFETY"}}),
            3,
            "",
            "error: Google's filters blocked the prompt\n  caused by: Gemini says SAFETY\nhint: say it in other words\n",
        ),
        (
            candidate("The first step", "SAFETY"),
            3,
            "The first step\n",
            "error: Google's filters stopped the answer\n  caused by: Gemini says SAFETY\nhint: say it in other words\n",
        ),
        (
            candidate("Once upon", "MAX_TOKENS"),
            1,
            "Once upon\n",
            "error: the answer stopped at a limit and is not whole\n  caused by: Gemini says MAX_TOKENS\n",
        ),
        (
            candidate("Once", "SOLAR_FLARE"),
            1,
            "Once\n",
            "error: the model did not end its answer\n  caused by: Gemini says SOLAR_FLARE\n",
        ),
        (
            json!({"candidates": [{"content": {"parts": [{"text": "hm", "thought": true}]}, "finishReason": "STOP"}]}),
            1,
            "",
            "error: the model thought and said nothing\n",
        ),
        (
            json!({"candidates": [{"content": {"role": "model"}, "finishReason": "STOP"}]}),
            1,
            "",
            "error: the answer has no text\n",
        ),
    ] {
        scripted(&world, response.clone());
        let run = world.run(&["generate", "x"]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(code), printed), "{response}");
        assert!(run.words.contains(words), "{response}: {}", run.words);
        // The same on a terminal, where it comes in pieces.
        scripted(&world, response.clone());
        let shown = plain(&at_80_columns(&world, "", "generate x; echo code=$?"));
        let error = words.lines().next().expect("a line");
        assert!(shown.contains(&format!("{printed}{error}\n")), "{response}: {shown}");
        assert!(shown.ends_with(&format!("code={code}\n")), "{response}: {shown}");
        // With JSON the response is there, and the failure beside it.
        scripted(&world, response.clone());
        let run = world.run(&["generate", "x", "--format", "json"]);
        let given: Value = serde_json::from_str(&run.stdout).expect("JSON");
        assert_eq!((run.code, given), (Some(code), response));
    }
}

#[test]
#[cfg(unix)]
fn an_answer_cannot_steer_the_terminal_and_keeps_its_lines() {
    let world = World::signed_in();
    let hostile =
        "one\ttwo\r\nthree\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}\n\u{1f469}\u{200d}\u{1f4bb}";
    let clean =
        "one\ttwo\nthree\\u{1b}]0;owned\\u{7}\\u{9b}2J\\u{202e}\n\u{1f469}\u{200d}\u{1f4bb}\n";
    world.emulator.reply(MODEL, hostile);
    assert_eq!(world.run(&["generate", "x"]).stdout(), clean);
    world.emulator.reply(MODEL, hostile);
    let shown = at_80_columns(&world, "", "generate x");
    assert!(shown.contains(clean), "{shown:?}");
}

#[test]
fn a_model_that_is_not_there_has_names_like_it() {
    let world = World::signed_in();
    assert_data_eq!(
        world.run(&["generate", "-m", "gemini-2.0-flash", "x"]).failed_with(3),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: Gemini does not know the model `gemini-2.0-flash`
  caused by: Gemini answered 404 NOT_FOUND
hint: name `gemini-2.5-flash`, `gemini-3.5-flash`, `gemini-3.6-flash`, or another of `hallpass models list`

"#]]
    );
    assert_data_eq!(
        world.run(&["embed", "-m", "gemini-embeding-001", "x"]).failed_with(3),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: Gemini does not know the model `gemini-embeding-001`
  caused by: Gemini answered 404 NOT_FOUND
hint: name `gemini-embedding-001`, or another of `hallpass models list`

"#]]
    );
}

#[test]
fn a_model_that_cannot_do_this_is_not_called_unknown() {
    let world = World::signed_in();
    assert_data_eq!(
        world.run(&["generate", "-m", "gemini-embedding-001", "x"]).failed_with(3),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: the model `gemini-embedding-001` cannot do this: it has no `generateContent`
  caused by: Gemini answered 404 NOT_FOUND
hint: list the names with `hallpass models list`; `hallpass models get NAME` shows what one can do

"#]]
    );
}

#[test]
fn sources_stand_below_the_answer() {
    let world = World::signed_in();
    let mut response = candidate("Ten were sold.", "STOP");
    response["candidates"][0]["groundingMetadata"] = json!({"groundingChunks": [
        {"web": {"uri": "https://example.com/a", "title": "example.com"}},
        {"retrievedContext": {"title": "report.pdf", "pageNumber": 3, "text": "In May\n ten were\tsold.\u{1b}[2J"}}]});
    scripted(&world, response.clone());
    let text = world.run(&["generate", "--search", "How many?"]).stdout();
    let sources = r#"
Sources:
  1  example.com  https://example.com/a
  2  report.pdf, page 3
     "In May ten were sold.\u{1b}[2J"
"#;
    assert_eq!(text, format!("Ten were sold.\n{sources}"));
}

#[test]
fn a_schema_makes_the_answer_one_document() {
    let world = World::signed_in();
    world.write("schema.json", r#"{"type": "object", "properties": {"name": {"type": "string"}}}"#);
    world.emulator.reply(MODEL, r#"{"name":"Sachertorte"}"#);
    let text = world.run(&["generate", "--schema", "schema.json", "a cake"]).stdout();
    assert_eq!(text, "{\n  \"name\": \"Sachertorte\"\n}\n");
    world.emulator.reply(MODEL, "Sachertorte");
    let words = world.run(&["generate", "--schema", "schema.json", "a cake"]).failed_with(1);
    assert!(words.contains("error: the answer is not JSON\n"), "{words}");
}

#[test]
fn what_is_asked_for_is_in_the_request() {
    let world = World::signed_in();
    world.write("notes.org", "* Notes\n");
    world.write("small.pdf", "%PDF-1.7");
    world.write("schema.json", r#"{"type": "object"}"#);
    let server = Server::on_thread(|_, _| {
        hallpass_testbed::json("200 OK", &candidate("{}", "STOP").to_string())
    });
    let run = at(
        &world,
        server.origin(),
        &[
            "generate",
            "-m",
            "gemini-x",
            "--system",
            "Be brief",
            "--file",
            "notes.org",
            "--file",
            "small.pdf",
            "--schema",
            "schema.json",
            "--search",
            "--file-search",
            "fileSearchStores/s",
            "What is this?",
        ],
    );
    assert_eq!(run.stdout(), "{}\n");
    let request = server.requests().pop().expect("a request");
    let (head, body) = request.split_once("\r\n\r\n").expect("a body");
    assert!(
        head.starts_with("POST /v1beta/models/gemini-x:generateContent HTTP/1.1\r\n"),
        "{head}"
    );
    assert_eq!(
        serde_json::from_str::<Value>(body).expect("JSON"),
        json!({
            "contents": [{"role": "user", "parts": [
                {"text": "File `notes.org`:\n\n* Notes\n\n"},
                {"inlineData": {"mimeType": "application/pdf", "data": "JVBERi0xLjc="}},
                {"text": "What is this?"}]}],
            "systemInstruction": {"parts": [{"text": "Be brief"}]},
            "tools": [{"googleSearch": {}}, {"fileSearch": {"fileSearchStoreNames": ["fileSearchStores/s"]}}],
            "generationConfig": {"responseMimeType": "application/json",
                "responseJsonSchema": {"type": "object"}},
        })
    );
}

/// Runs a command against this server in Gemini's place.
pub(crate) fn at(world: &World, origin: &str, arguments: &[&str]) -> Run {
    let variables = [("HALLPASS_EMULATOR_HOST", ""), ("GOOGLE_GEMINI_BASE_URL", origin)];
    world.run_with(arguments, &variables)
}

/// The head of a stream, and a frame with this text.
#[cfg(unix)]
pub(crate) fn stream(text: &str, reason: Option<&str>) -> String {
    let mut frame =
        json!({"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}}]});
    if let Some(reason) = reason {
        frame["candidates"][0]["finishReason"] = reason.into();
    }
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: {frame}\n\n"
    )
}

#[test]
#[cfg(unix)]
fn ctrl_c_in_the_middle_of_an_answer_says_so() {
    let world = World::signed_in();
    let server = Server::on_thread(|_, _| {
        Reply::ThenSilence(stream("The sky is blue, since\n", None).into_bytes())
    });
    let variables = format!("HALLPASS_EMULATOR_HOST= GOOGLE_GEMINI_BASE_URL={}", server.origin());
    let mut talk = Talk::on_terminal_with(&variables, &world, "generate x");
    talk.until("The sky is blue, since");
    talk.says("\u{3}");
    let run = talk.end(&world);
    assert!(run.stderr.contains("interrupted"), "{run:?}");
    assert_eq!(run.code, Some(130), "{run:?}");
}

#[test]
#[cfg(unix)]
fn an_answer_that_breaks_off_stays_and_is_an_error() {
    let world = World::signed_in();
    let server = Server::on_thread(|_, _| stream("The sky is", None));
    let variables = format!("HALLPASS_EMULATOR_HOST= GOOGLE_GEMINI_BASE_URL={}", server.origin());
    let shown = plain(&at_80_columns(&world, &variables, "generate x; echo code=$?"));
    assert!(shown.contains("The sky is\nerror: Gemini's answer ends before its end\n"), "{shown}");
    assert!(shown.ends_with("code=5\n"), "{shown}");
}

#[test]
fn a_reader_that_leaves_ends_the_answer_without_an_error() {
    let world = World::signed_in();
    let mut command = world.command(&["generate", "x"]);
    let (reader, writer) = std::io::pipe().expect("pipe");
    drop(reader);
    world.finish(command.stdout(writer).output().expect("run")).done();
}

#[test]
fn tokens_are_counted_and_texts_become_vectors() {
    let world = World::signed_in();
    let count = world.run(&["count-tokens", "Why is the sky blue?"]).stdout();
    assert_eq!(count, "5\n");
    let json: Value = serde_json::from_str(
        &world.run(&["count-tokens", "Why is the sky blue?", "--format", "json"]).stdout(),
    )
    .expect("JSON");
    assert_eq!(json["totalTokens"], 5);

    let lines = piped(&world, &["embed", "--dimensions", "3", "a", "-"], b"b\na\n").stdout();
    let vectors: Vec<Vec<f64>> =
        lines.lines().map(|line| serde_json::from_str(line).expect("a list")).collect();
    assert!(vectors.iter().all(|vector| vector.len() == 3) && vectors.len() == 3, "{lines}");
    assert!(vectors[0] == vectors[2] && vectors[0] != vectors[1], "{lines}");
    let json: Value = serde_json::from_str(
        &world.run(&["embed", "--dimensions", "3", "a", "--format", "json"]).stdout(),
    )
    .expect("JSON");
    assert_eq!((&json[0]["text"], &json[0]["values"]), (&json!("a"), &json!(vectors[0])));
}

#[test]
fn a_hint_carries_the_sign_in_that_is_in_force() {
    let world = World::signed_in();
    let login =
        ["login", "--client-id-file", "client_secret.json", "--token-file", "my token.json"];
    world.run(&login).done();
    let words = ["generate", "-m", "gemini-2.0-flash", "x", "--token-file", "my token.json"];
    let words = world.run(&words).failed_with(3);
    assert!(words.contains("`hallpass models list --token-file 'my token.json'`"), "{words}");
}
