//! Gives a credential to `object_store`:
//! `cargo run -p hallpass-examples --example object_store`.

use hallpass::http::HttpClient;
use hallpass_adapters::object_store::StorageCredential;
use object_store::gcp::GcpCredentialProvider;
use std::error::Error;
use std::sync::Arc;

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let google = hallpass_examples::google()?;
    let credential = hallpass_examples::sign_in(&google).await?;

    // Goes to `GoogleCloudStorageBuilder::new().with_credentials(provider)`.
    let provider: GcpCredentialProvider = Arc::new(StorageCredential::new(credential));

    let bearer = &provider.get_credential().await?.bearer;
    let request = http::Request::get(format!("{}/v1beta/models", google.url()))
        .header("authorization", format!("Bearer {bearer}"))
        .header("x-goog-user-project", "demo-project")
        .body(bytes::Bytes::new())?;
    assert_eq!(HttpClient::default().send(request, 1 << 20).await?.status(), 200);
    Ok(())
}
