//! The time at the emulator: while every command talks to it, its clock is the one that counts.
//!
//! In: the emulator's address. Out: a clock that runs as far ahead as the emulator's, so that a test that
//! moves the emulator's clock by two hours sees saved tokens as old as the emulator does.
//! Not here: Google; there the wall clock is used.

use hallpass::Clock;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A server on this machine answers within milliseconds.
const LIMIT: Duration = Duration::from_secs(1);

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

    fn uptime(&self) -> Duration {
        self.of.uptime() + self.by
    }
}

/// Returns the emulator's clock; this machine's where the server has none; nothing where no server is.
pub(crate) fn follow(emulator: SocketAddr, clock: Arc<dyn Clock>) -> Option<Arc<dyn Clock>> {
    let stream = TcpStream::connect_timeout(&emulator, LIMIT).ok()?;
    let by = time_at(stream, emulator).and_then(|time| time.duration_since(clock.now()).ok());
    Some(Arc::new(Ahead { of: clock, by: by.unwrap_or_default() }))
}

fn time_at(mut stream: TcpStream, emulator: SocketAddr) -> Option<SystemTime> {
    stream.set_read_timeout(Some(LIMIT)).ok()?;
    let request = format!(
        "GET /emulator/v1/health HTTP/1.1\r\nHost: {emulator}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut reply = String::new();
    stream.take(LONGEST_REPLY).read_to_string(&mut reply).ok()?;
    time_in(&reply)
}

/// A few hundred bytes are expected.
const LONGEST_REPLY: u64 = 16 * 1024;

fn time_in(reply: &str) -> Option<SystemTime> {
    let (head, body) = reply.split_once("\r\n\r\n")?;
    let health: serde_json::Value = serde_json::from_str(body).ok()?;
    let now: jiff::Timestamp = health.get("now")?.as_str()?.parse().ok()?;
    head.starts_with("HTTP/1.1 200 ").then(|| now.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_read_from_the_health_reply() {
        let reply =
            "HTTP/1.1 200 OK\r\nX: y\r\n\r\n{\"status\":\"ok\",\"now\":\"2027-01-15T08:00:00.5Z\"}";
        let expected = SystemTime::UNIX_EPOCH + Duration::from_millis(1_800_000_000_500);
        assert_eq!(time_in(reply), Some(expected));
    }

    #[test]
    fn a_server_that_is_no_emulator_has_no_time() {
        for reply in [
            "",
            "HTTP/1.1 404 Not Found\r\n\r\n{\"now\":\"2027-01-15T08:00:00Z\"}",
            "HTTP/1.1 200 OK\r\n\r\n{}",
            "HTTP/1.1 200 OK\r\n\r\n<html>",
            "HTTP/1.1 200 OK\r\n\r\n{\"now\":7}",
        ] {
            assert_eq!(time_in(reply), None, "{reply}");
        }
    }
}
