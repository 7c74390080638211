//! What commands print, as pictures for the README: taken from real runs, so that they cannot lie.

use crate::chrome::{Chrome, Screen};
use hallpass_testbed::World;

/// A terminal's page; the text is escaped by hand, nothing else is between it and the picture.
fn terminal(lines: &str) -> String {
    let text = lines.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<!doctype html><meta charset=utf-8><title>terminal</title><body style='margin:0;background:#1e1e2e'>\
         <pre style='margin:0;padding:18px 22px;color:#cdd6f4;font:14px/1.45 monospace;white-space:pre-wrap;overflow-wrap:anywhere'>\
         {text}</pre>"
    )
}

async fn picture(world: &World, name: &str, size: (u32, u32), shown: &[(&str, &[&str])]) {
    let mut text = String::new();
    for (words, arguments) in shown {
        let run = world.run(arguments);
        let output = format!("{}{}", run.stdout, run.stderr);
        let plain = world.redact(&output).replace("[PATH]", "/home/ada").replace("[PORT]", "9099");
        text.push_str(&format!("$ {words}\n{}\n\n", plain.trim_end()));
    }
    world.write("terminal.html", &terminal(text.trim_end()));
    let chrome = Chrome::start(None, Screen::Light).await;
    chrome.page.set_window_size(size.0, size.1).await.expect("a size");
    chrome.open(&format!("file://{}", world.path("terminal.html").display())).await;
    let first = shown[0].0;
    assert!(chrome.text().await.contains(&format!("$ {first}")), "the page is there");
    chrome.picture(name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_says_what_is_wrong_and_what_mends_it() {
    let world = World::signed_in();
    world.run(&["login", "--scopes", "cloud-platform"]);
    world.run(&["set-quota-project", "another-users-project"]);
    let shown = [("hallpass doctor --online", &["doctor", "--online"][..])];
    picture(&world, "doctor", (1000, 740), &shown).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn setup_leads_from_nothing_to_a_listed_model() {
    let world = World::new();
    world.write("Downloads/client_secret_1.json", &world.emulator.client_secret_json());
    let setup = ["setup", "--yes", "--project", "demo-project"];
    let shown = [("hallpass setup --yes --project demo-project", &setup[..])];
    picture(&world, "setup", (1000, 660), &shown).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_is_the_whole_quickstart() {
    let world = World::new();
    picture(&world, "demo", (1000, 1180), &[("hallpass demo", &["demo"])]).await;
}
