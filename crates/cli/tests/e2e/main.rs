//! Stories: the command `hallpass` as users run it, against the emulator. A file for each story.
//!
//! A file that is for Unix alone needs a shell, modes, links or signals.

#[cfg(unix)]
mod agent;
mod answers;
mod anywhere;
mod bad_input;
mod bad_servers;
#[cfg(unix)]
mod chat;
#[cfg(unix)]
mod crash;
#[cfg(unix)]
mod curl;
mod demo;
#[cfg(unix)]
mod doctor;
mod elsewhere;
mod emulator;
mod everyday;
#[cfg(unix)]
mod exec;
#[cfg(unix)]
mod gcloud;
#[cfg(unix)]
mod google_files;
#[cfg(unix)]
mod hints;
mod logout;
mod machines;
mod models;
mod output;
#[cfg(unix)]
mod own_documents;
mod profile;
mod quota_project;
mod refresh;
mod revoked;
mod secrets;
#[cfg(unix)]
mod setup;
#[cfg(all(unix, feature = "siege"))]
mod siege;
mod sign_in;
mod status;
#[cfg(unix)]
mod storage;
mod strangers;
#[cfg(unix)]
mod terminal;
mod together;
