//! `hallpass agent env`: a new ticket, as the variables that a program needs.
//!
//! In: a name and a form. Out: lines of data; they hold the ticket, so they belong into a private file or a shell.

use crate::commands::agent::{Form, New, ticket};
use crate::context::Context;
use crate::failure::Outcome;
use crate::render::{self, Format};
use serde_json::Value;

pub(crate) fn run(new: &New, form: Form, openai: bool, context: &mut Context) -> Outcome {
    let answer = ticket::make(new, true, openai, context)?;
    if context.format == Format::Json {
        return context.data(render::document(&answer));
    }
    let mut variables: Vec<(String, String)> = answer["variables"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|pair| (text(&pair[0]), text(&pair[1])))
        .collect();
    variables.push(("GOOGLE_APPLICATION_CREDENTIALS".to_owned(), text(&answer["file"])));
    if let Some(project) = answer["quota_project"].as_str() {
        variables.push(("GOOGLE_CLOUD_QUOTA_PROJECT".to_owned(), project.to_owned()));
    }
    let lines = variables.iter().map(|(name, value)| match form {
        Form::Shell => format!("export {name}='{}'", value.replace('\'', r"'\''")),
        // about_Quoting_Rules: within single quotes, two of them stand for one.
        Form::Powershell => format!("$env:{name} = '{}'", value.replace('\'', "''")),
        Form::File => format!("{name}={value}"),
    });
    let lines: Vec<String> = lines.collect();
    context.data(lines.into_iter().map(|line| crate::line::Line::from(line).whole()))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
