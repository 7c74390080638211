//! The uploads that are under way: the address of one stands for the ticket that began it.
//!
//! In: the address that Google gave for the rest of an upload. Out: whose it is. Google's address holds an unguessable
//! number and needs no credential; google-genai for Python sends none to it.
//! Not here: any other address; there a ticket is asked for.

use crate::ticket::Held;
use hallpass::http::Uri;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Each is of a file that is being sent, or was given up.
const MOST: usize = 1024;

/// The latest uploads, the oldest first; an address is kept as its hash.
#[derive(Debug, Default)]
pub(crate) struct Uploads(Mutex<VecDeque<([u8; 32], Arc<Held>)>>);

impl Uploads {
    /// Remembers who began an upload: path and query of the address for the rest of it.
    pub(crate) fn remember(&self, path_and_query: &str, held: &Arc<Held>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.pop_front();
        }
        all.push_back((Sha256::digest(path_and_query).into(), Arc::clone(held)));
    }

    /// Returns whose upload this is the address of.
    pub(crate) fn find(&self, uri: &Uri) -> Option<Arc<Held>> {
        let path_and_query = uri.path_and_query()?.as_str();
        if !path_and_query.starts_with("/upload/") {
            return None;
        }
        let presented: [u8; 32] = Sha256::digest(path_and_query).into();
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().find(|(hash, _)| *hash == presented).map(|(_, held)| Arc::clone(held))
    }
}
