//! Whose program is at the other end of a unix socket.
//!
//! In: a connection. Out: whether its user is the agent's own. The folder of the socket keeps others out already; this
//! holds where the folder's rights were widened. Root is not let in either: where an agent serves a container, its
//! root may be any user of the host. The overflow ID stands for every user that this namespace does not know.

use std::io;
use tokio::net::UnixStream;

/// Linux's number for a user of another namespace.
const OVERFLOW: u32 = 65_534;

/// Says whether a connection is of this process's own user.
///
/// # Errors
///
/// The system does not say whose it is.
pub fn is_same_user(stream: &UnixStream) -> io::Result<bool> {
    let theirs = stream.peer_cred()?.uid();
    let ours = rustix::process::geteuid().as_raw();
    Ok(theirs == ours && theirs != OVERFLOW)
}
