//! What the forms of the console's page have in common: where they go, what they carry, fields and choices.
//!
//! In: the page's token, the project, and the form that was not in order. Out: markup, with what was typed in.

use crate::message::Parameters;
use maud::{Markup, html};

/// Where the page's forms go.
pub(super) const FORMS: &str = "/console";
/// Where client files are downloaded.
pub(super) const CLIENT_FILE: &str = "/console/client-file";

/// A form that was not in order: what was typed in, and why it will not do.
pub(super) struct Mistake<'a> {
    pub(super) action: &'a str,
    pub(super) form: &'a Parameters,
    pub(super) why: &'a str,
}

/// What every form of the page carries.
pub(super) struct Forms<'a> {
    pub(super) token: &'a str,
    pub(super) project: &'a str,
    pub(super) mistake: Option<&'a Mistake<'a>>,
}

impl Forms<'_> {
    pub(super) fn form(&self, action: &str, inside: &Markup) -> Markup {
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
    pub(super) fn typed(&self, action: &str, name: &str) -> Option<&str> {
        self.mistake.filter(|mistake| mistake.action == action)?.form.first(name)
    }

    /// A form that is nothing but a button, with one value.
    pub(super) fn button(&self, action: &str, name: &str, value: &str, text: &str) -> Markup {
        self.form(
            action,
            &html! {
                input type="hidden" name=(name) value=(value);
                button.quiet type="submit" { (text) }
            },
        )
    }
}

pub(super) fn section(id: &str, title: &str, body: &Markup) -> Markup {
    html! { section id=(id) { h2 { (title) } (body) } }
}

pub(super) fn field(id: &str, label: &str, value: &str, hint: &str) -> Markup {
    html! {
        p {
            label for=(id) { (label) } " "
            input id=(id) name=(id) value=(value) placeholder=(hint) autocomplete="off";
        }
    }
}

pub(super) fn choice(id: &str, label: &str, options: &[(&str, &str)], chosen: &str) -> Markup {
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
