//! The console at `/`: what the quickstart does in the Cloud console, and what tests do by control paths.
//!
//! In: a form of the page, with the token that only the page knows. Out: the page again, or a client file.
//! Server-rendered, no script. Its requests are neither in the journal nor spoiled by faults.
//! Not here: how it looks (`page` and its sections), and what a form does (`actions`).

mod actions;
mod activity;
mod forms;
mod kept;
mod page;
mod setup;

use self::forms::{CLIENT_FILE, FORMS, Mistake};
use crate::message::{Reply, Request, percent_encoded};
use crate::oauth::view;
use crate::state::State;
use crate::{Lifecycle, control, dir};
use http::{Method, StatusCode, header};

/// Google's own hosts, through the proxy, have no such pages.
pub(crate) fn is_for(request: &Request) -> bool {
    matches!(request.path.as_str(), "/" | FORMS | CLIENT_FILE) && control::is_loopback(request)
}

pub(crate) fn answer(state: &mut State, request: &Request) -> Reply {
    // A link from elsewhere may open the page; only what changes something is kept from other sites.
    let link = request.path == "/" && request.header("sec-fetch-mode") == Some("navigate");
    if !(control::is_own_site(request) || link && control::is_loopback(request)) {
        return refused(
            StatusCode::FORBIDDEN,
            "The console answers this computer's own pages alone.",
        );
    }
    match (&request.method, request.path.as_str()) {
        (&Method::GET, "/") => page::show(state, request),
        (&Method::GET, CLIENT_FILE) => client_file(state, request),
        (&Method::POST, FORMS) => take(state, request),
        _ => refused(StatusCode::METHOD_NOT_ALLOWED, "The console has no such form."),
    }
}

/// Does what a form says and shows the page again, so that a reload does nothing twice.
fn take(state: &mut State, request: &Request) -> Reply {
    let form = request.form();
    if form.first("token") != Some(state.console_token.as_str()) {
        return refused(StatusCode::FORBIDDEN, "This form is not of this page; reload it.");
    }
    let project = form.first("project").unwrap_or_default().to_owned();
    match actions::perform(state, &form) {
        Ok(section) => {
            let project = form.first("id").filter(|_| section == "api").unwrap_or(&project);
            let location =
                format!("{}/?project={}#{section}", request.origin, percent_encoded(project));
            Reply::redirect(StatusCode::SEE_OTHER, &location)
        }
        Err(why) => {
            let action = form.first("action").unwrap_or_default();
            page::show_mistake(state, &Mistake { action, form: &form, why: &why })
        }
    }
}

fn client_file(state: &State, request: &Request) -> Reply {
    let client = request.query.first("client_id").and_then(|id| state.config.client(id));
    let client = client.filter(|(_, client)| client.lifecycle == Lifecycle::Active);
    let Some((project, client)) = client else {
        return refused(StatusCode::NOT_FOUND, "There is no such client.");
    };
    let file = dir::client_file(&project.id, client, &request.origin);
    // The name that Google's console gives it.
    let name = format!("attachment; filename=\"client_secret_{}.json\"", client.client_id);
    Reply::new(StatusCode::OK, "application/json", file)
        .private()
        .with(header::CONTENT_DISPOSITION, &name)
}

fn refused(status: StatusCode, why: &str) -> Reply {
    view::page(status, "That did not work", "", &view::notice(why))
}
