//! Several sign-ins on one machine.

use hallpass_testbed::World;
use serde_json::Value;
use snapbox::{assert_data_eq, str};

const WITH_EMAIL: &str = "cloud-platform,retriever,openid,email";

/// Ada's sign-in is ADC; hers for work is a profile.
fn two_sign_ins() -> World {
    let world = World::signed_in();
    world.run(&["set-quota-project", "demo-project"]);
    let login = ["login", "--profile", "work", "--scopes", WITH_EMAIL];
    world.run(&login).done();
    world
}

fn refresh_token(world: &World, file: &str) -> Value {
    world.json(file)["refresh_token"].clone()
}

const ADC: &str = "gcloud/application_default_credentials.json";
const WORK: &str = "hallpass/profiles/work/application_default_credentials.json";

#[test]
fn a_profile_is_another_sign_in_and_leaves_adc_alone() {
    let world = World::signed_in();
    let before = std::fs::read_to_string(world.adc()).expect("ADC");
    world.run(&["login", "--profile", "work", "--scopes", WITH_EMAIL]).done();
    assert_eq!(std::fs::read_to_string(world.adc()).expect("ADC"), before);
    assert_ne!(refresh_token(&world, WORK), refresh_token(&world, ADC));
    let token = world.run(&["print-access-token"]).stdout();
    let of_work = world.run(&["print-access-token", "--profile", "work"]).stdout();
    assert_ne!(token, of_work);
    let variable = [("HALLPASS_PROFILE", "work")];
    assert_eq!(world.run_with(&["print-access-token"], &variable).stdout(), of_work);
    let default = world.run_with(&["print-access-token", "--profile", "default"], &variable);
    assert_eq!(default.stdout(), token);
    let status = world.run(&["status", "--profile", "work"]).stdout();
    assert!(status.contains("profile        work\nshadows "), "{status}");
    assert!(status.contains("\naccount        ada@example.com\n"), "{status}");
}

#[test]
fn the_list_marks_what_every_client_finds() {
    let world = two_sign_ins();
    assert_data_eq!(
        world.run(&["profile", "list"]).stdout(),
        str![[r#"
* default  account unknown
  work  ada@example.com

"#]]
    );
    let list = world.run(&["profile", "list", "--format", "json"]).stdout();
    let list: Value = serde_json::from_str(&list).expect("one document");
    assert_eq!(list[1]["name"], "work");
    assert_eq!(list[1]["application_default"], false);
}

#[test]
fn use_swaps_adc_and_loses_nothing() {
    let world = two_sign_ins();
    let of_ada = refresh_token(&world, ADC);
    world.run(&["profile", "use", "work"]).done();
    assert_eq!(refresh_token(&world, ADC), refresh_token(&world, WORK));
    // What is set while it is in use stays with it.
    world.run(&["set-quota-project", "work-project"]);
    world.run(&["profile", "use", "default"]).done();
    assert_eq!(refresh_token(&world, ADC), of_ada);
    assert_eq!(world.json(ADC)["quota_project_id"], "demo-project");
    assert_eq!(world.json(WORK)["quota_project_id"], "work-project");
    assert_data_eq!(
        world.run(&["profile", "list"]).stdout(),
        str![[r#"
* default  account unknown
  work  ada@example.com

"#]]
    );
}

#[test]
fn a_plain_login_while_a_profile_is_in_use_takes_no_other_sign_ins_place() {
    let world = two_sign_ins();
    let first = refresh_token(&world, ADC);
    world.run(&["profile", "use", "work"]).done();
    world.run(&["login"]).done();
    let second = refresh_token(&world, ADC);
    let list = world.run(&["profile", "list"]).stdout();
    let names: Vec<&str> = list.lines().map(|line| line[2..].split(' ').next().unwrap()).collect();
    assert_eq!(names, ["default-2", "default", "work"], "{list}");
    assert!(list.starts_with("* default-2"), "{list}");
    world.run(&["profile", "use", "work"]).done();
    let kept = |name: &str| {
        refresh_token(
            &world,
            &format!("hallpass/profiles/{name}/application_default_credentials.json"),
        )
    };
    assert_eq!([kept("default"), kept("default-2")], [first, second]);
    let logout = world.run(&["logout", "--format", "json"]).stdout();
    let result: Value = serde_json::from_str(&logout).expect("one document");
    let ended = ["default", "default-2", "work"];
    assert_eq!(result["ended_with_it"], serde_json::json!(ended), "{logout:?}");
}

#[test]
fn a_profile_lets_no_other_account_in() {
    let world = two_sign_ins();
    world.emulator.update_config(|config| {
        for project in &mut config.projects {
            project.consent_screen.test_users.push("eve@example.com".to_owned());
        }
        config.approve.as_mut().expect("an approval").account = "eve@example.com".to_owned();
    });
    let before = std::fs::read_to_string(world.path(WORK)).expect("profile");
    let words = world.run(&["login", "--profile", "work", "--scopes", WITH_EMAIL]).failed_with(1);
    assert!(words.contains("`eve@example.com` signed in, not `ada@example.com`"), "{words}");
    assert_eq!(std::fs::read_to_string(world.path(WORK)).expect("profile"), before);
}

#[test]
fn delete_revokes_unless_the_sign_in_is_in_use() {
    let world = two_sign_ins();
    world.run(&["profile", "use", "work"]).done();
    let words = world.run(&["profile", "delete", "work"]).words;
    assert!(words.contains("its sign-in is still in use"), "{words}");
    world.run(&["models", "list"]).stdout();
    let words = world.run(&["profile", "delete", "default"]).words;
    assert!(words.contains("revoked at Google"), "{words}");
    assert!(!world.path("hallpass/profiles/default").exists());
    assert_eq!(world.run(&["profile", "delete", "default"]).code, Some(2));
}

#[test]
fn what_is_not_there_is_named() {
    let world = World::new();
    assert_data_eq!(
        world.run(&["token", "--profile", "work"]).failed_with(4),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: the profile `work` has no sign-in
hint: run `hallpass login --profile work --client-id-file client_secret.json`

"#]]
    );
    for (arguments, kind) in [
        (&["profile", "use", "work"][..], "there is no profile `work`"),
        (&["token", "--profile", "../work"], "cannot be the name of a profile"),
        (&["demo", "--profile", "work"], "this command cannot be used with `--profile`"),
        (
            &["token", "--profile", "work", "--token-file", "t.json"],
            "`--profile` cannot be combined with `--token-file`",
        ),
    ] {
        let words = world.run(arguments).failed_with(2);
        assert!(words.contains(kind), "{arguments:?}: {words}");
    }
    let run = world.run(&["profile", "list"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""));
}

#[test]
fn logout_of_a_profile_is_of_that_one_alone() {
    let world = two_sign_ins();
    world.run(&["logout", "--profile", "work"]).done();
    assert!(!world.path(WORK).exists());
    assert!(world.adc().exists());
    assert_eq!(world.run(&["token", "--profile", "work"]).code, Some(4));
}

#[test]
fn whose_profile_it_is_is_known_from_the_first_sign_in_on() {
    let world = World::signed_in();
    // `openid,email` need not be named.
    world.run(&["login", "--profile", "work"]).done();
    assert_eq!(world.json(WORK)["account"], "ada@example.com");
    let kept = world.read(world.path(WORK));
    let scopes = ["login", "--profile", "work", "--scopes", "retriever"];
    assert!(world.run(&scopes).failed_with(2).contains("add `openid,email` to `--scopes`"));
    let file = ["login", "--profile", "work", "--token-file", "token.json"];
    assert_eq!(world.run(&file).code, Some(2), "only one of them can be meant");
    assert_eq!(world.read(world.path(WORK)), kept);
    assert!(
        world.run(&["logout", "--profile", "wrok"]).failed_with(2).contains("no profile `wrok`")
    );
}

#[test]
fn forgetting_older_sign_ins_spares_those_of_profiles() {
    let world = two_sign_ins();
    let login = ["login", "--scopes", WITH_EMAIL];
    world.run(&login).done();
    assert_eq!(world.side_records().len(), 2, "ADC's and work's; the older one of ADC has gone");
    world.write(&format!("hallpass/grants/{}.json", "0".repeat(64)), "{}");
    world.run(&["logout", "--all"]).done();
    let status = world.run(&["status", "--profile", "work"]).stdout();
    assert!(status.contains("sign-in ends"), "{status}");
    assert_eq!(world.side_records().len(), 1);
}

#[test]
fn of_many_swaps_at_once_none_loses_a_sign_in() {
    let world = two_sign_ins();
    world.run(&["login", "--profile", "other"]).done();
    let kept = |name: &str| {
        refresh_token(
            &world,
            &format!("hallpass/profiles/{name}/application_default_credentials.json"),
        )
    };
    world.run(&["profile", "use", "work"]).done();
    let before = ["default", "other", "work"].map(kept);
    let swaps: Vec<_> = (0..12)
        .map(|turn| world.start(&["profile", "use", ["work", "other"][turn % 2]], &[]))
        .collect();
    for swap in swaps {
        let run = world.finish(swap.wait_with_output().expect("the end"));
        let raced = run.words.contains("hallpass profile list");
        assert!(run.code == Some(0) || run.code == Some(1) && raced, "{run:?}");
    }
    assert_eq!(["default", "other", "work"].map(kept), before);
    assert!(before.contains(&refresh_token(&world, ADC)));
}
