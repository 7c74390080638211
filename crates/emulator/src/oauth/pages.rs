//! The sign-in pages: shows the step that is next, takes its answer.
//!
//! In: the id of a sign-in in progress, which only its browser knows, and the form of a page. Out: the next
//! page, or the redirect to the client. Forms of other sites are refused. No script, no password.

use super::authorize::{self, Step};
use super::flow::{FLOW_PATH, Flow};
use super::{redirect_uri, scopes, view};
use crate::control;
use crate::message::{Parameters, Reply, Request};
use crate::state::State;
use http::StatusCode;

pub(crate) fn answer(state: &mut State, request: &Request) -> Reply {
    if !control::is_loopback(request) {
        return view::gone("This address is not the emulator's.");
    }
    let form = request.form();
    let posted = request.method == http::Method::POST;
    if posted && !control::is_own_site(request) {
        return view::gone("This form was sent by another site.");
    }
    let id = if posted { form.first("id") } else { request.query.first("id") };
    let Some((id, flow)) = id.and_then(|id| Some((id, state.flows.get(id)?.clone()))) else {
        return view::gone("This sign-in is not known; start it again in your program.");
    };
    if flow.finished {
        return view::gone("This sign-in is finished; you can close this page.");
    }
    if posted { take(state, request, id, flow, &form) } else { show(state, request, id, &flow) }
}

fn show(state: &mut State, request: &Request, id: &str, flow: &Flow) -> Reply {
    let back = redirect_uri::csp_source(&flow.asked.redirect_uri);
    let page = |title: &str, body: &maud::Markup| view::page(StatusCode::OK, title, &back, body);
    let app = match state.config.project(&flow.asked.project_id) {
        Some(project) => project.consent_screen.clone(),
        None => return view::gone("The project of this sign-in is gone."),
    };
    match authorize::next_step(state, flow) {
        Step::Account => {
            let body = view::accounts(id, &app, &state.config.users, flow.asked.login_hint());
            page("Choose an account", &body)
        }
        Step::Warning => page("Google hasn’t verified this app", &view::warning(id, &app)),
        Step::Consent => {
            let ticked = flow.all_ticked || state.config.switches.boxes_start_ticked;
            let account = flow.account.as_deref().unwrap_or_default();
            let title = format!("{} wants access to your account", app.app_name);
            page(&title, &view::consent(id, &app, account, &flow.asked.scopes, ticked))
        }
        Step::Straight => {
            finish(state, id);
            authorize::go_straight(state, flow)
        }
        Step::Blocked(error) => {
            finish(state, id);
            error.redirect(&request.origin, Some(&flow.asked.client_id))
        }
    }
}

fn finish(state: &mut State, id: &str) {
    if let Some(flow) = state.flows.get_mut(id) {
        flow.finished = true;
    }
}

/// Takes the answer of the page that is next; an answer to another page changes nothing.
fn take(
    state: &mut State,
    request: &Request,
    id: &str,
    mut flow: Flow,
    form: &Parameters,
) -> Reply {
    let action = form.first("action").unwrap_or_default();
    let step = authorize::next_step(state, &flow);
    match (step, action) {
        (_, "cancel") => {
            finish(state, id);
            return authorize::deny(state, &flow.asked, "access_denied");
        }
        (Step::Account, "choose") => {
            let chosen = form.first("account").and_then(|email| state.config.user(email));
            flow.account = chosen.map(|user| user.email.clone());
        }
        (Step::Warning, "continue") => flow.warning_passed = true,
        (Step::Consent, "select_all") => flow.all_ticked = true,
        (Step::Consent, "continue") => {
            finish(state, id);
            let granted = granted(&flow.asked.scopes, form);
            return authorize::consent(state, &flow, granted);
        }
        _ => {}
    }
    if let Some(stored) = state.flows.get_mut(id) {
        *stored = flow;
    }
    let location = format!("{}{FLOW_PATH}?id={id}", request.origin);
    Reply::redirect(StatusCode::SEE_OTHER, &location)
}

/// Identity scopes have no box; a single other scope has none either.
fn granted(asked: &[String], form: &Parameters) -> Vec<String> {
    let boxes = scopes::with_boxes(asked);
    let ticked = |scope: &String| form.all("scope").any(|value| value == scope);
    asked.iter().filter(|scope| !boxes.contains(scope) || ticked(scope)).cloned().collect()
}
