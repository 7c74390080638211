//! Lists the models with hyper below a tower layer: `cargo run -p hallpass-examples --example tower`.

use bytes::Bytes;
use hallpass_adapters::tower::SignLayer;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use std::error::Error;
use tower_layer::Layer;
use tower_service::Service;

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let google = hallpass_examples::google()?;
    let credential = hallpass_examples::sign_in(&google).await?;

    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let mut client = SignLayer::new(&credential).layer(client);
    let request = Request::get(format!("{}/v1beta/models", google.url())).body(Empty::new())?;
    let response = client.call(request).await.map_err(|error| error as Box<dyn Error>)?;
    let body = response.into_body().collect().await?.to_bytes();
    assert!(str::from_utf8(&body)?.contains("models/gemini-"));
    Ok(())
}
