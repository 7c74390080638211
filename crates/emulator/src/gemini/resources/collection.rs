//! Resources of one kind by id, in the order of their making, and the pages of their lists.
//!
//! In: page size and token of a list request. Out: the newest first, and the token of the next page. A token names
//! the last resource of its page, so that what is made or deleted between two pages moves nothing. That Google lists
//! the newest first is from memory; page sizes are those of the discovery document.

use crate::api::error::ApiError;
use crate::message::Request;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use std::collections::{BTreeMap, HashMap};

/// Query parameters of a list.
pub(super) const OF_LISTS: &[&str] = &["pageSize", "page_size", "pageToken", "page_token"];

/// Resources by id; when there are too many, the oldest is forgotten.
#[derive(Debug)]
pub(crate) struct Collection<T> {
    serials: HashMap<String, u64>,
    items: BTreeMap<u64, (String, T)>,
    next: u64,
    limit: usize,
}

/// How many of a list a page holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageSizes {
    pub(super) default: usize,
    pub(super) largest: usize,
}

/// Ids and resources of a page, and the token of the next.
type Page<'a, T> = (Vec<(&'a str, &'a T)>, Option<String>);

impl<T> Collection<T> {
    pub(super) fn new(limit: usize) -> Self {
        Self { serials: HashMap::new(), items: BTreeMap::new(), next: 0, limit }
    }

    /// Adds a resource under an id that is not taken, and returns the oldest if there were too many.
    pub(super) fn insert(&mut self, id: String, item: T) -> Option<T> {
        let forgotten = (self.items.len() >= self.limit).then(|| self.remove_oldest()).flatten();
        self.serials.insert(id.clone(), self.next);
        self.items.insert(self.next, (id, item));
        self.next += 1;
        forgotten
    }

    pub(super) fn oldest(&self) -> Option<&T> {
        self.items.first_key_value().map(|(_, (_, item))| item)
    }

    pub(super) fn remove_oldest(&mut self) -> Option<T> {
        let (_, (id, item)) = self.items.pop_first()?;
        self.serials.remove(&id);
        Some(item)
    }

    pub(super) fn get(&self, id: &str) -> Option<&T> {
        let serial = self.serials.get(id)?;
        self.items.get(serial).map(|(_, item)| item)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        let serial = self.serials.get(id)?;
        self.items.get_mut(serial).map(|(_, item)| item)
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<T> {
        let serial = self.serials.remove(id)?;
        self.items.remove(&serial).map(|(_, item)| item)
    }

    /// Forgets those for which this does not hold.
    pub(super) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        let serials = &mut self.serials;
        self.items.retain(|_, (id, item)| {
            let is_kept = keep(item);
            if !is_kept {
                serials.remove(id);
            }
            is_kept
        });
    }

    /// All, the oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &T)> {
        self.items.values().map(|(id, item)| (id.as_str(), item))
    }

    pub(super) fn values_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut T> {
        self.items.values_mut().map(|(_, item)| item)
    }

    /// A page of those for which this holds, the newest first, and the token of the next page. `method` names the
    /// request in errors, such as `ListFilesRequest`.
    pub(super) fn page(
        &self,
        request: &Request,
        method: &str,
        sizes: PageSizes,
        is_listed: impl Fn(&T) -> bool,
    ) -> Result<Page<'_, T>, ApiError> {
        let query = |camel, snake| request.query.first(camel).or(request.query.first(snake));
        let size = page_size(query("pageSize", "page_size"), method, sizes)?;
        let before = match query("pageToken", "page_token") {
            Some(token) => position(token, method)?,
            None => u64::MAX,
        };
        let listed = self.items.range(..before).rev().filter(|(_, (_, item))| is_listed(item));
        let mut page: Vec<_> = listed.take(size + 1).collect();
        let has_more = page.len() > size;
        page.truncate(size);
        let next = page.last().filter(|_| has_more).map(|(serial, _)| token(**serial));
        Ok((page.into_iter().map(|(_, (id, item))| (id.as_str(), item)).collect(), next))
    }
}

/// Zero is the default and too much is the largest, as the comments of the protos say.
fn page_size(text: Option<&str>, method: &str, sizes: PageSizes) -> Result<usize, ApiError> {
    let Some(text) = text else { return Ok(sizes.default) };
    let number: i32 = text.parse().map_err(|_| {
        // From memory: the words of the JSON transcoder.
        ApiError::InvalidArgument(format!("Invalid value at 'page_size' (TYPE_INT32), \"{text}\""))
    })?;
    match usize::try_from(number) {
        Ok(0) => Ok(sizes.default),
        Ok(size) => Ok(size.min(sizes.largest)),
        Err(_) => {
            Err(ApiError::InvalidArgument(format!("* {method}.page_size: must not be negative")))
        }
    }
}

fn token(serial: u64) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("before:{serial}"))
}

fn position(token: &str, method: &str) -> Result<u64, ApiError> {
    let text =
        BASE64_URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let serial = text.as_deref().and_then(|text| text.strip_prefix("before:")?.parse().ok());
    // Own words: no capture of this error is known.
    serial.ok_or_else(|| {
        ApiError::InvalidArgument(format!("* {method}.page_token: invalid page token"))
    })
}
