//! `Credential::application_default` in a process of its own: what it reads from the environment.

use hallpass::file::AuthorizedUser;
use hallpass::http::HttpClient;
use hallpass::oauth::SignIn;
use hallpass::{Credential, OAuthClient, Scopes};
use hallpass_emulator::Emulator;
use std::process::{Command, Output};

/// Set where a test of this file is the child, in an environment of its own.
const CHILD: &str = "HALLPASS_TEST_CHILD";

#[expect(clippy::print_stdout, reason = "the parent reads it")]
async fn print_this_process_s_credential() {
    let headers = async { Credential::application_default().await?.headers().await };
    match headers.await {
        Ok(headers) => {
            let bearer = headers["authorization"].to_str().expect("text");
            println!("bearer={}", bearer.starts_with("Bearer ya29."));
            println!("project={:?}", headers.get("x-goog-user-project"));
        }
        Err(error) => println!("error={error}"),
    }
}

/// Runs the test below once more, with these variables alone.
fn child(environment: &[(&str, &str)]) -> String {
    const TEST: &str =
        "environment::application_default_credentials_are_found_by_the_environment_of_the_process";
    let mut child = Command::new(std::env::current_exe().expect("this program"));
    child.args(["--exact", TEST, "--nocapture"]).env_clear().env(CHILD, "1");
    let Output { stdout, .. } = child.envs(environment.iter().copied()).output().expect("a child");
    String::from_utf8(stdout).expect("text")
}

/// The file names Google's own servers; only through the emulator's proxy, whose certificates the child
/// trusts by `SSL_CERT_FILE`, does it get a token.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the parent sets it")]
async fn application_default_credentials_are_found_by_the_environment_of_the_process() {
    if std::env::var_os(CHILD).is_some() {
        return print_this_process_s_credential().await;
    }
    let proxy = ([127, 0, 0, 1], 0).into();
    let google = Emulator::builder().approve("ada@example.com").proxy(proxy).start();
    let google = google.expect("emulator");
    let client = OAuthClient::parse(google.client_secret_json().as_bytes()).expect("client");
    let sign_in = SignIn::new(client, Scopes::quickstart(), HttpClient::default());
    let pending = sign_in.start().await.expect("port");
    tokio::spawn(hallpass_testbed::browser::open(pending.url()));
    let user = AuthorizedUser::from(&pending.finish().await.expect("grant"));

    let folder = tempfile::tempdir().expect("folder");
    let (file, ca) = (folder.path().join("adc.json"), folder.path().join("ca.pem"));
    let write = |path, text: &str| hallpass::store::write_private(path, text.as_bytes());
    write(&file, user.to_json().expose()).expect("write");
    write(&ca, google.ca_pem().expect("certificates")).expect("write");
    let proxy = format!("http://{}", google.proxy_address().expect("proxy"));
    let (file, ca) = (file.to_str().expect("a path"), ca.to_str().expect("a path"));
    let output = child(&[
        ("GOOGLE_APPLICATION_CREDENTIALS", file),
        ("GOOGLE_CLOUD_QUOTA_PROJECT", "demo-project"),
        ("HTTPS_PROXY", &proxy),
        ("SSL_CERT_FILE", ca),
    ]);
    assert!(output.contains("bearer=true\nproject=Some(\"demo-project\")\n"), "{output}");

    let missing = child(&[("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/adc.json")]);
    let error =
        "error=`/nowhere/adc.json`, which GOOGLE_APPLICATION_CREDENTIALS names, is not there";
    assert!(missing.contains(error), "{missing}");
}
