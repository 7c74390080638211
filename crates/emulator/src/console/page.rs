//! What the console looks like: one page, a section for each thing, a form for each change.

use super::actions;
use super::kept::kept;
use crate::config::GEMINI_SERVICE;
use crate::journal::RecordedRequest;
use crate::message::{Parameters, Reply, Request, percent_encoded};
use crate::oauth::view;
use crate::state::State;
use crate::{Audience, Client, ClientKind, Lifecycle, Project, Publishing, clock};
use http::StatusCode;
use maud::{Markup, html};

/// Where the page's forms go.
pub(super) const FORMS: &str = "/console";
/// Where client files are downloaded.
pub(super) const CLIENT_FILE: &str = "/console/client-file";

const STYLE: &str = include_str!("console.css");

/// The rule of `actions::PROJECT_ID_RULE` for the browser.
const PROJECT_ID: &str = "[a-z][a-z0-9\\-]*[a-z0-9]";

/// More would make the page slow; the control path has them all.
const MOST_REQUESTS: usize = 50;

/// A form that was not in order: what was typed in, and why it will not do.
pub(super) struct Mistake<'a> {
    pub(super) action: &'a str,
    pub(super) form: &'a Parameters,
    pub(super) why: &'a str,
}

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

/// What every form of the page carries.
struct Forms<'a> {
    token: &'a str,
    project: &'a str,
    mistake: Option<&'a Mistake<'a>>,
}

impl Forms<'_> {
    fn form(&self, action: &str, inside: &Markup) -> Markup {
        html! {
            form method="post" action=(FORMS) {
                input type="hidden" name="token" value=(self.token);
                input type="hidden" name="project" value=(self.project);
                input type="hidden" name="action" value=(action);
                (inside)
            }
        }
    }

    /// What was typed into a field of the form that was not in order.
    fn typed(&self, action: &str, name: &str) -> Option<&str> {
        self.mistake.filter(|mistake| mistake.action == action)?.form.first(name)
    }

    /// A form that is nothing but a button, with one value.
    fn button(&self, action: &str, name: &str, value: &str, text: &str) -> Markup {
        self.form(
            action,
            &html! {
                input type="hidden" name=(name) value=(value);
                button.quiet type="submit" { (text) }
            },
        )
    }
}

fn section(id: &str, title: &str, body: &Markup) -> Markup {
    html! { section id=(id) { h2 { (title) } (body) } }
}

fn field(id: &str, label: &str, value: &str, hint: &str) -> Markup {
    html! {
        p {
            label for=(id) { (label) } " "
            input id=(id) name=(id) value=(value) placeholder=(hint) autocomplete="off";
        }
    }
}

fn choice(id: &str, label: &str, options: &[(&str, &str)], chosen: &str) -> Markup {
    html! {
        p {
            label for=(id) { (label) } " "
            select id=(id) name=(id) {
                @for (value, text) in options {
                    option value=(value) selected[*value == chosen] { (text) }
                }
            }
        }
    }
}

fn projects(state: &State, forms: &Forms<'_>, asked: Option<&str>) -> Markup {
    let missing = asked.filter(|_| forms.project.is_empty()).unwrap_or_default();
    let owners: Vec<(&str, &str)> =
        state.config.users.iter().map(|user| (user.email.as_str(), user.email.as_str())).collect();
    section(
        "projects",
        "Project",
        &html! {
            @if !missing.is_empty() { p role="alert" { "There is no project " strong { (missing) } " yet." } }
            nav aria-label="Projects" {
                @for project in &state.config.projects {
                    a href={ "/?project=" (percent_encoded(&project.id)) }
                        aria-current=[(project.id == forms.project).then_some("page")] { (project.id) }
                }
            }
            details open[!missing.is_empty() || forms.typed("create-project", "id").is_some()] {
                summary { "New project" }
                (forms.form("create-project", &html! {
                    p {
                        label for="id" { "Project ID" } " "
                        input id="id" name="id" value=(forms.typed("create-project", "id").unwrap_or(missing))
                            placeholder="my-project" autocomplete="off" required minlength="6" maxlength="30"
                            pattern=(PROJECT_ID) title=(actions::PROJECT_ID_RULE);
                        small { (actions::PROJECT_ID_RULE) }
                    }
                    (choice("owner", "Owner", &owners, ""))
                    button type="submit" { "Create project" }
                }))
            }
        },
    )
}

fn api(project: &Project, forms: &Forms<'_>) -> Markup {
    let enabled = project.services.iter().any(|service| service == GEMINI_SERVICE);
    section(
        "api",
        "Generative Language API",
        &html! {
            p { code { (GEMINI_SERVICE) } " is " strong { (if enabled { "enabled" } else { "not enabled" }) }
                " in " (project.id) " (number " (project.number) ")." }
            @if enabled {
                (forms.button("disable-api", "service", GEMINI_SERVICE, "Disable API"))
            } @else {
                (forms.form("enable-api", &html! { button type="submit" { "Enable API" } }))
            }
        },
    )
}

fn consent_screen(project: &Project, forms: &Forms<'_>) -> Markup {
    let screen = &project.consent_screen;
    let audience = if screen.audience == Audience::Internal { "internal" } else { "external" };
    let publishing =
        if screen.publishing == Publishing::Production { "production" } else { "testing" };
    section("consent-screen", "Consent screen", &forms.form("save-consent-screen", &html! {
        (field("app_name", "App name", &screen.app_name, ""))
        (field("support_email", "Support e-mail", &screen.support_email, "you@example.com"))
        (choice("audience", "Audience", &[("external", "External"), ("internal", "Internal")], audience))
        (choice(
            "publishing",
            "Publishing status",
            &[("testing", "Testing"), ("production", "In production")],
            publishing,
        ))
        p {
            input type="checkbox" id="verified" name="verified" value="yes" checked[screen.verified];
            " " label for="verified" { "Verified by Google" }
        }
        button type="submit" { "Save consent screen" }
    }))
}

fn test_users(project: &Project, forms: &Forms<'_>) -> Markup {
    section(
        "audience",
        "Test users",
        &html! {
            ul {
                @for email in &project.consent_screen.test_users {
                    li.row { (email) " " (forms.button("remove-test-user", "email", email, "Remove")) }
                }
            }
            (forms.form("add-test-user", &html! {
                (field("email", "E-mail", forms.typed("add-test-user", "email").unwrap_or_default(), "you@example.com"))
                button type="submit" { "Add test user" }
            }))
        },
    )
}

fn clients(project: &Project, forms: &Forms<'_>) -> Markup {
    let active = project.clients.iter().filter(|client| client.lifecycle == Lifecycle::Active);
    section(
        "clients",
        "Clients",
        &html! {
            ul { @for client in active { li { (one_client(client, forms)) } } }
            (forms.form("create-client", &html! { button type="submit" { "Create Desktop client" } }))
            details {
                summary { "Web client" }
                (forms.form("create-client", &html! {
                    input type="hidden" name="kind" value="web";
                    (field("redirect_uris", "Redirect URIs", forms.typed("create-client", "redirect_uris").unwrap_or_default(), "http://127.0.0.1:8080/callback"))
                    button type="submit" { "Create Web client" }
                }))
            }
        },
    )
}

fn one_client(client: &Client, forms: &Forms<'_>) -> Markup {
    let kind = match client.kind {
        ClientKind::Desktop => "Desktop app",
        ClientKind::LimitedInput => "TVs and Limited Input devices",
        ClientKind::Web => "Web application",
    };
    html! {
        p { (kind) " " code { (client.client_id) } }
        div.row {
            a.button href={ (CLIENT_FILE) "?client_id=" (percent_encoded(&client.client_id)) } download
                { "Download JSON" }
            (forms.button("delete-client", "client_id", &client.client_id, "Delete client"))
        }
    }
}

fn grants(state: &State, forms: &Forms<'_>) -> Markup {
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

fn requests(state: &State, forms: &Forms<'_>, live: bool) -> Markup {
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

fn clock_of(state: &State, forms: &Forms<'_>) -> Markup {
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

fn faults(state: &State, forms: &Forms<'_>) -> Markup {
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
