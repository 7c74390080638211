//! The authorization endpoint: leads a request in order through the pages to a code.
//!
//! In: the query of `/o/oauth2/v2/auth`. Out: a redirect to the first page, to the client, or to the error
//! page. The order of screens: account, testers only, warning, consent.
//! Source: RFC 6749, section 4.1.2; redirects pasted in 2026 (docs/emulator.md, Sources).

use super::error_page::PageError;
use super::flow::{Answer, Asked, Code, FLOW_PATH, Flow, Grant};
use super::{asked, refusal, scopes, view};
use crate::message::{Reply, Request, percent_encoded};
use crate::state::State;
use crate::{Approval, Audience, Publishing, Refusal, random};
use http::StatusCode;
use std::time::Duration;

pub(crate) const TESTER_CONSENT_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
/// Google: users of an app that it has not verified, over the life of the project.
const MOST_UNVERIFIED_USERS: usize = 100;

/// What comes next in a sign-in.
#[derive(Debug)]
pub(crate) enum Step {
    Account,
    Warning,
    Consent,
    /// All scopes were agreed to before.
    Straight,
    Blocked(PageError),
}

pub(crate) fn answer(state: &mut State, request: &Request) -> Reply {
    let asked = match asked::check(state, &request.query) {
        Ok(asked) => asked,
        Err(error) => return error.redirect(&request.origin, request.query.first("client_id")),
    };
    lead(state, &request.origin, asked)
}

/// Leads to the first page, or as far as no page is needed.
pub(crate) fn lead(state: &mut State, origin: &str, asked: Asked) -> Reply {
    let approval = state.config.approve.clone();
    let account = account_without_page(state, &asked, approval.as_ref());
    let flow = Flow { asked, account, warning_passed: false, all_ticked: false, finished: false };
    let step = next_step(state, &flow);
    if let Step::Blocked(error) = step {
        return error.redirect(origin, Some(&flow.asked.client_id));
    }
    if flow.asked.prompts("none") && !matches!(step, Step::Straight) {
        let code = state.config.switches.prompt_none_error.code();
        return deny(state, &flow.asked, code);
    }
    match (step, approval) {
        (Step::Straight, _) => go_straight(state, &flow),
        (_, Some(approval)) if flow.account.is_some() => approve(state, &flow, &approval),
        _ => {
            let id = random::flow_id();
            state.flows.insert(id.clone(), flow);
            Reply::redirect(StatusCode::FOUND, &format!("{origin}{FLOW_PATH}?id={id}"))
        }
    }
}

fn account_without_page(
    state: &State,
    asked: &Asked,
    approval: Option<&Approval>,
) -> Option<String> {
    let hint = match approval {
        Some(approval) => approval.account.as_str(),
        None if asked.prompts("select_account") => return None,
        None => asked.login_hint()?,
    };
    state.config.user(hint).map(|user| user.email.clone())
}

fn approve(state: &mut State, flow: &Flow, approval: &Approval) -> Reply {
    if approval.decline {
        return deny(state, &flow.asked, "access_denied");
    }
    let unticked = |scope: &&String| !approval.untick.contains(scope);
    let granted: Vec<String> = flow.asked.scopes.iter().filter(unticked).cloned().collect();
    consent(state, flow, granted)
}

/// Finds the page that has to come next.
pub(crate) fn next_step(state: &State, flow: &Flow) -> Step {
    let Some(account) = &flow.account else { return Step::Account };
    let Some(project) = state.config.project(&flow.asked.project_id) else {
        return Step::Blocked(PageError::client_not_found());
    };
    let mut refusals = state.config.refusals(account, &flow.asked.client_id, &project.id);
    let origin = || flow.asked.redirect_uri.trim_end_matches('/');
    if let Some(error) = refusals.find_map(|refusal| refusal::page(refusal, origin())) {
        return Step::Blocked(error);
    }
    let screen = &project.consent_screen;
    let testing = screen.audience == Audience::External && screen.publishing == Publishing::Testing;
    if testing && !screen.test_users.iter().any(|tester| tester == account) {
        return Step::Blocked(PageError::not_a_tester(
            &screen.support_email,
            &flow.asked.parameters,
        ));
    }
    if screen.audience == Audience::Internal {
        let domain = state.config.user(account).and_then(|user| user.hd.as_ref());
        if domain.is_none() || domain != screen.organization.as_ref() {
            return Step::Blocked(PageError::org_internal());
        }
    }
    if is_capped(state, &project.id, &flow.asked.scopes)
        && is_one_too_many(state, &project.id, account)
    {
        return refusal::page(Refusal::RateLimitExceeded, "").map_or(Step::Consent, Step::Blocked);
    }
    let life = testing.then_some(TESTER_CONSENT_LIFE);
    let agreed = state.has_consented(account, &project.id, &flow.asked.scopes, life);
    let sensitive = !flow.asked.scopes.iter().all(|scope| scopes::is_identity(scope));
    if agreed && !flow.asked.prompts("consent") {
        Step::Straight
    } else if screen.audience == Audience::External
        && !screen.verified
        && sensitive
        && !flow.warning_passed
    {
        Step::Warning
    } else {
        Step::Consent
    }
}

/// Whether the app's new users are counted: in production, sensitive scopes, not verified.
fn is_capped(state: &State, project_id: &str, scopes: &[String]) -> bool {
    state.config.project(project_id).is_some_and(|project| {
        let screen = &project.consent_screen;
        screen.audience == Audience::External
            && screen.publishing == Publishing::Production
            && !screen.verified
            && !scopes.iter().all(|scope| scopes::is_identity(scope))
    })
}

fn is_one_too_many(state: &State, project_id: &str, account: &str) -> bool {
    let of_project = state.unverified_users.iter().filter(|(project, _)| project == project_id);
    of_project.clone().count() >= MOST_UNVERIFIED_USERS
        && !of_project.into_iter().any(|(_, user)| user == account)
}

/// Records what the user agreed to and sends the code to the client.
pub(crate) fn consent(state: &mut State, flow: &Flow, granted: Vec<String>) -> Reply {
    let Some(account) = flow.account.clone() else {
        return deny(state, &flow.asked, "access_denied");
    };
    if granted.is_empty() {
        return deny(state, &flow.asked, "access_denied");
    }
    let project_id = &flow.asked.project_id;
    if is_capped(state, project_id, &granted) {
        state.unverified_users.insert((project_id.clone(), account.clone()));
    }
    state.note_consent(&account, project_id, &granted);
    let grant = grant(state, flow, account, granted);
    send_code(state, &flow.asked, grant, true)
}

pub(crate) fn go_straight(state: &mut State, flow: &Flow) -> Reply {
    let Some(account) = flow.account.clone() else {
        return deny(state, &flow.asked, "access_denied");
    };
    let grant = grant(state, flow, account, flow.asked.scopes.clone());
    send_code(state, &flow.asked, grant, false)
}

fn grant(state: &mut State, flow: &Flow, account: String, mut scopes: Vec<String>) -> Grant {
    // Google: incremental authorization is for web clients, not for installed apps.
    let web = state
        .config
        .client(&flow.asked.client_id)
        .is_some_and(|(_, client)| client.kind == crate::ClientKind::Web);
    if web && flow.asked.with_earlier {
        let earlier = state.agreed(&account, &flow.asked.project_id);
        let more = earlier.into_iter().filter(|scope| !scopes.contains(scope)).collect::<Vec<_>>();
        scopes.extend(more);
    }
    Grant {
        account,
        client_id: flow.asked.client_id.clone(),
        project_id: flow.asked.project_id.clone(),
        scopes,
        offline: flow.asked.offline,
        family: state.new_family(),
    }
}

/// The success redirect; its parameters stand in the order of the 2026 captures.
fn send_code(state: &mut State, asked: &Asked, grant: Grant, consent_given: bool) -> Reply {
    if let Some(device_code) = &asked.device_code {
        return tell_device(state, device_code, Some(grant));
    }
    let user = state.config.user(&grant.account).cloned().unwrap_or_default();
    let scope = shown_scopes(state, &grant.scopes, asked);
    let code = state.issue_code(Code {
        grant,
        redirect_uri: asked.redirect_uri.clone(),
        challenge: asked.challenge.clone(),
        nonce: asked.nonce.clone(),
        consent_given,
        redeemed: false,
        expires: state.code_expiry(),
    });
    let mut parameters = Vec::new();
    if let Some(state) = &asked.state {
        parameters.push(format!("state={}", percent_encoded(state)));
    }
    parameters.push(format!("iss={}", state.issuer()));
    parameters.push(format!("code={}", percent_encoded(&code)));
    parameters.push(format!("scope={}", percent_encoded(&scope)));
    let index =
        state.config.users.iter().position(|one| one.email == user.email).unwrap_or_default();
    parameters.push(format!("authuser={index}"));
    if let Some(domain) = &user.hd {
        parameters.push(format!("hd={}", percent_encoded(domain)));
    }
    parameters.push(format!("prompt={}", if consent_given { "consent" } else { "none" }));
    to_client(&asked.redirect_uri, &parameters)
}

/// Scope names as the client gets to see them.
fn shown_scopes(state: &State, granted: &[String], asked: &Asked) -> String {
    if state.config.switches.expand_scope_names {
        return granted.join(" ");
    }
    let short = |scope: &String| match scope.as_str() {
        scopes::EMAIL if asked.asked_for("email") => "email".to_owned(),
        scopes::PROFILE if asked.asked_for("profile") => "profile".to_owned(),
        _ => scope.clone(),
    };
    granted.iter().map(short).collect::<Vec<_>>().join(" ")
}

/// The redirect that carries an error to the client; a device is told when it polls.
pub(crate) fn deny(state: &mut State, asked: &Asked, error: &str) -> Reply {
    if let Some(device_code) = &asked.device_code {
        return tell_device(state, device_code, None);
    }
    let mut parameters = vec![format!("error={error}")];
    if let Some(state) = &asked.state {
        parameters.push(format!("state={}", percent_encoded(state)));
    }
    if state.config.switches.iss_on_error {
        parameters.push(format!("iss={}", state.issuer()));
    }
    to_client(&asked.redirect_uri, &parameters)
}

/// Notes what the user said, and tells the user.
fn tell_device(state: &mut State, device_code: &str, grant: Option<Grant>) -> Reply {
    let text = match &grant {
        Some(_) => "The device is connected; you can close this page.",
        None => "The device was not connected; you can close this page.",
    };
    if let Some(device) = state.devices.get_mut(device_code) {
        device.answer = grant.map_or(Answer::Refused, Answer::Agreed);
    }
    view::page(StatusCode::OK, "Device", "", &view::notice(text))
}

fn to_client(redirect_uri: &str, parameters: &[String]) -> Reply {
    let joint = if redirect_uri.contains('?') { '&' } else { '?' };
    Reply::redirect(StatusCode::FOUND, &format!("{redirect_uri}{joint}{}", parameters.join("&")))
}
