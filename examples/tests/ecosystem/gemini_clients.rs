//! Crates that ask the Gemini API by themselves: at the emulator, with its key and nothing of ours between, and at an
//! agent, with a ticket of its in the place of the key.

use futures_util::StreamExt;
use genai::chat::{ChatMessage, ChatRequest, ChatStreamEvent, Tool, ToolResponse};
use genai::embed::EmbedOptions;
use genai::resolver::{AuthData, Endpoint, ServiceTargetResolver};
use genai::{Client, ServiceTarget};
use hallpass::oauth::Endpoints;
use hallpass_agent::{Agent, NewTicket};
use hallpass_emulator::Emulator;
use serde_json::json;

const SAYS: &str =
    "The emulator answers as gemini-2.5-flash. The prompt has 2 tokens and ends: Hello.";

/// genai with its own Gemini adapter; only the address is the emulator's.
fn genai(google: &Emulator) -> Client {
    genai_at(&google.url(), "emulator-api-key")
}

fn genai_at(address: &str, key: &str) -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (base, key) = (format!("{address}/v1beta/"), key.to_owned());
    let resolver = ServiceTargetResolver::from_resolver_fn(move |target: ServiceTarget| {
        let endpoint = Endpoint::from_owned(base.clone());
        let auth = AuthData::from_single(key.clone());
        Ok(ServiceTarget { endpoint, auth, ..target })
    });
    Client::builder().with_service_target_resolver(resolver).build().expect("a client")
}

#[tokio::test]
async fn genai_answers_streams_and_embeds_with_a_key() {
    let google = Emulator::builder().start().expect("emulator");
    answers_streams_and_embeds(&genai(&google)).await;
}

#[tokio::test]
async fn genai_does_the_same_with_a_ticket_of_an_agent() {
    let google = hallpass_examples::google().expect("emulator");
    let credential = hallpass_examples::sign_in(&google).await.expect("a sign-in");
    let agent = Agent::builder().endpoints(Endpoints::emulator(google.address()));
    let agent = agent.start().expect("an agent");
    let ticket = agent.tickets().issue(NewTicket::new("genai", credential)).expect("a ticket");
    answers_streams_and_embeds(&genai_at(&agent.origin(), ticket.expose())).await;

    let requests = google.requests();
    let asked: Vec<_> = requests.iter().filter(|request| request.path.starts_with("/v1")).collect();
    assert_eq!(asked.len(), 3);
    for request in asked {
        assert!(request.headers.contains_key("authorization"), "{request:?}");
        assert!(!request.headers.contains_key("x-goog-api-key"), "{request:?}");
    }
}

async fn answers_streams_and_embeds(client: &Client) {
    let model = "gemini-2.5-flash";
    let answer = client.exec_chat(model, ChatRequest::from_user("Hello."), None).await;
    assert_eq!(answer.expect("an answer").first_text(), Some(SAYS));

    let stream = client.exec_chat_stream(model, ChatRequest::from_user("Hello."), None).await;
    let mut stream = stream.expect("a stream").stream;
    let mut text = String::new();
    while let Some(event) = stream.next().await {
        if let ChatStreamEvent::Chunk(chunk) = event.expect("an event") {
            text.push_str(&chunk.content);
        }
    }
    assert_eq!(text, SAYS);

    let options = EmbedOptions::new().with_dimensions(2);
    let embedded = client.embed("gemini-embedding-001", "Hello.", Some(&options)).await;
    let embedded = embedded.expect("an embedding");
    assert_eq!(embedded.first_vector().map(Vec::len), Some(2));
}

#[tokio::test]
async fn genai_brings_the_thought_signature_of_a_call_back() {
    let google = Emulator::builder().start().expect("emulator");
    let client = genai(&google);
    let model = "gemini-3.1-pro-preview";
    let schema =
        json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    let tool = Tool::new("get_weather").with_description("Says the weather.").with_schema(schema);
    let request = ChatRequest::new(vec![ChatMessage::user("How is the weather in Rome?")])
        .with_tools(vec![tool]);
    let asked = client.exec_chat(model, request.clone(), None).await.expect("a call");
    let calls = asked.into_tool_calls();
    assert_eq!(calls[0].fn_arguments, json!({"city": "Rome"}));
    let answer =
        ToolResponse::new(calls[0].call_id.clone(), json!({"result": "sunny"}).to_string());
    let request = request.append_message(calls).append_message(answer);
    let told = client.exec_chat(model, request, None).await.expect("an answer");
    let text = told.first_text().expect("a text");
    assert!(text.contains("get_weather returned"), "{text}");
    let sent = google.requests().pop().expect("a request").json().expect("JSON");
    assert!(sent.to_string().contains("thoughtSignature"), "{sent}");
}
