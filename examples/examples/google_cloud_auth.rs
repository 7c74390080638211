//! Gives a credential to Google's own Rust clients:
//! `cargo run -p hallpass-examples --example google_cloud_auth`.

use google_cloud_auth::credentials::{CacheableResource, Credentials};
use hallpass::http::HttpClient;
use hallpass_adapters::google_cloud_auth::CloudCredential;
use http::{Extensions, Request};
use std::error::Error;

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let google = hallpass_examples::google()?;
    let credential = hallpass_examples::sign_in(&google).await?;

    // Goes to any client: `SecretManagerService::builder().with_credentials(credentials)`.
    let credentials = Credentials::from(CloudCredential::new(credential));

    let CacheableResource::New { entity_tag, data } =
        credentials.headers(Extensions::new()).await?
    else {
        return Err("a caller without a tag gets headers".into());
    };
    let mut request =
        Request::get(format!("{}/v1beta/models", google.url())).body(bytes::Bytes::new())?;
    request.headers_mut().extend(data);
    let response = HttpClient::default().send(request, 1 << 20).await?;
    assert_eq!(response.status(), 200);

    let mut extensions = Extensions::new();
    extensions.insert(entity_tag);
    let again = credentials.headers(extensions).await?;
    assert!(matches!(again, CacheableResource::NotModified));
    Ok(())
}
