//! The sections of the console's page about what happens: sign-ins, requests, the clock, faults.
//!
//! In: the state. Out: a section for each, with the forms that change it.

use super::forms::{Forms, choice, field, section};
use crate::clock;
use crate::journal::RecordedRequest;
use crate::message::percent_encoded;
use crate::state::State;
use maud::{Markup, html};

/// More would make the page slow; the control path has them all.
const MOST_REQUESTS: usize = 50;

pub(super) fn grants(state: &State, forms: &Forms<'_>) -> Markup {
    let grants = state.grants();
    section(
        "grants",
        "Who has signed in",
        &html! {
            @if grants.is_empty() { p { "No sign-ins yet." } }
            ul {
                @for grant in &grants {
                    li {
                        p { strong { (grant.account) } " to " (grant.project) ", since " (grant.since) ", "
                            (grant.refresh_tokens) " live refresh tokens" }
                        ul.scopes { @for scope in &grant.scopes { li { small { (scope) } } } }
                        (forms.form("revoke", &html! {
                            input type="hidden" name="account" value=(grant.account);
                            input type="hidden" name="granted_to" value=(grant.project);
                            button.quiet type="submit" { "Revoke" }
                        }))
                    }
                }
            }
        },
    )
}

pub(super) fn requests(state: &State, forms: &Forms<'_>, live: bool) -> Markup {
    let project = percent_encoded(forms.project);
    section(
        "requests",
        "Requests",
        &html! {
            p {
                @if live { a href={ "/?project=" (project) "#requests" } { "Stop refreshing" } }
                @else { a href={ "/?project=" (project) "&live=1#requests" } { "Refresh every two seconds" } }
            }
            @if state.journal.newest().next().is_none() { p { "None yet. Secrets are shown as hashes." } }
            @else {
                div.scroll tabindex="0" role="region" aria-label="Requests" {
                    table {
                        thead { tr { th { "Time" } th { "Request" } th { "Parameters" } th { "Status" } } }
                        tbody { @for one in state.journal.newest().take(MOST_REQUESTS) { (row(one)) } }
                    }
                }
                (forms.button("clear-requests", "all", "yes", "Clear requests"))
            }
        },
    )
}

fn row(request: &RecordedRequest) -> Markup {
    let parameters = request.query.iter().chain(&request.form);
    html! {
        tr {
            td.time { (request.time.get(11..19).unwrap_or(&request.time)) }
            td { (request.method) " " (request.path) }
            td { @for (name, value) in parameters { small { (name) "=" (short(value)) } } }
            td { (request.status) }
        }
    }
}

/// Enough of a hash to see whether two are the same.
fn short(value: &str) -> String {
    match value.strip_prefix("sha256:").and_then(|hash| hash.get(..12)) {
        Some(start) => format!("sha256:{start}…"),
        None => value.to_owned(),
    }
}

pub(super) fn clock_of(state: &State, forms: &Forms<'_>) -> Markup {
    let spans =
        [("3600", "One hour later"), ("86400", "One day later"), ("604800", "Seven days later")];
    section(
        "clock",
        "Clock",
        &html! {
            p { "It is " time { (clock::rfc3339(clock::whole_seconds(state.clock.now()))) } " here." }
            div.row {
                @for (seconds, text) in spans { (forms.button("advance-clock", "seconds", seconds, text)) }
            }
            (forms.form("advance-clock", &html! {
                (field("seconds", "Seconds", "", "90"))
                button type="submit" { "Move the clock" }
            }))
        },
    )
}

pub(super) fn faults(state: &State, forms: &Forms<'_>) -> Markup {
    let kinds = [
        ("503", "503, in trouble"),
        ("500", "500, broken"),
        ("429", "429, too many requests"),
        ("delay", "5 seconds late"),
        ("cut-body", "cut off in the middle"),
        ("slow-bytes", "a byte every 100 ms"),
        ("huge-body", "a body of 64 MiB"),
        ("not-json", "HTML in the place of JSON"),
    ];
    let pending = state.faults.pending();
    section(
        "faults",
        "Faults",
        &html! {
            @if pending.is_empty() { p { "None: everything is answered as it should be." } }
            ul {
                @for fault in &pending {
                    li { code { (serde_json::to_string(fault).unwrap_or_default()) } }
                }
            }
            (forms.form("add-fault", &html! {
                (field("path", "Path", "/token", "/token"))
                (choice("kind", "What goes wrong", &kinds, ""))
                (field("times", "How many requests", "1", "1"))
                button type="submit" { "Add fault" }
            }))
            @if !pending.is_empty() { (forms.button("clear-faults", "all", "yes", "Clear faults")) }
        },
    )
}
