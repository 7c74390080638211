//! From an ADC file to a request header: gcloud-auth (formerly google-cloud-auth of yoshidan).
//!
//! In: `CREDENTIALS` (a file that names its own `token_uri`). Out: the header's length.

use gcloud_auth::{
    credentials::CredentialsFile, project::Config, token::DefaultTokenSourceProvider,
};
use token_source::TokenSourceProvider;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let file = CredentialsFile::new_from_file(std::env::var("CREDENTIALS")?).await?;
        let scopes = ["https://www.googleapis.com/auth/cloud-platform"];
        let config = Config::default().with_scopes(&scopes);
        let provider =
            DefaultTokenSourceProvider::new_with_credentials(config, Box::new(file)).await?;
        let header = provider.token_source().token().await.map_err(|error| error.to_string())?;
        println!("{}", header.len());
        Ok(())
    })
}
