//! The packing and the install script, with a shell script in the place of the program: seconds, at every change.
//!
//! Not here: the program itself, and what needs registries, Debian or wine (`cargo xtask dist --test`).

use super::*;
use crate::dist::{Binary, archives, catalogues, checksums};

/// Packs a shell script in the place of the program: what is tried here is the packing and the install script.
fn release(name: &str) -> Release {
    let folder = shell::root().join("target/dist-of-tests").join(name);
    let _ = fs::remove_dir_all(&folder);
    let work = folder.join("work");
    let path = work.join("hallpass");
    write(&path, &format!("#!/bin/sh\necho {DEMO_ENDS}\n")).unwrap();
    let mut allow = shell::command_of("chmod", &["755"]);
    shell::output({
        allow.arg(&path);
        allow
    })
    .unwrap();
    let pages = work.join("pages");
    write(&pages.join("man1/hallpass.1"), "").unwrap();
    for (_, name) in crate::dist::pages::COMPLETIONS {
        write(&pages.join("completions").join(name), "").unwrap();
    }
    let release = Release {
        folder: folder.join("release"),
        work,
        binaries: vec![Binary { triple: X86_64, path }],
        time: "1700000000".to_owned(),
        address: "https://download.invalid".to_owned(),
    };
    make_folder(&release.folder).unwrap();
    archives::make(&release, &pages).unwrap();
    catalogues::make(&release).unwrap();
    checksums(&release).unwrap();
    release
}

#[test]
fn the_install_script_refuses_and_leaves_nothing_half_installed() {
    let release = release("refuses");
    let trial = Trial { release: &release, folder: release.work.join("trial") };
    trial.install_script_refuses().unwrap();
}

#[test]
fn the_install_script_leaves_the_program_alone_in_its_folder() {
    let release = release("installs");
    let trial = Trial { release: &release, folder: release.work.join("trial") };
    let root = trial.root("script").unwrap();
    // Twice: the second time over what is there.
    for _ in 0..2 {
        shell::output(trial.script(&root, &release.folder)).unwrap();
        let told = shell::output(command(root.join("hallpass"))).unwrap();
        assert_eq!(told.trim(), DEMO_ENDS);
        holds_only(&root, &["hallpass"]).unwrap();
    }
}

#[test]
fn the_sums_of_other_files_are_those_of_the_release() {
    let release = release("sums");
    let trial = Trial { release: &release, folder: release.work.join("trial") };
    trial.checksums().unwrap();
    let formula = read(&trial.file("hallpass.rb")).unwrap();
    let archive = trial.file(&format!("hallpass-{VERSION}-{X86_64}.tar.gz"));
    let sum = checksum(&archive).unwrap();
    assert!(formula.contains(&sum), "the formula does not name the archive's sum");
    write(&trial.file("hallpass.rb"), &formula.replace(&sum, &"0".repeat(64))).unwrap();
    checksums(&release).unwrap();
    let told = trial.checksums().unwrap_err();
    assert!(told.contains("1 checksums that SHA256SUMS has not"), "{told}");
}

/// The lines that the README gives for a try are those that are tried.
#[test]
fn the_readmes_lines_are_tried() {
    let readme = read(&shell::root().join("README.md")).unwrap();
    for line in [PIP, UVX, NPM, NPX] {
        assert!(readme.contains(line), "the README does not say `{line}`");
    }
}
