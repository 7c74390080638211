//! What must hold for every head that a program sends to the agent, and for every head that Google answers with.
//!
//! In: any bytes. Out: nothing; a promise that is broken is a panic. The fuzz targets (`fuzz/`) and the tests of this
//! crate call the same functions. The rules are written here once more, from what browsers and proxies send (Fetch
//! Metadata Request Headers; RFC 9110, sections 7.2 and 7.6.1) and with nothing of the code that they judge.
//! Not here: OpenAI's dialect (`openai::fuzzing`).

use crate::guard::{Via, check, check_page};
use crate::proxy::headers::{of_the_reply, of_the_request, query};
use crate::proxy::path::fold;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};

const ADDRESS: &str = "127.0.0.1:8484";
const ORIGIN: &str = "http://127.0.0.1:8484";
const GOOGLE: &str = "https://generativelanguage.googleapis.com";

/// A request is let through exactly where the rules say so. The first byte chooses: port, socket, or the page.
pub fn agent_guard(data: &[u8]) {
    let Some((first, text)) = data.split_first() else { return };
    let Some(head) = head(text) else { return };
    let port = Via::Loopback(ADDRESS.into());
    match first % 3 {
        0 => assert_eq!(
            check(&head, &port).is_ok(),
            is_for_us(&head, Some(ADDRESS)) && is_a_programs(&head.headers),
            "{head:?}"
        ),
        1 => assert_eq!(
            check_page(&head, &port).is_ok(),
            is_for_us(&head, Some(ADDRESS)) && is_the_users(&head),
            "{head:?}"
        ),
        _ => {
            #[cfg(unix)]
            assert_eq!(
                check(&head, &Via::UnixSocket).is_ok(),
                is_for_us(&head, None) && is_a_programs(&head.headers),
                "{head:?}"
            );
        }
    }
}

/// One Host, which is ours; no proxy's request; one end of the body.
fn is_for_us(head: &Parts, host: Option<&str>) -> bool {
    let hosts = all(&head.headers, "host");
    let codings = all(&head.headers, "transfer-encoding");
    hosts.len() == 1
        && host.is_none_or(|host| hosts[0] == host.as_bytes())
        && head.uri.authority().is_none()
        && !["CONNECT", "OPTIONS", "TRACE"].contains(&head.method.as_str())
        && codings.len() <= 1
        && codings.iter().all(|coding| coding.eq_ignore_ascii_case(b"chunked"))
}

/// Nothing that only browsers and proxies send; Node's `fetch` says `Sec-Fetch-Mode: cors`.
fn is_a_programs(headers: &HeaderMap) -> bool {
    headers.iter().all(|(name, value)| match name.as_str() {
        "sec-fetch-mode" => value == "cors",
        "sec-fetch-site" | "sec-fetch-dest" | "sec-fetch-user" => false,
        name => !is_of_a_page_or_proxy(name),
    })
}

fn is_of_a_page_or_proxy(name: &str) -> bool {
    let of_a_page =
        ["origin", "referer", "access-control-request-method", "access-control-request-headers"];
    let of_a_proxy = ["via", "forwarded", "x-forwarded-for", "x-forwarded-host"];
    of_a_page.contains(&name) || of_a_proxy.contains(&name)
}

/// A link that the user opened, or the page's own form; a tool that sends nothing of a browser's may read.
fn is_the_users(head: &Parts) -> bool {
    let headers = &head.headers;
    let [origins, sites, modes, places] =
        ["origin", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"]
            .map(|name| all(headers, name));
    let own_site = sites == [b"same-origin"];
    let posts = head.method == Method::POST;
    let site = own_site || sites.is_empty() || (!posts && sites == [b"none"]);
    let origin = origins == [ORIGIN.as_bytes()]
        || (own_site && (origins.is_empty() || origins == [b"null"]))
        || (!posts && origins.is_empty());
    let kind = [(modes, &b"navigate"[..]), (places, b"document")];
    let kind = kind.iter().all(|(sent, one)| sent.is_empty() || sent == &[*one]);
    let others = headers.keys().map(HeaderName::as_str).filter(|name| *name != "origin");
    site && origin && kind && !others.into_iter().any(is_of_a_page_or_proxy)
}

/// A path that goes on is one of the Gemini API's, is read in one way by every server, and is not changed a second time.
pub fn agent_path(data: &[u8]) {
    let Ok(uri) = Uri::try_from(data) else { return };
    let path = uri.path();
    let Ok(folded) = fold(path) else { return };
    assert!(path.ends_with(folded), "{path} became {folded}");
    assert_eq!(fold(folded), Ok(folded), "{path}");
    let below = folded.strip_prefix("/upload").or(folded.strip_prefix("/download"));
    let (_, version) = below.unwrap_or(folded).split_once('/').expect(folded);
    let version = version.split_once('/').expect(folded).0;
    assert!(["v1", "v1beta", "v1alpha"].contains(&version), "{folded}");
    let plain = plain(folded.as_bytes());
    assert!(!plain.iter().any(|byte| byte.is_ascii_control() || *byte == b'\\'), "{folded}");
    let mut parts = plain.split(|byte| *byte == b'/').skip(1);
    assert!(!parts.any(|part| part.is_empty() || part == b"." || part == b".."), "{folded}");
    let sent: Uri = format!("{ORIGIN}{folded}").parse().expect(folded);
    assert_eq!((sent.path(), sent.query()), (folded, None));
    assert_eq!(sent.authority().map(http::uri::Authority::as_str), Some(ADDRESS), "{folded}");
}

/// No credential of the caller goes on, no header of one connection passes, and no reply leads past the agent. The
/// first byte chooses: a request, a reply, or the query of an address.
pub fn agent_headers(data: &[u8]) {
    let Some((first, text)) = data.split_first() else { return };
    match first % 3 {
        0 => headers(text).iter().for_each(a_request),
        1 => headers(text).iter().for_each(a_reply),
        _ => Uri::try_from(text).iter().for_each(a_query),
    }
}

fn a_request(sent: &HeaderMap) {
    let kept = of_the_request(sent);
    for name in kept.keys() {
        assert!(!is_a_credential(name.as_str()) && !is_of_one_connection(name.as_str()), "{name}");
        assert_eq!(all(&kept, name.as_str()), all(sent, name.as_str()), "{name}");
    }
    assert!(named_in_connection(sent).iter().all(|name| !kept.contains_key(name)), "{sent:?}");
    let lost = sent.keys().filter(|name| !kept.contains_key(*name)).map(HeaderName::as_str);
    for name in lost {
        let gone = is_a_credential(name) || is_of_one_connection(name);
        assert!(gone || named_in_connection(sent).contains(&name.to_owned()), "{name} is lost");
    }
}

fn a_reply(sent: &HeaderMap) {
    let kept = of_the_reply(sent, GOOGLE, || ORIGIN.to_owned());
    for (name, value) in &kept {
        let name = name.as_str();
        assert!(name == "content-length" || !is_of_one_connection(name), "{name}");
        let browsers = ["set-cookie", "alt-svc", "clear-site-data", "strict-transport-security"];
        assert!(!name.starts_with("access-control-") && !browsers.contains(&name), "{name}");
        let leads = ["location", "x-goog-upload-url", "x-goog-upload-control-url"].contains(&name);
        let first = all(&kept, name)[0];
        assert!(!(leads && first.starts_with(format!("{GOOGLE}/").as_bytes())), "{value:?}");
    }
    assert!(named_in_connection(sent).iter().all(|name| !kept.contains_key(name)), "{sent:?}");
}

fn a_query(uri: &Uri) {
    let sent: Vec<&str> = uri.query().into_iter().flat_map(|query| query.split('&')).collect();
    let kept = query(uri);
    let kept: Vec<&str> = kept.iter().flat_map(|query| query.split('&')).collect();
    let harmless = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default().replace('+', " ");
        let name = decoded(name.as_bytes()).trim_ascii().to_ascii_lowercase();
        let names: [&[u8]; 8] = [
            b"key",
            b"access_token",
            b"oauth_token",
            b"bearer_token",
            b"api_key",
            b"apikey",
            b"$httpheaders",
            b"$httpmethod",
        ];
        !names.contains(&name.as_slice())
    };
    assert!(kept.iter().all(harmless), "{uri}");
    // White space of other alphabets counts as none, too: there may be fewer, and none that is new.
    let mut rest = sent.iter().filter(|pair| harmless(pair));
    assert!(kept.iter().all(|pair| rest.any(|other| other == pair)), "{uri}");
}

/// Who asks, who pays, and what is asked, in the spellings of Google's servers and of proxies.
fn is_a_credential(name: &str) -> bool {
    let name = name.replace('_', "-");
    let of_google = name.strip_prefix("x-goog-").is_some_and(|rest| {
        let google = ["api-key", "user-project", "authuser", "visibilities"];
        google.contains(&rest)
            || rest == "iam-authorization-token"
            || rest == "iam-authority-selector"
    });
    let others = ["authorization", "proxy-authorization", "cookie", "cookie2", "api-key"];
    let disguises = ["http-method-override", "http-method", "method-override"];
    let addresses = ["original-url", "rewrite-url", "api-key"];
    let disguised = |rest: &str| disguises.contains(&rest) || addresses.contains(&rest);
    of_google || others.contains(&&*name) || name.strip_prefix("x-").is_some_and(disguised)
}

/// RFC 9110, section 7.6.1, and what the next server is told by our own client.
fn is_of_one_connection(name: &str) -> bool {
    let of_section = ["connection", "proxy-connection", "keep-alive", "te", "transfer-encoding"];
    let more = ["upgrade", "trailer", "proxy-authenticate", "http2-settings", "expect"];
    let ours = ["host", "content-length"];
    of_section.contains(&name) || more.contains(&name) || ours.contains(&name)
}

fn named_in_connection(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all("connection").iter();
    let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
    let names = values.join(",").to_ascii_lowercase();
    names.split(',').map(|name| name.trim().to_owned()).collect()
}

fn all<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a [u8]> {
    headers.get_all(name).iter().map(HeaderValue::as_bytes).collect()
}

/// A request's first line, and its headers.
fn head(text: &[u8]) -> Option<Parts> {
    let (line, rest) = text.split_at(text.iter().position(|byte| *byte == b'\n')?);
    let mut words = line.trim_ascii().split(|byte| *byte == b' ');
    let mut request = Request::new(());
    *request.method_mut() = Method::from_bytes(words.next()?).ok()?;
    *request.uri_mut() = Uri::try_from(words.next()?).ok()?;
    *request.headers_mut() = headers(&rest[1..])?;
    Some(request.into_parts().0)
}

/// Lines of `Name: value`, up to one that is none.
fn headers(text: &[u8]) -> Option<HeaderMap> {
    let mut all = HeaderMap::new();
    for line in text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { break };
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
        all.try_append(name, value).ok()?;
    }
    Some(all)
}

/// Percent-decoded once.
fn decoded(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        match encoded(rest) {
            Some(byte) => {
                plain.push(byte);
                rest = &rest[3..];
            }
            None => {
                plain.push(*first);
                rest = after;
            }
        }
    }
    plain
}

/// Percent-decoded for as long as there is something to decode.
fn plain(text: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    while let Some((at, byte)) =
        (0..text.len()).find_map(|at| Some((at, encoded(text.get(at..)?)?)))
    {
        text.splice(at..at + 3, [byte]);
    }
    text
}

/// The byte that `%` and two digits at the beginning stand for.
fn encoded(text: &[u8]) -> Option<u8> {
    let digits = text.strip_prefix(b"%")?.get(..2)?;
    digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}
