//! Clients of others against the emulator, and Google's own on the same files and grants as `hallpass`.
//!
//! The clients are the released packages, unmodified, aimed at the emulator by its `env.sh` alone;
//! `cargo xtask interop` installs them and names them in `HALLPASS_TEST_PYTHON` and
//! `HALLPASS_TEST_NODE_FOLDER`.

mod adc;
mod agent;
#[cfg(target_os = "linux")]
mod containers;
mod drop_in;
mod examples;
mod gcloud;
mod generativeai;
mod go;
mod google_genai;
mod httplib2;
mod java;
mod openai;
mod openid;
mod page;
mod token_file;
mod verdicts;
mod web_client;
