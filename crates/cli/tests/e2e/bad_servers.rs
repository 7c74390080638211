//! Servers that fail: what the user reads, and how the command ends.

use crate::world::{SCOPES, World};
use snapbox::{assert_data_eq, str};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

/// Signs in at the emulator's page, but with a token server that always gives this answer.
fn login_with_token_server(answer: &'static str) -> (World, String, i32) {
    let world = World::new();
    let server = TokenServer::start(answer);
    world.use_token_uri(&server.url());
    world.write("gcloud/application_default_credentials.json", "{\"kept\":true}");
    let run = world.run_with(
        &["login", "--client-id-file", "client_secret.json", "--scopes", SCOPES],
        &[("HALLPASS_EMULATOR_HOST", "")],
    );
    assert_eq!(run.stdout, "");
    assert_eq!(world.read(world.adc()), "{\"kept\":true}", "nothing is lost");
    let code = run.code.expect("code");
    (world, last_words(&run.words), code)
}

/// What stands after the scopes and the address.
fn last_words(words: &str) -> String {
    let start = words.find("error:").unwrap_or(0);
    words[start..].to_owned()
}

#[test]
fn token_server_that_is_down() {
    let world = World::signed_in();
    world.expire_access_token();
    let run = world.run_with(&["token"], &[("HALLPASS_EMULATOR_HOST", "127.0.0.1:1")]);
    assert_data_eq!(run.failed_with(5), str![]);
}

#[test]
fn token_server_that_is_in_trouble() {
    let (_world, words, code) = login_with_token_server(
        "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops",
    );
    assert_data_eq!(words, str![]);
    assert_eq!(code, 5);
}

#[test]
fn token_server_that_answers_a_page() {
    let (_world, words, code) = login_with_token_server(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 21\r\n\r\n<html>Sign in!</html>",
    );
    assert_data_eq!(words, str![]);
    assert_eq!(code, 1);
}

#[test]
fn token_server_that_forgets_the_access_token() {
    let (_world, words, code) = login_with_token_server(
        "HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n{\"expires_in\": 3599 }\n",
    );
    assert_data_eq!(words, str![]);
    assert_eq!(code, 1);
}

#[test]
fn token_server_that_gives_no_refresh_token() {
    let (_world, words, code) = login_with_token_server(
        "HTTP/1.1 200 OK\r\nContent-Length: 66\r\n\r\n{\"access_token\":\"ya29.x\",\"expires_in\":3599,\"token_type\":\"Bearer\"}\n",
    );
    assert_data_eq!(words, str![]);
    assert_eq!(code, 3);
}

#[test]
fn token_server_that_does_not_know_the_client() {
    let (_world, words, code) = login_with_token_server(
        "HTTP/1.1 401 Unauthorized\r\nContent-Length: 75\r\n\r\n{\"error\":\"invalid_client\",\"error_description\":\"The OAuth client \\u001b[2J was\"}",
    );
    assert_data_eq!(words, str![]);
    assert_eq!(code, 3);
}

#[test]
fn token_server_that_hangs_up() {
    let (_world, words, code) =
        login_with_token_server("HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{");
    assert_data_eq!(words, str![]);
    assert_eq!(code, 5);
}

#[test]
fn gemini_that_answers_a_page() {
    let world = World::signed_in();
    let server = TokenServer::start("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>");
    let run = world.run_with(
        &["models", "list"],
        &[("HALLPASS_EMULATOR_HOST", ""), ("GOOGLE_GEMINI_BASE_URL", server.origin())],
    );
    assert_data_eq!(run.failed_with(1), str![]);
}

/// A server on a free port of this machine with one answer for everything.
pub(crate) struct TokenServer {
    origin: String,
    last_body: Arc<Mutex<String>>,
}

impl TokenServer {
    pub(crate) fn start(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("port");
        let origin = format!("http://{}", listener.local_addr().expect("address"));
        let last_body = Arc::new(Mutex::new(String::new()));
        let body = Arc::clone(&last_body);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                *body.lock().expect("lock") = read_request(&mut stream);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { origin, last_body }
    }

    /// The names and values of the last form; `%7E` and the like are left as they came.
    pub(crate) fn last_form(&self) -> Vec<(String, String)> {
        let body = self.last_body.lock().expect("lock");
        let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/token", self.origin)
    }
}

/// Reads head and body and returns the body: closing with unread bytes would reset the connection.
fn read_request(stream: &mut std::net::TcpStream) -> String {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let Ok(count @ 1..) = stream.read(&mut buffer) else { return String::new() };
        request.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let head = head.to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        if body.len() >= length.map_or(0, |length| length.trim().parse().unwrap_or(0)) {
            return body.to_owned();
        }
    }
}
