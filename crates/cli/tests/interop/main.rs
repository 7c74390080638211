//! Google's own clients and `hallpass` read each other's files and live on the same grants.
//!
//! The clients are the released packages, unmodified, aimed at the emulator by its `env.sh` alone;
//! `cargo xtask interop` installs them and names them in `HALLPASS_TEST_PYTHON` and
//! `HALLPASS_TEST_NODE_FOLDER`.

mod adc;
mod drop_in;
mod examples;
mod gcloud;
mod token_file;
mod verdicts;
