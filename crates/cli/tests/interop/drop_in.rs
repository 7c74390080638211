//! Google's libraries ask `gcloud` for the project, and hallpass answers under that name.

use crate::world::World;
use std::os::unix::fs::symlink;

fn with_drop_in() -> World {
    let world = World::new();
    std::fs::create_dir(world.path("bin")).expect("a folder");
    symlink(env!("CARGO_BIN_EXE_hallpass"), world.path("bin/gcloud")).expect("a link");
    world.hallpass(&["login", "--client-id-file", "client_secret.json"]);
    world.hallpass(&["set-quota-project", "demo-project"]);
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
