//! What a person sees at a terminal of 80 columns: lines that end between words, colour and none, one line for a wait.

use crate::elsewhere::Talk;
use hallpass_testbed::World;
use snapbox::{assert_data_eq, str};
use std::process::Stdio;

/// Runs a line at a terminal of 80 columns and returns all that it shows.
pub(crate) fn at_80_columns(world: &World, variables: &str, words: &str) -> String {
    let line =
        format!("stty cols 80 rows 24; {variables} {} {words}", env!("CARGO_BIN_EXE_hallpass"));
    let mut command = world.command_of("script", &["-qec", &line, "/dev/null"]);
    let output = command.stdin(Stdio::null()).output().expect("script");
    String::from_utf8(output.stdout).expect("UTF-8").replace('\r', "")
}

/// The same text without colour.
pub(crate) fn plain(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once('m').expect("a colour").1)
}

#[test]
fn no_word_is_broken_at_80_columns() {
    let world = World::signed_in();
    world.run(&["set-quota-project", "another-users-project"]);
    for words in ["demo", "doctor --online", "status", "setup --dry-run", "models get nothing"] {
        let text = plain(&at_80_columns(&world, "", words));
        assert!(text.lines().count() > 2, "{words}: {text}");
        for line in text.lines() {
            // A path or an address that fits nowhere stays whole.
            let longest = line.split(' ').map(|word| word.chars().count()).max();
            let too_long = longest.unwrap_or_default() > 50;
            assert!(line.chars().count() <= 80 || too_long, "{words}: {line}");
            // A command that fits in a row is copied whole.
            assert!(line.matches('`').count() % 2 == 0, "{words}: {text}");
        }
        // Whatever a line was broken into, its words are whole: the same words come through a pipe.
        if words != "demo" {
            let words: Vec<&str> = words.split(' ').collect();
            let run = world.run(&words);
            let whole = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            let (mut piped, mut shown) =
                (whole(&format!("{}{}", run.stdout, run.stderr)), whole(&text));
            piped.sort();
            shown.sort();
            assert_eq!(shown.len(), piped.len(), "{words:?}: {text}");
        }
    }
}

#[test]
fn the_help_fits_in_80_columns_and_its_lists_keep_their_form() {
    let world = World::new();
    for words in ["--help", "login --help", "curl --help", "help emulator"] {
        let text = plain(&at_80_columns(&world, "", words));
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{words}: {line}");
        }
    }
    let text = plain(&at_80_columns(&world, "", "--help"));
    let (_, lists) = text.split_once("Exit codes:\n").expect("exit codes");
    let (codes, variables) = lists.split_once("\n\nEnvironment:\n").expect("variables");
    assert_eq!(codes.lines().count(), 2, "{codes}");
    for line in variables.lines() {
        let name = line.strip_prefix("  ").unwrap_or_default();
        assert!(name.starts_with(|first: char| first.is_ascii_uppercase()), "{line:?}");
    }
}

#[test]
fn every_command_has_colour_at_a_terminal_and_none_where_it_is_not_wanted() {
    let world = World::signed_in();
    for words in ["doctor", "status", "demo", "logout --nonsense; true", "models get nothing"] {
        let shown = at_80_columns(&world, "", words);
        assert!(shown.contains("\u{1b}[") || words.contains("nonsense"), "{words}: {shown}");
        for variables in ["NO_COLOR=1", "TERM=dumb"] {
            let shown = at_80_columns(&world, variables, words);
            assert!(!shown.contains('\u{1b}'), "{variables} {words}: {shown:?}");
        }
    }
}

#[test]
fn a_wait_for_the_browser_is_one_line_and_a_dumb_terminal_gets_no_escapes() {
    let world = World::new();
    let words = "login --client-id-file client_secret.json --timeout 3";
    for variables in ["BROWSER='true %s'", "BROWSER='true %s' TERM=dumb"] {
        let shown = at_80_columns(&world, variables, words);
        let waits = shown.lines().filter(|line| line.contains("waiting for the browser")).count();
        assert_eq!(waits, 1, "{shown}");
        assert!(!shown.contains("\u{1b}[K"), "{shown:?}");
        assert!(!variables.contains("dumb") || !shown.contains('\u{1b}'), "{shown:?}");
    }
}

/// What stands on the terminal between the announcement of the emulator and the question.
fn asked_on_terminal(world: &World, address: &str) -> (String, Option<i32>) {
    let words = format!("login --remote-bootstrap='{address}'");
    let mut talk = Talk::on_terminal_with("stty cols 80;", world, &words);
    talk.says("n");
    let run = talk.end(world);
    let shown = world.redact(&plain(&run.stderr.replace('\r', "")));
    let (_, shown) = shown.split_once("not Google\n").expect("the emulator");
    let (shown, refused) = shown.split_once("proceed (y/N)? ").expect("the question");
    assert!(refused.ends_with("error: nothing was done\n"), "{refused}");
    (shown.to_owned(), run.code)
}

#[test]
fn remote_bootstrap_shows_who_asks_and_for_what_before_anything_is_opened() {
    let world = World::new();
    let page = format!("http://{}/o/oauth2/v2/auth", world.emulator.address());
    let begun = world.emulator.requests().len();
    let asked = "client_id=7-x.apps.googleusercontent.com&response_type=code";
    let scopes = "https://www.googleapis.com/auth/cloud-platform%20openid";
    let (shown, code) = asked_on_terminal(&world, &format!("{page}?{asked}&scope={scopes}"));
    assert_data_eq!(
        shown,
        str![[r#"
a program on another machine will get what you agree to in the browser:
  client 7-x.apps.googleusercontent.com
  scope  https://www.googleapis.com/auth/cloud-platform
  scope  openid
go on only if you started that sign-in yourself; "#]]
    );
    assert_eq!(code, Some(130));
    // What the address hides in a scope stands there in full; a scope given before counts, too.
    let tricky = "openid%1b%5b2J%0agoogle%e2%80%ae&include_granted_scopes=true";
    let (shown, _) = asked_on_terminal(&world, &format!("{page}?{asked}&scope={tricky}"));
    assert_eq!(
        shown.lines().skip(2).collect::<Vec<_>>(),
        [
            r"  scope  openid\u{1b}[2J",
            r"  scope  google\u{202e}",
            "  and every scope that you gave this client's project before",
            "go on only if you started that sign-in yourself; ",
        ]
    );
    assert_eq!(world.emulator.requests().len(), begun, "no page was asked for");
}

#[test]
fn a_healthy_doctor_says_so() {
    let world = World::signed_in();
    let run = world.run(&["doctor"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stderr.ends_with("✓ nothing is broken; one warning\n"), "{run:?}");
}
