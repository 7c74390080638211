//! `hallpass profile`: several sign-ins on one machine, and which of them every Google client finds.
//!
//! In: the profiles in hallpass's own folder, and ADC. Out: a list; another ADC, swapped whole; one profile
//! less. Nothing is lost by a swap: what was ADC goes back to its profile, or becomes `default` (`default-2`, …).
//! Not here: signing in (`login --profile`), and where a profile rests (`profile` of the crate).

use crate::commands::logout;
use crate::completion;
use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::line::Line;
use crate::place;
use crate::profile;
use crate::render::{self, Format};
use crate::selection::{hidden_profile, hidden_token_file};
use hallpass::file::AuthorizedUser;
use hallpass::oauth::{GrantId, Secret};
use hallpass::saved::SavedSignIn;
use hallpass::store::{Claim, Edit, GrantKey, SyncGrantStore};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

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
        #[arg(value_name = "NAME", add = completion::profiles())]
        name: String,
    },
    /// Revoke a profile's sign-in at Google and delete it here
    Delete {
        /// The profile's name
        #[arg(value_name = "NAME", add = completion::profiles())]
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
        let in_use = current.as_ref().is_some_and(|current| same(current, &user));
        let path = profile::file(&name, context)?;
        profiles.push(Listed::new(name, &path, &user, in_use, context));
    }
    // What is ADC and no profile's copy has the name that it would get.
    if let Some(user) = current.filter(|_| !profiles.iter().any(|profile| profile.in_use)) {
        let path = place::application_default(context)?;
        let name = profile::name_for_plain(context)?;
        profiles.insert(0, Listed::new(name, &path, &user, true, context));
    }
    let lines: Vec<Line> = match context.format {
        Format::Text => profiles.iter().map(Listed::line).collect(),
        Format::Json => render::document(&profiles.iter().map(Listed::json).collect()),
    };
    if profiles.is_empty() && context.format == Format::Text {
        context.note("there are no profiles; `hallpass login --profile NAME` makes one");
        return Ok(());
    }
    context.data(lines)?;
    if context.format == Format::Text && profiles.iter().any(|profile| profile.account.is_none()) {
        let scopes = "cloud-platform,retriever,openid,email";
        context.note(format!(
            "account unknown: it was not asked for; `hallpass login --scopes {scopes}` does"
        ));
    }
    Ok(())
}

/// One line of the list.
struct Listed {
    name: String,
    account: Option<String>,
    /// Whether a file alone vouches for the account.
    is_claimed: bool,
    in_use: bool,
}

impl Listed {
    /// A damaged side record costs what is in it, not the list.
    fn new(
        name: String,
        path: &Path,
        user: &AuthorizedUser,
        in_use: bool,
        context: &Context,
    ) -> Self {
        let saved = place::adc(path, context).ok().and_then(|it| SavedSignIn::in_adc(it).ok());
        let (account, is_claimed) = match &saved {
            Some(saved) => {
                let grant = saved.grant();
                (grant.account.clone(), grant.claimed.contains(&Claim::Account))
            }
            None => (user.account().map(str::to_owned), true),
        };
        Self { name, account, is_claimed, in_use }
    }

    fn line(&self) -> Line {
        let mark = if self.in_use { '*' } else { ' ' };
        let account = match &self.account {
            Some(account) if self.is_claimed => format!("{account} (as the file says)"),
            Some(account) => account.clone(),
            None => "account unknown".to_owned(),
        };
        format!("{mark} {}  {account}", self.name).into()
    }

    fn json(&self) -> Value {
        json!({
            "name": self.name,
            "account": self.account,
            "as_the_file_says": self.account.is_some() && self.is_claimed,
            "application_default": self.in_use,
        })
    }
}

fn use_(name: &str, context: &mut Context) -> Outcome {
    let raced = || {
        let what = format!("`{name}` was not put in use: other commands change it all the time");
        Failure::new(Case::ProfileRaced, what)
    };
    existing(name, context)?;
    let place = place::application_default(context)?;
    place::check_plain(&place)?;
    let turn = context.store()?.lock(&GrantKey::from("profile use"), TURN)?.ok_or_else(raced)?;
    let mut tries = 0..TRIES;
    let (wanted, older) = loop {
        tries.next().ok_or_else(raced)?;
        let (wanted, there) = (existing(name, context)?, current(context)?);
        let older = there.as_ref().map(|user| keep_current(user, context)).transpose()?.flatten();
        let mut done = false;
        place::adc(&place, context)?.edit(|now| {
            // Another sign-in came after it was kept.
            done = now?.map(|now| now.grant_id()) == there.map(|there| there.grant_id());
            let swap = if done { Edit::Write(wanted.clone()) } else { Edit::Keep };
            Ok::<_, Failure>(swap)
        })?;
        if done {
            break (wanted, older);
        }
    };
    InUse { name: name.to_owned(), grant: wanted.grant_id() }.write(context)?;
    drop(turn);
    if let Some(older) = older {
        place::forget(&older, context)?;
    }
    let who = wanted.account().map_or(String::new(), |account| format!(" ({account})"));
    context.note(format!("{name}{who} is now in {}", place.display()));
    place::warn_of_the_variable(&place, context);
    context.result(&json!({ "profile": name, "path": place.display().to_string() }))
}

/// How long another `profile use` is waited for: it takes milliseconds.
const TURN: Duration = Duration::from_secs(10);

/// How often a sign-in may come between.
const TRIES: u32 = 8;

/// Keeps what is ADC now: in the profile that it is a copy of, as it may have another quota project by now,
/// else under a name of its own. A copy of an older sign-in than the profile holds by now is kept nowhere. Returns a sign-in
/// that has lost its place.
fn keep_current(user: &AuthorizedUser, context: &Context) -> Outcome<Option<GrantId>> {
    let mut home = None;
    for name in profile::names(context)? {
        if place::read_adc(&profile::file(&name, context)?)?.is_some_and(|kept| same(user, &kept)) {
            home = Some(name);
        }
    }
    let superseded = || {
        let in_use = InUse::read(context).filter(|in_use| in_use.grant == user.grant_id());
        in_use
            .is_some_and(|in_use| profile::file(&in_use.name, context).is_ok_and(|it| it.exists()))
    };
    if home.is_none() && superseded() {
        return Ok(Some(user.grant_id()));
    }
    let name = match &home {
        Some(name) => name.clone(),
        None => profile::name_for_plain(context)?,
    };
    let path = profile::file(&name, context)?;
    let mut older = None;
    place::adc(&path, context)?.edit(|kept| {
        Ok::<_, Failure>(match kept? {
            // The profile has a newer sign-in since the look.
            Some(kept) if home.is_some() && !same(user, &kept) => Edit::Keep,
            kept => {
                older = kept.filter(|kept| !same(user, kept)).map(|kept| kept.grant_id());
                Edit::Write(user.clone())
            }
        })
    })?;
    Ok(older)
}

/// Which profile ADC was taken from, and which sign-in that was: the profile may hold a newer one since.
struct InUse {
    name: String,
    grant: GrantId,
}

impl InUse {
    fn read(context: &Context) -> Option<Self> {
        let text = hallpass::store::read_private(&Self::file(context).ok()?).ok()??;
        let known: Value = serde_json::from_slice(&text).ok()?;
        let name = known["profile"].as_str()?.to_owned();
        Some(Self { name, grant: GrantId::from_hex(known["grant"].as_str()?)? })
    }

    fn write(&self, context: &Context) -> Outcome {
        let text = json!({ "profile": self.name, "grant": self.grant.as_str() });
        place::write(&Self::file(context)?, &Secret::from(format!("{text:#}\n")))
    }

    fn file(context: &Context) -> Outcome<PathBuf> {
        Ok(context.own_folder()?.join("in-use.json"))
    }
}

fn delete(name: &str, context: &mut Context) -> Outcome {
    let user = existing(name, context)?;
    let path = profile::file(name, context)?;
    let in_use = current(context)?.is_some_and(|current| same(&current, &user));
    if in_use {
        remove(&path)?;
        context.note(format!(
            "deleted the profile {name}; its sign-in is still in use: `hallpass logout` ends it"
        ));
    } else {
        logout::revoke_and_delete(&user, &path, context)?;
        remove(&path)?;
    }
    context.result(&json!({ "profile": name, "revoked": !in_use }))
}

/// Removes the file, and the folder that was made for it.
fn remove(path: &Path) -> Outcome {
    hallpass::store::remove_private(path)?;
    if let Some(folder) = path.parent() {
        // Another file is in it: the folder stays, and the profile is gone all the same.
        let _ = std::fs::remove_dir(folder);
    }
    Ok(())
}

fn existing(name: &str, context: &Context) -> Outcome<AuthorizedUser> {
    place::read_adc(&profile::file(name, context)?)?
        .ok_or_else(|| Failure::new(Case::ProfileNotFound, format!("there is no profile `{name}`")))
}

fn current(context: &Context) -> Outcome<Option<AuthorizedUser>> {
    place::read_adc(&place::application_default(context)?)
}

fn same(one: &AuthorizedUser, other: &AuthorizedUser) -> bool {
    one.grant_id() == other.grant_id()
}
