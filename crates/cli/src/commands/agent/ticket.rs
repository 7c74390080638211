//! `hallpass agent ticket`, `status` and `stop`: questions to the agent that runs.

use crate::commands::agent::state::State;
use crate::commands::agent::{New, Ticket, control};
use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::render::{self, Format};
use serde_json::{Value, json};

pub(crate) fn run(action: &Ticket, context: &mut Context) -> Outcome {
    match action {
        Ticket::New(new) => {
            let answer = make(new, false, false, context)?;
            match context.format {
                Format::Text => context.data([text(&answer["ticket"])]),
                Format::Json => context.data(render::document(
                    &json!({ "id": answer["id"], "ticket": answer["ticket"] }),
                )),
            }
        }
        Ticket::List => list(context),
        Ticket::Revoke { id, all } => {
            let answer = control::ask(
                &State::open(context)?,
                &json!({ "do": "revoke", "id": id, "all": all }),
            )?;
            let gone = answer["revoked"].as_array().map_or(0, Vec::len);
            context.note(format!("revoked {gone} ticket{}", if gone == 1 { "" } else { "s" }));
            context.result(&answer)
        }
    }
}

/// Has the agent make a ticket, and perhaps a credential file.
pub(super) fn make(new: &New, file: bool, openai: bool, context: &mut Context) -> Outcome<Value> {
    let question = json!({
        "do": "new",
        "name": new.name,
        "profile": context.profile(),
        "scopes": new.scopes,
        "hours": new.hours,
        "file": file,
        "openai": openai,
    });
    control::ask(&State::open(context)?, &question)
}

fn list(context: &mut Context) -> Outcome {
    let answer = control::ask(&State::open(context)?, &json!({ "do": "list" }))?;
    if context.format == Format::Json {
        return context.data(render::document(&answer));
    }
    let tickets = answer["tickets"].as_array().cloned().unwrap_or_default();
    let width = tickets
        .iter()
        .map(|ticket| text(&ticket["name"]).chars().count())
        .max()
        .unwrap_or_default();
    let lines = tickets.iter().map(|ticket| {
        let name = text(&ticket["name"]);
        let mut line = format!("{}  {name:width$}  {} uses", text(&ticket["id"]), ticket["uses"]);
        for (label, key) in [
            ("last", "last_use"),
            ("ends", "expires_at"),
            ("profile", "profile"),
            ("scopes", "scopes"),
        ] {
            if let Some(value) = ticket[key].as_str() {
                line.push_str(&format!("  {label} {value}"));
            }
        }
        if ticket["usable"] == false {
            line.push_str("  opens nothing: its sign-in is gone");
        }
        line
    });
    let lines: Vec<String> = lines.collect();
    context.data(lines)
}

pub(crate) fn status(context: &mut Context) -> Outcome {
    let answer = control::ask(&State::open(context)?, &json!({ "do": "status" }))?;
    if context.format == Format::Json {
        return context.data(render::document(&answer));
    }
    let mut rows = vec![
        ("address", format!("http://{}", text(&answer["address"]))),
        ("page", text(&answer["page"])),
    ];
    rows.extend(answer["socket"].as_str().map(|socket| ("socket", socket.to_owned())));
    rows.extend([
        ("process", answer["process"].to_string()),
        ("since", text(&answer["since"])),
        ("tickets", answer["tickets"].to_string()),
        ("requests", answer["requests"].to_string()),
    ]);
    context.data(render::rows(&rows))
}

pub(crate) fn stop(context: &mut Context) -> Outcome {
    let state = State::open(context)?;
    control::ask(&state, &json!({ "do": "stop" }))?;
    for _ in 0..200 {
        // The lock is free when the process has let go of everything.
        if matches!(state.lock(), Ok(Some(_))) {
            context.note("the agent has stopped");
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    Err(Failure::new(Case::AgentSilent, "the agent was told to stop, and has not ended"))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
