//! From a client file and a kept refresh token to a token: yup-oauth2.
//!
//! In: `CREDENTIALS` (a client file that names its own `token_uri`) and `TOKENS` (its store). Out: the
//! token's length.

use yup_oauth2::{InstalledFlowAuthenticator, InstalledFlowReturnMethod, read_application_secret};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let secret = read_application_secret(std::env::var("CREDENTIALS")?).await?;
        let method = InstalledFlowReturnMethod::HTTPRedirect;
        let authenticator = InstalledFlowAuthenticator::builder(secret, method)
            .persist_tokens_to_disk(std::env::var("TOKENS")?)
            .build()
            .await?;
        let token =
            authenticator.token(&["https://www.googleapis.com/auth/cloud-platform"]).await?;
        println!("{}", token.token().ok_or("no token")?.len());
        Ok(())
    })
}
