//! The same client against the emulator: a real sign-in, paging, expiry, refusals as Google words them.

use futures_util::{TryStreamExt, future};
use hallpass::http::HttpClient;
use hallpass::oauth::{AccessToken, SignIn};
use hallpass::source::{CachedSource, StaticSource};
use hallpass::store::MemoryStore;
use hallpass::{Credential, Error, OAuthClient, Scopes};
use hallpass_emulator::{Config, Emulator, ScriptedReply};
use hallpass_gemini::generate::{Event, NoText, Part};
use hallpass_gemini::{Client, Model};
use serde_json::json;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

#[tokio::test]
async fn all_pages_of_the_emulator_are_listed_once() {
    let mut config = Config::default();
    config.extra_models = 250;
    let emulator = emulator(config);
    let client = client(&emulator, signed_in(&emulator).await);
    let models: Vec<Model> =
        client.models().with_page_size(100).list().try_collect().await.expect("models");
    let names: HashSet<&str> = models.iter().map(|model| model.name.as_str()).collect();
    assert_eq!(names.len(), models.len(), "no model comes twice");
    assert!(models.len() > 250 && names.contains("models/gemini-2.5-flash"));
    assert_eq!(requests_of(&emulator, "/v1beta/models"), models.len().div_ceil(100));
}

#[tokio::test]
async fn a_token_that_has_ended_at_google_is_refreshed_once() {
    let emulator = emulator(Config::default());
    let client = client(&emulator, signed_in(&emulator).await);
    emulator.advance(Duration::from_secs(2 * 60 * 60));
    let model = client.models().get("gemini-2.5-flash").await.expect("model");
    assert_eq!(model.input_token_limit, Some(1_048_576));
    client.models().get("models/gemini-2.5-flash").await.expect("model");
    // One for the code, one for the refresh.
    assert_eq!(requests_of(&emulator, "/token"), 2);
}

#[tokio::test]
async fn refusals_of_the_emulator_have_googles_reasons() {
    let emulator = emulator(Config::default());
    let credential = signed_in(&emulator).await;
    let denied = credential.clone().with_quota_project("another-users-project");
    let error = client(&emulator, denied).models().get("gemini-2.5-flash").await;
    let error = error.expect_err("a refusal");
    assert_eq!(error.reason(), Some("USER_PROJECT_DENIED"));
    assert_eq!(error.metadata("consumer"), Some("projects/another-users-project"));

    let client = client(&emulator, credential);
    let error = client.models().get("gemini-0").await;
    assert_eq!(error.expect_err("a refusal").google_status(), Some("NOT_FOUND"));
    let near = client.models().nearest("gemini-2.0-flash", "generateContent").await;
    assert_eq!(near.expect("names")[0], "gemini-2.5-flash");
}

#[tokio::test]
async fn a_token_that_the_emulator_never_gave_asks_for_a_sign_in() {
    let emulator = emulator(Config::default());
    let token = AccessToken::new("ya29.unknown", SystemTime::UNIX_EPOCH).expect("token");
    let client = client(&emulator, Credential::new(StaticSource::new(token)));
    let error = client.models().get("gemini-2.5-flash").await.expect_err("a refusal");
    assert_eq!((error.status(), error.google_status()), (Some(401), Some("UNAUTHENTICATED")));
    assert!(error.needs_sign_in());
    assert_eq!(emulator.requests().len(), 1, "a source with one token cannot give another");
}

#[tokio::test]
async fn an_answer_a_stream_and_a_chat_of_the_emulator() {
    let emulator = emulator(Config::default());
    let client = client(&emulator, signed_in(&emulator).await);
    let answer = client.generate("gemini-2.5-flash", "Why is the sky blue?").await;
    let text = answer.expect("answer").text().expect("text");
    assert!(text.ends_with("ends: Why is the sky blue?"), "{text}");

    let question = client.model("gemini-2.5-flash").content("Why is the sky blue?");
    let mut stream = question.stream().await.expect("a stream");
    let mut pieces = Vec::new();
    while let Some(event) = stream.next().await {
        let Event::Text(piece) = event.expect("event") else { panic!("a text") };
        pieces.push(piece);
    }
    assert_eq!((pieces.len(), pieces.concat()), (3, text));
    let usage = stream.finish().await.expect("the whole").usage_metadata.expect("usage");
    assert!(usage.total_token_count > usage.prompt_token_count);

    let scripted = json!({"candidates": [{"content": {"role": "model", "parts": [
        {"functionCall": {"name": "f", "args": {}}}]},
        "finishReason": "STOP"}]});
    emulator.reply("gemini-2.5-flash", ScriptedReply::Response(scripted));
    let mut chat = client.chat("gemini-2.5-flash");
    let calls = chat.send("one").await.expect("answer");
    assert_eq!(calls.text(), Err(NoText::OnlyCalls));
    let returned = json!({"functionResponse": {"name": "f", "response": {"output": 1}}});
    let returned: Part = serde_json::from_value(returned).expect("a part");
    chat.send(returned).await.expect("answer");
    assert_eq!(chat.history().contents().len(), 4);
}

#[tokio::test]
#[cfg(all(feature = "embed", feature = "tools"))]
async fn counts_vectors_and_functions_of_the_emulator() {
    let emulator = emulator(Config::default());
    let client = client(&emulator, signed_in(&emulator).await);
    let question = || client.model("gemini-2.5-flash").content("Why is the sky blue?");
    let count = question().count_tokens().await.expect("a count").total_tokens;
    let answer = question().await.expect("answer");
    let asked = answer.usage_metadata.expect("usage").prompt_token_count;
    assert_eq!(Some(count), asked);

    let embed = client.embed("gemini-embedding-001").dimensions(8);
    let one = embed.one("a").await.expect("a vector");
    let all = embed.all(["a", "b"]).await.expect("vectors");
    assert_eq!((one.values.len(), &all[0], all.len()), (8, &one, 2));
    assert_ne!(all[0], all[1]);

    let scripted = json!({"candidates": [{"content": {"role": "model", "parts": [
        {"functionCall": {"name": "weather", "args": {"city": "Rome"}}}]},
        "finishReason": "STOP"}]});
    emulator.reply("gemini-2.5-flash", ScriptedReply::Response(scripted));
    emulator.reply("gemini-2.5-flash", "Sunny.");
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    let weather = hallpass_gemini::tools::Tool::new(
        "weather",
        "",
        schema,
        |asked: serde_json::Value| async move {
            Ok::<_, std::convert::Infallible>(asked["city"].clone())
        },
    );
    let run = question().tools([weather]).await.expect("answer");
    assert_eq!(run.answer.text().expect("text"), "Sunny.");
    assert_eq!(run.steps[0].result, Ok(json!("Rome")));
}

pub(crate) fn emulator(config: Config) -> Emulator {
    Emulator::builder().config(config).approve("ada@example.com").start().expect("emulator")
}

fn client(emulator: &Emulator, credential: Credential) -> Client {
    Client::builder(credential).base_url(&emulator.url()).build()
}

fn requests_of(emulator: &Emulator, path: &str) -> usize {
    emulator.requests().iter().filter(|request| request.path == path).count()
}

/// Signs Ada in; the browser is two requests.
pub(crate) async fn signed_in(emulator: &Emulator) -> Credential {
    let http = HttpClient::default();
    let oauth_client =
        OAuthClient::parse(emulator.client_secret_json().as_bytes()).expect("client");
    let scopes = Scopes::parse("retriever").expect("scopes");
    let pending = SignIn::new(oauth_client, scopes, http.clone()).start().await.expect("a port");
    let address = pending.url();
    let browser = async {
        let redirect = get(&http, &address).await?.headers()["location"].clone();
        get(&http, redirect.to_str().expect("text")).await
    };
    let (grant, visit) = future::join(pending.finish(), browser).await;
    visit.expect("both pages");
    let grant = grant.expect("grant");
    let store = Arc::new(MemoryStore::default());
    Credential::new(CachedSource::new(grant.client, grant.refresh_token, http, store))
}

async fn get(http: &HttpClient, address: &str) -> Result<http::Response<bytes::Bytes>, Error> {
    let request = http::Request::get(address).body(bytes::Bytes::new()).expect("request");
    http.send(request, 1024 * 1024).await
}
