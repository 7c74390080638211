//! The stage of the demo: an emulator, a folder, and a voice.
//!
//! In: what a step says and which command it runs. Out: calm lines on standard output, and the words
//! of the command. The audience's files and variables are never touched.
//! Not here: the play (`demo.rs`).

use super::paint::Paint;
use super::visitor::{Kept, visit};
use crate::args;
use crate::browser::{self, Opened};
use crate::commands;
use crate::context::{self, Context};
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use clap::Parser;
use hallpass::{HttpClient, Scopes};
use hallpass_emulator::Emulator;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A page of models is far smaller.
const LARGEST_REPLY: usize = 1024 * 1024;

/// Who signs in.
pub(crate) const ADA: &str = "ada@example.com";

/// Where a demo takes place.
pub(crate) struct Stage<'a> {
    pub(crate) emulator: Emulator,
    folder: Folder,
    audience: &'a mut Context,
    paint: Paint,
    agrees: Agrees,
    steps: u32,
    began: SystemTime,
}

/// Who presses "Allow".
#[derive(Clone, Copy, PartialEq, Eq)]
enum Agrees {
    TheDemo,
    ThePersonAtTheBrowser,
}

enum Folder {
    Temporary(tempfile::TempDir),
    Kept(PathBuf),
}

impl<'a> Stage<'a> {
    pub(crate) fn set(
        with_browser: bool,
        keep: Option<&Path>,
        audience: &'a mut Context,
    ) -> Outcome<Self> {
        let began = audience.clock().now();
        let folder = match keep {
            None => Folder::Temporary(tempfile::tempdir().map_err(no_folder)?),
            Some(path) => {
                std::fs::create_dir_all(path).map_err(no_folder)?;
                if std::fs::read_dir(path).map_err(no_folder)?.next().is_some() {
                    let what = format!("`{}` is not empty", path.display());
                    return Err(Failure::new(Case::DemoFolder, what));
                }
                Folder::Kept(path.canonicalize().map_err(no_folder)?)
            }
        };
        let agrees = if with_browser && browser::is_there(audience.env()) {
            Agrees::ThePersonAtTheBrowser
        } else {
            Agrees::TheDemo
        };
        let mut builder = Emulator::builder().dir(folder.path());
        if agrees == Agrees::TheDemo {
            builder = builder.approve(ADA);
        }
        let emulator = builder.start().map_err(|error| {
            Failure::new(Case::EmulatorStart, "cannot start the emulator").because(error)
        })?;
        let paint =
            Paint::when(audience.stdout_is_terminal && audience.variable("NO_COLOR").is_none());
        Ok(Self { emulator, folder, audience, paint, agrees, steps: 0, began })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn somebody_is_asked(&self) -> bool {
        self.agrees == Agrees::ThePersonAtTheBrowser
    }

    pub(crate) fn say(&mut self, text: &str) -> Outcome {
        self.audience.data(text)
    }

    /// Begins a part of the page.
    pub(crate) fn chapter(&mut self, title: &str) -> Outcome {
        let title = self.paint.bold(title);
        self.say(&format!("\n{title}"))
    }

    /// Begins a step of the page.
    pub(crate) fn step(&mut self, title: &str) -> Outcome {
        self.steps += 1;
        let number = self.steps;
        self.say(&format!("\n {number:>2}  {title}"))
    }

    /// Says what is done.
    pub(crate) fn doing(&mut self, what: &str) -> Outcome {
        let what = self.paint.dim(what);
        self.say(&format!("     {what}"))
    }

    /// Says what came of it.
    pub(crate) fn result(&mut self, what: &str) -> Outcome {
        let mark = self.paint.green("✓");
        self.say(&format!("     {mark} {what}"))
    }

    /// Shows a command line and runs the very same.
    pub(crate) fn command(&mut self, line: &str) -> Outcome<String> {
        self.doing(&format!("$ {line}"))?;
        let words: Vec<&str> = line.split(' ').collect();
        let args = args::Args::try_parse_from(words)
            .map_err(|error| Failure::new(Case::Unexpected, "a step of the demo").because(error))?;
        let data = Kept::default();
        let mut inner = self.inner(&data)?;
        commands::run(&args.command, &mut inner)?;
        Ok(data.text())
    }

    /// Returns the context that commands run in: this folder, this emulator.
    fn inner(&mut self, data: &Kept) -> Outcome<Context> {
        let folder = self.folder().to_owned();
        let variables = vec![
            ("HOME", folder.clone().into()),
            ("APPDATA", folder.clone().into()),
            ("CLOUDSDK_CONFIG", folder.join("gcloud").into()),
            ("HALLPASS_CONFIG", folder.join("hallpass").into()),
            ("HALLPASS_EMULATOR_HOST", self.emulator.address().to_string().into()),
        ];
        let browser = self.browser()?;
        let clock = self.audience.clock();
        // What the commands tell their user, the demo tells in its own words.
        let words = Box::new(io::sink());
        Ok(Context::inner(variables, folder, browser, Box::new(data.clone()), words, clock))
    }

    /// Returns the browser of this demo: the user's own, or a thread that goes where a browser would.
    pub(crate) fn browser(&mut self) -> Outcome<context::Browser> {
        if self.somebody_is_asked() {
            self.doing("waiting for you in the browser …")?;
            return Ok(self.audience.browser());
        }
        Ok(Arc::new(|address: &str| {
            visit(address);
            Opened::Yes
        }))
    }

    /// Returns the id of the client that `client_secret.json` describes.
    pub(crate) fn client_id(&self) -> String {
        let file: serde_json::Value =
            serde_json::from_str(&self.emulator.client_secret_json()).unwrap_or_default();
        file["installed"]["client_id"].as_str().unwrap_or_default().to_owned()
    }

    /// Gets the page's address with the page's two headers, as curl would; returns how many models came.
    pub(crate) fn get_models(&self, token: &str) -> Outcome<usize> {
        let request = http::Request::get(format!("http://{}/v1/models", self.emulator.address()))
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
        let browser = self.browser()?;
        let scopes = Scopes::parse("retriever")?;
        context::block_on(async {
            let open = |address: &str| {
                browser(address);
            };
            hallpass::load_creds(&client, &file, &scopes, HttpClient::default(), open).await?;
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
    pub(crate) fn end(mut self, next: &[&str]) -> Outcome {
        let took = self.audience.clock().now().duration_since(self.began).unwrap_or_default();
        let remains = match &self.folder {
            Folder::Temporary(_) => "nothing is left behind".to_owned(),
            Folder::Kept(path) => format!("the files are in {}", path.display()),
        };
        let done = self.paint.bold("Done");
        let steps = self.steps;
        self.say(&format!("\n{done}: {steps} steps in {} ms; {remains}.\n", took.as_millis()))?;
        self.say("Next, against Google, with a client file of your own project:")?;
        for line in next {
            let line = self.paint.bold(line);
            self.say(&format!("  {line}"))?;
        }
        Ok(())
    }
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
