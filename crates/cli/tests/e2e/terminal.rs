//! What a person sees at a terminal of 80 columns: lines that end between words, colour and none, one line for a wait.

use hallpass_testbed::World;
use std::process::Stdio;

/// Runs a line at a terminal of 80 columns and returns all that it shows.
fn at_80_columns(world: &World, variables: &str, words: &str) -> String {
    let line = format!("stty cols 80; {variables} {} {words}", env!("CARGO_BIN_EXE_hallpass"));
    let mut command = world.command_of("script", &["-qec", &line, "/dev/null"]);
    let output = command.stdin(Stdio::null()).output().expect("script");
    String::from_utf8(output.stdout).expect("UTF-8").replace('\r', "")
}

/// The same text without colour.
fn plain(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once('m').expect("a colour").1)
}

#[test]
fn no_word_is_broken_at_80_columns() {
    let world = World::signed_in();
    world.run(&["set-quota-project", "somebody-elses-project"]);
    for words in ["demo", "doctor --online", "status", "setup --dry-run", "models get nothing"] {
        let text = plain(&at_80_columns(&world, "", words));
        assert!(text.lines().count() > 2, "{words}: {text}");
        for line in text.lines() {
            // A path or an address that fits nowhere stays whole.
            let longest = line.split(' ').map(|word| word.chars().count()).max();
            let too_long = longest.unwrap_or_default() > 50;
            assert!(line.chars().count() <= 80 || too_long, "{words}: {line}");
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

#[test]
fn a_healthy_doctor_says_so() {
    let world = World::signed_in();
    let run = world.run(&["doctor"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stderr.ends_with("✓ nothing is broken; one warning\n"), "{run:?}");
}
