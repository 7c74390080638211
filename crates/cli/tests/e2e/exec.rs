//! Programs that run with a ticket of a private agent: what they get, what they never see, and when it ends.

use hallpass_testbed::World;
use serde_json::Value;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Looks at something that another process brings about, within seconds.
fn soon(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..500 {
        if is_so() {
            return;
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
    panic!("{what}");
}

const HALLPASS: &str = env!("CARGO_BIN_EXE_hallpass");

fn shell(line: &str) -> [&str; 5] {
    ["exec", "--", "sh", "-c", line]
}

#[test]
fn a_program_reaches_the_gemini_api_with_a_ticket_in_the_place_of_a_key() {
    let world = World::signed_in();
    world.run(&["set-quota-project", "demo-project"]);
    for call in [
        r#"curl -s -H "x-goog-api-key: $GEMINI_API_KEY" "$GOOGLE_GEMINI_BASE_URL/v1beta/models""#,
        r#"curl -s "$GEMINI_API_BASE/v1/models?key=$GOOGLE_API_KEY""#,
        r#"curl -s -H "Authorization: Bearer $GOOGLE_GENERATIVE_AI_API_KEY" "$GEMINI_API_BASE/models""#,
    ] {
        let models: Value = serde_json::from_str(&world.run(&shell(call)).stdout()).expect(call);
        assert_eq!(models["models"][0]["name"], "models/gemini-2.5-flash", "{call}");
        let asked = world.emulator.requests().pop().expect("a request");
        assert_eq!(asked.query.get("key"), None, "{asked:?}");
    }
}

#[test]
fn an_empty_key_is_taken_with_the_switch_alone() {
    let world = World::signed_in();
    let line =
        r#"curl -s -o /dev/null -w '%{http_code}' -H 'x-goog-api-key;' "$GEMINI_API_BASE/models""#;
    assert_eq!(world.run(&shell(line)).stdout(), "401");
    let run = world.run(&["exec", "--accept-empty-key", "--", "sh", "-c", line]);
    assert_eq!(run.stdout(), "200");
}

#[test]
fn the_credential_file_holds_a_ticket_that_becomes_an_access_token() {
    let world = World::signed_in();
    world.run(&["set-quota-project", "demo-project"]);
    let line = r#"stat -c %a "$GOOGLE_APPLICATION_CREDENTIALS" "$(dirname "$GOOGLE_APPLICATION_CREDENTIALS")" >&2
        cat "$GOOGLE_APPLICATION_CREDENTIALS""#;
    let run = world.run(&shell(line)).done();
    assert!(run.stderr.ends_with("600\n700\n"), "{}", run.stderr);
    let file: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(file["type"], "external_account_authorized_user");
    assert_eq!(file["quota_project_id"], "demo-project");
    assert!(file["refresh_token"].as_str().expect("ticket").starts_with("hpt_"), "{file}");

    let line = r#"curl -s -u any:any -d grant_type=refresh_token -d "refresh_token=$GEMINI_API_KEY" "$GOOGLE_GEMINI_BASE_URL/token""#;
    let reply: Value = serde_json::from_str(&world.run(&shell(line)).stdout()).expect("JSON");
    assert!(reply["access_token"].as_str().expect("token").starts_with("ya29."));
    assert!(reply["expires_in"].as_u64().expect("seconds") > 3500, "{reply}");
    assert_eq!(reply["token_type"], "Bearer");
}

#[test]
fn a_program_and_what_it_can_read_of_its_agent_hold_tickets_alone() {
    let world = World::signed_in();
    // The agent is in no relation to the program; its command line names the program's process.
    let line = r#"env; echo "$@"; cat "$(dirname "$GOOGLE_APPLICATION_CREDENTIALS")"/*
        for process in /proc/[0-9]*; do
            if tr '\0' ' ' < "$process/cmdline" | grep -q "agent private $$ "; then
                echo "agent ${process#/proc/}"; tr '\0' '\n' < "$process/cmdline"; tr '\0' '\n' < "$process/environ"
            fi
        done
        tr '\0' '\n' < /proc/self/environ"#;
    let run = world.run(&shell(line)).done();
    assert_eq!(run.stdout.matches("\nagent ").count(), 1, "{}", run.stdout);
    assert!(run.stdout.contains("\nGEMINI_API_KEY=hpt_"), "{}", run.stdout);
    let adc = world.json(world.adc());
    let token = world.run(&["print-access-token"]).stdout();
    let secrets = [
        token.trim_end(),
        "ya29.",
        adc["refresh_token"].as_str().expect("token"),
        adc["client_secret"].as_str().expect("secret"),
    ];
    for secret in secrets {
        assert!(!run.stdout.contains(secret), "{secret} in {}", run.stdout);
    }
}

#[test]
fn the_agent_ends_with_the_program_and_its_files_with_it() {
    let world = World::signed_in();
    let show = r#"echo "$GOOGLE_APPLICATION_CREDENTIALS"; echo "$GOOGLE_GEMINI_BASE_URL""#;
    let run = world.run(&shell(show)).done();
    let mut lines = run.stdout.lines();
    let (file, origin) = (lines.next().expect("file"), lines.next().expect("address"));
    let folder = Path::new(file).parent().expect("folder");
    soon("the folder is gone", || !folder.exists());
    let address = origin.strip_prefix("http://").expect("address");
    soon("nothing listens", || TcpStream::connect(address).is_err());
}

#[test]
fn signals_reach_the_program_itself_and_its_end_is_the_end_of_exec() {
    let world = World::signed_in();
    let line = "trap 'exit 9' TERM; echo ready; while :; do sleep 0.02; done";
    let mut exec = world.start(&shell(line), &[]);
    let mut ready = [0; 6];
    std::io::Read::read_exact(exec.stdout.as_mut().expect("stdout"), &mut ready).expect("ready");
    let killed = Command::new("kill").args(["-TERM", &exec.id().to_string()]).status();
    assert!(killed.expect("kill").success());
    assert_eq!(exec.wait().expect("end").code(), Some(9));

    let run = world.command(&shell("kill -KILL $$")).output().expect("run");
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&run.status), Some(9));
}

#[test]
fn a_program_has_no_child_that_it_did_not_start() {
    let world = World::signed_in();
    let line =
        r#"cat /proc/$$/task/$$/children; test "$(ps -o sid= -p $$)" = "$(ps -o sid= -p $PPID)""#;
    assert_eq!(world.run(&shell(line)).stdout().split_whitespace().count(), 1, "`cat` alone");
}

#[test]
fn the_agent_of_a_program_is_in_a_session_of_its_own() {
    let world = World::signed_in();
    let line = r#"for process in /proc/[0-9]*; do
            if tr '\0' ' ' < "$process/cmdline" | grep -q "agent private $$ "; then ps -o sid= -p "${process#/proc/}"; fi
        done 2>/dev/null
        ps -o sid= -p $$"#;
    let told = world.run(&shell(line)).stdout();
    let [agents, programs] = told.split_whitespace().collect::<Vec<_>>().try_into().expect(&told);
    assert_ne!(agents, programs, "the terminal's signals are for the program");
}

#[test]
fn a_proxy_of_the_environment_is_not_shown_the_ticket() {
    let world = World::signed_in();
    let variables = [("HTTP_PROXY", "http://127.0.0.1:1"), ("no_proxy", "a.example")];
    let run = world.run_with(&shell("echo $NO_PROXY; echo $no_proxy"), &variables).done();
    assert_eq!(run.stdout, "127.0.0.1\na.example,127.0.0.1\n");
    assert_eq!(world.run(&shell("echo $NO_PROXY$no_proxy")).stdout(), "\n");
}

#[test]
fn openais_variables_are_set_where_they_are_asked_for() {
    let world = World::signed_in();
    let line = "echo $OPENAI_BASE_URL; echo $OPENAI_API_KEY";
    let run = world.run(&["exec", "--openai", "--", "sh", "-c", line]).done();
    let (base, key) = run.stdout.split_once('\n').expect("two lines");
    assert!(base.starts_with("http://127.0.0.1:") && base.ends_with("/openai/v1"), "{base}");
    assert!(key.starts_with("hpt_"), "{key}");
    assert_eq!(world.run(&shell(line)).stdout(), "\n\n");
}

#[test]
fn a_program_that_looks_for_a_machine_of_googles_finds_one_where_that_is_asked_for() {
    let world = World::signed_in();
    world.run(&["set-quota-project", "demo-project"]);
    let line = r#"curl -s -H "Metadata-Flavor: Google" "http://$GCE_METADATA_HOST/computeMetadata/v1/instance/service-accounts/default/token"
        curl -s -H "Metadata-Flavor: Google" "http://$GCE_METADATA_HOST/computeMetadata/v1/project/project-id"
        test "$GCE_METADATA_IP$METADATA_SERVER_DETECTION" = "${GCE_METADATA_HOST}assume-present""#;
    let run = world.run(&["exec", "--metadata", "--", "sh", "-c", line]).done();
    let (token, project) = run.stdout.split_once('\n').expect("two replies");
    let token: Value = serde_json::from_str(token).expect("JSON");
    assert!(token["access_token"].as_str().expect("token").starts_with("ya29."));
    assert_eq!(project, "demo-project");
    assert_eq!(world.run(&shell("echo $GCE_METADATA_HOST")).stdout(), "\n");
}

#[test]
fn hallpass_itself_asks_the_agent_with_the_ticket() {
    let world = World::signed_in();
    world.run(&["set-quota-project", "demo-project"]);
    for line in ["hallpass models list", "hallpass generate hello", "hallpass count-tokens hello"] {
        let run = world.run(&shell(&line.replace("hallpass", HALLPASS))).done();
        assert!(!run.stdout.is_empty(), "{line}");
        assert!(run.stderr.contains("asking the agent at http://127.0.0.1:"), "{}", run.stderr);
        let asked = world.emulator.requests().pop().expect("a request");
        let project = asked.headers.get("x-goog-user-project").map(String::as_str);
        assert_eq!(project, Some("demo-project"), "{asked:?}");
    }
    // A token for what knows no agent: the agent's own is asked for, and its server alone.
    let show = r#"hallpass print-access-token; hallpass header; hallpass curl -s https://generativelanguage.googleapis.com/v1/models;
        hallpass doctor; hallpass exec -- sh -c 'curl -s "$GEMINI_API_BASE/models?key=$GOOGLE_API_KEY"'"#;
    let run = world.run(&shell(&show.replace("hallpass", HALLPASS))).done();
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(lines[0].starts_with("ya29."), "{}", run.stdout);
    assert_eq!(lines[1], format!("Authorization: Bearer {}", lines[0]));
    assert_eq!(run.stdout.matches("\"models/gemini-2.5-flash\"").count(), 2, "{}", run.stdout);
    assert!(
        run.stdout.contains("GOOGLE_API_KEY, GEMINI_API_KEY: the ticket of an agent"),
        "{}",
        run.stdout
    );
    // A sign-in that the command line names is used itself, and never shown to the agent.
    let line = format!("{HALLPASS} --token-file nowhere.json models list");
    let run = world.run(&shell(&line));
    assert!(run.stderr.contains("nowhere.json"), "{}", run.stderr);
}
