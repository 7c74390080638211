//! `Credential::application_default` in a process of its own: what it reads from the environment.

use hallpass::file::AuthorizedUser;
use hallpass::http::HttpClient;
use hallpass::oauth::SignIn;
use hallpass::{Credential, OAuthClient, Scopes};
use hallpass_emulator::Emulator;
use std::process::{Command, Output};

#[tokio::test]
#[ignore = "run by the test below, in an environment of its own"]
async fn prints_this_process_s_credential() {
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

fn child(environment: &[(&str, &str)]) -> String {
    let mut child = Command::new(std::env::current_exe().expect("this program"));
    child.args(["--ignored", "--exact", "environment::prints_this_process_s_credential"]);
    child.arg("--nocapture").env_clear().envs(environment.iter().copied());
    let Output { stdout, .. } = child.output().expect("a child");
    String::from_utf8(stdout).expect("text")
}

/// The file names Google's own servers; only through the emulator's proxy, whose certificates the child
/// trusts by `SSL_CERT_FILE`, does it get a token.
#[tokio::test]
async fn application_default_credentials_are_found_by_the_environment_of_the_process() {
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
