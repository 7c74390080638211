//! How commands talk to a standing agent: one line of JSON there, one line back.
//!
//! In: a question. Out: the answer, or that no agent runs.
//! Not here: what the lines go through (`connection`), and what programs talk to, which is HTTP and wants a ticket.

use crate::commands::agent::connection;
use crate::commands::agent::state::State;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use serde_json::{Value, json};
use std::io::{self, BufRead, Read, Write};

/// A list of a thousand tickets.
pub(super) const LONGEST: u64 = 1024 * 1024;

/// Asks the agent that runs.
pub(super) fn ask(state: &State, question: &Value) -> Outcome<Value> {
    let answer = exchange(state, question).map_err(|error| {
        let gone =
            matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused);
        let case = if gone { Case::AgentNotRunning } else { Case::AgentSilent };
        let what = if gone { "no agent runs" } else { "the agent does not answer" };
        let failure = Failure::new(case, what);
        if gone { failure } else { failure.because(error) }
    })?;
    if let Some(what) = answer["error"]["message"].as_str() {
        let case = match answer["error"]["kind"].as_str() {
            Some("no_ticket") => Case::TicketNotFound,
            Some("sign_in") => Case::NoCredential,
            _ => Case::AgentRefused,
        };
        let failure = Failure::new(case, what);
        return Err(match answer["error"]["cause"].as_str() {
            Some(cause) => failure.because(cause),
            None => failure,
        });
    }
    Ok(answer)
}

/// Says whether an agent answers.
pub(super) fn is_there(state: &State) -> bool {
    exchange(state, &json!({ "do": "status" })).is_ok()
}

fn exchange(state: &State, question: &Value) -> io::Result<Value> {
    let mut stream = connection::connect(state)?;
    stream.get_mut().write_all(format!("{question}\n").as_bytes())?;
    let mut line = String::new();
    stream.take(LONGEST).read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}
