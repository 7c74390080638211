//! Replies and requests that come piece by piece.

use crate::world::World;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Reads until this text has come; everything before it is returned, too.
async fn until(stream: &mut TcpStream, text: &str) -> String {
    let mut all = Vec::new();
    while !String::from_utf8_lossy(&all).contains(text) {
        assert!(
            stream.read_buf(&mut all).await.expect("read") > 0,
            "{}",
            String::from_utf8_lossy(&all)
        );
    }
    String::from_utf8(all).expect("UTF-8")
}

async fn upstream() -> (TcpListener, World) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
    let origin = format!("http://{}", listener.local_addr().expect("address"));
    (listener, World::new(&origin))
}

const STREAM: &str = "POST /v1/models/a:streamGenerateContent?alt=sse HTTP/1.1\r\nHost: [HOST]\r\n\
    x-goog-api-key: [TICKET]\r\nContent-Length: 2\r\n\r\n{}";

const EVENTS: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

#[tokio::test]
async fn each_piece_of_a_stream_is_there_before_the_next_one_is_sent() {
    let (listener, world) = upstream().await;
    let mut program = world.open().await;
    program.write_all(world.fill(STREAM).as_bytes()).await.expect("send");
    let (mut google, _) = listener.accept().await.expect("the agent");
    until(&mut google, "{}").await;
    google.write_all(EVENTS).await.expect("head");
    let head = until(&mut program, "\r\n\r\n").await;
    assert!(head.contains("content-type: text/event-stream"), "{head}");
    // Not whole events: bytes, as they come.
    for piece in ["data: {\"a\"", ":1}\r\n\r\nda", "ta: \u{e4}", "\r\n\r\n"] {
        google
            .write_all(format!("{:x}\r\n{piece}\r\n", piece.len()).as_bytes())
            .await
            .expect("piece");
        let came = until(&mut program, piece).await;
        assert_eq!(came, format!("{:X}\r\n{piece}\r\n", piece.len()));
    }
    google.write_all(b"0\r\n\r\n").await.expect("end");
    until(&mut program, "0\r\n\r\n").await;
}

#[tokio::test]
async fn a_stream_that_is_cut_is_not_ended_as_if_it_were_whole() {
    let (listener, world) = upstream().await;
    let mut program = world.open().await;
    program.write_all(world.fill(STREAM).as_bytes()).await.expect("send");
    let (mut google, _) = listener.accept().await.expect("the agent");
    until(&mut google, "{}").await;
    google.write_all(EVENTS).await.expect("head");
    google.write_all(b"4\r\ndata\r\n").await.expect("piece");
    until(&mut program, "data").await;
    drop(google);
    let mut rest = Vec::new();
    let _ = program.read_to_end(&mut rest).await;
    assert!(!String::from_utf8_lossy(&rest).contains("0\r\n\r\n"), "{rest:?}");
}

#[tokio::test]
async fn a_revoked_ticket_ends_the_stream_that_is_on_its_way_to_it() {
    let (listener, world) = upstream().await;
    let mut program = world.open().await;
    program.write_all(world.fill(STREAM).as_bytes()).await.expect("send");
    let (mut google, _) = listener.accept().await.expect("the agent");
    until(&mut google, "{}").await;
    google.write_all(EVENTS).await.expect("head");
    google.write_all(b"4\r\ndata\r\n").await.expect("piece");
    until(&mut program, "data").await;
    assert_eq!(world.agent.tickets().revoke_all(), 1);
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(20), program.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "the stream goes on");
    assert!(!String::from_utf8_lossy(&rest).contains("0\r\n\r\n"), "{rest:?}");
    assert_eq!(google.read(&mut [0]).await.unwrap_or(0), 0, "Google's stream ends, too");
}

#[tokio::test]
async fn a_revoked_ticket_ends_a_stream_that_is_never_silent() {
    // More than all sockets and buffers on the way hold together: 64 MiB.
    const PIECES: usize = 1024;
    const PIECE: usize = 64 * 1024;
    let (listener, world) = upstream().await;
    let mut program = world.open().await;
    program.write_all(world.fill(STREAM).as_bytes()).await.expect("send");
    let (mut google, _) = listener.accept().await.expect("the agent");
    until(&mut google, "{}").await;
    google.write_all(EVENTS).await.expect("head");
    let sending = tokio::spawn(async move {
        let piece = format!("{PIECE:x}\r\n{}\r\n", "a".repeat(PIECE));
        for _ in 0..PIECES {
            if google.write_all(piece.as_bytes()).await.is_err() {
                return;
            }
        }
        let _ = google.write_all(b"0\r\n\r\n").await;
    });
    until(&mut program, "aaaa").await;
    assert_eq!(world.agent.tickets().revoke_all(), 1);
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(20), program.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "the stream goes on");
    assert!(!rest.ends_with(b"0\r\n\r\n"), "{} bytes", rest.len());
    sending.await.expect("Google");
}

#[tokio::test]
async fn a_program_that_goes_away_takes_its_request_to_google_with_it() {
    let (listener, world) = upstream().await;
    let mut program = world.open().await;
    program.write_all(world.fill(STREAM).as_bytes()).await.expect("send");
    let (mut google, _) = listener.accept().await.expect("the agent");
    until(&mut google, "{}").await;
    google.write_all(EVENTS).await.expect("head");
    until(&mut program, "\r\n\r\n").await;
    drop(program);
    assert_eq!(google.read(&mut [0]).await.unwrap_or(0), 0);
}

#[tokio::test]
async fn a_large_request_is_on_its_way_before_it_is_whole() {
    let (listener, world) = upstream().await;
    let mut program = world.open().await;
    let head = "POST /upload/v1/files HTTP/1.1\r\nHost: [HOST]\r\nx-goog-api-key: [TICKET]\r\nContent-Length: 2000000\r\n\r\n";
    program.write_all(world.fill(head).as_bytes()).await.expect("send");
    program.write_all(b"first piece").await.expect("send");
    let (mut google, _) = listener.accept().await.expect("the agent");
    let came = until(&mut google, "first piece").await;
    assert!(came.contains("content-length: 2000000\r\n"), "{came}");
}
