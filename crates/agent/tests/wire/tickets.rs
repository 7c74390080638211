//! Tickets: whose are good, what is told about those that are not, and how they end.

use crate::world::{World, credential, parts, start, token};
use hallpass_agent::NewTicket;
use hallpass_testbed::Server;
use std::time::Duration;

/// Returns status, reason and message of Google's error form.
fn error(reply: &str) -> (u16, String, String) {
    let (status, head, body) = parts(reply);
    assert!(head.contains("content-type: application/json"), "{reply}");
    let json: serde_json::Value = serde_json::from_str(body).expect(reply);
    let error = &json["error"];
    assert_eq!(error["code"], status, "{reply}");
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    assert_eq!(error["details"][0]["@type"], "type.googleapis.com/google.rpc.ErrorInfo");
    (status, text(&error["details"][0]["reason"]), text(&error["message"]))
}

#[tokio::test]
async fn without_a_good_ticket_nothing_is_passed_on_and_the_message_names_a_command() {
    let google = Server::always("200 OK", "{}").await;
    let world = World::new(google.origin());
    let half = world.ticket.expose()[..20].to_owned();
    let more = format!("{}A", world.ticket.expose());
    for (headers, reason, command) in [
        (String::new(), "TICKET_MISSING", "hallpass exec --"),
        ("x-goog-api-key:\r\n".to_owned(), "TICKET_MISSING", "hallpass exec --"),
        ("x-goog-api-key: other\r\n".to_owned(), "TICKET_UNKNOWN", "hallpass agent ticket new"),
        (format!("x-goog-api-key: {half}\r\n"), "TICKET_UNKNOWN", "hallpass agent ticket new"),
        (format!("x-goog-api-key: {more}\r\n"), "TICKET_UNKNOWN", "hallpass agent ticket new"),
        (
            "Authorization: Bearer other\r\n".to_owned(),
            "TICKET_UNKNOWN",
            "hallpass agent ticket new",
        ),
        ("Authorization: Basic [TICKET]\r\n".to_owned(), "TICKET_MISSING", "hallpass exec --"),
        ("Cookie: key=[TICKET]\r\n".to_owned(), "TICKET_MISSING", "hallpass exec --"),
        ("x-goog-api-key: AIzaSyA\r\n".to_owned(), "NOT_A_TICKET", "unset GOOGLE_GEMINI_BASE_URL"),
        (
            "Authorization: Bearer ya29.first\r\n".to_owned(),
            "NOT_A_TICKET",
            "unset GOOGLE_GEMINI_BASE_URL",
        ),
    ] {
        let (status, told, message) = error(&world.get("/v1beta/models", &headers).await);
        assert_eq!((status, told.as_str()), (401, reason), "{headers}");
        assert!(message.contains(command), "{headers}: {message}");
        assert!(!message.contains("hpt_"), "{message}");
    }
    assert_eq!(google.connections(), 0);
    assert!(world.agent.tickets().list().iter().all(|ticket| ticket.uses == 0));
}

#[tokio::test]
async fn an_expired_a_revoked_and_another_agents_ticket_open_nothing() {
    let google = Server::always("200 OK", "{}").await;
    let world = World::new(google.origin());
    let other = World::new(google.origin());
    let tickets = world.agent.tickets();
    let short = NewTicket::new("short", credential(vec![token("ya29.b", 3600)]));
    let short = tickets.issue(short.expires_at(start() + Duration::from_secs(60))).expect("ticket");
    let key = |text: &str| format!("x-goog-api-key: {text}\r\n");
    assert_eq!(parts(&world.get("/v1/models", &key(short.expose())).await).0, 200);
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(error(&world.get("/v1/models", &key(short.expose())).await).1, "TICKET_EXPIRED");
    assert_eq!(
        error(&world.get("/v1/models", &key(other.ticket.expose())).await).1,
        "TICKET_UNKNOWN"
    );

    assert!(!tickets.revoke("00000000"));
    assert!(tickets.revoke(world.ticket.id()));
    assert!(!tickets.revoke(world.ticket.id()), "it is revoked already");
    assert_eq!(error(&world.get("/v1/models", &key("[TICKET]")).await).1, "TICKET_REVOKED");
    let form = "grant_type=refresh_token&refresh_token=[TICKET]";
    let reply = world.post("/token", "", form).await;
    assert_eq!(parts(&reply).0, 400, "{reply}");
    assert!(reply.contains("\"error\":\"invalid_grant\""), "{reply}");
    assert_eq!(google.requests().len(), 1);
}

#[tokio::test]
async fn revoking_all_ends_every_ticket_and_new_ones_are_good() {
    let google = Server::always("200 OK", "{}").await;
    let world = World::new(google.origin());
    let tickets = world.agent.tickets();
    let new = || NewTicket::new("more", credential(vec![token("ya29.c", 3600)]));
    let all: Vec<_> = (0..50).map(|_| tickets.issue(new()).expect("ticket")).collect();
    assert_eq!(tickets.revoke_all(), 51);
    for ticket in all.iter().take(5).chain([&world.ticket]) {
        let reply =
            world.get("/v1/models", &format!("x-goog-api-key: {}\r\n", ticket.expose())).await;
        assert_eq!(error(&reply).1, "TICKET_REVOKED");
    }
    let ticket = tickets.issue(new()).expect("ticket");
    let reply = world.get("/v1/models", &format!("x-goog-api-key: {}\r\n", ticket.expose())).await;
    assert_eq!(parts(&reply).0, 200, "{reply}");
}

#[tokio::test]
async fn a_ticket_is_listed_with_its_uses_and_never_shown() {
    let google = Server::always("200 OK", "{}").await;
    let world = World::new(google.origin());
    for _ in 0..3 {
        world.get("/v1/models", "x-goog-api-key: [TICKET]\r\n").await;
    }
    let [info] = world.agent.tickets().list().try_into().expect("one");
    assert_eq!((info.id.as_str(), info.name.as_str(), info.uses), (world.ticket.id(), "test", 3));
    assert_eq!((info.created_at, info.last_use), (start(), Some(start())));
    let text = world.ticket.expose();
    assert_eq!((&text[..4], text.len()), ("hpt_", 47), "256 bits: {text}");
    for shown in [format!("{:?}", world.ticket), format!("{:?}", world.agent)] {
        assert!(!shown.contains(text), "{shown}");
        assert!(!shown.contains("ya29"), "{shown}");
    }
    let journal = world.agent.journal().latest();
    let entry = &journal[0];
    assert_eq!(
        (entry.method.as_str(), entry.path.as_str(), entry.status),
        ("GET", "/v1/models", 200)
    );
    assert_eq!(entry.ticket, Some((world.ticket.id().to_owned(), "test".to_owned())));
}

#[tokio::test]
async fn the_journal_holds_no_query_and_no_ticket_that_was_tried() {
    let world = World::alone();
    world.get("/v1/models?key=hpt_stolen&q=secret", "Authorization: Bearer hpt_other\r\n").await;
    let journal = format!("{:?}", world.agent.journal().latest());
    assert!(journal.contains("/v1/models") && journal.contains("TICKET_UNKNOWN"), "{journal}");
    for secret in ["hpt_", "secret", "key="] {
        assert!(!journal.contains(secret), "{journal}");
    }
}
