//! `hallpass agent start`: an agent that serves until it is stopped.
//!
//! In: where to listen, and what an earlier agent has kept. Out: a process; one line with its address when it is ready.
//! It answers the questions of `control` one after the other, from the user's own processes alone.

use crate::commands::agent::Start;
use crate::commands::agent::alone::Alone;
use crate::commands::agent::connection::{LINE_TIME, Listener};
use crate::commands::agent::control::{self, LONGEST};
use crate::commands::agent::kept::List;
use crate::commands::agent::state::{Kept, State, moment, seconds};
use crate::context::{self, Context};
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::saved::Saved;
use hallpass::{Credential, Scopes};
use hallpass_agent::{Agent, Entry, NewTicket, Ticket};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};

/// The journal begins anew when it is as large as this.
const LARGEST_JOURNAL: u64 = 8 * 1024 * 1024;

pub(crate) fn run(args: &Start, context: &mut Context) -> Outcome {
    let state = State::open(context)?;
    if args.detach && !args.alone {
        return detach(args, &state, context);
    }
    #[cfg(unix)]
    if args.alone {
        let _ = rustix::process::setsid();
    }
    let lock = state.lock().map_err(failed)?;
    let Some(_lock) = lock else {
        return Err(Failure::new(Case::AgentRunning, "an agent runs already"));
    };
    state.remove_control()?;
    let served = context::block_on(serve(args, &state, context));
    state.remove_control()?;
    if cfg!(windows)
        && args.alone
        && let Err(failure) = &served
    {
        // There is no stream that they could go to.
        let words = format!("error: {}: {}\n", failure.what(), failure.cause().unwrap_or_default());
        let _ = state.append("agent.log").and_then(|mut log| log.write_all(words.as_bytes()));
    }
    match served {
        // This is how it is stopped.
        Err(failure) if failure.is(Case::Interrupted) => Ok(()),
        served => served,
    }
}

/// Starts this command once more, in a session of its own, and waits until it answers.
fn detach(args: &Start, state: &State, context: &mut Context) -> Outcome {
    if control::is_there(state) {
        return Err(Failure::new(Case::AgentRunning, "an agent runs already"));
    }
    let mut words = ["agent", "start", "--alone"].map(str::to_owned).to_vec();
    if let Some(listen) = args.listen {
        words.extend(["--listen".to_owned(), listen.to_string()]);
    }
    words.extend(args.metrics.then(|| "--metrics".to_owned()));
    let log = state.append("agent.log").map_err(failed)?;
    let mut started = Alone::start(&words, log).map_err(failed)?;
    for _ in 0..400 {
        if control::is_there(state) {
            let status = control::ask(state, &json!({ "do": "status" }))?;
            return ready(status["address"].as_str().unwrap_or_default(), context);
        }
        if started.has_ended().map_err(failed)? {
            break;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    let log = state.path().join("agent.log");
    let failure = Failure::new(Case::AgentStart, "the agent has ended, or does not answer");
    Err(failure.because(format!("its last words are in `{}`", log.display())))
}

fn ready(address: &str, context: &mut Context) -> Outcome {
    context.note("the agent serves; make a ticket with `hallpass agent env NAME`");
    match context.format {
        crate::render::Format::Text => context.data([format!("http://{address}")]),
        crate::render::Format::Json => {
            context.result(&json!({ "url": format!("http://{address}") }))
        }
    }
}

/// An agent, and what it is started from.
struct Standing<'a> {
    agent: Agent,
    state: &'a State,
    kept: Arc<List>,
    since: SystemTime,
    /// One for each profile, so that its programs share one refresh.
    credentials: HashMap<Option<String>, Credential>,
}

async fn serve(args: &Start, state: &State, context: &mut Context) -> Outcome {
    let agent = start(args, state, context)?;
    agent.journal().write_by(journal(state).map_err(failed)?);
    let address = agent.address();
    state.keep_port(address.port())?;
    let since = context.clock().now();
    let kept = Arc::new(List::new(state.clone(), state.tickets()));
    let on_the_page = Arc::clone(&kept);
    agent.forget_by(Box::new(move |id| on_the_page.forget(id)));
    let mut standing = Standing { agent, state, kept, since, credentials: HashMap::new() };
    standing.take_over(context);
    let mut listener = Listener::open(state).map_err(failed)?;
    if !args.alone {
        ready(&address.to_string(), context)?;
    }
    loop {
        let Ok(stream) = listener.next().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let answered = tokio::time::timeout(LINE_TIME, question(stream)).await;
        let Ok(Ok((question, mut stream))) = answered else { continue };
        let answer = standing.answer(&question, context);
        let line = format!("{answer}\n");
        let _ = tokio::time::timeout(LINE_TIME, stream.write_all(line.as_bytes())).await;
        if question["do"] == "stop" {
            return Ok(());
        }
    }
}

async fn question<S: AsyncRead + Unpin>(stream: S) -> io::Result<(Value, S)> {
    let mut reader = BufReader::new(stream.take(LONGEST));
    let mut line = String::new();
    reader.read_line(&mut line).await?;
    Ok((serde_json::from_str(&line)?, reader.into_inner().into_inner()))
}

/// Listens where it did the last time, so that programs find it again; where that is taken, anywhere.
fn start(args: &Start, state: &State, context: &mut Context) -> Outcome<Agent> {
    let builder = Agent::builder().endpoints(context.endpoints()?).http(context.http());
    let builder = builder.clock(context.clock()).page();
    #[cfg(unix)]
    let builder = builder.unix_socket(state.socket());
    let builder = if args.metrics { builder.metrics() } else { builder };
    if let Some(listen) = args.listen {
        return builder.listen(listen).start().map_err(failed);
    }
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let last = state.port().map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    match builder.clone().listen(last.unwrap_or(any)).start() {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            state.remove_control()?;
            builder.listen(any).start().map_err(failed)
        }
        started => started.map_err(failed),
    }
}

/// Writes each request as a line of JSON; nothing of a body, a query or a secret is in an entry.
fn journal(state: &State) -> io::Result<hallpass_agent::Writer> {
    let file = Mutex::new(state.append("journal.jsonl")?);
    Ok(Box::new(move |entry: &Entry| {
        let (id, name) = entry.ticket.clone().unzip();
        let line = json!({
            "time": crate::render::time(entry.time),
            "ticket": id,
            "name": name,
            "method": entry.method,
            "path": entry.path,
            "status": entry.status,
            "refused": entry.refused,
        });
        let mut file = file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if file.metadata().is_ok_and(|file| file.len() > LARGEST_JOURNAL) {
            let _ = file.set_len(0);
        }
        // A full disk must not keep programs from being served.
        let _ = file.write_all(format!("{line}\n").as_bytes());
    }))
}

fn failed(error: io::Error) -> Failure {
    Failure::new(Case::AgentStart, "cannot start the agent").because(error)
}

impl Standing<'_> {
    /// Takes over the tickets of an earlier agent; one whose sign-in is gone stays where it is kept.
    fn take_over(&mut self, context: &mut Context) {
        for kept in self.kept.all() {
            let credential = self.credential(&kept, context);
            let adopted = credential.map(|credential| {
                let new = new_ticket(&kept, credential);
                self.agent.tickets().adopt(&kept.fingerprint, new, moment(kept.created_at))
            });
            match adopted {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => {
                    context.note(format!("the ticket `{}` is not good: {error}", kept.id))
                }
                Err(failure) => {
                    context.note(format!(
                        "the ticket `{}` opens nothing: {}",
                        kept.id,
                        failure.what()
                    ));
                }
            }
        }
    }

    fn credential(&mut self, kept: &Kept, context: &mut Context) -> Outcome<Credential> {
        context.choose(kept.profile.clone(), None);
        if let Some(scopes) = &kept.scopes {
            let scopes = Scopes::from_response(scopes);
            return Saved::find(context, None)?.narrowed_credential(scopes, context);
        }
        if let Some(credential) = self.credentials.get(&kept.profile) {
            return Ok(credential.clone());
        }
        let credential = Saved::find(context, None)?.lasting_credential(context)?;
        self.credentials.insert(kept.profile.clone(), credential.clone());
        Ok(credential)
    }

    fn answer(&mut self, question: &Value, context: &mut Context) -> Value {
        match question["do"].as_str() {
            Some("status") => self.status(),
            Some("list") => self.list(),
            Some("stop") => json!({ "stopped": true }),
            Some("new") => self.make(question, context),
            Some("revoke") => self.revoke(question),
            _ => refused(
                "question",
                "the agent does not know this question: is it of another version?",
            ),
        }
    }

    fn status(&self) -> Value {
        let tickets = self.agent.tickets().list();
        let good = tickets.iter().filter(|ticket| !ticket.revoked).count();
        let served: u64 = tickets.iter().map(|ticket| ticket.uses).sum();
        json!({
            "address": self.agent.address().to_string(),
            "page": self.agent.page_link(),
            "socket": self.socket(),
            "process": std::process::id(),
            "since": crate::render::time(self.since),
            "tickets": good,
            "requests": served,
        })
    }

    #[cfg(unix)]
    fn socket(&self) -> Value {
        json!(self.state.socket())
    }

    /// Windows has none.
    #[cfg(windows)]
    fn socket(&self) -> Value {
        Value::Null
    }

    fn list(&self) -> Value {
        let good = self.agent.tickets().list();
        let rows = self.kept.all().into_iter().map(|kept| {
            let ticket = good.iter().find(|ticket| ticket.id == kept.id);
            json!({
                "id": kept.id,
                "name": kept.name,
                "profile": kept.profile,
                "scopes": kept.scopes,
                "created_at": crate::render::time(moment(kept.created_at)),
                "expires_at": kept.expires_at.and_then(|end| crate::render::time(moment(end))),
                "last_use": ticket.and_then(|ticket| ticket.last_use).and_then(crate::render::time),
                "uses": ticket.map_or(0, |ticket| ticket.uses),
                "usable": ticket.is_some(),
            })
        });
        json!({ "tickets": rows.collect::<Vec<_>>() })
    }

    fn make(&mut self, question: &Value, context: &mut Context) -> Value {
        let now = context.clock().now();
        let text = |key: &str| question[key].as_str().map(str::to_owned);
        let mut kept = Kept {
            id: String::new(),
            name: text("name").unwrap_or_default(),
            fingerprint: String::new(),
            profile: text("profile"),
            scopes: text("scopes"),
            created_at: seconds(now),
            expires_at: question["hours"]
                .as_u64()
                .map(|hours| seconds(now).saturating_add(hours * 3600)),
        };
        let credential = match self.credential(&kept, context) {
            Ok(credential) => credential,
            Err(failure) => return of_failure("sign_in", &failure),
        };
        let quota_project = credential.quota_project();
        let ticket = match self.agent.tickets().issue(new_ticket(&kept, credential)) {
            Ok(ticket) => ticket,
            Err(error) => return refused("agent", &format!("no ticket can be made: {error}")),
        };
        ticket.id().clone_into(&mut kept.id);
        kept.fingerprint = ticket.fingerprint();
        let quota_project = quota_project.as_deref();
        if let Err(failure) = self.keep(kept, &ticket, quota_project, question["file"] == true) {
            // One that is on no list could never be revoked.
            self.agent.tickets().revoke(ticket.id());
            let _ = self.kept.remove(|kept| kept.id == ticket.id());
            return of_failure("agent", &failure);
        }
        let mut answer = json!({ "id": ticket.id(), "ticket": ticket.expose() });
        if question["file"] == true {
            let path = self.state.credential_file(ticket.id());
            answer["file"] = path.display().to_string().into();
        }
        let mut variables = self.agent.variables(&ticket);
        if question["openai"] == true {
            variables.extend(self.agent.openai_variables(&ticket));
        }
        let variables = variables.into_iter().map(|(name, value)| json!([name, value]));
        answer["variables"] = variables.collect();
        answer["quota_project"] = quota_project.into();
        answer
    }

    /// Writes a new ticket on the list, and its credential file where one is wanted.
    fn keep(
        &self,
        kept: Kept,
        ticket: &Ticket,
        quota_project: Option<&str>,
        file: bool,
    ) -> Outcome {
        self.kept.add(kept)?;
        if file {
            let text = self.agent.credential_file(ticket, quota_project);
            let path = self.state.credential_file(ticket.id());
            hallpass::store::write_new_private(path, text.as_bytes())?;
        }
        Ok(())
    }

    fn revoke(&self, question: &Value) -> Value {
        let all = question["all"] == true;
        let id = question["id"].as_str().unwrap_or_default();
        let goes = |kept: &Kept| all || kept.id == id;
        // First what counts now, then what counts at the next start.
        for kept in self.kept.all().iter().filter(|kept| goes(kept)) {
            self.agent.tickets().revoke(&kept.id);
        }
        let (gone, saved) = self.kept.remove(goes);
        match saved {
            Err(failure) => of_failure("agent", &failure),
            Ok(()) if gone.is_empty() && !all => {
                refused("no_ticket", &format!("there is no ticket `{id}`"))
            }
            Ok(()) => json!({ "revoked": gone }),
        }
    }
}

fn new_ticket(kept: &Kept, credential: Credential) -> NewTicket {
    let mut new = NewTicket::new(kept.name.clone(), credential);
    if let Some(profile) = &kept.profile {
        new = new.profile(profile);
    }
    if let Some(scopes) = &kept.scopes {
        new = new.scopes(scopes);
    }
    match kept.expires_at {
        Some(end) => new.expires_at(moment(end)),
        None => new,
    }
}

fn refused(kind: &str, message: &str) -> Value {
    json!({ "error": { "kind": kind, "message": message } })
}

fn of_failure(kind: &str, failure: &Failure) -> Value {
    json!({ "error": { "kind": kind, "message": failure.what(), "cause": failure.cause() } })
}
