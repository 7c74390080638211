//! The steps from nothing to a listed model: what each is for, where it is done, how it is verified.
//!
//! Two of them cannot be verified by any call: what is on the consent screen, and who is a test user. The
//! sign-in shows.

use super::Run;
use crate::client_file;
use crate::commands::{login, models, quota_project};
use crate::context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::gemini;
use crate::gemini_address;
use crate::place;
use crate::saved::Saved;
use hallpass::http::Signer;
use hallpass::{OAuthClient, Scopes};
use http::{Method, Request};
use serde_json::Value;
use std::path::Path;

const GEMINI: &str = "generativelanguage.googleapis.com";

/// Enough to see that the list is real.
const MODELS_SHOWN: usize = 3;

/// A service's description is about 30 KiB.
const LONGEST_REPLY: usize = 1024 * 1024;

pub(super) struct Step {
    pub(super) name: &'static str,
    /// What it is for, in one line.
    pub(super) why: &'static str,
    /// The path in the Cloud console.
    pub(super) page: Option<&'static str>,
    pub(super) look: fn(&mut Run<'_>) -> Outcome<State>,
    pub(super) act: fn(&mut Run<'_>) -> Outcome,
}

pub(super) enum State {
    Done(String),
    Todo,
}

pub(super) const STEPS: &[Step] = &[
    Step {
        name: "project",
        why: "a Cloud project owns the OAuth client and is what requests are counted for",
        page: Some("/projectcreate"),
        look: look_at_project,
        act: ask_for_project,
    },
    Step {
        name: "consent-screen",
        why: "what people see when they sign in: a name, your address, audience External",
        page: Some("/auth/overview?project=PROJECT"),
        look: |run| Ok(confirmed(run, "consent-screen")),
        act: |run| confirm(run, "consent-screen"),
    },
    Step {
        name: "test-user",
        why: "until Google has verified the app, only addresses on this list can sign in: add yours",
        page: Some("/auth/audience?project=PROJECT"),
        look: |run| Ok(confirmed(run, "test-user")),
        act: |run| confirm(run, "test-user"),
    },
    Step {
        name: "client",
        why: "create a client of type \"Desktop app\" and download its JSON",
        page: Some("/auth/clients/create?project=PROJECT"),
        look: look_at_client,
        act: ask_for_client,
    },
    Step {
        name: "sign-in",
        why: "your consent, in the browser, for the scopes of the quickstart",
        page: None,
        look: look_at_sign_in,
        act: sign_in,
    },
    Step {
        name: "api",
        why: "the Generative Language API must be enabled in the project",
        page: Some("/apis/library/generativelanguage.googleapis.com?project=PROJECT"),
        look: look_at_api,
        act: enable_api,
    },
    Step {
        name: "first-call",
        why: "Gemini lists its models",
        page: None,
        look: first_call,
        act: |_| Ok(()),
    },
];

/// The client file knows its project.
fn look_at_project(run: &mut Run<'_>) -> Outcome<State> {
    if run.progress.project.is_none()
        && let Some(path) = &run.progress.client_id_file
    {
        run.progress.project = OAuthClient::from_file(path)?.project_id().map(str::to_owned);
    }
    Ok(run.progress.project.clone().map_or(State::Todo, State::Done))
}

fn ask_for_project(run: &mut Run<'_>) -> Outcome {
    let download = client_file::downloaded(run.context, |client| client.project_id().is_some());
    let client = download.and_then(|path| OAuthClient::from_file(path).ok());
    let known = client.and_then(|client| client.project_id().map(str::to_owned));
    let question = match &known {
        Some(known) => {
            format!("the project's ID (Enter: {known}, as in Downloads; o opens the page)")
        }
        None => "the project's ID (o opens the page)".to_owned(),
    };
    loop {
        let Some(answer) = run.ask(&question, "project")? else {
            return Err(Failure::new(Case::SetupNeedsProject, "no Cloud project is named"));
        };
        let answer = Some(answer).filter(|answer| !answer.is_empty()).or_else(|| known.clone());
        match quota_project::checked(answer.as_deref().unwrap_or_default()) {
            Ok(project) => run.progress.project = Some(project.to_owned()),
            Err(wrong) => {
                run.say_wrong(&wrong);
                continue;
            }
        }
        return run.progress.save(run.context);
    }
}

fn confirmed(run: &Run<'_>, step: &str) -> State {
    if run.yes || run.progress.confirmed.iter().any(|name| name == step) {
        let evidence = if run.progress.verified { "the sign-in works" } else { "you said so" };
        return State::Done(evidence.to_owned());
    }
    State::Todo
}

fn confirm(run: &mut Run<'_>, step: &'static str) -> Outcome {
    run.wait_for_the_user(step)?;
    run.progress.confirmed.push(step.to_owned());
    run.progress.save(run.context)
}

fn look_at_client(run: &mut Run<'_>) -> Outcome<State> {
    let project = project(run);
    if run.progress.client_id_file.is_none() {
        run.progress.client_id_file =
            client_file::downloaded(run.context, |client| is_of(client, &project));
    }
    let Some(path) = run.progress.client_id_file.clone() else { return Ok(State::Todo) };
    let client = OAuthClient::from_file(&path)?;
    if let Some(other) = client.project_id().filter(|_| !is_of(&client, &project)) {
        let what =
            format!("`{}` is a client of project `{other}`, not of `{project}`", path.display());
        return Err(Failure::new(Case::SetupOtherProject, what).about(other));
    }
    // A project that was named by its number has an ID, too.
    run.progress.project = client.project_id().map_or(Some(project), |id| Some(id.to_owned()));
    run.progress.save(run.context)?;
    Ok(State::Done(path.display().to_string()))
}

/// Says whether a client belongs to a project, by its ID or by its number, with which the client's ID begins.
fn is_of(client: &OAuthClient, project: &str) -> bool {
    let number = client.client_id().split('-').next();
    client.project_id() == Some(project) || number == Some(project)
}

fn ask_for_client(run: &mut Run<'_>) -> Outcome {
    let question = "the downloaded file (type its path or drop it here; Enter looks in Downloads; o opens the page)";
    loop {
        let Some(answer) = run.ask(question, "client")? else {
            return Err(run.needs_you("client"));
        };
        let home = client_file::home(run.context);
        if answer.is_empty() {
            if let State::Done(_) = look_at_client(run)? {
                return Ok(());
            }
            let folder = home.unwrap_or_default().join("Downloads");
            let (project, folder) = (project(run), folder.display());
            run.context.note(format!(
                "      there is no client_secret*.json of project `{project}` and of type \"Desktop app\" in {folder}"
            ));
            continue;
        }
        let path = run.context.path(&client_file::path(&answer, home.as_deref()));
        match OAuthClient::from_file(&path) {
            Ok(_) => run.progress.take_client_file(path),
            Err(wrong) => {
                run.say_wrong(&wrong.into());
                continue;
            }
        }
        return Ok(());
    }
}

/// A sign-in counts when it was made with this client and is good for Gemini.
fn look_at_sign_in(run: &mut Run<'_>) -> Outcome<State> {
    // What `login` is about to write would never be found.
    let place = place::well_known(run.context)?;
    if let Some(other) = run.context.variable("GOOGLE_APPLICATION_CREDENTIALS")
        && run.context.path(Path::new(&other)) != place
        && run.context.profile().is_none()
    {
        let what =
            format!("GOOGLE_APPLICATION_CREDENTIALS names `{other}`, which comes before a sign-in");
        return Err(Failure::new(Case::SetupVariable, what));
    }
    let (Some(file), Ok(saved)) =
        (run.progress.client_id_file.as_deref(), Saved::find(run.context, None))
    else {
        return Ok(State::Todo);
    };
    let client = OAuthClient::from_file(file)?;
    let wide =
        saved.record.scopes.as_ref().is_some_and(|found| found.covers(&Scopes::quickstart()));
    if saved.client_id() != Some(client.client_id())
        || !wide
        || saved.access_token(run.context).is_err()
    {
        return Ok(State::Todo);
    }
    let who = saved.account().map_or(String::new(), |account| format!("{account}, "));
    Ok(State::Done(format!("{who}{}", saved.path.display())))
}

/// Exactly what `hallpass login` does.
fn sign_in(run: &mut Run<'_>) -> Outcome {
    let file = run.progress.client_id_file.clone().unwrap_or_default();
    // `login` keeps an earlier quota project, which may be another one's.
    let earlier = Saved::find(run.context, None).ok();
    let elsewhere = earlier.as_ref().and_then(Saved::quota_project_in_file);
    let quota_project =
        elsewhere.filter(|elsewhere| *elsewhere != project(run)).map(|_| project(run));
    let args = login::Args {
        client_id_file: Some(file),
        scopes: Some(Scopes::quickstart().join()),
        quota_project,
        ..Default::default()
    };
    let link = run.link_of("test-user");
    run.context.note("      the page says \"Access blocked\"? add your address under Test users:");
    run.context.note(format!("      {link}"));
    let ended = login::sign_in(&args, run.context).map(drop);
    if ended.is_err() {
        // Most often a step that no call can verify was not done after all.
        run.progress.confirmed.clear();
        run.progress.verified = false;
        run.progress.save(run.context)?;
        run.context.note(
            "the next `hallpass setup` asks again for the steps consent-screen and test-user",
        );
    }
    ended
}

fn look_at_api(run: &mut Run<'_>) -> Outcome<State> {
    let path = format!("/v1/projects/{}/services/{GEMINI}", project(run));
    let service = service_usage(run, Method::GET, &path)?;
    Ok(match service["state"].as_str() {
        Some("ENABLED") => State::Done(format!("{GEMINI} is enabled")),
        _ => State::Todo,
    })
}

/// One call does what the link does; who says no to it uses the link.
fn enable_api(run: &mut Run<'_>) -> Outcome {
    let question = "enable it now? (Y/n; o opens the page)";
    let answer = if run.yes { Some(String::new()) } else { run.ask(question, "api")? };
    match answer.as_deref() {
        None => Err(run.needs_you("api")),
        Some("" | "y" | "Y" | "yes") => {
            let path = format!("/v1/projects/{}/services/{GEMINI}:enable", project(run));
            service_usage(run, Method::POST, &path).map(drop)
        }
        Some(_) => run.wait_for_the_user("api"),
    }
}

fn first_call(run: &mut Run<'_>) -> Outcome<State> {
    let saved = Saved::find(run.context, None)?;
    gemini_address::announce(run.context)?;
    let client = gemini::with_credential(saved.credential(run.context)?, run.context)?;
    let models = models::list(&client)?;
    run.progress.verified = true;
    run.progress.save(run.context)?;
    let some: Vec<_> = models.iter().take(MODELS_SHOWN).map(|model| model.name.as_str()).collect();
    Ok(State::Done(format!("{} models, such as {}", models.len(), some.join(", "))))
}

fn project(run: &Run<'_>) -> String {
    run.progress.project.clone().unwrap_or_default()
}

/// Asks the Service Usage API (`google.api.serviceusage.v1`) for the project that is set up.
fn service_usage(run: &mut Run<'_>, method: Method, path: &str) -> Outcome<Value> {
    let endpoints = run.context.endpoints()?;
    let saved = Saved::find(run.context, None)?;
    let credential = saved.credential(run.context)?.with_quota_project("");
    let signer = Signer::new(credential).with_endpoints(endpoints.clone());
    let http = run.context.http();
    let reply = context::block_on(async {
        let mut request = Request::new(Default::default());
        *request.method_mut() = method;
        *request.uri_mut() =
            format!("{}{path}", endpoints.service_usage).parse().map_err(|error| {
                Failure::new(Case::Unexpected, "cannot ask Service Usage").because(error)
            })?;
        *request.headers_mut() = (*signer.headers(request.uri()).await?).clone();
        Ok::<_, Failure>(http.send(request, LONGEST_REPLY).await?)
    })?;
    let answer: Value = serde_json::from_slice(reply.body()).unwrap_or_default();
    if reply.status().is_success() {
        return Ok(answer);
    }
    let what = format!("Service Usage refused the request for project `{}`", project(run));
    let message = answer["error"]["message"].as_str().unwrap_or("no reason given").to_owned();
    Err(Failure::new(Case::SetupRefused, what)
        .because(format!("{}: {message}", reply.status()))
        .about(project(run)))
}
