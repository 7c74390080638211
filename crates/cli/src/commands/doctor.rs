//! `hallpass doctor`: finds what is wrong with a sign-in, and says what to do.
//!
//! In: the environment and the files; with `--online`, Google's answers too. Out: a verdict for each
//! check: what was seen, why it matters, what mends it.
//! docs/doctor.md is made of the table `CHECKS`; a test compares. Nothing is changed here.

mod offline;
mod online;
mod subject;

use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::hint;
use crate::line::{Line, Style};
use crate::render::{self, Format};
use serde_json::{Value, json};
use subject::Subject;

/// Find what is wrong with the sign-in, and what to do about it
///
/// Looks at the environment and the files alone; with --online, also asks Google.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  hallpass doctor\n  hallpass doctor --online --format json")]
pub(crate) struct Args {
    /// Ask Google too: is it in reach, does it accept the sign-in, does the Gemini API answer
    #[arg(long)]
    online: bool,
}

/// One thing that can be wrong.
struct Check {
    /// Stays the same for ever: scripts look for it.
    code: &'static str,
    /// What it looks at; a column of docs/doctor.md.
    #[cfg_attr(not(test), expect(dead_code, reason = "for docs/doctor.md, which a test compares"))]
    looks_at: &'static str,
    online: bool,
    run: fn(&mut Subject<'_>) -> Verdict,
}

/// What a check has seen.
enum Verdict {
    Fine(String),
    /// It works, but perhaps not as expected.
    Warning(Finding),
    /// It does not work.
    Broken(Finding),
    /// There is nothing to look at.
    Skipped(&'static str),
}

/// What is wrong, why that matters, and what mends it.
struct Finding {
    evidence: String,
    cause: Option<String>,
    fix: String,
}

impl Finding {
    fn new(evidence: impl Into<String>, cause: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { evidence: evidence.into(), cause: Some(cause.into()), fix: fix.into() }
    }

    /// A command's failure is a finding already: what, why, and the hint.
    fn of(failure: &Failure, context: &Context) -> Self {
        Self {
            evidence: failure.what().to_owned(),
            cause: failure.cause().map(str::to_owned),
            fix: hint::of(failure, context).unwrap_or_default(),
        }
    }
}

macro_rules! checks {
    ($($code:literal $when:ident $looks_at:literal $run:path;)+) => {
        const CHECKS: &[Check] = &[$(
            Check { code: $code, looks_at: $looks_at, online: when::$when, run: $run }
        ),+];
    };
}

mod when {
    pub(super) const OFFLINE: bool = false;
    pub(super) const ONLINE: bool = true;
}

checks! {
    "emulator" OFFLINE "whether commands talk to an emulator, not to Google" offline::emulator;
    "api-key" OFFLINE "an API key in the environment, which Gemini's SDKs take before a sign-in" offline::api_key;
    "gemini-address" OFFLINE "whether Gemini requests, with their tokens, go to another address than Google's" offline::gemini_address;
    "credential" OFFLINE "the credential file that wins: there, readable, whole, of a type that signs users in" offline::credential;
    "shadowed" OFFLINE "a sign-in that another file hides" offline::shadowed;
    "permissions" OFFLINE "who else can read or replace the file" offline::permissions;
    "client" OFFLINE "whose OAuth client it is: gcloud's own cannot be used with Gemini's scopes" offline::client;
    "scopes" OFFLINE "whether one of the granted scopes opens the Gemini API" offline::scopes;
    "sign-in-end" OFFLINE "the end of the sign-in: seven days while the consent screen is in Testing" offline::sign_in_end;
    "quota-project" OFFLINE "which project requests count for, and who says so" offline::quota_project;
    "proxy" OFFLINE "the proxy that requests go through" offline::proxy;
    "certificates" OFFLINE "the certificates that are trusted beside the system's" offline::certificates;
    "browser" OFFLINE "whether `login` can open a browser here" offline::browser;
    "network" ONLINE "whether the token server is in reach, and who signed its certificate" online::network;
    "clock" ONLINE "this machine's clock, compared with the server's" online::clock;
    "grant" ONLINE "whether Google still accepts the sign-in" online::grant;
    "gemini" ONLINE "whether the Gemini API answers: enabled, allowed, scopes wide enough" online::gemini;
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let mut subject = Subject::new(context);
    let mut report = Vec::with_capacity(CHECKS.len());
    for check in CHECKS {
        let mut verdict = if check.online && !args.online {
            Verdict::Skipped("needs --online")
        } else {
            (check.run)(&mut subject)
        };
        if let Verdict::Warning(finding) | Verdict::Broken(finding) = &mut verdict {
            finding.fix = hint::complete(&finding.fix, subject.context);
        }
        report.push((check, verdict));
    }
    let broken = report.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Broken(_))).count();
    context.data(match context.format {
        Format::Text => report.iter().flat_map(|(check, verdict)| lines(check, verdict)).collect(),
        Format::Json => render::document(&json!({
            "healthy": broken == 0,
            "checks": report.iter().map(|(check, verdict)| document(check, verdict)).collect::<Vec<_>>(),
        })),
    })?;
    let failed = match broken {
        0 => {
            let warnings = report.iter().filter(|(_, verdict)| verdict.word() == "warning").count();
            let line =
                Line::default().and(Style::Good, "✓").and(Style::Plain, " nothing is broken");
            context.note(match warnings {
                0 => line,
                1 => line.and(Style::Plain, "; one warning"),
                more => line.and(Style::Plain, format!("; {more} warnings")),
            });
            return Ok(());
        }
        1 => "one check failed".to_owned(),
        more => format!("{more} checks failed"),
    };
    let again = if args.online { " --online" } else { "" };
    Err(Failure::new(Case::Unhealthy, failed).about(again))
}

impl Verdict {
    fn word(&self) -> &'static str {
        match self {
            Self::Fine(_) => "ok",
            Self::Warning(_) => "warning",
            Self::Broken(_) => "broken",
            Self::Skipped(_) => "skipped",
        }
    }

    fn style(&self) -> Style {
        match self {
            Self::Fine(_) => Style::Good,
            Self::Warning(_) => Style::Warning,
            Self::Broken(_) => Style::Bad,
            Self::Skipped(_) => Style::Dim,
        }
    }

    fn evidence(&self) -> &str {
        match self {
            Self::Fine(evidence) => evidence,
            Self::Warning(finding) | Self::Broken(finding) => &finding.evidence,
            Self::Skipped(why) => why,
        }
    }

    fn finding(&self) -> Option<&Finding> {
        match self {
            Self::Warning(finding) | Self::Broken(finding) => Some(finding),
            Self::Fine(_) | Self::Skipped(_) => None,
        }
    }
}

/// Where the findings begin.
const COLUMN: usize = 24;

fn lines(check: &Check, verdict: &Verdict) -> Vec<Line> {
    let word = Line::default().and(verdict.style(), format!("{:8}", verdict.word()));
    let seen = format!(" {:14} {}", check.code, verdict.evidence());
    let mut lines = vec![word.and(Style::Plain, seen).with_indent(COLUMN)];
    if let Some(finding) = verdict.finding() {
        let below =
            |text: String| Line::from(format!("{:COLUMN$}{text}", "")).with_indent(COLUMN + 5);
        lines.extend(finding.cause.iter().map(|cause| below(format!("why: {cause}"))));
        lines.push(below(format!("fix: {}", finding.fix)));
    }
    lines
}

fn document(check: &Check, verdict: &Verdict) -> Value {
    let finding = verdict.finding();
    json!({
        "code": check.code,
        "verdict": verdict.word(),
        "evidence": verdict.evidence(),
        "cause": finding.and_then(|finding| finding.cause.as_deref()),
        "fix": finding.map(|finding| finding.fix.as_str()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    #[test]
    #[cfg(in_checkout)]
    fn doctors_page_is_this_table() {
        let mut page = String::from(ABOVE);
        for check in CHECKS {
            let when = if check.online { "`--online`" } else { "always" };
            let _ = writeln!(page, "| `{}` | {when} | {} |", check.code, check.looks_at);
        }
        page.push_str(BELOW);
        snapbox::assert_data_eq!(page, snapbox::file!["../../../../docs/doctor.md"].raw());
    }

    const ABOVE: &str = "\
# What `hallpass doctor` looks at

Each check has a code that stays the same, what was seen, why it matters and what mends it. Without `--online` nothing is
sent and nothing is waited for. Exit code 0: nothing is broken (there may be warnings). Exit code 1: something is.
`--format json` is one document: `{\"healthy\", \"checks\": [{\"code\", \"verdict\", \"evidence\", \"cause\", \"fix\"}]}`, where a verdict is
`ok`, `warning`, `broken` or `skipped`.

| code | when | looks at |
|---|---|---|
";

    const BELOW: &str = "
Every check is tested by making the fault happen against the emulator, doing what the printed fix says, and looking again
(`crates/cli/tests/e2e/doctor.rs`). What cannot be seen from here: whether an account is a test user. Google says so on its
own page in the browser and nowhere else; `login` names that cause when the browser does not come back.

There is no check of a keyring: the command keeps its sign-ins in files, so that every Google client finds them, and asks none.
";
}
