//! Files and File Search with curl, as Google's shell samples ask for them.
//!
//! The commands are a shell's, and curl is a client that nobody here wrote: it sends `Expect: 100-continue`, keeps
//! connections, and reads headers in any case.

use crate::wire::approving;
use hallpass_emulator::Emulator;
use std::process::Command;

/// What a shell script prints that knows the emulator as `$URL` and a header with a key as `$KEY`.
fn sh(emulator: &Emulator, script: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new("sh")
        .args(["-euc", script])
        .current_dir(folder.path())
        .env("URL", emulator.url())
        .env("KEY", "x-goog-api-key: emulator-api-key")
        .env("no_proxy", "*")
        .output()
        .expect("a shell");
    let (out, error) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{error}");
    out.into_owned()
}

/// Begins an upload of the file `guide.txt` at `$1` with the description `$2`, sends it in one piece, and prints the reply.
const UPLOAD: &str = r#"
    upload() {
        size=$(wc -c < guide.txt)
        curl -s --fail-with-body -D head -o begun -H "$KEY" -H 'X-Goog-Upload-Protocol: resumable' -H 'X-Goog-Upload-Command: start' \
            -H "X-Goog-Upload-Header-Content-Length: $size" -H 'X-Goog-Upload-Header-Content-Type: text/plain' \
            -H 'Content-Type: application/json' -d "$2" "$URL$1"
        place=$(grep -i '^x-goog-upload-url: ' head | cut -d ' ' -f 2 | tr -d '\r')
        curl -s --fail-with-body -H "Content-Length: $size" -H 'X-Goog-Upload-Offset: 0' -H 'X-Goog-Upload-Command: upload, finalize' \
            --data-binary @guide.txt "$place"
    }
    name() { sed -n 's/^ *"name": "\(.*\)",*$/\1/p' | head -n 1; }
"#;

#[test]
fn curl_uploads_reads_and_deletes_a_file() {
    let emulator = approving();
    let script = r#"
        i=0; while [ $i -lt 30000 ]; do echo "line $i of the guide, which is long enough for curl to ask before it sends"; i=$((i+1)); done > guide.txt
        file=$(upload /upload/v1beta/files '{"file": {"display_name": "guide"}}' | name)
        curl -s --fail-with-body -H "$KEY" "$URL/v1beta/$file" | grep sizeBytes
        curl -s --fail-with-body -H "$KEY" "$URL/v1beta/files" | grep -c displayName
        curl -s --fail-with-body -X DELETE -H "$KEY" "$URL/v1beta/$file"
        curl -s -o gone -w ' %{http_code}\n' -H "$KEY" "$URL/v1beta/$file"
    "#;
    let printed = sh(&emulator, &format!("{UPLOAD}{script}"));
    assert_eq!(printed, "  \"sizeBytes\": \"2328890\",\n1\n{} 403\n");
}

#[test]
fn curl_goes_on_where_the_emulator_got_to() {
    let emulator = approving();
    let script = r#"
        printf 0123456789 > whole; printf 0123 > first; printf 456789 > rest
        curl -s -D head -o begun -H "$KEY" -H 'X-Goog-Upload-Protocol: resumable' -H 'X-Goog-Upload-Command: start' \
            -H 'X-Goog-Upload-Header-Content-Length: 10' -H 'Content-Type: application/json' -d '{}' "$URL/upload/v1beta/files"
        place=$(grep -i '^x-goog-upload-url: ' head | cut -d ' ' -f 2 | tr -d '\r')
        curl -s -o fault -d '{"path": "/upload/", "fault": {"kind": "cut_upload", "bytes": 4}}' "$URL/emulator/v1/faults"
        curl -s -H 'X-Goog-Upload-Offset: 0' -H 'X-Goog-Upload-Command: upload, finalize' --data-binary @whole "$place" || echo cut
        curl -s -D head -X POST -H 'X-Goog-Upload-Command: query' "$place"
        grep -i '^x-goog-upload-size-received: ' head | tr -d '\r' | tr A-Z a-z
        curl -s --fail-with-body -H 'X-Goog-Upload-Offset: 4' -H 'X-Goog-Upload-Command: upload, finalize' --data-binary @rest "$place" | grep sha256
    "#;
    let hash = "    \"sha256Hash\": \"hNiYd/DUBB77a/kaFvAkjy/Vc+avBcGflr7bn4gveII=\",\n";
    assert_eq!(sh(&emulator, script), format!("cut\nx-goog-upload-size-received: 4\n{hash}"));
}

#[test]
fn curl_asks_about_a_document_in_four_commands() {
    let emulator = approving();
    let script = r#"
        printf 'The lighthouse was built in 1820.\nIts keeper was Ida Lewis.\n' > guide.txt
        store=$(curl -s --fail-with-body -H "$KEY" -d '{"displayName": "mine"}' "$URL/v1beta/fileSearchStores" | name)
        work=$(upload "/upload/v1beta/$store:uploadToFileSearchStore" '{"displayName": "guide.txt"}' | name)
        until curl -s --fail-with-body -H "$KEY" "$URL/v1beta/$work" | grep -q '"done": true'; do echo waiting; done
        curl -s --fail-with-body -H "$KEY" -d '{"contents": [{"parts": [{"text": "Who was the keeper?"}]}],
            "tools": [{"fileSearch": {"fileSearchStoreNames": ["'"$store"'"]}}]}' "$URL/v1beta/models/gemini-2.5-flash:generateContent" > answer
        sed -n 's/^ *"text": "\(guide.*\)"$/\1/p' answer | head -n 1
        grep -c retrievedContext answer
    "#;
    let printed = sh(&emulator, &format!("{UPLOAD}{script}"));
    assert_eq!(printed, "waiting\nguide.txt: “Its keeper was Ida Lewis.”\n1\n");
}
