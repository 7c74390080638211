//! Gives a credential to a hub of google-apis-rs:
//! `cargo run -p hallpass-examples --example google_apis`.

use google_apis_common::GetToken;
use hallpass::http::HttpClient;
use hallpass_adapters::google_apis::HubCredential;
use std::error::Error;

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let google = hallpass_examples::google()?;
    let credential = hallpass_examples::sign_in(&google).await?;

    // Goes to any hub: `DriveHub::new(client, auth)`.
    let auth: Box<dyn GetToken> = Box::new(HubCredential::new(credential));

    let token = auth.get_token(&[]).await.map_err(|error| error as Box<dyn Error>)?;
    let request = http::Request::get(format!("{}/v1beta/models", google.url()))
        .header("authorization", format!("Bearer {}", token.ok_or("a token")?))
        .header("x-goog-user-project", "demo-project")
        .body(bytes::Bytes::new())?;
    assert_eq!(HttpClient::default().send(request, 1 << 20).await?.status(), 200);
    Ok(())
}
