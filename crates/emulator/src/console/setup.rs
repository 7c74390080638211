//! The sections of the console's page that set a project up, as the Cloud console does: API, consent screen, clients.
//!
//! In: the configuration. Out: a section for each, with the forms that change it.

use super::actions;
use super::forms::{CLIENT_FILE, Forms, choice, field, section};
use crate::config::GEMINI_SERVICE;
use crate::message::percent_encoded;
use crate::state::State;
use crate::{Audience, Client, ClientKind, Lifecycle, Project, Publishing};
use maud::{Markup, html};

/// The rule of `actions::PROJECT_ID_RULE` for the browser.
const PROJECT_ID: &str = "[a-z][a-z0-9\\-]*[a-z0-9]";

pub(super) fn projects(state: &State, forms: &Forms<'_>, asked: Option<&str>) -> Markup {
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

pub(super) fn api(project: &Project, forms: &Forms<'_>) -> Markup {
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

pub(super) fn consent_screen(project: &Project, forms: &Forms<'_>) -> Markup {
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

pub(super) fn test_users(project: &Project, forms: &Forms<'_>) -> Markup {
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

pub(super) fn clients(project: &Project, forms: &Forms<'_>) -> Markup {
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
