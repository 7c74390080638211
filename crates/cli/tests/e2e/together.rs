//! Several commands that write a sign-in at once: what was told to be saved is never undone by an older one.

use hallpass_testbed::{LOGIN, Run, SCOPES, Server, World, json};
use serde_json::Value;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

const ADC: &str = "gcloud/application_default_credentials.json";
const WITH_EMAIL: &str = "cloud-platform,retriever,openid,email";

/// What a token server says that replaces the refresh token at each refresh.
const ROTATED: &str = r#"{"access_token":"ya29.new","expires_in":3599,"refresh_token":"1//rotated","token_type":"Bearer"}"#;

fn of_profile(name: &str) -> String {
    format!("hallpass/profiles/{name}/application_default_credentials.json")
}

fn refresh_token(world: &World, file: &str) -> String {
    world.json(file)["refresh_token"].as_str().expect("a refresh token").to_owned()
}

/// A profile's sign-in, with the address that tells whose it is.
fn sign_in_profile(world: &World, name: &str) {
    world.run(&["login", "--profile", name, "--scopes", WITH_EMAIL]).done();
}

/// Two profiles beside the default sign-in.
fn sign_in_profiles(world: &World) {
    ["a", "b"].into_iter().for_each(|name| sign_in_profile(world, name));
}

/// A file as another sign-in writes it: whole, and by a rename.
#[expect(clippy::disallowed_methods, reason = "some other program's doing")]
fn put(path: &PathBuf, text: &str) {
    let beside = path.with_extension("new");
    std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path)).expect("write");
}

/// A first sign-in into a token.json.
fn into_file(name: &str) -> Vec<&str> {
    [&LOGIN[..], &["--token-file", name]].concat()
}

/// A token server at which the user does something while it answers, and replaces the refresh token.
fn rotating_while(change: impl Fn() + Send + Sync + 'static) -> Server {
    Server::on_thread(move |_, _| {
        change();
        json("200 OK", ROTATED)
    })
}

/// Lets the saved sign-in be one of another token server, whose access token has ended.
fn of_another_server(world: &World, server: &Server) {
    let record = world.side_records().remove(0);
    let mut text = world.json(&record);
    text["token_uri"] = server.url("/token").into();
    text["access_token_expires_at"] = 1.into();
    world.write(&record, &text.to_string());
}

#[test]
fn a_sign_in_during_a_refresh_is_not_undone_by_a_rotated_refresh_token() {
    let world = World::signed_in();
    let mut newer = world.json(ADC);
    newer["refresh_token"] = "1//new-sign-in".into();
    newer["account"] = "new@example.com".into();
    let (path, text) = (world.adc(), newer.to_string());
    let server = rotating_while(move || put(&path, &text));
    of_another_server(&world, &server);
    let run = world.run_with(&["print-access-token"], &[("HALLPASS_EMULATOR_HOST", "")]);
    assert_eq!(run.stdout(), "ya29.new\n");
    assert_eq!(world.json(ADC), newer);
}

#[test]
fn what_is_set_during_a_refresh_stays_and_so_does_the_rotated_refresh_token() {
    let world = World::signed_in();
    let before = world.json(ADC);
    let mut changed = before.clone();
    changed["quota_project_id"] = "set-meanwhile".into();
    let (path, text) = (world.adc(), changed.to_string());
    let server = rotating_while(move || put(&path, &text));
    of_another_server(&world, &server);
    let google = [("HALLPASS_EMULATOR_HOST", "")];
    assert_eq!(world.run_with(&["print-access-token"], &google).stdout(), "ya29.new\n");
    let mut expected = changed;
    expected["refresh_token"] = "1//rotated".into();
    assert_eq!(world.json(ADC), expected);
    // What is known of it has moved along.
    assert_eq!(world.run_with(&["print-access-token"], &google).stdout(), "ya29.new\n");
    let status = world.run_with(&["status", "--format", "json"], &google).stdout();
    assert_eq!(
        serde_json::from_str::<Value>(&status).expect("JSON")["scopes"][0],
        "https://www.googleapis.com/auth/cloud-platform"
    );
    for record in world.side_records() {
        let text = world.read(&record);
        assert!(!text.contains("1//"), "a side record holds no refresh token: {text}");
    }
}

#[test]
fn a_token_json_is_kept_by_the_same_rule() {
    let world = World::new();
    world.run(&into_file("t.json")).done();
    let mut newer = world.json("t.json");
    newer["refresh_token"] = "1//new-sign-in".into();
    newer["token"] = "ya29.of-the-new-sign-in".into();
    let (path, text) = (world.path("t.json"), newer.to_string());
    let server = rotating_while(move || put(&path, &text));
    let mut old = world.json("t.json");
    old["token_uri"] = server.url("/token").into();
    old["expiry"] = "2020-01-01T00:00:00Z".into();
    world.write("t.json", &old.to_string());
    let arguments = ["print-access-token", "--token-file", "t.json"];
    let run = world.run_with(&arguments, &[("HALLPASS_EMULATOR_HOST", "")]);
    assert_eq!(run.stdout(), "ya29.new\n");
    assert_eq!(world.json("t.json"), newer);
    assert!(world.files().iter().all(|file| !file.starts_with(".t.json")), "{:?}", world.files());
}

/// Runs these commands again and again, each in a thread of its own, while `work` is done; `may_fail` says whether an
/// end that is no success is one that the command may have.
fn while_others_run<T>(
    world: &World,
    commands: &[&[&str]],
    may_fail: &(dyn Fn(&Run) -> bool + Sync),
    work: impl FnOnce() -> T,
) -> T {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for command in commands {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let run = world.run(command);
                    assert!(run.code == Some(0) || may_fail(&run), "{run:?}");
                }
            });
        }
        let ended = catch_unwind(AssertUnwindSafe(work));
        done.store(true, Ordering::Relaxed);
        ended.unwrap_or_else(|panic| resume_unwind(panic))
    })
}

#[test]
fn profile_use_never_undoes_a_login() {
    let world = World::signed_in();
    sign_in_profiles(&world);
    let raced = |run: &Run| run.words.contains("hallpass profile list");
    let uses = [&["profile", "use", "b"][..], &["profile", "use", "a"], &["profile", "use", "b"]];
    while_others_run(&world, &uses, &raced, || {
        let mut now = refresh_token(&world, &of_profile("b"));
        let mut signed_in = BTreeSet::from([now.clone()]);
        for round in 0..25 {
            assert_eq!(refresh_token(&world, &of_profile("b")), now, "{round}: undone since");
            sign_in_profile(&world, "b");
            now = refresh_token(&world, &of_profile("b"));
            assert!(signed_in.insert(now.clone()), "{round}: an older sign-in is back");
        }
    });
}

#[test]
fn a_copy_of_an_older_sign_in_does_not_take_the_place_of_default() {
    let world = World::signed_in();
    let first = refresh_token(&world, ADC);
    sign_in_profiles(&world);
    world.run(&["profile", "use", "b"]).done();
    assert_eq!(refresh_token(&world, &of_profile("default")), first);
    sign_in_profile(&world, "b");
    let newer = refresh_token(&world, &of_profile("b"));
    world.run(&["profile", "use", "a"]).done();
    assert_eq!(refresh_token(&world, &of_profile("default")), first);
    assert_eq!(refresh_token(&world, &of_profile("b")), newer);
    assert_eq!(world.side_records().len(), 3, "and what is known of the copy has gone");
}

#[test]
fn set_quota_project_never_undoes_a_login() {
    let world = World::signed_in();
    let never = |_: &Run| false;
    let set = ["set-quota-project", "demo-project"];
    while_others_run(&world, &[&set, &set, &set], &never, || {
        let mut signed_in = BTreeSet::from([refresh_token(&world, ADC)]);
        for round in 0..15 {
            world.run(&["login", "--scopes", SCOPES]).done();
            let now = refresh_token(&world, ADC);
            assert!(signed_in.insert(now.clone()), "{round}: an older sign-in is back");
            world.run(&set).done();
            assert_eq!(refresh_token(&world, ADC), now, "{round}: undone since");
        }
    });
}

#[test]
#[cfg(unix)]
fn a_quota_project_that_is_set_while_the_browser_is_open_stays() {
    let world = World::signed_in();
    let hallpass = env!("CARGO_BIN_EXE_hallpass");
    let script = format!(
        "#!/bin/sh\n{hallpass} set-quota-project while-open 2>/dev/null\nexec curl -sL -o /dev/null \"$1\"\n"
    );
    world.write("browser", &script);
    world.make_executable("browser");
    let browser = format!("{} %s &", world.path("browser").display());
    world.run_with(&["login", "--scopes", SCOPES], &[("BROWSER", &browser)]).done();
    assert_eq!(world.json(ADC)["quota_project_id"], "while-open");
}

#[test]
fn of_many_imports_and_a_login_the_login_stays() {
    let world = World::signed_in();
    world.run(&["export", "--out", "old.json"]).done();
    let other = |run: &Run| run.words.contains("holds another sign-in");
    let import = ["import", "old.json"];
    for round in 0..6 {
        world.run(&["logout", "--keep-remote"]).done();
        while_others_run(&world, &[&import, &import, &import], &other, || {
            world.login().done();
            let now = refresh_token(&world, ADC);
            assert_ne!(now, refresh_token(&world, "old.json"), "{round}");
            assert!(world.run(&import).failed_with(2).contains("holds another sign-in"));
            assert_eq!(refresh_token(&world, ADC), now, "{round}");
        });
    }
}

#[test]
fn logins_leave_no_side_record_of_an_older_sign_in() {
    let world = World::signed_in();
    for _ in 0..2 {
        world.run(&["login", "--scopes", SCOPES]).done();
        assert_eq!(world.side_records().len(), 1);
    }
    world.run(&["logout"]).done();
    assert_eq!(world.side_records(), Vec::<String>::new());
}

#[test]
fn an_access_token_that_ends_in_ten_years_is_not_used() {
    let world = World::signed_in();
    let record = world.side_records().remove(0);
    for (key, value) in
        [("access_token_expires_at", 4_000_000_000_u64), ("access_token_issued_at", 3_999_999_000)]
    {
        let mut text = world.json(&record);
        text["access_token"] = "ya29.a0-not-to-be-used".into();
        text[key] = value.into();
        world.write(&record, &text.to_string());
        let token = world.run(&["print-access-token"]).stdout();
        assert!(!token.contains("not-to-be-used"), "{key}");
    }
    assert_eq!(world.token_requests("refresh_token"), 2);
}

#[test]
fn another_programs_file_is_not_replaced_by_a_token_json() {
    let world = World::new();
    let text = r#"{"name":"my-web-app","dependencies":{}}"#;
    world.write("package.json", text);
    let requests = world.emulator.requests().len();
    let words = world.run(&into_file("package.json")).failed_with(2);
    assert!(words.contains("`[PATH]/package.json` is JSON of another kind"), "{words}");
    assert!(words.contains("name another file after `--token-file`"), "{words}");
    assert_eq!(world.read("package.json"), text);
    assert_eq!(world.emulator.requests().len(), requests, "the user was not asked to consent");
}

#[test]
fn files_of_the_user_that_begin_like_ours_survive() {
    let world = World::new();
    let names =
        [".hallpass-notes.md", ".hallpass-env", ".hallpass-ci.yaml", ".t.json.hallpass-notes"];
    for name in names {
        world.write(name, "mine");
        let file = std::fs::File::options().write(true).open(world.path(name)).expect("open");
        let modified = file.metadata().expect("metadata").modified().expect("time");
        file.set_modified(modified - std::time::Duration::from_secs(3600)).expect("set");
    }
    world.run(&into_file("t.json")).done();
    for name in names {
        assert_eq!(world.read(name), "mine");
    }
}

#[test]
#[cfg(unix)]
fn a_credential_that_another_user_could_have_put_there_is_used_with_a_warning() {
    use std::os::unix::fs::PermissionsExt;

    let world = World::signed_in();
    let quiet = world.run(&["print-access-token"]).done();
    assert!(!quiet.words.contains("warning"), "{quiet:?}");
    let wide = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(world.path("gcloud"), wide).expect("mode");
    for command in [&["print-access-token"][..], &["header"], &["models", "list"]] {
        let run = world.run(command).done();
        let warning = "warning: this credential may not be yours: `[PATH]/gcloud` can be written by every user";
        assert_eq!(run.words.matches(warning).count(), 1, "{command:?}: {run:?}");
    }
}
