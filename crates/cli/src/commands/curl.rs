//! `hallpass curl`: curl with the two headers, for Google's hosts and no others.
//!
//! In: an address and curl's own arguments. Out: the process becomes curl.
//! The headers travel through a pipe that curl inherits: no file, nothing in the argument list, where
//! every user of the machine could read it.
//! Not here: which of curl's words are addresses (`words`).

mod words;

use crate::commands::header;
use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::saved::Saved;
use std::net::SocketAddr;
use std::process::Command;

/// Call a Google API with curl and the saved sign-in
///
/// The token goes to https://*.googleapis.com, or to the emulator when HALLPASS_EMULATOR_HOST is set;
/// any other address is refused. Options of curl can stand before and after the address; those that
/// could send the token elsewhere, or that hallpass does not know, are refused. ~/.curlrc is not read.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Give the token to this host, too: whoever runs it can use your account for an hour
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
    /// The address, such as https://generativelanguage.googleapis.com/v1/models, and options of
    /// curl, such as -d '{"contents":…}'
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        required = true,
        value_name = "URL|ARGS"
    )]
    words: Vec<String>,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let emulator = context.emulator()?;
    let mut words = args.words.clone();
    let places = words::addresses(&words)?;
    if places.is_empty() {
        return Err(Failure::new(Case::CurlNoAddress, "there is no address to call"));
    }
    for place in places {
        words[place] = address(&words[place], emulator, &args.allow_host)?;
    }
    let headers = header::lines(&Saved::find(context, None)?, context)?;
    let mut command = Command::new("curl");
    // Its file of options could name other servers, too; only as the first word is this obeyed.
    command.arg("--disable");
    match emulator {
        None => command.args(["--proto", "=https", "--proto-redir", "=https"]),
        // Whatever else curl takes for an address, the emulator answers.
        Some(emulator) => {
            let everywhere = format!("::{emulator}");
            command.args(["--proto", "=http", "--noproxy", "*", "--connect-to", &everywhere])
        }
    };
    Err(become_curl(command, &headers, &words))
}

/// Turns this process into curl, with the headers in a pipe; returns only when that is impossible.
#[cfg(unix)]
fn become_curl(mut command: Command, headers: &str, arguments: &[String]) -> Failure {
    use std::io::Write;
    use std::os::fd::AsRawFd;
    use std::os::unix::process::CommandExt;

    // Two short lines; a pipe holds at least 4 KiB before anybody reads.
    let piped = || -> std::io::Result<_> {
        let (read, write) = rustix::pipe::pipe()?;
        std::fs::File::from(write).write_all(headers.as_bytes())?;
        Ok(read)
    };
    let pipe = match piped() {
        Ok(pipe) => pipe,
        Err(error) => return cannot_start(&error),
    };
    command.args(["-H", &format!("@/dev/fd/{}", pipe.as_raw_fd())]);
    let error = command.args(arguments).exec();
    drop(pipe);
    cannot_start(&error)
}

/// Runs curl with the headers on its standard input, and ends as curl ends.
#[cfg(not(unix))]
fn become_curl(mut command: Command, headers: &str, arguments: &[String]) -> Failure {
    use std::io::Write;

    let mut run = || -> std::io::Result<_> {
        command.args(["-H", "@-"]).args(arguments).stdin(std::process::Stdio::piped());
        let mut child = command.spawn()?;
        child.stdin.take().map_or(Ok(()), |mut input| input.write_all(headers.as_bytes()))?;
        child.wait()
    };
    match run() {
        Ok(status) => Failure::new(Case::Unexpected, "curl did not succeed").because(status),
        Err(error) => cannot_start(&error),
    }
}

fn cannot_start(error: &std::io::Error) -> Failure {
    Failure::new(Case::CurlMissing, "cannot start `curl`").because(error)
}

/// Returns the address to call: one of Google's, moved to the emulator when there is one.
fn address(text: &str, emulator: Option<SocketAddr>, more: &[String]) -> Outcome<String> {
    if let Some(emulator) = emulator {
        let origin = format!("http://{emulator}");
        if text
            .strip_prefix(&origin)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
        {
            return Ok(text.to_owned());
        }
        if let Some(path) = path_at(text, more) {
            return Ok(format!("{origin}{path}"));
        }
    } else if path_at(text, more).is_some() {
        return Ok(text.to_owned());
    }
    let cause = if text.starts_with("http://") {
        "it is not https, so others could read the token"
    } else {
        "it is not https://*.googleapis.com"
    };
    // A query may hold somebody's key.
    let shown = text.split(['?', '#']).next().unwrap_or_default();
    Err(Failure::new(Case::CurlAddress, format!("the token may not go to `{shown}`"))
        .because(cause))
}

/// Returns what follows the host, when the host is one of Google's or was named.
///
/// The host is letters, digits, dots and dashes only: no user part, no port, and none of curl's
/// globs, which could make another host of it.
fn path_at<'a>(text: &'a str, more: &[String]) -> Option<&'a str> {
    let rest = text.strip_prefix("https://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    let google = host.strip_suffix(".googleapis.com").is_some_and(|label| !label.is_empty());
    let named = more.iter().any(|allowed| allowed.eq_ignore_ascii_case(host));
    (plain && (google || named) && !path.contains('\\')).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMULATOR: SocketAddr =
        SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9099);

    #[test]
    fn the_token_goes_to_googles_hosts_alone() {
        for good in [
            "https://generativelanguage.googleapis.com/v1/models",
            "https://oauth2.googleapis.com",
            "https://a.b-c.googleapis.com?x=y",
        ] {
            assert_eq!(address(good, None, &[]).expect(good), good);
        }
        for bad in [
            "http://generativelanguage.googleapis.com/v1/models",
            "https://googleapis.com/",
            "https://.googleapis.com/",
            "https://evilgoogleapis.com/",
            "https://a.googleapis.com.evil.com/",
            "https://a.googleapis.com@evil.com/",
            "https://evil.com#.googleapis.com/",
            "https://evil.com?.googleapis.com",
            "https://{evil.com/,a}.googleapis.com/",
            "https://evil.com\\.googleapis.com/",
            "https://a.googleapis.com:8443/",
            "generativelanguage.googleapis.com/v1/models",
            "http://127.0.0.1:9099/v1/models",
        ] {
            assert!(address(bad, None, &[]).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_host_that_was_named_gets_the_token_and_no_other() {
        let named = ["api.example.com".to_owned()];
        let good = "https://api.example.com/v1?a=b";
        assert_eq!(address(good, None, &named).expect("named"), good);
        for bad in [
            "https://other.example.com/",
            "http://api.example.com/",
            "https://api.example.com.evil.com/",
            "https://api.example.com@evil.com/",
            "https://api.example.com:8443/",
        ] {
            assert!(address(bad, None, &named).is_err(), "{bad}");
        }
    }

    #[test]
    fn with_an_emulator_googles_addresses_become_its_own() {
        for (given, called) in [
            (
                "https://generativelanguage.googleapis.com/v1/models?a=b",
                "http://127.0.0.1:9099/v1/models?a=b",
            ),
            ("http://127.0.0.1:9099/v1/models", "http://127.0.0.1:9099/v1/models"),
        ] {
            assert_eq!(address(given, Some(EMULATOR), &[]).expect(given), called);
        }
        for bad in
            ["https://example.com/", "http://127.0.0.1:90990/", "http://127.0.0.1:9099@evil.com/"]
        {
            assert!(address(bad, Some(EMULATOR), &[]).is_err(), "{bad}");
        }
    }
}
