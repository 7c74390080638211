//! OpenAI's own SDKs, unmodified, with nothing but `hallpass exec --openai` before the program.
//!
//! The emulator in Google's place refuses OAuth at its OpenAI address, and signatures that are lost or moved.
#![expect(clippy::disallowed_methods, reason = "the task names where the clients are")]

use hallpass_testbed::World;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

pub(crate) fn installed(variable: &str) -> String {
    let path = std::env::var(variable).unwrap_or_default();
    assert!(!path.is_empty(), "{variable} is not set: run `cargo xtask interop`");
    path
}

fn program(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/programs").join(name)
}

/// Runs a program by `exec --openai`, and returns what it printed.
fn seen(interpreter: &str, program: &Path) -> Value {
    let world = World::signed_in();
    let program = program.to_str().expect("a path");
    let run = world.run(&["exec", "--openai", "--", interpreter, program]).done();
    let asked = world.emulator.requests();
    let paths: Vec<&str> = asked.iter().map(|request| request.path.as_str()).collect();
    assert!(paths.contains(&"/v1beta/models/gemini-3-flash-preview:generateContent"), "{paths:?}");
    assert!(!paths.iter().any(|path| path.contains("openai")), "{paths:?}");
    serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stdout))
}

/// What both programs have to see.
fn is_whole(seen: &Value) {
    let models = seen["models"].as_array().expect("models");
    assert!(models.contains(&json!("models/gemini-3-flash-preview")), "{models:?}");
    assert_eq!(seen["model"], "models/gemini-3-flash-preview");
    let begins = |field: &str| {
        let text = seen[field].as_str().unwrap_or_default();
        assert!(text.starts_with("The emulator answers as gemini-3-flash-preview."), "{seen:#}");
    };
    begins("text");
    begins("streamed");
    assert_eq!(seen["finish_reason"], "stop");
    assert!(seen["pieces"].as_u64() > Some(1), "{seen:#}");
    let calls = json!([["get_weather", {"city": "Bern"}], ["get_weather", {"city": "Basel"}]]);
    assert_eq!(seen["calls"], calls);
    assert!(seen["after_calls"].as_str().is_some_and(|text| text.contains("clear")), "{seen:#}");
    assert_eq!(seen["vectors"], json!([8, 8]));
}

#[test]
fn openais_python_sdk_runs_by_exec_alone() {
    let python = installed("HALLPASS_TEST_OPENAI_PYTHON");
    let seen = seen(&python, &program("openai_dialect.py"));
    is_whole(&seen);
    assert_eq!(seen["calls_end"], "tool_calls");
    assert_eq!(seen["streamed_calls"], json!([{"city": "Bern"}, {"city": "Basel"}]));
    assert_eq!(seen["parsed"], true);
    assert_eq!(seen["same"], true, "base64 and numbers are the same vector");
    assert!(seen["picture_tokens"].as_u64() > Some(200), "a picture costs 258: {seen:#}");
    assert!(seen["total_tokens"].as_u64() > Some(5) && seen["streamed_usage"].as_u64() > Some(5));
    assert_eq!(
        (&seen["unknown_model"], &seen["refused"]),
        (&json!("NOT_FOUND"), &json!("logit_bias"))
    );
}

#[test]
fn openais_javascript_sdk_runs_by_exec_alone() {
    // Node looks for packages beside the program.
    let file = Path::new(&installed("HALLPASS_TEST_OPENAI_NODE_FOLDER")).join("openai_dialect.mjs");
    std::fs::copy(program("openai_dialect.mjs"), &file).expect("copy the program");
    let seen = seen("node", &file);
    is_whole(&seen);
    assert!(seen["looped"].as_str().is_some_and(|text| text.contains("clear")), "{seen:#}");
    assert_eq!(seen["unknown_model"], json!([true, "NOT_FOUND"]));
    assert_eq!(seen["refused"], json!([true, "logit_bias"]));
}
