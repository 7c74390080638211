//! What a program needs to find the agent: a credential file that holds a ticket, and variables.
//!
//! In: a running agent and a ticket. Out: JSON that Google's libraries read as the sign-in of another identity
//! provider's user, whose tokens come from the agent; the variables that aim their Gemini clients at it.
//! Source: google-auth (Python), google-auth-library (Node), golang.org/x/oauth2, `external_account_authorized_user`.
//! Not here: writing the file, which is its owner's alone to read.

use crate::agent::Agent;
use crate::ticket::Ticket;
use serde_json::{Map, Value, json};

/// What the libraries want to see in the places of a client: the agent looks at the ticket alone.
const CLIENT: &str = "hallpass-agent";

impl Agent {
    /// Returns the text of a credential file for `GOOGLE_APPLICATION_CREDENTIALS`: where a refresh token stands in
    /// such files, it holds the ticket.
    #[must_use]
    pub fn credential_file(&self, ticket: &Ticket, quota_project: Option<&str>) -> String {
        let mut file = json!({
            // Python complains on standard error about a name of another shape; no such pool is ever used.
            "audience": "//iam.googleapis.com/locations/global/workforcePools/hallpass-agent/providers/hallpass-agent",
            "client_id": CLIENT,
            "client_secret": CLIENT,
            "refresh_token": ticket.expose(),
            "token_url": format!("{}/token", self.origin()),
            "type": "external_account_authorized_user",
            "universe_domain": "googleapis.com",
        });
        if let (Some(project), Some(fields)) = (quota_project, file.as_object_mut()) {
            fields.insert("quota_project_id".to_owned(), project.into());
        }
        let fields: Map<String, Value> = file.as_object().cloned().unwrap_or_default();
        format!("{:#}\n", Value::Object(fields))
    }

    /// Returns the variables that aim programs of the Gemini API at this agent, with the ticket as their key.
    #[must_use]
    pub fn variables(&self, ticket: &Ticket) -> Vec<(&'static str, String)> {
        let (origin, ticket) = (self.origin(), ticket.expose());
        vec![
            ("GOOGLE_GEMINI_BASE_URL", origin.clone()),
            // LiteLLM appends `/models/…` to it.
            ("GEMINI_API_BASE", format!("{origin}/v1beta")),
            ("GEMINI_API_KEY", ticket.to_owned()),
            ("GOOGLE_API_KEY", ticket.to_owned()),
            ("GOOGLE_GENERATIVE_AI_API_KEY", ticket.to_owned()),
        ]
    }

    /// Returns the variables that aim OpenAI's clients at this agent.
    #[must_use]
    pub fn openai_variables(&self, ticket: &Ticket) -> Vec<(&'static str, String)> {
        vec![
            ("OPENAI_BASE_URL", format!("{}/openai/v1", self.origin())),
            ("OPENAI_API_KEY", ticket.expose().to_owned()),
        ]
    }

    /// Returns the variables that make Google's libraries look for a metadata server at this address, and find it
    /// without trying the one of a real machine.
    #[must_use]
    pub fn metadata_variables(&self, address: std::net::SocketAddr) -> Vec<(&'static str, String)> {
        let address = address.to_string();
        vec![
            ("GCE_METADATA_HOST", address.clone()),
            // Python's detection looks here, and at an older name.
            ("GCE_METADATA_IP", address.clone()),
            ("GCE_METADATA_ROOT", address),
            ("METADATA_SERVER_DETECTION", "assume-present".to_owned()),
        ]
    }
}
