//! Saves a sign-in where its plan says, reads it back, and says what is worth knowing.

use super::plan::{Plan, QuotaProject, Target, not_a_token_file};
use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::line::{Line, Style};
use crate::place;
use crate::render;
use hallpass::file::{AuthorizedUser, TokenFile};
use hallpass::oauth::Grant;
use hallpass::saved::SavedSignIn;
use hallpass::store::{SavedToken, StoredGrant};
use serde_json::{Value, json};
use std::path::Path;

/// Saves the grant, unless it is not known to be the account's that was asked for.
pub(super) fn save(plan: &Plan, grant: &Grant, context: &mut Context) -> Outcome<Value> {
    if plan.account.is_some() && grant.account.is_none() {
        let what = "Google did not say which account signed in; nothing was saved";
        return Err(Failure::new(Case::AccountUnknown, what));
    }
    match &plan.target {
        Target::Adc(path) => save_adc(path, grant, plan.quota_project.clone(), context)?,
        Target::TokenFile(path) => save_token_file(path, grant, context)?,
    }
    Ok(report(plan, grant, context))
}

/// Saves, and reads back as every other command will. Without an option, the quota project is the one that is
/// there now: another command may have set it while the browser was open.
fn save_adc(path: &Path, grant: &Grant, quota_project: QuotaProject, context: &Context) -> Outcome {
    place::check_plain(path)?;
    let token = SavedToken::new(grant.access_token.clone(), context.clock().as_ref());
    let mut stored = StoredGrant::from(grant);
    stored.access_token = Some(token);
    let store = place::adc(path, context)?;
    let older = store.replace(&stored, |older| match quota_project {
        QuotaProject::Named(id) => Some(id),
        QuotaProject::AsBefore => older?.quota_project_id().map(str::to_owned),
        QuotaProject::None => None,
    })?;
    let kept = SavedSignIn::in_adc(store)?;
    if kept.grant().id() != stored.id() || kept.grant().scopes != stored.scopes {
        return Err(differs(path));
    }
    older.map_or(Ok(()), |older| place::forget(&older.grant_id(), context))
}

fn save_token_file(path: &Path, grant: &Grant, context: &Context) -> Outcome {
    place::check_plain(path)?;
    let store = place::token_file(path, context);
    store.replace(&TokenFile::from(grant)).map_err(not_a_token_file)?;
    let same = SavedSignIn::in_token_file(store)?.grant().id() == Some(grant.id());
    if same { Ok(()) } else { Err(differs(path)) }
}

fn differs(path: &Path) -> Failure {
    let what = format!("`{}` does not hold the sign-in that was just saved", path.display());
    Failure::new(Case::StoredDiffers, what)
}

/// Says what is worth knowing after a success.
fn report(plan: &Plan, grant: &Grant, context: &mut Context) -> Value {
    let (path, in_adc) = (plan.target.path(), matches!(plan.target, Target::Adc(_)));
    let who = match &grant.account {
        Some(account) => format!("signed in as {account}"),
        None => "signed in; account unknown, as `openid,email` is not among the scopes".to_owned(),
    };
    context.note(Line::default().and(Style::Good, "✓").and(Style::Plain, format!(" {who}")));
    context.note(format!("saved to {}", path.display()));
    let user = place::read_adc(path).ok().flatten().filter(|_| in_adc);
    let quota_project = user.as_ref().and_then(AuthorizedUser::quota_project_id);
    if let Some(project) = quota_project {
        context.note(format!("quota project: {project}"));
    }
    let end = grant.refresh_token_expires_at;
    let now = context.clock().now();
    if let Some(left) = end.and_then(|end| end.duration_since(now).ok()) {
        context.note(format!(
            "this sign-in ends in {}: the consent screen is in \"Testing\"",
            render::span(left.as_secs())
        ));
    }
    if in_adc && context.profile().is_none() {
        place::warn_of_the_variable(path, context);
    }
    json!({
        "account": grant.account,
        "path": path.display().to_string(),
        "scopes": grant.scopes.iter().collect::<Vec<_>>(),
        "quota_project": quota_project,
        "sign_in_ends_at": end.and_then(render::time),
    })
}
