//! Signing in where no browser is: two machines, a pasted address, two steps.

use hallpass_testbed::{LOGIN, Run, World};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A program that talks until it wants a line.
pub(crate) struct Talk {
    process: Child,
    said: String,
    is_terminal: bool,
    reader: BufReader<Box<dyn Read>>,
}

impl Talk {
    /// Runs without a terminal; its words come on standard error.
    fn piped(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("start");
        let stderr: Box<dyn Read> = Box::new(process.stderr.take().expect("stderr"));
        Self { process, said: String::new(), is_terminal: false, reader: BufReader::new(stderr) }
    }

    /// Runs on a terminal, where all words come together.
    pub(crate) fn on_terminal(world: &World, words: &str) -> Self {
        Self::on_terminal_with("", world, words)
    }

    pub(crate) fn on_terminal_with(variables: &str, world: &World, words: &str) -> Self {
        let line = format!("{variables} {} {words}", env!("CARGO_BIN_EXE_hallpass"));
        let mut command = world.command_of("script", &["-qec", &line, "/dev/null"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("script");
        let stdout: Box<dyn Read> = Box::new(process.stdout.take().expect("stdout"));
        Self { process, said: String::new(), is_terminal: true, reader: BufReader::new(stdout) }
    }

    /// Reads on until a line holds this.
    pub(crate) fn until(&mut self, wanted: &str) -> String {
        loop {
            let mut line = String::new();
            let read = self.reader.read_line(&mut line).expect("a line");
            assert_ne!(read, 0, "`{wanted}` never came: {}", self.said);
            self.said.push_str(&line);
            if line.contains(wanted) {
                return line.trim().to_owned();
            }
        }
    }

    pub(crate) fn says(&mut self, line: &str) {
        writeln!(self.process.stdin.as_mut().expect("stdin"), "{line}").expect("write");
    }

    pub(crate) fn end(mut self, world: &World) -> Run {
        self.process.stdin = None;
        self.reader.read_to_string(&mut self.said).expect("the rest");
        let mut output = self.process.wait_with_output().expect("the end");
        output.stderr = self.said.into_bytes();
        // On a terminal, what was typed and what the other machine gets come together with the rest.
        if self.is_terminal { world.left_behind(output) } else { world.finish(output) }
    }
}

/// Where a browser ends that agrees to everything: the address of a page that it need not reach.
fn ends_at(world: &World, address: &str) -> String {
    let target = address.split_once(&world.emulator.address().to_string()).expect("ours").1;
    let mut stream = TcpStream::connect(world.emulator.address()).expect("connect");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("limit");
    let host = world.emulator.address();
    write!(stream, "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
        .expect("send");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("reply");
    let location = reply.lines().find_map(|line| line.strip_prefix("location: "));
    location.unwrap_or_else(|| panic!("no redirect: {reply}")).to_owned()
}

#[test]
#[cfg_attr(windows, ignore = "needs a terminal, which `script` makes")]
fn one_machine_asks_the_other_machine_agrees() {
    let (here, browser_side) = (World::new(), World::new());
    let mut first = Talk::piped(here.command(&[&LOGIN[..], &["--no-browser"]].concat()));
    let line = first.until("hallpass login --remote-bootstrap=");
    let address = line.split('"').nth(1).expect("quoted").to_owned();
    assert!(address.ends_with("&token_usage=remote"), "{address}");

    // Two machines, one Google.
    let google = format!("HALLPASS_EMULATOR_HOST={}", here.emulator.address());
    let words = format!("login --remote-bootstrap='{address}'");
    let mut second = Talk::on_terminal_with(&google, &browser_side, &words);
    second.until("client 710000000001-");
    second.until("scope  https://www.googleapis.com/auth/cloud-platform");
    second.says("Yes");
    let answer = second.until("https://localhost:");
    assert_eq!(second.end(&browser_side).code, Some(0));
    assert!(browser_side.files() == ["client_secret.json"], "nothing is left on that machine");

    first.says(&answer);
    first.end(&here).done();
    assert!(here.adc().exists());
    assert!(here.run(&["models", "list"]).stdout().contains("models/gemini-2.5-flash"));
}

#[test]
fn without_hallpass_on_the_other_machine_any_browser_will_do() {
    for form in ["address", "https", "query", "code"] {
        let world = World::new();
        let mut login = Talk::piped(world.command(&[&LOGIN[..], &["--no-browser"]].concat()));
        let address = login.until("redirect_uri=http%3A%2F%2Flocalhost%3A1%2F");
        let end = ends_at(&world, &address);
        assert!(end.starts_with("http://localhost:1/?state="), "{end}");
        let query = end.split_once('?').expect("a query").1.to_owned();
        let code = query.split('&').find_map(|pair| pair.strip_prefix("code=")).expect("a code");
        login.says(&match form {
            "https" => end.replace("http://localhost:1", "https://elsewhere.example:1"),
            "query" => query.clone(),
            "code" => code.to_owned(),
            _ => end,
        });
        let run = login.end(&world);
        // The bare code and the query name no port, so the address that was asked with counts.
        assert_eq!(run.code, Some(0), "{form}: {run:?}");
        assert!(world.adc().exists());
    }
}

#[test]
#[cfg_attr(windows, ignore = "needs a terminal, which `script` makes")]
fn on_a_terminal_without_a_browser_a_pasted_address_ends_the_wait() {
    let world = World::new();
    let words = format!("{} --no-launch-browser", LOGIN.join(" "));
    let mut login = Talk::on_terminal(&world, &words);
    let address = login.until("/o/oauth2/");
    let end = ends_at(&world, &address);
    assert!(end.starts_with("http://127.0.0.1:"), "{end}");
    // Two slips of the hand, and the wait goes on.
    login.says("two words");
    login.until("cannot use this");
    login.says(&end.replace("state=", "state=x"));
    login.until("cannot use this");
    let asked = world.token_requests("authorization_code");
    login.says("hello");
    login.until("cannot use this: this is not the address of a page and not a code");
    assert_eq!(world.token_requests("authorization_code"), asked, "a word is not sent");
    login.says("4/0Aunknown-code");
    login.until("cannot use this: Google no longer accepts the code");
    login.says(&address);
    login.until("cannot use this: this is the address to open");
    login.says(&end);
    login.end(&world).done();
    assert!(world.adc().exists());
}

#[test]
#[cfg_attr(windows, ignore = "needs a terminal, which `script` makes")]
fn a_person_at_a_terminal_is_told_what_is_waited_for_and_a_pipe_is_not() {
    let world = World::new();
    let browser = [("BROWSER", "true %s")];
    let words = format!("{} --timeout 2", LOGIN.join(" "));
    let line = format!("BROWSER='true %s' {} {words}", env!("CARGO_BIN_EXE_hallpass"));
    let mut command = world.command_of("script", &["-qec", &line, "/dev/null"]);
    let output = command.stdin(Stdio::piped()).output().expect("script");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("waiting for")).collect();
    assert_eq!(lines, ["waiting for the browser (Ctrl-C ends it)"], "once: {text:?}");
    assert!(text.contains("paste that page's address here:"), "{text:?}");
    assert!(!text.contains("\u{1b}[K"), "what is typed meanwhile is not wiped away: {text:?}");
    let piped = world.run_with(&[&LOGIN[..], &["--timeout", "1"]].concat(), &browser);
    assert!(!piped.words.contains("waiting for"), "{}", piped.words);
}

#[test]
#[cfg_attr(windows, ignore = "Windows always has a browser")]
fn why_there_is_no_browser_is_said() {
    let world = World::new();
    for (name, words) in [
        ("SSH_CONNECTION", "there is no browser here (this is an SSH session)"),
        ("WSL_DISTRO_NAME", "there is no browser here ("),
    ] {
        let login = [&LOGIN[..], &["--timeout", "1"]].concat();
        let run = world.run_with(&login, &[("BROWSER", ""), (name, "x")]);
        assert!(run.words.contains(words), "{}", run.words);
        assert!(run.words.contains("ssh -L "), "{}", run.words);
    }
}

#[test]
fn two_steps_need_no_terminal_and_no_waiting_process() {
    let world = World::new();
    let first =
        world.run(&[&LOGIN[..], &["--step", "1", "--quota-project", "demo-project"]].concat());
    assert_eq!(first.code, Some(0), "{first:?}");
    #[cfg(unix)]
    assert_eq!(world.mode("hallpass/pending/sign-in.json"), 0o600);
    let end = ends_at(&world, first.stdout.trim());
    // A slip of the mouse costs nothing.
    assert_eq!(world.run(&["login", "--step", "2", "two words"]).code, Some(2));
    assert_eq!(world.run(&["login", "--step", "2", "4/0Aunknown-code"]).code, Some(1));
    assert!(
        first.words.contains("\n  https://www.googleapis.com/auth/cloud-platform\n"),
        "{first:?}"
    );
    world.run(&["login", "--step", "2", &end]).done();
    assert_eq!(world.json(world.adc())["quota_project_id"], "demo-project");
    assert!(!world.path("hallpass/pending/sign-in.json").exists());
    assert_eq!(world.run(&["login", "--step", "2", &end]).code, Some(2), "only once");
    let hint = "then run `hallpass login --step 2` and paste the address of that page there\n";
    assert!(first.words.contains(hint), "where other users cannot read it: {first:?}");
    // Into a token.json, with the address on standard input.
    let login = [&LOGIN[..], &["--step", "1", "--token-file", "token.json"]].concat();
    let end = ends_at(&world, world.run(&login).stdout.trim());
    let mut second = Talk::piped(world.command(&["login", "--step", "2"]));
    second.says(&end);
    assert_eq!(second.end(&world).code, Some(0));
    assert!(world.path("token.json").exists());
}

#[test]
#[cfg_attr(windows, ignore = "needs a terminal, which `script` makes")]
fn the_second_step_asks_for_the_address_so_that_it_stands_in_no_list_of_processes() {
    let world = World::new();
    let first = world.run(&[&LOGIN[..], &["--step", "1"]].concat());
    let end = ends_at(&world, first.stdout.trim());
    let mut second = Talk::on_terminal(&world, "login --step 2");
    second.says(&end);
    let run = second.end(&world);
    let question = "the address of the page that cannot be reached: ";
    assert!(run.stderr.contains(question), "{run:?}");
    assert!(run.stderr.contains("✓") && world.adc().exists(), "{run:?}");
    // Without an address and with nothing to read, nothing is lost.
    let first = world.run(&[&LOGIN[..], &["--step", "1"]].concat());
    let end = ends_at(&world, first.stdout.trim());
    let words = world.run(&["login", "--step", "2"]).failed_with(2);
    assert!(words.contains("no answer was given"), "{words}");
    assert!(words.contains("hint: run `hallpass login --step 2` again"), "{words}");
    world.run(&["login", "--step", "2", &end]).done();
}

#[test]
#[cfg_attr(windows, ignore = "needs a terminal, which `script` makes")]
fn the_end_of_input_ends_the_wait_for_the_other_machines_answer() {
    let world = World::new();
    let mut login = Talk::on_terminal(&world, &format!("{} --no-browser", LOGIN.join(" ")));
    login.until("redirect_uri=http%3A%2F%2Flocalhost%3A1%2F");
    // An empty line is a slip, Ctrl-D is not.
    login.says("");
    login.says("\u{4}");
    let run = login.end(&world);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert_eq!(run.stderr.matches("cannot use this: no answer was given").count(), 1, "{run:?}");
}

#[test]
fn a_first_step_is_forgotten_after_an_hour() {
    let world = World::new();
    let first = world.run(&[&LOGIN[..], &["--step", "1"]].concat());
    let end = ends_at(&world, first.stdout.trim());
    world.emulator.advance(Duration::from_secs(2 * 60 * 60));
    let words = world.run(&["login", "--step", "2", &end]).failed_with(2);
    assert!(words.contains("over an hour old"), "{words}");
    assert!(!world.path("hallpass/pending/sign-in.json").exists());
}

#[test]
fn answers_that_are_none_are_refused_and_nothing_is_saved() {
    let world = World::new();
    for (answer, code, words) in [
        ("", 2, "no answer was given"),
        ("https://localhost:1/?state=forged&code=forged", 1, "does not belong to this sign-in"),
        ("two words", 2, "not the address of a page and not a code"),
        ("4/0Aunknown-code", 1, "Google no longer accepts the code"),
    ] {
        let mut login = Talk::piped(world.command(&[&LOGIN[..], &["--no-browser"]].concat()));
        login.says(answer);
        let run = login.end(&world);
        assert_eq!(run.code, Some(code), "{answer}: {run:?}");
        assert!(run.words.contains(words), "{answer}: {}", run.words);
        assert!(!world.adc().exists());
    }
    let google =
        format!("http://{}/o/oauth2/v2/auth?client_id=c&scope=openid", world.emulator.address());
    let arguments = ["login", "--remote-bootstrap", &google];
    assert!(world.run(&arguments).failed_with(2).contains("there is no terminal to confirm on"));
    for stranger in [
        "https://evil.example/o/oauth2/auth?scope=openid",
        "https://accounts.google.com/o/oauth2/auth",
        "https://accounts.google.com.evil.example/",
    ] {
        let words = world.run(&["login", "--remote-bootstrap", stranger]).failed_with(2);
        assert!(words.contains("is not below http://127.0.0.1:"), "{words}");
    }
    let emulator = format!("http://{}", world.emulator.address());
    for (address, why) in [
        ("ServiceLogin?continue=https://evil.example", "is not an authorization page"),
        ("o/oauth2/v2/auth/x?client_id=c&scope=openid", "is not an authorization page"),
        ("o/oauth2/v2/auth?client_id=c&scope=openid&scope=email", "has `scope` twice"),
        ("o/oauth2/v2/auth?client_id=c", "does not say which client asks"),
        ("o/oauth2/v2/auth?scope=openid", "does not say which client asks"),
        ("o/oauth2/v2/auth?client_id=c&scope=openid&request=eyJ", "hides what it asks for"),
    ] {
        let address = format!("{emulator}/{address}");
        let words = world.run(&["login", "--remote-bootstrap", &address]).failed_with(2);
        assert!(words.contains(why), "{address}: {words}");
    }
    let at_google = [("HALLPASS_EMULATOR_HOST", "")];
    let arguments = ["login", "--remote-bootstrap", "https://accounts.google.com.evil.example/"];
    let words = world.run_with(&arguments, &at_google).failed_with(2);
    assert!(words.contains("is not below https://accounts.google.com/"), "{words}");
    for arguments in [
        &["login", "--step", "2", "--scopes", "openid", "x"][..],
        &["login", "--step", "1", "x"],
        &["login", "--no-browser", "--port", "1"],
        &["login", "--remote-bootstrap", "x", "--scopes", "openid"],
        &["login", "--step", "3"],
        &["login", "--no-browser", "--timeout", "9"],
        &["login", "address"],
    ] {
        assert_eq!(world.run(arguments).code, Some(2), "{arguments:?}");
    }
}
