//! hallpass in gcloud's place: the same words, the same answers.

use hallpass_testbed::{Run, SCOPES, World};
use serde_json::Value;
use std::os::unix::fs::symlink;

/// Runs a shell script where `gcloud` is a link to hallpass.
fn shell(world: &World, script: &str) -> Run {
    std::fs::create_dir_all(world.path("bin")).expect("a folder");
    if !world.path("bin/gcloud").exists() {
        symlink(env!("CARGO_BIN_EXE_hallpass"), world.path("bin/gcloud")).expect("a link");
    }
    let mut command = world.command_of("sh", &["-c", script]);
    command.env("PATH", world.path_with("bin"));
    world.finish(command.output().expect("sh"))
}

fn says(world: &World, script: &str) -> String {
    shell(world, script).stdout().trim_end().to_owned()
}

#[test]
fn the_quickstarts_lines_run_as_they_are_printed() {
    let world = World::new();
    let login = "gcloud auth application-default login \\\n    --client-id-file=client_secret.json \\\n    \
                 --scopes='https://www.googleapis.com/auth/cloud-platform,\
                 https://www.googleapis.com/auth/generative-language.retriever'";
    shell(&world, login).done();
    assert!(world.adc().exists());
    let call = "access_token=$(gcloud auth application-default print-access-token)\n\
                project_id=demo-project\n\
                curl -s -X GET http://$HALLPASS_EMULATOR_HOST/v1/models \\\n    \
                -H 'Content-Type: application/json' \\\n    \
                -H \"Authorization: Bearer ${access_token}\" \\\n    \
                -H \"x-goog-user-project: ${project_id}\" | grep '\"name\"'";
    assert!(says(&world, call).contains("models/gemini-2.5-flash"));
}

#[test]
fn what_scripts_ask_is_answered_as_gcloud_answers() {
    let world = World::new();
    let login = [
        "login",
        "--client-id-file",
        "client_secret.json",
        "--scopes",
        "cloud-platform,retriever,openid,email",
    ];
    world.run(&login).done();
    let token = says(&world, "gcloud auth print-access-token");
    assert!(token.starts_with("ya29."), "{token}");
    assert_eq!(says(&world, "gcloud auth application-default print-access-token --quiet"), token);
    assert_eq!(says(&world, "gcloud -q auth print-access-token ada@example.com"), token);
    assert_eq!(says(&world, "gcloud auth print-identity-token").split('.').count(), 3);
    assert_eq!(
        says(&world, "gcloud auth list"),
        "   Credentialed Accounts\nACTIVE  ACCOUNT\n*       ada@example.com"
    );
    let active = "gcloud auth list --filter=status:ACTIVE --format='value(account)'";
    assert_eq!(says(&world, active), "ada@example.com");
    let run = shell(&world, "gcloud config get project");
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "nothing is known yet");
    says(&world, "gcloud auth application-default set-quota-project demo-project");
    for asked in ["gcloud config get project", "gcloud config get-value core/project"] {
        assert_eq!(says(&world, asked), "demo-project");
    }
    assert_eq!(
        says(&world, "CLOUDSDK_CORE_PROJECT=other gcloud config get-value project"),
        "other"
    );
    let helper = says(&world, "gcloud config config-helper --format json");
    let helper: Value = serde_json::from_str(&helper).expect("JSON");
    assert_eq!(helper["configuration"]["properties"]["core"]["project"], "demo-project");
    assert_eq!(helper["credential"]["access_token"], token.as_str());
    assert!(helper["credential"]["token_expiry"].as_str().expect("time").ends_with('Z'));
    assert!(says(&world, "gcloud --version").starts_with("hallpass "));
    says(&world, "gcloud auth application-default revoke --quiet");
    assert!(!world.adc().exists());
    assert_eq!(shell(&world, "gcloud auth print-access-token").code, Some(4));
}

#[test]
fn anything_else_is_refused_in_one_line() {
    let world = World::new();
    for asked in [
        "gcloud compute instances list",
        "gcloud auth login",
        "gcloud auth application-default login --login-config=x",
        "gcloud config set project x",
        "gcloud",
        "gcloud auth",
        "gcloud auth list --format=yaml",
        "gcloud auth list --filter=account:x",
        "gcloud auth print-access-token --format=yaml",
        "gcloud auth application-default login --no-browser --no-launch-browser",
        "gcloud config get compute/region",
        "gcloud auth print-access-token --log-http",
        "gcloud auth application-default login --client-id-file",
        "gcloud auth application-default set-quota-project",
        "gcloud auth application-default revoke --format=json",
        "gcloud --verbosity=loud auth list",
    ] {
        let run = shell(&world, asked);
        assert_eq!(run.code, Some(2), "{asked}: {run:?}");
        assert_eq!(run.stdout, "", "{asked}");
        assert!(
            run.words.starts_with("error: `hallpass gcloud` cannot answer this"),
            "{}",
            run.words
        );
        assert_eq!(run.words.lines().count(), 1, "{asked}: {}", run.words);
    }
    assert_eq!(world.emulator.requests().len(), 0, "no server was asked");
}

#[test]
fn the_same_words_work_without_the_name() {
    let world = World::new();
    let login =
        ["gcloud", "auth", "application-default", "login", "--client-id-file=client_secret.json"];
    world.run(&[&login[..], &["--scopes", SCOPES]].concat()).done();
    let before = world.run(&["gcloud", "--format=json", "config", "get", "account"]).stdout();
    assert_eq!(before, "", "gcloud's own `--format`: no document where nothing is set");
    let wrong = ["gcloud", "auth", "print-access-token", "eve@example.com"];
    assert!(world.run(&wrong).failed_with(1).contains("not of `eve@example.com`"));
    let run = world.run(&["gcloud", "auth", "print-identity-token"]);
    assert_eq!(run.code, Some(3), "no openid: {run:?}");
    assert!(world.run(&["gcloud", "--help"]).stdout().contains("ln -s"));
}

#[test]
fn what_googles_libraries_and_proxies_ask_of_gcloud_is_answered() {
    let world = World::new();
    let login = "gcloud auth application-default login ada@example.com --project demo-project \
                 --client-id-file=client_secret.json";
    assert_eq!(shell(&world, login).code, Some(0), "openid and email are added");
    assert_eq!(world.json(world.adc())["quota_project_id"], "demo-project");
    let token = says(&world, "gcloud auth print-access-token");
    // google-auth reads both streams together.
    for asked in [
        "gcloud auth print-access-token --account=ada@example.com 2>&1",
        "gcloud auth application-default print-access-token 2>&1",
        "gcloud auth print-access-token --format='value(token)'",
        "gcloud config config-helper --format='value(credential.access_token)' --min-expiry=5m",
    ] {
        assert_eq!(says(&world, asked), token, "{asked}");
    }
    for (asked, wanted) in [
        ("gcloud config get project --format=json 2>&1", "\"demo-project\""),
        (
            "gcloud config list --format='value(core.account,core.project)'",
            "ada@example.com\tdemo-project",
        ),
        ("gcloud config list", "[core]\naccount = ada@example.com\nproject = demo-project"),
        (
            "gcloud auth list --filter-account=ada@example.com --format='value(account)'",
            "ada@example.com",
        ),
        ("gcloud auth list --filter-account=eve@example.com --format=json", "[]"),
    ] {
        assert_eq!(says(&world, asked), wanted, "{asked}");
    }
    let before = world.token_requests("refresh_token");
    let hour =
        "gcloud config config-helper --min-expiry 1h --format 'value(credential.access_token)'";
    assert_ne!(says(&world, hour), token, "no token is good for longer than an hour");
    assert_eq!(world.token_requests("refresh_token"), before + 1);
    let help = says(&world, "gcloud auth application-default login --help");
    assert!(help.contains("--client-id-file <FILE>"), "{help}");
    assert!(says(&world, "gcloud --help").contains("Usage: hallpass gcloud <WORDS>"));
    let eve = shell(&world, "gcloud auth print-access-token --account=eve@example.com");
    assert_eq!(eve.code, Some(1), "{eve:?}");
}
