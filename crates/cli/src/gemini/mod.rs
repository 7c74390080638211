//! What the commands that ask the Gemini API share: the client, and the models that are asked where none is named.
//!
//! In: the saved sign-in, the environment. Out: a client.
//! `question`: flags and what is asked; `prompt`: its words; `attachment`: files beside them; `answer`: what comes back;
//! `store`: File Search stores by their titles; `refusal`: what went wrong, in this command's words.
//! Not here: where requests go when that is not to Google (`gemini_address`), and the requests (`hallpass-gemini`).

pub(crate) mod answer;
pub(crate) mod attachment;
pub(crate) mod prompt;
pub(crate) mod question;
pub(crate) mod refusal;
pub(crate) mod store;

use crate::commands::status;
use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::gemini_address::{self, BASE_URL};
use crate::given_ticket::GivenTicket;
use crate::saved::Saved;
use hallpass::Credential;
use hallpass_gemini::{ApiKey, Client};

/// The model that is asked where none is named: the name that Google moves on to its newest fast model.
pub(crate) const MODEL: &str = "gemini-flash-latest";

/// The model that makes vectors where none is named.
pub(crate) const EMBEDDING_MODEL: &str = "gemini-embedding-001";

/// What a person waits for.
pub(crate) const GEMINI: &str = "asking the Gemini API";

/// Returns a client with the ticket that this process was given, else with the saved sign-in that wins.
pub(crate) fn client(context: &mut Context) -> Outcome<Client> {
    if let Some(given) = GivenTicket::in_force(context) {
        context.note(format!("asking the agent at {}", given.origin));
        // It stands where a key would: the agent puts its sign-in there.
        let ticket = ApiKey::new(given.ticket.expose().to_owned())?;
        return Ok(Client::builder(ticket).http(context.http()).base_url(&given.origin).build());
    }
    let saved = saved(context)?;
    with_credential(saved.credential(context)?, context)
}

/// Returns the saved sign-in that wins; says where requests go, and whether it ends soon.
pub(crate) fn saved(context: &mut Context) -> Outcome<Saved> {
    gemini_address::announce(context)?;
    let saved = Saved::find(context, None)?;
    status::warn_of_the_end(&saved, context);
    Ok(saved)
}

/// Returns a client with this credential.
pub(crate) fn with_credential(credential: Credential, context: &mut Context) -> Outcome<Client> {
    let builder = Client::builder(credential).http(context.http());
    let endpoints = context.endpoints()?;
    let base_url = match (endpoints.emulator_origin(), gemini_address::base_url(context)) {
        (None, Some(text)) if !text.contains("://") => {
            let what = format!("`{BASE_URL}` is `{text}`, not an address");
            return Err(Failure::new(Case::InsecureUri, what));
        }
        (None, Some(text)) => text,
        _ => endpoints.gemini,
    };
    // Who sets the variable trusts the host, as with Google's own clients; `announce` names it.
    let uri: http::Uri = base_url.parse().unwrap_or_default();
    let host = uri.authority().map_or("", |authority| authority.as_str());
    Ok(builder.base_url(&base_url).trusted_host(host).build())
}
