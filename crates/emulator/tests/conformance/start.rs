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
        "cannot use the configuration: `bob@example.com` is not one of the accounts (ada@example.com, eve@example.com)"
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
    let dir = parent.path().join("Ada's");
    let emulator = Emulator::builder().dir(&dir).start().unwrap();
    let (url, address) = (emulator.url(), emulator.address());
    let client_file = dir.join("client_secret.json");
    let folder = std::path::absolute(&dir).unwrap();
    // Windows' own separators aside.
    let folder = folder.display().to_string().replace('\\', "/");
    let shell = folder.replace('\'', "'/''");
    let powershell = folder.replace('\'', "''");
    assert_eq!(fs::read_to_string(&client_file).unwrap(), emulator.client_secret_json());
    assert_eq!(
        fs::read_to_string(dir.join("env.sh")).unwrap().replace('\\', "/"),
        format!(
            "export CLOUDSDK_AUTH_AUTH_HOST='{url}/o/oauth2/auth'\nexport CLOUDSDK_AUTH_TOKEN_HOST='{url}/token'\n\
             export CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK='1'\n\
             export CLOUDSDK_CONFIG='{shell}/gcloud'\n\
             export CLOUDSDK_CORE_DISABLE_PROMPTS='1'\n\
             export CLOUDSDK_CORE_DISABLE_USAGE_REPORTING='1'\n\
             export GOOGLE_APPLICATION_CREDENTIALS='{shell}/gcloud/application_default_credentials.json'\n\
             export GOOGLE_GEMINI_BASE_URL='{url}'\nexport HALLPASS_CONFIG='{shell}/hallpass'\n\
             export HALLPASS_EMULATOR_HOST='{address}'\n\
             export METADATA_SERVER_DETECTION='none'\nexport NO_GCE_CHECK='true'\n\
             export OAUTHLIB_INSECURE_TRANSPORT='1'\n"
        )
    );
    assert_eq!(
        fs::read_to_string(dir.join("env.ps1")).unwrap().replace('\\', "/"),
        format!(
            "\u{feff}$env:CLOUDSDK_AUTH_AUTH_HOST = '{url}/o/oauth2/auth'\n$env:CLOUDSDK_AUTH_TOKEN_HOST = '{url}/token'\n\
             $env:CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK = '1'\n\
             $env:CLOUDSDK_CONFIG = '{powershell}/gcloud'\n\
             $env:CLOUDSDK_CORE_DISABLE_PROMPTS = '1'\n\
             $env:CLOUDSDK_CORE_DISABLE_USAGE_REPORTING = '1'\n\
             $env:GOOGLE_APPLICATION_CREDENTIALS = '{powershell}/gcloud/application_default_credentials.json'\n\
             $env:GOOGLE_GEMINI_BASE_URL = '{url}'\n$env:HALLPASS_CONFIG = '{powershell}/hallpass'\n\
             $env:HALLPASS_EMULATOR_HOST = '{address}'\n\
             $env:METADATA_SERVER_DETECTION = 'none'\n$env:NO_GCE_CHECK = 'true'\n\
             $env:OAUTHLIB_INSECURE_TRANSPORT = '1'\n"
        )
    );
    let ready = emulator.ready_json().replace("\\\\", "/");
    let file = std::path::absolute(client_file).unwrap();
    let start = format!(
        "{{\"url\":\"{url}\",\"client_secret_file\":\"{}\",\"proxy\":null,\"ca_file\":null,\"env\":{{",
        file.display().to_string().replace('\\', "/")
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
    for name in ["client_secret.json", "env.sh", "env.ps1"] {
        let mode = fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let mode = fs::metadata(dir.path().join("gcloud")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "where sign-ins will lie");
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

#[test]
fn configuration_with_only_a_web_client_gives_its_file() {
    let json = r#"{"projects": [{"id": "my-project", "clients": [{"client_id": "web", "kind": "web",
        "client_secret": "s", "redirect_uris": ["https://app.example/cb"]}]}]}"#;
    let emulator = Emulator::builder().config(Config::from_json(json).unwrap()).start().unwrap();
    let file = emulator.client_secret_json();
    assert!(
        file.starts_with("{\"web\":{\"client_id\":\"web\",\"project_id\":\"my-project\""),
        "{file}"
    );
    assert!(file.contains("\"redirect_uris\":[\"https://app.example/cb\"]"), "{file}");
}

#[test]
fn configuration_without_a_client_writes_no_client_file() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config::from_json(r#"{"projects": []}"#).unwrap();
    let emulator = Emulator::builder().config(config).dir(dir.path()).start().unwrap();
    assert!(!dir.path().join("client_secret.json").exists());
    assert_eq!(emulator.client_secret_json(), "null");
    assert!(emulator.ready_json().contains("\"client_secret_file\":null,"));
}

#[test]
fn web_client_of_the_start_has_its_file_and_signs_in() {
    let builder = Emulator::builder().approve("ada@example.com");
    let emulator = builder.web_client("shop", ["http://localhost:3000/cb"]).start().unwrap();
    let file = emulator.client_secret_json();
    let id = "710000000001-shop.apps.googleusercontent.com";
    assert!(file.starts_with(&format!("{{\"web\":{{\"client_id\":\"{id}\"")), "{file}");
    let query = format!(
        "response_type=code&client_id={id}&redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fcb&scope=openid"
    );
    let reply = get(&emulator, &format!("/o/oauth2/v2/auth?{query}"), "");
    assert!(reply.location().starts_with("http://localhost:3000/cb?iss="), "{reply:?}");
    let empty = Config::from_json(r#"{"projects": []}"#).unwrap();
    let error = Emulator::builder().config(empty).web_client("shop", ["http://x/"]).start();
    assert!(error.unwrap_err().to_string().ends_with("no project for the web client `shop`"));
}

#[test]
fn what_a_project_leaves_out_lets_the_first_account_use_it() {
    let json = r#"{"users": [{"email": "bob@example.com", "sub": "1"}], "projects": [{"id": "my-project",
        "clients": [{"client_id": "c", "client_secret": "s"}]}, {"id": "other", "number": "42",
        "services": [], "permissions": {}, "consent_screen": {"test_users": []}}]}"#;
    let config = Config::from_json(json).unwrap();
    let (first, second) = (&config.projects[0], &config.projects[1]);
    assert_eq!((first.number, second.number), (710_000_000_001, 42));
    assert_eq!(first.consent_screen.test_users, ["bob@example.com"]);
    assert_eq!(
        first.services,
        ["generativelanguage.googleapis.com", "serviceusage.googleapis.com"]
    );
    assert_eq!(first.permissions["bob@example.com"].len(), 3);
    assert!(second.services.is_empty() && second.permissions.is_empty());
    assert!(second.consent_screen.test_users.is_empty());
}
