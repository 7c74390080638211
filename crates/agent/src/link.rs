//! The link-token: what opens the agent's page, and nothing else.
//!
//! In: randomness. Out: 256 random bits as text, new with each agent. What is presented is compared by its SHA-256, in
//! a time that does not depend on where the two differ.
//! Not here: the page (`page`).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hallpass::oauth::Secret;
use sha2::{Digest, Sha256};
use std::io;

/// How every link-token begins: it is no ticket.
const PREFIX: &str = "hpl_";

/// The token of one agent's page.
#[derive(Debug)]
pub(crate) struct Link(Secret);

impl Link {
    /// # Errors
    ///
    /// The system has no randomness.
    pub(crate) fn new() -> io::Result<Self> {
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        Ok(Self(Secret::from(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random)))))
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose()
    }

    pub(crate) fn is(&self, text: &str) -> bool {
        let presented = Sha256::digest(text.as_bytes());
        let ours = Sha256::digest(self.expose().as_bytes());
        ours.iter().zip(presented).fold(0, |bits, (a, b)| bits | (a ^ b)) == 0
    }
}
