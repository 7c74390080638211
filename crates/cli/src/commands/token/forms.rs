//! The token in the forms that other programs ask their helpers for: kubectl's and git's.
//!
//! In: the saved sign-in, and for git the request on standard input. Out: one document.
//! Source: Kubernetes, "client-go credential plugins"; git-credential(1) and gitcredentials(7).
//! Not here: asking by itself; the user names hallpass in the other program's settings.

use crate::context::Context;
use crate::failure::Outcome;
use crate::render;
use crate::saved::Saved;
use serde_json::json;

/// A request of git's has a handful of lines.
const MOST_LINES: usize = 64;

/// Prints what kubectl and other programs of client-go take from `exec`.
pub(super) fn exec_credential(context: &mut Context) -> Outcome {
    let token = Saved::find(context, None)?.access_token(context)?;
    context.data(render::document(&json!({
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {
            "token": token.expose(),
            "expirationTimestamp": render::time(token.expires_at()),
        },
    })))
}

/// Answers git, for Google's own hosts by https; every other host is left to the next helper.
pub(super) fn git(operation: &str, context: &mut Context) -> Outcome {
    let mut asked = Vec::new();
    for _ in 0..MOST_LINES {
        match context.line("")? {
            Some(line) if !line.trim_end().is_empty() => asked.push(line.trim_end().to_owned()),
            _ => break,
        }
    }
    let value = |name: &str| {
        asked.iter().filter_map(|line| line.split_once('=')).find(|(key, _)| *key == name)
    };
    let host = value("host").map(|(_, host)| host.to_ascii_lowercase()).unwrap_or_default();
    let https = value("protocol").is_some_and(|(_, protocol)| protocol == "https");
    // `store` and `erase` tell what became of it: the token is kept elsewhere.
    if operation != "get" || !https || !is_googles(&host) {
        return Ok(());
    }
    let saved = Saved::find(context, None)?;
    let token = saved.access_token(context)?;
    let account = saved.account().unwrap_or("oauth2accesstoken").to_owned();
    let end = token.expires_at().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    context.data([
        format!("username={account}"),
        format!("password={}", token.expose()),
        format!("password_expiry_utc={}", end.as_secs()),
    ])
}

/// Where Google keeps repositories; a port is none of theirs.
fn is_googles(host: &str) -> bool {
    host == "source.developers.google.com"
        || host.strip_suffix(".googlesource.com").is_some_and(|name| {
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

#[cfg(test)]
mod tests {
    use super::is_googles;

    #[test]
    fn a_token_goes_to_googles_repositories_alone() {
        for good in ["source.developers.google.com", "chromium.googlesource.com"] {
            assert!(is_googles(good), "{good}");
        }
        for bad in [
            "",
            "googlesource.com",
            ".googlesource.com",
            "a.b.googlesource.com",
            "evil.example/.googlesource.com",
            "chromium.googlesource.com.evil.example",
            "chromium.googlesource.com:8443",
            "github.com",
        ] {
            assert!(!is_googles(bad), "{bad}");
        }
    }
}
