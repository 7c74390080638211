//! What the console looks like: one page, a section for each thing, a form for each change.
//!
//! In: the state, and a form that was not in order. Out: the page. Not here: the sections (`setup`, `activity`, `kept`) and
//! what their forms have in common (`forms`).

use super::actions;
use super::activity::{clock_of, faults, grants, requests};
use super::forms::{Forms, Mistake, section};
use super::kept::kept;
use super::setup::{api, clients, consent_screen, projects, test_users};
use crate::message::{Reply, Request};
use crate::oauth::view;
use crate::state::State;
use http::StatusCode;
use maud::html;

const STYLE: &str = include_str!("console.css");

pub(super) fn show(state: &State, request: &Request) -> Reply {
    let asked = request.query.first("project");
    page(state, StatusCode::OK, asked, request.query.first("live").is_some(), None)
}

/// The page again, with what was typed in and what is wrong with it beside the form.
pub(super) fn show_mistake(state: &State, mistake: &Mistake<'_>) -> Reply {
    let asked = mistake.form.first("project");
    page(state, StatusCode::BAD_REQUEST, asked, false, Some(mistake))
}

fn page(
    state: &State,
    status: StatusCode,
    asked: Option<&str>,
    live: bool,
    mistake: Option<&Mistake<'_>>,
) -> Reply {
    let project = actions::shown(&state.config, asked);
    let id = project.map(|project| project.id.as_str()).unwrap_or_default();
    let forms = Forms { token: &state.console_token, project: id, mistake };
    let body = html! {
        @if let Some(mistake) = mistake {
            p role="alert" { strong { "That did not work. " } (mistake.why) }
        }
        // Loading anew wipes what is typed, so the live page has little to type into.
        @if !live {
            (projects(state, &forms, asked))
            @if let Some(project) = project {
                (api(project, &forms))
                (consent_screen(project, &forms))
                (test_users(project, &forms))
                (clients(project, &forms))
            }
            (clock_of(state, &forms))
            (faults(state, &forms))
        }
        (grants(state, &forms))
        (section("kept", "Files and documents", &kept(state)))
        (requests(state, &forms, live))
        p { a href="/emulator/v1/config" { "The whole configuration as JSON" } }
    };
    let refresh = live.then_some(2);
    view::styled(status, "Cloud console", STYLE, "", refresh, &body)
}
