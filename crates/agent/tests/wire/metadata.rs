//! The metadata server: what each library's detection asks, and who gets nothing.

use crate::world::{World, parts};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const FLAVOR: &str = "Metadata-Flavor: Google\r\n";

/// Asks a metadata server, whose address stands for `[HOST]`.
async fn ask(address: std::net::SocketAddr, path: &str, headers: &str) -> String {
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: [HOST]\r\nConnection: close\r\n{headers}\r\n");
    let mut stream = TcpStream::connect(address).await.expect("connect");
    let request = request.replace("[HOST]", &address.to_string());
    stream.write_all(request.as_bytes()).await.expect("send");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.expect("reply");
    reply
}

fn serve(world: &World) -> std::net::SocketAddr {
    let any = "127.0.0.1:0".parse().expect("address");
    world.agent.serve_metadata(any, &world.ticket).expect("metadata server")
}

#[tokio::test]
async fn each_librarys_detection_finds_what_it_looks_for() {
    let world = World::alone();
    let address = serve(&world);
    let root = ask(address, "/", "").await;
    assert_eq!(parts(&root).0, 200, "{root}");
    assert!(root.contains("\r\nmetadata-flavor: Google\r\n"), "{root}");
    let account = "/computeMetadata/v1/instance/service-accounts/default";
    for (path, body) in [
        ("/computeMetadata/v1/instance", "service-accounts/\n"),
        ("/computeMetadata/v1/project/project-id", "demo-project"),
        ("/computeMetadata/v1/universe/universe-domain", "googleapis.com"),
        ("/computeMetadata/v1/universe/universe_domain", "googleapis.com"),
        (&format!("{account}/email"), "default"),
        (&format!("{account}/scopes"), "https://www.googleapis.com/auth/cloud-platform"),
        (
            &format!("{account}/?recursive=true"),
            "{\"aliases\":[\"default\"],\"email\":\"default\",\"scopes\":[\"https://www.googleapis.com/auth/cloud-platform\"]}\n",
        ),
        (
            &format!("{account}/token?scopes=a,b"),
            "{\"access_token\":\"ya29.first\",\"expires_in\":3600,\"token_type\":\"Bearer\"}\n",
        ),
    ] {
        let reply = ask(address, path, FLAVOR).await;
        let (status, head, told) = parts(&reply);
        assert_eq!((status, told), (200, body), "{path}");
        assert!(head.contains("\r\nmetadata-flavor: Google"), "{path}: {head}");
    }
    let identity = ask(address, &format!("{account}/identity?audience=a"), FLAVOR).await;
    assert_eq!(parts(&identity).0, 404, "{identity}");
}

#[tokio::test]
async fn a_web_page_another_name_and_an_ended_ticket_get_no_token() {
    let world = World::alone();
    let address = serve(&world);
    let token = "/computeMetadata/v1/instance/service-accounts/default/token";
    for headers in [
        "",
        "Metadata-Flavor: google\r\n",
        "Metadata-Flavor: Google\r\nX-Forwarded-For: 127.0.0.1\r\n",
        "Metadata-Flavor: Google\r\nOrigin: http://rebound.example\r\n",
        "Metadata-Flavor: Google\r\nSec-Fetch-Site: same-origin\r\n",
        "Metadata-Flavor: Google\r\nHost: rebound.example\r\n",
    ] {
        let reply = ask(address, token, headers).await;
        assert_eq!(parts(&reply).0, 403, "{headers}: {reply}");
        assert!(!reply.contains("ya29"), "{reply}");
    }
    // It serves nothing but metadata, and the agent's own address no metadata.
    let form = "/token?grant_type=refresh_token";
    assert_eq!(parts(&ask(address, form, FLAVOR).await).0, 404);
    assert_eq!(parts(&ask(address, "/v1/models", FLAVOR).await).0, 404);
    let reply = world.get(token, &format!("{FLAVOR}x-goog-api-key: [TICKET]\r\n")).await;
    assert_eq!(parts(&reply).0, 404, "{reply}");

    assert!(world.agent.tickets().revoke(world.ticket.id()));
    let reply = ask(address, token, FLAVOR).await;
    assert_eq!(parts(&reply).0, 401, "{reply}");
}
