//! The ticket that this process was given in the place of a sign-in: by `hallpass exec`, or by `hallpass agent env`.
//!
//! In: the credential file of the environment. Out: the agent's address, and the ticket.
//! Not here: how a ticket is given (`commands::agent`), and what it opens (`hallpass-agent`).

use crate::context::Context;
use hallpass::oauth::Secret;
use serde_json::Value;
use std::fs::File;
use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;

/// An agent writes a few hundred bytes.
const LONGEST: u64 = 64 * 1024;

/// What the agent writes in the place of a client.
const CLIENT: &str = "hallpass-agent";

/// A ticket, and the agent where it is good.
pub(crate) struct GivenTicket {
    pub(crate) origin: String,
    pub(crate) ticket: Secret,
    /// The host of the origin, which the credential file may name.
    pub(crate) host: String,
}

impl GivenTicket {
    /// Returns the ticket that stands for the sign-in; none where the command line names a sign-in of its own.
    ///
    /// `HALLPASS_PROFILE` had its say when the ticket was made.
    pub(crate) fn in_force(context: &Context) -> Option<Self> {
        if context.profile_flag || context.token_file().is_some() {
            return None;
        }
        Self::of_environment(context)
    }

    /// Returns the ticket of the environment.
    pub(crate) fn of_environment(context: &Context) -> Option<Self> {
        let path = context.path(Path::new(&context.variable("GOOGLE_APPLICATION_CREDENTIALS")?));
        let mut text = String::new();
        if !path.is_file() {
            return None;
        }
        File::open(path).ok()?.take(LONGEST).read_to_string(&mut text).ok()?;
        Self::of_file(&text)
    }

    /// Another program's file of this type is none of an agent's.
    fn of_file(text: &str) -> Option<Self> {
        let file: Value = serde_json::from_str(text).ok()?;
        let field = |name: &str| file[name].as_str();
        let is_agents = field("type") == Some("external_account_authorized_user")
            && field("client_id") == Some(CLIENT);
        let ticket =
            field("refresh_token").filter(|ticket| is_agents && ticket.starts_with("hpt_"))?;
        let address = field("token_url")?.strip_prefix("http://")?.strip_suffix("/token")?;
        let address: SocketAddr = address.parse().ok()?;
        let (origin, ticket) = (format!("http://{address}"), ticket.to_owned().into());
        let host = address.ip().to_string();
        address.ip().is_loopback().then_some(Self { origin, ticket, host })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"audience": "//iam.googleapis.com/x", "client_id": "hallpass-agent", "client_secret": "hallpass-agent",
        "refresh_token": "hpt_a", "token_url": "http://127.0.0.1:4711/token", "type": "external_account_authorized_user"}"#;

    #[test]
    fn only_the_file_of_an_agent_on_this_machine_holds_a_ticket() {
        let given = GivenTicket::of_file(FILE).expect("a ticket");
        assert_eq!((&*given.origin, given.ticket.expose()), ("http://127.0.0.1:4711", "hpt_a"));
        for (from, to) in [
            ("hallpass-agent\", \"client_secret", "other\", \"client_secret"),
            ("hpt_a", "1//refresh"),
            ("127.0.0.1:4711", "10.0.0.1:4711"),
            ("127.0.0.1:4711", "localhost.example.com:4711"),
            ("127.0.0.1:4711", "127.0.0.1:4711@example.com"),
            ("http://", "https://"),
            ("/token", "/"),
            ("external_account_authorized_user", "authorized_user"),
            ("}", ""),
        ] {
            assert!(GivenTicket::of_file(&FILE.replace(from, to)).is_none(), "{from} → {to}");
        }
    }
}
