//! `setup`: from nothing to a listed model, with a terminal and without one.

use crate::elsewhere::Talk;
use hallpass_testbed::World;
use serde_json::Value;
use snapbox::{assert_data_eq, str};
use std::io::{BufRead, BufReader, Read};
use std::process::Command;

fn enabled(world: &World) -> bool {
    let projects = world.emulator.config().projects;
    let project = projects.iter().find(|project| project.id == "demo-project").expect("project");
    project.services.iter().any(|service| service == "generativelanguage.googleapis.com")
}

fn disable(world: &World) {
    world.emulator.update_config(|config| {
        for project in &mut config.projects {
            project.services.retain(|service| service != "generativelanguage.googleapis.com");
        }
    });
}

#[test]
fn on_a_terminal_every_step_is_asked_for_and_the_last_one_is_a_call() {
    let world = World::new();
    disable(&world);
    let file = world.path("client_secret.json").display().to_string();
    let mut setup = Talk::on_terminal(&world, "setup");
    // A slip at a question costs another answer.
    for line in ["My Project", "demo-project", "", "", "", "/nonexistent", &format!("'{file}'")] {
        setup.says(line);
    }
    setup.until("`My Project` cannot be a project ID");
    setup.until("there is no client_secret*.json of project `demo-project`");
    setup.until("`/nonexistent` is not there");
    // What is typed while the browser is waited for is a paste.
    setup.until("next  api");
    setup.says("y");
    let run = setup.end(&world).done();
    for done in ["project", "consent-screen", "test-user", "client", "sign-in", "api", "first-call"]
    {
        assert!(run.words.contains(&format!("done\u{1b}[0m  {done}")), "{done}: {run:?}");
    }
    assert!(enabled(&world));
    world.run(&["models", "list"]).stdout();
    // Everything is known now, so nothing is asked.
    let again = world.run(&["setup"]).done();
    assert!(!again.stderr.contains("next  "), "{again:?}");
}

#[test]
fn without_a_terminal_it_ends_at_the_first_step_that_needs_a_person() {
    let world = World::new();
    assert_data_eq!(
        world.run(&["setup"]).failed_with(2),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
next  project         a Cloud project owns the OAuth client and is what requests are counted for
      http://127.0.0.1:[PORT]/
error: no Cloud project is named
hint: name it: `hallpass setup --project ID`

"#]]
    );
    assert_data_eq!(
        world.run(&["setup", "--project", "demo-project"]).failed_with(4),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
done  project         demo-project
next  consent-screen  what people see when they sign in: a name, your address, audience External
      http://127.0.0.1:[PORT]/?project=demo-project
error: the step `consent-screen` is not done yet
hint: do it at the link above, then run `hallpass setup` again; `--yes` takes it as done

"#]]
    );
    assert_eq!(world.emulator.requests().len(), 0, "no server was asked");
}

#[test]
fn with_yes_and_a_download_nothing_is_asked() {
    let world = World::new();
    disable(&world);
    world.write("Downloads/client_secret_1.json", &world.emulator.client_secret_json());
    let other = world.emulator.client_secret_json().replace("demo-project", "other-project");
    world.write("Downloads/client_secret_2.json", &other);
    world.write("Downloads/client_secret_3.json", "{}");
    let run =
        world.run(&["setup", "--yes", "--project", "demo-project", "--format", "json"]).done();
    let report: Value = serde_json::from_str(&run.stdout).expect("one document");
    let steps = report["steps"].as_array().expect("steps");
    assert!(steps.iter().all(|step| step["done"] == true), "{report:#}");
    assert!(steps[3]["evidence"].as_str().expect("a path").ends_with("client_secret_1.json"));
    assert!(enabled(&world));
}

#[test]
fn a_dry_run_does_nothing_and_shows_googles_own_pages() {
    let world = World::new();
    let run = world
        .run_with(
            &["setup", "--dry-run", "--project", "my-project"],
            &[("HALLPASS_EMULATOR_HOST", "")],
        )
        .done();
    assert_data_eq!(
        run.stdout,
        str![[r#"
1. project         a Cloud project owns the OAuth client and is what requests are counted for
   https://console.cloud.google.com/projectcreate
2. consent-screen  what people see when they sign in: a name, your address, audience External
   https://console.cloud.google.com/auth/overview?project=my-project
3. test-user       until Google has verified the app, only addresses on this list can sign in: add yours
   https://console.cloud.google.com/auth/audience?project=my-project
4. client          create a client of type "Desktop app" and download its JSON
   https://console.cloud.google.com/auth/clients/create?project=my-project
5. sign-in         your consent, in the browser, for the scopes of the quickstart
6. api             the Generative Language API must be enabled in the project
   https://console.cloud.google.com/apis/library/generativelanguage.googleapis.com?project=my-project
7. first-call      Gemini lists its models

"#]]
    );
    assert!(!world.files().iter().any(|file| file.contains("setup")), "{:?}", world.files());
}

#[test]
fn a_client_of_another_project_or_of_another_type_is_refused() {
    let world = World::new();
    let setup =
        ["setup", "--yes", "--project", "my-project", "--client-id-file", "client_secret.json"];
    let words = world.run(&setup).failed_with(2);
    assert!(
        words.contains("is a client of project `demo-project`, not of `my-project`"),
        "{words}"
    );
    assert!(words.contains("hint: download the client of the right project"), "{words}");
    world.write("web.json", &world.emulator.client_secret_json().replace("installed", "web"));
    let setup = ["setup", "--yes", "--project", "demo-project", "--client-id-file", "web.json"];
    let words = world.run(&setup).failed_with(2);
    assert!(words.contains("Desktop app"), "{words}");
    assert_eq!(world.emulator.requests().len(), 0, "no server was asked");
}

#[test]
fn an_account_that_may_not_enable_the_api_is_told_so() {
    let world = World::new();
    disable(&world);
    world.emulator.update_config(|config| {
        for project in &mut config.projects {
            for permissions in project.permissions.values_mut() {
                permissions.retain(|permission| permission != "serviceusage.services.enable");
            }
        }
    });
    let setup =
        ["setup", "--yes", "--project", "demo-project", "--client-id-file", "client_secret.json"];
    let words = world.run(&setup).failed_with(3);
    assert!(
        words.contains("Service Usage refused the request for project `demo-project`"),
        "{words}"
    );
    assert!(words.contains("caused by: 403"), "{words}");
}

#[test]
fn what_setup_remembers_may_be_broken_but_is_not_overwritten() {
    let world = World::new();
    world.write("hallpass/setup.json", "{half");
    let words = world.run(&["setup", "--project", "demo-project"]).failed_with(1);
    assert!(words.contains("setup.json` cannot be read"), "{words}");
    assert_eq!(std::fs::read_to_string(world.path("hallpass/setup.json")).expect("file"), "{half");
}

#[test]
fn after_a_sign_in_that_failed_or_was_interrupted_the_steps_before_it_are_asked_for_again() {
    for interrupted in [false, true] {
        let world = World::new();
        let file = world.path("client_secret.json").display().to_string();
        let steps = serde_json::json!({
            "project": "demo-project", "client_id_file": file,
            "confirmed": ["consent-screen", "test-user"],
        });
        world.write("hallpass/setup.json", &steps.to_string());
        // A browser that ends at "Access blocked" never comes back.
        let mut setup = world.start(&["setup"], &[("BROWSER", "true %s")]);
        let mut stderr = BufReader::new(setup.stderr.take().expect("stderr"));
        let mut said = String::new();
        while !said.contains("/o/oauth2/") {
            assert_ne!(stderr.read_line(&mut said).expect("a line"), 0, "{said}");
        }
        assert!(
            said.contains("add your address under Test users:\n      http://127.0.0.1:"),
            "{said}"
        );
        let signal = if interrupted { "-INT" } else { "-TERM" };
        let kill = ["-c", &format!("kill {signal} {}", setup.id())].map(str::to_owned);
        assert!(Command::new("sh").args(kill).status().expect("kill").success());
        stderr.read_to_string(&mut said).expect("the rest");
        assert_eq!(setup.wait().expect("the end").code(), Some(130), "{said}");
        assert!(said.contains("asks again for the steps consent-screen and test-user"), "{said}");
        let again = world.run(&["setup"]).failed_with(4);
        assert!(again.contains("next  consent-screen"), "{again}");
    }
}

#[test]
fn the_client_file_knows_its_project_and_a_page_is_opened_when_asked_for() {
    let world = World::new();
    world.write(
        "bin/browser",
        "#!/bin/sh\necho \"$1\" >> opened\nexec curl -sL -o /dev/null \"$1\"\n",
    );
    world.make_executable("bin/browser");
    world.write("Downloads/client_secret_1.json", &world.emulator.client_secret_json());
    let browser = format!("BROWSER='{} %s &'", world.path("bin/browser").display());
    let mut setup = Talk::on_terminal_with(&browser, &world, "setup");
    for line in ["o", "", "o", "", ""] {
        setup.says(line);
    }
    let run = setup.end(&world);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(
        run.words.contains("the project's ID (Enter: demo-project, as in Downloads; o"),
        "{run:?}"
    );
    assert!(run.words.contains("models, such as models/"), "{run:?}");
    let opened = world.read("opened");
    let opened: Vec<&str> = opened.lines().collect();
    let origin = format!("http://{}/", world.emulator.address());
    assert_eq!(opened[..2], [origin.clone(), format!("{origin}?project=demo-project")]);
    let named = ["setup", "--client-id-file", "client_secret.json", "--yes", "--format", "json"];
    let run = World::new().run(&named);
    let report: Value = serde_json::from_str(&run.stdout).expect("one document");
    assert_eq!(report["project"], "demo-project", "{run:?}");
}
