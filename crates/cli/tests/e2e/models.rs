//! Gemini's models, and Gemini's refusals.

use hallpass_testbed::World;
use serde_json::Value;
use snapbox::{assert_data_eq, str};

#[test]
fn list_prints_one_name_on_each_line() {
    let world = World::signed_in();
    let text = world.run(&["models", "list"]).stdout();
    assert!(text.lines().all(|line| line.starts_with("models/") && !line.contains(' ')), "{text}");
    assert!(text.lines().any(|line| line == "models/gemini-2.5-flash"), "{text}");
}

#[test]
fn list_as_json_is_one_array() {
    let world = World::signed_in();
    let text = world.run(&["models", "list", "--format", "json"]).stdout();
    let models: Value = serde_json::from_str(&text).expect("JSON");
    let names: Vec<&Value> =
        models.as_array().expect("array").iter().map(|model| &model["name"]).collect();
    assert!(names.contains(&&Value::from("models/gemini-2.5-flash")), "{names:?}");
}

#[test]
fn get_takes_the_name_in_both_forms() {
    let world = World::signed_in();
    let short = world.run(&["models", "get", "gemini-2.5-flash", "--format", "json"]).stdout();
    let long =
        world.run(&["models", "get", "models/gemini-2.5-flash", "--format", "json"]).stdout();
    assert_eq!(short, long);
    let model: Value = serde_json::from_str(&short).expect("JSON");
    assert_eq!(model["inputTokenLimit"], 1_048_576);
    let text = world.run(&["models", "get", "gemini-2.5-flash"]).stdout();
    assert!(text.contains("1048576"), "{text}");
}

#[test]
fn a_model_that_is_not_there() {
    let world = World::signed_in();
    assert_data_eq!(
        world.run(&["models", "get", "gemini-0"]).failed_with(3),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: Gemini does not know the model `gemini-0`
  caused by: Gemini answered 404 NOT_FOUND
hint: list the names with `hallpass models list`

"#]]
    );
}

#[test]
fn a_name_that_would_change_the_path_is_not_sent() {
    let world = World::signed_in();
    let requests = world.emulator.requests().len();
    assert_data_eq!(
        world.run(&["models", "get", "../tunedModels"]).failed_with(2),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: `../tunedModels` is not the name of a model
hint: list the names with `hallpass models list`

"#]]
    );
    assert_eq!(world.emulator.requests().len(), requests);
}

#[test]
fn a_project_that_the_account_may_not_use() {
    let world = World::signed_in();
    world.run(&["set-quota-project", "another-users-project"]).stdout();
    assert_data_eq!(
        world.run(&["models", "list"]).failed_with(3),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: this account may not use the project `another-users-project`
  caused by: Gemini answered 403 PERMISSION_DENIED, reason USER_PROJECT_DENIED
hint: run `hallpass set-quota-project --clear` to use the OAuth client's own project, or ask for the role "Service Usage Consumer" in `another-users-project`

"#]]
    );
}

#[test]
fn cloud_platform_alone_does_not_open_gemini() {
    let world = World::new();
    let login = ["login", "--client-id-file", "client_secret.json", "--scopes", "cloud-platform"];
    world.run(&login).done();
    assert_data_eq!(
        world.run(&["models", "list"]).failed_with(3),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: the scopes of this sign-in do not open the Gemini API
  caused by: Gemini answered 403 PERMISSION_DENIED, reason ACCESS_TOKEN_SCOPE_INSUFFICIENT
hint: run `hallpass login --scopes cloud-platform,retriever`

"#]]
    );
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let world = World::signed_in();
    let mut command = world.command(&["models", "list"]);
    let (reader, writer) = std::io::pipe().expect("pipe");
    drop(reader);
    world.finish(command.stdout(writer).output().expect("run")).done();
}

#[test]
fn the_base_url_variable_is_honoured_and_has_to_be_safe() {
    let world = World::signed_in();
    let list = |base_url: &str| {
        let variables = [("HALLPASS_EMULATOR_HOST", ""), ("GOOGLE_GEMINI_BASE_URL", base_url)];
        world.run_with(&["models", "list"], &variables)
    };
    assert!(list(&world.emulator.url()).stdout().contains("models/gemini-2.5-flash"));
    assert_data_eq!(
        list("http://example.com").failed_with(2),
        str![[r#"
asking the Gemini API at http://example.com (GOOGLE_GEMINI_BASE_URL), not at Google
error: `http://example.com/v1beta/models` is neither an https address nor on this machine
hint: use an https:// address

"#]]
    );
    assert_data_eq!(
        list("nonsense").failed_with(2),
        str![[r#"
error: `GOOGLE_GEMINI_BASE_URL` is `nonsense`, not an address
hint: use an https:// address

"#]]
    );
}
