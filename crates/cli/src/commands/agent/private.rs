//! The agent of one program: a process of its own, in a session of its own, that ends when the program does.
//!
//! In: the process ID of `hallpass exec`, which becomes the program. Out: one JSON line with the variables for it; then
//! this process holds on to nothing of the program's, its terminal and its streams included.
//! It is started twice: the second process has no parent of ours, so that the program neither waits for it as for
//! a child of its own, nor may look into it as into one.

use crate::commands::agent::More;
use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};

/// Serve one program until it ends
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The process to serve
    #[arg(value_name = "PID")]
    process: i32,
    #[command(flatten)]
    more: More,
    /// This is the second of the two processes
    #[arg(long)]
    alone: bool,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    #[cfg(unix)]
    return unix::run(args, context);
    #[cfg(not(unix))]
    {
        let _ = (args, context);
        Err(Failure::new(
            Case::AgentStart,
            "the agent of one program is not a process of its own here",
        ))
    }
}

#[cfg(unix)]
mod unix {
    use super::{Args, Case, Context, Failure, Outcome};
    use crate::commands::agent::Lent;
    use crate::context;
    use crate::saved::Saved;
    use rustix::process::{Pid, setsid};
    use std::fs::OpenOptions;
    use std::io::{self, Write};
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    pub(super) fn run(args: &Args, context: &mut Context) -> Outcome {
        if !args.alone {
            return start_again().map_err(failed);
        }
        let process = Pid::from_raw(args.process);
        let process = process.ok_or_else(|| failed(io::Error::other("no such process")))?;
        // The terminal's signals are for the program.
        let _ = setsid();
        let saved = Saved::find(context, None)?;
        context::block_on(async {
            let end = End::of(process).map_err(failed)?;
            let lent = Lent::start(args.more, &saved, context)?;
            announce(&lent).map_err(failed)?;
            end.wait().await;
            Ok(())
        })
    }

    /// Starts the same command once more, and leaves it alone.
    fn start_again() -> io::Result<()> {
        let words = std::env::args_os().skip(1);
        Command::new(std::env::current_exe()?)
            .arg0("hallpass")
            .args(words)
            .arg("--alone")
            .spawn()?;
        Ok(())
    }

    /// Says what the program needs, and lets go of both streams: who reads them waits for their end.
    fn announce(lent: &Lent) -> io::Result<()> {
        let variables: serde_json::Map<_, _> = lent
            .variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone().into()))
            .collect();
        let mut stdout = io::stdout();
        writeln!(stdout, "{}", serde_json::Value::Object(variables))?;
        stdout.flush()?;
        let nowhere = OpenOptions::new().read(true).write(true).open("/dev/null")?;
        rustix::stdio::dup2_stdout(&nowhere)?;
        rustix::stdio::dup2_stderr(&nowhere)?;
        Ok(())
    }

    fn failed(error: io::Error) -> Failure {
        Failure::new(Case::AgentStart, "cannot start the agent").because(error)
    }

    /// The end of a process that is not a child of ours.
    #[cfg(target_os = "linux")]
    struct End(tokio::sync::oneshot::Receiver<()>);

    #[cfg(target_os = "linux")]
    impl End {
        /// The number cannot come to mean another process: `exec` still waits for our word.
        fn of(process: Pid) -> io::Result<Self> {
            use rustix::event::{PollFd, PollFlags, poll};
            use rustix::process::{PidfdFlags, pidfd_open};

            let process = pidfd_open(process, PidfdFlags::empty())?;
            let (sender, receiver) = tokio::sync::oneshot::channel();
            std::thread::Builder::new().name("end".to_owned()).spawn(move || {
                let mut watched = [PollFd::new(&process, PollFlags::IN)];
                while poll(&mut watched, None) == Err(rustix::io::Errno::INTR) {}
                let _ = sender.send(());
            })?;
            Ok(Self(receiver))
        }

        async fn wait(self) {
            // A thread that is gone is the end, too.
            let _ = self.0.await;
        }
    }

    #[cfg(not(target_os = "linux"))]
    struct End(Pid);

    #[cfg(not(target_os = "linux"))]
    impl End {
        #[expect(clippy::unnecessary_wraps, reason = "as on Linux")]
        fn of(process: Pid) -> io::Result<Self> {
            Ok(Self(process))
        }

        async fn wait(self) {
            // Nothing is told of a process that is not a child: it is looked at.
            const BETWEEN: std::time::Duration = std::time::Duration::from_millis(200);
            while rustix::process::test_kill_process(self.0).is_ok() {
                tokio::time::sleep(BETWEEN).await;
            }
        }
    }
}
