//! What a command left behind, and the two ways in which it may have ended.

/// A command that has ended.
#[derive(Debug)]
pub struct Run {
    /// The exit code, if no signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The same with ports, paths and the random parts of addresses replaced.
    pub words: String,
}

impl Run {
    /// Asserts success.
    #[track_caller]
    pub fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// Asserts success and returns standard output.
    #[track_caller]
    pub fn stdout(self) -> String {
        self.done().stdout
    }

    /// Asserts failure with this exit code and an empty standard output; returns the words.
    #[track_caller]
    pub fn failed_with(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.stdout, "", "standard output is for data");
        self.words
    }
}
