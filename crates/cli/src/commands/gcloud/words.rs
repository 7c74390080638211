//! gcloud's words: the commands and flags that are answered.
//!
//! Source: `gcloud --help` and the flags of gcloud 528.

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

/// gcloud's commands for credentials, answered by hallpass
#[derive(Debug, Parser)]
#[command(name = "gcloud", disable_help_subcommand = true, disable_version_flag = true)]
pub(super) struct Gcloud {
    #[command(subcommand)]
    pub(super) group: Option<Group>,
    /// Accepted for scripts; no question is asked with or without it
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
    /// The project; for `login`, the quota project
    #[arg(long, global = true, value_name = "ID")]
    pub(super) project: Option<String>,
    /// Whose sign-in it has to be
    #[arg(long, global = true, value_name = "EMAIL")]
    pub(super) account: Option<String>,
    /// json, or value(KEY[,KEY…]) as gcloud knows it
    #[arg(long, global = true)]
    pub(super) format: Option<String>,
    /// Accepted for scripts; without effect
    #[arg(long, global = true, hide = true, value_parser = ["debug", "info", "warning", "error", "critical", "none"])]
    pub(super) verbosity: Option<String>,
    /// Which program answers
    #[arg(long)]
    pub(super) version: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Group {
    /// The sign-in and its tokens
    #[command(subcommand)]
    Auth(Auth),
    /// What is known of project and account
    #[command(subcommand)]
    Config(Config),
    /// Which program answers
    Version,
}

#[derive(Debug, Subcommand)]
pub(super) enum Auth {
    /// The sign-in that every Google client finds
    #[command(subcommand)]
    ApplicationDefault(ApplicationDefault),
    /// A valid access token
    PrintAccessToken {
        #[arg(value_name = "EMAIL")]
        who: Option<String>,
    },
    /// Who signed in, signed by Google; needs the scope `openid`
    PrintIdentityToken {
        #[arg(value_name = "EMAIL")]
        who: Option<String>,
    },
    /// Who is signed in
    List {
        /// `status:ACTIVE` is the one that is known
        #[arg(long)]
        filter: Option<String>,
        /// This account alone
        #[arg(long, value_name = "EMAIL")]
        filter_account: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum ApplicationDefault {
    /// Sign in with the browser
    Login(Login),
    /// A valid access token
    PrintAccessToken,
    /// End the sign-in at Google and delete it here
    Revoke,
    /// Set which project requests are counted for
    SetQuotaProject { project: String },
}

/// gcloud's flags; the scopes are those of hallpass when none are given.
#[derive(Debug, clap::Args)]
pub(super) struct Login {
    /// The account that is to sign in; another one is refused
    #[arg(value_name = "EMAIL")]
    pub(super) who: Option<String>,
    /// The OAuth client, as downloaded from the Cloud console
    #[arg(long, value_name = "FILE")]
    pub(super) client_id_file: Option<PathBuf>,
    /// What to ask for, with commas
    #[arg(long)]
    pub(super) scopes: Option<String>,
    /// Open a browser (the default)
    #[arg(long, overrides_with = "no_browser")]
    pub(super) browser: bool,
    /// The browser is on another machine
    #[arg(long, conflicts_with = "no_launch_browser")]
    pub(super) no_browser: bool,
    /// Open a browser (the default)
    #[arg(long, overrides_with = "no_launch_browser")]
    pub(super) launch_browser: bool,
    /// Print the address only
    #[arg(long)]
    pub(super) no_launch_browser: bool,
    /// Be the machine with the browser for another one
    #[arg(long, value_name = "URL", conflicts_with_all = ["client_id_file", "scopes", "who", "no_browser"])]
    pub(super) remote_bootstrap: Option<String>,
    /// Take no quota project from --project
    #[arg(long)]
    pub(super) disable_quota_project: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// The value of `project` or `account`
    #[command(visible_alias = "get-value")]
    Get { property: String },
    /// Project and account
    List,
    /// Project, account and token, as programs read them
    #[command(name = "config-helper")]
    Helper {
        /// Get a new token first
        #[arg(long)]
        force_auth_refresh: bool,
        /// How long the token has to be good for: 300, 300s, 5m, 1h
        #[arg(long, value_name = "TIME", value_parser = span)]
        min_expiry: Option<Duration>,
    },
}

/// Reads a span of time as gcloud's flags have it.
fn span(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.char_indices().last() {
        Some((at, unit)) if unit.is_ascii_alphabetic() => (&text[..at], unit),
        _ => (text, 's'),
    };
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        _ => return Err("write it as 300, 300s, 5m or 1h".to_owned()),
    };
    let number: u32 = number.parse().map_err(|_| "write it as 300, 300s, 5m or 1h".to_owned())?;
    Ok(Duration::from_secs(u64::from(number) * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_gclouds() {
        for (text, seconds) in [("0", 0), ("300", 300), ("300s", 300), ("5m", 300), ("1h", 3600)] {
            assert_eq!(span(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for bad in ["", "h", "-1h", "1d", "1.5h", "1 h", "é", "99999999999h"] {
            assert!(span(bad).is_err(), "{bad}");
        }
    }
}
