//! From a key file to a token: gcp_auth, whose user credentials cannot be aimed at another server.
//!
//! In: `CREDENTIALS` (a service account key that names its own `token_uri`). Out: the token's length.

use gcp_auth::{CustomServiceAccount, TokenProvider};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let account = CustomServiceAccount::from_file(std::env::var("CREDENTIALS")?)?;
        let token = account.token(&["https://www.googleapis.com/auth/cloud-platform"]).await?;
        println!("{}", token.as_str().len());
        Ok(())
    })
}
