//! `hallpass status`: which sign-in wins and why, and whether it works.
//!
//! In: the environment and the files. Out: facts. Nothing is sent, unless `--check` asks whether
//! Google still accepts the sign-in.
//! Not here: advice on what is wrong.

use crate::commands::scopes;
use crate::context::Context;
use crate::exit::Case;
use crate::failure::Outcome;
use crate::gemini_address;
use crate::hint;
use crate::line::{Line, Style};
use crate::render::{self, Format};
use crate::saved::{FoundThrough, Saved};
use hallpass::store::{Claim, SavedToken, StoredGrant};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Show which sign-in is used, and what is known of it
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Ask Google for a new token too, and end with exit code 4 when that is impossible
    #[arg(long)]
    check: bool,
}

/// What is known of the sign-in that wins.
struct Facts {
    saved: Saved,
    now: SystemTime,
    profile: Option<String>,
    quota_project: Option<(String, &'static str)>,
    /// Another address than Google's that Gemini requests go to.
    gemini: Option<String>,
    usable: Option<bool>,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let saved = match Saved::find(context, None) {
        Err(failure) if failure.is(Case::NoCredential) => {
            let lines = match context.format {
                Format::Text => vec!["not signed in".into()],
                Format::Json => render::document(&json!({ "signed_in": false, "usable": false })),
            };
            context.data(lines)?;
            return if args.check { Err(failure) } else { Ok(()) };
        }
        found => found?,
    };
    let checked = args.check.then(|| saved.new_access_token(context));
    let facts = Facts {
        now: context.clock().now(),
        profile: context.profile().map(str::to_owned),
        quota_project: saved.quota_project(context),
        gemini: gemini_address::foreign_address(context),
        usable: checked.as_ref().map(Result::is_ok),
        saved: if args.check { Saved::find(context, None)? } else { saved },
    };
    let lines = match context.format {
        Format::Text => facts.lines(context),
        Format::Json => render::document(&facts.json()),
    };
    context.data(lines)?;
    match checked {
        // The question was whether it can be used, for any reason.
        Some(Err(failure)) => Err(failure.ending_with_sign_in()),
        _ => Ok(()),
    }
}

impl Facts {
    /// Who, which project, until when; then everything.
    fn lines(&self, context: &Context) -> Vec<Line> {
        let saved = &self.saved;
        let account = saved.account().map(|account| self.claimed(account, Claim::Account));
        let who = account.or_else(|| saved.machine_type().map(str::to_owned));
        let who = who.unwrap_or_else(|| "account unknown".to_owned());
        let project = match (&self.quota_project, saved.machine_type()) {
            (Some((id, _)), _) => format!("project {id}"),
            (None, Some(_)) => "its own project".to_owned(),
            (None, None) => "the OAuth client's project".to_owned(),
        };
        let until = match saved.record.refresh_token_expires_at {
            _ if saved.record.refused_at.is_some() => {
                "Google no longer accepts this sign-in".to_owned()
            }
            Some(end) => match end.duration_since(self.now) {
                Ok(left) => {
                    let left = format!("sign-in ends in {}", render::span(left.as_secs()));
                    self.claimed(&left, Claim::RefreshTokenExpiresAt)
                }
                Err(_) => "sign-in has ended".to_owned(),
            },
            None => "no end is known".to_owned(),
        };
        let mut rows = self.rows();
        if saved.account().is_none() && saved.machine_type().is_none() {
            let advice = "unknown: it was not asked for; `hallpass login --scopes cloud-platform,retriever,openid,email` does";
            let account = rows.iter_mut().find(|(label, _)| *label == "account");
            account.into_iter().for_each(|(_, value)| *value = hint::complete(advice, context));
        }
        if let Some(age) = self.age(saved.record.refused_at) {
            let advice = format!("{age} ago, by Google: run `hallpass login`");
            rows.push(("refused", hint::complete(&advice, context)));
        }
        let first = Line::default().and(Style::Bold, format!("{who}, {project}, {until}"));
        std::iter::once(first).chain(render::rows(&rows)).collect()
    }

    fn rows(&self) -> Vec<(&'static str, String)> {
        let saved = &self.saved;
        let mut rows = vec![
            ("credential", saved.path.display().to_string()),
            ("found through", words(saved.found_through).to_owned()),
        ];
        rows.extend(self.profile.iter().map(|name| ("profile", name.clone())));
        rows.extend(saved.shadowed.iter().map(|path| ("shadows", path.display().to_string())));
        rows.extend(saved.machine_type().map(|word| ("type", word.to_owned())));
        let addresses = saved.token_addresses().iter();
        rows.extend(addresses.map(|address| ("tokens from", address.clone())));
        let servers = saved.foreign_servers();
        rows.extend(servers.map(|servers| ("made at", format!("{servers}, not Google"))));
        rows.extend(self.gemini.iter().map(|address| ("Gemini API", address.clone())));
        let account = saved.account().map(|account| self.claimed(account, Claim::Account));
        rows.push(("account", account.unwrap_or_else(|| "unknown".to_owned())));
        match &saved.record.scopes {
            Some(scopes) => {
                rows.extend(scopes.iter().map(|scope| ("scope", self.explained(scope))))
            }
            None if saved.machine_type().is_some() => {}
            None => rows.push(("scope", "unknown: another program signed in".to_owned())),
        }
        rows.extend(self.times());
        let quota_project = self.quota_project.as_ref();
        rows.push((
            "quota project",
            match quota_project {
                Some((id, from)) => format!("{id} (from {from})"),
                None if saved.machine_type().is_some() => {
                    "none: requests count for the credential's own project".to_owned()
                }
                None => "none: requests count for the OAuth client's project".to_owned(),
            },
        ));
        rows.extend(file_mode(&saved.path).map(|mode| ("file mode", mode)));
        rows.extend(
            self.usable.map(|usable| ("usable", if usable { "yes" } else { "no" }.to_owned())),
        );
        rows
    }

    fn times(&self) -> Vec<(&'static str, String)> {
        let record = &self.saved.record;
        let mut rows = Vec::new();
        if let Some(age) = self.age(record.issued_at) {
            let ago = format!("{age} ago");
            rows.push(("signed in", self.claimed(&ago, Claim::IssuedAt)));
        }
        let left = |end: SystemTime| {
            end.duration_since(self.now).ok().map(|left| render::span(left.as_secs()))
        };
        rows.push((
            "access token",
            match record.access_token.as_ref().map(|token| left(token.token().expires_at())) {
                None => "none saved".to_owned(),
                Some(None) => "expired; the next command gets a new one".to_owned(),
                Some(Some(left)) => format!("good for {left}"),
            },
        ));
        rows.extend(record.refresh_token_expires_at.map(|end| {
            let when = left(end).map_or("it has ended".to_owned(), |left| format!("in {left}"));
            let when = format!("{when}: the consent screen is in \"Testing\"");
            ("sign-in ends", self.claimed(&when, Claim::RefreshTokenExpiresAt))
        }));
        rows
    }

    fn age(&self, moment: Option<SystemTime>) -> Option<String> {
        let age = self.now.duration_since(moment?).ok()?;
        Some(render::span(age.as_secs()))
    }

    /// Says so where a file alone vouches for a fact.
    fn claimed(&self, fact: &str, claim: Claim) -> String {
        self.saved.claimed(fact, claim)
    }

    /// A scope with what it opens, where that is known.
    fn explained(&self, scope: &str) -> String {
        let shown = self.claimed(scope, Claim::Scopes);
        match scopes::opens(scope) {
            Some(opens) => format!("{shown}: {opens}"),
            None => shown,
        }
    }

    fn json(&self) -> Value {
        let (saved, record) = (&self.saved, &self.saved.record);
        let token = record.access_token.as_ref().map(SavedToken::token);
        json!({
            "signed_in": true,
            "path": saved.path.display().to_string(),
            "found_through": name(saved.found_through),
            "profile": self.profile,
            "type": saved.machine_type().unwrap_or("authorized_user"),
            "shadowed": saved.shadowed.iter().map(|path| path.display().to_string()).collect::<Vec<_>>(),
            "token_addresses": saved.token_addresses(),
            "made_at": saved.foreign_servers(),
            "gemini_address": self.gemini,
            "account": saved.account(),
            "as_the_file_says": as_the_file_says(record),
            "scopes": record.scopes.as_ref().map(|scopes| scopes.iter().collect::<Vec<_>>()),
            "issued_at": record.issued_at.and_then(render::time),
            "access_token_expires_at": token.and_then(|token| render::time(token.expires_at())),
            "sign_in_ends_at": record.refresh_token_expires_at.and_then(render::time),
            "refused_at": record.refused_at.and_then(render::time),
            "quota_project": self.quota_project.as_ref().map(|(id, from)| json!({ "id": id, "from": from })),
            "file_mode": file_mode(&saved.path),
            "usable": self.usable,
        })
    }
}

/// Sign-ins in Testing last seven days; from here on, tomorrow is worth a word.
pub(crate) const SOON: Duration = Duration::from_secs(2 * 24 * 60 * 60);

/// Warns of a sign-in that ends soon, beside the result of the command that uses it. Google's libraries, which call
/// gcloud, read both streams.
pub(crate) fn warn_of_the_end(saved: &Saved, context: &mut Context) {
    let now = context.clock().now();
    let left = saved.record.refresh_token_expires_at.and_then(|end| end.duration_since(now).ok());
    if let Some(left) = left.filter(|left| *left < SOON && !context.called_as_gcloud) {
        let left = render::span(left.as_secs());
        let warning = format!(" this sign-in ends in {left}: run `hallpass login`");
        let line = Line::default().and(Style::Warning, "warning:");
        context.note(line.and(Style::Plain, hint::complete(&warning, context)));
    }
}

/// The keys of the facts that a file alone vouches for.
fn as_the_file_says(record: &StoredGrant) -> Vec<&'static str> {
    let is_there = |claim: &Claim| match claim {
        Claim::Account => record.account.is_some(),
        Claim::Scopes => record.scopes.is_some(),
        Claim::IssuedAt => record.issued_at.is_some(),
        _ => record.refresh_token_expires_at.is_some(),
    };
    let key = |claim: &Claim| match claim {
        Claim::Account => "account",
        Claim::Scopes => "scopes",
        Claim::IssuedAt => "issued_at",
        _ => "sign_in_ends_at",
    };
    record.claimed.iter().filter(|claim| is_there(claim)).map(key).collect()
}

fn name(found_through: FoundThrough) -> &'static str {
    match found_through {
        FoundThrough::Variable => "GOOGLE_APPLICATION_CREDENTIALS",
        FoundThrough::WellKnownFile => "well_known_file",
        FoundThrough::Profile => "profile",
        FoundThrough::Flag => "--token-file",
    }
}

fn words(found_through: FoundThrough) -> &'static str {
    match found_through {
        FoundThrough::WellKnownFile => "gcloud's well-known place",
        other => name(other),
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
