//! What each form of the console does to the configuration, the clock, the faults and the grants.
//!
//! In: a form. Out: the section of the page to come back to, or why not.

use crate::config::GEMINI_SERVICE;
use crate::message::Parameters;
use crate::state::State;
use crate::{
    Audience, Client, ClientKind, Config, Fault, FaultKind, Lifecycle, Project, Publishing, random,
};
use http::Method;
use std::collections::BTreeMap;
use std::time::Duration;

type Done = Result<&'static str, String>;

/// The largest body of a fault from the console; the control path can do more.
const HUGE: u64 = 64 * 1024 * 1024;

pub(super) fn perform(state: &mut State, form: &Parameters) -> Done {
    let text = |name: &str| form.first(name).map(str::trim).unwrap_or_default().to_owned();
    match form.first("action").unwrap_or_default() {
        "create-project" => create_project(state, &text("id"), &text("owner")),
        "enable-api" => {
            let services = &mut project(state, form)?.services;
            if !services.iter().any(|service| service == GEMINI_SERVICE) {
                services.push(GEMINI_SERVICE.to_owned());
            }
            Ok("api")
        }
        "disable-api" => {
            project(state, form)?.services.retain(|service| service != GEMINI_SERVICE);
            Ok("api")
        }
        "save-consent-screen" => save_consent_screen(state, form),
        "add-test-user" => add_test_user(state, form, &text("email")),
        "remove-test-user" => {
            let email = text("email");
            project(state, form)?.consent_screen.test_users.retain(|user| *user != email);
            Ok("audience")
        }
        "create-client" => create_client(state, form),
        "delete-client" => {
            let id = text("client_id");
            let clients = &mut project(state, form)?.clients;
            let found = clients.iter_mut().find(|client| client.client_id == id);
            found.ok_or("There is no such client.")?.lifecycle = Lifecycle::Deleted;
            Ok("clients")
        }
        "revoke" => {
            state.revoke_project(&text("account"), &text("granted_to"));
            Ok("grants")
        }
        "advance-clock" => {
            let seconds = text("seconds").parse().map_err(|_| "A number of seconds is needed.")?;
            state.clock.advance(Duration::from_secs(seconds));
            Ok("clock")
        }
        "add-fault" => add_fault(state, form, &text("path")),
        "clear-faults" => {
            state.faults.clear();
            Ok("faults")
        }
        "clear-requests" => {
            state.journal.clear();
            Ok("requests")
        }
        _ => Err("The console has no such form.".to_owned()),
    }
}

fn project<'a>(state: &'a mut State, form: &Parameters) -> Result<&'a mut Project, String> {
    let id = form.first("project").unwrap_or_default();
    let found = state.config.projects.iter_mut().find(|project| project.id == id);
    found.ok_or_else(|| format!("There is no project {id}."))
}

/// Google's rule.
pub(super) const PROJECT_ID_RULE: &str =
    "6 to 30 lower-case letters, digits and dashes; a letter first, no dash last.";

fn create_project(state: &mut State, id: &str, owner: &str) -> Done {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let letter = id.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    if !(6..=30).contains(&id.len()) || !letter || !id.bytes().all(plain) || id.ends_with('-') {
        return Err(format!("A project ID has {PROJECT_ID_RULE}"));
    }
    if state.config.project(id).is_some() {
        return Err(format!("There is a project {id} already."));
    }
    if state.config.user(owner).is_none() {
        return Err("The owner is an account.".to_owned());
    }
    let highest = state.config.projects.iter().map(|project| project.number).max();
    let number = highest.unwrap_or(710_000_000_000) + 1;
    state.config.projects.push(Project::new(id, number).owned_by(owner));
    Ok("api")
}

fn save_consent_screen(state: &mut State, form: &Parameters) -> Done {
    let screen = &mut project(state, form)?.consent_screen;
    let given = |name: &str| form.first(name).map(str::trim).filter(|text| !text.is_empty());
    screen.app_name = given("app_name").ok_or("The app needs a name.")?.to_owned();
    screen.support_email = given("support_email").ok_or("An address is needed.")?.to_owned();
    screen.audience = match given("audience") {
        Some("internal") => Audience::Internal,
        Some("external") => Audience::External,
        _ => return Err("The audience is external or internal.".to_owned()),
    };
    screen.publishing = match given("publishing") {
        Some("production") => Publishing::Production,
        Some("testing") => Publishing::Testing,
        _ => return Err("The publishing status is testing or production.".to_owned()),
    };
    screen.verified = given("verified").is_some();
    Ok("consent-screen")
}

/// Any address can be typed in; the account comes into being with it.
fn add_test_user(state: &mut State, form: &Parameters, email: &str) -> Done {
    let (name, host) = email.split_once('@').ok_or("An e-mail address is needed.")?;
    if name.is_empty() || host.is_empty() || email.contains(char::is_whitespace) {
        return Err("An e-mail address is needed.".to_owned());
    }
    let testers = &mut project(state, form)?.consent_screen.test_users;
    if !testers.iter().any(|tester| tester == email) {
        testers.push(email.to_owned());
    }
    state.config.add_user(email);
    Ok("audience")
}

fn create_client(state: &mut State, form: &Parameters) -> Done {
    let redirect_uris: Vec<String> = form
        .first("redirect_uris")
        .into_iter()
        .flat_map(str::split_whitespace)
        .map(str::to_owned)
        .collect();
    let kind = match form.first("kind") {
        Some("web") => ClientKind::Web,
        None | Some("desktop") => ClientKind::Desktop,
        Some(other) => return Err(format!("There is no kind of client {other}.")),
    };
    if kind == ClientKind::Web && redirect_uris.is_empty() {
        return Err("A web client needs a redirect URI.".to_owned());
    }
    let project = project(state, form)?;
    let (id, secret) = (random::client_id(project.number), random::client_secret());
    project.clients.push(match kind {
        ClientKind::Web => Client::web(id, secret, redirect_uris),
        _ => Client::desktop(id, secret),
    });
    Ok("clients")
}

fn add_fault(state: &mut State, form: &Parameters, path: &str) -> Done {
    if !path.starts_with('/') {
        return Err("A path begins with a slash.".to_owned());
    }
    let respond = |status| FaultKind::Respond {
        status,
        headers: BTreeMap::new(),
        body: "{\"error\": \"internal_failure\"}".to_owned(),
    };
    let fault = match form.first("kind") {
        Some("500") => respond(500),
        Some("503") => respond(503),
        Some("429") => respond(429),
        Some("delay") => FaultKind::Delay { milliseconds: 5_000 },
        Some("cut-body") => FaultKind::CutBody,
        Some("slow-bytes") => FaultKind::SlowBytes { milliseconds: 100 },
        Some("huge-body") => FaultKind::HugeBody { bytes: HUGE },
        Some("not-json") => FaultKind::NotJson,
        _ => return Err("A kind of fault is needed.".to_owned()),
    };
    let times = form.first("times").unwrap_or("1").trim().parse();
    let times = times.map_err(|_| "How many requests is a number.")?;
    let fault = Fault::once(path, fault).times(times);
    state.faults.add(match form.first("method") {
        Some(method) if method.parse::<Method>().is_ok() => fault.method(method),
        _ => fault,
    });
    Ok("faults")
}

/// The project that the page shows: the one asked for, else the first.
pub(super) fn shown<'a>(config: &'a Config, asked: Option<&str>) -> Option<&'a Project> {
    match asked {
        Some(id) => config.projects.iter().find(|project| project.id == id),
        None => config.projects.first(),
    }
}
