//! `hallpass export` and `import`: a sign-in in a file that goes to another machine.
//!
//! In: the saved sign-in, or such a file. Out: the file, 0600 and never in the place of another; or
//! Application Default Credentials, read back. It holds the refresh token: a copy of it is access to the account. What is
//! known beside it (scopes, the end in Testing) stands under a key that other programs pass over; addresses of
//! servers do not travel. What a file says is kept as its claim until Google was asked.
//! Not here: other types of credentials.

use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::hint;
use crate::place;
use crate::saved::Saved;
use crate::selection::hidden_token_file;
use hallpass::Scopes;
use hallpass::file::AuthorizedUser;
use hallpass::oauth::Secret;
use hallpass::store::{Claim, Edit, StoredGrant, SyncGrantStore, Version};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What `export` adds to Google's keys.
const KEY: &str = "hallpass";

/// Write the sign-in to a file of yours alone, to carry it to another machine
#[derive(Debug, clap::Args)]
#[command(arg = hidden_token_file())]
pub(crate) struct Export {
    /// The file; one that is there is left alone
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Take over a sign-in from a file
#[derive(Debug, clap::Args)]
#[command(arg = hidden_token_file())]
pub(crate) struct Import {
    /// The file, as `export` or gcloud writes it
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(crate) fn export(args: &Export, context: &mut Context) -> Outcome {
    let out = context.path(&args.out);
    if out.symlink_metadata().is_ok() {
        let what = format!("`{}` is there already", out.display());
        return Err(Failure::new(Case::ExportExists, what));
    }
    place::check_folder(&out)?;
    let saved = Saved::find(context, None)?;
    let user = AuthorizedUser::from_file(&saved.path)?;
    let known = &saved.record;
    let beside = json!({
        "account": known.account,
        "scopes": known.scopes.as_ref().map(ToString::to_string),
        "issued_at": known.issued_at.map(seconds),
        "sign_in_ends_at": known.refresh_token_expires_at.map(seconds),
    });
    let mut file: Map<String, Value> = serde_json::from_str(user.to_json().expose())
        .map_err(|error| Failure::new(Case::Unexpected, "cannot write JSON").because(error))?;
    file.insert(KEY.to_owned(), beside);
    let text = Secret::from(format!("{:#}\n", Value::Object(file)));
    // What has appeared there meanwhile stays, too.
    hallpass::store::write_new_private(&out, text.expose().as_bytes())?;
    context.note(format!(
        "saved to {}; this file gives access to your account: keep it private",
        out.display()
    ));
    context.result(&json!({ "path": out.display().to_string() }))
}

/// Returns the sign-in in a file, and what `export` knew beside it: nothing in another program's file.
fn read_exported(file: &Path) -> Outcome<(AuthorizedUser, Option<StoredGrant>)> {
    let user = AuthorizedUser::from_file(file)?;
    let Some(text) = hallpass::store::read_private(file)? else { return Ok((user, None)) };
    let mut whole: Value = serde_json::from_slice(&text).unwrap_or_default();
    let Some(known) = whole.as_object_mut().and_then(|fields| fields.remove(KEY)) else {
        return Ok((user, None));
    };
    let time = |key: &str| UNIX_EPOCH.checked_add(Duration::from_secs(known[key].as_u64()?));
    let mut record = StoredGrant::default();
    record.account = known["account"].as_str().map(str::to_owned);
    record.scopes = known["scopes"].as_str().map(Scopes::from_response);
    record.issued_at = time("issued_at");
    record.refresh_token_expires_at = time("sign_in_ends_at");
    record.claimed = Claim::ALL.into();
    let without = Secret::from(whole.to_string());
    let user = AuthorizedUser::parse(without.expose().as_bytes(), "the file")?;
    Ok((user, Some(record)))
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

pub(crate) fn import(args: &Import, context: &mut Context) -> Outcome {
    let file = context.path(&args.file);
    let (user, beside) =
        read_exported(&file).map_err(|failure| failure.with_case(Case::ImportFile))?;
    let place = place::well_known(context)?;
    place::check_plain(&place)?;
    let (store, id) = (context.store()?, user.grant_id());
    place::adc(&place, context)?.edit(|there| {
        if there?.is_some_and(|old| old.grant_id() != id) {
            let what = format!("`{}` holds another sign-in", place.display());
            return Err(Failure::new(Case::ImportExists, what));
        }
        if let Some(record) = &beside {
            // What is known here already is not made up by a file.
            let _saved = store.save(&(&id).into(), record, &Version::NOTHING)?;
        }
        Ok(Edit::Write(user.clone()))
    })?;
    if AuthorizedUser::from_file(&place)?.grant_id() != user.grant_id() {
        let what = format!("`{}` does not hold the sign-in that was just saved", place.display());
        return Err(Failure::new(Case::StoredDiffers, what));
    }
    context.note(format!("saved to {}", place.display()));
    if user.account().is_some() || beside.is_some() {
        let words =
            "account, scopes and times are as the file says; `hallpass token info` asks Google";
        context.note(hint::complete(words, context));
    }
    context.result(&json!({ "account": user.account(), "path": place.display().to_string() }))
}
