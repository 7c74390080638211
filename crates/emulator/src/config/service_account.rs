//! Service accounts: who they are, and the key file that a program gets for one.
//!
//! All share one RSA key, which is fixed and public: a key file of the emulator must open nothing else.
//! Source: the keys of Google's service-account file ("service_account" of Application Default Credentials).

use crate::message::Reply;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::StatusCode;
use ring::rsa::KeyPair;
use ring::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::OnceLock;

const KEY_PEM: &str = include_str!("test_service_account_key.pem");

/// An account of a program instead of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ServiceAccount {
    /// `NAME@PROJECT.iam.gserviceaccount.com`.
    pub email: String,
    /// The account's number, which is also its client id.
    pub unique_id: String,
    /// The id of the project that it belongs to.
    pub project: String,
    /// The id of its key, 40 hex digits.
    pub key_id: String,
    /// Scopes for which it may act as any user (domain-wide delegation).
    pub delegated_scopes: Vec<String>,
    /// Whether `generateAccessToken` may give it tokens of twelve hours instead of one.
    pub extended_lifetime: bool,
}

impl Default for ServiceAccount {
    fn default() -> Self {
        Self {
            email: "robot@demo-project.iam.gserviceaccount.com".into(),
            unique_id: "110000000000000000001".into(),
            project: "demo-project".into(),
            key_id: "00112233445566778899aabbccddeeff00112233".into(),
            delegated_scopes: Vec::new(),
            extended_lifetime: false,
        }
    }
}

impl ServiceAccount {
    /// The file that the console's "Create new key" downloads, its `token_uri` at this origin.
    pub(crate) fn key_file(&self, origin: &str) -> Reply {
        let body = json!({
            "type": "service_account",
            "project_id": self.project,
            "private_key_id": self.key_id,
            "private_key": pem_block(),
            "client_email": self.email,
            "client_id": self.unique_id,
            "auth_uri": format!("{origin}/o/oauth2/auth"),
            "token_uri": format!("{origin}/token"),
            "auth_provider_x509_cert_url": format!("{origin}/oauth2/v1/certs"),
            "universe_domain": "googleapis.com",
        });
        Reply::json(StatusCode::OK, &body).private()
    }
}

/// Whether the shared key made this RS256 signature.
pub(crate) fn signed(message: &[u8], signature: &[u8]) -> bool {
    static PUBLIC: OnceLock<Vec<u8>> = OnceLock::new();
    let public = PUBLIC.get_or_init(|| {
        let base64: String =
            pem_block().lines().filter(|line| !line.starts_with("-----")).collect();
        let der = BASE64_STANDARD.decode(base64).expect("the embedded key is PEM");
        let pair = KeyPair::from_pkcs8(&der).expect("the embedded key is an RSA key");
        pair.public_key().as_ref().to_vec()
    });
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public).verify(message, signature).is_ok()
}

fn pem_block() -> &'static str {
    KEY_PEM.find("-----BEGIN").map_or("", |start| &KEY_PEM[start..])
}
