//! One failure: what happened, why, and its row in the table of `exit`.
//!
//! In: an error of a library, or a fact of a command. Out: a `Failure`, ready for `render`.
//! Not here: exit codes and hints (`exit`).

use crate::exit::{self, Case, Exit};
use hallpass_gemini::generate::NoText;
use std::fmt::Display;

/// Every command's result.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// One failure, ready to be shown.
#[derive(Debug)]
pub(crate) struct Failure {
    case: Case,
    what: String,
    cause: Option<String>,
    /// What stands in the hint for `{it}`.
    it: String,
    /// An end that differs from the table's.
    exit: Option<Exit>,
}

impl Failure {
    pub(crate) fn new(case: Case, what: impl Into<String>) -> Self {
        Self { case, what: what.into(), cause: None, it: String::new(), exit: None }
    }

    pub(crate) fn because(self, cause: impl Display) -> Self {
        Self { cause: Some(cause.to_string()), ..self }
    }

    /// Takes the cause from an error that has one.
    fn because_of(self, error: &dyn std::error::Error) -> Self {
        match error.source() {
            Some(cause) => self.because(cause),
            None => self,
        }
    }

    pub(crate) fn about(self, it: impl Into<String>) -> Self {
        Self { it: it.into(), ..self }
    }

    pub(crate) fn kind(&self) -> &'static str {
        self.case.row().kind
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit.unwrap_or(self.case.row().exit)
    }

    pub(crate) fn what(&self) -> &str {
        &self.what
    }

    pub(crate) fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    pub(crate) fn case(&self) -> Case {
        self.case
    }

    pub(crate) fn it(&self) -> &str {
        &self.it
    }

    pub(crate) fn is(&self, case: Case) -> bool {
        self.case == case
    }

    /// The same failure with another first line.
    pub(crate) fn saying(self, what: String) -> Self {
        Self { what, ..self }
    }

    /// The same words under another row of the table.
    pub(crate) fn with_case(self, case: Case) -> Self {
        Self { case, ..self }
    }

    /// The same words, ending as "sign-in needed": the answer to `status --check`.
    pub(crate) fn ending_with_sign_in(self) -> Self {
        Self { exit: Some(Exit::SignIn), ..self }
    }
}

impl From<hallpass::Error> for Failure {
    fn from(error: hallpass::Error) -> Self {
        let (case, it) = exit::case_of(&error);
        let what = match case {
            Case::ClientDeleted => {
                "the OAuth client of this sign-in was deleted or disabled".into()
            }
            _ => error.to_string(),
        };
        let failure = Self::new(case, what).about(it);
        match std::error::Error::source(&error) {
            Some(cause) => failure.because(cause),
            None => failure,
        }
    }
}

/// Why an answer has no text, or not all of it.
impl From<&NoText> for Failure {
    fn from(why: &NoText) -> Self {
        let case = exit::case_of_no_text(why);
        let (what, reason) = match why {
            NoText::PromptBlocked(reason) => {
                ("Google's filters blocked the prompt", Some(reason.to_string()))
            }
            NoText::Blocked { reason, .. } => {
                ("Google's filters stopped the answer", Some(reason.to_string()))
            }
            NoText::Truncated { reason: Some(reason), .. } => {
                ("the answer stopped at a limit and is not whole", Some(reason.to_string()))
            }
            NoText::Failed { reason, .. } => {
                ("the model did not end its answer", Some(reason.to_string()))
            }
            NoText::OnlyThoughts => ("the model thought and said nothing", None),
            NoText::OnlyCalls => ("the model asks for a function and says nothing", None),
            NoText::Empty => ("the answer has no text", None),
            _ => ("the answer ends before its end", None),
        };
        let failure = Self::new(case, what);
        match reason {
            Some(reason) => failure.because(format!("Gemini says {reason}")),
            None => failure,
        }
    }
}

impl From<hallpass_gemini::Error> for Failure {
    fn from(error: hallpass_gemini::Error) -> Self {
        if let Some(below) = error.auth().or(error.connection()) {
            return below.clone().into();
        }
        if let Some(why) = error.no_text() {
            return why.into();
        }
        let case = exit::case_of_refusal(&error);
        let project = error.metadata("consumer").and_then(|name| name.strip_prefix("projects/"));
        let failure =
            Self::new(case, what(case, project)).about(project.unwrap_or("the quota project"));
        match (case, error.message()) {
            (Case::FileUnusable, _) => failure.saying(error.to_string()).because_of(&error),
            _ if error.status().is_none() => failure.saying(error.to_string()),
            // Google's sentence is the only explanation where no reason is named.
            (Case::GeminiRefused, Some(message)) => failure.because(format!("{error}: {message}")),
            _ => failure.because(error),
        }
    }
}

fn what(case: Case, project: Option<&str>) -> String {
    match (case, project) {
        (Case::ServiceDisabled, Some(project)) => {
            return format!("the Gemini API is switched off in the project `{project}`");
        }
        (Case::UserProjectDenied, Some(project)) => {
            return format!("this account may not use the project `{project}`");
        }
        (Case::ScopeInsufficient, _) => "the scopes of this sign-in do not open the Gemini API",
        (Case::TokenRefused, _) => "Gemini does not accept the access token",
        (Case::ModelNotFound, _) => "Gemini does not know this model",
        (Case::FileNotFound, _) => "there is no such file at Google, or it is another project's",
        (Case::StoreNotFound, _) => "there is no such File Search store",
        (Case::StoreNotEmpty, _) => "the File Search store has documents",
        (Case::DailyQuota, _) => "the Gemini quota of the day is used up",
        (Case::GeminiBusy, _) => "Gemini cannot answer now",
        _ => "Gemini refused the request",
    }
    .to_owned()
}

/// Returns what the parser has against a command line.
pub(crate) fn of_the_parser(error: &clap::Error) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
}
