//! Programs that hang, beside others that are served.

use crate::world::{World, parts};
use hallpass_testbed::{Server, json};
use tokio::io::AsyncWriteExt;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_and_slow_programs_do_not_keep_others_from_being_served() {
    let google = Server::start(|_, _| json("200 OK", "{}")).await;
    let world = World::new(google.origin());
    let mut held = Vec::new();
    for number in 0..60 {
        let mut stream = world.open().await;
        let begun = match number % 4 {
            0 => "",
            1 => "GET /v1/mod",
            2 => "GET /v1/models HTTP/1.1\r\nHost: [HOST]\r\nx-goog-api-key: [TICKET]\r\n",
            _ => "POST /token HTTP/1.1\r\nHost: [HOST]\r\nContent-Length: 1000\r\n\r\ngrant_type",
        };
        stream.write_all(world.fill(begun).as_bytes()).await.expect("send");
        held.push(stream);
    }
    for _ in 0..1000 {
        let reply =
            world.post("/token", "", "grant_type=refresh_token&refresh_token=[TICKET]").await;
        assert_eq!(parts(&reply).0, 200, "{reply}");
    }
    for _ in 0..20 {
        let reply = world.get("/v1/models", "x-goog-api-key: [TICKET]\r\n").await;
        assert_eq!(parts(&reply).0, 200, "{reply}");
    }
    assert_eq!(held.len(), 60);
}

#[tokio::test]
async fn a_head_without_end_is_left() {
    let world = World::alone();
    let mut stream = world.open().await;
    let _ = stream
        .write_all(world.fill("GET /v1/models HTTP/1.1\r\nHost: [HOST]\r\n").as_bytes())
        .await;
    let line = format!("x-more: {}\r\n", "a".repeat(1000));
    let mut sent = 0;
    while sent < 1024 * 1024 && stream.write_all(line.as_bytes()).await.is_ok() {
        sent += line.len();
        tokio::task::yield_now().await;
    }
    assert!(sent < 1024 * 1024, "the connection is still open");
}
