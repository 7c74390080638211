//! An empty key in the place of a ticket: refused, but where it was asked for, and then at the Gemini API alone.

use crate::world::{World, parts};
use hallpass_testbed::Server;

const EMPTY: &str = "x-goog-api-key:\r\n";

#[tokio::test]
async fn an_empty_key_is_taken_only_where_it_was_asked_for() {
    let google = Server::always("200 OK", "{}").await;
    let world = World::new(google.origin());
    assert_eq!(parts(&world.get("/v1/models", EMPTY).await).0, 401);
    assert_eq!(google.connections(), 0);
    world.agent.accept_empty_key(&world.ticket).expect("the first");
    assert_eq!(parts(&world.get("/v1beta/models", EMPTY).await).0, 200);
    let asked = google.requests();
    assert!(asked[0].contains("authorization: Bearer ya29.first\r\n"), "{}", asked[0]);
    assert!(!asked[0].contains("x-goog-api-key"), "{}", asked[0]);
    assert_eq!(world.agent.tickets().list()[0].uses, 1);
    assert!(world.agent.accept_empty_key(&world.ticket).is_err(), "it stands for one ticket");
}

#[tokio::test]
async fn an_empty_key_opens_nothing_else_and_nothing_to_a_web_page() {
    let google = Server::always("200 OK", "{}").await;
    let world = World::new(google.origin());
    world.agent.accept_empty_key(&world.ticket).expect("the first");
    for headers in [
        "".to_owned(),
        "x-goog-api-key: other\r\n".to_owned(),
        "x-goog-api-key:\r\nx-goog-api-key: other\r\n".to_owned(),
        "x-goog-api-key:\r\nAuthorization: Bearer other\r\n".to_owned(),
        "Authorization: Bearer \r\n".to_owned(),
    ] {
        assert_eq!(parts(&world.get("/v1/models", &headers).await).0, 401, "{headers}");
    }
    assert_eq!(parts(&world.get("/v1/models?key=", "").await).0, 401);
    let form = "grant_type=refresh_token&refresh_token=";
    assert!(world.post("/token", EMPTY, form).await.contains("\"error\":\"invalid_grant\""));
    let page = format!("{EMPTY}Origin: http://rebound.example\r\n");
    assert_eq!(parts(&world.get("/v1/models", &page).await).0, 403);
    assert!(world.agent.tickets().revoke(world.ticket.id()));
    let revoked = world.get("/v1/models", EMPTY).await;
    assert!(revoked.contains("TICKET_REVOKED"), "{revoked}");
    assert_eq!(google.connections(), 0);
}
