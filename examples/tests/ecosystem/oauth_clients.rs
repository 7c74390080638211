//! Crates that sign in by themselves, at the emulator: openidconnect, oauth2 and yup-oauth2, unmodified and with
//! nothing of ours between them and the wire.

use hallpass_emulator::{Emulator, Issuer};
use hallpass_testbed::browser;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse,
    PkceCodeChallenge, RedirectUrl, RequestTokenError, Scope, TokenResponse, TokenUrl,
};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::{IssuerUrl, Nonce};
use reqwest::{Url, redirect::Policy};
use std::pin::Pin;
use yup_oauth2::authenticator_delegate::InstalledFlowDelegate;
use yup_oauth2::client::CustomHyperClientBuilder;
use yup_oauth2::{InstalledFlowAuthenticator, InstalledFlowReturnMethod, parse_application_secret};

const RETRIEVER: &str = "https://www.googleapis.com/auth/generative-language.retriever";
const REDIRECT_URI: &str = "http://127.0.0.1:8000/callback";

fn google() -> Emulator {
    Emulator::builder().approve("ada@example.com").start().expect("emulator")
}

/// The id and the secret of the emulator's client, as a program reads them from its file.
fn client(google: &Emulator) -> (ClientId, ClientSecret) {
    let config = google.config();
    let client = &config.projects[0].clients[0];
    (ClientId::new(client.client_id.clone()), ClientSecret::new(client.client_secret.clone()))
}

/// The HTTP that these crates leave to the program; redirects are not followed, as both advise.
async fn send(request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().redirect(Policy::none()).build()?;
    let answer = http.execute(request.try_into()?).await?;
    let mut response = http::Response::builder().status(answer.status());
    response.headers_mut().expect("headers").extend(answer.headers().clone());
    Ok(response.body(answer.bytes().await?.to_vec()).expect("a response"))
}

/// Opens an authorization URL, and returns code and state of the redirect that Ada's yes leads to.
async fn agree(url: Url) -> (AuthorizationCode, String) {
    let request = http::Request::get(url.as_str()).body(Vec::new()).expect("a request");
    let reply = send(request).await.expect("a reply");
    let location = reply.headers()["location"].to_str().expect("text");
    let location = Url::parse(location).expect("an address");
    assert!(location.as_str().starts_with(REDIRECT_URI), "{location}");
    let parameter = |wanted: &str| {
        let (_, value) = location.query_pairs().find(|(name, _)| name == wanted).expect(wanted);
        value.into_owned()
    };
    (AuthorizationCode::new(parameter("code")), parameter("state"))
}

#[tokio::test]
async fn openidconnect_discovers_signs_in_checks_the_id_token_and_refreshes() {
    let google = google();
    google.update_config(|config| config.switches.issuer = Issuer::Origin);
    let issuer = IssuerUrl::new(google.url()).expect("an address");
    let metadata = CoreProviderMetadata::discover_async(issuer, &send).await.expect("discovery");
    let (id, secret) = client(&google);
    let redirect_uri = RedirectUrl::new(REDIRECT_URI.to_owned()).expect("an address");
    let client = CoreClient::from_provider_metadata(metadata, id, Some(secret))
        .set_redirect_uri(redirect_uri);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let flow = CoreAuthenticationFlow::AuthorizationCode;
    let (url, state, nonce) = client
        .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
        .add_scope(Scope::new("email".to_owned()))
        .add_extra_param("access_type", "offline")
        .set_pkce_challenge(challenge)
        .url();
    let (code, returned) = agree(url).await;
    assert_eq!(&returned, state.secret());
    let request = client.exchange_code(code).expect("an endpoint").set_pkce_verifier(verifier);
    let tokens = request.request_async(&send).await.expect("tokens");

    let id_token = tokens.extra_fields().id_token().expect("an id_token");
    let claims = id_token.claims(&client.id_token_verifier(), &nonce).expect("a good id_token");
    assert_eq!(claims.email().map(|email| email.as_str()), Some("ada@example.com"));
    let request = client
        .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
        .expect("an endpoint");
    let user: CoreUserInfoClaims = request.request_async(&send).await.expect("userinfo");
    assert_eq!(user.email(), claims.email());
    let refresh_token = tokens.refresh_token().expect("a refresh token");
    let request = client.exchange_refresh_token(refresh_token).expect("an endpoint");
    let refreshed = request.request_async(&send).await.expect("refreshed");
    assert_ne!(refreshed.access_token().secret(), tokens.access_token().secret());
}

#[tokio::test]
async fn oauth2_signs_in_with_pkce_and_reads_the_refusal_of_a_used_code() {
    let google = google();
    let (id, secret) = client(&google);
    let at = |path: &str| format!("{}{path}", google.url());
    let client = oauth2::basic::BasicClient::new(id)
        .set_client_secret(secret)
        .set_auth_uri(AuthUrl::new(at("/o/oauth2/v2/auth")).expect("an address"))
        .set_token_uri(TokenUrl::new(at("/token")).expect("an address"))
        .set_redirect_uri(RedirectUrl::new(REDIRECT_URI.to_owned()).expect("an address"));
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let verifier_again = oauth2::PkceCodeVerifier::new(verifier.secret().clone());
    let (url, state) = client
        .authorize_url(CsrfToken::new_random)
        .add_scope(Scope::new(RETRIEVER.to_owned()))
        .set_pkce_challenge(challenge)
        .url();
    let (code, returned) = agree(url).await;
    assert_eq!(&returned, state.secret());
    let request = client.exchange_code(code.clone()).set_pkce_verifier(verifier);
    let tokens = request.request_async(&send).await.expect("tokens");
    assert_eq!(tokens.scopes().map(Vec::as_slice), Some(&[Scope::new(RETRIEVER.to_owned())][..]));
    assert_eq!(tokens.expires_in().map(|time| time.as_secs()), Some(3599));

    let request = client.exchange_code(code).set_pkce_verifier(verifier_again);
    let refusal = request.request_async(&send).await.expect_err("a used code");
    let RequestTokenError::ServerResponse(refusal) = refusal else { panic!("{refusal}") };
    assert_eq!(refusal.error().as_ref(), "invalid_grant");
}

/// Opens what yup-oauth2 asks the user to open.
struct Ada;

impl InstalledFlowDelegate for Ada {
    fn present_user_url<'a>(
        &'a self,
        url: &'a str,
        _need_code: bool,
    ) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send + 'a>> {
        tokio::spawn(browser::open(url.to_owned()));
        Box::pin(async { Ok(String::new()) })
    }
}

#[tokio::test]
async fn yup_oauth2_signs_in_keeps_its_tokens_and_refreshes() {
    let google = google();
    let folder = tempfile::tempdir().expect("a folder");
    let authenticator = async || {
        let secret = parse_application_secret(google.client_secret_json()).expect("a client");
        let http = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
        let http = CustomHyperClientBuilder::from(http);
        let method = InstalledFlowReturnMethod::HTTPRedirect;
        let builder = InstalledFlowAuthenticator::with_client(secret, method, http)
            .persist_tokens_to_disk(folder.path().join("tokens.json"))
            .flow_delegate(Box::new(Ada));
        builder.build().await.expect("an authenticator")
    };
    let first = authenticator().await.token(&[RETRIEVER]).await.expect("a token");
    let again = authenticator().await;
    assert_eq!(again.token(&[RETRIEVER]).await.expect("a token"), first, "read from the file");
    let refreshed = again.force_refreshed_token(&[RETRIEVER]).await.expect("a token");
    assert_ne!(refreshed.token(), first.token());
    let asked = google.requests().iter().filter(|request| request.path == "/o/oauth2/auth").count();
    assert_eq!(asked, 1, "the user signed in once");
}
