//! The HTTPS proxy, as unmodified clients meet it: CONNECT, TLS under a CA of its own, then Google's paths;
//! and gRPC, which those clients speak through it.

use crate::wire::{self, RETRIEVER, Reply};
use hallpass_emulator::{Emulator, Fault, FaultKind, StartError};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

const ANY: &str = "127.0.0.1:0";
const GEMINI: &str = "generativelanguage.googleapis.com";

fn with_proxy() -> Emulator {
    let proxy: SocketAddr = ANY.parse().unwrap();
    Emulator::builder().approve("ada@example.com").proxy(proxy).start().unwrap()
}

fn connection(emulator: &Emulator) -> TcpStream {
    let stream = TcpStream::connect(emulator.proxy_address().unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// Sends these bytes to the proxy and reads until it closes.
fn ask(emulator: &Emulator, request: &str) -> Reply {
    let mut stream = connection(emulator);
    stream.write_all(request.as_bytes()).unwrap();
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).unwrap();
    Reply::parse(&reply)
}

/// Opens a tunnel to this host and returns the stream inside TLS; ALPN as given.
fn tunnel(
    emulator: &Emulator,
    host: &str,
    ca: &str,
    alpn: &str,
) -> std::io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let mut stream = connection(emulator);
    write!(stream, "CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n").unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    assert!(head.starts_with(b"HTTP/1.1 200 OK\r\n"), "{}", String::from_utf8_lossy(&head));
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
    let name = ServerName::try_from(host.to_owned()).unwrap();
    let mut connection = ClientConnection::new(Arc::new(config), name).unwrap();
    connection.complete_io(&mut stream)?;
    Ok(StreamOwned::new(connection, stream))
}

fn get(emulator: &Emulator, host: &str, path: &str, headers: &str) -> Reply {
    let mut stream = tunnel(emulator, host, emulator.ca_pem().unwrap(), "http/1.1").unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n")
        .unwrap();
    let mut reply = Vec::new();
    // The end of the connection may come without TLS's own goodbye.
    let _ = stream.read_to_end(&mut reply);
    Reply::parse(&reply)
}

#[test]
fn google_hosts_answer_through_the_proxy_under_its_own_ca() {
    let emulator = with_proxy();
    let token = wire::sign_in(&emulator, RETRIEVER).field("access_token");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    assert_eq!(get(&emulator, GEMINI, "/v1beta/models?pageSize=1", &bearer).status, 200);
    let discovery = get(&emulator, "accounts.google.com", "/.well-known/openid-configuration", "");
    assert_eq!(discovery.status, 200);
    let requests = emulator.requests();
    let hosts: Vec<_> = requests.iter().map(|request| request.host.as_str()).collect();
    assert!(hosts.ends_with(&[GEMINI, "accounts.google.com"]), "{hosts:?}");
}

#[test]
fn other_hosts_and_ports_are_refused_by_name() {
    let emulator = with_proxy();
    for (target, word) in [
        ("example.com:443", "`example.com`"),
        ("169.254.169.254:443", "`169.254.169.254`"),
        ("oauth2.googleapis.com:80", "port `80`"),
    ] {
        let reply = ask(
            &emulator,
            &format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nConnection: close\r\n\r\n"),
        );
        assert_eq!(reply.status, 403, "{target}");
        assert!(reply.body.contains(word), "{}", reply.body);
    }
    assert!(emulator.requests().is_empty());
}

#[test]
fn plain_requests_and_nonsense_get_no_tunnel() {
    let emulator = with_proxy();
    let plain = "GET http://169.254.169.254/ HTTP/1.1\r\nHost: 169.254.169.254\r\nConnection: close\r\n\r\n";
    assert_eq!(ask(&emulator, plain).status, 405);
    for (malformed, status) in
        [("CONNECT\r\n\r\n", 400), ("CONNECT / HTTP/1.1\r\n\r\n", 403), ("\0\0\0\r\n\r\n", 400)]
    {
        assert_eq!(ask(&emulator, malformed).status, status, "{malformed:?}");
    }
    assert_eq!(get(&emulator, GEMINI, "/v1/models", "").status, 403, "and the proxy goes on");
}

#[test]
fn certificate_is_good_under_no_other_ca() {
    let (emulator, other) = (with_proxy(), with_proxy());
    let other_ca = other.ca_pem().unwrap();
    assert!(tunnel(&emulator, GEMINI, other_ca, "http/1.1").is_err());
    assert_ne!(emulator.ca_pem(), other.ca_pem());
}

#[test]
fn ca_is_kept_in_the_folder_and_its_key_is_private() {
    let dir = tempfile::tempdir().unwrap();
    let start = || {
        let proxy = ANY.parse().unwrap();
        Emulator::builder().proxy(proxy).dir(dir.path()).start().unwrap()
    };
    let first = start();
    let ca = fs::read_to_string(dir.path().join("ca.pem")).unwrap();
    assert_eq!(first.ca_pem(), Some(ca.as_str()));
    drop(first);
    let second = start();
    assert_eq!(second.ca_pem(), Some(ca.as_str()));
    assert!(tunnel(&second, GEMINI, &ca, "http/1.1").is_ok(), "the kept key still fits");
    assert_private(&dir.path().join("ca-key.pem"));
    let proxy = second.proxy_address().unwrap();
    let env = fs::read_to_string(dir.path().join("env.sh")).unwrap();
    let file = std::path::absolute(dir.path()).unwrap().join("ca.pem");
    for line in [
        format!("export HTTPS_PROXY='http://{proxy}'\n"),
        format!("export REQUESTS_CA_BUNDLE='{}'\n", file.display()),
        format!("export NODE_EXTRA_CA_CERTS='{}'\n", file.display()),
        format!("export HTTPLIB2_CA_CERTS='{}'\n", file.display()),
        "export NODE_USE_ENV_PROXY='1'\n".to_owned(),
    ] {
        assert!(env.contains(&line), "{line} in {env}");
    }
    let ready = second.ready_json().replace("\\\\", "\\");
    assert!(
        ready.contains(&format!("\"proxy\":\"http://{proxy}\",\"ca_file\":\"{}\"", file.display()))
    );
}

/// Starts with a proxy and the authority that these files hold.
fn start_with(ca: &str, key: Option<&str>) -> Result<Emulator, StartError> {
    let dir = tempfile::tempdir().unwrap();
    private(&dir.path().join("ca.pem"), ca);
    if let Some(key) = key {
        private(&dir.path().join("ca-key.pem"), key);
    }
    Emulator::builder().proxy(ANY.parse().unwrap()).dir(dir.path()).start()
}

fn private(path: &Path, text: &str) {
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap()).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.persist(path).unwrap();
}

#[track_caller]
fn refused(start: Result<Emulator, StartError>, why: &str) {
    let error = start.expect_err("a refusal");
    assert!(matches!(error, StartError::Authority { .. }), "{error}");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.starts_with(why), "{source}");
    assert!(source.ends_with("; use another folder, or remove `ca.pem` and `ca-key.pem`"));
}

/// An authority with the emulator's name that may sign for any host.
fn unlimited_authority(key: &rcgen::KeyPair) -> String {
    let mut parameters = rcgen::CertificateParams::default();
    parameters
        .distinguished_name
        .push(rcgen::DnType::CommonName, "hallpass emulator CA, for tests only");
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
    parameters.self_signed(key).unwrap().pem()
}

#[test]
fn authority_that_is_not_the_emulators_own_is_refused() {
    let (key, other) = (rcgen::KeyPair::generate().unwrap(), rcgen::KeyPair::generate().unwrap());
    let unlimited = unlimited_authority(&key);
    let foreign = "`ca.pem` was not made by this emulator";
    refused(start_with(&unlimited, Some(&key.serialize_pem())), foreign);
    refused(start_with(&unlimited, Some(&other.serialize_pem())), foreign);
    refused(start_with("garbage", Some(&key.serialize_pem())), foreign);
    refused(start_with(&unlimited, Some("garbage")), "`ca-key.pem` holds no usable key");
    refused(start_with(&unlimited, None), "`ca.pem` is there without `ca-key.pem`");
}

#[cfg(unix)]
#[test]
fn authority_of_another_user_or_open_to_others_is_refused() {
    use std::os::unix::fs::{PermissionsExt, chown, symlink};
    let dir = tempfile::tempdir().unwrap();
    let start = || Emulator::builder().proxy(ANY.parse().unwrap()).dir(dir.path()).start();
    drop(start().unwrap());
    let (ca, key) = (dir.path().join("ca.pem"), dir.path().join("ca-key.pem"));
    let mode = |mode| fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o640);
    refused(start(), "`ca-key.pem` can be read or written by other users");
    mode(0o600);
    // Only root can give a file away; elsewhere there is no such file to meet.
    if chown(&ca, Some(5002), None).is_ok() {
        refused(start(), "`ca.pem` belongs to another user");
        chown(&ca, Some(0), None).unwrap();
    }
    drop(start().expect("all is as it was"));
    let linking = tempfile::tempdir().unwrap();
    for file in [&ca, &key] {
        symlink(file, linking.path().join(file.file_name().unwrap())).unwrap();
    }
    let start = Emulator::builder().proxy(ANY.parse().unwrap()).dir(linking.path()).start();
    refused(start, "`ca.pem` is not a regular file");
}

#[test]
fn authority_can_vouch_for_googles_names_alone() {
    let dir = tempfile::tempdir().unwrap();
    let emulator = Emulator::builder().proxy(ANY.parse().unwrap()).dir(dir.path()).start().unwrap();
    let key = fs::read_to_string(dir.path().join("ca-key.pem")).unwrap();
    let mut issuer = rcgen::CertificateParams::default();
    issuer
        .distinguished_name
        .push(rcgen::DnType::CommonName, "hallpass emulator CA, for tests only");
    let issuer = rcgen::Issuer::new(issuer, rcgen::KeyPair::from_pem(&key).unwrap());
    let accepted = |name: &str| {
        let leaf = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
        let leaf = leaf.signed_by(&rcgen::KeyPair::generate().unwrap(), &issuer).unwrap();
        let mut roots = RootCertStore::empty();
        let ca = emulator.ca_pem().unwrap();
        roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider);
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let verifier = verifier.build().unwrap();
        verifier.verify_server_cert(leaf.der(), &[], &name, &[], UnixTime::now()).is_ok()
    };
    assert!(accepted("oauth2.googleapis.com") && accepted("accounts.google.com"));
    for name in ["mybank.example", "mail.google.com", "google.com", "googleapis.com.evil.example"] {
        assert!(!accepted(name), "{name}");
    }
}

#[test]
fn api_that_is_not_imitated_says_so_in_json() {
    let emulator = with_proxy();
    for (host, path) in [
        ("people.googleapis.com", "/v1/people/me"),
        ("people.googleapis.com", "/token"),
        ("www.googleapis.com", "/drive/v3/files"),
        ("cloudresourcemanager.googleapis.com", "/v3/projects:search"),
    ] {
        let reply = get(&emulator, host, path, "");
        assert_eq!(reply.status, 501, "{host}{path}");
        let message = format!(
            "The hallpass emulator answers instead of Google and does not imitate GET {host}{path}."
        );
        assert_eq!(reply.field("message"), message);
        assert_eq!(reply.field("status"), "UNIMPLEMENTED");
    }
    assert_eq!(get(&emulator, GEMINI, "/v1/nothing", "").status, 404, "as at Google");
}

#[test]
fn forwarded_host_gets_a_tunnel_to_itself_and_no_other_does() {
    let listener = TcpListener::bind(ANY).unwrap();
    let port = listener.local_addr().unwrap().port();
    let other = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = [0; 4];
        stream.read_exact(&mut asked).unwrap();
        stream.write_all(b"pong").unwrap();
        asked
    });
    let proxy: SocketAddr = ANY.parse().unwrap();
    let builder = Emulator::builder().proxy(proxy).forward("127.0.0.1");
    let emulator = builder.forward("oauth2.googleapis.com").start().unwrap();
    let mut stream = connection(&emulator);
    write!(stream, "CONNECT 127.0.0.1:{port} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n").unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    assert!(head.starts_with(b"HTTP/1.1 200 OK\r\n"));
    stream.write_all(b"ping").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!((&other.join().unwrap(), answer.as_slice()), (b"ping", b"pong".as_slice()));
    let refused = |target: &str| {
        let request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n");
        ask(&emulator, &request).status
    };
    assert_eq!((refused("localhost:443"), refused(&format!("127.0.0.1:{port}"))), (403, 502));
    let own = get(&emulator, "oauth2.googleapis.com", "/tokeninfo", "");
    assert_eq!(own.status, 400, "a host that is imitated is never forwarded");
}

#[test]
fn discovery_at_googles_name_names_googles_endpoints() {
    let emulator = with_proxy();
    let host = "accounts.google.com";
    let document = get(&emulator, host, "/.well-known/openid-configuration", "");
    assert_eq!(document.field("issuer"), "https://accounts.google.com");
    for (name, address) in [
        ("authorization_endpoint", "https://accounts.google.com/o/oauth2/v2/auth"),
        ("token_endpoint", "https://oauth2.googleapis.com/token"),
        ("userinfo_endpoint", "https://openidconnect.googleapis.com/v1/userinfo"),
        ("revocation_endpoint", "https://oauth2.googleapis.com/revoke"),
        ("device_authorization_endpoint", "https://oauth2.googleapis.com/device/code"),
        ("jwks_uri", "https://www.googleapis.com/oauth2/v3/certs"),
    ] {
        assert_eq!(document.field(name), address);
        let (host, path) = address["https://".len()..].split_once('/').unwrap();
        let reply = get(&emulator, host, &format!("/{path}"), "");
        assert!(![404, 501].contains(&reply.status), "{address} is served: {reply:?}");
    }
}

#[cfg(unix)]
fn assert_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[cfg(not(unix))]
fn assert_private(_: &Path) {}

#[test]
fn proxy_address_that_is_not_loopback_is_refused() {
    let error = Emulator::builder().proxy("0.0.0.0:0".parse().unwrap()).start().unwrap_err();
    assert!(
        error.to_string().starts_with("cannot listen on `0.0.0.0:0`: it is not a loopback address")
    );
}

/// Speaks HTTP/2 by hand: preface, SETTINGS, one HEADERS frame, one DATA frame; returns all that comes back
/// up to the trailers, as bytes. Header blocks use HPACK literals without indexing (RFC 7541, section 6.2.2).
fn grpc(emulator: &Emulator, path: &str, token: Option<&str>, message: &[u8]) -> Vec<u8> {
    let mut stream = tunnel(emulator, GEMINI, emulator.ca_pem().unwrap(), "h2").unwrap();
    let bearer = token.map(|token| format!("Bearer {token}"));
    let mut headers = vec![
        (":method", "POST"),
        (":scheme", "https"),
        (":path", path),
        (":authority", GEMINI),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
    ];
    headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
    let mut block = Vec::new();
    for (name, value) in headers {
        block.push(0);
        string(&mut block, name);
        string(&mut block, value);
    }
    let mut data = vec![0];
    data.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    data.extend(message);
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    frame(&mut bytes, 4, 0, 0, &[]);
    frame(&mut bytes, 1, 4, 1, &block);
    frame(&mut bytes, 0, 1, 1, &data);
    stream.write_all(&bytes).unwrap();
    let mut all = Vec::new();
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).unwrap();
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload).unwrap();
        all.extend(payload);
        // END_STREAM on a HEADERS or DATA frame of our stream.
        if head[3] <= 1 && head[4] & 1 == 1 && head[8] == 1 {
            return all;
        }
    }
}

fn frame(bytes: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    bytes.extend(&u32::try_from(payload.len()).unwrap().to_be_bytes()[1..]);
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
}

/// An HPACK string without Huffman coding (RFC 7541, section 5.2).
fn string(block: &mut Vec<u8>, text: &str) {
    match u8::try_from(text.len()) {
        Ok(length) if length < 127 => block.push(length),
        _ => {
            let mut rest = text.len() - 127;
            block.push(127);
            while rest >= 128 {
                block.push(u8::try_from(rest % 128).unwrap() | 128);
                rest /= 128;
            }
            block.push(u8::try_from(rest).unwrap());
        }
    }
    block.extend(text.as_bytes());
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

const LIST: &str = "/google.ai.generativelanguage.v1beta.ModelService/ListModels";

#[test]
fn grpc_lists_models_and_gets_one() {
    let emulator = with_proxy();
    let token = wire::sign_in(&emulator, RETRIEVER).field("access_token");
    // page_size (field 2) = 1: one Model (field 1) whose name (field 1) has 23 characters, and a next page.
    let reply = grpc(&emulator, LIST, Some(&token), b"\x10\x01");
    assert!(contains(&reply, b"\x0a\x17models/gemini-2.5-flash"), "{reply:?}");
    assert!(!contains(&reply, b"models/gemini-2.5-pro"));
    let get = "/google.ai.generativelanguage.v1beta.ModelService/GetModel";
    let reply = grpc(&emulator, get, Some(&token), b"\x0a\x15models/gemini-2.5-pro");
    assert!(contains(&reply, b"\x0a\x15models/gemini-2.5-pro"), "{reply:?}");
    let requests = emulator.requests();
    let last = requests.last().unwrap();
    assert_eq!((last.host.as_str(), last.path.as_str()), (GEMINI, "/v1beta/models/gemini-2.5-pro"));
}

/// A `GenerateContentRequest` for this model, "hello" its text.
fn hello() -> Vec<u8> {
    [&b"\x0a\x17models/gemini-2.5-flash"[..], b"\x12\x09\x0a\x07\x12\x05hello"].concat()
}

#[test]
fn grpc_generates_and_streams() {
    let emulator = with_proxy();
    let token = wire::sign_in(&emulator, RETRIEVER).field("access_token");
    let service = "/google.ai.generativelanguage.v1beta.GenerativeService";
    let ask =
        |method: &str| grpc(&emulator, &format!("{service}/{method}"), Some(&token), &hello());
    let whole = ask("GenerateContent");
    // Part.text (2), Content.role (2), Candidate.finish_reason (2) = STOP, index (3) = 0.
    assert!(contains(&whole, b"The emulator answers as gemini-2.5-flash."), "{whole:?}");
    assert!(contains(&whole, b"\x12\x05model\x10\x01\x18\0"), "{whole:?}");
    // UsageMetadata (3): prompt (1) = 2 tokens, its details (5); then model_version (4).
    assert!(contains(&whole, b"\x1a\x0c\x08\x02\x10"), "{whole:?}");
    assert!(contains(&whole, b"\x2a\x04\x08\x01\x10\x02\x22"), "{whole:?}");
    let version = b"\x22\x10gemini-2.5-flash";
    let count = |reply: &[u8]| reply.windows(version.len()).filter(|it| it == version).count();
    assert_eq!((count(&whole), count(&ask("StreamGenerateContent"))), (1, 3));
    emulator.reply("gemini-2.5-flash", "Rome.");
    assert!(contains(&ask("GenerateContent"), b"\x0a\x07\x12\x05Rome."));
    let requests = emulator.requests();
    let last = requests.last().unwrap();
    assert_eq!(last.path, "/v1beta/models/gemini-2.5-flash:generateContent");
    assert_eq!(last.json().unwrap()["contents"][0]["parts"][0]["text"], "hello");
}

#[test]
fn grpc_counts_and_embeds() {
    let emulator = with_proxy();
    let token = wire::sign_in(&emulator, RETRIEVER).field("access_token");
    let service = "/google.ai.generativelanguage.v1beta.GenerativeService";
    let ask = |method: &str, message: &[u8]| {
        grpc(&emulator, &format!("{service}/{method}"), Some(&token), message)
    };
    // total_tokens (1) = 2, prompt_tokens_details (6): TEXT, 2.
    let counted = b"\0\0\0\0\x08\x08\x02\x32\x04\x08\x01\x10\x02";
    assert!(contains(&ask("CountTokens", &hello()), counted));
    // content (2), task_type (3) = RETRIEVAL_QUERY, output_dimensionality (5) = 2.
    let content = b"\x12\x09\x0a\x07\x12\x05hello\x18\x01\x28\x02";
    let request = [&b"\x0a\x1bmodels/gemini-embedding-001"[..], content].concat();
    let one = ask("EmbedContent", &request);
    // embedding (1) with two values (1).
    assert!(contains(&one, b"\0\0\0\0\x0c\x0a\x0a\x0d"), "{one:?}");
    let length = u8::try_from(request.len()).unwrap();
    let batch =
        [&request[..29], b"\x12", &[length], &request, b"\x12", &[length], &request].concat();
    let both = ask("BatchEmbedContents", &batch);
    assert!(contains(&both, b"\0\0\0\0\x18\x0a\x0a\x0d"), "{both:?}");
}

#[test]
fn grpc_keeps_files_and_caches() {
    let emulator = with_proxy();
    let token = wire::sign_in(&emulator, RETRIEVER).field("access_token");
    let service = "/google.ai.generativelanguage.v1beta.";
    let ask = |method: &str, message: &[u8]| {
        grpc(&emulator, &format!("{service}{method}"), Some(&token), message)
    };
    // file (1) with name (1), display_name (2).
    let made = ask("FileService/CreateFile", b"\x0a\x0f\x0a\x0afiles/mine\x12\x01d");
    // name (1), display_name (2), mime_type (3), size_bytes (4) = 0, create_time (5).
    let file = b"\x0a\x0afiles/mine\x12\x01d\x1a\x18application/octet-stream\x20\x00\x2a";
    assert!(contains(&made, file), "{made:?}");
    // state (10) = ACTIVE (2).
    let got = ask("FileService/GetFile", b"\x0a\x0afiles/mine");
    assert!(contains(&got, file) && contains(&got, b"\x50\x02"), "{got:?}");
    assert!(contains(&ask("FileService/ListFiles", b"\x08\x05"), file));
    ask("FileService/DeleteFile", b"\x0a\x0afiles/mine");
    assert!(!contains(&ask("FileService/ListFiles", b""), b"files/mine"));
    emulator.update_config(|config| config.caching.min_tokens = 1);
    // cached_content (1) with model (2), contents (4) with parts (1) with text (2), ttl (10) with seconds (1) = 90.
    let cache = b"\x0a\x2a\x12\x17models/gemini-2.5-flash\x22\x0b\x0a\x09\x12\x07\x0aabcdef\x52\x02\x08\x5a";
    let made = ask("CacheService/CreateCachedContent", cache);
    // usage_metadata (12) with total_token_count (1) = 2.
    assert!(contains(&made, b"\x62\x02\x08\x02"), "{made:?}");
    let list = ask("CacheService/ListCachedContents", b"");
    let at = list.windows(15).position(|window| window == b"cachedContents/").expect("a name");
    let name = &list[at..at + 27];
    // cached_content (1) with name (1), ttl (10); update_mask (2) with paths (1).
    let update = [&b"\x0a\x21\x0a\x1b"[..], name, b"\x52\x02\x08\x5a\x12\x05\x0a\x03ttl"].concat();
    assert!(contains(&ask("CacheService/UpdateCachedContent", &update), name));
    ask("CacheService/DeleteCachedContent", &[&b"\x0a\x1b"[..], name].concat());
    let statuses: Vec<_> =
        emulator.requests().iter().skip(2).map(|request| request.status).collect();
    assert_eq!(statuses, [200; 9]);
}

#[test]
fn grpc_refusals_are_those_of_rest() {
    let emulator = with_proxy();
    // The reply's headers are Huffman-coded, so the journal tells what was answered.
    grpc(&emulator, LIST, None, b"");
    grpc(&emulator, LIST, Some("ya29.unknown"), b"");
    let statuses: Vec<_> = emulator.requests().iter().map(|request| request.status).collect();
    assert_eq!(statuses, [403, 401]);
}

#[test]
fn grpc_answers_what_it_does_not_serve_and_cannot_read() {
    let emulator = with_proxy();
    emulator.fault(Fault::once("/v1beta/models", FaultKind::NotJson));
    for (path, message) in [
        ("/google.ai.generativelanguage.v1beta.RetrieverService/ListCorpora", &b""[..]),
        ("/google.ai.generativelanguage.v1beta.GenerativeService/GenerateContent", b""),
        ("/", b""),
        (LIST, b"\xff\xff"),
        (LIST, b"\x10\x01"),
    ] {
        assert!(!grpc(&emulator, path, None, message).is_empty(), "{path}");
    }
}
