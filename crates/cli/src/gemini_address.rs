//! Where Gemini requests go, when that is not to Google or the emulator.
//!
//! In: `GOOGLE_GEMINI_BASE_URL`. Out: the address, to be shown before a token goes there.

use crate::context::Context;
use crate::failure::Outcome;
use hallpass::oauth::Endpoints;

pub(crate) const BASE_URL: &str = "GOOGLE_GEMINI_BASE_URL";

/// Returns where Gemini requests go, with their tokens, when that is not to Google or the emulator.
pub(crate) fn foreign_address(context: &Context) -> Option<String> {
    if context.variable("HALLPASS_EMULATOR_HOST").is_some() {
        return None;
    }
    let address = context.variable(BASE_URL).filter(|text| text.contains("://"))?;
    let google = address.parse().is_ok_and(|uri| Endpoints::is_googles_api(&uri));
    (!google).then(|| address.split(['?', '#']).next().unwrap_or_default().to_owned())
}

/// Says so, as for an emulator.
pub(crate) fn announce(context: &mut Context) -> Outcome {
    context.emulator()?;
    if let Some(address) = foreign_address(context) {
        context.note(format!("asking the Gemini API at {address} ({BASE_URL}), not at Google"));
    }
    Ok(())
}
