//! What the checks look at: the context, and the sign-in that wins, found once.

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::saved::Saved;
use std::time::SystemTime;

pub(super) struct Subject<'a> {
    pub(super) context: &'a mut Context,
    pub(super) saved: Option<Saved>,
    /// Why there is no sign-in; the check `credential` tells it, the others have nothing to look at.
    pub(super) trouble: Option<Failure>,
    /// What the server's clock said, and when ours said what.
    pub(super) times: Option<(SystemTime, SystemTime)>,
    /// Whether Google has given a token in this run.
    pub(super) has_token: bool,
}

/// Why most checks look at nothing without a sign-in.
pub(super) const NO_SIGN_IN: &str = "there is no sign-in to look at";

impl<'a> Subject<'a> {
    pub(super) fn new(context: &'a mut Context) -> Self {
        let (saved, trouble) = match find(context) {
            Ok(saved) => (Some(saved), None),
            Err(failure) => (None, Some(failure)),
        };
        Self { context, saved, trouble, times: None, has_token: false }
    }
}

fn find(context: &Context) -> Outcome<Saved> {
    Saved::find(context, None)
}
