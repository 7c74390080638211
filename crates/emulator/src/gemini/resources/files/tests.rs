//! What no request can show: generated files, the sums of sizes, and bytes that are forgotten.

use super::*;
use crate::Config;

#[test]
fn generated_file_can_be_downloaded() {
    let mut state = State::new(Config::default());
    let (bytes, kind) = (Bytes::from_static(b"{}\n"), "application/jsonl");
    let name = generate(&mut state, "demo-project", "answers", kind, bytes);
    let id = name.strip_prefix("files/").expect("a file");
    let reply = download(&state, "demo-project", id).expect("a reply");
    assert_eq!(
        (&reply.body[..], &reply.headers["content-type"]),
        (&b"{}\n"[..], &kind.parse().unwrap())
    );
    download(&state, "other-project", id).expect_err("another project's");
    let shown = serde_json::to_value(shown(
        &state,
        "http://g",
        "v1",
        state.resources.files.all.get(id).unwrap(),
    ));
    assert_eq!(shown.unwrap()["downloadUri"], format!("http://g/v1/{name}:download?alt=media"));
}

#[test]
fn project_has_twenty_gibibytes() {
    let mut state = State::new(Config::default());
    for _ in 0..10 {
        let file =
            File { size: file::LARGEST, ..new(&state, None, "demo-project", "video/mp4", None) };
        state.resources.files.add(file);
    }
    let now = state.clock.now();
    let files = &mut state.resources.files;
    files.check_room("demo-project", 0, now).expect("just full");
    files.check_room("other", file::LARGEST, now).expect("another project's");
    let refused = files.check_room("demo-project", 1, now).expect_err("full");
    assert!(matches!(refused, ApiError::Refused((StatusCode::TOO_MANY_REQUESTS, _), _)));
    // A deleted file and the files that have ended make room.
    let id = files.iter().next().expect("a file").id.clone();
    delete(&mut state, "demo-project", &id).expect("deleted");
    let files = &mut state.resources.files;
    files.check_room("demo-project", file::LARGEST, now).expect("room");
    files.check_room("demo-project", file::LARGEST + 1, now).expect_err("too large");
    files.check_room("demo-project", file::LARGEST, now + file::LIFE).expect("room");
    assert_eq!((files.sizes["demo-project"], files.iter().count()), (0, 0));
}

#[test]
fn oldest_files_lose_their_bytes_first() {
    let mut state = State::new(Config::default());
    let large = Bytes::from(vec![0; MOST_KEPT_OF_ALL / 4]);
    let names: Vec<String> = (0..6)
        .map(|_| generate(&mut state, "demo-project", "a", "text/plain", large.clone()))
        .collect();
    let has_bytes =
        |name: &String| state.resources.files.all.get(&name[6..]).unwrap().bytes.is_some();
    assert_eq!(
        names.iter().map(has_bytes).collect::<Vec<_>>(),
        [false, false, true, true, true, true]
    );
}
