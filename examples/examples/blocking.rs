//! Signs in and makes headers without an async runtime:
//! `cargo run -p hallpass-examples --example blocking`.

use hallpass::{Scopes, blocking};
use hallpass_emulator::Emulator;
use hallpass_testbed::browser;
use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;

pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let google = Emulator::builder().approve("ada@example.com").start()?;
    let folder = tempfile::tempdir()?;
    let client = folder.path().join("client_secret.json");
    let token = folder.path().join("token.json");
    hallpass::store::write_private(&client, google.client_secret_json().as_bytes())?;

    let scopes = Scopes::quickstart();
    let credential = blocking::load_creds(&client, &token, &scopes, |url| {
        let url = url.to_owned();
        thread::spawn(move || browser::open_and_wait(url));
    })?;
    let headers = credential.headers()?;

    let mut stream = TcpStream::connect(google.address())?;
    let bearer = headers["authorization"].to_str()?;
    write!(
        stream,
        "GET /v1beta/models HTTP/1.1\r\nHost: {}\r\nAuthorization: {bearer}\r\n\
         x-goog-user-project: demo-project\r\nConnection: close\r\n\r\n",
        google.address()
    )?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply)?;
    assert!(reply.starts_with("HTTP/1.1 200 "), "{reply}");
    Ok(())
}
