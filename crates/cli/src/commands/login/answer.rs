//! What a person pastes instead of the browser's redirect.
//!
//! In: a failure. Out: what to tell a person who can paste again; whether that makes sense.

use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};

/// Says why a paste cannot be used; the wait goes on.
pub(super) fn refuse(wrong: &Failure, context: &mut Context) {
    let why = wrong.cause().map_or(String::new(), |cause| format!(": {cause}"));
    context.note(format!("cannot use this: {}{why}", wrong.what()));
}

/// Refuses what cannot be an answer: Google's codes begin with `4/`, and everything else is an address. A word that
/// was typed into the wrong window is not sent anywhere.
pub(super) fn check(text: &str) -> Outcome<&str> {
    let text = text.trim();
    let code = text.starts_with("4/") || text.starts_with("4%2F") || text.starts_with("4%2f");
    let address = text.contains("code=") || text.contains("error=") || text.contains("://");
    if text.is_empty() {
        return Err(Failure::new(Case::RemoteAnswer, "no answer was given"));
    }
    if !code && !address {
        let what = "this is not the address of a page and not a code, which begins with `4/`";
        return Err(Failure::new(Case::RemoteAddress, what));
    }
    Ok(text)
}

/// A slip of the hand: the sign-in is still good for the right answer.
pub(super) fn can_be_given_again(failure: &Failure) -> bool {
    [Case::RemoteAnswer, Case::RemoteAddress, Case::StateMismatch, Case::CodeRefused]
        .into_iter()
        .any(|case| failure.is(case))
}

/// `invalid_grant` speaks of the code here, not of a saved sign-in.
pub(super) fn code_failure(error: hallpass::Error) -> Failure {
    let failure = Failure::from(error);
    if failure.is(Case::WrongAccount) {
        let what = format!("{}; nothing was saved", failure.what());
        return failure.saying(what);
    }
    let refused = failure.is(Case::InvalidGrant) || failure.is(Case::ReauthNeeded);
    if refused { failure.with_case(Case::CodeRefused) } else { failure }
}
