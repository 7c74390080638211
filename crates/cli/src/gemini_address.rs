//! Where Gemini requests go, when that is not to Google or the emulator.
//!
//! In: `GOOGLE_GEMINI_BASE_URL`. Out: the address, to be shown before a token goes there.
//! The variable is also how `hallpass exec` leads programs to its agent, which takes tickets alone: no sign-in goes there.

use crate::context::Context;
use crate::failure::Outcome;
use crate::given_ticket::GivenTicket;
use hallpass::oauth::Endpoints;

pub(crate) const BASE_URL: &str = "GOOGLE_GEMINI_BASE_URL";

/// Returns where Gemini requests go, with their tokens, when that is not to Google or the emulator.
pub(crate) fn foreign_address(context: &Context) -> Option<String> {
    if context.variable("HALLPASS_EMULATOR_HOST").is_some() {
        return None;
    }
    let address = base_url(context).filter(|text| text.contains("://"))?;
    let google = address.parse().is_ok_and(|uri| Endpoints::is_googles_api(&uri));
    (!google).then(|| address.split(['?', '#']).next().unwrap_or_default().to_owned())
}

/// Returns the address of the variable. Where the command line names a sign-in, that of the agent whose ticket this
/// process was given is none.
pub(crate) fn base_url(context: &Context) -> Option<String> {
    let address = context.variable(BASE_URL)?;
    let is_agents = GivenTicket::of_environment(context).is_some_and(|it| it.origin == address);
    (!is_agents || GivenTicket::in_force(context).is_some()).then_some(address)
}

/// Says so, as for an emulator.
pub(crate) fn announce(context: &mut Context) -> Outcome {
    context.emulator()?;
    if let Some(address) = foreign_address(context) {
        context.note(format!("asking the Gemini API at {address} ({BASE_URL}), not at Google"));
    }
    Ok(())
}
