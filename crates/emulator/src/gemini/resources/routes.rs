//! The methods about resources by verb and path.
//!
//! In: a request. Out: the call, or none when it is no route of these. Source: discovery document; the names of
//! methods, which only errors show, are those of the protos where they have them, and else inferred.

use super::{files, upload};
use crate::api::{Api, Site};
use crate::config::GEMINI_SERVICE;
use crate::gemini::routes::API;
use crate::message::Request;

/// The versions that serve all of these.
const VERSIONS: [&str; 3] = ["v1", "v1beta", "v1alpha"];

/// `files:register` reads Cloud Storage as the caller, and wants a token for that.
static STORAGE: Api = Api {
    service: GEMINI_SERVICE,
    title: "Generative Language API",
    scopes: &[
        "https://www.googleapis.com/auth/devstorage.read_only",
        "https://www.googleapis.com/auth/cloud-platform",
    ],
};

/// A call as the routes understand it.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(super) api: &'static Api,
    pub(super) version: &'a str,
    /// The method's name within its package, such as `FileService.GetFile`.
    rpc: &'static str,
    /// Query parameters of this method, beside those that every method takes.
    pub(super) parameters: &'static [&'static str],
    pub(super) target: Target<'a>,
}

/// What a call is for; resources by their ids.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target<'a> {
    /// An upload into a store, or of a file.
    Upload(Option<&'a str>),
    DescribeFile,
    Files,
    File(&'a str),
    DeleteFile(&'a str),
    DownloadFile(&'a str),
    RegisterFiles,
}

impl<'a> Call<'a> {
    pub(super) fn site(&self) -> Site<'a> {
        let method = format!("google.ai.generativelanguage.{}.{}", self.version, self.rpc);
        Site { api: self.api, method, version: self.version }
    }
}

/// Where a path begins.
#[derive(PartialEq, Eq, Clone, Copy)]
enum Root {
    Api,
    Upload,
    Download,
}

pub(crate) fn find(request: &Request) -> Option<Call<'_>> {
    let path = request.path.strip_prefix('/')?;
    let (root, path) = match path.split_once('/')? {
        ("upload", rest) => (Root::Upload, rest),
        ("download", rest) => (Root::Download, rest),
        _ => (Root::Api, path),
    };
    let (version, path) = path.split_once('/')?;
    if !VERSIONS.contains(&version) {
        return None;
    }
    let (path, verb) = path.rsplit_once(':').unwrap_or((path, ""));
    let segments: Vec<&str> = path.split('/').collect();
    if segments.contains(&"") {
        return None;
    }
    let method = request.method.as_str();
    let (rpc, parameters, target) = match root {
        Root::Upload => uploading(request, &segments, verb)?,
        Root::Api => of_file(method, &segments, verb)?,
        Root::Download => of_file(method, &segments, verb)
            .filter(|(_, _, target)| matches!(target, Target::DownloadFile(_)))?,
    };
    let api = match target {
        Target::RegisterFiles => &STORAGE,
        _ => &API,
    };
    Some(Call { api, version, rpc, parameters, target })
}

type Found<'a> = (&'static str, &'static [&'static str], Target<'a>);

/// An upload begins with `POST`, and goes on at its own address with other verbs, too.
fn uploading<'a>(request: &Request, segments: &[&'a str], verb: &str) -> Option<Found<'a>> {
    let is_known = match request.method.as_str() {
        "POST" => true,
        "PUT" | "DELETE" => upload::has_begun(request),
        _ => false,
    };
    match (segments, verb) {
        (["files"], "") if is_known => {
            Some(("FileService.CreateFile", &["upload_id"], Target::Upload(None)))
        }
        _ => None,
    }
}

fn of_file<'a>(method: &str, segments: &[&'a str], verb: &str) -> Option<Found<'a>> {
    Some(match (method, segments, verb) {
        ("POST", ["files"], "") => ("FileService.CreateFile", &[], Target::DescribeFile),
        ("GET", ["files"], "") => ("FileService.ListFiles", files::LIST_PARAMETERS, Target::Files),
        ("GET", ["files", id], "") => ("FileService.GetFile", &["name"], Target::File(id)),
        ("DELETE", ["files", id], "") => {
            ("FileService.DeleteFile", &["name"], Target::DeleteFile(id))
        }
        ("GET", ["files", id], "download") => {
            ("FileService.DownloadFile", &["name"], Target::DownloadFile(id))
        }
        ("POST", ["files"], "register") => {
            ("FileService.RegisterFiles", &[], Target::RegisterFiles)
        }
        _ => return None,
    })
}
