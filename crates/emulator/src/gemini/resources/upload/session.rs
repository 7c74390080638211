//! The uploads that have begun: what each is for, how far it is, and how it ended.
//!
//! In: steps. Out: the state of one upload. Bytes of unfinished uploads are kept up to a limit for all of them
//! together; beyond it they are counted and hashed alone.

use super::received::{Content, Received};
use crate::gemini::resources::collection::Collection;
use crate::message::Request;
use bytes::Bytes;
use serde_json::Value;
use std::time::{Duration, SystemTime};

/// From memory: Google's upload servers keep an upload for a week.
const LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
const MAX_SESSIONS: usize = 1_000;
/// What all unfinished uploads together may keep.
const MOST_KEPT_OF_ALL: usize = 64 * 1024 * 1024;

/// One upload.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) project: String,
    /// The description of the file or document that came first.
    pub(super) description: Value,
    /// The store that a document is for; none for a file.
    pub(super) store: Option<String>,
    pub(super) mime_type: String,
    /// How long the whole is, if that was announced.
    pub(super) announced: Option<u64>,
    pub(super) content: Content,
    pub(super) status: Status,
    pub(super) begun: SystemTime,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Status {
    Active,
    /// With the last reply, for those who ask again.
    Final(Bytes),
    Cancelled,
}

impl Status {
    /// The value of `X-Goog-Upload-Status`.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Final(_) => "final",
            Self::Cancelled => "cancelled",
        }
    }
}

/// All uploads.
#[derive(Debug)]
pub(crate) struct Uploads(Collection<Session>);

impl Default for Uploads {
    fn default() -> Self {
        Self(Collection::new(MAX_SESSIONS))
    }
}

impl Uploads {
    pub(super) fn add(&mut self, id: String, session: Session) {
        self.0.insert(id, session);
    }

    pub(super) fn get_mut(&mut self, id: &str, now: SystemTime) -> Option<&mut Session> {
        self.0.get_mut(id).filter(|session| session.begun + LIFE > now)
    }

    /// What the body of a request will be added to; of a request without an upload it is only counted.
    pub(crate) fn begin(&self, request: &Request) -> Received {
        match super::protocol::session(request) {
            Some(id) => self.0.get(id).map_or_else(uncounted, |session| session.content.begin()),
            None => Content::new().begin(),
        }
    }

    /// Keeps what came of a piece before the connection was cut.
    pub(crate) fn keep_cut(&mut self, request: &Request, received: &Received) {
        let id = super::protocol::session(request).unwrap_or_default();
        let Some(session) = self.0.get_mut(id) else { return };
        let begins_here = matches!(super::protocol::step(request), Ok(super::protocol::Step::Piece { offset, .. })
            if offset == session.content.length());
        let fits = session.announced.is_none_or(|all| received.end() <= all);
        if session.status == Status::Active
            && begins_here
            && fits
            && received.offset() == session.content.length()
        {
            session.content.take(received);
            self.forget_if_too_many(id);
        }
    }

    /// Keeps the bytes of all within their limit: the upload that grew loses its own.
    pub(super) fn forget_if_too_many(&mut self, grown: &str) {
        let all: usize = self.0.iter().map(|(_, session)| session.content.kept()).sum();
        if all > MOST_KEPT_OF_ALL
            && let Some(session) = self.0.get_mut(grown)
        {
            session.content.forget();
        }
    }
}

fn uncounted() -> Received {
    let mut content = Content::new();
    content.forget();
    content.begin()
}
