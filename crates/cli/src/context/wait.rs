//! Waiting: for a person's line, for a server, for the end of the process.
//!
//! In: what is waited for. Out: what came of it; on a terminal, one line says what is waited for.

use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use futures_util::future::{self, Either};
use std::io::{self, IsTerminal, Write};
use std::pin::pin;
use std::time::Duration;
use tokio::time::timeout;

/// Waits a moment for a whole line, and reads it if it is still wanted then.
#[cfg(unix)]
pub(super) fn line_soon(wanted: impl Fn() -> bool) -> Option<Outcome<Option<String>>> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    // A terminal has nothing to read before there is a whole line.
    const MOMENT: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
    let stdin = rustix::stdio::stdin();
    let mut watched = [PollFd::new(&stdin, PollFlags::IN)];
    let is_ready = poll(&mut watched, Some(&MOMENT)).is_ok_and(|ready| ready > 0);
    (is_ready && wanted()).then(read_line)
}

#[cfg(not(unix))]
pub(super) fn line_soon(wanted: impl Fn() -> bool) -> Option<Outcome<Option<String>>> {
    LINES.soon(wanted).map(answered)
}

#[cfg(unix)]
pub(super) fn read_line() -> Outcome<Option<String>> {
    answered(line_of_stdin())
}

#[cfg(not(unix))]
pub(super) fn read_line() -> Outcome<Option<String>> {
    answered(LINES.next())
}

#[cfg(not(unix))]
static LINES: super::lines::Lines = super::lines::Lines::new(line_of_stdin);

fn line_of_stdin() -> io::Result<Option<String>> {
    let mut line = String::new();
    Ok((io::stdin().read_line(&mut line)? > 0).then_some(line))
}

fn answered(line: io::Result<Option<String>>) -> Outcome<Option<String>> {
    let failed = |error| Failure::new(Case::Unexpected, "cannot read the answer").because(error);
    line.map_err(failed)
}

/// Runs a future to its end, or until Ctrl-C, or until the system ends the process.
pub(crate) fn block_on<T>(work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    run(async {
        // Polled first: from the work's first word on, Ctrl-C is heard.
        match future::select(pin!(ended()), pin!(work)).await {
            Either::Left(_) => Err(Failure::new(Case::Interrupted, "interrupted")),
            Either::Right((outcome, _)) => outcome,
        }
    })
}

/// Runs a future to its end; what Ctrl-C means is its own to say ([`ended`]).
pub(crate) fn run<T>(work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    let runtime = runtime()?;
    let outcome = runtime.block_on(work);
    // A thread that reads a file or a line is not waited for.
    runtime.shutdown_background();
    outcome
}

/// Who wants an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The person.
    CtrlC,
    /// The system.
    BySystem,
}

/// Returns when the process is asked to end.
#[cfg(unix)]
pub(crate) async fn ended() -> Ended {
    use tokio::signal::unix::{SignalKind, signal};

    let ctrl_c = pin!(tokio::signal::ctrl_c());
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = ctrl_c.await;
        return Ended::CtrlC;
    };
    match future::select(ctrl_c, pin!(terminate.recv())).await {
        Either::Left(_) => Ended::CtrlC,
        Either::Right(_) => Ended::BySystem,
    }
}

/// Returns when the process is asked to end.
#[cfg(windows)]
pub(crate) async fn ended() -> Ended {
    use tokio::signal::windows;

    let ctrl_c = pin!(tokio::signal::ctrl_c());
    let (Ok(mut ctrl_break), Ok(mut close)) = (windows::ctrl_break(), windows::ctrl_close()) else {
        let _ = ctrl_c.await;
        return Ended::CtrlC;
    };
    let (ctrl_break, close) = (pin!(ctrl_break.recv()), pin!(close.recv()));
    match future::select(ctrl_c, future::select(ctrl_break, close)).await {
        Either::Left(_) => Ended::CtrlC,
        Either::Right(_) => Ended::BySystem,
    }
}

/// Runs a program to its end and returns its exit code; 1 where it has none that fits.
///
/// Ctrl-C reaches the program, too, which decides what it means: while it is heard here, it does not end us.
#[cfg(windows)]
pub(crate) fn run_to_its_end(mut program: std::process::Command) -> io::Result<u8> {
    let _heard = tokio::signal::windows::ctrl_c()?;
    let code = program.status()?.code();
    Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// Says on a terminal what is waited for, once, when the wait is longer than half a second.
pub(crate) async fn show_while<T>(what: &str, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    if io::stderr().is_terminal() {
        if let Ok(ended) = timeout(Duration::from_millis(500), work.as_mut()).await {
            return ended;
        }
        let _ = writeln!(io::stderr(), "{what} (Ctrl-C ends it)");
    }
    work.await
}

/// A runtime with a thread of its own, for what goes on while this process waits for another one.
#[cfg(windows)]
pub(crate) fn background_runtime() -> Outcome<tokio::runtime::Runtime> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.map_err(|error| Failure::new(Case::Unexpected, "cannot start").because(error))
}

/// One thread: a command waits for one thing at a time.
fn runtime() -> Outcome<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::new(Case::Unexpected, "cannot start").because(error))
}
