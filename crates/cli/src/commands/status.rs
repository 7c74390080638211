//! `hallpass status`: which sign-in wins and why, and whether it works.
//!
//! In: the environment and the files. Out: facts. Nothing is sent, unless `--check` asks whether
//! Google still accepts the sign-in.
//! Not here: advice on what is wrong.

use crate::args::Format;
use crate::context::Context;
use crate::exit::Case;
use crate::failure::Outcome;
use crate::render::{self, printable};
use crate::saved::Saved;
use serde_json::{Value, json};
use std::path::Path;
use std::time::SystemTime;

/// Show which sign-in is used, and what is known of it
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Get a token too, and end with exit code 4 when that is impossible
    #[arg(long)]
    check: bool,
    /// The form of the result
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// What is known of the sign-in that wins.
struct Facts {
    saved: Saved,
    now: SystemTime,
    quota_project: Option<(String, &'static str)>,
    usable: Option<bool>,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let saved = match Saved::find(context, None) {
        Err(failure) if failure.is(Case::NoCredential) => {
            let text = match args.format {
                Format::Text => "not signed in".to_owned(),
                Format::Json => render::document(&json!({ "signed_in": false, "usable": false })),
            };
            context.data(&text)?;
            return if args.check { Err(failure) } else { Ok(()) };
        }
        found => found?,
    };
    let checked = args.check.then(|| saved.access_token(context).map(drop));
    let facts = Facts {
        now: context.clock().now(),
        quota_project: saved.quota_project(context),
        usable: checked.as_ref().map(Result::is_ok),
        saved: if args.check { Saved::find(context, None)? } else { saved },
    };
    context.data(&match args.format {
        Format::Text => render::rows(&facts.rows()),
        Format::Json => render::document(&facts.json()),
    })?;
    match checked {
        // Whatever the reason is, the question was whether it can be used.
        Some(Err(failure)) => Err(failure.ending_with_sign_in()),
        _ => Ok(()),
    }
}

impl Facts {
    fn rows(&self) -> Vec<(&'static str, String)> {
        let mut rows = vec![
            ("credential", self.saved.path.display().to_string()),
            ("found through", self.saved.origin.words().to_owned()),
        ];
        rows.extend(self.saved.shadowed.iter().map(|path| ("shadows", path.display().to_string())));
        rows.push(("account", self.saved.account().unwrap_or("unknown").to_owned()));
        match self.saved.scopes() {
            Some(scopes) => rows.extend(scopes.iter().map(|scope| ("scope", scope.to_string()))),
            None => rows.push(("scope", "unknown: another program signed in".to_owned())),
        }
        rows.extend(self.times());
        rows.push(("quota project", match &self.quota_project {
            Some((id, from)) => format!("{id} (from {from})"),
            None => "none: requests count for the OAuth client's project".to_owned(),
        }));
        rows.extend(file_mode(&self.saved.path).map(|mode| ("file mode", mode)));
        if let Some(usable) = self.usable {
            rows.push(("usable", if usable { "yes" } else { "no" }.to_owned()));
        }
        rows
    }

    fn times(&self) -> Vec<(&'static str, String)> {
        let mut rows = Vec::new();
        if let Some(age) = self.saved.issued_at().and_then(|at| self.now.duration_since(at).ok()) {
            rows.push(("signed in", format!("{} ago", render::span(age.as_secs()))));
        }
        rows.push(("access token", match self.saved.token_expires_at() {
            None => "none saved".to_owned(),
            Some(end) => match end.duration_since(self.now) {
                Ok(left) => format!("good for {}", render::span(left.as_secs())),
                Err(_) => "expired; the next command gets a new one".to_owned(),
            },
        }));
        if let Some(end) = self.saved.ends_at() {
            rows.push(("sign-in ends", match end.duration_since(self.now) {
                Ok(left) => {
                    format!("in {}: the consent screen is in \"Testing\"", render::span(left.as_secs()))
                }
                Err(_) => "it has ended: the consent screen is in \"Testing\"".to_owned(),
            }));
        }
        rows
    }

    fn json(&self) -> Value {
        let paths: Vec<String> = self.saved.shadowed.iter().map(|path| path.display().to_string()).collect();
        let scopes = self.saved.scopes().map(|scopes| scopes.iter().map(ToString::to_string).collect::<Vec<_>>());
        json!({
            "signed_in": true,
            "path": self.saved.path.display().to_string(),
            "origin": self.saved.origin.name(),
            "shadowed": paths,
            "account": self.saved.account(),
            "scopes": scopes,
            "issued_at": self.saved.issued_at().and_then(render::time),
            "access_token_expires_at": self.saved.token_expires_at().and_then(render::time),
            "sign_in_ends_at": self.saved.ends_at().and_then(render::time),
            "quota_project": self.quota_project.as_ref().map(|(id, from)| json!({ "id": id, "from": from })),
            "file_mode": file_mode(&self.saved.path),
            "usable": self.usable,
        })
    }
}

/// Returns the mode as `ls` users know it, where files have one.
#[cfg(unix)]
fn file_mode(path: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;

    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o7777;
    Some(format!("{mode:04o}"))
}

#[cfg(not(unix))]
fn file_mode(_: &Path) -> Option<String> {
    None
}
