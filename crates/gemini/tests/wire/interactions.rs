//! Interactions: their bytes, in snake_case, and their events.

use crate::generate::{body, serving};
use hallpass_gemini::interactions::Status;
use hallpass_testbed::Server;
use serde_json::json;

const DONE: &str = r#"{"id":"v1_abc","status":"completed","model":"m","steps":[{"type":"thought","signature":"c2ln"},{"type":"model_output","content":[{"type":"text","text":"Rayleigh."}]}],"output_text":"Rayleigh.","usage":{"total_tokens":8},"environment_id":"e"}"#;

#[tokio::test]
async fn an_interaction_goes_on_where_the_last_one_ended() {
    let (server, client) = serving(&[DONE]).await;
    let first = client.interaction("m").system("s").input("one").send().await.expect("one");
    assert_eq!(first.status, Some(Status::Completed));
    assert_eq!(first.output_text.as_deref(), Some("Rayleigh."));
    assert_eq!(
        serde_json::to_value(&first).expect("JSON"),
        serde_json::from_str::<serde_json::Value>(DONE).expect("JSON")
    );
    let next = client.interaction("m").previous(&first.id).input("two").field("store", false);
    next.send().await.expect("two");
    let requests = server.requests();
    assert!(requests[0].starts_with("POST /v1beta/interactions HTTP/1.1\r\n"));
    assert_eq!(
        body(&requests[0]),
        json!({"model": "m", "system_instruction": "s", "input": "one"})
    );
    assert_eq!(
        body(&requests[1]),
        json!({"model": "m", "previous_interaction_id": "v1_abc", "input": "two", "store": false})
    );
}

#[tokio::test]
async fn its_events_end_with_done_and_go_on_after_a_cut() {
    let stream = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n\
        data: {\"event_type\":\"step.delta\",\"event_id\":\"7\",\"index\":0,\"delta\":{\"type\":\"text\",\"text\":\"a\"}}\n\n\
        data: {\"event_type\":\"interaction.completed\",\"interaction\":{\"id\":\"i\"}}\n\ndata: [DONE]\n\n";
    let server = Server::in_order(&[stream]).await;
    let client = crate::client(server.origin());
    let mut events = client.interaction("m").input("x").stream().await.expect("a stream");
    let first = events.next().await.expect("one").expect("event");
    assert_eq!((first.text(), first.event_id.as_deref()), (Some("a"), Some("7")));
    assert_eq!(events.next().await.expect("two").expect("event").interaction.expect("it").id, "i");
    assert!(events.next().await.is_none());
    client.interaction_events("i", "7").await.expect("a stream");
    let requests = server.requests();
    assert!(requests[0].starts_with("POST /v1beta/interactions?alt=sse HTTP/1.1\r\n"));
    assert_eq!(body(&requests[0])["stream"], true);
    assert!(
        requests[1].starts_with("GET /v1beta/interactions/i?stream=true&last_event_id=7&alt=sse ")
    );
}

#[tokio::test]
async fn interactions_are_cancelled_and_deleted_by_name() {
    let (server, client) = serving(&[DONE, "{}"]).await;
    client.cancel_interaction("v1_abc").await.expect("cancelled");
    client.delete_interaction("v1_abc").await.expect("deleted");
    client.get_interaction("../files").await.expect_err("a name");
    client.interaction("m").input("").send().await.expect_err("empty");
    let requests = server.requests();
    assert!(requests[0].starts_with("POST /v1beta/interactions/v1_abc/cancel "));
    assert!(requests[1].starts_with("DELETE /v1beta/interactions/v1_abc "));
    assert_eq!(requests.len(), 2);
}
