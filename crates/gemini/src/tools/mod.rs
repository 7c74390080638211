//! Functions of the program that a model calls: a closure, a schema, and a loop that ends.
//!
//! In: tools and a question. Out: the answer, and every step on the way. Calls of one turn run at the same time and are
//! answered in their order. A tool that fails, panics, takes too long or does not exist is told to the model.
//! Not here: tools that Google runs (`generate::Generate::google_search`).

mod run;
mod tool;

pub use run::{Step, ToolAnswer, ToolRun};
pub use tool::Tool;
