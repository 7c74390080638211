//! Counters for a scraper: what they count, who may read them, and that no name from outside ends a line.

use crate::world::{World, credential, parts, token};
use hallpass_agent::NewTicket;
use hallpass_testbed::Server;

/// Returns the header that opens the counters.
fn bearer(world: &World) -> String {
    let link = world.agent.page_link().expect("a page");
    let token = link.split("link=").nth(1).expect("a token").to_owned();
    format!("Authorization: Bearer {token}\r\n")
}

#[tokio::test]
async fn requests_refusals_and_refreshes_are_counted_and_nothing_else_is_told() {
    let google = Server::always("200 OK", "{}").await;
    let tokens = vec![token("ya29.first", 60), token("ya29.second", 3600)];
    let world = World::with_metrics(google.origin(), tokens);
    let odd = NewTicket::new("a\"b\\c\nd", credential(vec![token("ya29.odd", 3600)]));
    let odd = world.agent.tickets().issue(odd).expect("ticket");
    for _ in 0..2 {
        world.get("/v1/models/secret-model", "x-goog-api-key: [TICKET]\r\n").await;
    }
    world.get("/v1/models", &format!("x-goog-api-key: {}\r\n", odd.expose())).await;
    world.get("/v1/models", "x-goog-api-key: stolen\r\n").await;
    world.get("/v1/models", "Origin: http://rebound.example\r\n").await;
    world.post("/token", "", "grant_type=refresh_token&refresh_token=[TICKET]").await;
    let entries = world.agent.journal().latest().len();
    for _ in 0..2 {
        let reply = world.get("/metrics", &bearer(&world)).await;
        let (status, head, body) = parts(&reply);
        assert_eq!(status, 200, "{reply}");
        let kind = "content-type: text/plain; version=0.0.4; charset=utf-8\r\n";
        assert!(head.contains(kind), "{head}");
        let lines: Vec<&str> = body.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(
            lines,
            [
                "hallpass_agent_requests_total{ticket=\"\",status=\"4xx\"} 2",
                "hallpass_agent_requests_total{ticket=\"a\\\"b\\\\c\\nd\",status=\"2xx\"} 1",
                "hallpass_agent_requests_total{ticket=\"test\",status=\"2xx\"} 3",
                "hallpass_agent_refusals_total{reason=\"BROWSER\"} 1",
                "hallpass_agent_refusals_total{reason=\"TICKET_UNKNOWN\"} 1",
                "hallpass_agent_refreshes_total 3",
            ]
        );
        let kinds = body.lines().filter(|line| line.starts_with("# TYPE hallpass_agent_"));
        assert_eq!(kinds.filter(|line| line.ends_with("_total counter")).count(), 3, "{body}");
    }
    assert_eq!(world.agent.journal().latest().len(), entries, "a scrape is no entry");
}

#[tokio::test]
async fn the_counters_are_off_unless_asked_for_and_open_by_the_link_token_alone() {
    let world = World::with_page();
    assert_eq!(parts(&world.get("/metrics", &bearer(&world)).await).0, 401, "no ticket");
    assert_eq!(parts(&world.get("/metrics", "x-goog-api-key: [TICKET]\r\n").await).0, 404);

    let world = World::with_metrics("http://127.0.0.1:1", vec![token("ya29.first", 3600)]);
    let good = bearer(&world);
    let bare = good.replace("Authorization: Bearer ", "").trim_end().to_owned();
    for headers in [
        String::new(),
        "Authorization: Bearer [TICKET]\r\n".to_owned(),
        "x-goog-api-key: [TICKET]\r\n".to_owned(),
        format!("x-goog-api-key: {bare}\r\n"),
        format!("Authorization: Basic {bare}\r\n"),
        format!("Authorization: Bearer {}\r\n", &bare[..46]),
        format!("{good}Origin: http://[HOST]\r\n"),
        format!("{good}Sec-Fetch-Site: same-origin\r\n"),
    ] {
        let reply = world.get("/metrics", &headers).await;
        assert_eq!(parts(&reply).0, 403, "{headers}: {reply}");
        assert!(!reply.contains("_total"), "{headers}: {reply}");
    }
    assert_eq!(parts(&world.get(&format!("/metrics?link={bare}"), "").await).0, 403);
    assert_eq!(parts(&world.post("/metrics", &good, "").await).0, 405);
}
