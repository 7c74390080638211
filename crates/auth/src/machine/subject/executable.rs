//! A program that prints a subject token.
//!
//! In: `executable` of a credential source. Out: the token in its answer, or in the file where it keeps it.
//! Only with `GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1`: a credential file that starts a program is a
//! program. It is started without a shell, with a time limit, and killed after it.
//! Source: AIP-4117 (executable-sourced credentials), version 1 of the answer.

use crate::error::{Error, ErrorKind};
use crate::files::read_private;
use crate::formats::credential_file::CredentialFile;
use crate::formats::json;
use crate::machine::Reach;
use crate::secret::Secret;
use crate::text::{code_word, plain};
use serde_json::Value;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::process::Command;

const ALLOWED: &str = "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES";

/// The limits of AIP-4117, in milliseconds.
const TIMEOUT: std::ops::RangeInclusive<u64> = 5_000..=120_000;

const DEFAULT_TIMEOUT: u64 = 30_000;

#[derive(Debug)]
pub(in crate::machine) struct Executable {
    words: Vec<String>,
    timeout: Duration,
    output_file: Option<PathBuf>,
    name: String,
}

/// What a program is told in its environment.
pub(in crate::machine) struct Asked<'a> {
    pub(in crate::machine) audience: &'a str,
    pub(in crate::machine) token_type: &'a str,
    pub(in crate::machine) email: Option<&'a str>,
}

impl Executable {
    pub(super) fn read(file: &CredentialFile) -> Result<Self, Error> {
        let words = words(file.text("command")?).filter(|words| !words.is_empty());
        let words = words.ok_or_else(|| file.malformed("has a `command` with an open quote"))?;
        let timeout = match file.value("timeout_millis") {
            None => Some(DEFAULT_TIMEOUT),
            Some(millis) => millis.as_u64().filter(|millis| TIMEOUT.contains(millis)),
        };
        let timeout = timeout.map(Duration::from_millis).ok_or_else(|| {
            file.malformed("has a `timeout_millis` that is not between 5000 and 120000")
        })?;
        let output_file = file.optional("output_file").map(PathBuf::from);
        Ok(Self { words, timeout, output_file, name: file.name().to_owned() })
    }

    pub(super) async fn token(&self, reach: &Reach, asked: &Asked<'_>) -> Result<Secret, Error> {
        if reach.variables.text(ALLOWED) != Some("1") {
            let what = format!("{} would start the program `{}`", self.name, self.shown());
            return Err(Error::new(ErrorKind::ExecutableNotAllowed, what)
                .with_source(format!("{ALLOWED} is not set to 1")));
        }
        let now = reach.clock.now();
        if let Some(token) = self.kept(now) {
            return Ok(token);
        }
        let answer = self.run(asked).await?;
        token(&answer, now, self.output_file.is_some()).map_err(|why| self.failed(why))
    }

    /// Returns the token that the program keeps for next time; whatever is wrong with it, the program is asked.
    fn kept(&self, now: SystemTime) -> Option<Secret> {
        let path = self.output_file.as_ref()?;
        let bytes = read_private(path, ErrorKind::NoSubjectToken).ok()??;
        token(&bytes, now, true).ok()
    }

    async fn run(&self, asked: &Asked<'_>) -> Result<Vec<u8>, Error> {
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).kill_on_drop(true);
        command.stdin(Stdio::null()).stderr(Stdio::null());
        command.env("GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE", asked.audience);
        command.env("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE", asked.token_type);
        command.env("GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE", "0");
        command.env("GOOGLE_EXTERNAL_ACCOUNT_REVOKE", "0");
        if let Some(email) = asked.email {
            command.env("GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL", email);
        }
        if let Some(path) = &self.output_file {
            command.env("GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE", path);
        }
        match tokio::time::timeout(self.timeout, command.output()).await {
            Ok(Ok(output)) if output.status.success() => Ok(output.stdout),
            Ok(Ok(output)) => Err(self.failed(format!("it ended with {}", output.status))),
            Ok(Err(error)) => Err(self.failed(format!("it cannot be started: {error}"))),
            Err(_) => Err(self.failed(format!("no answer in {} seconds", self.timeout.as_secs()))),
        }
    }

    fn shown(&self) -> String {
        plain(&self.words[0])
    }

    fn failed(&self, why: String) -> Error {
        let what = format!("the program `{}` gives no token", self.shown());
        Error::new(ErrorKind::NoSubjectToken, what).with_source(why)
    }
}

/// Reads an answer; `bounded` ones must say when they end.
pub(super) fn token(answer: &[u8], now: SystemTime, bounded: bool) -> Result<Secret, String> {
    let answer = json::object(answer).map_err(|_| "its answer is not a JSON object".to_owned())?;
    let text = |key: &str| answer.get(key).and_then(Value::as_str);
    if answer.get("version").and_then(Value::as_u64) != Some(1) {
        return Err("its answer is not of version 1".to_owned());
    }
    match answer.get("success").and_then(Value::as_bool) {
        Some(true) => {}
        Some(false) => {
            return Err(format!("it says no: {}", text("code").map(code_word).unwrap_or_default()));
        }
        None => return Err("its answer has no `success`".to_owned()),
    }
    let ends = answer.get("expiration_time").and_then(Value::as_u64);
    // In seconds: a time may be too far off for the clock's own type.
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    match ends {
        Some(ends) if ends <= now => return Err("its token has expired".to_owned()),
        None if bounded => return Err("its answer has no `expiration_time`".to_owned()),
        _ => {}
    }
    let key = match text("token_type") {
        Some("urn:ietf:params:oauth:token-type:saml2") => "saml_response",
        Some(
            "urn:ietf:params:oauth:token-type:id_token" | "urn:ietf:params:oauth:token-type:jwt",
        ) => "id_token",
        _ => return Err("its token is of a type that Google does not take".to_owned()),
    };
    let token = text(key).filter(|token| !token.is_empty());
    token.map(Secret::from).ok_or_else(|| format!("its answer has no `{key}`"))
}

/// Splits a command as a POSIX shell would, without expanding anything; none where a quote stays open. A
/// backslash is a letter of Windows' paths.
pub(super) fn words(command: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut rest = command.chars().peekable();
    while let Some(character) = rest.next() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (None, '"' | '\'') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, '\\') if cfg!(not(windows)) => word.get_or_insert_default().push(rest.next()?),
            (Some('"'), '\\') if cfg!(not(windows)) && matches!(rest.peek(), Some('"' | '\\')) => {
                word.get_or_insert_default().extend(rest.next());
            }
            (None, space) if space.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_is_split_as_a_shell_splits_it_and_nothing_is_expanded() {
        for (command, expected) in [
            ("/bin/a --b=c  d", vec!["/bin/a", "--b=c", "d"]),
            #[cfg(not(windows))]
            ("a 'b c' \"d \\\" $HOME\" e\\ f ''", vec!["a", "b c", "d \" $HOME", "e f", ""]),
            #[cfg(windows)]
            ("C:\\a\\b.exe \"C:\\d e\\f\"", vec!["C:\\a\\b.exe", "C:\\d e\\f"]),
            ("a; rm -r `b` $(c)", vec!["a;", "rm", "-r", "`b`", "$(c)"]),
            ("", vec![]),
        ] {
            assert_eq!(words(command).expect(command), expected, "{command}");
        }
        assert!(words("a 'b").is_none());
        assert_eq!(words("a \\").is_none(), cfg!(not(windows)));
    }

    #[test]
    fn answers_of_programs_are_taken_when_they_say_yes_and_have_not_expired() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000);
        let jwt = r#"{"version":1,"success":true,"token_type":"urn:ietf:params:oauth:token-type:jwt","id_token":"marked","expiration_time":1001}"#;
        assert_eq!(token(jwt.as_bytes(), now, true).expect("token").expose(), "marked");
        let unbounded = jwt.replace(",\"expiration_time\":1001", "");
        assert_eq!(token(unbounded.as_bytes(), now, false).expect("token").expose(), "marked");
        let far = jwt.replace("1001", "18446744073709551615");
        assert_eq!(token(far.as_bytes(), now, true).expect("token").expose(), "marked");
        let saml = jwt.replace(":jwt", ":saml2").replace("id_token", "saml_response");
        assert_eq!(token(saml.as_bytes(), now, true).expect("token").expose(), "marked");
        for (bad, why) in [
            (unbounded, "its answer has no `expiration_time`"),
            (jwt.replace("1001", "1000"), "its token has expired"),
            (jwt.replace("\"version\":1", "\"version\":2"), "its answer is not of version 1"),
            (jwt.replace("true", "false"), "it says no: "),
            (jwt.replace("id_token", "saml_response"), "its answer has no `id_token`"),
            (jwt.replace(":jwt", ":other"), "its token is of a type that Google does not take"),
            ("[]".to_owned(), "its answer is not a JSON object"),
        ] {
            assert_eq!(token(bad.as_bytes(), now, true).expect_err(&bad), why);
        }
    }
}
