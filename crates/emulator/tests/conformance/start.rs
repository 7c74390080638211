//! Starting and stopping: addresses, files, the ready line, drop.

use crate::wire::{CLIENT_ID, approving, get};
use hallpass_emulator::{Config, Emulator, StartError};
use std::{fs, thread};

#[test]
fn address_that_is_not_loopback_is_refused_with_the_reason() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        let error = Emulator::builder().listen(address.parse().unwrap()).start().unwrap_err();
        assert!(matches!(error, StartError::NotLoopback(_)));
        assert_eq!(
            error.to_string(),
            format!(
                "cannot listen on `{address}`: it is not a loopback address, and anyone who reaches the emulator \
                 can sign in as anyone"
            )
        );
    }
}

#[test]
fn port_in_use_is_named() {
    let first = approving();
    let error = Emulator::builder().listen(first.address()).start().unwrap_err();
    assert_eq!(error.to_string(), format!("cannot listen on `{}`", first.address()));
}

#[test]
fn account_that_does_not_exist_cannot_approve() {
    let error = Emulator::builder().approve("bob@example.com").start().unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot use the configuration: `bob@example.com` is not one of the accounts"
    );
}

// On an address of its own, where no other test can take the port; only Linux has 127.0.0.2 without set-up.
// Many times: an emulator that is dropped at once has not begun to accept, and once closed its port too late.
#[cfg(target_os = "linux")]
#[test]
fn dropped_emulator_frees_its_port() {
    for _ in 0..100 {
        let emulator = Emulator::builder().listen("127.0.0.2:0".parse().unwrap()).start().unwrap();
        let address = emulator.address();
        drop(emulator);
        assert!(std::net::TcpStream::connect(address).is_err());
        Emulator::builder().listen(address).start().expect("the port is free");
    }
}

#[test]
fn wait_returns_when_the_emulator_stops() {
    let emulator = approving();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| emulator.wait());
        emulator.stop();
        waiting.join().unwrap();
    });
}

#[test]
fn emulator_can_be_dropped_inside_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async { drop(approving()) });
}

#[test]
fn client_file_has_google_keys_and_this_origin() {
    let emulator = approving();
    let url = emulator.url();
    assert_eq!(
        emulator.client_secret_json(),
        format!(
            "{{\"installed\":{{\"client_id\":\"{CLIENT_ID}\",\"project_id\":\"demo-project\",\
             \"auth_uri\":\"{url}/o/oauth2/auth\",\"token_uri\":\"{url}/token\",\
             \"auth_provider_x509_cert_url\":\"{url}/oauth2/v1/certs\",\
             \"client_secret\":\"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\",\"redirect_uris\":[\"http://localhost\"]}}}}"
        )
    );
}

#[test]
fn folder_gets_the_client_file_and_the_variables() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("new");
    let emulator = Emulator::builder().dir(&dir).start().unwrap();
    let (url, address) = (emulator.url(), emulator.address());
    let client_file = dir.join("client_secret.json");
    assert_eq!(fs::read_to_string(&client_file).unwrap(), emulator.client_secret_json());
    assert_eq!(
        fs::read_to_string(dir.join("env.sh")).unwrap(),
        format!(
            "export CLOUDSDK_AUTH_AUTH_HOST='{url}/o/oauth2/auth'\nexport CLOUDSDK_AUTH_TOKEN_HOST='{url}/token'\n\
             export CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK='1'\n\
             export CLOUDSDK_CORE_DISABLE_USAGE_REPORTING='1'\n\
             export GOOGLE_GEMINI_BASE_URL='{url}'\nexport HALLPASS_EMULATOR_HOST='{address}'\n\
             export METADATA_SERVER_DETECTION='none'\nexport NO_GCE_CHECK='true'\n\
             export OAUTHLIB_INSECURE_TRANSPORT='1'\n"
        )
    );
    let ready = emulator.ready_json();
    let file = client_file.canonicalize().unwrap();
    let start = format!(
        "{{\"url\":\"{url}\",\"client_secret_file\":\"{}\",\"proxy\":null,\"ca_file\":null,\"env\":{{",
        file.display()
    );
    assert!(ready.starts_with(&start) && !ready.contains('\n'), "{ready}");
    assert!(ready.contains(&format!("\"HALLPASS_EMULATOR_HOST\":\"{address}\"")), "{ready}");
}

#[cfg(unix)]
#[test]
fn files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let _emulator = Emulator::builder().dir(dir.path()).start().unwrap();
    for name in ["client_secret.json", "env.sh"] {
        let mode = fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn folder_that_cannot_be_made_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = Emulator::builder().dir(file.path()).start().unwrap_err();
    assert_eq!(error.to_string(), format!("cannot write to `{}`", file.path().display()));
}

#[test]
fn configuration_can_come_from_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("emulator.json");
    let mut file = tempfile::NamedTempFile::new_in(dir.path()).unwrap();
    std::io::Write::write_all(&mut file, b"{\n  \"projects\": [],\n  \"userz\": []\n}").unwrap();
    file.persist(&path).unwrap();
    let error = Config::from_file(&path).unwrap_err().to_string();
    assert!(
        error.contains("emulator.json") && error.contains("`userz`") && error.contains("line 3"),
        "{error}"
    );
}

#[test]
fn configuration_is_used() {
    let mut config = Config::default();
    config.projects.clear();
    let emulator = Emulator::builder().config(config).start().unwrap();
    let reply = get(&emulator, "/o/oauth2/v2/auth?client_id=x", "");
    assert!(reply.location().contains("authError="));
}
