//! The thread that runs the asynchronous calls, and who may wait for it.

use crate::error::{Error, ErrorKind};
use std::pin::pin;
use std::sync::{OnceLock, mpsc};
use std::task::{Context, Waker};
use std::thread;
use tokio::runtime::{Builder, Handle};
use tokio::task::consume_budget;

/// Runs a call on the thread and waits for its end.
pub(super) fn wait<T: Send + 'static>(
    call: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    may_wait()?;
    static RUNTIME: OnceLock<Result<Handle, Error>> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(start).as_ref().map_err(Clone::clone)?;
    let (done, ended) = mpsc::sync_channel(1);
    runtime.spawn(async move {
        let _ = done.send(call.await);
    });
    ended.recv().unwrap_or_else(|_| {
        let what = "code that the program passed to a blocking call has panicked";
        Err(Error::new(ErrorKind::Panicked, what))
    })
}

/// Refuses inside an asynchronous task.
pub(super) fn may_wait() -> Result<(), Error> {
    if Handle::try_current().is_err() || !is_task() {
        return Ok(());
    }
    let cause = "use the call of the same name outside `hallpass::blocking`, or `spawn_blocking`";
    let what = "a blocking call was made inside asynchronous code";
    Err(Error::new(ErrorKind::NoBlocking, what).with_source(cause))
}

/// Tokio gives a task a budget of 128 steps for each turn, and a thread of `spawn_blocking` none: there, a step
/// never has to wait (documentation of `tokio::task::coop`).
fn is_task() -> bool {
    const TWO_TURNS: usize = 256;
    let mut context = Context::from_waker(Waker::noop());
    (0..TWO_TURNS).any(|_| pin!(consume_budget()).poll(&mut context).is_pending())
}

fn start() -> Result<Handle, Error> {
    let cannot = |error| {
        let what = "no thread for blocking calls can be started";
        Error::new(ErrorKind::NoBlocking, what).with_source(error)
    };
    let runtime = Builder::new_current_thread().enable_all().build().map_err(cannot)?;
    let handle = runtime.handle().clone();
    let run = move || runtime.block_on(std::future::pending::<()>());
    thread::Builder::new().name("hallpass".to_owned()).spawn(run).map_err(cannot)?;
    Ok(handle)
}
