//! hallpass under the name `gcloud`: the quickstart's command lines as they are printed, through the proxy,
//! and what Google's libraries ask of it.

use hallpass_testbed::World;
use std::os::unix::fs::symlink;

fn drop_in() -> World {
    let world = World::with_proxy();
    std::fs::create_dir(world.path("bin")).expect("a folder");
    symlink(env!("CARGO_BIN_EXE_hallpass"), world.path("bin/gcloud")).expect("a link");
    world
}

fn with_drop_in() -> World {
    let world = drop_in();
    world.run(&["login", "--client-id-file", "client_secret.json"]).done();
    world.run(&["set-quota-project", "demo-project"]).done();
    world
}

#[test]
fn python_gets_its_project_from_the_drop_in() {
    let world = with_drop_in();
    assert_eq!(world.python_without_project("project.py").trim(), "demo-project");
}

#[test]
fn node_gets_its_project_from_the_drop_in() {
    let world = with_drop_in();
    assert_eq!(world.node_without_project("project.mjs").trim(), "demo-project");
}

/// The page's lines; only the project's ID is filled in.
const PAGE: &str = r#"
gcloud auth application-default login \
    --client-id-file=client_secret.json \
    --scopes='https://www.googleapis.com/auth/cloud-platform,https://www.googleapis.com/auth/generative-language.retriever'
access_token=$(gcloud auth application-default print-access-token)
project_id=demo-project
curl -s -X GET https://generativelanguage.googleapis.com/v1/models \
    -H 'Content-Type: application/json' \
    -H "Authorization: Bearer ${access_token}" \
    -H "x-goog-user-project: ${project_id}" | grep '"name"'
"#;

#[test]
fn the_pages_command_lines_run_as_they_are_printed() {
    let world = drop_in();
    let said = world.shell(PAGE);
    assert!(said.contains("\"name\": \"models/gemini-2.5-flash\""), "{said}");
    let asked = world.emulator.requests().pop().expect("a request");
    assert_eq!(asked.host, "generativelanguage.googleapis.com", "through the proxy");
    assert_eq!(asked.headers["x-goog-user-project"], "demo-project");
}
