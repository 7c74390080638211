//! `hallpass set-quota-project`: which project pays, in the ADC file.
//!
//! In: a project ID. Out: the same file with `quota_project_id` set, replaced whole.
//! No server is asked: gcloud asks the Resource Manager API, which the quickstart never enables, and loses
//! the old project when that fails.
//! Not here: the file's format (`adc` of the library).

use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::place;
use crate::selection::hidden_token_file;
use hallpass::store::Edit;
use serde_json::json;

/// Set the project that Gemini requests are counted for, in Application Default Credentials
#[derive(Debug, clap::Args)]
#[command(arg = hidden_token_file())]
pub(crate) struct Args {
    /// The project's ID (not its name)
    #[arg(value_name = "ID", required_unless_present = "clear")]
    pub(crate) project: Option<String>,
    /// Remove it: requests count for the OAuth client's own project
    #[arg(long, conflicts_with = "project")]
    pub(crate) clear: bool,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let project = args.project.as_deref().map(checked).transpose()?;
    let path = place::well_known(context)?;
    place::check_plain(&path)?;
    place::adc(&path, context)?.edit(|user| {
        let user = user?.ok_or_else(|| {
            let what = "there are no Application Default Credentials to change";
            Failure::new(Case::NoCredential, what)
                .because(format!("`{}` is not there", path.display()))
        })?;
        Ok::<_, Failure>(Edit::Write(user.with_quota_project(project.unwrap_or_default())))
    })?;
    place::warn_of_the_variable(&path, context);
    match project {
        Some(project) => {
            context.note(format!("quota project {project} saved to {}", path.display()));
        }
        None => context.note(format!("quota project removed from {}", path.display())),
    }
    let variable = context.variable("GOOGLE_CLOUD_QUOTA_PROJECT");
    if let Some(other) = variable.filter(|id| Some(id.as_str()) != project) {
        context.note(format!("warning: GOOGLE_CLOUD_QUOTA_PROJECT is {other} and comes first"));
    }
    context.result(&json!({ "quota_project": project, "path": path.display().to_string() }))
}

/// Accepts what can be a project ID: 6 to 30 lower-case letters, digits and dashes, beginning with a
/// letter; older ones belong to a domain (`example.com:project`). Numbers are tolerated by Google.
pub(crate) fn checked(id: &str) -> Outcome<&str> {
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.:".contains(&byte);
    let whole = !id.starts_with('-') && !id.ends_with(['-', '.', ':']);
    if id.len() >= 4 && id.len() <= 100 && id.bytes().all(plain) && whole {
        return Ok(id);
    }
    Err(Failure::new(Case::QuotaProjectId, format!("`{id}` cannot be a project ID"))
        .because("an ID has 6 to 30 lower-case letters, digits and dashes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_header_tricks_are_no_project_ids() {
        for good in ["demo-project", "example.com:api-project-1", "764086051850", "a-b3"] {
            assert!(checked(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "x",
            "My Project",
            "demo\nproject",
            "-demo",
            "demo-",
            "Demo-project",
            "projects/demo",
        ] {
            assert!(checked(bad).is_err(), "{bad}");
        }
    }
}
