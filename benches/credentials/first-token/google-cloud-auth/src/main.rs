//! From an ADC file to a request header: google-cloud-auth.
//!
//! In: `CREDENTIALS` (a file) and `TOKEN_URI`. Out: the header's length, so that nothing is optimised away.

use google_cloud_auth::credentials::{CacheableResource, user_account};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let file = std::fs::read(std::env::var("CREDENTIALS")?)?;
        let credentials = user_account::Builder::new(serde_json::from_slice(&file)?)
            .with_token_uri(std::env::var("TOKEN_URI")?)
            .build()?;
        let CacheableResource::New { data, .. } = credentials.headers(Default::default()).await?
        else {
            return Err("no headers".into());
        };
        println!("{}", data["authorization"].len());
        Ok(())
    })
}
