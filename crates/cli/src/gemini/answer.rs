//! An answer on its way to the person: text as it comes, then where it is from.
//!
//! In: a question. Out: its text on standard output, in pieces on a terminal, else whole; the answer itself.
//! What came of an answer that broke off stays printed; the failure says so.

use crate::context::{self, Context};
use crate::failure::{Failure, Outcome};
use crate::gemini::GEMINI;
use crate::line::{Line, Style};
use hallpass_gemini::file_search::Citation;
use hallpass_gemini::generate::{Event, Generate, WebSource};
use hallpass_gemini::{Error, Response};
use std::fmt::Write as _;

/// As much of a passage tells which one it is.
const LONGEST_PASSAGE: usize = 300;

/// Asks, and prints the text of the answer; what is wrong with it is not said yet.
pub(crate) async fn printed(question: Generate<'_>, context: &mut Context) -> Outcome<Response> {
    if context.output.data.is_terminal {
        return streamed(question, context).await;
    }
    match context::show_while(GEMINI, question.send()).await {
        Ok(answer) => {
            context.piece(&answer.text_so_far())?;
            Ok(answer)
        }
        Err(error) => Err(broken_off(error, context)),
    }
}

async fn streamed(question: Generate<'_>, context: &mut Context) -> Outcome<Response> {
    let mut answer = context::show_while(GEMINI, question.stream()).await?;
    while let Some(event) = answer.next().await {
        // Thoughts and parts of other kinds are in the whole answer (`--format json`).
        if let Event::Text(text) = event? {
            context.piece(&text)?;
        }
        if context.output.reader_left() {
            break;
        }
    }
    Ok(answer.response().clone())
}

/// Prints what came of an answer in several replies before one of them failed.
fn broken_off(error: Error, context: &mut Context) -> Failure {
    let partial = error.partial().map(Response::text_so_far).unwrap_or_default();
    match context.piece(&partial) {
        Ok(()) => error.into(),
        Err(failure) => failure,
    }
}

/// Prints where an answer is from, and says what is wrong with it.
pub(crate) fn finish(answer: &Response, context: &mut Context) -> Outcome {
    context.output.end_line()?;
    if context.output.reader_left() {
        return Ok(());
    }
    let sources = sources(answer);
    if !sources.is_empty() {
        context.data([Line::default(), Line::default().and(Style::Bold, "Sources:")])?;
        context.data(sources)?;
    }
    judged(answer).map(drop)
}

/// Returns the text of an answer, or the failure that says why it has none or not all of it.
pub(crate) fn judged(answer: &Response) -> Outcome<String> {
    answer.text().map_err(|why| Failure::from(&why))
}

fn sources(answer: &Response) -> Vec<Line> {
    let pages = answer.web_sources();
    let passages = answer.citations();
    let pages = pages.iter().map(|page| (page_line(page), None));
    let passages = passages.iter().map(|passage| (title_line(passage), text_of(passage)));
    let numbered = pages.chain(passages).enumerate();
    numbered
        .flat_map(|(at, (title, text))| {
            let number = format!("{:>3}  ", at + 1);
            let title = Line::from(format!("{number}{title}")).with_indent(5);
            let text = text.map(|text| Line::from(format!("     {text}")));
            [Some(title), text]
        })
        .flatten()
        .collect()
}

fn page_line(page: &WebSource) -> String {
    let (title, uri) = (page.title.as_deref(), page.uri.as_deref());
    [title, uri].into_iter().flatten().collect::<Vec<_>>().join("  ")
}

fn title_line(passage: &Citation) -> String {
    let mut line = passage.title.clone().unwrap_or_else(|| "a document without a title".to_owned());
    if let Some(page) = passage.page_number {
        let _ = write!(line, ", page {page}");
    }
    line
}

/// The passage on one line, and not too much of it.
fn text_of(passage: &Citation) -> Option<String> {
    let text = passage.text.as_deref()?;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = match text.char_indices().nth(LONGEST_PASSAGE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    };
    (!text.is_empty()).then(|| format!("\"{text}\""))
}
