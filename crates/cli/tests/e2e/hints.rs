//! Every printed hint is followed to the letter, in the state in which it was printed, and mends the fault there.

use crate::elsewhere::Talk;
use hallpass_emulator::{Fault, FaultKind, Lifecycle};
use hallpass_testbed::{Run, SCOPES, World};
use std::path::Path;
use std::time::Duration;

const ADC: &str = "gcloud/application_default_credentials.json";

/// Runs a line of a shell that finds `hallpass`.
fn shell(world: &World, line: &str, variables: &[(&str, &str)]) -> Run {
    let folder = Path::new(env!("CARGO_BIN_EXE_hallpass")).parent().expect("folder");
    let path = format!("{}:{}", folder.display(), world.path_with("bin"));
    let mut command = world.command_of("sh", &["-c", line]);
    world.finish(command.env("PATH", path).envs(variables.iter().copied()).output().expect("sh"))
}

/// Returns the last hint.
fn hint(run: &Run) -> String {
    let hint = run.stderr.lines().rev().find_map(|line| line.strip_prefix("hint: "));
    hint.unwrap_or_else(|| panic!("no hint: {run:?}")).to_owned()
}

/// Returns what stands between backticks in a hint, up to the first alternative.
fn commands(hint: &str) -> Vec<String> {
    let first = hint.split(", or ").next().unwrap_or_default();
    first.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Sees a command fail with this code, does what the hint says in the same state, and sees it succeed.
#[track_caller]
fn mended(world: &World, command: &str, variables: &[(&str, &str)], code: i32) -> String {
    let failed = shell(world, command, variables);
    assert_eq!(failed.code, Some(code), "{failed:?}");
    let hint = hint(&failed);
    let line = format!("{} >&2 && {command}", commands(&hint).join(" >&2 && "));
    let again = shell(world, &line, variables);
    assert_eq!(again.code, Some(0), "{line}: {again:?}");
    hint
}

/// Ends at Google the sign-in that a file holds.
fn revoke(world: &World, file: &str) {
    let mut document = world.json(file);
    document["type"] = "authorized_user".into();
    world.write("gone.json", &document.to_string());
    let gone = world.path("gone.json").display().to_string();
    let line = format!(
        "curl -s -o /dev/null --noproxy '*' -d token={} http://{}/revoke",
        document["refresh_token"].as_str().expect("token").replace('/', "%2F"),
        world.emulator.address()
    );
    assert_eq!(shell(world, &line, &[]).code, Some(0), "{gone}");
}

#[test]
fn hints_name_the_profile_in_force_and_leave_the_other_sign_in_alone() {
    for variable in [&[][..], &[("HALLPASS_PROFILE", "work")]] {
        let world = World::signed_in();
        let kept = world.read(ADC);
        let narrow = ["login", "--profile", "work", "--scopes", "cloud-platform,openid,email"];
        assert_eq!(world.run(&narrow).code, Some(0));
        let command = if variable.is_empty() {
            "hallpass models list --profile work"
        } else {
            "hallpass models list"
        };
        let hint = mended(&world, command, variable, 3);
        assert!(hint.contains(" --profile work`"), "{hint}");
        assert_eq!(world.read(ADC), kept, "the default sign-in is as it was");
    }
}

#[test]
fn hints_name_the_token_file_in_force() {
    let world = World::new();
    let login =
        ["login", "--client-id-file", "client_secret.json", "--token-file", "my token.json"];
    assert_eq!(world.run(&login).code, Some(0));
    revoke(&world, "my token.json");
    let hint = mended(&world, "hallpass models list --token-file 'my token.json'", &[], 4);
    assert!(hint.contains("`hallpass login --token-file 'my token.json'`"), "{hint}");
    assert!(!world.adc().exists(), "nothing is written elsewhere");
    // Half written, and not there at all.
    world.write("t.json", "{\"refresh_token\":");
    mended(&world, "hallpass models list --token-file t.json", &[], 4);
    mended(&world, "hallpass models list --token-file new.json", &[], 2);
}

#[test]
fn doctors_hints_name_the_profile_and_the_flags_in_force() {
    let world = World::signed_in();
    let kept = world.read(ADC);
    let narrow = ["login", "--profile", "work", "--scopes", "cloud-platform,openid,email"];
    assert_eq!(world.run(&narrow).code, Some(0));
    let broken = shell(&world, "hallpass doctor --online --profile work", &[]);
    assert_eq!(broken.code, Some(1), "{broken:?}");
    let fix =
        broken.stdout.lines().find_map(|line| line.trim().strip_prefix("fix: run `hallpass login"));
    let fix =
        format!("hallpass login{}", fix.expect("a fix").split('`').next().expect("a command"));
    let again = &commands(hint(&broken).split("then ").nth(1).expect("then"))[0];
    assert_eq!(again, "hallpass doctor --online --profile work");
    // Without the fix, the same command sees the same fault.
    assert_eq!(shell(&world, again, &[]).code, Some(1));
    let mended = shell(&world, &format!("{fix} && {again}"), &[]);
    assert_eq!(mended.code, Some(0), "{fix}: {mended:?}");
    assert_eq!(world.read(ADC), kept, "the default sign-in is as it was");
}

#[test]
fn a_variable_that_names_a_broken_file_is_unset_not_signed_in_around() {
    let world = World::signed_in();
    let kept = world.read(ADC);
    world.write("half.json", &kept[..kept.len() / 2]);
    world.write("other.json", r#"{"type":"gdch_service_account","name":"a","private_key":"k"}"#);
    for file in ["nowhere.json", "half.json", "other.json"] {
        let variable = [("GOOGLE_APPLICATION_CREDENTIALS", file)];
        let hint = mended(&world, "hallpass models list", &variable, 2);
        assert!(hint.starts_with("run `unset GOOGLE_APPLICATION_CREDENTIALS`"), "{hint}");
        let json = shell(&world, "hallpass token --format json", &variable);
        let document: serde_json::Value = serde_json::from_str(
            json.stderr
                .split_once('{')
                .map(|(_, rest)| format!("{{{rest}"))
                .expect("JSON")
                .as_str(),
        )
        .expect("JSON");
        assert_eq!(document["error"]["exit_code"], 2, "{json:?}");
    }
    assert_eq!(world.read(ADC), kept);
    // `login` says what hides the sign-in that it has just saved.
    let variable = [("GOOGLE_APPLICATION_CREDENTIALS", "nowhere.json")];
    let run = shell(&world, "hallpass login", &variable);
    let advice = "next: `unset GOOGLE_APPLICATION_CREDENTIALS`, then `hallpass models list`";
    assert!(run.code == Some(0) && run.stderr.contains(advice), "{run:?}");
    let line = "unset GOOGLE_APPLICATION_CREDENTIALS; hallpass models list";
    assert_eq!(shell(&world, line, &variable).code, Some(0));
    // What works on the well-known file speaks of that file.
    world.write(ADC, "{");
    let run = world.run_with(&["logout"], &[("GOOGLE_APPLICATION_CREDENTIALS", "half.json")]);
    assert!(!hint(&run).contains("unset"), "{run:?}");
}

#[test]
fn a_variable_that_names_a_dead_sign_in_is_unset_before_a_new_one_is_made() {
    let world = World::signed_in();
    world.write("other.json", &world.read(ADC));
    revoke(&world, "other.json");
    world.expire_access_token();
    let variable = [("GOOGLE_APPLICATION_CREDENTIALS", "other.json")];
    let hint = mended(&world, "hallpass models list", &variable, 4);
    assert!(
        hint.starts_with("run `unset GOOGLE_APPLICATION_CREDENTIALS`, then `hallpass login`"),
        "{hint}"
    );
}

#[test]
fn what_comes_after_a_login_works_while_a_variable_names_a_broken_file() {
    let world = World::signed_in();
    let run = world.run_with(&["login"], &[("GOOGLE_APPLICATION_CREDENTIALS", "nowhere.json")]);
    let next = "next: `unset GOOGLE_APPLICATION_CREDENTIALS`, then `hallpass models list`\n";
    assert!(run.code == Some(0) && run.stderr.ends_with(next), "{run:?}");
    let plain = world.run(&["login"]);
    assert!(plain.stderr.ends_with("next: `hallpass models list`\n"), "{plain:?}");
}

#[test]
fn a_quota_project_that_is_refused_is_dropped_where_it_comes_from() {
    let world = World::signed_in();
    world.run(&["set-quota-project", "demo-project"]);
    let variable = [("GOOGLE_CLOUD_QUOTA_PROJECT", "another-users-project")];
    let hint = mended(&world, "hallpass models list", &variable, 3);
    assert!(hint.starts_with("run `unset GOOGLE_CLOUD_QUOTA_PROJECT`"), "{hint}");
    world.run(&["set-quota-project", "another-users-project"]);
    let hint = mended(&world, "hallpass models list", &[], 3);
    assert!(hint.starts_with("run `hallpass set-quota-project --clear`"), "{hint}");
    assert_eq!(world.json(ADC).get("quota_project_id"), None);
    // The same at `login`, under both names.
    world.run(&["set-quota-project", "demo-project"]);
    assert_eq!(world.run(&["login", "--disable-quota-project"]).code, Some(0));
    assert_eq!(world.json(ADC).get("quota_project_id"), None);
}

#[test]
fn without_a_sign_in_the_hint_names_a_client_file_that_is_there() {
    let world = World::new();
    mended(&world, "hallpass models list", &[], 4);
    let world = World::new();
    std::fs::create_dir(world.path("Downloads")).expect("folder");
    let download = "Downloads/client_secret_71-x.apps.googleusercontent.com (1).json";
    world.write(download, &world.emulator.client_secret_json());
    assert_eq!(shell(&world, "rm client_secret.json", &[]).code, Some(0));
    let hint = mended(&world, "hallpass models list", &[], 4);
    assert!(hint.contains("(1).json'`, or `hallpass setup`"), "{hint}");
    // A profile of that name has none yet; `login` finds no client, and is told of one.
    assert_eq!(world.run(&["logout"]).code, Some(0));
    mended(&world, "hallpass models list --profile work", &[], 4);
}

#[test]
fn a_sign_in_that_is_refused_is_blamed_on_seven_days_only_when_they_are_over() {
    let world = World::signed_in();
    world.revoke_at_google();
    world.expire_access_token();
    let hint = mended(&world, "hallpass models list", &[], 4);
    assert!(hint.contains("revoked") && !hint.contains("7 days"), "{hint}");
    world.emulator.advance(Duration::from_secs(8 * 24 * 60 * 60));
    let hint = mended(&world, "hallpass models list", &[], 4);
    assert!(hint.contains("sign-ins end after 7 days"), "{hint}");
}

#[test]
fn an_api_that_is_switched_off_is_switched_on_by_the_hinted_setup() {
    let world = World::signed_in();
    world.emulator.update_config(|config| {
        let services = &mut config.projects[0].services;
        services.retain(|service| service != "generativelanguage.googleapis.com");
    });
    let run = world.run(&["models", "list"]);
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(
        run.words.contains("error: the Gemini API is switched off in the project `710000000001`"),
        "{run:?}"
    );
    let hint = hint(&run);
    assert!(hint.contains("https://console.cloud.google.com/apis/library/generativelanguage.googleapis.com?project=710000000001"), "{hint}");
    let setup =
        hint.rsplit('`').nth(1).expect("a command").strip_prefix("hallpass ").expect("ours");
    let mut setup = Talk::on_terminal(&world, setup);
    let file = world.path("client_secret.json").display().to_string();
    for line in ["", "", &file, "y"] {
        setup.says(line);
    }
    let ended = setup.end(&world);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(world.run(&["models", "list"]).code, Some(0));
}

#[test]
fn a_client_that_was_deleted_is_said_to_be() {
    let world = World::signed_in();
    world.expire_access_token();
    world
        .emulator
        .update_config(|config| config.projects[0].clients[0].lifecycle = Lifecycle::Deleted);
    let run = world.run(&["models", "list"]);
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(
        run.words.contains("error: the OAuth client of this sign-in was deleted or disabled"),
        "{run:?}"
    );
    assert!(hint(&run).contains("`hallpass login --client-id-file NEW.json`"), "{run:?}");
}

#[test]
fn a_country_without_a_free_tier_has_a_hint() {
    let world = World::signed_in();
    let body = r#"{"error":{"code":400,"message":"User location is not supported for the API use.","status":"FAILED_PRECONDITION"}}"#;
    let respond =
        FaultKind::Respond { status: 400, headers: Default::default(), body: body.to_owned() };
    world.emulator.fault(Fault::once("/v1", respond));
    let run = world.run(&["models", "list"]);
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(hint(&run).contains("enable billing for the project"), "{run:?}");
}

#[test]
fn a_proxy_that_is_dead_is_named_without_its_password() {
    let world = World::signed_in();
    let variables =
        [("HALLPASS_EMULATOR_HOST", ""), ("https_proxy", "http://ada:marked@127.0.0.1:1/")];
    let file = world.json(ADC);
    let plain = serde_json::json!({
        "type": "authorized_user", "client_id": file["client_id"], "client_secret": "c", "refresh_token": "r",
    });
    world.write("plain.json", &plain.to_string());
    let named = [&variables[..], &[("GOOGLE_APPLICATION_CREDENTIALS", "plain.json")]].concat();
    let run = world.run_with(&["models", "list"], &named);
    assert_eq!(run.code, Some(5), "{run:?}");
    let hint = hint(&run);
    assert!(hint.contains("the proxy 127.0.0.1:1 works, or run `unset https_proxy`"), "{hint}");
    assert!(!run.stderr.contains("marked"), "{run:?}");
}

#[test]
fn consent_that_was_not_given_is_told_as_such() {
    let world = World::new();
    let words =
        ["login", "--client-id-file", "client_secret.json", "--scopes", SCOPES, "--timeout", "20"];
    let browser = "address=$(curl -s -o /dev/null -w '%{redirect_url}' \"$1\")
redirect=$(printf %s \"$address\" | sed 's/.*redirect_uri=\\([^&]*\\).*/\\1/; s/%3A/:/g; s/%2F/\\//g')
state=$(printf %s \"$address\" | sed 's/.*[?&]state=\\([^&]*\\).*/\\1/')
exec curl -s -o /dev/null \"$redirect?error=access_denied&state=$state\"";
    world.write("bin/browser", &format!("#!/bin/sh\n{browser}\n"));
    world.make_executable("bin/browser");
    let browser = format!("{} %s &", world.path("bin/browser").display());
    let run = world.run_with(&words, &[("BROWSER", &browser)]);
    assert_eq!(run.code, Some(3), "{run:?}");
    let hint = hint(&run);
    assert!(hint.contains("tick the boxes (Select all)") && !hint.contains("Test users"), "{hint}");
}

/// As in the README: `env.sh` was read, and the shell is not in the emulator's folder.
#[test]
fn the_emulators_client_file_is_named_from_any_folder() {
    let world = World::new();
    world.write("elsewhere/notes.txt", "");
    let hint = mended(&world, "cd elsewhere && hallpass print-access-token", &[], 4);
    let line = format!(
        "run `hallpass login --client-id-file {}`",
        world.path("client_secret.json").display()
    );
    assert!(hint.starts_with(&line), "{hint}");
}
