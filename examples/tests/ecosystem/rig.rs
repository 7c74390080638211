//! rig-core, whose Gemini provider knows keys alone: at the emulator with its key, and at an agent with a ticket in the
//! place of the key, by the variables that `hallpass exec` sets.

use futures_util::StreamExt;
use hallpass::oauth::Endpoints;
use hallpass_agent::{Agent, NewTicket};
use hallpass_emulator::Emulator;
use rig_core::completion::message::{ToolName, ToolResultContent};
use rig_core::completion::{CompletionRequest, Message, ToolDefinition};
use rig_core::providers::gemini::{Gemini, GeminiConfig};
use rig_core::streaming::{Item, StreamEvent};
use serde_json::json;

const MODEL: &str = "gemini-2.5-flash";
const SAYS: &str =
    "The emulator answers as gemini-2.5-flash. The prompt has 2 tokens and ends: Hello.";

/// rig with its own Gemini provider; only the address is the emulator's or the agent's.
fn rig(address: &str, key: &str) -> Gemini {
    let _ = rustls::crypto::ring::default_provider().install_default();
    GeminiConfig::new(key).with_base_url(address).client()
}

#[tokio::test]
async fn rig_lists_answers_streams_and_embeds_with_a_key() {
    let google = Emulator::builder().start().expect("emulator");
    lists_answers_streams_and_embeds(&rig(&google.url(), "emulator-api-key")).await;
}

#[tokio::test]
async fn rig_does_the_same_with_a_ticket_of_an_agent() {
    let google = hallpass_examples::google().expect("emulator");
    let credential = hallpass_examples::sign_in(&google).await.expect("a sign-in");
    let agent = Agent::builder().endpoints(Endpoints::emulator(google.address()));
    let agent = agent.start().expect("an agent");
    let ticket = agent.tickets().issue(NewTicket::new("rig", credential)).expect("a ticket");
    lists_answers_streams_and_embeds(&rig(&agent.origin(), ticket.expose())).await;

    let requests = google.requests();
    let asked: Vec<_> = requests.iter().filter(|request| request.path.starts_with("/v1")).collect();
    assert_eq!(asked.len(), 4);
    for request in asked {
        // rig writes its key into the address.
        assert!(!format!("{request:?}").contains(ticket.expose()), "{request:?}");
        assert!(request.headers.contains_key("authorization"), "{request:?}");
    }
}

async fn lists_answers_streams_and_embeds(client: &Gemini) {
    let models = client.list_models().await.expect("models");
    assert!(models.iter().any(|model| model.id.ends_with(MODEL)), "{models:?}");

    let model = client.completion(MODEL);
    let answer = model.call("Hello.").await.expect("an answer");
    assert_eq!(answer.text(), SAYS);

    let mut stream = model.stream("Hello.").expect("a stream");
    let (mut text, mut pieces) = (String::new(), 0);
    while let Some(item) = stream.next().await {
        if let Item::Event(StreamEvent::Text { text: piece, .. }) = item.expect("an event") {
            text.push_str(&piece);
            pieces += 1;
        }
    }
    assert_eq!(text, SAYS);
    assert!(pieces > 1, "the answer comes in pieces");

    let embedding = client.embedding("gemini-embedding-001", Some(2));
    let embedded = embedding.embed_text("Hello.").await.expect("an embedding");
    assert_eq!(embedded.vec.len(), 2);
}

#[tokio::test]
async fn rig_brings_the_thought_signature_of_a_call_back() {
    let google = Emulator::builder().start().expect("emulator");
    let model = rig(&google.url(), "emulator-api-key").completion("gemini-3.1-pro-preview");
    let schema =
        json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    let name = ToolName::new("get_weather").expect("a name");
    let tool = ToolDefinition::new(name, "Says the weather.", schema);
    let question = Message::user("How is the weather in Rome?");
    let request = CompletionRequest::new(question.clone()).tool(tool.clone());
    let asked = model.call(request).await.expect("a call");
    let call = asked.tool_calls().next().expect("a call").clone();
    assert_eq!(call.function.arguments_value(), json!({"city": "Rome"}));

    let result = call.result(vec![ToolResultContent::json(json!({"result": "sunny"}))]);
    let turns = [question, asked.message().expect("a turn"), Message::tool_results(vec![result])];
    let request = CompletionRequest::from(turns.to_vec()).tool(tool);
    let told = model.call(request).await.expect("an answer").text();
    assert!(told.contains("get_weather returned"), "{told}");
    let sent = google.requests().pop().expect("a request").json().expect("JSON");
    assert!(sent.to_string().contains("thoughtSignature"), "{sent}");
}

#[tokio::test]
async fn rig_asks_by_interactions() {
    let google = Emulator::builder().start().expect("emulator");
    let client = rig(&google.url(), "emulator-api-key");
    let answer = client.interactions(MODEL).call("Hello.").await.expect("an interaction");
    assert_eq!(answer.text(), SAYS);
}
