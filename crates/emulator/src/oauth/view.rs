//! What the sign-in pages look like.
//!
//! In: what to show, already decided. Out: HTML that works without script, by keyboard, light and dark. Each
//! page says that it is an emulator, carries no logo and asks for no password.

use super::flow::{DEVICE_PATH, FLOW_PATH};
use super::scopes;
use crate::message::Reply;
use crate::{ConsentScreen, Publishing, User};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{StatusCode, header};
use maud::{DOCTYPE, Markup, html};
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("pages.css");

/// A whole page. `back` is the origin that its form may lead to in the end.
pub(crate) fn page(status: StatusCode, title: &str, back: &str, body: &Markup) -> Reply {
    styled(status, title, STYLE, back, None, body)
}

/// The same in another style, loaded anew every so many seconds if that is wished.
pub(crate) fn styled(
    status: StatusCode,
    title: &str,
    style: &'static str,
    back: &str,
    refresh_seconds: Option<u32>,
    body: &Markup,
) -> Reply {
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) " · emulator" }
                @if let Some(seconds) = refresh_seconds { meta http-equiv="refresh" content=(seconds); }
                style { (maud::PreEscaped(style)) }
            }
            body {
                p.emulator role="note" {
                    strong { "Emulator." } " This is not Google. Nothing here leaves this computer."
                }
                main { h1 { (title) } (body) }
            }
        }
    };
    let digest = BASE64_STANDARD.encode(Sha256::digest(style.as_bytes()));
    // Browsers hold `form-action` against redirects after a form, so the client's address must be named.
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{digest}'; form-action 'self' {back}; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    Reply::new(status, "text/html; charset=utf-8", document.into_string())
        .private()
        .with(header::CONTENT_SECURITY_POLICY, &policy)
        .with(header::X_FRAME_OPTIONS, "DENY")
        .with(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .with(header::REFERRER_POLICY, "same-origin")
}

/// A form that answers the page of a sign-in.
fn form(id: &str, inside: &Markup) -> Markup {
    html! {
        form method="post" action=(FLOW_PATH) {
            input type="hidden" name="id" value=(id);
            (inside)
        }
    }
}

/// The page of a request that leads nowhere.
pub(crate) fn gone(why: &str) -> Reply {
    page(StatusCode::BAD_REQUEST, "Nothing to do here", "", &notice(why))
}

pub(crate) fn notice(text: &str) -> Markup {
    html! { p { (text) } }
}

/// The form for the code that a device shows.
pub(crate) fn device(mistake: Option<&str>) -> Markup {
    html! {
        form method="post" action=(DEVICE_PATH) {
            @if let Some(mistake) = mistake { p role="alert" { (mistake) } }
            p {
                label for="user_code" { "The code that the device shows" } " "
                input id="user_code" name="user_code" autocomplete="off" required;
            }
            button.main type="submit" { "Next" }
        }
    }
}

pub(crate) fn accounts(
    id: &str,
    app: &ConsentScreen,
    users: &[User],
    hint: Option<&str>,
) -> Markup {
    html! {
        p { "to continue to " strong { (app.app_name) } }
        @if let Some(hint) = hint { p { "The program suggested " strong { (hint) } "." } }
        @for user in users {
            (form(id, &html! {
                input type="hidden" name="account" value=(user.email);
                button.account type="submit" name="action" value="choose" {
                    span { (user.name) } " " small { (user.email) }
                }
            }))
        }
        (form(id, &html! { button type="submit" name="action" value="cancel" { "Cancel" } }))
    }
}

pub(crate) fn warning(id: &str, app: &ConsentScreen) -> Markup {
    let testing = app.publishing == Publishing::Testing;
    let go_on =
        |text: &str| html! { button type="submit" name="action" value="continue" { (text) } };
    let back =
        html! { button.main type="submit" name="action" value="cancel" { "Back to safety" } };
    html! {
        @if testing {
            p { "You were given access to an app that is still being tested. Go on only if you know the \
                 developer who invited you (" (app.support_email) ")." }
            (form(id, &html! { (back) " " (go_on("Continue")) }))
        } @else {
            p { "The app asks for sensitive access and has not been verified. Until the developer ("
                (app.support_email) ") verifies it, you should not use it." }
            (form(id, &html! {
                (back)
                details {
                    summary { "Advanced" }
                    (go_on(&format!("Go to {} (unsafe)", app.app_name)))
                }
            }))
        }
    }
}

pub(crate) fn consent(
    id: &str,
    app: &ConsentScreen,
    account: &str,
    asked: &[String],
    ticked: bool,
) -> Markup {
    let boxes = scopes::with_boxes(asked);
    html! {
        p { "Signed in as " strong { (account) } }
        (form(id, &html! {
            fieldset {
                legend { "Select what " (app.app_name) " can access" }
                @if !boxes.is_empty() {
                    button type="submit" name="action" value="select_all" { "Select all" }
                }
                ul {
                    @for (number, scope) in asked.iter().enumerate() {
                        li { (scope_line(number, scope, boxes.contains(&scope), ticked)) }
                    }
                }
            }
            p { "Make sure you trust " (app.app_name) " (" (app.support_email) ")." }
            button type="submit" name="action" value="cancel" { "Cancel" } " "
            button.main type="submit" name="action" value="continue" { "Continue" }
        }))
    }
}

fn scope_line(number: usize, scope: &str, has_box: bool, ticked: bool) -> Markup {
    html! {
        @if has_box {
            input type="checkbox" name="scope" id={ "scope-" (number) } value=(scope) checked[ticked];
            " " label for={ "scope-" (number) } { (scopes::description(scope)) " " small { (scope) } }
        } @else {
            (scopes::description(scope)) " " small { (scope) }
        }
    }
}
