//! Lists the models with reqwest: `cargo run -p hallpass-examples --example reqwest`.

use hallpass_adapters::reqwest::GoogleAuth;
use std::error::Error;

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let google = hallpass_examples::google()?;
    let credential = hallpass_examples::sign_in(&google).await?;

    // Without a TLS feature of its own, reqwest takes the process's; an error says that there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let request = reqwest::Client::new().get(format!("{}/v1beta/models", google.url()));
    let response = request.send_signed(&credential).await?;
    assert!(response.text().await?.contains("models/gemini-"));
    Ok(())
}
