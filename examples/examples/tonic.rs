//! Signs a gRPC request with an interceptor: `cargo run -p hallpass-examples --example tonic`.

use hallpass_adapters::tonic::Ready;
use std::error::Error;
use tonic::Request;
use tonic::service::Interceptor;

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let google = hallpass_examples::google()?;
    let credential = hallpass_examples::sign_in(&google).await?;

    let mut interceptor = Ready::new(credential.clone());
    assert!(interceptor.call(Request::new(())).is_err(), "no token is in hand yet");

    credential.headers().await?;
    // A generated client takes it: `ModelsClient::with_interceptor(channel, interceptor)`.
    let signed = interceptor.call(Request::new(()))?;
    let sent = |name| signed.metadata().get(name).and_then(|value| value.to_str().ok());
    assert!(sent("authorization").is_some_and(|value| value.starts_with("Bearer ")));
    assert_eq!(sent("x-goog-user-project"), Some("demo-project"));
    Ok(())
}
