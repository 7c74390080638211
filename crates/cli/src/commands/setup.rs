//! `hallpass setup`: from nothing to a listed model, one checked step after the other.
//!
//! In: what the user has done in the Cloud console so far. Out: a sign-in that works, or the next step with
//! the link that does it. What is known is kept in `setup.json` in hallpass's own folder, so that the next
//! run goes on from there; what can be verified is verified each time.
//! Not here: the sign-in (`login`), and the calls to Google (`steps`).

mod progress;
mod steps;

use crate::browser::Opened;
use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::line::{Line, Style};
use crate::render::{self, Format};
use crate::selection::hidden_token_file;
use hallpass::oauth::Endpoints;
use progress::Progress;
use serde_json::json;
use std::path::PathBuf;
use steps::{STEPS, State, Step};

/// Set up a Google Cloud project for the Gemini API, step by step, and sign in
///
/// Each step says what it is for and gives the link that does it; the next run goes on where this one
/// stopped. On a terminal it waits at each step; without one it ends at the first step that needs you.
#[derive(Debug, clap::Args)]
#[command(arg = hidden_token_file())]
#[command(after_help = "\
Examples:
  hallpass setup
  hallpass setup --project my-project --client-id-file ~/Downloads/client_secret_1234.json
  hallpass setup --dry-run --format json")]
pub(crate) struct Args {
    /// The Cloud project's ID (not its name)
    #[arg(long, value_name = "ID")]
    project: Option<String>,
    /// The downloaded OAuth client [default: the newest client_secret_*.json in Downloads that fits]
    #[arg(long, value_name = "FILE")]
    client_id_file: Option<PathBuf>,
    /// Show the steps and their links, do nothing
    #[arg(long)]
    dry_run: bool,
    /// Ask nothing: steps in the Cloud console count as done, the API is enabled if need be
    #[arg(long)]
    yes: bool,
}

/// The column in which the evidence of a step begins.
const EVIDENCE: usize = 22;

/// One run: what was given, what is known, what was done.
struct Run<'a> {
    context: &'a mut Context,
    progress: Progress,
    yes: bool,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let mut progress = Progress::read(context)?;
    progress.take(args.project.as_deref(), args.client_id_file.as_deref(), context)?;
    if !args.dry_run && progress.project.is_some() {
        progress.save(context)?;
    }
    let mut run = Run { context, progress, yes: args.yes };
    let mut report: Vec<(&Step, State)> = Vec::with_capacity(STEPS.len());
    let mut stop = None;
    for step in STEPS {
        let state = if args.dry_run || stop.is_some() {
            State::Todo
        } else {
            run.perform(step).unwrap_or_else(|failure| {
                stop = Some(failure);
                State::Todo
            })
        };
        report.push((step, state));
    }
    let lines = match run.context.format {
        Format::Text if args.dry_run => run.list(),
        Format::Text => Vec::new(),
        Format::Json => run.document(&report),
    };
    run.context.data(lines)?;
    match stop {
        Some(failure) => Err(failure),
        None => {
            if !args.dry_run {
                run.context.note("all steps are done: try `hallpass models list`");
            }
            Ok(())
        }
    }
}

impl Run<'_> {
    /// Looks whether a step is done, and does it if it is not.
    fn perform(&mut self, step: &Step) -> Outcome<State> {
        if let State::Done(evidence) = (step.look)(self)? {
            return Ok(self.done(step, evidence));
        }
        let next = Line::from(format!("next  {:15} {}", step.name, step.why));
        self.context.note(next.with_indent(EVIDENCE));
        if let Some(link) = self.link(step) {
            self.context.note(format!("      {link}"));
        }
        (step.act)(self)?;
        match (step.look)(self)? {
            State::Done(evidence) => Ok(self.done(step, evidence)),
            State::Todo => Err(self.needs_you(step.name)),
        }
    }

    fn done(&mut self, step: &Step, evidence: String) -> State {
        let line = Line::default().and(Style::Good, "done");
        let line = line.and(Style::Plain, format!("  {:15} {evidence}", step.name));
        self.context.note(line.with_indent(EVIDENCE));
        State::Done(evidence)
    }

    fn link(&mut self, step: &Step) -> Option<String> {
        let page = step.page?;
        let project = self.progress.project.clone();
        // The emulator's console is one page.
        let endpoints = self.context.endpoints().unwrap_or_else(|_| Endpoints::google());
        Some(match (endpoints.emulator_origin(), project) {
            (Some(origin), Some(project)) => format!("{origin}/?project={project}"),
            (Some(origin), None) => format!("{origin}/"),
            (None, project) => {
                let page = page.replace("PROJECT", project.as_deref().unwrap_or("PROJECT"));
                format!("{}{page}", endpoints.console)
            }
        })
    }

    fn link_of(&mut self, name: &str) -> String {
        let step = STEPS.iter().find(|step| step.name == name);
        step.and_then(|step| self.link(step)).unwrap_or_default()
    }

    /// Asks a question at a step; the answer `o` opens the step's page, and the question is asked again.
    fn ask(&mut self, question: &str, step: &str) -> Outcome<Option<String>> {
        loop {
            let answer = self.context.ask(&format!("      {question}: "))?;
            let answer = answer.map(|answer| answer.trim().to_owned());
            if answer.as_deref() != Some("o") {
                return Ok(answer);
            }
            let link = self.link_of(step);
            if self.context.open_browser(&link) == Opened::NoBrowser {
                self.context.note(format!("      there is no browser here; open {link}"));
            }
        }
    }

    /// Waits until the user has done a step elsewhere; without a terminal there is no way to wait.
    fn wait_for_the_user(&mut self, step: &'static str) -> Outcome {
        match self.ask("press Enter when that is done (o opens the page)", step)? {
            Some(_) => Ok(()),
            None => Err(self.needs_you(step)),
        }
    }

    fn needs_you(&self, step: &str) -> Failure {
        let case = if self.yes { Case::SetupStuck } else { Case::SetupNeedsYou };
        Failure::new(case, format!("the step `{step}` is not done yet"))
    }

    /// A slip at a question costs another answer, not the run.
    fn say_wrong(&mut self, wrong: &Failure) {
        let why = wrong.cause().map_or(String::new(), |cause| format!(": {cause}"));
        self.context.note(format!("      {}{why}", wrong.what()));
    }

    fn list(&mut self) -> Vec<Line> {
        let lines = STEPS.iter().enumerate().flat_map(|(at, step)| {
            let link = self.link(step).map(|link| format!("   {link}").into());
            let step = format!("{}. {:15} {}", at + 1, step.name, step.why);
            std::iter::once(step.into()).chain(link)
        });
        lines.collect()
    }

    fn document(&mut self, report: &[(&Step, State)]) -> Vec<Line> {
        let steps = report.iter().map(|(step, state)| {
            json!({
                "step": step.name,
                "done": matches!(state, State::Done(_)),
                "evidence": match state { State::Done(evidence) => Some(evidence), State::Todo => None },
                "why": step.why,
                "link": self.link(step),
            })
        });
        let steps: Vec<_> = steps.collect();
        render::document(&json!({ "project": self.progress.project, "steps": steps }))
    }
}
