//! From `client_secret.json` to an answer about one's own document, by the commands that docs/gemini.md prints.

use crate::terminal::{at_80_columns, plain};
use hallpass_testbed::World;
use serde_json::Value;

const PAGE: &str = include_str!("../../../../docs/gemini.md");

/// A PDF of one page with this line.
fn pdf(line: &str) -> String {
    let drawing = format!("BT /F1 12 Tf 72 720 Td ({line}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{drawing}\nendstream", drawing.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut table = String::new();
    for (number, object) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n \n", file.len());
        file += &format!("{} 0 obj\n{object}\nendobj\n", number + 1);
    }
    let at = file.len();
    file + &format!(
        "xref\n0 6\n0000000000 65535 f \n{table}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{at}\n%%EOF\n"
    )
}

/// Runs a line as it is printed.
fn run(world: &World, line: &str) -> hallpass_testbed::Run {
    let command = line.strip_prefix("hallpass ").expect("a command of ours");
    let line = format!("{} {command}", env!("CARGO_BIN_EXE_hallpass"));
    world.finish(world.command_of("sh", &["-c", &line]).output().expect("run"))
}

fn world() -> World {
    let world = World::new();
    world.write("report.pdf", &pdf("In May, 4812 lamps were sold. In June it rained."));
    world
}

#[test]
fn four_commands_lead_to_an_answer_about_a_pdf() {
    let world = world();
    let (_, block) = PAGE.split_once("```sh\n").expect("the commands");
    let (block, _) = block.split_once("```").expect("the commands");
    let lines: Vec<&str> = block.lines().collect();
    assert_eq!(lines.len(), 4, "{block}");
    let mut last = String::new();
    for line in lines {
        last = run(&world, line).stdout();
    }
    assert!(last.contains("4812 lamps were sold"), "{last}");
    let (_, sources) = last.split_once("\nSources:\n").expect("sources");
    assert!(sources.contains("1  report.pdf"), "{sources}");
    assert!(sources.contains("In May, 4812 lamps were sold."), "{sources}");
}

/// The README's way is the same, with a question without documents before it.
#[test]
fn readme_leads_to_an_answer_about_a_pdf() {
    let world = world();
    let readme = include_str!("../../../../README.md");
    let (_, way) = readme.split_once("## The real sign-in").expect("a section");
    let (way, _) = way.split_once("## Commands").expect("a section");
    let lines = way.lines().map(str::trim).filter(|line| {
        let words = ["login --client-id-file client_secret.json", "generate \"", "file-search "];
        let command = line.strip_prefix("hallpass ");
        command.is_some_and(|command| words.iter().any(|word| command.starts_with(word)))
    });
    let lines: Vec<&str> = lines.collect();
    let outputs: Vec<String> = lines.iter().map(|line| run(&world, line).stdout()).collect();
    assert!(lines.len() == 5 && lines[1].contains("generate"), "{lines:?}");
    assert!(!outputs[1].is_empty() && outputs[4].contains("4812 lamps were sold"), "{outputs:?}");
}

#[test]
fn two_commands_are_enough_for_one_question() {
    let world = world();
    world.login().done();
    let (_, command) = PAGE.split_once("two commands do: `login`, then `").expect("a command");
    let (command, _) = command.split_once('`').expect("a command");
    let answer = run(&world, &command.replace('\n', " ")).stdout();
    assert!(answer.contains("4812 lamps were sold"), "{answer}");
    assert!(!world.emulator.requests().iter().any(|request| request.path.contains("/files")));
}

#[test]
fn files_and_stores_live_and_end_at_the_emulator() {
    let world = world();
    world.login().done();
    world.write("notes.org", "* The keeper\nIts keeper was Ida Lewis.\n");
    let file = world.run(&["files", "upload", "notes.org"]).stdout();
    let file = file.trim_end();
    let list = world.run(&["files", "list"]).stdout();
    assert!(
        list.starts_with(file) && list.contains("notes.org") && list.contains("active"),
        "{list}"
    );
    let answer = world.run(&["generate", "--file", file, "Who was the keeper?"]).stdout();
    assert!(answer.contains("Its keeper was Ida Lewis."), "{answer}");

    let store = world.run(&["file-search", "create", "docs"]).stdout();
    let added = world.run(&["file-search", "add", "docs", file, "report.pdf"]).stdout();
    assert!(
        added.lines().count() == 2 && added.lines().all(|name| name.starts_with(store.trim_end())),
        "{added}"
    );
    let listed = world.run(&["file-search", "list", "--format", "json"]).stdout();
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    assert_eq!(listed[0]["activeDocumentsCount"], "2");
    let documents = world.run(&["file-search", "list", "docs"]).stdout();
    assert!(documents.contains("report.pdf") && documents.contains("active"), "{documents}");
    let answer = world.run(&["generate", "--file-search", "docs", "Who was the keeper?"]).stdout();
    assert!(
        answer.contains("Its keeper was Ida Lewis.") && answer.contains("\nSources:\n"),
        "{answer}"
    );

    let words = world.run(&["file-search", "add", "docs", "files/nothing"]).failed_with(3);
    assert!(words.contains("error: Google has no file `files/nothing`\n"), "{words}");
    let words = world.run(&["file-search", "delete", "docs"]).failed_with(3);
    assert!(words.contains("`hallpass file-search delete docs --force`"), "{words}");
    let document = added.lines().next().expect("a document");
    world.run(&["file-search", "delete", document]).done();
    world.run(&["file-search", "delete", "docs", "--force"]).done();
    world.run(&["files", "delete", file]).done();
    assert!(world.run(&["files", "list"]).stdout().is_empty());
    let words = world.run(&["files", "get", file]).failed_with(3);
    assert!(words.contains(&format!("error: Google has no file `{file}`\n")), "{words}");
}

#[test]
fn an_upload_shows_its_progress_on_a_terminal_and_nowhere_else() {
    let world = World::signed_in();
    world.write("large.txt", &"a".repeat(9 * 1024 * 1024));
    let progress = "uploading: 8192 KiB of 9216 KiB, large.txt (Ctrl-C ends it)";
    for variables in ["", "TERM=dumb"] {
        let shown = at_80_columns(&world, variables, "files upload large.txt");
        assert!(shown.contains(progress), "{shown}");
        let last = plain(&shown).lines().last().map(str::to_owned).unwrap_or_default();
        assert!(last.trim_start().starts_with("files/"), "{shown}");
        assert!(!variables.contains("dumb") || !shown.contains('\u{1b}'), "{shown:?}");
    }
    let run = world.run(&["files", "upload", "large.txt"]).done();
    assert!(!run.stderr.contains("uploading"), "{run:?}");
}

#[test]
fn a_document_that_cannot_be_read_is_said_with_googles_reason() {
    let world = world();
    world.login().done();
    world.write("photo.png", "\u{89}PNG no picture");
    world.run(&["file-search", "create", "docs"]).done();
    let run = world.run(&["file-search", "add", "docs", "report.pdf", "photo.png"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(run.stdout.lines().count(), 1, "the first one is in: {run:?}");
    assert!(
        run.stderr.contains("error: Google cannot index the document\n  caused by: "),
        "{run:?}"
    );
}
