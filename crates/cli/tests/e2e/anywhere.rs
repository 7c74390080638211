//! One story on every system: here, and where `cargo xtask platforms` runs it (Windows under wine, arm64 under qemu).

use hallpass_testbed::World;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

const MODELS: &str = "https://generativelanguage.googleapis.com/v1/models";

/// A shell that runs one line.
const SHELL: [&str; 2] = if cfg!(windows) { ["cmd", "/c"] } else { ["sh", "-c"] };

/// The words that show a variable and end with a code of their own.
fn show_and_end_with(variable: &str, code: u8) -> String {
    if cfg!(windows) {
        format!("echo %{variable}%& exit {code}")
    } else {
        format!("echo ${variable}; exit {code}")
    }
}

#[test]
fn a_sign_in_from_login_to_logout() {
    let world = World::new();
    world.login().done();
    let token = world.run(&["print-access-token"]).stdout();
    assert!(token.starts_with("ya29.") && token.ends_with('\n'), "{token}");
    assert_eq!(world.run(&["print-access-token"]).stdout(), token, "from the side record");
    assert!(world.run(&["status"]).stdout().contains("application_default_credentials.json"));
    world.run(&["doctor"]).done();
    world.run(&["doctor", "--online"]);
    world.run(&["set-quota-project", "demo-project"]).done();
    let listed = world.run(&["models", "list"]).stdout();
    assert!(listed.contains("gemini-2.5-flash"), "{listed}");
    world.run(&["login", "--profile", "work", "--scopes", "cloud-platform,openid,email"]).done();
    assert!(world.run(&["profile", "list"]).stdout().contains("work  ada@example.com"));
    world.run(&["export", "--out", "carried.json"]).done();
    world.run(&["profile", "delete", "work"]).done();
    world.run(&["logout"]).done();
    assert!(!world.adc().exists());
    assert_eq!(world.run(&["print-access-token"]).code, Some(4));
}

/// Files with the ends of lines that Windows' editors write.
#[test]
fn an_answer_from_the_model_from_a_file_and_in_a_conversation() {
    let world = World::signed_in();
    let text = world.run(&["generate", "Why is the sky blue?"]).stdout();
    assert!(text.ends_with("ends: Why is the sky blue?\n"), "{text}");
    world.write("notes.txt", "Built in 1871.\r\nIts keeper was Ida Lewis.\r\n");
    let file = world.run(&["files", "upload", "notes.txt"]).stdout();
    let asked = ["generate", "--file", file.trim_end(), "Who was the keeper?"];
    let answer = world.run(&asked).stdout();
    assert!(answer.contains("Its keeper was Ida Lewis."), "{answer}");
    world.run(&["file-search", "create", "docs"]).done();
    world.run(&["file-search", "add", "docs", "notes.txt"]).done();
    let answer = world.run(&["file-search", "ask", "docs", "Who was the keeper?"]).stdout();
    assert!(answer.contains("Ida Lewis") && answer.contains("\nSources:\n"), "{answer}");

    for reply in ["One.", "Two."] {
        world.emulator.reply("gemini-flash-latest", reply);
    }
    let mut chat = world.command(&["chat"]);
    chat.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut chat = chat.spawn().expect("start");
    let lines = b"first\r\nsecond\r\n/exit\r\nthird\r\n";
    chat.stdin.take().expect("input").write_all(lines).expect("write");
    let run = world.finish(chat.wait_with_output().expect("end"));
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "One.\nTwo.\n"), "{run:?}");
}

#[test]
fn a_refresh_is_written_down_and_read_by_the_next_command() {
    let world = World::signed_in();
    let before = world.token_requests("refresh_token");
    world.expire_access_token();
    let token = world.run(&["print-access-token"]).stdout();
    for _ in 0..2 {
        assert_eq!(world.run(&["print-access-token"]).stdout(), token);
    }
    assert_eq!(world.token_requests("refresh_token"), before + 1);
}

#[test]
fn exec_ends_as_the_program_ends() {
    let world = World::signed_in();
    for code in [0, 7] {
        let line = show_and_end_with("GEMINI_API_KEY", code);
        let run = world.run(&["exec", "--", SHELL[0], SHELL[1], &line]);
        assert!(run.stdout.starts_with("hpt_"), "{run:?}");
        assert_eq!(
            (run.code, run.stderr.lines().count()),
            (Some(code.into()), 1),
            "{}",
            run.stderr
        );
    }
    assert_eq!(world.run(&["exec", "--env", "PATH", "--", "true"]).code, Some(2));
}

/// A standing agent that is told to stop at the end.
struct Agent<'a>(&'a World);

impl Agent<'_> {
    fn status(&self) -> Value {
        let told = self.0.run(&["agent", "status", "--format", "json"]).stdout();
        serde_json::from_str(&told).expect("JSON")
    }

    /// Returns the status of a request for models with this key.
    fn models(&self, key: &str) -> String {
        let address = self.status()["address"].as_str().expect("an address").to_owned();
        let mut stream = TcpStream::connect(&address).expect("connect");
        let request = format!(
            "GET /v1beta/models HTTP/1.1\r\nHost: {address}\r\nx-goog-api-key: {key}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).expect("write");
        let mut reply = String::new();
        stream.read_to_string(&mut reply).expect("read");
        reply.split(' ').nth(1).expect("a status").to_owned()
    }
}

impl Drop for Agent<'_> {
    fn drop(&mut self) {
        self.0.run(&["agent", "stop"]);
    }
}

/// The first command's streams are read to their end here: an agent that held them would never let it return.
#[test]
fn a_standing_agent_lends_the_sign_in_until_it_is_stopped() {
    let world = World::signed_in();
    let none = world.run(&["agent", "status"]).failed_with(1);
    assert!(none.contains("no agent runs") && none.contains("hallpass agent start"), "{none}");
    let started = world.run(&["agent", "start", "--detach"]).stdout();
    let agent = Agent(&world);
    let address = agent.status()["address"].as_str().expect("an address").to_owned();
    assert_eq!(started.trim_end(), format!("http://{address}"));
    assert!(world.run(&["agent", "start"]).failed_with(2).contains("an agent runs already"));

    let ticket = world.run(&["agent", "ticket", "new", "my-app"]).stdout();
    assert_eq!(agent.models(ticket.trim_end()), "200");
    assert_eq!(agent.models("hpt_of-another-agent"), "401");
    assert!(world.run(&["agent", "ticket", "list"]).stdout().contains("  my-app  1 uses"));
    let lines = world.run(&["agent", "env", "other"]).stdout();
    let begin =
        if cfg!(windows) { "$env:GEMINI_API_KEY = 'hpt_" } else { "export GEMINI_API_KEY='hpt_" };
    assert!(lines.lines().any(|line| line.starts_with(begin)), "{lines}");

    world.run(&["agent", "stop"]).done();
    world.run(&["agent", "status"]).failed_with(1);
    world.run(&["agent", "start", "--detach"]).done();
    assert_eq!(agent.status()["address"], address, "programs find it again");
    assert_eq!(agent.models(ticket.trim_end()), "200");
    world.run(&["agent", "ticket", "revoke", "--all"]).done();
    assert_eq!(agent.models(ticket.trim_end()), "401");
}

#[test]
fn curl_ends_as_curl_ends_and_keeps_the_users_input() {
    let world = World::signed_in();
    let models = world.run(&["curl", MODELS, "-s"]).stdout();
    assert!(models.contains("models/gemini-2.5-flash"), "{models}");
    let missing = world.run(&["curl", &format!("{MODELS}/none"), "-s", "-f"]);
    assert_eq!(missing.code, Some(22), "{}", missing.stderr);
    let before = world.files();
    let mut command = world.command(&["curl", MODELS, "-s", "-d", "@-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("start");
    child.stdin.take().expect("input").write_all(b"grant_type=from+the+user").expect("write");
    assert!(child.wait().expect("end").success());
    let asked = world.emulator.requests().pop().expect("a request");
    assert_eq!(asked.form["grant_type"], "from the user");
    assert_eq!(world.files(), before, "nothing is left");
}

#[test]
fn the_emulator_is_ready_with_paths_that_every_program_takes() {
    let world = World::new();
    let mut command = world.command(&["emulator", "--listen", "127.0.0.1:0", "--dir", "google"]);
    command.args(["--proxy", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("start");
    let mut line = String::new();
    let output = child.stdout.take().expect("output");
    BufReader::new(output).read_line(&mut line).expect("the ready line");
    child.kill().expect("end");
    child.wait().expect("end");
    let ready: Value = serde_json::from_str(&line).expect("JSON");
    for file in ["client_secret_file", "ca_file"] {
        let path = std::path::Path::new(ready[file].as_str().expect("a path"));
        assert!(path.is_absolute() && path.exists(), "{line}");
        assert!(!line.contains(r"\\?\") && !line.contains(r"\\\\?\\"), "{line}");
    }
}

/// Names that are one folder on Windows or on a Mac are two on Linux; a device is in every folder of Windows.
#[test]
fn profiles_that_some_systems_do_not_tell_apart_are_refused() {
    let world = World::new();
    world.login().done();
    world.run(&["login", "--profile", "work"]).done();
    for name in ["Work", "WORK", "work.", "nul", "Con.x", "lpt1"] {
        let run = world.run(&["login", "--profile", name]);
        assert!(run.stderr.contains("cannot be the name of a profile"), "{name}: {run:?}");
        assert_eq!(run.code, Some(2));
    }
    world.run(&["print-access-token", "--profile", "work"]).done();
}

#[cfg(windows)]
mod windows {
    use super::*;
    use std::net::TcpListener;
    use std::process::Child;

    /// An agent that is killed at the end.
    struct Killed(Child);

    impl Drop for Killed {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    /// Returns what comes back at a port for these words, at most a line.
    fn say(port: u16, words: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("connect");
        stream.write_all(words.as_bytes()).expect("write");
        let mut line = String::new();
        let _ = BufReader::new(stream).read_line(&mut line);
        line
    }

    /// Every program of the machine can reach the port: what opens it is in a file of the user's alone.
    #[test]
    fn a_standing_agent_and_a_command_know_each_other_by_words_in_a_private_file() {
        let world = World::signed_in();
        let mut agent = Killed(world.start(&["agent", "start"], &[]));
        let mut ready = String::new();
        BufReader::new(agent.0.stdout.take().expect("output")).read_line(&mut ready).expect("line");
        let file = world.path("hallpass/agent/control.json");
        assert_eq!(hallpass::store::other_reader(&file).expect("a list"), None);
        let told: Value = world.json("hallpass/agent/control.json");
        let port = u16::try_from(told["port"].as_u64().expect("a port")).expect("a port");
        let word = |name: &str| told[name].as_str().expect("a word").to_owned();
        let (asks, answers) = (word("asks"), word("answers"));
        assert_eq!(asks.len(), 64);
        assert_ne!(asks, answers);

        assert_eq!(say(port, &format!("{asks}\n")), format!("{answers}\n"));
        let status = "{\"do\":\"status\"}\n";
        let other = asks.replace(&asks[..1], if asks.starts_with('0') { "1" } else { "0" });
        for first in [other.as_str(), "", &asks[..63], answers.as_str()] {
            assert_eq!(say(port, &format!("{first}\n{status}")), "", "{first}");
        }
        // One that says nothing keeps no command waiting.
        let _silent = TcpStream::connect(("127.0.0.1", port)).expect("connect");
        world.run(&["agent", "status"]).done();

        // It is killed, and another program takes its port.
        drop(agent);
        let impostor = TcpListener::bind(("127.0.0.1", port)).expect("the port");
        let heard = std::thread::spawn(move || {
            let (mut stream, _) = impostor.accept().expect("a command");
            stream.write_all(b"{\"ticket\":\"hpt_of-an-impostor\"}\n").expect("write");
            let mut heard = String::new();
            stream.read_to_string(&mut heard).map(|_| heard)
        });
        let told = world.run(&["agent", "ticket", "new", "my-app"]).failed_with(1);
        assert!(told.contains("no agent runs"), "{told}");
        let heard = heard.join().expect("the impostor").unwrap_or_default();
        assert!(!heard.contains("my-app"), "it was asked: {heard}");
    }

    #[test]
    fn exec_finds_a_script_by_its_name_alone() {
        let world = World::signed_in();
        world.write("bin/tool.cmd", "@echo from %1\r\n");
        let path = world.path_with("bin");
        let run = world.run_with(&["exec", "--", "tool", "a b"], &[("PATH", &path)]);
        assert_eq!(run.stdout().trim_end(), "from \"a b\"");
        for name in ["Path", "PATHEXT", "ComSpec"] {
            assert_eq!(world.run(&["exec", "--env", name, "--", "tool"]).code, Some(2), "{name}");
        }
    }

    #[test]
    fn gcloud_is_itself_in_any_capitals_and_as_a_script() {
        let world = World::signed_in();
        let token = world.run(&["print-access-token"]).stdout();
        let hallpass = world.command(&[]).get_program().to_owned();
        world
            .write("bin/gcloud.cmd", &format!("@\"{}\" gcloud %*\r\n", hallpass.to_string_lossy()));
        std::fs::copy(&hallpass, world.path("bin/GCLOUD.EXE")).expect("copy");
        for program in ["bin/GCLOUD.EXE", "bin/gcloud.cmd"] {
            let words = ["auth", "application-default", "print-access-token"];
            let output = world.command_of(world.path(program), &words).output().expect("run");
            assert_eq!(
                String::from_utf8_lossy(&output.stdout).trim_end(),
                token.trim_end(),
                "{program}"
            );
        }
    }

    /// Another program that reads the file keeps it open, as editors and virus scanners do.
    #[test]
    fn a_file_that_another_program_reads_is_replaced_all_the_same() {
        let world = World::signed_in();
        let reader = std::fs::File::open(world.adc()).expect("open");
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(std::time::Duration::from_millis(300));
                drop(reader);
            });
            world.run(&["set-quota-project", "demo-project"]).done();
        });
        assert_eq!(world.json(world.adc())["quota_project_id"], "demo-project");
    }

    /// Opens a file to everybody.
    fn open_to_all(path: &std::path::Path) {
        use windows_permissions::constants::{SeObjectType::SE_FILE_OBJECT, SecurityInformation};
        use windows_permissions::{LocalBox, SecurityDescriptor, wrappers::SetNamedSecurityInfo};

        let list: LocalBox<SecurityDescriptor> = "D:P(A;;FA;;;WD)".parse().expect("list");
        let what = SecurityInformation::Dacl | SecurityInformation::ProtectedDacl;
        SetNamedSecurityInfo(path, SE_FILE_OBJECT, what, None, None, list.dacl(), None)
            .expect("set");
    }

    #[test]
    fn doctor_finds_a_file_that_others_can_read_and_the_next_command_that_writes_it_ends_that() {
        let world = World::signed_in();
        let doctor = |verdict: &str| {
            let run = world.run(&["doctor", "--format", "json"]);
            let told: Value = serde_json::from_str(&run.stdout).expect("JSON");
            let checks = told["checks"].as_array().expect("checks");
            let check = checks.iter().find(|check| check["code"] == "permissions").expect("check");
            assert_eq!(check["verdict"], verdict, "{check}");
            check.to_string()
        };
        doctor("ok");
        open_to_all(&world.adc());
        let told = doctor("broken");
        assert!(told.contains("every user of this machine") && told.contains("icacls"), "{told}");
        world.run(&["set-quota-project", "demo-project"]).done();
        doctor("ok");
    }

    #[test]
    fn hints_are_for_the_shell_of_this_system() {
        let world = World::new();
        let run =
            world.run_with(&["print-access-token"], &[("HALLPASS_EMULATOR_HOST", "127.0.0.1:1")]);
        assert!(!run.stderr.contains("unset "), "{}", run.stderr);
    }
}
