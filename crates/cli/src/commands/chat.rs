//! `hallpass chat`: a conversation with a model, kept in memory until it ends.
//!
//! In: lines, of a person at a terminal or of a pipe. Out: each answer as it comes; with `--format json` the whole
//! conversation at its end. Lines are read on a thread of their own, so that one that is typed during an answer is the next
//! one. Ctrl-C stops an answer; where there is none, it ends the conversation.
//! Not here: what a turn is and which ones are kept (`hallpass_gemini::Chat`).

mod line;

use crate::context::{self, Context, Ended};
use crate::exit::{Case, Exit};
use crate::failure::{Failure, Outcome};
use crate::gemini::question::{Model, Tools};
use crate::gemini::{self, answer, refusal};
use crate::hint;
use crate::render::{self, Format};
use futures_util::future::{self, Either};
use hallpass_gemini::generate::Event;
use hallpass_gemini::{Chat, Client, Response};
use line::Said;
use serde_json::json;
use std::pin::pin;
use tokio::sync::mpsc::UnboundedReceiver;

/// Talk with a Gemini model
///
/// Each line is said to the model, which remembers the conversation until it ends. Nothing is saved.
/// Ctrl-C stops an answer; `/exit`, Ctrl-D or Ctrl-C at the prompt ends the conversation.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hallpass chat
  hallpass chat --system \"You are a patient teacher of Latin\"
  hallpass chat --file-search \"my documents\"")]
pub(crate) struct Args {
    #[command(flatten)]
    model: Model,
    #[command(flatten)]
    tools: Tools,
}

/// What stands before a line that is typed.
const PROMPT: &str = "> ";

/// The method that the model has to have; lists do not name its streaming form.
const METHOD: &str = "generateContent";

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let client = gemini::client(context)?;
    client.model(&args.model.model).content("x").check()?;
    let outcome = context::run(talk(args, &client, context));
    outcome.map_err(|failure| refusal::of_model(failure, &args.model.model, METHOD, &client))
}

/// What ended a wait.
enum Heard<T> {
    It(T),
    Ended(Ended),
}

async fn or_ended<T>(work: impl Future<Output = T>) -> Heard<T> {
    match future::select(pin!(context::ended()), pin!(work)).await {
        Either::Left((ended, _)) => Heard::Ended(ended),
        Either::Right((it, _)) => Heard::It(it),
    }
}

fn interrupted() -> Failure {
    Failure::new(Case::Interrupted, "interrupted")
}

async fn talk(args: &Args, client: &Client, context: &mut Context) -> Outcome {
    let stores = match or_ended(args.tools.stores(client)).await {
        Heard::It(stores) => stores?,
        Heard::Ended(_) => return Err(interrupted()),
    };
    let chat = client.chat(&args.model.model);
    let mut chat = chat.with(|turn| args.tools.set(args.model.set(turn), &stores));
    let mut lines = context.lines();
    if context.stdin_is_terminal {
        context.note(format!("{}: {}", args.model.model, line::HELP));
    }
    let ended = loop {
        match next(&mut lines, context).await? {
            Heard::Ended(_) => break Err(interrupted()),
            Heard::It(None) => break Ok(()),
            Heard::It(Some(text)) => match Said::read(&text) {
                Said::Nothing => {}
                Said::Exit => break Ok(()),
                Said::Help => context.note(line::HELP),
                Said::New => {
                    chat = forgotten(chat, context)?;
                }
                Said::Unknown(word) => {
                    context.note(format!("there is no command `{word}`; {}", line::HELP));
                }
                Said::Turn(text) => {
                    if let Err(failure) = turn(&mut chat, &text, context).await {
                        go_on_after(failure, context)?;
                    }
                }
            },
        }
    };
    if context.format == Format::Json {
        context.data(render::document(&json!(chat.history())))?;
    }
    ended
}

/// Waits for the next line. One that is there already was typed during an answer: it is shown again at its place.
async fn next(
    lines: &mut UnboundedReceiver<Outcome<String>>,
    context: &mut Context,
) -> Outcome<Heard<Option<String>>> {
    let kept = lines.try_recv().ok().transpose()?;
    if let Some(text) = kept {
        if context.stdin_is_terminal {
            context.note(format!("{PROMPT}{}", text.trim_end()));
        }
        return Ok(Heard::It(Some(text)));
    }
    if context.stdin_is_terminal {
        context.output.question(PROMPT);
    }
    let heard = match or_ended(lines.recv()).await {
        Heard::It(line) => Heard::It(line.transpose()?),
        Heard::Ended(ended) => Heard::Ended(ended),
    };
    // The prompt's line is still open.
    if context.stdin_is_terminal && !matches!(heard, Heard::It(Some(_))) {
        context.note("");
    }
    Ok(heard)
}

/// Says one line and prints the answer. A turn that was stopped or refused is not in the conversation.
async fn turn(chat: &mut Chat, text: &str, context: &mut Context) -> Outcome {
    let shows = context.format == Format::Text;
    let heard = {
        let answering = async {
            let mut answer = chat.stream(text).await?;
            while let Some(event) = answer.next().await {
                if let Event::Text(text) = event?
                    && shows
                {
                    context.piece(&text)?;
                }
            }
            Ok::<Response, Failure>(answer.response().clone())
        };
        or_ended(answering).await
    };
    match heard {
        Heard::It(answer) => match (answer?, shows) {
            (answer, true) => answer::finish(&answer, context),
            (answer, false) => answer::judged(&answer).map(drop),
        },
        Heard::Ended(Ended::CtrlC) if context.stdin_is_terminal => {
            context.note("stopped: what you said and this answer are not in the conversation");
            Ok(())
        }
        Heard::Ended(_) => Err(interrupted()),
    }
}

/// At a terminal, a conversation goes on after what may be otherwise the next time.
fn go_on_after(failure: Failure, context: &mut Context) -> Outcome {
    let of_the_turn = matches!(failure.exit(), Exit::Failed | Exit::Later)
        || failure.is(Case::PromptBlocked)
        || failure.is(Case::AnswerBlocked);
    if context.stdin_is_terminal && of_the_turn {
        hint::report(failure, context);
        return Ok(());
    }
    Err(failure)
}

/// Begins a new conversation with the same settings.
fn forgotten(chat: Chat, context: &mut Context) -> Outcome<Chat> {
    context.note("a new conversation: the model has forgotten the one before");
    Ok(chat.with_history(hallpass_gemini::generate::History::default())?)
}
