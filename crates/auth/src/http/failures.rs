//! What a failed request is called: one kind for each thing that a person can do about it.
//!
//! In: a chain of errors of hyper, rustls and the system, or of another transport. Out: an `Error` about the host.

use super::body::UploadFailed;
use super::connector::ProxyFailed;
use super::limits::HEADER_BUFFER;
use super::trust::NoTrust;
use crate::error::{Error, ErrorKind};
use rustls::CertificateError;
use std::error::Error as StdError;

type BoxError = Box<dyn StdError + Send + Sync>;
type Link<'a> = &'a (dyn StdError + 'static);

/// A request that got no reply.
pub(super) fn failed(error: BoxError, host: &str) -> Error {
    let error = match error.downcast::<Error>() {
        Ok(ours) => return *ours,
        Err(error) => error,
    };
    let chain = chain(&*error);
    let deepest = chain.last().map(ToString::to_string).unwrap_or_default();
    if let Some(why) = why_no_body(&chain) {
        let what = format!("the body of the request to `{host}` cannot be sent");
        return Error::new(ErrorKind::RequestBody, what).with_source(why);
    }
    if let Some(why) = why_not_secure(&chain) {
        let what = format!("no secure connection to `{host}`");
        return Error::new(ErrorKind::Tls, what).with_source(why);
    }
    if let Some(proxy) = find::<ProxyFailed>(&chain) {
        let what = match proxy.refused {
            true => format!("the proxy `{}` opens no way to `{host}`", proxy.proxy),
            false => format!("cannot connect to the proxy `{}`", proxy.proxy),
        };
        return Error::new(ErrorKind::Proxy, what).with_source(deepest);
    }
    if find::<hyper::Error>(&chain).is_some_and(is_too_large) {
        let limit = HEADER_BUFFER / 1024;
        let what =
            format!("the headers of `{host}`'s reply are too many, or larger than {limit} KiB");
        return Error::new(ErrorKind::TooLarge, what);
    }
    Error::new(ErrorKind::Connect, format!("cannot reach `{host}`")).with_source(deepest)
}

/// hyper asks this of servers alone, so its words decide; a test over a socket holds them.
fn is_too_large(error: &hyper::Error) -> bool {
    error.is_parse() && error.to_string() == "message head is too large"
}

/// A body that came to no end.
pub(super) fn cut(error: BoxError, host: &str) -> Error {
    match error.downcast::<Error>() {
        Ok(ours) => *ours,
        Err(_) => {
            let what = format!("`{host}` cut the connection within its reply");
            Error::new(ErrorKind::Connect, what)
        }
    }
}

/// The error, its cause, and so on; what an `io::Error` wraps comes in its place.
fn chain(error: Link<'_>) -> Vec<Link<'_>> {
    std::iter::successors(Some(error), cause).collect()
}

fn cause<'a>(error: &Link<'a>) -> Option<Link<'a>> {
    let error = *error;
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    wrapped.map(|wrapped| wrapped as Link<'a>).or_else(|| error.source())
}

fn find<'a, T: StdError + 'static>(chain: &[Link<'a>]) -> Option<&'a T> {
    chain.iter().find_map(|error| error.downcast_ref())
}

fn why_no_body(chain: &[Link<'_>]) -> Option<String> {
    let short = || find::<hyper::Error>(chain).is_some_and(hyper::Error::is_body_write_aborted);
    let upload = find::<UploadFailed>(chain).map(ToString::to_string);
    upload.or_else(|| short().then(|| "it ends before the length that was said".to_owned()))
}

fn why_not_secure(chain: &[Link<'_>]) -> Option<String> {
    match find::<rustls::Error>(chain) {
        // rustls wraps what we add to its words in words of its own.
        Some(rustls::Error::InvalidCertificate(CertificateError::Other(ours))) => {
            Some(ours.0.to_string())
        }
        Some(error) => Some(error.to_string()),
        None => find::<NoTrust>(chain).map(ToString::to_string),
    }
}
