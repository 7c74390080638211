//! What the emulator says of itself: that it is one, its time, its OAuth clients.
//!
//! In: the emulator's address. Out: a clock that runs as far ahead as the emulator's, so that a test that
//! moves the emulator's clock by two hours sees saved tokens as old as the emulator does; or that another
//! program listens there. Nothing secret is in these requests.
//! Not here: Google; there the wall clock is used.

use hallpass::time::Clock;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A server on this machine answers within milliseconds, a busy one within a second.
const LIMIT: Duration = Duration::from_secs(5);

/// Health is a few hundred bytes; a configuration with many projects is a few hundred KiB.
const LONGEST_REPLY: u64 = 4 * 1024 * 1024;

/// A clock that runs ahead of another.
#[derive(Debug)]
struct Ahead {
    of: Arc<dyn Clock>,
    by: Duration,
}

impl Clock for Ahead {
    fn now(&self) -> SystemTime {
        self.of.now() + self.by
    }

    // What counts from the machine's start is not moved: commands that looked at the emulator's time before it was
    // moved then agree with later ones on how old a token is.
    fn uptime(&self) -> Duration {
        self.of.uptime()
    }

    fn boot_id(&self) -> Option<&str> {
        self.of.boot_id()
    }
}

/// What listens at an address.
pub(crate) enum Server {
    /// An emulator, with its clock.
    Emulator(Arc<dyn Clock>),
    /// A program that is not an emulator.
    Stranger,
    None,
}

/// Looks at what listens at an address.
pub(crate) fn follow(emulator: SocketAddr, clock: Arc<dyn Clock>) -> Server {
    let Ok(stream) = TcpStream::connect_timeout(&emulator, LIMIT) else { return Server::None };
    match get(stream, emulator, "health").and_then(|health| time_in(&health)) {
        Some(time) => {
            let by = time.duration_since(clock.now()).unwrap_or_default();
            Server::Emulator(Arc::new(Ahead { of: clock, by }))
        }
        None => Server::Stranger,
    }
}

/// Says whether an OAuth client is the emulator's.
pub(crate) fn knows_client(emulator: SocketAddr, client_id: &str) -> bool {
    let stream = TcpStream::connect_timeout(&emulator, LIMIT).ok();
    let config = stream.and_then(|stream| get(stream, emulator, "config")).unwrap_or_default();
    let lists = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    lists(&config, "projects")
        .iter()
        .flat_map(|project| lists(project, "clients"))
        .any(|client| client["client_id"] == client_id)
}

fn get(mut stream: TcpStream, emulator: SocketAddr, what: &str) -> Option<Value> {
    stream.set_read_timeout(Some(LIMIT)).ok()?;
    let request = format!(
        "GET /emulator/v1/{what} HTTP/1.1\r\nHost: {emulator}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut reply = String::new();
    stream.take(LONGEST_REPLY).read_to_string(&mut reply).ok()?;
    json_in(&reply)
}

fn json_in(reply: &str) -> Option<Value> {
    let (head, body) = reply.split_once("\r\n\r\n")?;
    let json = serde_json::from_str(body).ok()?;
    head.starts_with("HTTP/1.1 200 ").then_some(json)
}

/// An emulator says exactly this of itself: that it is well, its version, its time.
fn time_in(health: &Value) -> Option<SystemTime> {
    let fields = health.as_object().filter(|fields| fields.len() == 3)?;
    let text = |key: &str| fields.get(key).and_then(Value::as_str);
    let now: jiff::Timestamp = text("now")?.parse().ok()?;
    (text("status")? == "ok" && !text("version")?.is_empty()).then(|| now.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_emulators_health_is_believed() {
        let time = |reply: &str| json_in(reply).and_then(|health| time_in(&health));
        let good = "HTTP/1.1 200 OK\r\nX: y\r\n\r\n\
            {\"status\":\"ok\",\"version\":\"0.1.0\",\"now\":\"2027-01-15T08:00:00.5Z\"}";
        let expected = SystemTime::UNIX_EPOCH + Duration::from_millis(1_800_000_000_500);
        assert_eq!(time(good), Some(expected));
        for bad in [
            String::new(),
            "HTTP/1.1 200 OK\r\n\r\n{}".to_owned(),
            "HTTP/1.1 200 OK\r\n\r\n<html>".to_owned(),
            "HTTP/1.1 200 OK\r\n\r\n[]".to_owned(),
            good.replace("200 OK", "404 Not Found"),
            good.replace("ok", "up"),
            good.replace("\"0.1.0\"", "7"),
            good.replace("version", "build"),
            good.replace("2027", "year"),
            good.replace("}", ",\"more\":1}"),
        ] {
            assert_eq!(time(&bad), None, "{bad}");
        }
    }
}
