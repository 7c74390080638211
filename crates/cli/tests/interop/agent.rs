//! Programs that know nothing of hallpass, with nothing but `hallpass exec -- PROGRAM` before them.

use hallpass_testbed::World;
use serde_json::{Value, json};

const HELLO: &str =
    "The emulator answers as gemini-2.5-flash. The prompt has 2 tokens and ends: Hello.";

fn signed_in() -> World {
    let world = World::signed_in();
    world.run(&["set-quota-project", "demo-project"]).done();
    world
}

fn told(said: &str) -> Value {
    serde_json::from_str(said).expect(said)
}

/// Every request came to Google with the sign-in's token, and no ticket came with it.
fn google_saw_the_sign_in(world: &World) {
    let requests = world.emulator.requests();
    let asked: Vec<_> = requests.iter().filter(|request| request.path.starts_with("/v1")).collect();
    assert!(!asked.is_empty());
    for request in asked {
        assert!(request.headers.contains_key("authorization"), "{request:?}");
        assert!(!request.headers.contains_key("x-goog-api-key"), "{request:?}");
        assert!(!request.query.contains_key("key"), "{request:?}");
    }
}

/// The lines of docs/agent.md from this one to the end of its block.
fn printed(first: &str) -> String {
    let page = include_str!("../../../../docs/agent.md");
    let begin = page.find(&format!("\n    {first}\n")).expect(first) + 1;
    let lines = page[begin..].lines().take_while(|line| line.starts_with("    "));
    lines.map(|line| format!("{}\n", &line[4..])).collect()
}

#[test]
fn the_python_programs_of_the_page_run_as_they_are_printed() {
    let world = signed_in();
    let program = world.path("app.py").display().to_string();
    world.write("app.py", &printed("from google import genai"));
    assert_eq!(world.python_by_exec(&[], &program).trim_end(), HELLO);
    world.write("app.py", &printed("import litellm"));
    let said = world.litellm_by_exec(&[], &program);
    assert!(said.starts_with("ModelResponse(") && said.contains(HELLO), "{said}");
    world.write("app.py", &printed("from openai import OpenAI"));
    let python = crate::openai::installed("HALLPASS_TEST_OPENAI_PYTHON");
    let said = world.run(&["exec", "--openai", "--", &python, "app.py"]).stdout();
    assert!(said.starts_with("ChatCompletion(") && said.contains(HELLO), "{said}");
    google_saw_the_sign_in(&world);
}

#[test]
fn google_genai_for_python_lists_generates_streams_embeds_and_uploads() {
    let world = signed_in();
    assert_eq!(
        told(&world.python_by_exec(&[], "agent_genai.py")),
        json!({"list": "models/gemini-2.5-flash", "generate": HELLO, "stream": HELLO, "embed": 1, "upload": [6, "text/plain"]})
    );
    google_saw_the_sign_in(&world);
}

#[test]
fn google_genai_for_node_generates_streams_embeds_and_uploads() {
    let world = signed_in();
    assert_eq!(
        told(&world.node_by_exec(&[], "agent_genai.mjs")),
        json!({"generate": HELLO, "stream": HELLO, "embed": 1, "upload": "6"})
    );
    google_saw_the_sign_in(&world);
}

#[test]
fn litellm_generates_and_streams() {
    let world = signed_in();
    let said = told(&world.litellm_by_exec(&[], "agent_litellm.py"));
    assert_eq!(said, json!({"chat": HELLO, "stream": HELLO}));
    google_saw_the_sign_in(&world);
}

#[test]
fn langchain_lists_generates_streams_and_embeds() {
    let world = signed_in();
    let said = told(&world.python_by_exec(&[], "agent_langchain.py"));
    let list = "models/gemini-2.5-flash";
    assert_eq!(said, json!({"list": list, "generate": HELLO, "stream": HELLO, "embed": [2, 2]}));
    google_saw_the_sign_in(&world);
}

#[test]
fn vercels_ai_sdk_generates_streams_and_calls_a_tool() {
    let world = signed_in();
    let said = told(&world.node_by_exec(&[], "agent_aisdk.mjs"));
    assert_eq!((&said["generate"], &said["stream"]), (&json!(HELLO), &json!(HELLO)));
    assert_eq!((&said["cities"], &said["steps"]), (&json!(["Rome"]), &json!(2)));
    let told = said["tool"].as_str().unwrap_or_default();
    assert!(told.ends_with(r#"returned {"content":"sunny","name":"get_weather"}"#), "{said}");
    google_saw_the_sign_in(&world);
}

#[test]
fn gemini_cli_answers_a_prompt_with_its_key_method_chosen() {
    let world = signed_in();
    let chosen = json!({
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "privacy": {"usageStatisticsEnabled": false},
    });
    world.write(".gemini/settings.json", &chosen.to_string());
    let run = world.gemini_cli_by_exec(&["--skip-trust", "-m", "gemini-2.5-flash", "-p", "hello"]);
    let answer = run.done().stdout;
    assert!(answer.starts_with("The emulator answers as gemini-2.5-flash."), "{answer}");
    assert!(answer.trim_end().ends_with("ends: hello"), "{answer}");
    google_saw_the_sign_in(&world);
}

#[test]
fn gemini_cli_refuses_the_method_that_it_chooses_by_itself() {
    let run = signed_in().gemini_cli_by_exec(&["--skip-trust", "-p", "hello"]);
    assert_eq!(run.code, Some(41), "{}", run.stdout);
    assert!(run.stderr.contains("Invalid auth method selected."), "{}", run.stderr);
}

#[test]
fn google_auth_for_python_gets_its_tokens_by_the_ticket_file() {
    let said = told(&signed_in().python_by_exec(&[], "agent_auth.py"));
    let kind = "google.auth.external_account_authorized_user";
    assert_eq!(said, json!({"type": kind, "status": 200, "project": "demo-project"}));
}

#[test]
fn google_auth_for_node_gets_its_tokens_by_the_ticket_file() {
    let said = told(&signed_in().node_by_exec(&[], "agent_auth.mjs"));
    let kind = "ExternalAccountAuthorizedUserClient";
    assert_eq!(said, json!({"type": kind, "status": 200, "project": "demo-project"}));
}
