//! Runs the steps of the demo: in an emulator and a folder of their own.
//!
//! In: what a step says and which command it runs. Out: lines on standard output, and the output of the command.
//! The user's files and variables are never touched.
//! Not here: which steps there are (`demo.rs`).

use super::consent;
use crate::browser::{self, Opened};
use crate::command_line;
use crate::context::{self, Context};
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::line::{Colour, Line, Style};
use crate::one_time_page;
use crate::output::{Buffer, Output, Stream};
use hallpass::Scopes;
use hallpass::http::HttpClient;
use hallpass_emulator::Emulator;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A page of models is far smaller.
const LARGEST_REPLY: usize = 1024 * 1024;

/// Who signs in.
pub(crate) const ADA: &str = "ada@example.com";

/// One run of the demo.
pub(crate) struct Runner<'a> {
    pub(crate) emulator: Emulator,
    folder: Folder,
    context: &'a mut Context,
    consent: Consent,
    steps: u32,
    began: SystemTime,
}

/// How the consent page is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Consent {
    ByItself,
    InTheBrowser,
}

enum Folder {
    Temporary(tempfile::TempDir),
    Kept(PathBuf),
}

impl<'a> Runner<'a> {
    pub(crate) fn start(
        with_browser: bool,
        keep: Option<&Path>,
        context: &'a mut Context,
    ) -> Outcome<Self> {
        let began = context.clock().now();
        let folder = match keep {
            None => Folder::Temporary(tempfile::tempdir().map_err(no_folder)?),
            Some(path) => {
                std::fs::create_dir_all(path).map_err(no_folder)?;
                if std::fs::read_dir(path).map_err(no_folder)?.next().is_some() {
                    let what = format!("`{}` is not empty", path.display());
                    return Err(Failure::new(Case::DemoFolder, what));
                }
                Folder::Kept(std::path::absolute(path).map_err(no_folder)?)
            }
        };
        let consent = if with_browser && browser::is_there(context.env()) {
            Consent::InTheBrowser
        } else {
            Consent::ByItself
        };
        let mut builder = Emulator::builder().dir(folder.path());
        if consent == Consent::ByItself {
            builder = builder.approve(ADA);
        }
        let emulator = builder.start().map_err(|error| {
            Failure::new(Case::EmulatorStart, "cannot start the emulator").because(error)
        })?;
        Ok(Self { emulator, folder, context, consent, steps: 0, began })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn say(&mut self, line: impl Into<Line>) -> Outcome {
        self.context.data([line])
    }

    /// Begins a part of the page.
    pub(crate) fn chapter(&mut self, title: &str) -> Outcome {
        self.context.data([Line::default(), Line::default().and(Style::Bold, title)])
    }

    /// Begins a step of the page.
    pub(crate) fn step(&mut self, title: &str) -> Outcome {
        self.steps += 1;
        let number = self.steps;
        self.context.data([Line::default(), format!(" {number:>2}  {title}").into()])
    }

    /// Says what is done.
    pub(crate) fn doing(&mut self, what: &str) -> Outcome {
        self.say(Line::from("     ").and(Style::Dim, what))
    }

    /// Says what came of it.
    pub(crate) fn result(&mut self, what: &str) -> Outcome {
        self.say(Line::from("     ").and(Style::Good, "✓").and(Style::Plain, format!(" {what}")))
    }

    /// Shows a command line and runs the very same.
    pub(crate) fn command(&mut self, line: &str) -> Outcome<String> {
        self.doing(&format!("$ {line}"))?;
        let words = words(line);
        let data = Buffer::default();
        let mut inner = self.inner(&data);
        command_line::run(&words, &mut inner)?;
        Ok(data.text())
    }

    /// Returns the context that commands run in: this folder, this emulator.
    fn inner(&self, data: &Buffer) -> Context {
        let folder = self.folder().to_owned();
        let variables = vec![
            ("HOME", folder.clone().into()),
            ("APPDATA", folder.clone().into()),
            ("CLOUDSDK_CONFIG", folder.join("gcloud").into()),
            ("HALLPASS_CONFIG", folder.join("hallpass").into()),
            ("HALLPASS_EMULATOR_HOST", self.emulator.address().to_string().into()),
        ];
        let browser = self.browser();
        let clock = self.context.clock();
        // What the commands tell their user, the demo tells in its own words.
        let output = Output::new(Stream::kept(data.clone()), Stream::kept(io::sink()));
        Context::inner(variables, folder, browser, output, clock)
    }

    /// Returns the browser of this demo: the user's own, or the thread of `consent`.
    pub(crate) fn browser(&self) -> context::Browser {
        if self.consent == Consent::InTheBrowser {
            let open = self.context.browser();
            return Arc::new(move |address: &str| {
                let mut output = Output::of_this_process(Colour::Off);
                output.note("     waiting for you in the browser …".into());
                output.note(Line::from(format!("       {address}")).whole());
                open(address)
            });
        }
        Arc::new(|address: &str| {
            consent::give(address);
            Opened::Yes
        })
    }

    /// Returns the id of the client that `client_secret.json` describes.
    pub(crate) fn client_id(&self) -> String {
        let file: serde_json::Value =
            serde_json::from_str(&self.emulator.client_secret_json()).unwrap_or_default();
        file["installed"]["client_id"].as_str().unwrap_or_default().to_owned()
    }

    /// Gets the page's address with the page's two headers, as curl would; returns how many models came.
    pub(crate) fn get_models(&self, token: &str) -> Outcome<usize> {
        let request = http::Request::get(format!("{}/v1/models", self.emulator.url()))
            .header("Content-Type", "application/json")
            .header("Authorization", format!("Bearer {token}"))
            .header("x-goog-user-project", "demo-project")
            .body(Default::default())
            .map_err(|error| Failure::new(Case::Unexpected, "no request").because(error))?;
        let http = HttpClient::default();
        let response = context::block_on(async { Ok(http.send(request, LARGEST_REPLY).await?) })?;
        let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap_or_default();
        body["models"].as_array().map(Vec::len).ok_or_else(|| {
            Failure::new(Case::GeminiAnswer, "the emulator gave no models")
                .because(response.status())
        })
    }

    /// Runs the library's credential manager, as the page's program runs its own.
    pub(crate) fn load_creds(&mut self) -> Outcome {
        let (client, file) =
            (self.folder().join("client_secret.json"), self.folder().join("token.json"));
        let browser = self.browser();
        let scopes = Scopes::parse("retriever")?;
        context::block_on(async {
            let open = |address: &str| {
                // As in `login`: the address of a sign-in stands in no argument list.
                let page = one_time_page::serve(address);
                browser(page.as_deref().unwrap_or(address));
            };
            hallpass::load_creds(&client, &file, &scopes, open).await?;
            Ok(())
        })
    }

    /// Lets time pass at Google; commands go by the emulator's clock.
    pub(crate) fn advance(&self, time: Duration) {
        self.emulator.advance(time);
    }

    /// Returns how many token requests of this grant type the emulator has seen.
    pub(crate) fn token_requests(&self, grant_type: &str) -> usize {
        let requests = self.emulator.requests();
        let types = requests.iter().filter_map(|request| request.form.get("grant_type"));
        types.filter(|value| *value == grant_type).count()
    }

    /// The last lines: what remains, and what to do next.
    pub(crate) fn end(self, next: &[&str]) -> Outcome {
        let took = self.context.clock().now().duration_since(self.began).unwrap_or_default();
        let remains = match &self.folder {
            Folder::Temporary(_) => "nothing is left behind".to_owned(),
            Folder::Kept(path) => format!("the files are in {}", path.display()),
        };
        let took = match self.consent {
            Consent::ByItself => format!("{} steps in {} ms", self.steps, took.as_millis()),
            // Most of the time was the user's own.
            Consent::InTheBrowser => format!("{} steps", self.steps),
        };
        let summary = format!(": {took}; {remains}.");
        let done = Line::default().and(Style::Bold, "Done").and(Style::Plain, summary);
        let intro = "Next, against Google, with a client file of your own project:".into();
        self.context.data([Line::default(), done, Line::default(), intro])?;
        self.context.data(next.iter().map(|line| Line::from("  ").and(Style::Bold, *line)))
    }
}

/// Returns the words of a line as a shell would: between two quotes there is one.
fn words(line: &str) -> Vec<&str> {
    let parts = line.split('"').enumerate();
    parts
        .flat_map(|(at, part)| match at % 2 {
            0 => part.split_ascii_whitespace().collect(),
            _ => vec![part],
        })
        .collect()
}

fn no_folder(error: io::Error) -> Failure {
    Failure::new(Case::StoreWrite, "cannot make a folder for the demo").because(error)
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Temporary(folder) => folder.path(),
            Self::Kept(path) => path,
        }
    }
}
