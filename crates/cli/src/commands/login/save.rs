//! Saves a sign-in where its plan says, reads it back, and says what is worth knowing.

use super::plan::{Plan, Target};
use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::place;
use crate::render;
use hallpass::store::{GrantRecord, TokenStore};
use hallpass::{AuthorizedUser, Grant, TokenFile};
use std::path::Path;

/// Saves the grant, unless it is not known to be the account's that was asked for.
pub(super) fn save(plan: &Plan, grant: &Grant, context: &mut Context) -> Outcome {
    if plan.account.is_some() && grant.account.is_none() {
        let what = "Google did not say which account signed in; nothing was saved";
        return Err(Failure::new(Case::AccountUnknown, what));
    }
    match &plan.target {
        Target::Adc(path) => save_adc(path, grant, plan.quota_project.as_deref(), context)?,
        Target::TokenFile(path) => save_token_file(path, grant)?,
    }
    report(plan, grant, context);
    Ok(())
}

/// The side record goes first: an ADC file without one still works, the reverse is waste.
fn save_adc(path: &Path, grant: &Grant, quota_project: Option<&str>, context: &Context) -> Outcome {
    let store = context.store()?;
    let record = GrantRecord::from(grant);
    // Made from no older record, so it replaces any other version.
    let _written = store.save(&grant.id(), &record)?;
    let user = AuthorizedUser::from(grant).with_quota_project(quota_project.map(str::to_owned));
    place::write(path, &user.to_json())?;
    // Read back as every other command will read it.
    let same_file = AuthorizedUser::from_file(path)?.to_json().is(user.to_json().expose());
    let same_record = store.load(&grant.id())?.is_some_and(|found| found.scopes == record.scopes);
    if same_file && same_record { Ok(()) } else { Err(differs(path)) }
}

fn save_token_file(path: &Path, grant: &Grant) -> Outcome {
    let text = TokenFile::from(grant).to_json();
    place::write(path, &text)?;
    let same_file = TokenFile::from_file(path)?.to_json().is(text.expose());
    if same_file { Ok(()) } else { Err(differs(path)) }
}

fn differs(path: &Path) -> Failure {
    let what = format!("`{}` does not hold the sign-in that was just saved", path.display());
    Failure::new(Case::StoredDiffers, what)
}

/// Says what is worth knowing after a success.
fn report(plan: &Plan, grant: &Grant, context: &mut Context) {
    let (path, in_adc) = (plan.target.path(), matches!(plan.target, Target::Adc(_)));
    let who = grant.account.as_ref().map_or(String::new(), |account| format!(" as {account}"));
    context.note(format!("signed in{who}; saved to {}", path.display()));
    if let Some(project) = plan.quota_project.as_ref().filter(|_| in_adc) {
        context.note(format!("quota project: {project}"));
    }
    let now = context.clock().now();
    let left = grant.refresh_token_expires_at.and_then(|end| end.duration_since(now).ok());
    if let Some(left) = left {
        context.note(format!(
            "this sign-in ends in {}: the consent screen is in \"Testing\"",
            render::span(left.as_secs())
        ));
    }
    if in_adc && context.profile().is_none() {
        place::warn_of_the_variable(path, context);
    }
}
