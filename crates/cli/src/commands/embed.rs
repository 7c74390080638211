//! `hallpass embed`: texts as vectors.
//!
//! In: texts, on the command line or one on each line that is piped in. Out: the vector of each, one a line, or one document.

use crate::context::{self, Context};
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::gemini::{self, EMBEDDING_MODEL, GEMINI, prompt, refusal};
use crate::render::{self, Format};
use clap::ValueEnum;
use hallpass_gemini::embed::{self, Embedding};
use serde_json::{Value, json};

/// Make vectors of texts, to search and compare them by their meaning
///
/// Each text is one line of the result, a JSON list of numbers, in the order of the texts.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hallpass embed \"Why is the sky blue?\"
  hallpass embed --task document - < lines.txt > vectors.jsonl
  hallpass embed --dimensions 768 --format json \"a cat\" \"a dog\"")]
pub(crate) struct Args {
    /// The texts; `-` stands for the lines that are piped in, and is meant where nothing is named
    #[arg(value_name = "TEXT")]
    texts: Vec<String>,
    /// The model that makes the vectors
    #[arg(short, long, value_name = "MODEL", default_value = EMBEDDING_MODEL)]
    model: String,
    /// What the vectors are for
    #[arg(long, value_enum)]
    task: Option<Task>,
    /// How many numbers a vector has
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    dimensions: Option<u32>,
}

/// What vectors are for.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Task {
    Query,
    Document,
    Similarity,
    Classification,
    Clustering,
    QuestionAnswering,
    FactVerification,
    CodeQuery,
}

/// The method that the model has to have.
const METHOD: &str = "embedContent";

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let texts = prompt::texts(&args.texts, context.stdin_is_terminal)?;
    let client = gemini::client(context)?;
    let mut model = client.embed(&args.model);
    if let Some(task) = args.task {
        model = model.task(task.on_the_wire());
    }
    if let Some(dimensions) = args.dimensions {
        model = model.dimensions(dimensions);
    }
    let vectors =
        context::block_on(async { Ok(context::show_while(GEMINI, model.all(&texts)).await?) });
    let vectors =
        vectors.map_err(|failure| refusal::of_model(failure, &args.model, METHOD, &client))?;
    let vectors = vectors.iter().map(numbers).collect::<Outcome<Vec<String>>>()?;
    match context.format {
        Format::Text => context.data(vectors),
        Format::Json => {
            let pair = |(text, vector): (&String, &String)| json!({ "text": text, "values": serde_json::from_str::<Value>(vector).ok() });
            context.data(render::document(&texts.iter().zip(&vectors).map(pair).collect()))
        }
    }
}

/// The shortest digits that are the same numbers; as 64 bits they would have twice as many.
fn numbers(vector: &Embedding) -> Outcome<String> {
    serde_json::to_string(&vector.values)
        .map_err(|error| Failure::new(Case::Unexpected, "cannot write a vector").because(error))
}

impl Task {
    fn on_the_wire(self) -> embed::Task {
        match self {
            Self::Query => embed::Task::Query,
            Self::Document => embed::Task::Document,
            Self::Similarity => embed::Task::Similarity,
            Self::Classification => embed::Task::Classification,
            Self::Clustering => embed::Task::Clustering,
            Self::QuestionAnswering => embed::Task::QuestionAnswering,
            Self::FactVerification => embed::Task::FactVerification,
            Self::CodeQuery => embed::Task::CodeQuery,
        }
    }
}
