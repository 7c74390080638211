//! A page on this machine that sends the browser on to the address of a sign-in.
//!
//! In: the address. Out: another one, for the browser's argument list, which every user of this machine can read:
//! who has the address of a sign-in can finish it with another account. On Linux the page is for this user's (and
//! root's) programs alone; elsewhere, and where `/proc` is not mounted (a bare chroot), it is shown once.
//! Not here: the page that the browser comes back to (`loopback` of the library).

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// A browser may load the page again.
#[cfg(target_os = "linux")]
const AGAIN: usize = 8;
/// Where the system does not say whose the browser is, the first that comes is taken for the user's.
const ONCE: usize = 1;

/// A request of a browser is far smaller.
const LONGEST_REQUEST: usize = 16 * 1024;

/// Browsers speak at once; some connect beforehand and say nothing.
const SILENCE: Duration = Duration::from_secs(5);

/// Serves the page until the process ends, and returns its address.
pub(crate) fn serve(target: &str) -> io::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    // The hasher's keys are random.
    let random = || RandomState::new().hash_one(port);
    let path = format!("/{:016x}{:016x}", random(), random());
    let address = format!("http://127.0.0.1:{port}{path}");
    let (target, visits) = (target.to_owned(), std::sync::Arc::new(Visits::default()));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (path, target, visits) = (path.clone(), target.clone(), visits.clone());
            // A connection that fails is the browser's to repeat.
            std::thread::spawn(move || answer(stream, port, &path, &target, &visits));
        }
    });
    Ok(address)
}

#[derive(Default)]
struct Visits(std::sync::atomic::AtomicUsize);

impl Visits {
    fn one_more(&self, most: usize) -> bool {
        // A visitor who is not shown the page takes no visit away.
        most > 0 && self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < most
    }
}

fn answer(
    mut stream: TcpStream,
    port: u16,
    path: &str,
    target: &str,
    visits: &Visits,
) -> io::Result<()> {
    stream.set_read_timeout(Some(SILENCE))?;
    stream.set_write_timeout(Some(SILENCE))?;
    let request = head(&mut stream)?;
    let wanted = request.starts_with(&format!("GET {path} HTTP/1."))
        && request
            .lines()
            .any(|line| line.eq_ignore_ascii_case(&format!("host: 127.0.0.1:{port}")));
    let reply = if wanted && visits.one_more(most_visits(stream.peer_addr()?, port)) {
        format!("302 Found\r\nLocation: {target}\r\nReferrer-Policy: no-referrer")
    } else {
        "403 Forbidden".to_owned()
    };
    let end = "Cache-Control: no-store\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    stream.write_all(format!("HTTP/1.1 {reply}\r\n{end}").as_bytes())
}

fn head(stream: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    let mut part = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < LONGEST_REQUEST {
        match stream.read(&mut part)? {
            0 => break,
            read => head.extend_from_slice(&part[..read]),
        }
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Returns how often the page may be shown, to this user's programs and root's; other users do not see it.
#[cfg(target_os = "linux")]
fn most_visits(peer: SocketAddr, port: u16) -> usize {
    let Ok(connections) = std::fs::read_to_string("/proc/net/tcp") else {
        return ONCE;
    };
    match user_of(&connections, peer.port(), port) {
        Some(user) if user == 0 || user == rustix::process::getuid().as_raw() => AGAIN,
        _ => 0,
    }
}

/// Returns the owner of the end of a connection that has the port `from`, by the table of proc(5).
#[cfg(target_os = "linux")]
fn user_of(connections: &str, from: u16, to: u16) -> Option<u32> {
    let port = |address: &str| u16::from_str_radix(address.split(':').nth(1)?, 16).ok();
    connections.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let ends = (port(fields.get(1)?)?, port(fields.get(2)?)?);
        if ends == (from, to) { fields.get(7)?.parse().ok() } else { None }
    })
}

#[cfg(not(target_os = "linux"))]
fn most_visits(_: SocketAddr, _: u16) -> usize {
    ONCE
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_owner_of_a_connection_is_in_the_systems_table() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1\n\
             1: 0100007F:9C40 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  5002        0 2 1\n";
        assert_eq!(user_of(table, 40000, 8080), Some(5002));
        assert_eq!(user_of(table, 8080, 40000), None);
        assert_eq!(user_of("", 1, 2), None);
    }
}
