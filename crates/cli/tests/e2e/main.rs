//! Stories: the command `hallpass` as users run it, against the emulator. A file for each story.
#![cfg(unix)]

mod bad_input;
mod bad_servers;
mod crash;
mod curl;
mod demo;
mod doctor;
mod elsewhere;
mod emulator;
mod everyday;
mod gcloud;
mod hints;
mod logout;
mod machines;
mod models;
mod output;
mod profile;
mod quota_project;
mod refresh;
mod revoked;
mod secrets;
mod setup;
#[cfg(feature = "siege")]
mod siege;
mod sign_in;
mod status;
mod storage;
mod strangers;
mod terminal;
mod together;
