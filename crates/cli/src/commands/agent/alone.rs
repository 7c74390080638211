//! Starts this command once more, as a process that outlives this one and holds nothing of it: no terminal, no stream.
//!
//! In: words. Out: the process, which can be asked whether it has ended.
//! On Windows a child of std's gets every handle that its parent was given to hand on, so a program that reads what
//! `hallpass agent start --detach` prints would wait for the agent to end. `CreateProcess` is told to hand on none.

#[cfg(unix)]
pub(super) use unix::Alone;
#[cfg(windows)]
pub(super) use windows::Alone;

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io;
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command, Stdio};

    /// The process that was started.
    pub(crate) struct Alone(Child);

    impl Alone {
        /// Starts it; its last words go to `log`.
        pub(crate) fn start(words: &[String], log: File) -> io::Result<Self> {
            let mut command = Command::new(std::env::current_exe()?);
            command.arg0("hallpass").args(words);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
            Ok(Self(command.spawn()?))
        }

        pub(crate) fn has_ended(&mut self) -> io::Result<bool> {
            Ok(self.0.try_wait()?.is_some())
        }
    }
}

#[cfg(windows)]
mod windows {
    use std::fs::File;
    use std::io;
    use winsafe::guard::CloseHandlePiGuard;
    use winsafe::{CreateProcess, STARTUPINFO, co};

    /// The process that was started.
    pub(crate) struct Alone(CloseHandlePiGuard);

    impl Alone {
        /// Starts it; it has no stream, and writes its last words to the log by itself.
        pub(crate) fn start(words: &[String], _log: File) -> io::Result<Self> {
            let program = std::env::current_exe()?;
            let program = program.to_str().ok_or(io::ErrorKind::InvalidFilename)?;
            let line = format!("\"{program}\" {}", words.join(" "));
            // Not `NO_WINDOW`: a console without a window has streams, which some systems copy from ours.
            let flags = co::CREATE::DETACHED_PROCESS | co::CREATE::NEW_PROCESS_GROUP;
            let mut info = STARTUPINFO::default();
            let (program, line) = (Some(program), Some(line.as_str()));
            let info = &mut info;
            CreateProcess(program, line, None, None, false, flags, &[], None, info)
                .map(Self)
                .map_err(system)
        }

        pub(crate) fn has_ended(&mut self) -> io::Result<bool> {
            let waited = self.0.hProcess.WaitForSingleObject(Some(0)).map_err(system)?;
            Ok(waited == co::WAIT::OBJECT_0)
        }
    }

    fn system(error: co::ERROR) -> io::Error {
        io::Error::from_raw_os_error(error.raw().cast_signed())
    }
}
