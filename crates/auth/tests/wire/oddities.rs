//! Files as they lie about, and what becomes of them: tests/oddities, with one table of verdicts.
//!
//! The table is for other languages' clients to be compared with, too. No file may be without a verdict.

use hallpass::adc::{Loader, Summary};
use hallpass::file::TokenFile;
use hallpass::http::HttpClient;
use hallpass::store::MemoryStore;
use hallpass::{Error, ErrorKind};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oddities")
}

/// The verdicts of the table for one folder, by file.
fn table(kind: &str) -> BTreeMap<String, String> {
    let text = fs::read_to_string(folder().join("verdicts.tsv")).expect("verdicts");
    let rows = text.lines().skip(1).map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [file, verdict, _why] = fields.as_slice() else { panic!("three fields: {line}") };
        ((*file).to_owned(), (*verdict).to_owned())
    });
    rows.filter(|(file, _)| file.starts_with(kind)).collect()
}

/// What `judge` says of every file of one folder.
fn verdicts(
    kind: &str,
    judge: impl Fn(&Path) -> Result<String, Error>,
) -> BTreeMap<String, String> {
    let files = fs::read_dir(folder().join(kind)).expect("folder");
    let judged = files.map(|file| {
        let file = file.expect("file");
        let verdict = judge(&file.path()).unwrap_or_else(|error| {
            let text = format!("{error} {error:?}");
            assert!(!text.contains("marked") && !text.contains('\u{1b}'), "{text}");
            match error.kind() {
                ErrorKind::CredentialFileMalformed => "malformed".to_owned(),
                ErrorKind::CredentialFileUnsupported(_) => "unsupported".to_owned(),
                ErrorKind::UntrustedHost { .. } => "untrusted".to_owned(),
                ErrorKind::MissingRefreshToken => "sign_in".to_owned(),
                other => panic!("{other:?}"),
            }
        });
        (format!("{kind}/{}", file.file_name().to_str().expect("name")), verdict)
    });
    judged.collect()
}

#[test]
fn every_odd_adc_file_has_the_verdict_of_the_table() {
    let loader = Loader::new(&|_| None, HttpClient::default(), Arc::new(MemoryStore::default()));
    let judged = verdicts("adc", |path| {
        loader.from_file(path)?;
        Ok(Summary::from_file(path)?.kind.to_string())
    });
    assert_eq!(judged, table("adc"));
}

#[test]
fn every_odd_token_file_has_the_verdict_of_the_table() {
    let now = "2026-01-01T00:00:00Z".parse::<Timestamp>().expect("time").into();
    let judged = verdicts("token_json", |path| {
        let token = TokenFile::from_file(path)?.access_token();
        let fresh = token.is_some_and(|token| token.is_fresh(now, Duration::from_secs(300)));
        Ok(if fresh { "fresh" } else { "refresh" }.to_owned())
    });
    assert_eq!(judged, table("token_json"));
}
