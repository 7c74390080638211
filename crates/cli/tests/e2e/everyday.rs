//! What people do with a sign-in once they have it.

use hallpass::store::other_reader;
use hallpass_testbed::World;
use serde_json::Value;
use snapbox::{assert_data_eq, str};

#[test]
#[cfg(unix)]
fn exec_gives_a_bare_token_where_that_is_asked_for_and_ends_as_the_program_ends() {
    let world = World::signed_in();
    world.run(&["set-quota-project", "demo-project"]);
    let token = world.run(&["print-access-token"]).stdout();
    let show = "echo $TOKEN$GEMINI_API_KEY; echo $GOOGLE_CLOUD_QUOTA_PROJECT; exit 7";
    let run = world.run(&["exec", "--env", "TOKEN", "--", "sh", "-c", show]);
    assert_eq!((run.code, run.stdout), (Some(7), format!("{}\ndemo-project\n", token.trim_end())));
    // Nothing of it is in a program's arguments.
    let words = ["exec", "--env", "TOKEN", "--", "sh", "-c", "tr '\\0' ' ' < /proc/self/cmdline"];
    let arguments = world.run(&words).stdout();
    assert!(!arguments.contains("ya29."), "{arguments}");
    for (arguments, code) in [
        (&["exec", "--env", "A=B", "--", "true"][..], 2),
        (&["exec", "--env", "A", "--openai", "--", "true"], 2),
        (&["exec", "--", "no-such-program"], 1),
        (&["exec"], 2),
    ] {
        assert_eq!(world.run(arguments).code, Some(code), "{arguments:?}");
    }
    assert_eq!(World::new().run(&["exec", "--", "true"]).code, Some(4));
}

#[test]
#[cfg(unix)]
fn kubectl_and_git_get_the_token_in_the_form_that_they_take() {
    let world = World::signed_in();
    let token = world.run(&["print-access-token"]).stdout();
    let token = token.trim_end();
    let said = world.run(&["token", "exec-credential"]).stdout();
    let said: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(said["apiVersion"], "client.authentication.k8s.io/v1");
    assert_eq!(
        (&said["kind"], &said["status"]["token"]),
        (&"ExecCredential".into(), &token.into())
    );
    let end = said["status"]["expirationTimestamp"].as_str().expect("a time");
    assert!(end.starts_with("20") && end.ends_with('Z'), "{end}");

    let git = |operation: &str, asked: &str| {
        let line =
            format!("printf '{asked}' | {} token git {operation}", env!("CARGO_BIN_EXE_hallpass"));
        let output = world.command_of("sh", &["-c", &line]).output().expect("sh");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let told = git("get", "protocol=https\\nhost=chromium.googlesource.com\\n\\n");
    assert!(told.contains(&format!("\npassword={token}\npassword_expiry_utc=")), "{told}");
    for (operation, asked) in [
        ("get", "protocol=https\\nhost=github.com\\n\\n"),
        ("get", "protocol=http\\nhost=chromium.googlesource.com\\n\\n"),
        ("get", "protocol=https\\nhost=evil.example\\npath=.googlesource.com\\n\\n"),
        ("erase", "protocol=https\\nhost=chromium.googlesource.com\\n\\n"),
    ] {
        assert_eq!(git(operation, asked), "", "{asked}");
    }
}

#[test]
fn token_info_tells_what_google_knows_without_the_token() {
    let world = World::new();
    world.run(&["login", "--client-id-file", "client_secret.json", "--scopes", "retriever,email"]);
    let text = world.run(&["token", "info"]).stdout();
    assert_data_eq!(
        &text,
        str![[r#"
account   ada@example.com
client    710000000001-hallpassemulatorquickstartdeskto.apps.googleusercontent.com
scope     https://www.googleapis.com/auth/generative-language.retriever
scope     https://www.googleapis.com/auth/userinfo.email
good for  59 min

"#]]
    );
    let asked = world.emulator.requests().pop().expect("a request");
    assert_eq!(
        (asked.path.as_str(), asked.query.len()),
        ("/tokeninfo", 0),
        "in the body: {asked:?}"
    );
    let json: Value =
        serde_json::from_str(&world.run(&["token", "info", "--format", "json"]).stdout())
            .expect("JSON");
    assert_eq!(json["scopes"].as_array().expect("scopes").len(), 2);
    assert!(!text.contains("ya29.") && !json.to_string().contains("ya29."));
    world.revoke_at_google();
    assert_eq!(world.run(&["token", "info"]).code, Some(4));
}

#[test]
fn scopes_are_listed_and_written_out() {
    let world = World::new();
    let list = world.run(&["scopes"]).stdout();
    assert!(
        list.contains(
            "retriever\n  https://www.googleapis.com/auth/generative-language.retriever\n"
        ),
        "{list}"
    );
    let json: Value =
        serde_json::from_str(&world.run(&["scopes", "--format", "json"]).stdout()).expect("JSON");
    assert!(json.as_array().expect("a list").len() >= 8);
    assert_data_eq!(
        world.run(&["scopes", "email,retriever"]).stdout(),
        str![[r#"
https://www.googleapis.com/auth/userinfo.email
https://www.googleapis.com/auth/generative-language.retriever

"#]]
    );
    let words = world.run(&["scopes", "retreiver"]).failed_with(2);
    assert!(words.contains("hint: write `retriever`"), "{words}");
}

#[test]
fn a_sign_in_goes_to_another_machine_in_a_private_file() {
    let (here, there) = (World::signed_in(), World::new());
    here.run(&["export", "--out", "carried.json"]).done();
    assert_eq!(other_reader(here.path("carried.json")).expect("who"), None);
    assert_eq!(
        here.run(&["export", "--out", "carried.json"]).code,
        Some(2),
        "nothing is overwritten"
    );
    assert_eq!(here.run(&["export"]).code, Some(2), "never to a terminal");
    there.write("carried.json", &std::fs::read_to_string(here.path("carried.json")).expect("file"));
    there.run(&["import", "carried.json"]).done();
    assert_eq!(here.json(here.adc()), there.json(there.adc()), "Google's keys and no others");
    for known in ["scopes", "sign_in_ends_at", "issued_at"] {
        let of = |world: &World| {
            let text = world.run(&["status", "--format", "json"]).stdout();
            serde_json::from_str::<Value>(&text).expect("JSON")[known].clone()
        };
        assert_eq!(of(&here), of(&there), "{known} travels");
    }
    assert_eq!(other_reader(there.adc()).expect("who"), None);
    // Again is no harm; another sign-in is left alone, but may become a profile.
    there.run(&["import", "carried.json"]).done();
    let other = World::signed_in();
    other.write("carried.json", &std::fs::read_to_string(here.path("carried.json")).expect("file"));
    assert_eq!(other.run(&["import", "carried.json"]).code, Some(2));
    let run = other.run(&["import", "carried.json", "--profile", "carried"]).done();
    let asks = "are as the file says; `hallpass token info --profile carried` asks Google";
    assert!(run.words.contains(asks), "what a file says of an account is no proof: {}", run.words);
    assert_eq!(other.run(&["import", "client_secret.json"]).code, Some(2));
    assert_eq!(other.run(&["import", "nowhere.json"]).code, Some(2));
}

#[test]
fn completions_and_version_need_nothing() {
    let world = World::new();
    for (shell, words) in [
        ("bash", "complete -o nospace"),
        ("zsh", "#compdef hallpass"),
        ("fish", "complete --keep-order --exclusive --command hallpass"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let script = world.run(&["completions", shell]).stdout();
        assert!(script.contains(words), "{shell}: {script}");
        assert!(script.contains("HALLPASS_COMPLETE"), "{shell}: {script}");
    }
    assert_eq!(world.run(&["completions", "tcsh"]).code, Some(2));
    let version = world.run(&["--version"]).stdout();
    assert!(version.starts_with("hallpass ") && version.contains("rustls"), "{version}");
    assert_eq!(world.run(&["-V"]).stdout().lines().count(), 1);
    assert_eq!(world.emulator.requests().len(), 0);
}

/// What bash offers for a line, by the script that `completions bash` prints.
#[cfg(unix)]
fn bash_offers(world: &World, line: &str) -> Vec<String> {
    let script = format!(
        r#"PATH="{}:$PATH"; source <(hallpass completions bash); COMP_WORDS=({line}); \
        [[ "{line}" == *" " ]] && COMP_WORDS+=(""); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMP_TYPE=9; \
        function=$(complete -p hallpass | sed 's/.*-F \([^ ]*\).*/\1/'); \
        "$function" hallpass "${{COMP_WORDS[COMP_CWORD]}}" ""; printf '%s\n' "${{COMPREPLY[@]}}""#,
        std::path::Path::new(env!("CARGO_BIN_EXE_hallpass")).parent().expect("folder").display()
    );
    let output = world.command_of("bash", &["-c", &script]).output().expect("bash");
    assert!(output.status.success(), "{output:?}");
    let offered = String::from_utf8(output.stdout).expect("UTF-8");
    offered.lines().map(|line| line.trim().to_owned()).collect()
}

#[test]
#[cfg(unix)]
fn a_shell_knows_the_profiles_that_there_are_now() {
    let world = World::new();
    assert_eq!(bash_offers(&world, "hallpass set-q"), ["set-quota-project"]);
    assert_eq!(bash_offers(&world, "hallpass profile use ")[0], "default");
    assert_eq!(bash_offers(&world, "hallpass scopes tuning.")[0], "tuning.readonly");
    assert_eq!(bash_offers(&world, "hallpass man set-q"), ["set-quota-project"]);
    let login = ["login", "--client-id-file", "client_secret.json", "--profile", "work"];
    world.run(&login).done();
    for line in ["hallpass profile use w", "hallpass status --profile w"] {
        assert_eq!(bash_offers(&world, line), ["work"], "{line}");
    }
    assert!(
        bash_offers(&world, "hallpass login --client-id-file cl")
            .contains(&"client_secret.json".to_owned())
    );
}

#[test]
fn every_command_has_a_page_of_the_manual() {
    let world = World::new();
    let page = world.run(&["man"]).stdout();
    assert!(page.contains(".TH hallpass 1") && page.contains("hallpass\\-login(1)"), "{page}");
    let page = world.run(&["man", "profile", "use"]).stdout();
    assert!(page.contains(".TH hallpass-profile-use 1"), "{page}");
    let run = world.run(&["man", "sing"]);
    assert_eq!(run.code, Some(2));
    assert!(run.words.contains("error: there is no command `sing`"), "{}", run.words);
}

#[test]
fn every_command_that_changes_something_reports_it_as_one_document() {
    let world = World::new();
    let json = |arguments: &[&str]| {
        let run = world.run(&[arguments, &["--format", "json"]].concat());
        assert_eq!(run.code, Some(0), "{run:?}");
        serde_json::from_str::<Value>(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"))
    };
    let login = json(&["login", "--client-id-file", "client_secret.json"]);
    assert_eq!(login["path"], world.adc().display().to_string());
    assert!(login["sign_in_ends_at"].as_str().expect("a time").ends_with('Z'), "{login}");
    assert_eq!(json(&["set-quota-project", "demo-project"])["quota_project"], "demo-project");
    assert_eq!(json(&["set-quota-project", "--clear"])["quota_project"], Value::Null);
    assert!(
        json(&["export", "--out", "x.json"])["path"].as_str().expect("a path").ends_with("x.json")
    );
    assert!(json(&["import", "x.json"])["path"].is_string());
    json(&["login", "--profile", "work"]);
    assert_eq!(json(&["profile", "use", "work"])["profile"], "work");
    assert_eq!(json(&["profile", "delete", "default"])["revoked"], true);
    assert!(
        json(&["login", "--step", "1"])["address"]
            .as_str()
            .expect("an address")
            .contains("/o/oauth2/")
    );
    assert_eq!(json(&["logout"])["deleted"], world.adc().display().to_string());
}

#[test]
fn every_command_that_prints_something_has_it_as_one_document() {
    let world = World::signed_in();
    let json = |arguments: &[&str]| {
        let run = world.run(&[arguments, &["--format", "json"]].concat());
        serde_json::from_str::<Value>(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"))
    };
    assert!(json(&["token"])["access_token"].as_str().expect("a token").starts_with("ya29."));
    assert!(json(&["header"])["Authorization"].as_str().expect("a header").starts_with("Bearer "));
    assert_eq!(json(&["scopes", "email"])[0], "https://www.googleapis.com/auth/userinfo.email");
    assert_eq!(json(&["profile", "list"])[0]["name"], "default");
    assert_eq!(json(&["doctor"])["checks"][0]["code"], "emulator");
    assert_eq!(json(&["version"])["version"], env!("CARGO_PKG_VERSION"));
    let script = world.run(&["completions", "fish"]).stdout();
    let completions = json(&["completions", "fish"]);
    assert_eq!(
        (&completions["shell"], &completions["script"]),
        (&"fish".into(), &script.trim_end().into())
    );
    let page = world.run(&["man", "profile", "use"]).stdout();
    let man = json(&["man", "profile", "use"]);
    assert_eq!((&man["command"], &man["page"]), (&"profile use".into(), &page.trim_end().into()));
    assert!(json(&["setup", "--dry-run"]).is_object() || json(&["setup", "--dry-run"]).is_array());
}

#[test]
fn no_command_makes_the_folder_of_a_file_that_the_user_names() {
    let world = World::signed_in();
    for command in [&["export", "--out", "sub/dir/x"][..], &["login", "--token-file", "sub/dir/x"]]
    {
        let words = world.run(command).failed_with(2);
        assert!(words.contains("is in a folder that is not there"), "{words}");
        assert!(!world.path("sub").exists());
    }
}

#[test]
fn two_days_before_its_end_a_sign_in_says_so_beside_every_result() {
    let world = World::signed_in();
    let day = std::time::Duration::from_secs(24 * 60 * 60);
    world.emulator.advance(4 * day);
    for command in [&["print-access-token"][..], &["models", "list"], &["header"]] {
        assert!(!world.run(command).stderr.contains("this sign-in ends"), "{command:?}");
    }
    world.emulator.advance(2 * day);
    for command in [&["print-access-token"][..], &["models", "list"], &["header"]] {
        let run = world.run(command);
        assert_eq!(run.code, Some(0), "{run:?}");
        assert!(run.stderr.contains("warning: this sign-in ends in "), "{run:?}");
    }
    let run = world.run(&["gcloud", "auth", "print-access-token"]);
    assert!(!run.stderr.contains("warning"), "Google's libraries read both streams: {run:?}");
}

#[test]
fn what_other_tools_call_a_command_leads_to_ours() {
    let world = World::new();
    for (words, hint) in [
        (&["auth", "login"][..], "hint: use `hallpass login`"),
        (&["whoami"], "hint: use `hallpass status`"),
        (&["init"], "`hallpass setup`"),
    ] {
        let said = world.run(words).failed_with(2);
        assert!(said.contains(hint), "{said}");
    }
    let help = world.run(&["help", "login"]).stdout();
    assert_eq!(help, world.run(&["login", "--help"]).stdout());
    assert!(world.run(&["help"]).stdout().contains("Usage: hallpass"));
    assert!(world.run(&["version"]).stdout().starts_with("hallpass "));
}

#[test]
fn the_manual_has_the_usual_sections() {
    let world = World::new();
    let page = world.run(&["man"]).stdout();
    for section in [
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "OPTIONS",
        "EXIT STATUS",
        "ENVIRONMENT",
        "FILES",
        "EXAMPLES",
        "SEE ALSO",
    ] {
        assert!(
            page.contains(&format!(".SH {section}\n"))
                || page.contains(&format!(".SH \"{section}\"\n")),
            "{section}: {page}"
        );
    }
    assert!(page.contains(".B HALLPASS_PROFILE\nthe profile to use"), "{page}");
    assert!(page.contains(".B 4\nsign\\-in needed"), "{page}");
    let page = world.run(&["man", "login"]).stdout();
    assert!(
        page.contains("hallpass login [OPTIONS] [ADDRESS]") && page.contains(".SH EXAMPLES"),
        "{page}"
    );
}

#[test]
#[cfg(unix)]
fn completion_knows_scopes_steps_and_programs() {
    let world = World::new();
    assert_eq!(
        bash_offers(&world, "hallpass login --scopes email,tuning.")[0],
        "email,tuning.readonly"
    );
    assert_eq!(bash_offers(&world, "hallpass login --step "), ["1", "2"]);
    assert!(bash_offers(&world, "hallpass exec -- setpri").contains(&"setpriv".to_owned()));
    assert!(bash_offers(&world, "hallpass help set-q").contains(&"set-quota-project".to_owned()));
}
