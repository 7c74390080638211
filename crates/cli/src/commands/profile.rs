//! `hallpass profile`: several sign-ins on one machine, and which of them every Google client finds.
//!
//! In: the profiles in hallpass's own folder, and ADC. Out: a list; another ADC, swapped whole; one profile
//! less. Nothing is lost by a swap: what was ADC goes back to its profile, or becomes `default`.
//! Not here: signing in (`login --profile`), and where a profile rests (`profile` of the crate).

use crate::commands::{completions, logout};
use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::line::Line;
use crate::place;
use crate::profile::{self, DEFAULT};
use crate::render::{self, Format};
use crate::saved;
use crate::selection::{hidden_profile, hidden_token_file};
use hallpass::AuthorizedUser;
use serde_json::json;
use std::path::Path;

/// Keep several sign-ins, and choose which one every Google client finds
#[derive(Debug, clap::Args)]
#[command(arg = hidden_profile(), arg = hidden_token_file())]
#[command(after_help = "\
Examples:
  hallpass login --profile work --client-id-file client_secret.json
  hallpass models list --profile work
  hallpass profile use work")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List the profiles; `*` marks the one that Application Default Credentials hold
    List,
    /// Put a profile's sign-in where every Google client finds it
    Use {
        /// The profile's name; `default` is what was there before
        #[arg(value_name = "NAME", add = completions::profiles())]
        name: String,
    },
    /// Revoke a profile's sign-in at Google and delete it here
    Delete {
        /// The profile's name
        #[arg(value_name = "NAME", add = completions::profiles())]
        name: String,
    },
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    match &args.action {
        Action::List => list(context),
        Action::Use { name } => use_(name, context),
        Action::Delete { name } => delete(name, context),
    }
}

fn list(context: &mut Context) -> Outcome {
    let current = current(context)?;
    let mut profiles = Vec::new();
    for name in profile::names(context)? {
        let user = AuthorizedUser::from_file(&profile::file(&name, context)?)?;
        let account = user.account().map(str::to_owned);
        profiles.push((name, account, same(current.as_ref(), &user)));
    }
    // What is ADC and nobody's copy has the name that it would get.
    if let Some(user) = current.filter(|_| !profiles.iter().any(|(_, _, in_use)| *in_use)) {
        profiles.insert(0, (DEFAULT.to_owned(), user.account().map(str::to_owned), true));
    }
    let lines: Vec<Line> = match context.format {
        Format::Text => {
            let line = |(name, account, in_use): &(String, Option<String>, bool)| {
                let mark = if *in_use { '*' } else { ' ' };
                let account = account.as_deref().unwrap_or("account unknown");
                format!("{mark} {name}  {account}").into()
            };
            profiles.iter().map(line).collect()
        }
        Format::Json => {
            let document = profiles.iter().map(|(name, account, in_use)| {
                json!({ "name": name, "account": account, "application_default": in_use })
            });
            render::document(&document.collect())
        }
    };
    if profiles.is_empty() && context.format == Format::Text {
        context.note("there are no profiles; `hallpass login --profile NAME` makes one");
        return Ok(());
    }
    context.data(lines)
}

fn use_(name: &str, context: &mut Context) -> Outcome {
    let wanted = existing(name, context)?;
    let place = place::application_default(context)?;
    put_back(context)?;
    place::write(&place, &wanted.to_json())?;
    if AuthorizedUser::from_file(&place)?.grant_id() != wanted.grant_id() {
        let what = format!("`{}` does not hold the profile `{name}`", place.display());
        return Err(Failure::new(Case::ProfileRaced, what));
    }
    let who = wanted.account().map_or(String::new(), |account| format!(" ({account})"));
    context.note(format!("{name}{who} is now in {}", place.display()));
    place::warn_of_the_variable(&place, context);
    Ok(())
}

/// Keeps what is ADC now: in the profile that it is a copy of, as it may have another quota project by
/// now, else as `default`.
fn put_back(context: &Context) -> Outcome {
    let Some(user) = current(context)? else { return Ok(()) };
    let mut home = DEFAULT.to_owned();
    for name in profile::names(context)? {
        let kept = AuthorizedUser::from_file(&profile::file(&name, context)?)?;
        if same(Some(&user), &kept) {
            home = name;
        }
    }
    place::write(&profile::file(&home, context)?, &user.to_json())
}

fn delete(name: &str, context: &mut Context) -> Outcome {
    let user = existing(name, context)?;
    let path = profile::file(name, context)?;
    if same(current(context)?.as_ref(), &user) {
        remove(&path)?;
        context.note(format!(
            "deleted the profile {name}; its sign-in is still in use: `hallpass logout` ends it"
        ));
        return Ok(());
    }
    logout::revoke_and_delete(&user, &path, context)?;
    remove(&path)
}

/// Removes the file, and the folder that was made for it.
fn remove(path: &Path) -> Outcome {
    hallpass::store::remove_private(path)?;
    if let Some(folder) = path.parent() {
        // Not empty: somebody keeps something there, and the profile is gone all the same.
        let _ = std::fs::remove_dir(folder);
    }
    Ok(())
}

fn existing(name: &str, context: &Context) -> Outcome<AuthorizedUser> {
    saved::read_adc(&profile::file(name, context)?)?
        .ok_or_else(|| Failure::new(Case::ProfileNotFound, format!("there is no profile `{name}`")))
}

fn current(context: &Context) -> Outcome<Option<AuthorizedUser>> {
    saved::read_adc(&place::application_default(context)?)
}

fn same(one: Option<&AuthorizedUser>, other: &AuthorizedUser) -> bool {
    one.is_some_and(|one| one.grant_id() == other.grant_id())
}
