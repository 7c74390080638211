//! Runs a command where only the loopback interface exists, so that no test can reach further.
//!
//! In: a command. Out: the same command inside a network namespace of its own (Linux, `unshare`),
//! or unchanged, with a word about it, where the system does not let us make one.

use crate::shell;
use std::process::Command;

/// Brings `lo` up (SIOCSIFFLAGS with IFF_UP|IFF_RUNNING), then becomes the command. Written for
/// `sh` and Python because `ip` is not on every machine and Python is needed by the tests anyway.
const SCRIPT: &str = r#"
ip link set lo up 2>/dev/null || python3 -c '
import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh14x", b"lo", 0x41))' || exit 125
exec "$@"
"#;

/// Root needs no more, and keeps the other users of the system, which some tests need; everyone else gets a user
/// namespace too, in which the caller is root. The tests keep the caller's files.
const WAYS: [&[&str]; 2] = [&["--net"], &["--map-root-user", "--net"]];

/// Returns the command, wrapped so that it sees loopback alone.
pub(crate) fn wrap(command: &Command) -> Command {
    let Some(mut wrapped) = WAYS.iter().find(|way| is_possible(way)).map(|way| unshare(way)) else {
        println!(
            "note: no private network here (`unshare --net` is not allowed); tests run without"
        );
        return rebuilt(Command::new(command.get_program()), command);
    };
    wrapped.args(["sh", "-c", SCRIPT, "sh"]).arg(command.get_program());
    rebuilt(wrapped, command)
}

fn unshare(way: &[&str]) -> Command {
    let mut command = shell::command("unshare");
    command.args(way);
    command
}

fn is_possible(way: &[&str]) -> bool {
    let mut probe = unshare(way);
    probe.args(["sh", "-c", SCRIPT, "sh", "true"]);
    shell::output(probe).is_ok()
}

/// Returns a command with the words and variables of another.
pub(crate) fn rebuilt(mut target: Command, from: &Command) -> Command {
    target.args(from.get_args()).current_dir(shell::root());
    for (name, value) in from.get_envs() {
        match value {
            Some(value) => target.env(name, value),
            None => target.env_remove(name),
        };
    }
    target
}
