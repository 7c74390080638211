//! What earlier runs of `setup` have learned: the project, the client file, the steps that no call can verify.
//!
//! A file in hallpass's own folder. It holds no secret, and losing it costs a few presses of Enter.

use crate::commands::quota_project;
use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::place;
use hallpass::oauth::Secret;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Default)]
pub(super) struct Progress {
    pub(super) project: Option<String>,
    pub(super) client_id_file: Option<PathBuf>,
    /// Names of steps that the user said are done.
    pub(super) confirmed: Vec<String>,
    /// Whether a sign-in has shown since then that they are done.
    pub(super) verified: bool,
}

impl Progress {
    /// Reads the file; without one, everything is still to do.
    pub(super) fn read(context: &Context) -> Outcome<Self> {
        let path = path(context)?;
        let text = hallpass::store::read_private(&path);
        let Some(text) = text.map_err(|error| unreadable(&path).because(error))? else {
            return Ok(Self::default());
        };
        let file: Value = serde_json::from_slice(&text).map_err(|_| unreadable(&path))?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let confirmed = file["confirmed"].as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(Self {
            project: text(&file["project"]),
            client_id_file: text(&file["client_id_file"]).map(PathBuf::from),
            confirmed: confirmed.iter().filter_map(text).collect(),
            verified: file["verified"] == true,
        })
    }

    /// Takes what the command line names; another project begins anew.
    pub(super) fn take(
        &mut self,
        project: Option<&str>,
        client_id_file: Option<&Path>,
        context: &Context,
    ) -> Outcome {
        if let Some(project) = project {
            let project = quota_project::checked(project)?;
            if self.project.as_deref() != Some(project) {
                *self = Self { project: Some(project.to_owned()), ..Self::default() };
            }
        }
        if let Some(path) = client_id_file {
            self.take_client_file(context.path(path));
        }
        Ok(())
    }

    /// Keeps the whole path: the next run may begin in another folder.
    pub(super) fn take_client_file(&mut self, path: PathBuf) {
        self.client_id_file = Some(std::path::absolute(&path).unwrap_or(path));
    }

    pub(super) fn save(&self, context: &Context) -> Outcome {
        let file = json!({
            "project": self.project,
            "client_id_file": self.client_id_file.as_ref().map(|path| path.display().to_string()),
            "confirmed": self.confirmed,
            "verified": self.verified,
        });
        place::write(&path(context)?, &Secret::from(format!("{file:#}\n")))
    }
}

fn path(context: &Context) -> Outcome<PathBuf> {
    Ok(context.own_folder()?.join("setup.json"))
}

fn unreadable(path: &Path) -> Failure {
    Failure::new(Case::SetupFile, format!("`{}` cannot be read", path.display()))
        .about(path.display().to_string())
}
