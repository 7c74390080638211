//! gcloud, where it is installed: it signs in at the emulator, and we read what it wrote.
//!
//! gcloud comes from no package registry, so this is the one client that may be absent; the test says so.

use hallpass_testbed::World;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Stdio};

const SCOPES: &str = "--scopes=https://www.googleapis.com/auth/cloud-platform,\
    https://www.googleapis.com/auth/generative-language.retriever";

#[test]
fn gcloud_signs_in_prints_a_token_and_revokes_and_hallpass_shares_its_file() {
    let world = World::with_proxy();
    if !world.has_gcloud() {
        println!("gcloud is not installed here, so its case did not run");
        return;
    }
    let adc = ["auth", "application-default"];
    world.gcloud(&[&adc[..], &["login", "--client-id-file=client_secret.json", SCOPES]].concat());
    let token = world.gcloud(&[&adc[..], &["print-access-token"]].concat());
    assert!(token.starts_with("ya29."), "{token}");
    assert!(world.run(&["models", "list"]).stdout().contains("gemini-2.5-flash"));

    world.run(&["login"]).done();
    let token = world.gcloud(&[&adc[..], &["print-access-token"]].concat());
    assert!(token.starts_with("ya29."), "gcloud reads the file that hallpass wrote: {token}");
    // gcloud asks the Resource Manager API, which the quickstart never enables.
    world.emulator.update_config(|config| {
        config.projects[0].services.push("cloudresourcemanager.googleapis.com".to_owned());
    });
    world.gcloud(&[&adc[..], &["set-quota-project", "demo-project"]].concat());
    let file = world.json("gcloud/application_default_credentials.json");
    assert_eq!(file["quota_project_id"], "demo-project");
    world.gcloud(&[&adc[..], &["revoke", "--quiet"]].concat());
    assert!(!world.path("gcloud/application_default_credentials.json").exists());
    assert!(world.emulator.requests().iter().any(|request| {
        request.path == "/revoke"
            && request.host == "oauth2.googleapis.com"
            && request.status == 200
    }));
}

#[test]
fn gcloud_signs_in_with_its_own_clients_and_signs_out() {
    let world = World::with_proxy();
    if !world.has_gcloud() {
        println!("gcloud is not installed here, so its case did not run");
        return;
    }
    world.gcloud(&["auth", "login"]);
    let active = ["auth", "list", "--filter=status:ACTIVE", "--format=value(account)"];
    assert_eq!(world.gcloud(&active), "ada@example.com\n");
    assert!(world.gcloud(&["auth", "print-access-token"]).starts_with("ya29."));
    let token = world.gcloud(&["auth", "print-identity-token"]);
    assert_eq!(token.split('.').count(), 3, "{token}");

    let projects = world.gcloud(&["projects", "list", "--format=value(projectId,projectNumber)"]);
    assert_eq!(projects, "demo-project\t710000000001\n");
    let describe = ["projects", "describe", "demo-project", "--format=value(lifecycleState)"];
    assert_eq!(world.gcloud(&describe), "ACTIVE\n");
    let services = ["services", "list", "--project=demo-project", "--format=value(config.name)"];
    let names = "generativelanguage.googleapis.com\nserviceusage.googleapis.com\n";
    assert_eq!(world.gcloud(&services), names);

    world.gcloud(&["auth", "application-default", "login"]);
    let file = world.json("gcloud/application_default_credentials.json");
    let gcloud = "764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com";
    assert_eq!(file["client_id"], gcloud);
    let token = world.gcloud(&["auth", "application-default", "print-access-token"]);
    assert!(token.starts_with("ya29."), "{token}");

    world.gcloud(&["auth", "revoke", "--quiet"]);
    assert_eq!(world.gcloud(&active), "");
    let requests = world.emulator.requests();
    let signs_in = |client: &str| {
        requests.iter().any(|request| {
            request.path == "/o/oauth2/auth" && request.query["client_id"] == *client
        })
    };
    assert!(signs_in(gcloud) && signs_in("32555940559.apps.googleusercontent.com"));
}

/// Reads what a program says until a line holds this.
fn until(reader: &mut impl BufRead, wanted: &str) -> String {
    let mut said = String::new();
    loop {
        let mut line = String::new();
        let read = reader.read_line(&mut line).expect("a line");
        assert_ne!(read, 0, "`{wanted}` never came: {said}");
        said.push_str(&line);
        if line.contains(wanted) {
            return line.trim().to_owned();
        }
    }
}

fn quoted(line: &str) -> String {
    line.split('"').nth(1).expect("quotes").to_owned()
}

fn answer(mut child: Child, line: &str, mut rest: impl Read) {
    writeln!(child.stdin.take().expect("stdin"), "{line}").expect("write");
    let mut said = String::new();
    rest.read_to_string(&mut said).expect("the rest");
    let ended = child.wait().expect("the end");
    assert!(ended.success(), "{ended}: {said}");
}

#[test]
fn hallpass_asks_and_gcloud_is_the_machine_with_the_browser() {
    let (here, there) = (World::with_proxy(), World::with_proxy());
    if !here.has_gcloud() {
        println!("gcloud is not installed here, so its case did not run");
        return;
    }
    let mut hallpass = here.program(env!("CARGO_BIN_EXE_hallpass"));
    hallpass.args(["login", "--client-id-file", "client_secret.json", "--no-browser"]);
    hallpass.stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut hallpass = hallpass.spawn().expect("hallpass");
    let mut said = BufReader::new(hallpass.stderr.take().expect("stderr"));
    let address = quoted(&until(&mut said, "gcloud auth application-default login --remote-boot"));

    let mut gcloud = there.program("gcloud");
    gcloud.args(["auth", "application-default", "login", "--remote-bootstrap", &address]);
    gcloud.env("MIR_SOCKET", "none").stdin(Stdio::piped()).stderr(Stdio::piped());
    // This one asks a question to which No is the answer where questions are switched off.
    gcloud.env_remove("CLOUDSDK_CORE_DISABLE_PROMPTS").env_remove("GOOGLE_APPLICATION_CREDENTIALS");
    let mut gcloud = gcloud.spawn().expect("gcloud");
    writeln!(gcloud.stdin.take().expect("stdin"), "y").expect("write");
    let mut words = BufReader::new(gcloud.stderr.take().expect("stderr"));
    let line = until(&mut words, "https://localhost:");
    assert!(gcloud.wait().expect("the end").success());

    answer(hallpass, &line, said);
    assert!(here.run(&["models", "list"]).stdout().contains("gemini-2.5-flash"));
}

#[test]
fn gcloud_asks_and_hallpass_is_the_machine_with_the_browser() {
    let (here, there) = (World::with_proxy(), World::with_proxy());
    if !here.has_gcloud() {
        println!("gcloud is not installed here, so its case did not run");
        return;
    }
    let mut gcloud = here.program("gcloud");
    let login = ["auth", "application-default", "login", "--no-browser"];
    gcloud.args(login).args(["--client-id-file=client_secret.json", SCOPES]);
    gcloud.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut gcloud = gcloud.spawn().expect("gcloud");
    let mut said = BufReader::new(gcloud.stderr.take().expect("stderr"));
    let address = quoted(&until(&mut said, "--remote-bootstrap="));

    // A person says yes on a terminal.
    let mut hallpass = there.program("script");
    let words = format!("{} login --remote-bootstrap='{address}'", env!("CARGO_BIN_EXE_hallpass"));
    // Two machines, one Google.
    hallpass.env("HALLPASS_EMULATOR_HOST", here.emulator.address().to_string());
    hallpass.args(["-qec", &words, "/dev/null"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut hallpass = hallpass.spawn().expect("script");
    writeln!(hallpass.stdin.as_mut().expect("stdin"), "y").expect("write");
    let mut words = BufReader::new(hallpass.stdout.take().expect("stdout"));
    let line = until(&mut words, "https://localhost:");
    assert!(hallpass.wait().expect("the end").success());

    answer(gcloud, &line, said);
    let file = here.json("gcloud/application_default_credentials.json");
    assert_eq!(file["type"], "authorized_user");
    assert!(here.run(&["models", "list"]).stdout().contains("gemini-2.5-flash"));
}
