//! gcloud, where it is installed: it signs in at the emulator, and we read what it wrote.
//!
//! gcloud comes from no package registry, so this is the one client that may be absent; the test says so.

use crate::world::World;

const SCOPES: &str = "--scopes=https://www.googleapis.com/auth/cloud-platform,\
    https://www.googleapis.com/auth/generative-language.retriever";

#[test]
fn gcloud_signs_in_prints_a_token_and_revokes_and_hallpass_shares_its_file() {
    let world = World::new();
    if !world.has_gcloud() {
        println!("gcloud is not installed here, so its case did not run");
        return;
    }
    let adc = ["auth", "application-default"];
    world.gcloud(&[&adc[..], &["login", "--client-id-file=client_secret.json", SCOPES]].concat());
    let token = world.gcloud(&[&adc[..], &["print-access-token"]].concat());
    assert!(token.starts_with("ya29."), "{token}");
    assert!(world.hallpass(&["models", "list"]).contains("gemini-2.5-flash"));

    world.hallpass(&["login"]);
    let token = world.gcloud(&[&adc[..], &["print-access-token"]].concat());
    assert!(token.starts_with("ya29."), "gcloud reads the file that hallpass wrote: {token}");
    // gcloud asks the Resource Manager API, which the quickstart never enables.
    world.emulator.update_config(|config| {
        config.projects[0].services.push("cloudresourcemanager.googleapis.com".to_owned());
    });
    world.gcloud(&[&adc[..], &["set-quota-project", "demo-project"]].concat());
    let file = world.read_json("gcloud/application_default_credentials.json");
    assert_eq!(file["quota_project_id"], "demo-project");
    world.gcloud(&[&adc[..], &["revoke", "--quiet"]].concat());
    assert!(!world.path("gcloud/application_default_credentials.json").exists());
    assert!(world.emulator.requests().iter().any(|request| {
        request.path == "/revoke"
            && request.host == "oauth2.googleapis.com"
            && request.status == 200
    }));
}
