//! The methods about resources by verb and path.
//!
//! In: a request. Out: the call, or none when it is no route of these. Source: discovery document; the names of
//! methods, which only errors show, are those of the protos where they have them, and else inferred.

use super::upload::protocol::has_begun;
use super::{caches, files, stores};
use crate::api::Api;
use crate::config::GEMINI_SERVICE;
use crate::gemini::{call, versions};
use crate::message::Request;

/// `files:register` reads Cloud Storage as the caller, and wants a token for that.
static STORAGE: Api = Api {
    service: GEMINI_SERVICE,
    title: "Generative Language API",
    scopes: &[
        "https://www.googleapis.com/auth/devstorage.read_only",
        "https://www.googleapis.com/auth/cloud-platform",
    ],
};

/// A call of one of these methods.
pub(crate) type Call<'a> = call::Call<'a, Target<'a>>;

/// What a call is for; resources by their ids.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target<'a> {
    /// An upload into a store, or of a file.
    Upload(Option<&'a str>),
    DescribeFile,
    Files,
    File(&'a str),
    DeleteFile(&'a str),
    DownloadFile(&'a str),
    GeneratedFiles,
    GeneratedFile(&'a str),
    /// The operation that generates a file, by its own id.
    GenerationOf(&'a str),
    RegisterFiles,
    CreateCache,
    Caches,
    Cache(&'a str),
    UpdateCache(&'a str),
    DeleteCache(&'a str),
    CreateStore,
    Stores,
    Store(&'a str, OfStore<'a>),
}

/// What is asked of a store; documents and operations by their ids.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OfStore<'a> {
    Get,
    Delete,
    Import,
    Documents,
    Document(&'a str),
    DeleteDocument(&'a str),
    /// The picture of a document.
    Media(&'a str),
    Operation(&'a str, Origin),
}

/// What an operation came of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Import,
    Upload,
}

/// Where a path begins.
#[derive(PartialEq, Eq, Clone, Copy)]
enum Root {
    Api,
    Upload,
    Download,
}

pub(crate) fn find(request: &Request) -> Option<Call<'_>> {
    let path = request.path.as_str();
    let (root, path) = match (path.strip_prefix("/upload"), path.strip_prefix("/download")) {
        (Some(rest), _) => (Root::Upload, rest),
        (_, Some(rest)) => (Root::Download, rest),
        _ => (Root::Api, path),
    };
    let (version, path) = versions::split(path)?;
    let (path, verb) = path.rsplit_once(':').unwrap_or((path, ""));
    let segments: Vec<&str> = path.split('/').collect();
    if segments.contains(&"") {
        return None;
    }
    let method = request.method.as_str();
    let found = match root {
        Root::Upload => uploading(request, &segments, verb)?,
        Root::Api => of_file(method, &segments, verb)
            .or_else(|| of_store(method, &segments, verb))
            .or_else(|| of_cache(method, &segments, verb))?,
        Root::Download => of_file(method, &segments, verb)
            .filter(|(_, _, target)| matches!(target, Target::DownloadFile(_)))?,
    };
    let call = Call::new(version, found);
    Some(match call.target {
        Target::RegisterFiles => Call { api: &STORAGE, ..call },
        _ => call,
    })
}

/// The first segment of all names of stores.
const STORES: &str = "fileSearchStores";

type Found<'a> = call::Found<Target<'a>>;

/// An upload begins with `POST`, and goes on at its own address with other verbs, too.
fn uploading<'a>(request: &Request, segments: &[&'a str], verb: &str) -> Option<Found<'a>> {
    let is_known = match request.method.as_str() {
        "POST" => true,
        "PUT" | "DELETE" => has_begun(request),
        _ => false,
    };
    match (segments, verb) {
        (["files"], "") if is_known => {
            Some(("FileService.CreateFile", &["upload_id"], Target::Upload(None)))
        }
        ([STORES, id], "uploadToFileSearchStore") if is_known => Some((
            "FileSearchService.UploadToFileSearchStore",
            &["upload_id"],
            Target::Upload(Some(id)),
        )),
        _ => None,
    }
}

fn of_cache<'a>(method: &str, segments: &[&'a str], verb: &str) -> Option<Found<'a>> {
    let lists = caches::LIST_PARAMETERS;
    Some(match (method, segments, verb) {
        ("POST", ["cachedContents"], "") => {
            ("CacheService.CreateCachedContent", &[], Target::CreateCache)
        }
        ("GET", ["cachedContents"], "") => {
            ("CacheService.ListCachedContents", lists, Target::Caches)
        }
        ("GET", ["cachedContents", id], "") => {
            ("CacheService.GetCachedContent", &["name"], Target::Cache(id))
        }
        ("PATCH", ["cachedContents", id], "") => {
            let parameters = &["updateMask", "update_mask"];
            ("CacheService.UpdateCachedContent", parameters, Target::UpdateCache(id))
        }
        ("DELETE", ["cachedContents", id], "") => {
            ("CacheService.DeleteCachedContent", &["name"], Target::DeleteCache(id))
        }
        _ => return None,
    })
}

fn of_store<'a>(method: &str, segments: &[&'a str], verb: &str) -> Option<Found<'a>> {
    let [STORES, rest @ ..] = segments else { return None };
    let lists = stores::LIST_PARAMETERS;
    let found: Found<'a> = match (method, rest, verb) {
        ("POST", [], "") => ("FileSearchService.CreateFileSearchStore", &[], Target::CreateStore),
        ("GET", [], "") => ("FileSearchService.ListFileSearchStores", lists, Target::Stores),
        ("GET", [id], "") => {
            ("FileSearchService.GetFileSearchStore", &["name"], Target::Store(id, OfStore::Get))
        }
        ("DELETE", [id], "") => {
            let parameters = &["name", "force"];
            (
                "FileSearchService.DeleteFileSearchStore",
                parameters,
                Target::Store(id, OfStore::Delete),
            )
        }
        ("POST", [id], "importFile") => {
            ("FileSearchService.ImportFile", &[], Target::Store(id, OfStore::Import))
        }
        ("GET", [id, "documents"], "") => {
            ("DocumentService.ListDocuments", lists, Target::Store(id, OfStore::Documents))
        }
        ("GET", [id, "documents", document], "") => {
            let target = Target::Store(id, OfStore::Document(document));
            ("DocumentService.GetDocument", &["name"], target)
        }
        ("DELETE", [id, "documents", document], "") => {
            let target = Target::Store(id, OfStore::DeleteDocument(document));
            ("DocumentService.DeleteDocument", &["name", "force"], target)
        }
        ("GET", [id, "media", media], "") => {
            let target = Target::Store(id, OfStore::Media(media));
            ("FileSearchService.DownloadMedia", &["name"], target)
        }
        ("GET", [id, "operations", operation], "") => {
            let target = Target::Store(id, OfStore::Operation(operation, Origin::Import));
            ("Operations.GetOperation", &["name"], target)
        }
        ("GET", [id, "upload", "operations", operation], "") => {
            let target = Target::Store(id, OfStore::Operation(operation, Origin::Upload));
            ("Operations.GetOperation", &["name"], target)
        }
        _ => return None,
    };
    Some(found)
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
        ("GET", ["generatedFiles"], "") => {
            let lists = files::LIST_PARAMETERS;
            ("FileService.ListGeneratedFiles", lists, Target::GeneratedFiles)
        }
        ("GET", ["generatedFiles", id], "") => {
            ("FileService.GetGeneratedFile", &["name"], Target::GeneratedFile(id))
        }
        ("GET", ["generatedFiles", _, "operations", id], "") => {
            ("Operations.GetOperation", &["name"], Target::GenerationOf(id))
        }
        ("POST", ["files"], "register") => {
            ("FileService.RegisterFiles", &[], Target::RegisterFiles)
        }
        _ => return None,
    })
}
