//! What curl takes for an address among its words.
//!
//! In: words for curl. Out: the places of the addresses. A word is an address only where curl takes it for
//! one, so every option has to be known: which take a value, and that none carries the token elsewhere. The
//! others are refused.
//! Source: `curl --help all` of 7.88.

use crate::exit::Case;
use crate::failure::{Failure, Outcome};

/// Options that are whole, by their letter and name.
const FLAGS: &[(Option<char>, &str)] = &[
    (None, "compressed"),
    (None, "create-dirs"),
    (Some('q'), "disable"),
    (Some('f'), "fail"),
    (None, "fail-early"),
    (None, "fail-with-body"),
    (Some('G'), "get"),
    (Some('g'), "globoff"),
    (Some('I'), "head"),
    (None, "http1.1"),
    (None, "http2"),
    (None, "http3"),
    (Some('i'), "include"),
    (Some('4'), "ipv4"),
    (Some('6'), "ipv6"),
    (Some('N'), "no-buffer"),
    (None, "no-clobber"),
    (None, "no-keepalive"),
    (None, "no-progress-meter"),
    (None, "no-styled-output"),
    (None, "path-as-is"),
    (Some('#'), "progress-bar"),
    (None, "raw"),
    (Some('O'), "remote-name"),
    (Some('R'), "remote-time"),
    (None, "remove-on-error"),
    (None, "retry-all-errors"),
    (None, "retry-connrefused"),
    (Some('S'), "show-error"),
    (Some('s'), "silent"),
    (None, "tcp-nodelay"),
    (None, "tlsv1.2"),
    (None, "tlsv1.3"),
];

/// Options that take a value: the rest of a short one's word, or the next word.
const WITH_VALUE: &[(Option<char>, &str)] = &[
    (None, "cacert"),
    (None, "capath"),
    (Some('E'), "cert"),
    (None, "connect-timeout"),
    (Some('C'), "continue-at"),
    (None, "create-file-mode"),
    (Some('d'), "data"),
    (None, "data-ascii"),
    (None, "data-binary"),
    (None, "data-raw"),
    (None, "data-urlencode"),
    (Some('D'), "dump-header"),
    (None, "expect100-timeout"),
    (Some('F'), "form"),
    (None, "form-string"),
    (Some('H'), "header"),
    (None, "json"),
    (None, "keepalive-time"),
    (None, "key"),
    (None, "limit-rate"),
    (None, "max-filesize"),
    (None, "max-redirs"),
    (Some('m'), "max-time"),
    (Some('o'), "output"),
    (None, "output-dir"),
    (None, "pinnedpubkey"),
    (Some('x'), "proxy"),
    (None, "proxy-cacert"),
    (Some('U'), "proxy-user"),
    (Some('r'), "range"),
    (Some('e'), "referer"),
    (Some('X'), "request"),
    (None, "retry"),
    (None, "retry-delay"),
    (None, "retry-max-time"),
    (Some('Y'), "speed-limit"),
    (Some('y'), "speed-time"),
    (None, "stderr"),
    (None, "tls-max"),
    (Some('T'), "upload-file"),
    (None, "url-query"),
    (Some('A'), "user-agent"),
    (Some('w'), "write-out"),
];

/// Who chooses both the proxy and the certificates that it is checked with can read the token: alone, a proxy
/// sees bytes that it cannot read, and certificates are not used against Google's true servers.
pub(super) fn check_proxy(words: &[String], variable: impl Fn(&str) -> Option<String>) -> Outcome {
    let given = |options: &[&'static str]| {
        let mut places = words.iter();
        while let Some(word) = places.next() {
            let named = options.iter().find(|option| is_option(word, option));
            if named.is_some() {
                return named.map(|option| format!("`--{option}`"));
            }
            if word.strip_prefix('-').and_then(takes_the_next) == Some(true) {
                let _value = places.next();
            }
        }
        None
    };
    let set = |names: &[&'static str]| {
        let found = names.iter().find(|name| variable(name).is_some());
        found.map(|name| format!("`{name}`"))
    };
    let proxy = given(&["proxy"]).or_else(|| set(&PROXIES));
    let authority = given(&["cacert", "capath", "proxy-cacert"]).or_else(|| set(&AUTHORITIES));
    match (proxy, authority) {
        (Some(proxy), Some(authority)) => {
            let what = format!("{proxy} and {authority} together would let a proxy read the token");
            Err(Failure::new(Case::CurlProxy, what))
        }
        _ => Ok(()),
    }
}

/// As curl reads them: for https, in either case.
const PROXIES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

const AUTHORITIES: [&str; 3] = ["CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Says whether a word is this option: `--proxy`, `-x`, or `-x` among the letters of one word.
fn is_option(word: &str, option: &str) -> bool {
    let Some(rest) = word.strip_prefix('-') else { return false };
    if let Some(name) = rest.strip_prefix('-') {
        return name == option;
    }
    let letter =
        WITH_VALUE.iter().find(|(_, name)| *name == option).and_then(|(letter, _)| *letter);
    let takes_value =
        |letter: char| WITH_VALUE.iter().any(|(with_value, _)| *with_value == Some(letter));
    rest.chars().find(|letter| takes_value(*letter)).is_some_and(|first| Some(first) == letter)
}

/// Returns the places of the words that curl will call.
pub(super) fn addresses(words: &[String]) -> Outcome<Vec<usize>> {
    let mut found = Vec::new();
    let mut places = words.iter().enumerate();
    let mut options = true;
    while let Some((place, word)) = places.next() {
        match word.strip_prefix('-') {
            Some("-") if options => options = false,
            Some(option) if options => {
                if takes_the_next(option).ok_or_else(|| unknown(word))? {
                    let _value = places.next();
                }
            }
            _ => found.push(place),
        }
    }
    Ok(found)
}

/// Says whether the value of an option, given without its first dash, is the next word; `None` where the
/// option is not known.
fn takes_the_next(option: &str) -> Option<bool> {
    let named = |options: &[(Option<char>, &str)], name: &str| {
        options.iter().any(|(_, option)| *option == name)
    };
    let lettered = |options: &[(Option<char>, &str)], letter: char| {
        options.iter().any(|(option, _)| *option == Some(letter))
    };
    if let Some(name) = option.strip_prefix('-') {
        return match name {
            _ if named(FLAGS, name) => Some(false),
            _ if named(WITH_VALUE, name) => Some(true),
            _ => None,
        };
    }
    // `-sXPOST` is `-s -X POST`.
    let mut letters = option.chars();
    let mut known = None;
    while let Some(letter) = letters.next() {
        if lettered(WITH_VALUE, letter) {
            return Some(letters.as_str().is_empty());
        }
        known = Some(lettered(FLAGS, letter).then_some(false)?);
    }
    known
}

fn unknown(word: &str) -> Failure {
    // A value that was joined to its option may be a key.
    let shown = word.split('=').next().unwrap_or_default();
    let what =
        format!("`{shown}` is no option of curl that is known to keep the token where it belongs");
    Failure::new(Case::CurlOption, what).about(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Outcome<Vec<usize>> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        addresses(&words)
    }

    #[test]
    fn options_that_could_carry_the_token_elsewhere_are_refused() {
        for bad in [
            "-K",
            "-Kfile",
            "-k",
            "-sk",
            "-sSk",
            "-",
            "-:",
            "-Z",
            "--insecure",
            "--insec",
            "--config",
            "--config=x",
            "--url",
            "-L",
            "-sL",
            "--location",
            "-v",
            "-sv",
            "--verbose",
            "--trace",
            "--trace-ascii",
            "--trace-time",
            "--location-trusted",
            "--location-t",
            "--next",
            "--proto",
            "--connect-to",
            "--resolve",
            "--expand-url",
            "--doh-url",
            "--netrc",
            "--unix-socket",
            "--noproxy",
            "--request-target",
            "--nonsense",
        ] {
            assert!(of(bad).is_err(), "{bad}");
            assert!(of(&format!("-s {bad} x")).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_is_what_curl_takes_for_one() {
        for (line, wanted) in [
            ("https://a", vec![0]),
            ("-s https://a", vec![1]),
            ("-sS -X POST https://a", vec![3]),
            ("-sXPOST https://a", vec![1]),
            ("-dk https://a", vec![1]),
            ("https://a -d https://b", vec![0]),
            ("-e https://b -x http://c https://a", vec![4]),
            ("--header X:y --max-time 3 https://a", vec![4]),
            ("-o - --compressed https://a", vec![3]),
            ("https://a https:/b {https}://c d", vec![0, 1, 2, 3]),
            ("-- -s https://a", vec![1, 2]),
            ("-d", vec![]),
        ] {
            assert_eq!(of(line).expect(line), wanted, "{line}");
        }
    }

    #[test]
    fn a_proxy_and_certificates_of_its_own_are_not_given_together() {
        let check = |line: &str, variables: &[&str]| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            check_proxy(&words, |name| variables.contains(&name).then(|| "x".to_owned()))
        };
        for (line, variables) in [
            ("-x http://p --cacert c https://a", &[][..]),
            ("--proxy http://p --cacert c https://a", &[]),
            ("-xhttp://p --capath c https://a", &[]),
            ("-sSxhttp://p --proxy-cacert c https://a", &[]),
            ("-sx http://p https://a", &["SSL_CERT_FILE"]),
            ("--cacert c https://a", &["https_proxy"]),
            ("https://a", &["HTTPS_PROXY", "CURL_CA_BUNDLE"]),
            ("https://a", &["ALL_PROXY", "SSL_CERT_DIR"]),
        ] {
            assert!(check(line, variables).is_err(), "{line} {variables:?}");
        }
        for (line, variables) in [
            ("-x http://p https://a", &[][..]),
            ("--cacert c https://a", &[]),
            ("https://a", &["HTTPS_PROXY"]),
            ("https://a", &["SSL_CERT_FILE", "http_proxy"]),
            // Values are no options.
            ("-H -x --cacert c https://a", &[]),
            ("-d --cacert https://a", &["HTTPS_PROXY"]),
            ("-dx --cacert c https://a", &[]),
        ] {
            assert!(check(line, variables).is_ok(), "{line} {variables:?}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn curl_agrees_about_which_options_take_a_value() {
        let help = std::process::Command::new("curl").args(["--help", "all"]).output();
        let help = help.expect("curl, as the other tests need it");
        let help = String::from_utf8_lossy(&help.stdout).into_owned();
        for line in help.lines() {
            let Some((before, rest)) = line.split_once("--") else { continue };
            let mut words = rest.split(' ');
            let name = words.next().unwrap_or_default();
            let value = words.next().is_some_and(|next| next.starts_with(['<', '[']));
            let letter = before.trim().trim_end_matches(',').strip_prefix('-');
            for (options, takes) in [(FLAGS, false), (WITH_VALUE, true)] {
                if let Some((ours, _)) = options.iter().find(|(_, option)| *option == name) {
                    assert_eq!(value, takes, "--{name}");
                    assert_eq!(ours.map(String::from).as_deref(), letter, "--{name}");
                }
            }
        }
    }
}
