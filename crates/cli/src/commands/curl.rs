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
use hallpass::ErrorKind;
use hallpass::http::Signer;
use hallpass::oauth::Endpoints;
use http::Uri;
use std::path::Path;
use std::process::Command;

/// Call a Google API with curl and the saved sign-in
///
/// The token goes to https://*.googleapis.com, or to the emulator when HALLPASS_EMULATOR_HOST is set;
/// any other address is refused. Options of curl can stand before and after the address; those that
/// could send the token elsewhere or show it (-L, -v, --trace), or that hallpass does not know, are
/// refused; so is a proxy together with certificates of its own (--cacert, SSL_CERT_FILE).
/// ~/.curlrc is not read.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Give the token to this host, too: its owner can use your account for an hour
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
    let (emulator, endpoints) = (context.emulator()?, context.endpoints()?);
    let mut words = args.words.clone();
    let places = words::addresses(&words)?;
    if places.is_empty() {
        return Err(Failure::new(Case::CurlNoAddress, "there is no address to call"));
    }
    if emulator.is_none() {
        words::check_proxy(&words, |name| context.variable(name))?;
    }
    let saved = Saved::find(context, None)?;
    let signer = Signer::new(saved.credential(context)?).with_endpoints(endpoints.clone());
    let signer = args.allow_host.iter().fold(signer, Signer::with_host);
    for place in places {
        words[place] = address(&words[place], &signer, &endpoints)?;
    }
    let headers = header::lines(&saved, context)?;
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
    let folder = context.own_folder()?;
    context.exit_code = run_curl(command, &headers, &words, &folder)
        .map_err(|error| Failure::new(Case::CurlMissing, "cannot start `curl`").because(error))?;
    Ok(())
}

/// Turns this process into curl, with the headers in a pipe; returns only when that is impossible.
#[cfg(unix)]
fn run_curl(
    mut command: Command,
    headers: &str,
    arguments: &[String],
    _: &Path,
) -> std::io::Result<u8> {
    use std::io::Write;
    use std::os::fd::AsRawFd;
    use std::os::unix::process::CommandExt;

    // Two short lines; a pipe holds at least 4 KiB before it is read.
    let (read, write) = rustix::pipe::pipe()?;
    std::fs::File::from(write).write_all(headers.as_bytes())?;
    command.args(["-H", &format!("@/dev/fd/{}", read.as_raw_fd())]);
    Err(command.args(arguments).exec())
}

/// Runs curl to its end and returns its exit code.
///
/// Windows gives a program no pipe beside its standard input, which is the user's (`-d @-`): the headers are in a
/// file of hallpass's own folder, where the token rests anyway, and gone when curl has ended.
#[cfg(windows)]
fn run_curl(
    mut command: Command,
    headers: &str,
    arguments: &[String],
    folder: &Path,
) -> std::io::Result<u8> {
    use crate::context::run_to_its_end;

    let file = tempfile::Builder::new().prefix(".hallpass-").tempfile_in(folder)?;
    // In its place, one with an access list for the user alone; it goes when this one would.
    let file = file.into_temp_path();
    hallpass::store::write_private(&file, headers.as_bytes()).map_err(std::io::Error::other)?;
    command.args(["-H", &format!("@{}", file.display())]);
    command.args(arguments);
    run_to_its_end(command)
}

/// Returns the address to call: one that the token may go to, moved to the emulator when there is one. What was
/// checked is what curl gets, written anew: no other spelling is left for it to read in its own way.
fn address(text: &str, signer: &Signer, endpoints: &Endpoints) -> Outcome<String> {
    // A query may hold an API key.
    let shown = text.split(['?', '#']).next().unwrap_or_default();
    let refused = |cause: String| {
        let what = format!("the token may not go to `{}`", shown);
        Failure::new(Case::CurlAddress, what).because(cause)
    };
    let uri: Uri = text.parse().map_err(|_| refused("it is not an address".to_owned()))?;
    if let Err(error) = signer.check(&uri) {
        return Err(refused(match error.kind() {
            ErrorKind::InsecureUri => error.to_string(),
            _ => "it is not https://*.googleapis.com".to_owned(),
        }));
    }
    let is_emulators = uri.scheme_str() == Some("http");
    Ok(if is_emulators { uri.to_string() } else { endpoints.address(&uri) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hallpass::Credential;
    use hallpass::oauth::AccessToken;
    use hallpass::source::StaticSource;
    use std::time::SystemTime;

    fn at(text: &str, endpoints: &Endpoints) -> Outcome<String> {
        let token = AccessToken::new("a", SystemTime::UNIX_EPOCH).expect("token");
        let signer = Signer::new(Credential::new(StaticSource::new(token)));
        let signer = signer.with_endpoints(endpoints.clone()).with_host("api.example.com");
        address(text, &signer, endpoints)
    }

    #[test]
    fn curl_gets_the_address_that_was_checked() {
        let google = Endpoints::google();
        let emulator = Endpoints::emulator("127.0.0.1:9099".parse().expect("address"));
        for (given, called, moved) in [
            (
                "https://generativelanguage.googleapis.com/v1/models?a=b#c",
                "https://generativelanguage.googleapis.com/v1/models?a=b",
                "http://127.0.0.1:9099/v1/models?a=b",
            ),
            ("https://a.googleapis.com", "https://a.googleapis.com/", "http://127.0.0.1:9099/"),
            (
                "https://api.example.com/v1",
                "https://api.example.com/v1",
                "http://127.0.0.1:9099/v1",
            ),
        ] {
            assert_eq!(at(given, &google).expect(given), called);
            assert_eq!(at(given, &emulator).expect(given), moved);
        }
        let own = "http://127.0.0.1:9099/v1/models";
        assert_eq!(at(own, &emulator).expect(own), own);
        assert!(at(own, &google).is_err());
        // What curl would make another host of, and what it would guess a scheme for.
        for bad in [
            "https://evil.com\\.googleapis.com/",
            "https://{evil.com/,a}.googleapis.com/",
            "https://[a-b].googleapis.com/",
            "generativelanguage.googleapis.com/v1/models",
            "https://a.googleapis.com:8443/",
            "http://127.0.0.1:90990/",
            "",
        ] {
            assert!(at(bad, &google).is_err() && at(bad, &emulator).is_err(), "{bad}");
        }
    }
}
